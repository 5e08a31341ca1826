//! Processes and the Runtime API: answers, errors, panics, exits, deadlines, retries, failure queues.

use local::template::{Function, Wiring};
use serde_json::{Value, json};

use crate::support::{
    Clients, Lines, advance, function, ground, invoke, invoke_event, settings, standing_clock,
    start,
};

fn obedient() -> Function {
    let mut function = function("Obedient", "obedient");
    function.asynchronous.on_failure_queue = Some("Failures".to_owned());
    function
}

fn wiring(functions: Vec<Function>) -> Wiring {
    Wiring {
        functions,
        ..ground()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_answers_and_is_kept() {
    let host = start(wiring(vec![obedient()])).await;
    let (failed, first) = invoke(&host, "Obedient", &json!({ "do": "echo", "n": 1 })).await;
    assert!(!failed);
    assert_eq!(first["echo"], json!({ "do": "echo", "n": 1 }));
    let (_, second) = invoke(&host, "Obedient", &json!({ "do": "echo" })).await;
    assert_eq!(
        first["pid"], second["pid"],
        "one process serves calls that follow each other"
    );
    assert_ne!(first["request_id"], second["request_id"]);
    assert_eq!(host.counts().functions["Obedient"].starts, 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_get_processes_up_to_the_limit() {
    let mut limited = obedient();
    limited.reserved_concurrency = Some(2);
    let host = start(wiring(vec![limited])).await;
    let sleep = json!({ "do": "sleep", "milliseconds": 300 });
    let (a, b, c) = tokio::join!(
        invoke(&host, "Obedient", &sleep),
        invoke(&host, "Obedient", &sleep),
        invoke(&host, "Obedient", &sleep)
    );
    let mut pids: Vec<u64> = [a, b, c]
        .iter()
        .map(|(failed, answer)| {
            assert!(!failed);
            answer["pid"].as_u64().unwrap()
        })
        .collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 2);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_and_panics_are_reported_and_the_process_lives_on() {
    let lines = Lines::default();
    let mut settings = settings(wiring(vec![obedient()]), &standing_clock());
    lines.listen(&mut settings);
    let host = local::Host::start(settings).await.unwrap();
    let (failed, error) = invoke(&host, "Obedient", &json!({ "do": "error" })).await;
    assert!(failed);
    assert_eq!(error["errorMessage"], "told to fail");
    let (failed, panic) = invoke(&host, "Obedient", &json!({ "do": "panic" })).await;
    assert!(failed);
    assert!(
        panic["errorMessage"]
            .as_str()
            .unwrap()
            .contains("told to panic"),
        "{panic}"
    );
    let (failed, _) = invoke(&host, "Obedient", &json!({ "do": "echo" })).await;
    assert!(!failed);
    let count = &host.counts().functions["Obedient"];
    assert_eq!(
        (
            count.starts,
            count.invocations,
            count.errors,
            count.timeouts
        ),
        (1, 3, 2, 0)
    );
    let said = lines.of("Obedient");
    assert!(said.iter().any(|line| line == "started"), "{said:?}");
    assert!(
        said.iter().any(|line| line.contains("told to fail")),
        "{said:?}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_exits_is_reported_and_replaced() {
    let host = start(wiring(vec![obedient()])).await;
    let (failed, error) = invoke(&host, "Obedient", &json!({ "do": "exit" })).await;
    assert!(failed);
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .contains("exit status 3"),
        "{error}"
    );
    let (failed, _) = invoke(&host, "Obedient", &json!({ "do": "echo" })).await;
    assert!(!failed);
    assert_eq!(host.counts().functions["Obedient"].starts, 2);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_past_its_deadline_is_killed() {
    let mut slow = obedient();
    slow.timeout_seconds = 1;
    let host = start(wiring(vec![slow])).await;
    let (failed, error) = invoke(&host, "Obedient", &json!({ "do": "hang" })).await;
    assert!(failed);
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Task timed out after 1.00 seconds"),
        "{error}"
    );
    assert_eq!(host.counts().functions["Obedient"].timeouts, 1);
    let (failed, _) = invoke(&host, "Obedient", &json!({ "do": "echo" })).await;
    assert!(!failed);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_ends_what_runs() {
    let host = start(wiring(vec![obedient()])).await;
    let hanging = async { invoke(&host, "Obedient", &json!({ "do": "hang" })).await };
    let killing = async {
        while host.kill("Obedient") == 0 {
            tokio::task::yield_now().await;
        }
    };
    let ((failed, error), ()) = tokio::join!(hanging, killing);
    assert!(failed);
    assert_eq!(error["errorType"], "Runtime.ExitError");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_start_fails_its_invocation_once() {
    let host = start(wiring(vec![function("Broken", "refuses-to-start")])).await;
    let (failed, error) = invoke(&host, "Broken", &json!({})).await;
    assert!(failed);
    assert_eq!(error["errorType"], "Runtime.ExitError");
    assert_eq!(host.counts().functions["Broken"].starts, 1);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_binary_is_named_with_the_command_that_builds_it() {
    let mut absent = function("Absent", "");
    absent.binary = "no-such-binary".to_owned();
    let host = start(wiring(vec![absent])).await;
    assert_eq!(host.missing_binaries().len(), 1);
    let (failed, error) = invoke(&host, "Absent", &json!({})).await;
    assert!(failed);
    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint");
    assert!(
        error["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("build it with `cargo build -p no-such-binary`"),
        "{error}"
    );
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_event_is_retried_after_one_and_two_minutes_and_then_put_into_the_failure_queue()
{
    let host = start(wiring(vec![obedient()])).await;
    invoke_event(&host, "Obedient", &json!({ "do": "error", "n": 7 })).await;
    host.at_rest().await;
    let invocations = || host.counts().functions["Obedient"].invocations;
    assert_eq!(invocations(), 1);
    advance(&host, 59);
    host.at_rest().await;
    assert_eq!(invocations(), 1);
    advance(&host, 1);
    host.at_rest().await;
    assert_eq!(invocations(), 2);
    advance(&host, 119);
    host.at_rest().await;
    assert_eq!(invocations(), 2);
    assert!(host.messages("Failures").is_empty());
    advance(&host, 1);
    host.at_rest().await;
    assert_eq!(invocations(), 3);
    let failures = host.messages("Failures");
    assert_eq!(failures.len(), 1);
    let record: Value = serde_json::from_str(&failures[0].body).unwrap();
    assert_eq!(record["version"], "1.0");
    assert_eq!(record["timestamp"], "2026-03-02T09:03:00.000Z");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(
        record["requestContext"]["functionArn"],
        "arn:aws:lambda:eu-central-1:000000000000:function:Obedient:$LATEST"
    );
    assert_eq!(record["requestPayload"], json!({ "do": "error", "n": 7 }));
    assert_eq!(
        record["responseContext"],
        json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" })
    );
    assert_eq!(record["responsePayload"]["errorMessage"], "told to fail");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_grows_too_old_is_not_tried_again() {
    let mut impatient = obedient();
    impatient.asynchronous.max_event_age_seconds = 90;
    let host = start(wiring(vec![impatient])).await;
    invoke_event(&host, "Obedient", &json!({ "do": "error" })).await;
    host.at_rest().await;
    advance(&host, 3600);
    host.at_rest().await;
    assert_eq!(host.counts().functions["Obedient"].invocations, 1);
    let failures = host.messages("Failures");
    let record: Value = serde_json::from_str(&failures[0].body).unwrap();
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_see_their_own_environment_and_nothing_of_the_user() {
    let host = start(wiring(vec![obedient()])).await;
    let (_, environment) = invoke(&host, "Obedient", &json!({ "do": "environment" })).await;
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "Obedient");
    assert_eq!(environment["AWS_ENDPOINT_URL_DYNAMODB"], host.url());
    assert_eq!(environment["AWS_ACCESS_KEY_ID"], "local");
    assert!(
        environment.get("CARGO_MANIFEST_DIR").is_none(),
        "cargo sets it for this test"
    );
    let clients = Clients::of(&host);
    assert!(clients.notes("Obedient").await.is_empty());
    host.shutdown().await;
}
