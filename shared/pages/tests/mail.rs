//! What the built-in mails say, and what no value may do to a mail.

use pages::mail::views::{
    Before, Deadline, Escalated, HandedOver, InvoiceCover, Kind, Page, Parked, ParkedItem, Stuck,
    TimeMissing, TimeSuggestion, Wait,
};
use pages::mail::{MailError, Rendered, render};
use serde_json::json;

fn shown(mail: &Rendered) -> String {
    format!(
        "Subject: {}\n\n{}\n=== HTML ===\n{}\n",
        mail.subject,
        mail.text,
        mail.html
            .replace("</p>", "</p>\n")
            .replace("</style>", "</style>\n")
    )
}

fn handed_over() -> HandedOver {
    HandedOver {
        reader: "Luis".into(),
        kind: Kind::Task,
        title: "Hold the kickoff with Harbour Clinic".into(),
        case_title: "Signed contract to kickoff".into(),
        client: Some("Harbour Clinic".into()),
        due: Some("Wednesday 25 November, 17:00".into()),
        before: Some(Before {
            by: "Olga".into(),
            step: "onboarding".into(),
            outcome: None,
        }),
        items: vec![],
        choices: vec![],
        round: 1,
        handed_by: None,
        page: None,
        case: "case_4x7".into(),
        step: "kickoff".into(),
    }
}

fn deadline() -> Deadline {
    Deadline {
        reader: "Luis".into(),
        kind: Kind::Task,
        title: "Answer the lead".into(),
        case_title: "New lead".into(),
        due: "Monday 23 November, 09:05".into(),
        left: "3 min".into(),
        missed: false,
        late: None,
        page: None,
        case: "case_4x7".into(),
        step: "answer".into(),
    }
}

fn cover(language: &'static str) -> InvoiceCover {
    InvoiceCover {
        language,
        number: "SST-2026-0001".into(),
        line: "Milestone “Shop goes live”".into(),
        total: "5,712.00\u{a0}EUR".into(),
        due_date: "6 December 2026".into(),
        file_name: "invoice-SST-2026-0001.pdf".into(),
        seller: "Sample Studio GmbH".into(),
    }
}

#[test]
fn a_task_handed_over() {
    insta::assert_snapshot!(shown(&handed_over().render().unwrap()));
}

#[test]
fn a_task_that_came_back_with_two_ways_to_end() {
    let back = HandedOver {
        before: Some(Before {
            by: "Quinn".into(),
            step: "qa".into(),
            outcome: Some("rejected".into()),
        }),
        choices: vec!["done".into(), "cannot be built".into()],
        round: 2,
        ..handed_over()
    };
    insta::assert_snapshot!(shown(&back.render().unwrap()));
}

#[test]
fn a_checklist_handed_over() {
    let items = vec![
        "Create the shared folder".into(),
        "Invite the client to the board".into(),
        "Book the room".into(),
    ];
    let checklist = HandedOver {
        kind: Kind::Checklist,
        title: "Onboarding".into(),
        items,
        before: None,
        ..handed_over()
    };
    insta::assert_snapshot!(shown(&checklist.render().unwrap()));
}

#[test]
fn a_decision_asked() {
    let decision = HandedOver {
        kind: Kind::Decision,
        title: "Nobody with web_shop is under 70%. Move the date or overload someone?".into(),
        choices: vec!["move_date".into(), "overload".into(), "decline".into()],
        before: Some(Before {
            by: "Baton".into(),
            step: "pick_lead".into(),
            outcome: None,
        }),
        client: None,
        due: None,
        ..handed_over()
    };
    insta::assert_snapshot!(shown(&decision.render().unwrap()));
}

#[test]
fn a_deadline_near() {
    insta::assert_snapshot!(shown(&deadline().render_near().unwrap()));
}

#[test]
fn a_deadline_missed_and_told_late() {
    let missed = Deadline {
        left: "1 h 10 min".into(),
        missed: true,
        late: Some("1 h".into()),
        ..deadline()
    };
    insta::assert_snapshot!(shown(&missed.render_missed().unwrap()));
}

