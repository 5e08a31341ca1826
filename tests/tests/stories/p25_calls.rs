//! P25: workflows reach other tools: a named address is called, a chat is told, each once, within bounds.

use std::collections::BTreeMap;

use domain::case::Case;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::machine::{Machine, is_completed};
use tests::tool::{Asked, Tool};
use tests::world::root;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const KEY: &str = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAy";
const TAKEN: &str = "200 OK\ncontent-type: application/json\n\n{\"entry\":{\"id\":\"E-7\"}}";

const WORKFLOW: &str = r#"workflow: order_entered
version: 1
title: "Order {{ order }}"
kind: operations
owner: ops_lead
backup: delivery_lead
runbook: runbooks/new-lead.md
outcome: { measure: placed_to_entered, from: start, to: told, target: 1 business day }
starts_on:
  event: order.placed
  from: shop
  once_per: detail.order_id
data:
  order: detail.order_id
  title: detail.title
steps:
  - { id: enter, do: call, target: ledger, with: { order: order, title: title }, takes: { entry: entry.id } }
  - { id: told, do: notify, chat: delivery, template: order_entered, end: true }
"#;
const TEXT: &str =
    "subject: Order {{ order }} is entered\n\n{{ title }} is entry {{ enter.entry }}.\n";

/// The starter with a workflow that calls `tool` and tells a chat.
async fn machine(tool: &Tool, chat: &Tool) -> Machine {
    machine_of(tool, chat, "auth: standard", "slack").await
}

/// The same, with how the tool is called and which chat it is.
async fn machine_of(tool: &Tool, chat: &Tool, how: &str, kind: &str) -> Machine {
    let machine = Machine::at(MONDAY).await;
    let mut files: BTreeMap<String, String> =
        loader::read_folder(&root().join("infra/starter")).expect("the starter is there");
    let team = files.get_mut("team.yaml").expect("there is a team");
    let more = format!(
        "  shop: {{ id: detail.order_id, events: {{ order.placed: [order_id, title] }} }}\n\
         targets:\n  ledger: {{ url: \"{}/entries\", headers: {{ x-team: studio }}, {how}, secret: ledger }}\n\
         chat:\n  delivery: {{ kind: {kind}, secret: chat-delivery }}\nseller:",
        tool.url
    );
    *team = team.replacen("seller:", &more, 1);
    files.insert("workflows/order_entered.yaml".into(), WORKFLOW.into());
    files.insert("mails/order_entered.txt".into(), TEXT.into());
    let loaded = loader::load(&files);
    let workspace = loaded
        .workspace
        .unwrap_or_else(|| panic!("{:#?}", loaded.problems));
    let company = app::apply::company(workspace.team, workspace.clients, workspace.workflows);
    let company = company.expect("it fits");
    app::apply::apply(&machine.store, &company)
        .await
        .expect("it can be applied");
    for (name, value) in [
        ("ledger", KEY.to_owned()),
        ("chat-delivery", format!("{}/hook/canary-address", chat.url)),
    ] {
        let said = machine.baton(&["secret", "set", name], &value).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    machine
}

async fn placed(machine: &Machine) -> Case {
    let order = json!({
        "source": "shop", "detail-type": "order.placed",
        "detail": { "order_id": "O-1", "title": "Three <boxes> & a lid" },
    });
    machine.send(&[order]).await;
    machine.case_of("order_entered").await
}

fn is_signed(asked: &Asked) -> bool {
    let at = asked.headers["webhook-timestamp"]
        .parse()
        .expect("a number");
    let now = Timestamp::from_second(at).expect("a time");
    let body = asked.body.as_bytes();
    signature::verify(
        &domain::webhook::Scheme::Standard,
        [KEY].into_iter(),
        &asked.headers,
        body,
        now,
    )
    .is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_a_call_is_made_again_until_it_is_taken_and_the_chat_hears_of_it_once() {
    let tool = Tool::answering(&["503 Busy\nretry-after: 30", TAKEN]);
    let chat = Tool::answering(&[]);
    let machine = machine(&tool, &chat).await;
    let case = placed(&machine).await;
    assert!(case.is_running());
    assert_eq!(tool.asked().len(), 1);
    assert!(chat.asked().is_empty());

    machine.sweeps(1).await;
    let asked = tool.asked();
    assert_eq!(asked.len(), 2);
    let first = &asked[0];
    assert_eq!(first.line, "POST /entries");
    let sent: Value = serde_json::from_str(&first.body).expect("JSON");
    assert_eq!(
        sent,
        json!({ "order": "O-1", "title": "Three <boxes> & a lid" })
    );
    assert_eq!(
        (
            first.headers["x-team"].as_str(),
            first.headers["baton-hops"].as_str()
        ),
        ("studio", "1")
    );
    assert!(asked.iter().all(is_signed));
    let key = |asked: &Asked| asked.headers["idempotency-key"].clone();
    assert_eq!(key(&asked[0]), key(&asked[1]), "a repeat can be told");

    let told = chat.asked();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].line, "POST /hook/canary-address");
    let text: Value = serde_json::from_str(&told[0].body).expect("JSON");
    let text = text["text"].as_str().expect("a text");
    assert!(
        text.starts_with("*Order O-1 is entered*\nThree &lt;boxes&gt; &amp; a lid is entry E-7."),
        "{text}"
    );
    let case = machine.case_of("order_entered").await;
    assert!(is_completed(&case));
    assert_eq!(case.values["enter"]["entry"], "E-7");
    assert!(machine.trace(&case.id).await.replays);
    let traced = machine.baton(&["trace", case.id.as_str()], "").await;
    assert!(traced.out.contains("call of ledger"), "{traced:?}");

    machine.sweeps(5).await;
    assert_eq!((tool.asked().len(), chat.asked().len()), (2, 1));
    no_secret_is_seen(&machine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_a_target_by_bearer_and_put_and_a_chat_of_teams() {
    let (tool, chat) = (Tool::answering(&[TAKEN]), Tool::answering(&[]));
    let machine = machine_of(&tool, &chat, "method: PUT, auth: bearer", "teams").await;
    placed(&machine).await;
    let asked = tool.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "PUT /entries");
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {KEY}"));
    assert!(!asked[0].headers.contains_key("webhook-signature"));
    assert_eq!(asked[0].headers["content-type"], "application/json");

    let told = chat.asked();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].line, "POST /hook/canary-address");
    let message: Value = serde_json::from_str(&told[0].body).expect("JSON");
    let text = message.to_string();
    // An adaptive card, which Teams' own webhooks take; text without marks of its own.
    assert_eq!(message["type"], "message", "{message:#}");
    for words in [
        "AdaptiveCard",
        "Order O-1 is entered",
        "Three <boxes> & a lid is entry E-7.",
    ] {
        assert!(text.contains(words), "{words}: {message:#}");
    }
    assert!(is_completed(&machine.case_of("order_entered").await));
    no_secret_is_seen(&machine).await;
}

