//! `AWS::Serverless::Function`: the process to start, how it is called and how its failures are kept.
//! It must not know what a function does.

use std::collections::BTreeMap;

use super::names::{RULE, SCHEDULE, URL};
use super::node::Node;
use super::properties::Block;
use super::resources::Resource;
use super::scope::Scope;
use super::{AsynchronousInvocation, Function, FunctionUrl, TemplateError, Wiring, events};

/// Properties that change nothing here: how it is built, who it may call, what it logs.
const IGNORED: [&str; 26] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CodeSigningConfigArn",
    "CodeUri",
    "DeploymentPreference",
    "Description",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "KmsKeyArn",
    "LoggingConfig",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "Role",
    "RolePath",
    "RuntimeManagementConfig",
    "SourceKMSKeyArn",
    "Tags",
    "Tracing",
    "VersionDescription",
];

/// Variables that Lambda keeps for itself.
const RESERVED_VARIABLES: [&str; 9] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

pub(super) fn function(
    resource: &Resource<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut properties = resource.open(scope)?;
    properties.ignore(&IGNORED);
    check_runtime(&mut properties)?;
    let function = Function {
        name: resource.id.to_owned(),
        binary: binary(resource)?,
        timeout_seconds: properties.number("Timeout", 1..=900)?.unwrap_or(3),
        memory_mb: properties
            .number("MemorySize", 128..=10_240)?
            .unwrap_or(128),
        environment: environment(&mut properties)?,
        asynchronous: asynchronous(&mut properties, scope)?,
        url: url(&mut properties)?,
        reserved_concurrency: properties.number("ReservedConcurrentExecutions", 0..=100_000)?,
    };
    if let Some(mut listed) = properties.block("Events")? {
        for (event, field) in listed.rest()? {
            events::event(&function.name, &event, &field, scope, wiring)?;
        }
    }
    properties.finish()?;
    wiring.functions.push(function);
    Ok(())
}

fn check_runtime(properties: &mut Block<'_>) -> Result<(), TemplateError> {
    properties.only("PackageType", "Zip")?;
    let runtime = properties.required("Runtime", "write Runtime: provided.al2023")?;
    let name = runtime.text()?;
    if !name.starts_with("provided.") {
        return runtime.place.refuse(
            format!("this machine starts executables, not {name}"),
            "write provided.al2023",
        );
    }
    Ok(())
}

/// The executable's name, from where `sam build` takes it.
fn binary(resource: &Resource<'_>) -> Result<String, TemplateError> {
    let build = resource
        .metadata
        .and_then(|metadata| metadata.get("BuildProperties"));
    let binary = build
        .and_then(|build| build.get("Binary"))
        .and_then(Node::as_text);
    let Some(binary) = binary else {
        let place = resource
            .place
            .below("Metadata.BuildProperties.Binary", resource.place.line);
        return place.refuse(
            "it is missing",
            "name the executable, as sam build needs it too",
        );
    };
    let is_file_name =
        !binary.is_empty() && !binary.contains(['/', '\\']) && !binary.starts_with('.');
    if is_file_name {
        return Ok(binary.to_owned());
    }
    let place = resource
        .place
        .below("Metadata.BuildProperties.Binary", resource.place.line);
    place.refuse(
        format!("`{binary}` is no name of an executable"),
        "write its name without a folder",
    )
}

fn environment(properties: &mut Block<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut variables = BTreeMap::new();
    let Some(mut environment) = properties.block("Environment")? else {
        return Ok(variables);
    };
    if let Some(mut block) = environment.block("Variables")? {
        for (name, field) in block.rest()? {
            let mut letters = name.bytes();
            let starts = letters
                .next()
                .is_some_and(|byte| byte.is_ascii_alphabetic());
            let is_name = starts
                && name.len() > 1
                && letters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_name
                || RESERVED_VARIABLES.contains(&name.as_str())
                || name.starts_with("AWS_LAMBDA_")
            {
                return field.place.refuse(
                    format!("Lambda does not take a variable `{name}`"),
                    "use another name of letters, digits and _",
                );
            }
            variables.insert(name, field.text()?);
        }
        let bytes: usize = variables
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if bytes > 4096 {
            return block.place().refuse(
                format!("the variables take {bytes} bytes"),
                "Lambda takes 4,096 in all",
            );
        }
    }
    environment.finish()?;
    Ok(variables)
}

fn asynchronous(
    properties: &mut Block<'_>,
    scope: &Scope,
) -> Result<AsynchronousInvocation, TemplateError> {
    let mut asynchronous = AsynchronousInvocation {
        max_retries: 2,
        max_event_age_seconds: 21_600,
        on_failure_queue: None,
    };
    if let Some(mut config) = properties.block("EventInvokeConfig")? {
        if let Some(retries) = config.number("MaximumRetryAttempts", 0..=2)? {
            asynchronous.max_retries = retries;
        }
        if let Some(age) = config.number("MaximumEventAgeInSeconds", 60..=21_600)? {
            asynchronous.max_event_age_seconds = age;
        }
        asynchronous.on_failure_queue = on_failure(&mut config, scope)?;
        config.finish()?;
    }
    Ok(asynchronous)
}

/// `DestinationConfig.OnFailure`: `Destination` is an ARN, and SAM wants the type beside it.
pub(super) fn on_failure(
    block: &mut Block<'_>,
    scope: &Scope,
) -> Result<Option<String>, TemplateError> {
    let Some(mut destinations) = block.block("DestinationConfig")? else {
        return Ok(None);
    };
    let mut queue = None;
    if let Some(mut failure) = destinations.block("OnFailure")? {
        failure.only("Type", "SQS")?;
        let destination = failure.required("Destination", "name a queue: !GetAtt Queue.Arn")?;
        queue = Some(scope.queue_by_arn(&destination)?);
        failure.finish()?;
    }
    destinations.finish()?;
    Ok(queue)
}

fn url(properties: &mut Block<'_>) -> Result<Option<FunctionUrl>, TemplateError> {
    let Some(mut config) = properties.block("FunctionUrlConfig")? else {
        return Ok(None);
    };
    let auth = config.required(
        "AuthType",
        "write AuthType: AWS_IAM, or NONE for a public page",
    )?;
    let auth_type = auth.word(&["NONE", "AWS_IAM"])?.to_owned();
    config.only("InvokeMode", "BUFFERED")?;
    config.finish()?;
    Ok(Some(FunctionUrl { auth_type }))
}

/// Logical ids and types of what SAM makes beside a function, which a template may name.
pub(super) fn made_by_sam(resource: &Resource<'_>) -> impl Iterator<Item = (String, &'static str)> {
    let id = resource.id;
    let properties = resource.properties.as_ref();
    let has = |name: &str| properties.is_some_and(|properties| properties.get(name).is_some());
    let mut made = Vec::new();
    if !has("Role") {
        made.push((format!("{id}Role"), "AWS::IAM::Role"));
    }
    if has("FunctionUrlConfig") {
        made.push((format!("{id}Url"), URL));
    }
    let events = properties
        .and_then(|properties| properties.get("Events"))
        .and_then(Node::as_map);
    for entry in events.unwrap_or_default() {
        let kind = match entry.value.get("Type").and_then(Node::as_text) {
            Some("ScheduleV2") => SCHEDULE,
            Some("EventBridgeRule" | "CloudWatchEvent" | "Schedule") => RULE,
            _ => "AWS::Lambda::EventSourceMapping",
        };
        made.push((format!("{id}{}", entry.key), kind));
    }
    made.into_iter()
}
