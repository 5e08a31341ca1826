//! P70: a month is billed from files and entries: fees, retainers, prepaid hours and time, each once however often it is run.

use domain::case::Effect;
use domain::id::EntryId;
use serde_json::{Value, json};
use store::{Became, Company, KnownEntry};
use tests::machine::{Machine, Said, demo_event};
use tests::world::{billing_of, starter_with};

const MONDAY: &str = "2026-11-23T08:00:05Z";
const FIRST: &str = "SST-2026-0001";
const SECOND: &str = "SST-2026-0002";

/// The starter with a client that pays a fee, has prepaid hours and is billed by time.
fn company(change: impl Fn(&mut Value)) -> Company {
    starter_with(|files| {
        let billing = billing_of(files, "harbour");
        billing["time"] = json!({
            "increment": { "minutes": 15, "round": "up" },
            "rates": [{ "work": "on_call", "cents_per_hour": 18000 }, { "cents_per_hour": 12000 }],
        });
        billing["agreements"] = json!({
            "care": { "title": "Care plan", "kind": "fee", "amount_cents": 50000, "from": "2026-01-01" },
            "block": { "title": "Prepaid hours", "kind": "block", "amount_cents": 200000, "from": "2026-01-01", "hours": 2,
                       "covers": ["on_call"] },
        });
        change(billing);
    })
}

async fn machine() -> Machine {
    let machine = Machine::at(MONDAY).await;
    apply(&machine, &company(|_| {})).await;
    machine
}

async fn apply(machine: &Machine, company: &Company) {
    app::apply::apply(&machine.store, company)
        .await
        .expect("it can be applied");
}

async fn baton(machine: &Machine, arguments: &[&str]) -> Said {
    let said = machine.baton(arguments, "").await;
    assert_eq!(said.code, Some(0), "{arguments:?}: {said:?}");
    machine.rest().await;
    said
}

async fn log(machine: &Machine, minutes: &str, day: &str, more: &[&str]) -> EntryId {
    let said = ["log", minutes, "--by", "luis", "--on", day, "--json"];
    let said = baton(machine, &[&said, more].concat()).await;
    let entry: Value = serde_json::from_str(&said.out).expect("it is JSON");
    entry["id"].as_str().expect("an id").into()
}

async fn run(machine: &Machine, more: &[&str]) -> Value {
    let run = ["invoice", "run", "--period", "2026-11", "--json"];
    let said = baton(machine, &[&run, more].concat()).await;
    serde_json::from_str(&said.out).expect("it is JSON")
}

/// State of each invoice of the run, with its number where it has one.
fn states(run: &Value) -> Vec<String> {
    let clients = run["clients"].as_array().expect("clients");
    let invoices = clients
        .iter()
        .flat_map(|client| client["invoices"].as_array().expect("invoices"));
    let state = |invoice: &Value| {
        let text = |name: &str| invoice[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("state"), text("number"))
            .trim()
            .to_owned()
    };
    invoices.map(state).collect()
}

async fn listed(machine: &Machine) -> Vec<(String, String)> {
    let standings = machine.store.standings().await.expect("the table answers");
    let mut listed: Vec<_> = standings
        .into_iter()
        .map(|standing| (standing.id.clone(), standing.life.stands.word().to_owned()))
        .collect();
    listed.sort();
    listed
}

/// Quantity and net cents of each line.
async fn lines(machine: &Machine, number: &str) -> Vec<(String, i64)> {
    let invoice = machine
        .store
        .invoice(number)
        .await
        .expect("the table answers")
        .expect("it is issued");
    assert!(invoice.figures_agree().expect("it adds up"));
    let lines = invoice.content.lines.iter().zip(&invoice.totals.lines);
    lines
        .map(|(line, total)| (line.quantity.normalize().to_string(), total.net.0))
        .collect()
}

