//! Where an invoice stands, as a table of what may follow on what, and laws about money that comes twice.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

use domain::billing::*;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn euros() -> Currency {
    "EUR".parse().unwrap()
}

fn invoice(stands: Stands) -> Life {
    let hold = Waits::Hold {
        reason: "not yet".into(),
    };
    Life {
        stands,
        reminders: vec![at("2026-12-14T08:00:00Z"), at("2026-12-21T08:00:00Z")],
        ..Life::draft(Kind::Invoice, euros(), Minor(119_000), hold)
    }
}

fn number(text: &str) -> InvoiceNumber {
    serde_json::from_value(text.into()).unwrap()
}

fn paid(id: &str, cents: i64) -> Happened {
    Happened::Paid {
        payment: Payment {
            id: id.into(),
            on: date(2026, 12, 1),
            amount: Minor(cents),
        },
        currency: euros(),
    }
}

fn credited(note: &str, cents: i64) -> Happened {
    Happened::Credited(Credit {
        note: number(note),
        amount: Minor(cents),
    })
}

fn states() -> Vec<Stands> {
    let (then, text) = (at("2026-11-23T08:00:00Z"), String::from("x"));
    vec![
        Stands::Draft {
            waits: Waits::Approval {
                above: Minor(100_000),
            },
        },
        Stands::Approved { by: text.clone() },
        Stands::Issued,
        Stands::Mailed { at: then },
        Stands::Bounced {
            at: then,
            address: "a@b.example".into(),
            reason: text.clone(),
        },
        Stands::Disputed {
            at: then,
            by: None,
            reason: text,
        },
        Stands::Paid {
            on: date(2026, 12, 1),
        },
        Stands::Credited {
            note: number("C-1"),
        },
    ]
}

fn inputs() -> Vec<(&'static str, Happened)> {
    let (now, by) = (at("2026-12-15T08:00:00Z"), String::from("felix"));
    let missing = Waits::Missing {
        what: "buyer.vat_id".into(),
    };
    vec![
        ("missing", Happened::Waits(missing)),
        ("approved", Happened::Approved { by: by.clone() }),
        ("declined", Happened::Declined { by: by.clone() }),
        ("issued", Happened::Issued),
        ("mailed", Happened::Mailed { at: now }),
        (
            "bounced",
            Happened::Bounced {
                id: "b".into(),
                at: now,
                address: "c@d.example".into(),
                reason: "no such user".into(),
            },
        ),
        ("paid in full", paid("p", 119_000)),
        ("paid in part", paid("p", 19_000)),
        ("paid too much", paid("p", 120_000)),
        (
            "disputed",
            Happened::Disputed {
                id: "d".into(),
                at: now,
                by: None,
                reason: "wrong hours".into(),
            },
        ),
        (
            "settled",
            Happened::Settled {
                id: "s".into(),
                at: now,
                by: by.clone(),
            },
        ),
        ("credited in full", credited("C-9", 119_000)),
        ("credited in part", credited("C-9", 10_000)),
        ("reminder due", Happened::ReminderDue { at: now }),
        ("resend asked", Happened::ResendAsked { at: now, by }),
    ]
}

