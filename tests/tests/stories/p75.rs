//! P75, I12: a client's own page by a link in a mail: where its work stands, milestones, invoices with their files, and
//! not a byte of another client; closed at once when it is revoked.

use domain::case::Case;
use serde_json::{Value, json};
use tests::machine::{Machine, Shown, contract, report};

const MONDAY: &str = "2026-11-23T08:00:05Z";

/// Client, contract, currency, and the words that only its own page may hold.
const CLIENTS: [(&str, &str, &str, [&str; 3]); 3] = [
    (
        "harbour",
        "C-canary-harbour",
        "EUR",
        ["Harbour Clinic", "canary-harbour", "Hanna"],
    ),
    (
        "orchard",
        "C-canary-orchard",
        "EUR",
        ["Orchard Foods", "canary-orchard", "Piet"],
    ),
    (
        "summit",
        "C-canary-summit",
        "CHF",
        ["Summit Tours", "canary-summit", "Reto"],
    ),
];

fn done(case: &Case, step: &str) -> Value {
    let data = json!({ "case": case.id, "step": step, "by": "olga" });
    report("task.done", &format!("task.done/{}/{step}", case.id), data)
}

async fn project_of(machine: &Machine, client: &str) -> Case {
    let cases = machine.cases().await.into_values();
    let mut projects = cases.filter(|case| {
        case.workflow.0 == "standard_project"
            && case.client.as_ref().is_some_and(|named| named.0 == client)
    });
    projects.next().expect("a project of this client")
}

/// Each client with a project, its first milestone reached and billed.
async fn billed(machine: &Machine) {
    // Each lead has room for one project of this size.
    let services = ["web_shop", "mobile_app", "web_portal"];
    for ((client, id, currency, _), service) in CLIENTS.into_iter().zip(services) {
        let mut signed = contract(id);
        signed["detail"]["client_id"] = client.into();
        signed["detail"]["currency"] = currency.into();
        signed["detail"]["service"] = service.into();
        machine.send(&[signed]).await;
        let project = project_of(machine, client).await;
        machine.send(&[done(&project, "plan")]).await;
        machine.send(&[done(&project, "first_version")]).await;
    }
    assert!(
        machine.parked().await.is_empty(),
        "{:#?}",
        machine.parked().await
    );
}

fn contact(client: &str) -> &'static str {
    match client {
        "harbour" => "hanna",
        "orchard" => "piet",
        _ => "reto",
    }
}

async fn number_of(machine: &Machine, client: &str) -> String {
    let standings = machine.store.standings().await.expect("the table answers");
    let mut own = standings
        .into_iter()
        .filter(|standing| standing.client.0 == client);
    own.next().expect("an invoice of this client").id
}

fn assert_of_nobody_else(client: &str, shown: &Shown, numbers: &[(String, String)]) {
    let all: Vec<u8> = [
        shown.body.clone(),
        format!("{:?}", shown.headers).into_bytes(),
    ]
    .concat();
    let text = String::from_utf8_lossy(&all).into_owned();
    for (other, _, _, words) in CLIENTS.iter().filter(|(other, ..)| *other != client) {
        for word in words {
            assert!(
                !text.contains(word),
                "{client} reads {word} of {other}: {text}"
            );
        }
    }
    for (other, number) in numbers.iter().filter(|(other, _)| other != client) {
        assert!(
            !text.contains(number.as_str()),
            "{client} reads {number} of {other}: {text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p75_each_client_sees_its_own_page_and_no_byte_of_another() {
    let machine = Machine::at(MONDAY).await;
    billed(&machine).await;
    let mut numbers = Vec::new();
    for (client, ..) in CLIENTS {
        numbers.push((client.to_owned(), number_of(&machine, client).await));
    }
    for (place, (client, _, _, words)) in CLIENTS.into_iter().enumerate() {
        let link = machine.link(contact(client), "your page at Sample Studio");
        let shown = machine.open(&link).await;
        let html = shown.html();
        assert_eq!(shown.status, 200, "{html}");
        let own = [
            words[0],
            "Under way: 1 of 3 milestones reached",
            "First version accepted",
            "23 November 2026",
            "open, payable by",
            &numbers[place].1,
        ];
        for word in own {
            assert!(html.contains(word), "{client} misses {word}: {html}");
        }
        assert_of_nobody_else(client, &shown, &numbers);
        assert!(
            !html.contains("<form") && !html.contains("<script"),
            "it is to be read"
        );
        for (of, number) in &numbers {
            let file = machine.open(&format!("{link}/{number}")).await;
            if of == client {
                assert_eq!(file.status, 200);
                assert!(file.body.starts_with(b"%PDF-"));
                assert_eq!(file.headers["content-type"], "application/pdf");
                let name = &file.headers["content-disposition"];
                assert!(name.contains(number.as_str()), "{name}");
            } else {
                assert_eq!(file.status, 404, "{client} asks for {number} of {of}");
            }
            assert_of_nobody_else(
                client,
                &Shown {
                    body: if of == client { Vec::new() } else { file.body },
                    ..file
                },
                &numbers,
            );
        }
        for rest in ["nothing", "..", "%2e%2e", "draft-00000000", "INV#1"] {
            let nowhere = machine.open(&format!("{link}/{rest}")).await;
            assert!(
                matches!(nowhere.status, 403 | 404),
                "{rest}: {}",
                nowhere.status
            );
            assert_of_nobody_else(client, &nowhere, &numbers);
        }
        assert_eq!(machine.press(&link, &[("do", "accept")]).await.status, 405);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p75_a_revoked_page_is_closed_at_once_and_a_new_link_opens_it_again() {
    let machine = Machine::at(MONDAY).await;
    billed(&machine).await;
    let link = |client: &str| machine.link(contact(client), "your page at Sample Studio");
    let (harbour, orchard) = (link("harbour"), link("orchard"));
    assert_eq!(machine.open(&harbour).await.status, 200);
    let said = machine.baton(&["portal", "revoke", "harbour"], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    let closed = machine.open(&harbour).await;
    assert_eq!(closed.status, 410);
    assert!(!closed.html().contains("Harbour"), "{}", closed.html());
    let number = number_of(&machine, "harbour").await;
    assert_eq!(
        machine.open(&format!("{harbour}/{number}")).await.status,
        410
    );
    assert_eq!(
        machine.open(&orchard).await.status,
        200,
        "the others are not concerned"
    );
    let unknown = machine.baton(&["portal", "revoke", "nobody"], "").await;
    assert_ne!(unknown.code, Some(0));
    assert!(
        unknown.err.contains("harbour, orchard, summit"),
        "{unknown:?}"
    );
    // The next milestone brings a new link, which opens.
    machine.forward_to("2026-12-04T13:00:00Z".parse().expect("a time"));
    let project = project_of(&machine, "harbour").await;
    machine.send(&[done(&project, "final_version")]).await;
    let newest = link("harbour");
    assert_ne!(newest, harbour);
    let shown = machine.open(&newest).await;
    assert!(
        shown.html().contains("2 of 3 milestones reached"),
        "{}",
        shown.html()
    );
    assert_eq!(machine.open(&harbour).await.status, 410);
    // Ninety days after it was sent, it has expired.
    machine.forward_to("2027-03-05T08:00:00Z".parse().expect("a time"));
    assert_eq!(machine.open(&newest).await.status, 410);
}
