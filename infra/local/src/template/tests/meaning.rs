//! What is read, and what it comes to.

use std::fmt::Write as _;

use serde_json::json;

use super::{read, settings, wiring, with};
use crate::template::{
    DeliveryRetry, Function, QueueMapping, Rule, Schedule, StreamMapping, Wiring,
};

/// A wiring as a person reads it, one line a thing. Taking each type apart keeps the lines complete.
fn told(wiring: &Wiring) -> String {
    let Wiring {
        tables,
        buses,
        queues,
        functions,
        rules,
        schedules,
        streams,
        queue_mappings,
        mail_sets,
        left_out,
    } = wiring;
    let mut text = String::new();
    for table in tables {
        writeln!(
            text,
            "table {}, expires by {:?}\n  {}",
            table.name, table.ttl_attribute, table.create_table
        )
        .unwrap();
    }
    buses
        .iter()
        .for_each(|bus| writeln!(text, "bus {}", bus.name).unwrap());
    queues
        .iter()
        .for_each(|queue| writeln!(text, "{queue:?}").unwrap());
    functions
        .iter()
        .for_each(|function| text += &tell_function(function));
    rules.iter().for_each(|rule| text += &tell_rule(rule));
    schedules
        .iter()
        .for_each(|schedule| text += &tell_schedule(schedule));
    streams
        .iter()
        .for_each(|stream| text += &tell_stream(stream));
    for set in mail_sets {
        writeln!(text, "{set:?}").unwrap();
    }
    for QueueMapping {
        queue,
        function,
        batch_size,
        partial_batch_response,
    } in queue_mappings
    {
        writeln!(
            text,
            "queue {queue} → {function} by {batch_size}, in part: {partial_batch_response}"
        )
        .unwrap();
    }
    for (id, kind) in left_out {
        writeln!(text, "left out: {id}, {kind}").unwrap();
    }
    text
}

fn tell_function(function: &Function) -> String {
    let Function {
        name,
        binary,
        timeout_seconds,
        memory_mb,
        environment,
        asynchronous,
        url,
        reserved_concurrency,
    } = function;
    format!(
        "function {name} = {binary}, {timeout_seconds} s, {memory_mb} MB, reserved {reserved_concurrency:?}, {url:?}\n  {environment:?}\n  {asynchronous:?}\n"
    )
}

fn tell_retry(retry: &DeliveryRetry, dead_letter_queue: Option<&String>) -> String {
    let DeliveryRetry {
        max_attempts,
        max_age_seconds,
    } = retry;
    format!("{max_attempts} more tries in {max_age_seconds} s, then {dead_letter_queue:?}")
}

fn tell_rule(rule: &Rule) -> String {
    let Rule {
        name,
        bus,
        pattern,
        function,
        retry,
        dead_letter_queue,
    } = rule;
    let retry = tell_retry(retry, dead_letter_queue.as_ref());
    format!("rule {name} on {bus}: {pattern} → {function}\n  {retry}\n")
}

fn tell_schedule(schedule: &Schedule) -> String {
    let Schedule {
        name,
        expression,
        zone,
        function,
        input,
        retry,
        dead_letter_queue,
    } = schedule;
    let retry = tell_retry(retry, dead_letter_queue.as_ref());
    format!("schedule {name}: {expression} in {zone} → {function}\n  {input}\n  {retry}\n")
}

fn tell_stream(stream: &StreamMapping) -> String {
    let StreamMapping {
        table,
        function,
        batch_size,
        batching_window_seconds,
        bisect_on_error,
        max_retries,
        max_record_age_seconds,
        partial_batch_response,
        filters,
        on_failure_queue,
    } = stream;
    let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
    format!(
        "stream of {table} → {function} by {batch_size}, window {batching_window_seconds} s, bisect: {bisect_on_error}, in part: {partial_batch_response}\n  \
         retries {max_retries:?}, age {max_record_age_seconds:?}, then {on_failure_queue:?}\n  {}\n",
        filters.join(" or ")
    )
}

