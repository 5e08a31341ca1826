//! What the template of this repository comes to, every intrinsic, every type, and what is refused with which words.
//! It must not depend on what the functions do.

mod meaning;
mod refusals;
mod robustness;

use std::collections::BTreeMap;

use super::{Settings, TemplateError, Wiring, read};

fn settings(parameters: &[(&str, &str)]) -> Settings {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings {
        parameters: parameters.iter().map(owned).collect::<BTreeMap<_, _>>(),
        url_base: "http://127.0.0.1:8080".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

/// A template of these sections, with SAM named and a queue, a table with a stream and a function to point at.
fn with(sections: &str, resources: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
{sections}
Resources:
  Jobs: {{ Type: AWS::SQS::Queue, Properties: {{ VisibilityTimeout: 180 }} }}
  Bus: {{ Type: AWS::Events::EventBus, Properties: {{ Name: !Ref AWS::StackName }} }}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{ AttributeName: PK, AttributeType: S }}]
      KeySchema: [{{ AttributeName: PK, KeyType: HASH }}]
      StreamSpecification: {{ StreamViewType: NEW_IMAGE }}
  Worker:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: worker }} }}
    Properties: {{ Runtime: provided.al2023 }}
{resources}"
    )
}

/// The resources of a template, read with no parameters.
fn wiring(resources: &str) -> Wiring {
    let text = with("", resources);
    read(&text, &settings(&[])).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

fn refusal(text: &str) -> TemplateError {
    read(text, &settings(&[])).expect_err(text)
}
