//! Event source mappings: a table's stream or a queue, read in batches for a function.
//! It must not know what a record means.

use super::functions::on_failure;
use super::names::TABLE;
use super::properties::{Block, Field};
use super::resources::Resource;
use super::scope::Scope;
use super::{QueueMapping, StreamMapping, TemplateError, Wiring, rules};

/// A plain `AWS::Lambda::EventSourceMapping`.
pub(super) fn mapping(
    resource: &Resource<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    let mut properties = resource.open(scope)?;
    properties.ignore(&["Tags"]);
    let field = properties.required("FunctionName", "name the function: !Ref Function")?;
    let name = field.text()?;
    let is_name = scope
        .things
        .get(&name)
        .is_some_and(|thing| thing.kind == super::names::FUNCTION && thing.is_there);
    let function = if is_name {
        name
    } else {
        scope.function_by_arn(&field)?
    };
    let source = properties.required(
        "EventSourceArn",
        "name a stream or a queue: !GetAtt Queue.Arn",
    )?;
    if source.text()?.contains(":sqs:") {
        queue(&source, &function, &mut properties, scope, wiring)?;
    } else {
        stream(&source, &function, &mut properties, scope, wiring)?;
    }
    properties.finish()
}

pub(super) fn stream(
    source: &Field<'_>,
    function: &str,
    properties: &mut Block<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["KmsKeyArn", "LoggingConfig", "MetricsConfig"]);
    let table = table(source, scope, wiring)?;
    let start = properties.required("StartingPosition", "write StartingPosition: TRIM_HORIZON")?;
    // Both begin at the first record here: the mapping is as old as the table.
    start.word(&["TRIM_HORIZON", "LATEST"])?;
    properties.only("ParallelizationFactor", "1")?;
    properties.only("TumblingWindowInSeconds", "0")?;
    let is_on = properties.flag("Enabled")?.unwrap_or(true);
    let mapping = StreamMapping {
        function: function.to_owned(),
        batch_size: properties.number("BatchSize", 1..=10_000)?.unwrap_or(100),
        batching_window_seconds: properties
            .number("MaximumBatchingWindowInSeconds", 0..=300)?
            .unwrap_or(0),
        bisect_on_error: properties
            .flag("BisectBatchOnFunctionError")?
            .unwrap_or(false),
        // -1 is how AWS writes "for ever".
        max_retries: properties.number("MaximumRetryAttempts", -1..=10_000)?,
        max_record_age_seconds: record_age(properties)?,
        partial_batch_response: partial_batch_response(properties)?,
        filters: filters(properties)?,
        on_failure_queue: on_failure(properties, scope)?,
        table,
    };
    if is_on {
        wiring.streams.push(mapping);
    }
    Ok(())
}

pub(super) fn queue(
    source: &Field<'_>,
    function: &str,
    properties: &mut Block<'_>,
    scope: &Scope,
    wiring: &mut Wiring,
) -> Result<(), TemplateError> {
    properties.ignore(&["KmsKeyArn", "LoggingConfig", "MetricsConfig"]);
    properties.only("MaximumBatchingWindowInSeconds", "0")?;
    let is_on = properties.flag("Enabled")?.unwrap_or(true);
    let size = properties.optional("BatchSize")?;
    let batch_size = size
        .as_ref()
        .map_or(Ok(10), |field| field.number(1..=10_000))?;
    if let Some(field) = size.filter(|_| batch_size > 10) {
        return field.place.refuse(
            "AWS takes more than 10 only with a batching window, which this machine does not keep",
            "use 10 or less",
        );
    }
    let mapping = QueueMapping {
        queue: scope.queue_by_arn(source)?,
        function: function.to_owned(),
        batch_size: u32::try_from(batch_size).unwrap_or(10),
        partial_batch_response: partial_batch_response(properties)?,
    };
    if is_on {
        wiring.queue_mappings.push(mapping);
    }
    Ok(())
}

/// The table whose stream this is.
fn table(source: &Field<'_>, scope: &Scope, wiring: &Wiring) -> Result<String, TemplateError> {
    let text = source.text()?;
    let thing = scope.things.values().find(|thing| {
        thing.kind == TABLE && thing.is_there && scope.region.stream(&thing.name) == text
    });
    let Some(thing) = thing else {
        return source.place.refuse(
            format!("`{text}` is no stream of a table of this template"),
            "write !GetAtt Table.StreamArn",
        );
    };
    // Tables are read before whatever reads their streams.
    let table = wiring.tables.iter().find(|table| table.name == thing.name);
    if table.is_none_or(|table| table.create_table.get("StreamSpecification").is_none()) {
        return source.place.refuse(
            format!("`{}` has no stream", thing.name),
            "give the table a StreamSpecification",
        );
    }
    Ok(thing.name.clone())
}

fn record_age(properties: &mut Block<'_>) -> Result<Option<u32>, TemplateError> {
    let Some(field) = properties.optional("MaximumRecordAgeInSeconds")? else {
        return Ok(None);
    };
    match field.number(-1..=604_800)? {
        -1 => Ok(None),
        seconds @ 60.. => Ok(u32::try_from(seconds).ok()),
        other => field.place.refuse(
            format!("`{other}` is out of range"),
            "give 60 to 604800, or -1 for ever",
        ),
    }
}

fn partial_batch_response(properties: &mut Block<'_>) -> Result<bool, TemplateError> {
    let mut is_partial = false;
    for field in properties.list("FunctionResponseTypes")? {
        field.word(&["ReportBatchItemFailures"])?;
        is_partial = true;
    }
    Ok(is_partial)
}

fn filters(properties: &mut Block<'_>) -> Result<Vec<serde_json::Value>, TemplateError> {
    let Some(mut criteria) = properties.block("FilterCriteria")? else {
        return Ok(Vec::new());
    };
    let mut patterns = Vec::new();
    let listed = criteria.list("Filters")?;
    if let Some(sixth) = listed.get(5) {
        return sixth.place.refuse(
            "AWS takes five filters",
            "put alternatives into one pattern, by $or",
        );
    }
    for filter in listed {
        let mut filter = filter.block()?;
        let field = filter.required("Pattern", "write the pattern as JSON in single quotes")?;
        let pattern = field.json_text()?;
        rules::check_pattern(&pattern, &field)?;
        filter.finish()?;
        patterns.push(pattern);
    }
    criteria.finish()?;
    Ok(patterns)
}

/// # Errors
/// A queue shows a message again while its function may still be at it, which AWS refuses.
pub(super) fn check_visibility(
    wiring: &Wiring,
    resources: &[Resource<'_>],
) -> Result<(), TemplateError> {
    for mapping in &wiring.queue_mappings {
        let queue = wiring
            .queues
            .iter()
            .find(|queue| queue.name == mapping.queue);
        let function = wiring
            .functions
            .iter()
            .find(|function| function.name == mapping.function);
        let (Some(queue), Some(function)) = (queue, function) else {
            continue;
        };
        let (visible_after, timeout) = (queue.visibility_timeout_seconds, function.timeout_seconds);
        if let Some(resource) = resources
            .iter()
            .find(|resource| resource.id == queue.name)
            .filter(|_| visible_after < timeout)
        {
            let place = resource
                .place
                .below("Properties.VisibilityTimeout", resource.place.line);
            return place.refuse(
                format!(
                    "{visible_after} s is less than the {timeout} s that {} may take",
                    function.name
                ),
                format!("write {} or more", timeout * 6),
            );
        }
    }
    Ok(())
}
