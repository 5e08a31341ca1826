//! Three calls of AWS Systems Manager: read one parameter, write one, list their names.
//! It must not know what a parameter's value means, and never puts one into an error or a log.

use std::fmt;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, IdentityCache};
use aws_sdk_dynamodb::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use serde_json::{Value, json};

use crate::clients::Wire;
use crate::config::Config;
use crate::error::{StoreError, classify};

const NOT_FOUND: &str = "ParameterNotFound";

/// The client. It stands on the same runtime as the SDK's clients and signs as they do; the SDK's own client for this
/// service would take minutes to compile for these three calls.
#[derive(Clone)]
pub(crate) struct Parameters {
    config: Config,
    wire: Wire,
    retry: RetryConfig,
    timeouts: TimeoutConfig,
}

impl Parameters {
    pub(crate) fn new(
        config: &Config,
        wire: &Wire,
        retry: RetryConfig,
        timeouts: TimeoutConfig,
    ) -> Self {
        Self {
            config: config.clone(),
            wire: wire.clone(),
            retry,
            timeouts,
        }
    }

    /// The value of a parameter, decrypted; `None` if it is not there.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<String>, StoreError> {
        let body = json!({ "Name": path, "WithDecryption": true });
        let context = format!("read the secret {path}");
        match self.call("GetParameter", body).await {
            Ok(answer) => match answer.0["Parameter"]["Value"].as_str() {
                Some(value) => Ok(Some(value.to_owned())),
                None => Err(StoreError::try_again(context, "the answer holds no value")),
            },
            Err(error) if error.as_service_error().is_some_and(is_missing) => Ok(None),
            Err(error) => Err(classify(context, error)),
        }
    }

    /// Writes a parameter, encrypted under the account's own key for this service.
    pub(crate) async fn put(&self, path: &str, value: &str) -> Result<(), StoreError> {
        let body =
            json!({ "Name": path, "Value": value, "Type": "SecureString", "Overwrite": true });
        let put = self.call("PutParameter", body).await;
        put.map(drop)
            .map_err(|error| classify(format!("keep the secret {path}"), error))
    }

    /// The paths of all parameters in a folder. Their values stay encrypted and are not looked at.
    pub(crate) async fn below(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let mut body = json!({ "Path": folder, "Recursive": false, "WithDecryption": false });
        let mut paths = Vec::new();
        loop {
            let page = self.call("GetParametersByPath", body.clone()).await;
            let Sensitive(page) =
                page.map_err(|error| classify(format!("list the secrets of {folder}"), error))?;
            let found = page["Parameters"].as_array().into_iter().flatten();
            paths.extend(found.filter_map(|one| Some(one["Name"].as_str()?.to_owned())));
            match page["NextToken"].as_str() {
                Some(next) if !next.is_empty() => body["NextToken"] = next.into(),
                _ => return Ok(paths),
            }
        }
    }

    async fn call(
        &self,
        operation: &'static str,
        body: Value,
    ) -> Result<Sensitive, SdkError<Refused, HttpResponse>> {
        let signed = StaticRuntimePlugin::new()
            .with_config(self.signing().freeze())
            .with_runtime_components(self.signer());
        Operation::builder()
            .service_name("SSM")
            .operation_name(operation)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.wire.http.clone())
            .endpoint_url(&self.endpoint())
            .sleep_impl(self.wire.sleep.clone())
            .time_source(self.wire.time.clone())
            .timeout_config(self.timeouts.clone())
            .standard_retry(&self.retry)
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .runtime_plugin(signed)
            .serializer(move |body: Sensitive| request(operation, &body.0))
            .deserializer(|answer: &HttpResponse| read(answer))
            .build()
            .invoke(Sensitive(body))
            .await
    }

    fn endpoint(&self) -> String {
        let region = self.config.region();
        match &self.config.endpoints().ssm {
            Some(endpoint) => endpoint.clone(),
            None if region.starts_with("cn-") => format!("https://ssm.{region}.amazonaws.com.cn"),
            None => format!("https://ssm.{region}.amazonaws.com"),
        }
    }

    fn signing(&self) -> Layer {
        let mut layer = Layer::new("signing");
        let region = Region::new(self.config.region().to_owned());
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(region)),
            name: Some(SigningName::from_static("ssm")),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        // Keeps the answer out of the runtime's own log lines.
        layer.store_put(SensitiveOutput);
        if let Some(budget) = &self.wire.retry_budget {
            layer.store_put(budget.clone());
        }
        layer
    }

    fn signer(&self) -> RuntimeComponentsBuilder {
        let credentials = SharedCredentialsProvider::new(self.config.credentials().clone());
        RuntimeComponentsBuilder::new("signing")
            .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
            .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
                StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
            )))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials))
    }
}

fn request(operation: &str, body: &Value) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.1");
    headers.insert("x-amz-target", format!("AmazonSSM.{operation}"));
    Ok(request)
}

fn read(answer: &HttpResponse) -> Result<Sensitive, OrchestratorError<Refused>> {
    let body = answer.body().bytes().unwrap_or_default();
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    if answer.status().is_success() {
        return match parsed {
            Some(parsed) => Ok(Sensitive(parsed)),
            None => Err(OrchestratorError::other("the answer is not JSON")),
        };
    }
    let parsed = parsed.unwrap_or_default();
    // `com.amazonaws.ssm#ParameterNotFound`, or the last part alone.
    let kind = parsed["__type"].as_str().unwrap_or_default();
    let code = kind.rsplit('#').next().unwrap_or(kind);
    let message = parsed["message"].as_str().or(parsed["Message"].as_str());
    let metadata = ErrorMetadata::builder()
        .code(code)
        .message(message.unwrap_or_default())
        .build();
    Err(OrchestratorError::operation(Refused(metadata)))
}

fn is_missing(refused: &Refused) -> bool {
    refused.0.code() == Some(NOT_FOUND)
}

/// A body that holds a secret.
struct Sensitive(Value);

impl fmt::Debug for Sensitive {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Sensitive")
    }
}

/// What the service said instead of an answer.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", .0.code().unwrap_or("refused"), .0.message().unwrap_or_default())]
struct Refused(ErrorMetadata);

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}