#[test]
fn every_state_answers_every_input() {
    let mut table = String::new();
    for stands in states() {
        let life = invoice(stands);
        table.push_str(&format!("{}\n", life.stands.word()));
        for (name, happened) in inputs() {
            let answer = match life.after(&happened) {
                Ok(change) => {
                    let owes: Vec<_> = change.owes.iter().map(|owes| format!("{owes:?}")).collect();
                    format!("{} {}", change.life.stands.word(), owes.join(" "))
                }
                Err(NoChange::Repeat(text)) => format!("= {text}"),
                Err(NoChange::Never(text)) => format!("! {text}"),
            };
            table.push_str(&format!("  {name:16} {}\n", answer.trim_end()));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_same_input_twice_is_a_no_op() {
    for stands in states() {
        let life = invoice(stands);
        for (name, happened) in inputs() {
            let Ok(change) = life.after(&happened) else {
                continue;
            };
            let again = change.life.after(&happened);
            match happened {
                // Each asking for a mail is a mail.
                Happened::ResendAsked { .. } => assert!(again.is_ok()),
                _ => assert!(again.is_err(), "{name} in {}", life.stands.word()),
            }
        }
    }
}

#[test]
fn after_a_long_silence_one_reminder_is_sent_and_none_once_it_is_paid_disputed_or_credited() {
    let mailed = invoice(Stands::Mailed {
        at: at("2026-11-23T08:00:00Z"),
    });
    assert_eq!(mailed.next_reminder(), Some(at("2026-12-14T08:00:00Z")));
    let late = Happened::ReminderDue {
        at: at("2026-12-22T08:00:00Z"),
    };
    let reminded = mailed.after(&late).unwrap();
    assert_eq!(
        reminded.owes,
        [Owes::Mail(Letter::Reminder { level: 2 })],
        "the first one is overtaken"
    );
    assert_eq!(reminded.life.next_reminder(), None);
    for (name, happened) in inputs() {
        let stops = [
            "paid in full",
            "paid too much",
            "disputed",
            "credited in full",
            "bounced",
        ];
        if stops.contains(&name) {
            let life = mailed.after(&happened).unwrap().life;
            assert_eq!(life.next_reminder(), None, "{name}");
            assert!(life.after(&late).is_err(), "{name}");
        }
    }
    let early = Happened::ReminderDue {
        at: at("2026-12-13T08:00:00Z"),
    };
    assert!(mailed.after(&early).is_err());
}

#[test]
fn a_declined_draft_stays_until_somebody_approves_it() {
    let draft = invoice(states().remove(0));
    let declined = draft
        .after(&Happened::Declined { by: "felix".into() })
        .unwrap()
        .life;
    assert!(matches!(
        declined.after(&Happened::Issued),
        Err(NoChange::Never(_))
    ));
    let rule = Waits::Approval {
        above: Minor(100_000),
    };
    assert!(
        declined.after(&Happened::Waits(rule)).is_err(),
        "nobody is asked twice"
    );
    let approved = declined
        .after(&Happened::Approved { by: "olga".into() })
        .unwrap()
        .life;
    assert!(approved.after(&Happened::Issued).is_ok());
}

#[test]
fn money_in_another_currency_or_under_a_used_id_is_refused() {
    let life = invoice(Stands::Issued);
    let francs = Happened::Paid {
        payment: Payment {
            id: "p".into(),
            on: date(2026, 12, 1),
            amount: Minor(119_000),
        },
        currency: "CHF".parse().unwrap(),
    };
    assert!(matches!(life.after(&francs), Err(NoChange::Never(_))));
    let life = life.after(&paid("p", 19_000)).unwrap().life;
    assert!(matches!(
        life.after(&paid("p", 100_000)),
        Err(NoChange::Never(_))
    ));
    let life = life.after(&paid("q", 100_000)).unwrap().life;
    assert_eq!(life.stands.word(), "paid");
    assert_eq!(life.open(), Ok(Minor(0)));
}

proptest! {
    /// However often and in whatever order money and credits are told, each counts once.
    #[test]
    fn each_payment_and_credit_counts_once(
        amounts in prop::collection::vec(1_i64..60_000, 1..8),
        order in prop::collection::vec(0_usize..8, 0..40),
    ) {
        let mut life = invoice(Stands::Issued);
        let told = |place: usize| {
            let cents = amounts[place % amounts.len()];
            let id = (place % amounts.len()).to_string();
            if place % amounts.len() % 3 == 2 { credited(&id, cents) } else { paid(&id, cents) }
        };
        let mut seen = std::collections::BTreeSet::new();
        for place in order {
            if let Ok(change) = life.after(&told(place)) {
                prop_assert!(seen.insert(place % amounts.len()), "it was told before");
                life = change.life;
            }
        }
        let counted: i64 = seen.iter().map(|place| amounts[*place]).sum();
        prop_assert_eq!(life.open().unwrap(), Minor(119_000 - counted));
        let is_settled = matches!(life.stands, Stands::Paid { .. } | Stands::Credited { .. });
        prop_assert_eq!(is_settled, life.open().unwrap() <= Minor(0) );
    }
}
