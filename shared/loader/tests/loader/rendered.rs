//! What a person reads: the whole text, as it is printed without colours.

use crate::common::starter;

/// The rendered problems of the starter after some changes.
fn shown(changes: &[(&str, &str, &str)]) -> String {
    let mut files = starter();
    for (file, find, put) in changes {
        let text = files.get_mut(*file).expect("a starter file");
        assert!(text.contains(find), "{file} has no {find:?}");
        *text = text.replacen(find, put, 1);
    }
    let problems = loader::load(&files).problems;
    loader::render(&problems, &files, false)
}

const CONTRACT: &str = "workflows/contract_to_kickoff.yaml";
const QA: &str = "workflows/ready_for_qa.yaml";

#[test]
fn a_slip_of_the_pen() {
    insta::assert_snapshot!(shown(&[(QA, "rejected: build", "rejected: biuld")]));
}

#[test]
fn several_files_at_once() {
    insta::assert_snapshot!(shown(&[
        (CONTRACT, "owner: ops_lead   ", "owner: [olga, dana]   "),
        (QA, "within: 3 business days", "within: 3 days"),
        (QA, "unheard: true, ", ""),
        ("clients.yaml", "currency: CHF", "currency: SFR"),
        (
            "mails/kickoff.txt",
            "{{ contract }}",
            "{{ contract_number }}"
        ),
        ("team.yaml", "tz: Europe/Berlin", "tz: Europe/Berln"),
    ]));
}

#[test]
fn the_traps_of_yaml() {
    insta::assert_snapshot!(shown(&[
        ("clients.yaml", "country: NL", "country: NO"),
        (
            QA,
            "kind: operations\n",
            "kind: operations\nkind: project\n"
        ),
        (
            CONTRACT,
            "title: \"Hold the kickoff with {{ client.name }}\"",
            "title: Hold it: {{ client.name }}"
        ),
        (
            "projects/standard.yaml",
            "    effort: 12 hours",
            "\teffort: 12 hours"
        ),
    ]));
}

#[test]
fn steps_that_lack_what_their_kind_needs() {
    insta::assert_snapshot!(shown(&[
        (
            QA,
            "do: emit, event: build.accepted, unheard: true, with: { issue: issue, client_id: client.id }",
            "do: portal, target: tracker"
        ),
        (
            QA,
            "    rounds: 3  ",
            "    tracks: { from: tracker, event: issue.updated }\n    rounds: 3  "
        ),
    ]));
}

#[test]
fn a_long_line_is_shown_around_its_problem() {
    let long = format!("question: {} {{{{ skil }}}}\n", "really ".repeat(60));
    let question =
        "question: Nobody with {{ skill }} is under 70%. Move the date or overload someone?\n";
    insta::assert_snapshot!(shown(&[
        (CONTRACT, question, &long),
        (
            CONTRACT,
            "unheard: true, after: [kickoff, onboarding]",
            "unheard: true, after: [kickoff, onbording]"
        )
    ]));
}

#[test]
fn nothing_wrong() {
    insta::assert_snapshot!(shown(&[]));
}
