//! What `Ref` and `Fn::GetAtt` give for each kind of resource on this machine.
//! It must not know what properties a resource has.

use crate::arn::{ACCOUNT, Region};

/// A resource of the template, or one that SAM makes beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Thing {
    /// The logical id.
    pub(super) name: String,
    /// The resource type.
    pub(super) kind: String,
    /// Its condition holds, or it has none.
    pub(super) is_there: bool,
    /// For a function URL: the function's logical id.
    pub(super) of: Option<String>,
}

pub(super) const TABLE: &str = "AWS::DynamoDB::Table";
pub(super) const BUS: &str = "AWS::Events::EventBus";
pub(super) const RULE: &str = "AWS::Events::Rule";
pub(super) const QUEUE: &str = "AWS::SQS::Queue";
pub(super) const FUNCTION: &str = "AWS::Serverless::Function";
pub(super) const MAPPING: &str = "AWS::Lambda::EventSourceMapping";
pub(super) const SCHEDULE: &str = "AWS::Scheduler::Schedule";
pub(super) const MAIL_SET: &str = "AWS::SES::ConfigurationSet";
pub(super) const MAIL_EVENTS: &str = "AWS::SES::ConfigurationSetEventDestination";
pub(super) const URL: &str = "AWS::Lambda::Url";

impl Thing {
    /// What `Ref` gives.
    pub(super) fn reference(&self, region: &Region) -> String {
        match self.kind.as_str() {
            QUEUE => format!(
                "https://sqs.{}.amazonaws.com/{ACCOUNT}/{}",
                region.0, self.name
            ),
            URL => self
                .of
                .as_deref()
                .map_or_else(|| self.name.clone(), |of| region.function(of)),
            _ => self.name.clone(),
        }
    }

    /// What `Fn::GetAtt` gives; `None` for an attribute that this machine cannot know.
    pub(super) fn attribute(
        &self,
        attribute: &str,
        region: &Region,
        url_base: &str,
    ) -> Option<String> {
        let name = self.name.as_str();
        Some(match (self.kind.as_str(), attribute) {
            (TABLE, "Arn") => format!("arn:aws:dynamodb:{}:{ACCOUNT}:table/{name}", region.0),
            (TABLE, "StreamArn") => region.stream(name),
            (BUS, "Arn") => bus_arn(region, name),
            (BUS, "Name") | (QUEUE, "QueueName") => name.to_owned(),
            (QUEUE, "Arn") => region.queue(name),
            (QUEUE, "QueueUrl") => self.reference(region),
            (FUNCTION, "Arn") => region.function(name),
            (SCHEDULE, "Arn") => region.schedule(name),
            (URL, "FunctionArn") => self.reference(region),
            (URL, "FunctionUrl") => format!(
                "{}/{}/",
                url_base.trim_end_matches('/'),
                self.of.as_deref()?
            ),
            _ => return None,
        })
    }

    /// The attributes that this machine knows, for a sentence.
    pub(super) fn attributes(&self) -> &'static str {
        match self.kind.as_str() {
            TABLE => "Arn or StreamArn",
            BUS => "Arn or Name",
            QUEUE => "Arn, QueueName or QueueUrl",
            FUNCTION | SCHEDULE => "Arn",
            URL => "FunctionUrl or FunctionArn",
            _ => "!Ref, or give the value by a parameter",
        }
    }
}

pub(super) fn bus_arn(region: &Region, name: &str) -> String {
    format!("arn:aws:events:{}:{ACCOUNT}:event-bus/{name}", region.0)
}
