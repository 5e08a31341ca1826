//! The pages behind mails' links: what stands there, plain forms without a script, and that no text becomes markup.

use pages::link::*;

fn taker(id: &str, name: &str) -> Taker {
    Taker {
        id: id.into(),
        name: name.into(),
    }
}

fn end(outcome: &str, label: &str) -> EndButton {
    EndButton {
        outcome: outcome.into(),
        label: label.into(),
    }
}

fn work(title: &str, case_title: &str) -> Work {
    Work {
        team: "Sample Studio".into(),
        reader: "Luis".into(),
        title: title.into(),
        case_title: case_title.into(),
        client: Some("Harbour Clinic".into()),
    }
}

fn yours() -> TaskPage {
    TaskPage {
        work: work(
            "Plan the work for Harbour Clinic",
            "Project for Harbour Clinic",
        ),
        said: None,
        stands: "It is yours.".into(),
        ends_by_itself: false,
        due: Some(Due {
            at: "Monday 30 November, 09:00".into(),
            is_over: false,
        }),
        history: vec![
            "Monday 23 November, 09:00: given to Lena".into(),
            "Tuesday 24 November, 10:12: Lena handed it to Luis".into(),
        ],
        buttons: Buttons {
            mine: Some(Mine::Accept),
            question: "It is done, and ends with".into(),
            ends: vec![end("passed", "passed"), end("needs_work", "needs work")],
            takers: vec![taker("olga", "Olga"), taker("lena", "Lena")],
        },
    }
}

#[test]
fn a_task_shows_whose_it_is_and_what_can_be_done() {
    insta::assert_snapshot!("task", task(&yours()));
}

#[test]
fn finished_work_asks_for_its_time_until_it_was_said() {
    let asked = TimePage {
        work: work("Build WEB-6", "WEB-6 <Login>"),
        on: "Monday 23 November".into(),
        said: None,
        entries: Vec::new(),
        asks: Some(TimeAsked {
            suggested: Some(75),
            because: Some("It took 1 h 15 min in the middle of the last 5 times.".into()),
            most: 1440,
        }),
    };
    insta::assert_snapshot!("time", time(&asked));
    let said = time(&TimePage {
        said: Some("Noted: 1 h 15 min.".into()),
        entries: vec!["2026-11-23: 1 h 15 min, Luis".into()],
        asks: None,
        ..asked
    });
    assert!(
        said.contains("Noted: 1 h 15 min.") && !said.contains("<form"),
        "{said}"
    );
}

#[test]
fn a_task_that_is_elsewhere_has_no_buttons() {
    let page = task(&TaskPage {
        said: Some("Handed over. Dana is told by mail.".into()),
        stands: "Dana has it now. There is nothing for you to do here.".into(),
        buttons: Buttons::default(),
        ..yours()
    });
    assert!(page.contains("Dana has it now."), "{page}");
    for part in ["<form", "<button", "<select"] {
        assert!(!page.contains(part), "{part}: {page}");
    }
}

#[test]
fn every_form_is_sent_to_its_own_page_and_nothing_runs() {
    let page = task(&yours());
    assert_eq!(page.matches("<form").count(), 3);
    assert_eq!(page.matches("<form method=\"post\">").count(), 3);
    for part in ["<script", "action=", "http", " on", "style="] {
        let body = page.split("<body>").nth(1).expect("it has a body");
        let found = body
            .split('<')
            .filter(|tag| tag.split('>').next().unwrap_or_default().contains(part));
        assert_eq!(found.count(), 0, "{part}: {page}");
    }
}

#[test]
fn no_text_becomes_markup() {
    let sharp = "<b>\"'&</b>".to_owned();
    let page = task(&TaskPage {
        work: Work {
            team: sharp.clone(),
            reader: sharp.clone(),
            title: sharp.clone(),
            case_title: sharp.clone(),
            client: Some(sharp.clone()),
        },
        said: Some(sharp.clone()),
        stands: sharp.clone(),
        ends_by_itself: true,
        history: vec![sharp.clone()],
        buttons: Buttons {
            question: sharp.clone(),
            ends: vec![end(&sharp, &sharp)],
            takers: vec![taker(&sharp, &sharp)],
            ..Buttons::default()
        },
        due: Some(Due {
            at: sharp.clone(),
            is_over: true,
        }),
    });
    assert!(!page.contains("<b>"), "{page}");
    assert!(!page.contains("\"'&<"), "{page}");
}

#[test]
fn a_link_that_opens_nothing_says_what_to_do() {
    insta::assert_snapshot!(
        "refused",
        refused("This link has expired", "Open the newest mail about it.")
    );
}

#[test]
fn the_style_is_named_by_its_hash() {
    let source = pages::style_source();
    assert!(
        source.starts_with("'sha256-") && source.ends_with("='"),
        "{source}"
    );
}

fn client_page() -> PortalPage {
    let milestone = |title: &str, reached: Option<&str>, is_in_work| MilestoneLine {
        title: title.into(),
        reached: reached.map(Into::into),
        is_in_work,
    };
    PortalPage {
        team: "Sample Studio".into(),
        client: "Harbour Clinic".into(),
        as_of: "4 December 2026".into(),
        work: vec![WorkCard {
            title: "Standard project".into(),
            since: "23 November 2026".into(),
            stands: "Under way: 1 of 3 milestones reached".into(),
            milestones: vec![
                milestone("First version accepted", Some("4 December 2026"), false),
                milestone("Final version accepted", None, true),
                milestone("Handover accepted", None, false),
            ],
        }],
        invoices: vec![
            InvoiceLine {
                number: "SST-2026-0001".into(),
                what: "First version accepted (contract C-2026-014)".into(),
                is_credit: false,
                dated: "4 December 2026".into(),
                total: "22,848.00\u{a0}EUR".into(),
                stands: "open, payable by 18 December 2026".into(),
                is_open: true,
            },
            InvoiceLine {
                number: "SST-2026-0002".into(),
                what: "Opening hours".into(),
                is_credit: true,
                dated: "5 December 2026".into(),
                total: "119.00\u{a0}EUR".into(),
                stands: "credited to you".into(),
                is_open: false,
            },
        ],
        files: "a-link".into(),
    }
}

#[test]
fn a_client_sees_milestones_and_invoices_with_their_files() {
    insta::assert_snapshot!("portal", portal(&client_page()));
    let empty = portal(&PortalPage::default());
    assert!(
        empty.contains("Nothing is under way.") && empty.contains("None yet."),
        "{empty}"
    );
}