#[test]
fn an_invoices_cover() {
    insta::assert_snapshot!("cover_en", shown(&cover("en").render().unwrap()));
    let german = InvoiceCover {
        total: "5.712,00\u{a0}EUR".into(),
        due_date: "06.12.2026".into(),
        file_name: "rechnung-SST-2026-0001.pdf".into(),
        ..cover("de")
    };
    insta::assert_snapshot!("cover_de", shown(&german.render().unwrap()));
    let told = |cover: &InvoiceCover| {
        let mails = [
            cover.render_reminder().unwrap(),
            cover.render_credit().unwrap(),
        ];
        mails.iter().map(shown).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("reminder_and_credit_en", told(&cover("en")));
    insta::assert_snapshot!("reminder_and_credit_de", told(&german));
}

#[test]
fn a_teams_own_template_with_a_link() {
    let text = "subject: Welcome, {{ client.contact.name }}\n\nHello {{ client.contact.name }},\n\nyour page:\n\n{{ page_url }}\n\nBye\n";
    let view = json!({ "client": { "contact": { "name": "Hanna" } }, "page_url": "https://studio.example/p/abc?x=1&y=2" });
    insta::assert_snapshot!(shown(&render(text, &view).unwrap()));
}

#[test]
fn what_has_no_value_is_named_and_never_left_empty() {
    let text = "subject: Hi\n\nHello {{ client.nmae }} of {{ client.name }}, {{ who }} and {{ nobody }}.\n";
    let view = json!({ "client": { "name": "Harbour" }, "nobody": null });
    let error = render(text, &view).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mail says `client.nmae` and `nobody` and `who`, which has no value here"
    );
    let unused = "subject: Hi\n\n{% if nobody %}{{ nobody.name }}{% endif %}Hello.\n";
    assert_eq!(render(unused, &view).unwrap().text, "Hello.\n");
}

#[test]
fn broken_templates_are_refused() {
    for text in ["", "subject: no body", "Hello\n\nthere\n"] {
        assert_eq!(
            render(text, &json!({})),
            Err(MailError::NoSubject),
            "{text:?}"
        );
    }
    assert!(matches!(
        render("subject: a\n\n{% if %}\n", &json!({})),
        Err(MailError::Template(_))
    ));
    assert!(matches!(
        render("subject:\n\nHello\n", &json!({})),
        Err(MailError::SubjectBreaks(_))
    ));
}

#[test]
fn no_value_adds_a_header_markup_or_a_list() {
    let text = "subject: About {{ title }}\n\n{{ title }}\n\nBye\n";
    for title in ["a\r\nBcc: all@example.com", "a\nb", "a\rb", "a\u{0}b"] {
        assert!(
            matches!(
                render(text, &json!({ "title": title })),
                Err(MailError::SubjectBreaks(_))
            ),
            "{title:?}"
        );
    }
    let text = "subject: fixed\n\nAbout {{ title }}\n\nBye\n";
    let mail = render(text, &json!({ "title": "<script>alert(1)</script> & \"quotes\"\n\n- item\n\nhttps://evil.example/" })).unwrap();
    assert!(
        !mail.html.contains("<script>")
            && !mail.html.contains("<li>")
            && !mail.html.contains("<a "),
        "{}",
        mail.html
    );
    assert!(mail.text.starts_with(
        "About <script>alert(1)</script> & \"quotes\" - item https://evil.example/\n"
    ));
}

#[test]
fn a_button_says_where_it_leads() {
    let text = "subject: fixed\n\n{{ link }}\n";
    let html = |link: &str| render(text, &json!({ "link": link })).unwrap().html;
    assert!(html("https://evil.example/board").contains(">Open evil.example</a>"));
    for no_link in [
        "http://studio.example/",
        "javascript:alert(1)",
        "https://studio.example@evil.example/",
        "https://",
        "https://a b",
    ] {
        assert!(!html(no_link).contains("<a "), "{no_link}");
    }
    assert!(html("https://studio.example/\"onload=x").contains("&quot;onload"));
}

fn page(ends: bool) -> Option<Page> {
    let address = "https://links.studio.example/l/token".into();
    Some(Page { address, ends })
}