#[test]
fn the_template_of_this_repository() {
    let text = include_str!("../../../../template.yaml");
    let wiring = read(text, &settings(&[("Sender", "baton@example.com")])).unwrap();
    insta::assert_snapshot!(told(&wiring));
}

/// Everything that this reader knows, in one template.
#[test]
fn every_type_and_property() {
    insta::assert_snapshot!(told(&wiring(include_str!("everything.yaml"))));
}

/// The variables of a function whose environment is written in these lines.
fn variables(sections: &str, lines: &[&str], parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let lines: String = lines
        .iter()
        .map(|line| format!("          {line}\n"))
        .collect();
    let function = format!(
        "  F:
    Type: AWS::Serverless::Function
    Metadata: {{ BuildProperties: {{ Binary: f }} }}
    Properties:
      Runtime: provided.al2023
      FunctionUrlConfig: {{ AuthType: NONE }}
      Environment:
        Variables:
{lines}"
    );
    let text = with(sections, &function);
    let wiring =
        read(&text, &settings(parameters)).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
    let function = wiring
        .functions
        .into_iter()
        .find(|function| function.name == "F")
        .unwrap();
    function.environment.into_iter().collect()
}

#[test]
fn intrinsics_in_both_spellings() {
    let cases = [
        ("!Ref Table", "Table"),
        ("{Ref: Table}", "Table"),
        ("!Ref Bus", "Bus"),
        ("!Ref F", "F"),
        (
            "!Ref Jobs",
            "https://sqs.eu-central-1.amazonaws.com/000000000000/Jobs",
        ),
        ("!Ref AWS::Region", "eu-central-1"),
        ("!Ref AWS::AccountId", "000000000000"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref Count", "5"),
        (
            "!GetAtt Table.Arn",
            "arn:aws:dynamodb:eu-central-1:000000000000:table/Table",
        ),
        (
            "!GetAtt [Jobs, Arn]",
            "arn:aws:sqs:eu-central-1:000000000000:Jobs",
        ),
        ("{Fn::GetAtt: [Jobs, QueueName]}", "Jobs"),
        (
            "{Fn::GetAtt: Worker.Arn}",
            "arn:aws:lambda:eu-central-1:000000000000:function:Worker",
        ),
        (
            "!GetAtt Bus.Arn",
            "arn:aws:events:eu-central-1:000000000000:event-bus/Bus",
        ),
        ("!GetAtt FUrl.FunctionUrl", "http://127.0.0.1:8080/F/"),
        ("!Sub ${Table}/index", "Table/index"),
        (
            "!Sub '${Table.Arn}/${!Literal} $ {x} ${AWS::Region'",
            "arn:aws:dynamodb:eu-central-1:000000000000:table/Table/${Literal} $ {x} ${AWS::Region",
        ),
        ("!Sub ['${Own}-${Table}', {Own: !Ref Count}]", "5-Table"),
        ("{Fn::Sub: 'a ${Count}'}", "a 5"),
        ("!Join ['-', [a, !Ref Count, c]]", "a-5-c"),
        ("{Fn::Join: [', ', !Ref Names]}", "x, y"),
        ("!If [IsFive, five, other]", "five"),
        (
            "{Fn::If: [IsSix, six, !If [IsFive, !Sub 'not ${Count}', other]]}",
            "not 5",
        ),
        ("'quoted yes'", "quoted yes"),
        ("007x", "007x"),
        ("1.50", "1.50"),
        ("true", "true"),
    ];
    let sections = "Parameters: { Count: { Type: Number, Default: 5 }, Names: { Type: CommaDelimitedList, Default: 'x, y' } }
Conditions: { IsFive: !Equals [!Ref Count, 5], IsSix: !Equals [6, !Ref Count] }";
    for (written, meant) in cases {
        let found = variables(sections, &[&format!("VALUE: {written}")], &[]);
        assert_eq!(found, [("VALUE".to_owned(), meant.to_owned())], "{written}");
    }
    let without = variables(
        sections,
        &["A1: !If [IsSix, six, !Ref AWS::NoValue]", "B1: b"],
        &[],
    );
    assert_eq!(without, [("B1".to_owned(), "b".to_owned())]);
}

#[test]
fn conditions_hold_or_do_not() {
    let sections =
        "Parameters: { A: { Type: String, Default: yes please }, B: { Type: String, Default: '' } }
Conditions:
  HasA: !Not [!Equals [!Ref A, '']]
  HasB: {Fn::Not: [{Fn::Equals: [{Ref: B}, '']}]}
  Both: !And [!Condition HasA, {Condition: HasB}]
  Either: !Or [!Condition HasB, !Condition HasA, !Equals [a, b]]
  Neither: !Not [!Condition Either]";
    let names = ["HasA", "HasB", "Both", "Either", "Neither"];
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("{name}: !If [{name}, 'true', 'false']"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let holds = |parameters: &[(&str, &str)]| {
        let found = variables(sections, &lines, parameters);
        let holding = found.into_iter().filter(|(_, holds)| holds == "true");
        holding.map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(holds(&[]), ["Either", "HasA"]);
    assert_eq!(holds(&[("B", "b")]), ["Both", "Either", "HasA", "HasB"]);
    assert_eq!(holds(&[("A", "")]), ["Neither"]);
}

#[test]
fn globals_are_merged_into_each_function() {
    let sections = "Globals:
  Function:
    Timeout: 20
    MemorySize: 512
    Environment: { Variables: { SHARED: all, OVER: global } }";
    let text = with(
        sections,
        "  F:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: f } }
    Properties: { Runtime: provided.al2023, Timeout: 7, Environment: { Variables: { OVER: own, OWN: own } } }",
    );
    let wiring = read(&text, &settings(&[])).unwrap();
    let [worker, own] = wiring.functions.as_slice() else {
        panic!("two functions, not {}", wiring.functions.len());
    };
    assert_eq!((worker.timeout_seconds, worker.memory_mb), (20, 512));
    assert_eq!((own.timeout_seconds, own.memory_mb), (7, 512));
    assert_eq!(
        json!(own.environment),
        json!({"OVER": "own", "OWN": "own", "SHARED": "all"})
    );
}

#[test]
fn what_a_condition_leaves_out_is_not_there() {
    let text = with(
        "Parameters: { On: { Type: String, Default: 'no', AllowedValues: ['yes', 'no'] } }
Conditions: { IsOn: !Equals [!Ref On, 'yes'] }",
        "  Maybe: { Type: AWS::SQS::Queue, Condition: IsOn }
  Topic: { Type: AWS::SNS::Topic, Condition: IsOn, DependsOn: Maybe }",
    );
    let queues = |parameters: &[(&str, &str)]| {
        let wiring = read(&text, &settings(parameters)).unwrap();
        (wiring.queues.len(), wiring.left_out.len())
    };
    assert_eq!(queues(&[]), (1, 0));
    assert_eq!(queues(&[("On", "yes")]), (2, 1));
}

#[test]
fn a_template_in_json_is_read_alike() {
    let yaml = with(
        "",
        "  More: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: '60' } }",
    );
    let json = r#"{
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180}},
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": {"Ref": "AWS::StackName"}}},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
                "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}
            }},
            "Worker": {"Type": "AWS::Serverless::Function", "Metadata": {"BuildProperties": {"Binary": "worker"}}, "Properties": {"Runtime": "provided.al2023"}},
            "More": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}
        }
    }"#;
    assert_eq!(
        read(json, &settings(&[])).unwrap(),
        read(&yaml, &settings(&[])).unwrap()
    );
}