async fn no_secret_is_seen(machine: &Machine) {
    let (logs, table) = (machine.logs(), machine.table_text().await);
    let mails = machine.host.mails();
    let mails: Vec<_> = mails
        .iter()
        .map(|mail| String::from_utf8_lossy(&mail.raw))
        .collect();
    for (place, text) in [
        ("logs", logs),
        ("table", table),
        ("mails", mails.join("\n")),
    ] {
        for canary in [KEY, "canary-address"] {
            assert!(!text.contains(canary), "a secret is in the {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_what_is_refused_or_moved_is_parked_with_its_owner_and_can_be_tried_again() {
    for (answer, reason) in [
        ("400 Bad Request", "answered 400"),
        (
            "302 Found\nlocation: http://169.254.169.254/",
            "follow no redirect",
        ),
        ("200 OK\n\n{}", "has no `entry.id`"),
        ("200 OK\n\nnot JSON", "not JSON"),
    ] {
        let tool = Tool::answering(&[answer, TAKEN]);
        let chat = Tool::answering(&["404 No such channel"]);
        let machine = machine(&tool, &chat).await;
        placed(&machine).await;
        let parked = machine.parked().await;
        assert_eq!(parked.len(), 1, "{answer}");
        assert!(parked[0].reason.contains(reason), "{}", parked[0].reason);
        assert_eq!(parked[0].owner, "olga");
        machine.sweeps(3).await;
        assert_eq!(tool.asked().len(), 1, "{answer}: nobody tries it by itself");
        if answer.starts_with("400") {
            let said = machine.baton(&["redrive", "--all"], "").await;
            assert_eq!(said.code, Some(0), "{said:?}");
            machine.sweeps(1).await;
            assert!(!is_completed(&machine.case_of("order_entered").await));
            let parked = machine.parked().await;
            let reason = "delivery refused it: it answered 404";
            assert!(parked.iter().any(|row| row.reason == reason), "{parked:?}");

            let said = machine.baton(&["redrive", "--all"], "").await;
            assert_eq!(said.code, Some(0), "{said:?}");
            machine.sweeps(1).await;
            assert!(is_completed(&machine.case_of("order_entered").await));
            assert_eq!((tool.asked().len(), chat.asked().len()), (2, 2));
            no_secret_is_seen(&machine).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_p26_a_tool_that_stays_down_is_somebodys_within_ten_minutes() {
    let tool = Tool::answering(&["503 Busy"; 20]);
    let chat = Tool::answering(&[]);
    let machine = machine(&tool, &chat).await;
    placed(&machine).await;
    let mut minutes = 0;
    while machine.parked().await.is_empty() {
        machine.sweeps(1).await;
        minutes += 1;
        assert!(minutes <= 10, "nobody has it after {minutes} minutes");
    }
    let asked = tool.asked().len();
    assert!(6 <= asked, "it was tried {asked} times only");
    let parked = machine.parked().await;
    let reason = &parked[0].reason;
    assert!(
        reason.contains("answered 503") && reason.contains(&format!("tried {asked} times")),
        "{reason}"
    );
    assert_eq!(parked[0].owner, "olga");
    // It comes up again; nothing happens by itself, and one word is enough.
    tool.answers(&[TAKEN]);
    machine.sweeps(3).await;
    assert!(machine.case_of("order_entered").await.is_running());
    let said = machine.baton(&["redrive", "--all"], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.sweeps(1).await;
    assert!(is_completed(&machine.case_of("order_entered").await));
    assert_eq!(chat.asked().len(), 1);
}
