//! The board and a case's page with a full day on them, and that no text of an event becomes markup.

use pages::board::{
    Board, CasePage, CaseRow, EntryRow, MailRow, ParkedRow, Pressure, Queue, TaskRow, board, case,
    not_found,
};

fn task(
    title: &str,
    case: &str,
    due: Option<&str>,
    next: Option<&str>,
    pressure: Pressure,
) -> TaskRow {
    TaskRow {
        title: title.into(),
        case: case.into(),
        due: due.map(Into::into),
        next: next.map(Into::into),
        pressure,
    }
}

fn row(id: &str, title: &str, client: Option<&str>, owner: &str, stands: &[&str]) -> CaseRow {
    CaseRow {
        id: id.into(),
        title: title.into(),
        client: client.map(Into::into),
        owner: owner.into(),
        stands: stands.iter().map(|line| (*line).to_owned()).collect(),
    }
}

fn full() -> Board {
    Board {
        team: "Sample Studio".into(),
        as_of: "Monday 23 November, 09:02".into(),
        running: vec![
            row("case_01k4x7", "Signed contract to kickoff", Some("Harbour Clinic"), "Olga", &["waits for Luis: Hold the kickoff with Harbour Clinic", "waits for Olga: Onboarding"]),
            row("case_01k4x8", "New lead", None, "Amira", &["waits for Amira: Answer the lead"]),
            row("case_01k4x9", "Milestone to cash", Some("Orchard Foods"), "Felix", &["waits until its messages are taken"]),
        ],
        ended: vec![row("case_01k4w1", "Ready for QA", Some("Harbour Clinic"), "Quinn", &["completed"])],
        queues: vec![
            Queue {
                owner: "Amira".into(),
                tasks: vec![task("Answer the lead", "case_01k4x8", Some("Monday 23 November, 09:00"), None, Pressure::Missed)],
            },
            Queue {
                owner: "Luis".into(),
                tasks: vec![
                    task("Hold the kickoff with Harbour Clinic", "case_01k4x7", Some("Wednesday 25 November, 17:00"), Some("warns Tuesday 24 November, 13:00"), Pressure::Calm),
                    task("Write down what was agreed", "case_01k4x7", None, None, Pressure::Calm),
                ],
            },
            Queue {
                owner: "Olga".into(),
                tasks: vec![task("Onboarding", "case_01k4x7", Some("Monday 23 November, 12:00"), Some("warns Monday 23 November, 11:00"), Pressure::Warned)],
            },
        ],
        mails: vec![
            MailRow { case: "case_01k4x9".into(), what: "invoice to Orchard Foods".into(), state: "on its way".into() },
            MailRow { case: "case_01k4x7".into(), what: "mail kickoff to hanna@harbour-clinic.example".into(), state: "taken".into() },
            MailRow { case: "case_01k4x8".into(), what: "warning to Amira: Answer the lead".into(), state: "parked".into() },
        ],
        parked: vec![ParkedRow {
            what: "contract.signed from esign".into(),
            reason: "detail.client_id is \"nobody\", which is no client in clients.yaml; add the client and redrive".into(),
            owner: "Olga".into(),
            since: "Monday 23 November, 08:41".into(),
        }],
    }
}

fn one_case() -> CasePage {
    let entry = |at: &str, cause: &str, facts: &[&str]| EntryRow {
        at: at.into(),
        cause: cause.into(),
        facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
    };
    CasePage {
        id: "case_01k4x7".into(),
        title: "Signed contract to kickoff".into(),
        state: "running".into(),
        owner: "Olga".into(),
        entries: vec![
            entry(
                "Friday 20 November, 16:58",
                "contract.signed from esign",
                &[
                    "the case starts, owned by olga",
                    "project project_web_shop starts",
                    "luis is project_lead: 12 h free of 35 h",
                ],
            ),
            entry(
                "Friday 20 November, 16:58",
                "mail kickoff taken",
                &[
                    "step kickoff_mail is done",
                    "luis gets task kickoff, due Wednesday 25 November, 17:00",
                ],
            ),
            entry(
                "Monday 23 November, 08:30",
                "task.done by olga",
                &["step onboarding is done"],
            ),
        ],
        projects: vec![("case_01k4y0".into(), "Web shop for Harbour Clinic".into())],
    }
}

#[test]
fn a_full_board() {
    insta::assert_snapshot!(board(&full()).replace("><", ">\n<"));
}

#[test]
fn an_empty_board_says_so() {
    insta::assert_snapshot!(
        board(&Board {
            team: "Sample Studio".into(),
            as_of: "Monday 23 November, 09:02".into(),
            ..Board::default()
        })
        .replace("><", ">\n<")
    );
}

#[test]
fn a_cases_page() {
    insta::assert_snapshot!(case(&one_case()).replace("><", ">\n<"));
}

#[test]
fn no_text_becomes_markup_or_an_address() {
    let evil = "<img src=x onerror=alert(1)>\"'&";
    let mut view = full();
    view.running[0] = row("\"><script>", evil, Some(evil), evil, &[evil]);
    view.queues[0].tasks[0] = task(evil, "../../x", Some(evil), Some(evil), Pressure::Calm);
    view.mails[0] = MailRow {
        case: evil.into(),
        what: evil.into(),
        state: evil.into(),
    };
    view.parked[0] = ParkedRow {
        what: evil.into(),
        reason: evil.into(),
        owner: evil.into(),
        since: evil.into(),
    };
    let mut page = one_case();
    page.entries[0] = EntryRow {
        at: evil.into(),
        cause: evil.into(),
        facts: vec![evil.into()],
    };
    page.projects[0] = (evil.into(), evil.into());
    for html in [board(&view), case(&page), not_found(evil)] {
        assert!(
            !html.contains("<img") && !html.contains("<script"),
            "{html}"
        );
        assert!(!html.contains("\"'&"), "{html}");
    }
}
