//! What is refused, where, and in which words.

use super::{read, refusal, settings, with};

/// A function with these properties.
fn function(properties: &str) -> String {
    format!(
        "  F:\n    Type: AWS::Serverless::Function\n    Metadata: {{ BuildProperties: {{ Binary: f }} }}\n    Properties: {{ Runtime: provided.al2023, {properties} }}"
    )
}

/// A function with one event of a type.
fn event(kind: &str, properties: &str) -> String {
    function(&format!(
        "Events: {{ E: {{ Type: {kind}, Properties: {{ {properties} }} }} }}"
    ))
}

fn resource(kind: &str, properties: &str) -> String {
    format!("  R:\n    Type: {kind}\n    Properties: {{ {properties} }}")
}

/// Every refusal as a person reads it, in one text.
#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    let rule = |properties: &str| event("EventBridgeRule", properties);
    let schedule = |properties: &str| event("ScheduleV2", properties);
    let targets = |count: usize| {
        let target = |n| format!("{{ Id: T{n}, Arn: !GetAtt Worker.Arn }}");
        (0..count).map(target).collect::<Vec<_>>().join(", ")
    };
    let stream = |properties: &str| {
        event(
            "DynamoDB",
            &format!("Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, {properties}"),
        )
    };
    let queue = |properties: &str| event("SQS", &format!("Queue: !GetAtt Jobs.Arn, {properties}"));
    let cases = [
        ("a rule without pattern", rule("EventBusName: !Ref Bus")),
        ("a pattern that EventBridge refuses", rule("Pattern: { detail: { state: open } }")),
        ("an unknown bus", rule("Pattern: { source: [a] }, EventBusName: other")),
        ("more than 185 retries", rule("Pattern: { source: [a] }, RetryPolicy: { MaximumRetryAttempts: 186 }")),
        ("a retry of less than a minute", rule("Pattern: { source: [a] }, RetryPolicy: { MaximumEventAgeInSeconds: 59 }")),
        ("a changed event", rule("Pattern: { source: [a] }, InputPath: $.detail")),
        ("a given input", rule("Pattern: { source: [a] }, Input: '{}'")),
        ("a queue made by SAM", rule("Pattern: { source: [a] }, DeadLetterConfig: { Type: SQS }")),
        ("a dead letter queue that is none", rule("Pattern: { source: [a] }, DeadLetterConfig: { Arn: !GetAtt Table.Arn }")),
        ("a misspelt property", rule("Pattern: { source: [a] }, RetryPolicies: {}")),
        ("an ambiguous value in a pattern", rule("Pattern: { source: [a], detail: { ok: [yes] } }")),
        ("rate(1 minutes)", schedule("ScheduleExpression: rate(1 minutes)")),
        ("a bad cron", schedule("ScheduleExpression: cron(0 9 * * * *)")),
        ("an unknown zone", schedule("ScheduleExpression: rate(1 minute), ScheduleExpressionTimezone: Europe/Belrin")),
        ("a flexible window", schedule("ScheduleExpression: rate(1 minute), FlexibleTimeWindow: { Mode: FLEXIBLE }")),
        ("OFF without quotes", schedule("ScheduleExpression: rate(1 minute), FlexibleTimeWindow: { Mode: OFF }")),
        ("input that is no JSON", schedule("ScheduleExpression: rate(1 minute), Input: hello")),
        ("input that Scheduler fills in", schedule("ScheduleExpression: rate(1 minute), Input: '{\"at\": \"<aws.scheduler.scheduled-time>\"}'")),
        ("a start date", schedule("ScheduleExpression: rate(1 minute), StartDate: '2027-01-01T00:00:00Z'")),
        ("a rule due once", event("Schedule", "Schedule: 'at(2027-01-01T00:00:00)'")),
        ("an event that is not followed", event("S3", "Bucket: b, Events: e")),
        ("a stream of nothing", event("DynamoDB", "Stream: !GetAtt Jobs.Arn, StartingPosition: LATEST")),
        ("a starting position that streams have not", event("DynamoDB", "Stream: !GetAtt Table.StreamArn, StartingPosition: AT_TIMESTAMP")),
        ("parallel shards", stream("ParallelizationFactor: 2")),
        ("a tumbling window", stream("TumblingWindowInSeconds: 30")),
        ("a record age below a minute", stream("MaximumRecordAgeInSeconds: 59")),
        ("a filter that is no JSON", stream("FilterCriteria: { Filters: [{ Pattern: '{eventName: [INSERT]}' }] }")),
        ("a filter that EventBridge refuses", stream("FilterCriteria: { Filters: [{ Pattern: '{\"eventName\": \"INSERT\"}' }] }")),
        ("an unknown response type", stream("FunctionResponseTypes: [ReportBatchItemFailure]")),
        ("a large batch of a queue", queue("BatchSize: 11")),
        ("a queue filter", queue("FilterCriteria: { Filters: [] }")),
        ("a time-out over 15 minutes", function("Timeout: 901")),
        ("too little memory", function("MemorySize: 64")),
        ("a fraction", function("Timeout: 1.5")),
        ("no number at all", function("Timeout: ")),
        ("another runtime", "  F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } }, Properties: { Runtime: python3.13 } }".to_owned()),
        ("no runtime", "  F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: f } } }".to_owned()),
        ("no executable", "  F: { Type: AWS::Serverless::Function, Properties: { Runtime: provided.al2023 } }".to_owned()),
        ("an executable elsewhere", "  F: { Type: AWS::Serverless::Function, Metadata: { BuildProperties: { Binary: ../f } }, Properties: { Runtime: provided.al2023 } }".to_owned()),
        ("a network of its own", function("VpcConfig: { SubnetIds: [] }")),
        ("an image", function("PackageType: Image")),
        ("SAM's dead letter queue", function("DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Jobs.Arn }")),
        ("four retries", function("EventInvokeConfig: { MaximumRetryAttempts: 3 }")),
        ("a destination on success", function("EventInvokeConfig: { DestinationConfig: { OnSuccess: { Type: SQS, Destination: !GetAtt Jobs.Arn } } }")),
        ("a topic for failures", function("EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SNS, Destination: x } } }")),
        ("a URL without AuthType", function("FunctionUrlConfig: {}")),
        ("a streaming URL", function("FunctionUrlConfig: { AuthType: NONE, InvokeMode: RESPONSE_STREAM }")),
        ("a reserved variable", function("Environment: { Variables: { AWS_REGION: x } }")),
        ("too large variables", function(&format!("Environment: {{ Variables: {{ LONG: {} }} }}", "x".repeat(4093)))),
        ("a variable with a list", function("Environment: { Variables: { LIST: [a] } }")),
        ("an ambiguous variable", function("Environment: { Variables: { ACCOUNT: 012345678901 } }")),
        ("an intrinsic that is not followed", function("Environment: { Variables: { X1: !Select [0, [a]] } }")),
        ("an attribute that is not known", function("Environment: { Variables: { X1: !GetAtt Table.TableId } }")),
        ("an attribute of what is left out", format!("  Topic: {{ Type: AWS::SNS::Topic }}\n{}", function("Environment: { Variables: { X1: !GetAtt Topic.TopicArn } }"))),
        ("six targets", resource("AWS::Events::Rule", &format!("EventPattern: {{ source: [a] }}, Targets: [{}]", targets(6)))),
        ("two targets of one name", resource("AWS::Events::Rule", "EventPattern: { source: [a] }, Targets: [{ Id: A, Arn: !GetAtt Worker.Arn }, { Id: A, Arn: !GetAtt Worker.Arn }]")),
        ("a target that is no function", resource("AWS::Events::Rule", "EventPattern: { source: [a] }, Targets: [{ Id: A, Arn: !GetAtt Jobs.Arn }]")),
        ("a plain rule without pattern", resource("AWS::Events::Rule", "Targets: []")),
        ("a schedule on a custom bus", resource("AWS::Events::Rule", "ScheduleExpression: rate(1 minute), EventBusName: !Ref Bus")),
        ("a rule with both", resource("AWS::Events::Rule", "ScheduleExpression: rate(1 minute), EventPattern: { source: [a] }")),
        ("a schedule without target", resource("AWS::Scheduler::Schedule", "ScheduleExpression: rate(1 minute)")),
        ("a first-in-first-out queue", resource("AWS::SQS::Queue", "FifoQueue: true")),
        ("a delay", resource("AWS::SQS::Queue", "DelaySeconds: 5")),
        ("a queue that fails into itself", resource("AWS::SQS::Queue", "RedrivePolicy: { deadLetterTargetArn: !GetAtt R.Arn, maxReceiveCount: 3 }")),
        ("a queue that forgets too soon", format!("{}\n{}", resource("AWS::SQS::Queue", "VisibilityTimeout: 10"), event("SQS", "Queue: !GetAtt R.Arn").replace("2023,", "2023, Timeout: 11,"))),
        ("an unknown view of a stream", resource("AWS::DynamoDB::Table", "AttributeDefinitions: [], KeySchema: [], StreamSpecification: { StreamViewType: ALL }")),
        ("a table without keys", resource("AWS::DynamoDB::Table", "AttributeDefinitions: []")),
        ("a table from an import", resource("AWS::DynamoDB::Table", "AttributeDefinitions: [], KeySchema: [], ImportSourceSpecification: {}")),
        ("a mapping of a stranger", resource("AWS::Lambda::EventSourceMapping", "FunctionName: Nobody, EventSourceArn: !GetAtt Jobs.Arn")),
        ("an unknown name", function("Environment: { Variables: { X1: !Ref Tabel } }")),
        ("a name in the wrong case", function("Environment: { Variables: { X1: !Ref table } }")),
        ("an unknown name in what is left out", resource("AWS::CloudWatch::Alarm", "Dimensions: [{ Value: !Sub '${Wroker.Arn}' }]")),
        ("an unknown condition", "  R: { Type: AWS::SQS::Queue, Condition: Never }".to_owned()),
        ("an unknown condition in If", function("Timeout: !If [Never, 1, 2]")),
        ("an unknown dependence", "  R: { Type: AWS::SQS::Queue, DependsOn: Nobody }".to_owned()),
        ("an unknown attribute of a resource", "  R: { Type: AWS::SQS::Queue, Propertys: {} }".to_owned()),
        ("no type", "  R: {}".to_owned()),
        ("a name with a dash", "  R-1: { Type: AWS::SQS::Queue }".to_owned()),
        ("a list for a map", "  R: { Type: AWS::SQS::Queue, Properties: [] }".to_owned()),
        ("a key twice", "  R: { Type: AWS::SQS::Queue, Type: AWS::SNS::Topic }".to_owned()),
        ("an alias", "  R: &r { Type: AWS::SQS::Queue }\n  S: *r".to_owned()),
        ("a merge", "  R: { Type: AWS::SQS::Queue, <<: { Condition: x } }".to_owned()),
        ("a foreign tag", "  R: { Type: !!binary AWS::SQS::Queue }".to_owned()),
        ("no YAML", "  R: { Type: AWS::SQS::Queue".to_owned()),
        ("a second document", "---\nResources: {}".to_owned()),
    ];
    let told = cases.iter().map(|(what, resources)| {
        let refusal = refusal(&with("", resources));
        assert!(
            !refusal.problem.is_empty() && !refusal.mend.is_empty(),
            "{what}"
        );
        format!("{what}\n  {refusal}\n")
    });
    insta::assert_snapshot!(told.collect::<String>());
}

