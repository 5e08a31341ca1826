//! `AWS::SQS::Queue` and `AWS::Events::EventBus`.
//! It must not know who uses them.

use super::resources::Resource;
use super::scope::Scope;
use super::{Bus, Queue, Redrive, TemplateError, Wiring};

pub(super) fn queue(resource: &Resource<'_>, scope: &Scope) -> Result<Queue, TemplateError> {
    let mut properties = resource.open(scope)?;
    // How long a message may lie is ignored: it lies here for as long as it takes.
    properties.ignore(&[
        "QueueName",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "SqsManagedSseEnabled",
        "Tags",
    ]);
    properties.only("FifoQueue", "false")?;
    properties.only("DelaySeconds", "0")?;
    let visibility_timeout_seconds = properties
        .number("VisibilityTimeout", 0..=43_200)?
        .unwrap_or(30);
    let redrive = match properties.block("RedrivePolicy")? {
        None => None,
        Some(mut policy) => {
            let target =
                policy.required("deadLetterTargetArn", "name the queue: !GetAtt Queue.Arn")?;
            let queue = scope.queue_by_arn(&target)?;
            let max_receives = policy.number("maxReceiveCount", 1..=1_000)?.unwrap_or(10);
            policy.finish()?;
            Some(Redrive {
                queue,
                max_receives,
            })
        }
    };
    properties.finish()?;
    Ok(Queue {
        name: resource.id.to_owned(),
        visibility_timeout_seconds,
        redrive,
    })
}

pub(super) fn bus(resource: &Resource<'_>, scope: &Scope) -> Result<Bus, TemplateError> {
    let mut properties = resource.open(scope)?;
    properties.ignore(&[
        "Name",
        "DeadLetterConfig",
        "Description",
        "KmsKeyIdentifier",
        "LogConfig",
        "Policy",
        "Tags",
    ]);
    properties.finish()?;
    Ok(Bus {
        name: resource.id.to_owned(),
    })
}

/// # Errors
/// A queue hands its failures to itself, by one step or several: they would go round for ever.
pub(super) fn check_redrives(
    wiring: &Wiring,
    resources: &[Resource<'_>],
) -> Result<(), TemplateError> {
    let next = |name: &str| {
        let queue = wiring.queues.iter().find(|queue| queue.name == name)?;
        queue.redrive.as_ref().map(|redrive| redrive.queue.clone())
    };
    for queue in &wiring.queues {
        let path = std::iter::successors(next(&queue.name), |name| next(name));
        if path
            .take(wiring.queues.len())
            .any(|name| name == queue.name)
            && let Some(resource) = resources.iter().find(|resource| resource.id == queue.name)
        {
            let place = resource
                .place
                .below("Properties.RedrivePolicy", resource.place.line);
            return place.refuse(
                "its failures come back to it",
                "let the last queue keep them",
            );
        }
    }
    Ok(())
}
