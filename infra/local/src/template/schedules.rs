//! Schedules: EventBridge Scheduler's, and the older rules with a schedule.
//! It must not know what is to be done on time.

use serde_json::{Value, json};

use super::properties::{Block, Field};
use super::resources::Resource;
use super::rules::{self, Target};
use super::scope::Scope;
use super::{Schedule, TemplateError, Wiring, events};
use crate::arn::ACCOUNT;
use crate::schedule::{Expression, check_zone};

/// A `ScheduleV2` under a function's events.
pub(super) fn event(
    name: &str,
    function: &str,
    properties: &mut Block<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["OmitName", "PermissionsBoundary", "RoleArn"]);
    let input = properties.optional("Input")?;
    let target = events::target(function, properties, scope)?;
    scheduler(name, properties, input.as_ref(), target, scope, wiring)
}

/// A plain `AWS::Scheduler::Schedule`.
pub(super) fn schedule(
    resource: &Resource<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut properties = resource.open(scope)?;
    let mut block = properties
        .required("Target", "name what it starts")?
        .block()?;
    block.ignore(&["RoleArn"]);
    let arn = block.required("Arn", "name the function: !GetAtt Function.Arn")?;
    let input = block.optional("Input")?;
    let target = events::target(&scope.function_by_arn(&arn)?, &mut block, scope)?;
    block.finish()?;
    scheduler(
        resource.id,
        &mut properties,
        input.as_ref(),
        target,
        scope,
        wiring,
    )?;
    properties.finish()
}

/// What `ScheduleV2` and `AWS::Scheduler::Schedule` have in common.
fn scheduler(
    name: &str,
    properties: &mut Block<'_>,
    input: Option<&Field<'_>>,
    target: Target,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["Name", "Description", "GroupName", "KmsKeyArn"]);
    let field = properties.required("ScheduleExpression", "write such as rate(1 minute)")?;
    let expression = expression(&field)?;
    if let Some(mut window) = properties.block("FlexibleTimeWindow")? {
        let mode = window.required("Mode", "write Mode: \"OFF\"")?;
        if mode.word(&["OFF", "FLEXIBLE"])? == "FLEXIBLE" {
            return mode.place.refuse(
                "this machine starts everything on time",
                "write Mode: \"OFF\"",
            );
        }
        window.finish()?;
    }
    let zone = match properties.optional("ScheduleExpressionTimezone")? {
        None => "UTC".to_owned(),
        Some(field) => {
            let zone = field.text()?;
            check_zone(&zone)
                .map_err(|refusal| field.place.error(refusal.problem, refusal.mend))?;
            zone
        }
    };
    let given = input.map(input_text).transpose()?;
    let input = given.unwrap_or_else(|| {
        scheduled_event(
            "aws.scheduler",
            json!("{}"),
            &scope.region.schedule(name),
            scope,
        )
    });
    if rules::is_on(properties)? {
        wiring
            .schedules
            .push(of(name.to_owned(), expression, zone, input, target));
    } else {
        wiring.left_out.insert(
            name.to_owned(),
            "AWS::Scheduler::Schedule, which is disabled".to_owned(),
        );
    }
    Ok(())
}

/// A `Schedule` under a function's events: SAM makes a rule of it, on the default bus.
pub(super) fn rule_event(
    name: &str,
    function: &str,
    properties: &mut Block<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["Name", "Description", "RuleName"]);
    let field = properties.required("Schedule", "write such as rate(1 minute)")?;
    let expression = rule_expression(&field)?;
    let input = properties.optional("Input")?;
    let target = events::target(function, properties, scope)?;
    let schedule = of_rule(name.to_owned(), &expression, input.as_ref(), target, scope)?;
    if rules::is_on(properties)? {
        wiring.schedules.push(schedule);
    } else {
        wiring.left_out.insert(
            name.to_owned(),
            "AWS::Events::Rule, which is disabled".to_owned(),
        );
    }
    Ok(())
}

/// A rule with a schedule instead of a pattern.
pub(super) fn of_rule(
    name: String,
    expression: &str,
    input: Option<&Field<'_>>,
    target: Target,
    scope: &Scope,
) -> Result<Schedule, TemplateError> {
    let given = input.map(input_text).transpose()?;
    let input = given.unwrap_or_else(|| {
        scheduled_event(
            "aws.events",
            json!({}),
            &scope.region.rule("default", &name),
            scope,
        )
    });
    Ok(of(
        name,
        expression.to_owned(),
        "UTC".to_owned(),
        input,
        target,
    ))
}

fn of(name: String, expression: String, zone: String, input: Value, target: Target) -> Schedule {
    Schedule {
        name,
        expression,
        zone,
        function: target.function,
        input,
        retry: target.retry,
        dead_letter_queue: target.dead_letter_queue,
    }
}

fn expression(field: &Field<'_>) -> Result<String, TemplateError> {
    let text = field.text()?;
    match Expression::parse(&text) {
        Ok(_) => Ok(text),
        Err(refusal) => field.place.refuse(refusal.problem, refusal.mend),
    }
}

/// Rules know no `at`.
pub(super) fn rule_expression(field: &Field<'_>) -> Result<String, TemplateError> {
    let text = expression(field)?;
    if text.starts_with("at(") {
        return field.place.refuse(
            "a rule cannot be due once",
            "use ScheduleV2 or AWS::Scheduler::Schedule",
        );
    }
    Ok(text)
}

fn input_text(field: &Field<'_>) -> Result<Value, TemplateError> {
    if field.text()?.contains("<aws.scheduler.") {
        return field.place.refuse(
            "this machine does not fill in <aws.scheduler.…>",
            "let the function look at its clock",
        );
    }
    field.json_text()
}

/// What a function gets from a schedule without input. AWS adds an id and the time of each occurrence, which a template cannot know.
fn scheduled_event(source: &str, detail: Value, arn: &str, scope: &Scope) -> Value {
    json!({
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": source,
        "account": ACCOUNT,
        "region": scope.region.0,
        "resources": [arn],
        "detail": detail,
    })
}