#[test]
fn sections_are_checked_before_resources() {
    let cases = [
        ("nothing", String::new()),
        ("a list", "- a".to_owned()),
        ("no resources", "Description: none".to_owned()),
        ("an unknown section", with("Resource: {}", "")),
        (
            "a transform of others",
            with("", "").replace("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"),
        ),
        (
            "SAM without saying so",
            with("", "").replace("Transform: AWS::Serverless-2016-10-31", ""),
        ),
        (
            "a parameter without value",
            with("Parameters: { P: { Type: String } }", ""),
        ),
        (
            "a parameter outside its values",
            with(
                "Parameters: { P: { Type: String, Default: c, AllowedValues: [a, b] } }",
                "",
            ),
        ),
        (
            "a parameter that is no number",
            with("Parameters: { P: { Type: Number, Default: five } }", ""),
        ),
        (
            "a parameter that is too small",
            with(
                "Parameters: { P: { Type: Number, Default: -1, MinValue: 0 } }",
                "",
            ),
        ),
        (
            "a parameter that is too long",
            with(
                "Parameters: { P: { Type: String, Default: abc, MinLength: 1, MaxLength: 2 } }",
                "",
            ),
        ),
        (
            "a parameter without type",
            with("Parameters: { P: { Default: a } }", ""),
        ),
        (
            "a condition on itself",
            with(
                "Conditions: { A: !Not [!Condition B], B: !Not [!Condition A] }",
                "",
            ),
        ),
        (
            "a condition on nothing",
            with("Conditions: { A: !Condition B }", ""),
        ),
        (
            "a condition on a resource",
            with("Conditions: { A: !Equals [!Ref Jobs, x] }", ""),
        ),
        (
            "a text for a condition",
            with("Conditions: { A: 'true' }", ""),
        ),
        (
            "another function for a condition",
            with("Conditions: { A: !Sub x }", ""),
        ),
        (
            "an Equals of one",
            with("Conditions: { A: !Equals [x] }", ""),
        ),
        (
            "an And of one",
            with("Conditions: { A: !And [!Equals [x, x]] }", ""),
        ),
        (
            "events for all functions",
            with("Globals: { Function: { Events: {} } }", ""),
        ),
        (
            "an output of nothing",
            with("Outputs: { O: { Value: !GetAtt Nobody.Arn } }", ""),
        ),
    ];
    let told = cases
        .iter()
        .map(|(what, text)| format!("{what}\n  {}\n", refusal(text)));
    insta::assert_snapshot!(told.collect::<String>());
}

#[test]
fn a_value_for_no_parameter_is_refused() {
    let text = with(
        "Parameters: { Sender: { Type: String, Default: a }, Zone: { Type: String, Default: b } }",
        "",
    );
    let refusal = read(&text, &settings(&[("sender", "x")]))
        .unwrap_err()
        .to_string();
    assert_eq!(
        refusal,
        "line 2: Parameters: a value is given for `sender`, which is no parameter; the parameters are Sender, Zone"
    );
}

#[test]
fn what_is_left_out_by_its_condition_cannot_be_named() {
    let text = with(
        "Conditions: { Never: !Equals [a, b] }",
        &format!(
            "  R: {{ Type: AWS::SQS::Queue, Condition: Never }}\n{}",
            function("Environment: { Variables: { X1: !Ref R } }")
        ),
    );
    let refusal = refusal(&text);
    assert_eq!(
        (refusal.resource.as_str(), refusal.property.as_str()),
        ("F", "Properties.Environment.Variables.X1")
    );
    assert!(
        refusal.problem.contains("left out by its condition"),
        "{refusal}"
    );
}
