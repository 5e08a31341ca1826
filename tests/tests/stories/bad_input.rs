//! Bad input gets a clear answer where it is received: it says where, what to write instead, and nothing is lost.

use serde_json::{Value, json};
use tests::machine::{Machine, Said, baton, contract, demo_event};
use tests::world::root;

const MONDAY: &str = "2026-11-23T08:00:05Z";

fn refused(said: &Said, words: &[&str]) {
    assert_ne!(said.code, Some(0), "{said:?}");
    assert_ne!(said.code, Some(101), "a panic: {said:?}");
    let all = format!("{}{}", said.out, said.err);
    for word in words {
        assert!(all.contains(word), "{word:?} is not said:\n{all}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_refused_before_it_is_sent() {
    let machine = Machine::at(MONDAY).await;
    let large = json!({ "source": "esign", "detail-type": "contract.signed", "detail": { "text": "x".repeat(1024 * 1024) } });
    let deep = format!(
        "{{\"source\":\"esign\",\"detail-type\":\"contract.signed\",\"detail\":{}1{}}}",
        "{\"a\":".repeat(1000),
        "}".repeat(1000)
    );
    for (input, words) in [
        ("contract signed".to_owned(), &["line 1", "JSON"][..]),
        (
            "{ \"source\": \"esign\",\n  \"detail-type\": }".to_owned(),
            &["line 2"],
        ),
        (
            json!({ "source": "esign", "detail": {} }).to_string(),
            &["`detail-type` is missing"],
        ),
        (
            json!({ "source": "esign", "DetailType": "contract.signed", "detail": {} }).to_string(),
            &["spelt `detail-type`"],
        ),
        (
            json!({ "source": "esign", "detail-type": "contract.signed", "detail": "{}" })
                .to_string(),
            &["without quotes"],
        ),
        (large.to_string(), &["bytes", "send a link"]),
        (deep, &["recursion"]),
    ] {
        let said = machine.baton(&["send", "-"], &input).await;
        refused(&said, words);
    }
    assert_eq!(machine.cases().await.len(), 0);
}

fn without(field: &str) -> Value {
    let mut event = contract(&format!("C-without-{field}"));
    event["detail"]
        .as_object_mut()
        .expect("it is an object")
        .remove(field);
    event
}

fn with(field: &str, value: Value) -> Value {
    let mut event = contract(&format!(
        "C-with-{field}-{}",
        value.as_str().unwrap_or("null")
    ));
    event["detail"][field] = value;
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_case_can_be_made_of_is_parked_with_its_reason_and_owner() {
    let machine = Machine::at(MONDAY).await;
    let events = [
        (without("contract_id"), "contract_id"),
        (without("client_id"), "client_id"),
        (with("client_id", json!("nobody")), "nobody"),
        (with("client_id", json!(null)), "client_id"),
        (without("service"), "service"),
    ];
    for (event, _) in &events {
        machine.send(&[event.clone(), event.clone()]).await;
    }
    let parked = machine.parked().await;
    assert_eq!(parked.len(), events.len(), "each once: {parked:#?}");
    for (event, word) in &events {
        let id = event["detail"]["envelope_id"]
            .as_str()
            .expect("it is a text");
        let row = parked
            .iter()
            .find(|row| row.body.contains(id) && row.reason.contains(word));
        let row = row.unwrap_or_else(|| panic!("{word}: {parked:#?}"));
        assert_eq!(row.owner, "olga", "the workflow's owner");
    }
    assert_eq!(machine.cases().await.len(), 0);
    // The next contract is not held up by any of them.
    machine.send(&[demo_event(1)]).await;
    assert_eq!(machine.cases().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_workflow_listens_for_is_counted() {
    let machine = Machine::at(MONDAY).await;
    let unknown =
        json!({ "source": "crm", "detail-type": "lead.received", "detail": { "lead_id": "L-1" } });
    machine.send(&[unknown]).await;
    assert_eq!(
        machine.store.unheard().await.expect("the table answers"),
        [("crm".to_owned(), "lead.received".to_owned(), 1)]
    );
    assert_eq!(machine.parked().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_on_what_is_not_there_is_parked_too() {
    let machine = Machine::at(MONDAY).await;
    let mut report = demo_event(3);
    report["detail"]["data"]["case"] = "case_0000000000000000".into();
    machine.send(&[report]).await;
    let parked = machine.parked().await;
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].reason.contains("case_0000000000000000"),
        "{parked:#?}"
    );
    assert_eq!(parked[0].owner, "olga");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_file_with_a_mistake_is_not_put_in_force() {
    let machine = Machine::at(MONDAY).await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    copy(&root().join("infra/starter"), folder.path());
    let file = folder.path().join("workflows/contract_to_kickoff.yaml");
    let text = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(
        &file,
        text.replace("owner: project_lead", "owner: projct_lead"),
    )
    .expect("writable");
    let path = folder.path().display().to_string();
    for verb in [
        &["check", &path][..],
        &["apply", &path, "--local", &machine.host.url()],
    ] {
        let said = baton(verb, "").await;
        refused(
            &said,
            &[
                "contract_to_kickoff.yaml:",
                "V1",
                "projct_lead",
                "project_lead",
            ],
        );
    }
    machine.send(&[demo_event(1)]).await;
    assert_eq!(machine.cases().await.len(), 2, "what was in force still is");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("it can be copied");
        }
    }
}