#[test]
fn a_deadline_with_a_link() {
    let linked = Deadline {
        page: page(true),
        ..deadline()
    };
    insta::assert_snapshot!(shown(&linked.render_near().unwrap()));
}

#[test]
fn a_clock_of_work_that_is_done_elsewhere() {
    let clock = Deadline {
        kind: Kind::Elsewhere,
        title: "Answer Harbour Clinic".into(),
        page: page(false),
        ..deadline()
    };
    let handed = HandedOver {
        kind: Kind::Elsewhere,
        title: "Answer Harbour Clinic".into(),
        page: page(false),
        before: None,
        handed_by: Some("Tom".into()),
        ..handed_over()
    };
    let mails = [
        clock.render_near().unwrap(),
        clock.render_missed().unwrap(),
        handed.render().unwrap(),
    ];
    for mail in mails {
        assert!(mail.text.contains("Say that you have it, or hand it over:"));
        assert!(!mail.text.contains("say that it is done"), "{}", mail.text);
        assert!(mail.text.contains("It ends by itself"), "{}", mail.text);
    }
    insta::assert_snapshot!(shown(&clock.render_near().unwrap()));
}

#[test]
fn a_warning_that_is_found_after_its_deadline_says_so() {
    let passed = Deadline {
        left: "5 min".into(),
        missed: true,
        late: Some("6 min".into()),
        ..deadline()
    };
    let mail = passed.render_near().unwrap();
    assert!(!format!("{}{}", mail.subject, mail.text).contains("5 min left"));
    insta::assert_snapshot!(shown(&mail));
}

#[test]
fn a_task_handed_on() {
    let handed = HandedOver {
        before: None,
        handed_by: Some("Tom".into()),
        ..handed_over()
    };
    insta::assert_snapshot!(shown(&handed.render().unwrap()));
}

#[test]
fn an_escalation_after_the_deadline() {
    let escalated = Escalated {
        reader: "Dana".into(),
        owner: "Luis".into(),
        title: "Answer the lead".into(),
        case_title: "New lead".into(),
        due: "Monday 23 November, 09:05".into(),
        left: "2 h".into(),
        missed: true,
        late: None,
        page: None,
        case: "case_4x7".into(),
        step: "answer".into(),
    };
    insta::assert_snapshot!(shown(&escalated.render().unwrap()));
}

#[test]
fn a_case_that_stands_still() {
    let stuck = Stuck {
        reader: "Olga".into(),
        case_title: "Proposal for Harbour Clinic".into(),
        since: "Monday 16 November, 11:40".into(),
        times: 2,
        waits: vec![Wait {
            what: "Write the proposal (Luis)".into(),
            page: Some("https://links.studio.example/token".into()),
        }],
        case: "case_4x7".into(),
    };
    insta::assert_snapshot!(shown(&stuck.render().unwrap()));
}

#[test]
fn what_is_parked() {
    let parked = Parked {
        reader: "Olga".into(),
        count: "1 thing".into(),
        one: true,
        items: vec![ParkedItem {
            id: "1a2b3c4d".into(),
            title: "task.done from baton.report".into(),
            reason: "there is no case case_9".into(),
        }],
        more: 0,
    };
    insta::assert_snapshot!(shown(&parked.render().unwrap()));
}

#[test]
fn finished_work_that_nobody_has_said_the_time_of() {
    let missing = TimeMissing {
        reader: "Luis".into(),
        title: "Build WEB-101: Checkout".into(),
        case_title: "Issue built, tested and accepted".into(),
        client: Some("Harbour Clinic".into()),
        suggestion: Some(TimeSuggestion {
            minutes: 95,
            words: "1 h 35 min".into(),
            runs: 7,
        }),
        on: "2026-11-23".into(),
        by: "luis".into(),
        page: None,
        case: "case_4x7".into(),
        step: "build".into(),
    };
    insta::assert_snapshot!(shown(&missing.render().unwrap()));
    let unknown = TimeMissing {
        suggestion: None,
        ..missing
    };
    insta::assert_snapshot!(shown(&unknown.render().unwrap()));
}
