//! What a template wires together, with every intrinsic resolved: plain data between the reader and the machine.
//! It knows resource kinds of the template language and nothing of what the functions do.

use std::collections::BTreeMap;

/// A whole template, resolved for one set of parameters. Names are logical ids; physical names equal them on one machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wiring {
    pub tables: Vec<Table>,
    pub buses: Vec<Bus>,
    pub queues: Vec<Queue>,
    pub functions: Vec<Function>,
    pub rules: Vec<Rule>,
    pub schedules: Vec<Schedule>,
    pub streams: Vec<StreamMapping>,
    pub queue_mappings: Vec<QueueMapping>,
    pub mail_sets: Vec<MailSet>,
    /// Resource types that mean nothing on one machine (alarms, archives, log groups), for a notice: logical id → type.
    pub left_out: BTreeMap<String, String>,
}

/// `create_table` is the JSON body of a DynamoDB CreateTable call for this table, stream included.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub name: String,
    pub create_table: serde_json::Value,
    /// The attribute by which items expire, when the template turns that on.
    pub ttl_attribute: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bus {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Queue {
    pub name: String,
    pub visibility_timeout_seconds: u32,
    /// Where a message goes after `max_receives` failed receives.
    pub redrive: Option<Redrive>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Redrive {
    pub queue: String,
    pub max_receives: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub name: String,
    /// Name of the executable (`Metadata.BuildProperties.Binary`).
    pub binary: String,
    pub timeout_seconds: u32,
    pub memory_mb: u32,
    /// Variables of the template, intrinsics resolved; a function URL resolves to the given URL base.
    pub environment: BTreeMap<String, String>,
    pub asynchronous: AsynchronousInvocation,
    pub url: Option<FunctionUrl>,
    pub reserved_concurrency: Option<u32>,
}

/// What Lambda does when an asynchronous invocation fails.
#[derive(Debug, Clone, PartialEq)]
pub struct AsynchronousInvocation {
    /// 0 to 2, after the first attempt.
    pub max_retries: u32,
    pub max_event_age_seconds: u32,
    /// Name of the queue that receives the failure record.
    pub on_failure_queue: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FunctionUrl {
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub name: String,
    pub bus: String,
    /// The event pattern, as in the template.
    pub pattern: serde_json::Value,
    pub function: String,
    pub retry: DeliveryRetry,
    pub dead_letter_queue: Option<String>,
}

/// How long EventBridge or Scheduler tries to hand an event to its target.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryRetry {
    /// 0 to 185.
    pub max_attempts: u32,
    /// 60 to 86,400.
    pub max_age_seconds: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub name: String,
    /// `rate(…)`, `cron(…)` or `at(…)`, checked by the reader.
    pub expression: String,
    /// IANA zone for `cron` and `at`; UTC where the template names none.
    pub zone: String,
    pub function: String,
    /// JSON handed to the function.
    pub input: serde_json::Value,
    pub retry: DeliveryRetry,
    pub dead_letter_queue: Option<String>,
}

/// Table stream → function.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamMapping {
    pub table: String,
    pub function: String,
    pub batch_size: u32,
    pub batching_window_seconds: u32,
    pub bisect_on_error: bool,
    /// `None`: for ever, until the record's age runs out.
    pub max_retries: Option<u32>,
    pub max_record_age_seconds: Option<u32>,
    /// `ReportBatchItemFailures` is among the FunctionResponseTypes.
    pub partial_batch_response: bool,
    /// Each filter is an event pattern over the stream record; none given lets all through, several are alternatives.
    pub filters: Vec<serde_json::Value>,
    pub on_failure_queue: Option<String>,
}

/// A name that mails are sent under, and what of them the mailer tells the default bus.
#[derive(Debug, Clone, PartialEq)]
pub struct MailSet {
    pub name: String,
    /// E.g. `bounce`, as SES calls the kinds of event.
    pub tells_of: Vec<String>,
}

/// Queue → function.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueMapping {
    pub queue: String,
    pub function: String,
    pub batch_size: u32,
    pub partial_batch_response: bool,
}
