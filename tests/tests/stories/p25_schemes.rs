//! P25: tools that sign in their own ways reach workflows too: GitHub's scheme, Stripe's, and a header of the tool's choice.

use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;
use tests::machine::Machine;
use tests::world::root;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const SECRET: &str = "a secret that the tool shows once";

/// A source of the starter that POSTs now: how it signs, what its requests become, and the workflow that hears of it.
struct Source {
    name: &'static str,
    event: &'static str,
    scheme: &'static str,
    mapping: &'static str,
    body: Value,
    workflow: &'static str,
}

fn sources() -> [Source; 3] {
    [
        Source {
            name: "esign",
            event: "contract.signed",
            scheme: "{ scheme: github, secret: esign }",
            mapping: "name: body.kind\nevents:\n  contract.signed:\n    detail: { contract_id: body.id, client_id: body.for, service: body.service, value_cents: body.cents, currency: body.currency, status: body.status, signed_at: body.at }\n",
            body: json!({ "kind": "contract.signed", "id": "C-1", "for": "harbour", "service": "web_shop", "cents": 4_800_000, "currency": "EUR", "status": "completed", "at": "2026-11-23T07:59:00Z" }),
            workflow: "contract_to_kickoff",
        },
        Source {
            name: "crm",
            event: "lead.created",
            scheme: "{ scheme: stripe, secret: crm }",
            mapping: "name: body.kind\nevents:\n  lead.created:\n    detail: { lead_id: body.id, name: body.name, company: body.company, phone: body.phone, mail: body.mail, created_at: body.at }\nignored: [proposal.drafted, proposal.answered]\n",
            body: json!({ "kind": "lead.created", "id": "L-1", "name": "Ines", "company": "Quay", "phone": "+49 1", "mail": "ines@quay.example", "at": "2026-11-23T07:59:00Z" }),
            workflow: "new_lead",
        },
        Source {
            name: "people",
            event: "time_off.requested",
            scheme: "{ scheme: hmac, secret: people, header: x-signature, prefix: \"sha256=\", encoding: hex, time_header: x-time }",
            mapping: "name: body.kind\nevents:\n  time_off.requested:\n    detail: { person: body.who, first_day: body.from, last_day: body.to }\n",
            body: json!({ "kind": "time_off.requested", "who": "mira", "from": "2026-12-21", "to": "2026-12-23" }),
            workflow: "time_off",
        },
    ]
}

/// The starter with these sources as senders of signed requests.
async fn machine() -> Machine {
    let machine = Machine::at(MONDAY).await;
    let mut files = loader::read_folder(&root().join("infra/starter")).expect("the starter");
    for source in sources() {
        let team = files.get_mut("team.yaml").expect("a team");
        let head = format!("  {}:\n", source.name);
        assert!(team.contains(&head));
        let with = format!("{head}    webhook: {}\n", source.scheme);
        *team = team.replacen(&head, &with, 1);
        let file = format!("webhooks/{}.yaml", source.name);
        files.insert(file, source.mapping.to_owned());
    }
    let loaded = loader::load(&files);
    let shown = loader::render(&loaded.problems, &files, false);
    let workspace = loaded.workspace.unwrap_or_else(|| panic!("{shown}"));
    let company = app::apply::company(workspace.team, workspace.clients, workspace.workflows);
    app::apply::apply(&machine.store, &company.expect("it fits"))
        .await
        .expect("it can be applied");
    for source in sources() {
        let set = ["secret", "set", source.name];
        let said = machine.baton(&set, SECRET).await;
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    machine
}

fn hmac(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("of any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The headers by which a source says that a body is its own, as of a time in Unix seconds.
fn signed(source: &Source, secret: &str, body: &str, at: i64) -> Vec<(&'static str, String)> {
    let timed = hmac(secret, &format!("{at}.{body}"));
    match source.name {
        "esign" => vec![(
            "x-hub-signature-256",
            format!("sha256={}", hmac(secret, body)),
        )],
        "crm" => vec![("stripe-signature", format!("t={at},v1={timed}"))],
        _ => vec![
            ("x-signature", format!("sha256={timed}")),
            ("x-time", at.to_string()),
        ],
    }
}

async fn sent(
    machine: &Machine,
    source: &Source,
    headers: &[(&str, String)],
    body: &str,
) -> (u16, Value) {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = machine
        .webhook(source.name, &headers, body.as_bytes())
        .await;
    machine.rest().await;
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn p25_tools_sign_in_their_own_ways_and_each_request_counts_once() {
    let machine = machine().await;
    for source in sources() {
        let now = machine.host.clock().now();
        let body = source.body.to_string();
        let nothing = machine.cases().await;
        let another = signed(&source, "another secret", &body, now.as_second());
        let (status, answer) = sent(&machine, &source, &another, &body).await;
        assert_eq!(
            (status, &answer["outcome"]),
            (401, &json!("refused")),
            "{}: {answer}",
            source.name
        );
        let right = signed(&source, SECRET, &body, now.as_second());
        let changed = body.replacen("2026", "2027", 1);
        assert_eq!(
            sent(&machine, &source, &right, &changed).await.0,
            401,
            "{}",
            source.name
        );
        // GitHub signs no time: what it sent once counts once, for ever.
        if source.name != "esign" {
            let old = now - SignedDuration::from_mins(6);
            let old = signed(&source, SECRET, &body, old.as_second());
            let (status, answer) = sent(&machine, &source, &old, &body).await;
            let said = answer["text"].as_str().unwrap_or_default();
            assert!(
                status == 401 && said.contains("set the sender's clock"),
                "{}: {answer}",
                source.name
            );
        }
        assert_eq!(machine.cases().await, nothing, "{}", source.name);

        let (status, answer) = sent(&machine, &source, &right, &body).await;
        assert_eq!(
            (status, &answer["text"]),
            (200, &json!(source.event)),
            "{}: {answer}",
            source.name
        );
        let begun = machine.case_of(source.workflow).await;
        let (status, answer) = sent(&machine, &source, &right, &body).await;
        assert_eq!(
            (status, &answer["outcome"]),
            (200, &json!("repeat")),
            "{}: {answer}",
            source.name
        );
        assert_eq!(
            machine.case_of(source.workflow).await,
            begun,
            "{}",
            source.name
        );
    }
    assert!(machine.parked().await.is_empty());
}
