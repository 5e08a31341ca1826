//! The part of the SQS JSON protocol that looks at failure queues: receive, delete, send, sizes, names.
//! It must not hold messages itself.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::Queues;
use crate::wire::JsonAnswer;

const JSON: &str = "application/x-amz-json-1.0";

impl Queues {
    /// Answers one call; `base` is the machine's address, of which queue URLs are made.
    pub(crate) async fn call(&self, operation: &str, request: &Value, base: &str) -> JsonAnswer {
        let url = |name: &str| format!("{base}/queue/{name}");
        let queue = request["QueueUrl"]
            .as_str()
            .and_then(|url| url.rsplit('/').next())
            .unwrap_or_default();
        match operation {
            "ListQueues" => {
                let urls: Vec<String> = self.names().map(url).collect();
                return ok(&json!({ "QueueUrls": urls }));
            }
            "GetQueueUrl" => {
                let name = request["QueueName"].as_str().unwrap_or_default();
                return match self.sizes(name) {
                    Some(_) => ok(&json!({ "QueueUrl": url(name) })),
                    None => unknown_queue(name),
                };
            }
            _ => {}
        }
        let (Some((visible, hidden)), Some(settings)) = (self.sizes(queue), self.settings(queue))
        else {
            return unknown_queue(queue);
        };
        match operation {
            "ReceiveMessage" => {
                let limit = request["MaxNumberOfMessages"]
                    .as_u64()
                    .unwrap_or(1)
                    .clamp(1, 10);
                let messages: Vec<Value> = self
                    .receive(queue, usize::try_from(limit).unwrap_or(1))
                    .into_iter()
                    .map(|received| {
                        let attributes: serde_json::Map<String, Value> = received
                            .message
                            .head
                            .attributes
                            .iter()
                            .map(|(name, value)| (name.clone(), json!({ "DataType": "String", "StringValue": value })))
                            .collect();
                        json!({
                            "MessageId": received.message.message_id(),
                            "ReceiptHandle": received.receipt,
                            "Body": received.message.body,
                            "MD5OfBody": format!("{:x}", md5::compute(received.message.body.as_bytes())),
                            "MessageAttributes": attributes,
                            "Attributes": { "ApproximateReceiveCount": received.message.head.receives.to_string() },
                        })
                    })
                    .collect();
                ok(&if messages.is_empty() {
                    json!({})
                } else {
                    json!({ "Messages": messages })
                })
            }
            "DeleteMessage" => {
                self.delete(queue, request["ReceiptHandle"].as_str().unwrap_or_default());
                ok(&json!({}))
            }
            "SendMessage" => {
                let Some(body) = request["MessageBody"].as_str() else {
                    return refused(
                        "MissingParameter",
                        "The request must contain the parameter MessageBody.",
                    );
                };
                let attributes = request["MessageAttributes"]
                    .as_object()
                    .into_iter()
                    .flatten();
                let attributes = attributes
                    .filter_map(|(name, value)| {
                        Some((name.clone(), value["StringValue"].as_str()?.to_owned()))
                    })
                    .collect();
                match self.send(queue, body.to_owned(), attributes).await {
                    Ok(message_id) => ok(&json!({
                        "MessageId": message_id,
                        "MD5OfMessageBody": format!("{:x}", md5::compute(body.as_bytes())),
                    })),
                    Err(error) => refused("InternalFailure", &error.to_string()),
                }
            }
            "GetQueueAttributes" => ok(&json!({ "Attributes": {
                "ApproximateNumberOfMessages": visible.to_string(),
                "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
                "VisibilityTimeout": settings.visibility_timeout_seconds.to_string(),
            }})),
            _ => refused(
                "InvalidAction",
                &format!("{operation} is not an operation of this machine's queues"),
            ),
        }
    }
}

fn ok(body: &Value) -> JsonAnswer {
    JsonAnswer {
        status: StatusCode::OK,
        content_type: JSON,
        body: body.to_string(),
    }
}

fn unknown_queue(name: &str) -> JsonAnswer {
    let message = format!("The specified queue does not exist: {name}");
    refused("QueueDoesNotExist", &message)
}

fn refused(code: &str, message: &str) -> JsonAnswer {
    JsonAnswer {
        status: StatusCode::BAD_REQUEST,
        content_type: JSON,
        body: json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message })
            .to_string(),
    }
}
