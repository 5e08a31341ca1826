//! P74: a mail that comes back becomes known to whoever answers for it, by the mailer's own events, whatever mail it was.

use domain::id::PersonId;
use store::ParkedRow;
use tests::machine::{Machine, demo_event};
use tests::world::starter_with;

const MONDAY: &str = "2026-11-23T08:00:05Z";
const NUMBER: &str = "SST-2026-0001";
const BOUNCES: &str = "bounce+client@simulator.amazonses.com";
const COMPLAINS: &str = "complaint@simulator.amazonses.com";

/// A machine whose client is reached at `contact`, and where the mails to some of the team come back.
async fn machine(contact: Option<&str>, dead: &[&str]) -> Machine {
    let machine = Machine::at(MONDAY).await;
    let company = starter_with(|files| {
        for client in files
            .clients
            .iter_mut()
            .filter(|client| client.id.as_str() == "harbour")
        {
            if let Some(contact) = contact {
                client.contact.mail = contact.to_owned();
                client.billing["send_to"] = serde_json::json!([contact]);
            }
        }
        for person in dead {
            let found = files.team.people.get_mut(&PersonId::from(*person));
            found.expect("the starter has them").mail =
                format!("bounce+{person}@simulator.amazonses.com");
        }
    });
    app::apply::apply(&machine.store, &company)
        .await
        .expect("it can be applied");
    machine
}

async fn state(machine: &Machine) -> &'static str {
    let standing = machine.store.standing(NUMBER).await;
    let standing = standing.expect("the table answers").expect("it is issued");
    standing.life.stands.word()
}

fn sent_to(machine: &Machine, address: &str) -> usize {
    let mails = machine.mails();
    mails.iter().filter(|(to, _)| to == address).count()
}

/// The one thing that is parked.
async fn parked(machine: &Machine) -> ParkedRow {
    let mut parked = machine.parked().await;
    assert_eq!(parked.len(), 1, "{parked:#?}");
    parked.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_an_invoice_that_comes_back_is_bounced_and_a_resend_that_comes_back_is_too() {
    let machine = machine(Some(BOUNCES), &[]).await;
    machine.accept_first_version().await;
    assert_eq!(state(&machine).await, "mailed");
    machine.sweeps(1).await;
    assert_eq!(state(&machine).await, "bounced");
    let attention = machine.case_of("invoice_attention").await;
    let tasks: Vec<_> = attention.open_tasks().map(|(_, _, task)| task).collect();
    assert_eq!(tasks[0].owner.as_str(), "amira", "the account manager");
    assert!(
        tasks[0].title.contains("550 5.1.1 user unknown"),
        "{}",
        tasks[0].title
    );

    let said = machine.baton(&["invoice", "resend", NUMBER], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.rest().await;
    machine.sweeps(2).await;
    assert_eq!(state(&machine).await, "bounced");
    let shown = machine.baton(&["invoice", "show", NUMBER], "").await;
    assert_eq!(
        shown.out.matches("bounced from").count(),
        2,
        "{}",
        shown.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_a_kickoff_mail_that_comes_back_is_its_account_managers_and_redriven_it_is_sent_again()
{
    let machine = machine(Some(BOUNCES), &[]).await;
    machine.send(&[demo_event(1)]).await;
    let case = machine.case_of("contract_to_kickoff").await;
    machine.sweeps(1).await;
    let row = parked(&machine).await;
    assert_eq!(row.owner, "amira");
    let said = &row.reason;
    assert!(
        said.contains(&case.title) && said.contains("550 5.1.1"),
        "{said}"
    );
    let traced = machine.baton(&["trace", case.id.as_str()], "").await;
    assert!(traced.out.contains("came back"), "{}", traced.out);
    machine.sweeps(3).await;
    let told = machine.mails();
    let of_it =
        |(to, subject): &&(String, String)| to.starts_with("amira@") && subject.contains("1 thing");
    assert_eq!(told.iter().filter(of_it).count(), 1, "{told:#?}");

    // Redriven it goes out once more, and the case is where it was; coming back again, it is parked again.
    let before = machine.case_of("contract_to_kickoff").await;
    let said = machine.baton(&["redrive", "--all"], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.sweeps(2).await;
    assert_eq!(sent_to(&machine, BOUNCES), 2);
    assert_eq!(machine.case_of("contract_to_kickoff").await, before);
    assert_eq!(parked(&machine).await.owner, "amira");
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_a_client_who_calls_a_mail_spam_is_spoken_to_and_not_mailed_again() {
    let machine = machine(Some(COMPLAINS), &[]).await;
    machine.send(&[demo_event(1)]).await;
    machine.sweeps(1).await;
    let row = parked(&machine).await;
    assert_eq!(row.owner, "amira");
    assert!(row.reason.contains("called it spam"), "{}", row.reason);
    let said = machine.baton(&["redrive", "--all"], "").await;
    assert_eq!(said.code, Some(0), "{said:?}");
    machine.sweeps(2).await;
    assert_eq!(sent_to(&machine, COMPLAINS), 1);
    assert!(machine.parked().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn p74_handoffs_that_come_back_are_known_and_dead_addresses_call_for_no_mail_without_end() {
    // Whoever gets the project, whoever owns its case, and who stands in for them: no mail of theirs arrives.
    let dead = ["lena", "luis", "lotte", "olga", "dana"];
    let machine = machine(None, &dead).await;
    machine.send(&[demo_event(1)]).await;
    machine.sweeps(12).await;
    let parked = machine.parked().await;
    let of_lead = parked.iter().filter(|row| {
        ["Lena", "Luis", "Lotte"]
            .iter()
            .any(|lead| row.reason.contains(lead))
    });
    assert!(of_lead.count() >= 1, "{parked:#?}");
    assert!(
        parked.iter().all(|row| !row.owner.is_empty()),
        "{parked:#?}"
    );
    let mails = machine.mails().len();
    machine.sweeps(12).await;
    assert_eq!(machine.mails().len(), mails, "{:#?}", machine.mails());
}
