//! Rules on a bus, with their targets' retries and failure queues.
//! It must not know what an event means.

use event_pattern::Pattern;
use serde_json::Value;

use super::names::{BUS, FUNCTION, QUEUE, bus_arn};
use super::properties::{Block, Field};
use super::resources::Resource;
use super::scope::Scope;
use super::{DeliveryRetry, Rule, TemplateError, Wiring, events, schedules};

/// Who gets what a rule or a schedule hands out.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) function: String,
    pub(super) retry: DeliveryRetry,
    pub(super) dead_letter_queue: Option<String>,
}

/// What a target may get instead of the event itself. This machine hands on the event.
const RESHAPED: &str = "this machine hands a function the event as it is";

/// An `EventBridgeRule` under a function's events.
pub(super) fn event(
    name: &str,
    function: &str,
    properties: &mut Block<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["RuleName"]);
    refuse_reshaping(properties)?;
    if let Some(mut target) = properties.block("Target")? {
        target.ignore(&["Id"]);
        target.finish()?;
    }
    let pattern = pattern(&properties.required("Pattern", PATTERN_MEND)?)?;
    let bus = bus(properties, scope)?;
    let target = events::target(function, properties, scope)?;
    if is_on(properties)? {
        wiring
            .rules
            .push(rule_for(name.to_owned(), bus, pattern, target));
    } else {
        wiring.left_out.insert(
            name.to_owned(),
            "AWS::Events::Rule, which is disabled".to_owned(),
        );
    }
    Ok(())
}

/// A plain `AWS::Events::Rule`.
pub(super) fn rule(
    resource: &Resource<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut properties = resource.open(scope)?;
    properties.ignore(&["Name", "Description", "RoleArn", "Tags"]);
    let bus = bus(&mut properties, scope)?;
    let pattern = properties
        .optional("EventPattern")?
        .map(|field| pattern(&field))
        .transpose()?;
    let expression = properties.optional("ScheduleExpression")?;
    let targets = targets(&mut properties, scope)?;
    let is_on = is_on(&mut properties)?;
    let place = properties.place().clone();
    properties.finish()?;
    if !is_on || targets.is_empty() {
        let why = if is_on {
            "without targets"
        } else {
            "which is disabled"
        };
        wiring
            .left_out
            .insert(resource.id.to_owned(), format!("AWS::Events::Rule, {why}"));
    }
    let named = |target_id: &str| {
        if targets.len() == 1 {
            resource.id.to_owned()
        } else {
            format!("{}{target_id}", resource.id)
        }
    };
    match (pattern, expression) {
        (Some(pattern), None) => {
            for (id, target, input) in targets.iter().filter(|_| is_on) {
                if let Some(input) = input {
                    return input.place.refuse(RESHAPED, "leave it out");
                }
                wiring.rules.push(rule_for(
                    named(id),
                    bus.clone(),
                    pattern.clone(),
                    target.clone(),
                ));
            }
            Ok(())
        }
        (None, Some(expression)) => {
            if bus != "default" {
                return expression.place.refuse(
                    "AWS takes schedules on the default bus only",
                    "leave EventBusName out",
                );
            }
            let expression = schedules::rule_expression(&expression)?;
            for (id, target, input) in targets.iter().filter(|_| is_on) {
                wiring.schedules.push(schedules::of_rule(
                    named(id),
                    &expression,
                    input.as_ref(),
                    target.clone(),
                    scope,
                )?);
            }
            Ok(())
        }
        (None, None) => place.refuse("it has neither pattern nor schedule", PATTERN_MEND),
        (Some(_), Some(_)) => place.refuse(
            "it has both a pattern and a schedule",
            "make two rules of it",
        ),
    }
}

const PATTERN_MEND: &str = "write a pattern, such as source: [esign]";

fn rule_for(name: String, bus: String, pattern: Value, target: Target) -> Rule {
    Rule {
        name,
        bus,
        pattern,
        function: target.function,
        retry: target.retry,
        dead_letter_queue: target.dead_letter_queue,
    }
}