async fn became(machine: &Machine, entry: &EntryId) -> Became {
    let known = machine
        .store
        .time_entry(entry)
        .await
        .expect("the table answers");
    known.expect("it is there").became
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_a_month_is_billed_once_and_each_line_leads_to_its_entries_and_back() {
    let machine = machine().await;
    machine.send(&[demo_event(1)]).await;
    let case = machine.case_of("standard_project").await;
    let task = format!("{}/plan", case.id);
    let planned = log(
        &machine,
        "50",
        "2026-11-23",
        &["--task", &task, "--note", "Plan with the clinic"],
    )
    .await;
    let on_call = log(
        &machine,
        "150",
        "2026-11-20",
        &["--client", "harbour", "--work", "on_call"],
    )
    .await;
    log(&machine, "600", "2026-10-30", &["--client", "harbour"]).await;

    let dry = run(&machine, &["--dry-run"]).await;
    assert_eq!(states(&dry), ["would_be_owed"]);
    assert!(listed(&machine).await.is_empty());

    assert_eq!(states(&run(&machine, &[]).await), ["owed"]);
    assert_eq!(
        listed(&machine).await,
        [(FIRST.to_owned(), "mailed".to_owned())]
    );
    // A fee, 2.5 h on call, 1 h of planning, and the 2 prepaid hours taken back of the first.
    let expected = [
        ("1", 50_000),
        ("2.5", 45_000),
        ("1", 12_000),
        ("-2", -36_000),
    ];
    assert_eq!(
        lines(&machine, FIRST).await,
        expected.map(|(quantity, net)| (quantity.to_owned(), net))
    );
    for entry in [&planned, &on_call] {
        assert_eq!(
            became(&machine, entry).await,
            Became::BilledBy(FIRST.into())
        );
    }

    for _ in 0..3 {
        assert_eq!(
            states(&run(&machine, &[]).await),
            [format!("billed {FIRST}")]
        );
    }
    assert_eq!(listed(&machine).await.len(), 1);
    let to_client = machine
        .mails()
        .into_iter()
        .filter(|(to, _)| to == "accounts@harbour-clinic.example");
    assert_eq!(to_client.count(), 1, "the invoice goes once");

    let shown = baton(&machine, &["invoice", "show", FIRST]).await.out;
    for part in [
        "Time on it, line by line",
        planned.as_str(),
        on_call.as_str(),
        "Plan with the clinic",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let traced = baton(&machine, &["trace", case.id.as_str()]).await.out;
    assert!(traced.contains(&format!("billed on {FIRST}")), "{traced}");

    let late = machine
        .baton(&["log", "30", "--replaces", planned.as_str()], "")
        .await;
    assert_eq!(late.code, Some(1), "{late:?}");
    assert!(
        late.err
            .contains(&format!("is billed on {FIRST}; credit that invoice first")),
        "{late:?}"
    );

    // What is said later is billed by the next run of the month, alone, and finds no prepaid hours left.
    log(
        &machine,
        "60",
        "2026-11-21",
        &["--client", "harbour", "--work", "on_call"],
    )
    .await;
    assert_eq!(
        states(&run(&machine, &[]).await),
        [format!("billed {FIRST}"), "owed".to_owned()]
    );
    assert_eq!(lines(&machine, SECOND).await, [("1".to_owned(), 18_000)]);
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_a_credit_frees_the_month_and_a_correction_stands_on_the_next_invoice() {
    let machine = machine().await;
    let entry = log(
        &machine,
        "60",
        "2026-11-20",
        &["--client", "harbour", "--work", "on_call"],
    )
    .await;
    run(&machine, &[]).await;
    assert_eq!(
        lines(&machine, FIRST).await,
        [("1", 50_000), ("1", 18_000), ("-1", -18_000)].map(|(q, n)| (q.to_owned(), n))
    );
    baton(
        &machine,
        &["invoice", "credit", FIRST, "--reason", "the wrong day"],
    )
    .await;
    assert_eq!(became(&machine, &entry).await, Became::Open);
    let better = log(
        &machine,
        "180",
        "2026-11-19",
        &["--replaces", entry.as_str()],
    )
    .await;
    run(&machine, &[]).await;
    let number = "SST-2026-0003";
    assert_eq!(
        became(&machine, &better).await,
        Became::BilledBy(number.into())
    );
    assert!(matches!(
        became(&machine, &entry).await,
        Became::ReplacedBy(_)
    ));
    // The hours that the credited invoice had drawn are there again.
    assert_eq!(
        lines(&machine, number).await,
        [("1", 50_000), ("3", 54_000), ("-2", -36_000)].map(|(q, n)| (q.to_owned(), n))
    );

    // The same once more, as it was: both keys are taken by one invoice at a time.
    baton(
        &machine,
        &[
            "invoice",
            "credit",
            number,
            "--reason",
            "new address",
            "--bill-again",
        ],
    )
    .await;
    machine.rest().await;
    let again = "SST-2026-0005";
    assert_eq!(lines(&machine, again).await.len(), 3);
    assert_eq!(
        became(&machine, &better).await,
        Became::BilledBy(again.into())
    );
    assert!(
        states(&run(&machine, &[]).await)
            .iter()
            .all(|state| state.starts_with("billed"))
    );
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_a_month_that_is_held_can_be_corrected_and_goes_on_by_itself() {
    let machine = Machine::at(MONDAY).await;
    apply(
        &machine,
        &company(|rules| rules["hold"] = "new contract under way".into()),
    )
    .await;
    let entry = log(&machine, "60", "2026-11-20", &["--client", "harbour"]).await;
    assert_eq!(states(&run(&machine, &[]).await), ["owed"]);
    assert_eq!(listed(&machine).await[0].1, "draft");
    assert_eq!(states(&run(&machine, &[]).await), ["owed_before"]);
    log(
        &machine,
        "90",
        "2026-11-20",
        &["--replaces", entry.as_str()],
    )
    .await;
    apply(&machine, &company(|_| {})).await;
    for _ in 0..40 {
        machine.sweeps(6).await;
        if listed(&machine).await[0].1 == "mailed" {
            break;
        }
    }
    assert_eq!(
        listed(&machine).await,
        [(FIRST.to_owned(), "mailed".to_owned())]
    );
    assert_eq!(
        lines(&machine, FIRST).await,
        [("1".to_owned(), 50_000), ("1.5".to_owned(), 18_000)]
    );

    let unknown = machine
        .baton(
            &[
                "invoice", "run", "--period", "2026-11", "--client", "harbor",
            ],
            "",
        )
        .await;
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    let wrong = machine
        .baton(&["invoice", "run", "--period", "November"], "")
        .await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("write year and month"), "{wrong:?}");
}

/// The contract's sum is a text in another tool; the milestone is done all the same, and somebody says what it is worth.
#[tokio::test(flavor = "multi_thread")]
async fn p70_a_milestone_without_an_amount_is_done_and_somebodys_task() {
    let machine = Machine::at(MONDAY).await;
    let company = starter_with(|files| {
        let mut workflows = files.workflows.iter_mut();
        let contract = workflows.find(|workflow| workflow.id.0 == "contract_to_kickoff");
        let contract = contract.expect("it is there");
        contract.version += 1;
        contract.data.retain(|(name, _)| name != "value_cents");
    });
    apply(&machine, &company).await;
    machine.accept_first_version().await;
    let project = machine.case_of("standard_project").await;
    assert!(
        project.open_task(&"final_version".into()).is_some(),
        "the work goes on"
    );
    let asked = machine.case_of("invoice_attention").await;
    let (_, _, task) = asked.open_tasks().next().expect("a task");
    assert_eq!(task.owner.as_str(), "amira");
    assert!(
        task.title.contains("First version accepted")
            && task.title.contains("states no value_cents"),
        "{}",
        task.title
    );
    assert!(listed(&machine).await.is_empty() && machine.parked().await.is_empty());
    let owed = machine.trace(&project.id).await.effects;
    let emits = |row: &&store::EffectRow| matches!(row.effect(), Ok(Effect::Emit { .. }));
    assert_eq!(owed.iter().filter(emits).count(), 1);
}

/// Entries of one month, several a day, each with a note of this many characters; said without a process each.
async fn many_entries(machine: &Machine, count: u32, note_characters: usize) {
    for at in 0..count {
        let entry = json!({
            "client": "harbour", "by": "luis", "minutes": 15 + at % 4, "on": format!("2026-11-{:02}", 1 + at % 20),
            "note": format!("{at}: {}", "note ".repeat(note_characters / 5).trim_end()),
        });
        let logged = serde_json::from_value(entry).expect("it is as the event says it");
        let event = format!("many-{at}").as_str().into();
        let said = app::time_log::log(&machine.store, &event, &logged).await;
        said.expect("the table answers").expect("it is right");
    }
}

async fn of_november(machine: &Machine) -> Vec<KnownEntry> {
    let client = "harbour".into();
    let (from, to) = ("2026-11-01", "2026-11-30");
    let (from, to) = (from.parse().expect("a day"), to.parse().expect("a day"));
    let known = machine.store.time_of_client(&client, from, to);
    known.await.expect("the table answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn p70_a_month_that_one_invoice_cannot_hold_waits_with_a_word_and_claims_nothing() {
    let machine = machine().await;
    many_entries(&machine, 600, 490).await;
    let run = run(&machine, &["--client", "harbour"]).await;
    assert_eq!(states(&run), ["missing"], "{run:#}");
    let what = run["clients"][0]["invoices"][0]["what"]
        .as_str()
        .unwrap_or_default();
    assert!(
        what.contains("one invoice may have 350 KB") && what.contains("split"),
        "{what}"
    );
    let listed = listed(&machine).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0].1, "draft");
    assert!(
        machine
            .store
            .invoice(FIRST)
            .await
            .expect("the table answers")
            .is_none()
    );
    let known = of_november(&machine).await;
    assert!(known.iter().all(KnownEntry::is_open));
    assert!(machine.parked().await.is_empty());
}
