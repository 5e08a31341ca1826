//! The `Events` of a function: each becomes a rule, a schedule or a mapping of its own.
//! It must not know what the function does with them.

use super::properties::Field;
use super::rules::{self, Target};
use super::scope::Scope;
use super::{TemplateError, Wiring, mappings, schedules};

/// One entry under `Events`; what it makes is named by function and entry, as SAM names it.
pub(super) fn event(
    function: &str,
    name: &str,
    field: &Field<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut event = field.block()?;
    let kind = event.required("Type", "write Type: EventBridgeRule")?;
    let word = kind.word(&[
        "EventBridgeRule",
        "CloudWatchEvent",
        "Schedule",
        "ScheduleV2",
        "DynamoDB",
        "SQS",
    ])?;
    let mut properties = event
        .required("Properties", "say what fires the function")?
        .block()?;
    event.finish()?;
    let name = format!("{function}{name}");
    match word {
        "EventBridgeRule" | "CloudWatchEvent" => {
            rules::event(&name, function, &mut properties, scope, wiring)?
        }
        "Schedule" => schedules::rule_event(&name, function, &mut properties, scope, wiring)?,
        "ScheduleV2" => schedules::event(&name, function, &mut properties, scope, wiring)?,
        "DynamoDB" => {
            let source =
                properties.required("Stream", "name the stream: !GetAtt Table.StreamArn")?;
            mappings::stream(&source, function, &mut properties, scope, wiring)?;
        }
        _ => {
            let source = properties.required("Queue", "name the queue: !GetAtt Queue.Arn")?;
            mappings::queue(&source, function, &mut properties, scope, wiring)?;
        }
    }
    properties.finish()
}

/// What a SAM event says of its target beside the function: retries and the queue for what cannot be delivered.
pub(super) fn target(
    function: &str,
    properties: &mut super::properties::Block<'_>,
    scope: &Scope,
) -> Result<Target, TemplateError> {
    Ok(Target {
        function: function.to_owned(),
        retry: rules::retry(properties)?,
        dead_letter_queue: rules::dead_letters(properties, scope)?,
    })
}