/// The targets with their ids and, for schedules, what they get instead of an event.
fn targets<'s>(
    properties: &mut Block<'s>,
    scope: &Scope,
) -> Result<Vec<(String, Target, Option<Field<'s>>)>, TemplateError> {
    let listed = properties.list("Targets")?;
    if let Some(sixth) = listed.get(5) {
        return sixth.place.refuse(
            format!(
                "a rule has five targets at most, and this one has {}",
                listed.len()
            ),
            "use a second rule",
        );
    }
    let mut targets: Vec<(String, Target, Option<Field<'s>>)> = Vec::new();
    for field in listed {
        let mut block = field.block()?;
        block.ignore(&["RoleArn"]);
        refuse_transforming(&mut block)?;
        let id = block.required("Id", "name each target of the rule")?;
        let id_text = id.text()?;
        if targets.iter().any(|(other, ..)| *other == id_text) {
            return id.place.refuse(
                format!("`{id_text}` names two targets"),
                "name each differently",
            );
        }
        let arn = block.required("Arn", "name the function: !GetAtt Function.Arn")?;
        let target = events::target(&scope.function_by_arn(&arn)?, &mut block, scope)?;
        let input = block.optional("Input")?;
        block.finish()?;
        targets.push((id_text, target, input));
    }
    Ok(targets)
}

fn refuse_reshaping(properties: &mut Block<'_>) -> Result<(), TemplateError> {
    if let Some(field) = properties.optional("Input")? {
        return field.place.refuse(RESHAPED, "leave it out");
    }
    refuse_transforming(properties)
}

fn refuse_transforming(properties: &mut Block<'_>) -> Result<(), TemplateError> {
    for name in ["InputPath", "InputTransformer"] {
        if let Some(field) = properties.optional(name)? {
            return field.place.refuse(RESHAPED, "leave it out");
        }
    }
    Ok(())
}

/// Whether `State` and SAM's older `Enabled` leave a rule or schedule on.
pub(super) fn is_on(properties: &mut Block<'_>) -> Result<bool, TemplateError> {
    let state = properties.optional("State")?;
    let state = state
        .map(|field| field.word(&["ENABLED", "DISABLED"]))
        .transpose()?;
    let enabled = properties.flag("Enabled")?;
    Ok(state != Some("DISABLED") && enabled != Some(false))
}

/// # Errors
/// The pattern is refused by EventBridge, for which its place in the pattern is named too.
pub(super) fn pattern(field: &Field<'_>) -> Result<Value, TemplateError> {
    let pattern = field.json()?;
    check_pattern(&pattern, field)?;
    Ok(pattern)
}

pub(super) fn check_pattern(pattern: &Value, field: &Field<'_>) -> Result<(), TemplateError> {
    match Pattern::parse(pattern) {
        Ok(_) => Ok(()),
        Err(refusal) => field.place.refuse(
            format!("{}: {}", refusal.path, refusal.problem),
            refusal.mend,
        ),
    }
}

fn bus(properties: &mut Block<'_>, scope: &Scope) -> Result<String, TemplateError> {
    let Some(field) = properties.optional("EventBusName")? else {
        return Ok("default".to_owned());
    };
    let text = field.text()?;
    let default_arn = bus_arn(&scope.region, "default");
    if text == "default" || text == default_arn {
        return Ok("default".to_owned());
    }
    let bus = scope.things.values().find(|thing| {
        thing.kind == BUS
            && thing.is_there
            && (thing.name == text || bus_arn(&scope.region, &thing.name) == text)
    });
    bus.map(|bus| bus.name.clone()).ok_or_else(|| {
        field.place.error(
            format!("there is no bus `{text}`"),
            "name one of this template: !Ref Bus",
        )
    })
}

/// `RetryPolicy`, or what EventBridge and Scheduler do without one.
pub(super) fn retry(properties: &mut Block<'_>) -> Result<DeliveryRetry, TemplateError> {
    let mut retry = DeliveryRetry {
        max_attempts: 185,
        max_age_seconds: 86_400,
    };
    if let Some(mut policy) = properties.block("RetryPolicy")? {
        if let Some(attempts) = policy.number("MaximumRetryAttempts", 0..=185)? {
            retry.max_attempts = attempts;
        }
        if let Some(age) = policy.number("MaximumEventAgeInSeconds", 60..=86_400)? {
            retry.max_age_seconds = age;
        }
        policy.finish()?;
    }
    Ok(retry)
}

pub(super) fn dead_letters(
    properties: &mut Block<'_>,
    scope: &Scope,
) -> Result<Option<String>, TemplateError> {
    let Some(mut config) = properties.block("DeadLetterConfig")? else {
        return Ok(None);
    };
    for name in ["Type", "QueueLogicalId"] {
        if let Some(field) = config.optional(name)? {
            return field.place.refuse(
                "this machine makes no queue that the template does not declare",
                "declare a queue and write Arn: !GetAtt Queue.Arn",
            );
        }
    }
    let arn = config.required("Arn", "name a queue: !GetAtt Queue.Arn")?;
    let queue = scope.queue_by_arn(&arn)?;
    config.finish()?;
    Ok(Some(queue))
}

impl Scope {
    /// # Errors
    /// The field is not the ARN of a queue of this template.
    pub(super) fn queue_by_arn(&self, field: &Field<'_>) -> Result<String, TemplateError> {
        self.by_arn(field, QUEUE, "Queue", |name| self.region.queue(name))
    }

    /// # Errors
    /// The field is not the ARN of a function of this template.
    pub(super) fn function_by_arn(&self, field: &Field<'_>) -> Result<String, TemplateError> {
        self.by_arn(field, FUNCTION, "Function", |name| {
            self.region.function(name)
        })
    }

    fn by_arn(
        &self,
        field: &Field<'_>,
        kind: &str,
        word: &str,
        arn: impl Fn(&str) -> String,
    ) -> Result<String, TemplateError> {
        let text = field.text()?;
        let thing = self
            .things
            .values()
            .find(|thing| thing.kind == kind && thing.is_there && arn(&thing.name) == text);
        let mend = || {
            field.place.error(
                format!("`{text}` is no {} of this template", word.to_lowercase()),
                format!("write !GetAtt {word}.Arn"),
            )
        };
        thing.map(|thing| thing.name.clone()).ok_or_else(mend)
    }
}
