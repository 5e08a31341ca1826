//! What each event does to the clocks, in whatever order and however late it comes.

use domain::case::{ClockChange, Fact, Input};
use domain::clock::Mark;
use serde_json::json;

use crate::ticket::{Ticket, at, has};

#[test]
fn each_event_moves_the_clocks_that_it_means() {
    // Events with the minutes after the start, and how the clocks stand afterwards.
    type Row = (&'static [(i64, &'static str)], &'static [&'static str]);
    let table: &[Row] = &[
        (&[], &["first_response 1 runs 30", "resolution 1 runs 480"]),
        (
            &[(10, "ticket.replied agent")],
            &["first_response 1 stopped", "resolution 1 runs 480"],
        ),
        (
            &[(10, "ticket.replied agent"), (20, "ticket.replied client")],
            &[
                "first_response 1 stopped",
                "next_response 1 runs 80",
                "resolution 1 runs 480",
            ],
        ),
        // The pause is cut out, and a reply of the client ends it.
        (
            &[(60, "ticket.waiting")],
            &["first_response 1 runs 30", "resolution 1 rests"],
        ),
        (
            &[(60, "ticket.waiting"), (90, "ticket.replied client")],
            &["first_response 1 runs 30", "resolution 1 runs 510"],
        ),
        // Said twice, it is one pause.
        (
            &[
                (60, "ticket.waiting"),
                (70, "ticket.waiting"),
                (90, "ticket.replied client"),
                (95, "ticket.replied client"),
            ],
            &["first_response 1 runs 30", "resolution 1 runs 510"],
        ),
        (
            &[(60, "ticket.waiting"), (70, "ticket.solved")],
            &["first_response 1 runs 30", "resolution 1 stopped"],
        ),
        (
            &[(60, "ticket.merged")],
            &["first_response 1 runs 30", "resolution 1 cancelled"],
        ),
        // What was cancelled is not reopened.
        (
            &[(60, "ticket.merged"), (70, "ticket.replied client")],
            &["first_response 1 runs 30", "resolution 1 cancelled"],
        ),
        // Reopened, it goes on: the 40 minutes in between do not count.
        (
            &[(60, "ticket.solved"), (100, "ticket.replied client")],
            &["first_response 1 runs 30", "resolution 1 runs 520"],
        ),
        (
            &[(5, "something.else")],
            &["first_response 1 runs 30", "resolution 1 runs 480"],
        ),
    ];
    for (events, stands) in table {
        let mut ticket = Ticket::open("harbour", "low");
        for (minutes, event) in *events {
            let (name, by) = event.split_once(' ').unwrap_or((event, "nobody"));
            let heard = ticket.late(*minutes, *minutes, name, json!({ "by": by }));
            assert_eq!(heard.is_err(), name == "something.else", "{events:?}");
        }
        assert_eq!(ticket.stands(), *stands, "{events:?}");
    }
}

/// Chatwoot and others show the next response as the deadline while nobody has answered at all.
#[test]
fn defect_next_response_never_overrides_first_response() {
    let mut ticket = Ticket::open("harbour", "low");
    ticket.hears(5, "ticket.replied client");
    ticket.hears(20, "ticket.replied client");
    assert_eq!(
        ticket.stands(),
        ["first_response 1 runs 30", "resolution 1 runs 480"]
    );
    assert_eq!(ticket.marks("first_response", 15), ["50% of life 1"]);
    assert_eq!(ticket.marks("first_response", 31), ["breach of life 1"]);
    ticket.hears(40, "ticket.replied agent");
    // From now on each reply of the client starts the next response, and the oldest that is unanswered counts.
    ticket.hears(50, "ticket.replied client");
    ticket.hears(70, "ticket.replied client");
    assert_eq!(ticket.stand("next_response"), "next_response 1 runs 110");
    assert_eq!(ticket.marks("next_response", 80), ["50% of life 1"]);
    ticket.hears(90, "ticket.replied agent");
    ticket.hears(100, "ticket.replied client");
    assert_eq!(ticket.stand("next_response"), "next_response 2 runs 160");
    assert_eq!(
        ticket.marks("next_response", 130),
        ["50% of life 2"],
        "once per life"
    );
    assert_eq!(
        ticket.stand("first_response"),
        "first_response 1 stopped 30",
        "it was missed, and stays so"
    );
}

#[test]
fn what_a_life_still_has_to_say_is_said_before_the_next_begins() {
    let mut ticket = Ticket::open("harbour", "low");
    ticket.hears(10, "ticket.replied agent");
    ticket.hears(20, "ticket.replied client");
    // No sweep came by; the deadline was at minute 80.
    ticket.hears(85, "ticket.replied agent");
    let facts = ticket.hears(90, "ticket.replied client");
    let fired = facts.iter().filter_map(|fact| match fact {
        Fact::MarkFired {
            mark,
            run,
            late_seconds,
            ..
        } => Some((*mark, *run, *late_seconds)),
        _ => None,
    });
    assert_eq!(fired.collect::<Vec<_>>(), [(Mark::Breach, 1, 10 * 60 - 1)]);
    assert_eq!(ticket.stand("next_response"), "next_response 2 runs 150");
}

#[test]
fn an_older_event_that_comes_later_changes_nothing_and_is_noted() {
    let mut ticket = Ticket::open("harbour", "low");
    ticket.hears(10, "ticket.replied agent");
    // The agent's answer of minute 40 overtakes the client's question of minute 30.
    ticket
        .late(40, 41, "ticket.replied", json!({ "by": "agent" }))
        .unwrap();
    let facts = ticket
        .late(30, 42, "ticket.replied", json!({ "by": "client" }))
        .unwrap();
    assert_eq!(facts.len(), 1, "{facts:?}");
    assert!(
        facts[0]
            .words()
            .contains("ticket.replied concerns next_response"),
        "{}",
        facts[0].words()
    );
    assert_eq!(ticket.stand("next_response"), "", "it was answered already");
    // A time in the future does not make later events look old.
    ticket
        .late(500, 50, "ticket.replied", json!({ "by": "client" }))
        .unwrap();
    ticket.hears(55, "ticket.replied agent");
    assert_eq!(ticket.stand("next_response"), "next_response 1 stopped");
}

#[test]
fn a_finished_case_hears_only_what_reopens_a_clock() {
    let mut ticket = Ticket::open("harbour", "low");
    ticket.hears(10, "ticket.replied agent");
    ticket.hears(60, "ticket.solved");
    ticket.ends(61, "solved");
    // Effects are closed, and the case with them.
    ticket.effects_close(62);
    assert!(!ticket.case.is_running());
    let before = ticket.stands();
    ticket.hears(70, "ticket.waiting");
    ticket.hears(71, "ticket.replied agent");
    assert_eq!(ticket.stands(), before, "nothing of it reopens anything");
    let facts = ticket.hears(100, "ticket.replied client");
    assert!(has(&facts, ClockChange::Reopened), "{facts:?}");
    assert_eq!(ticket.stand("resolution"), "resolution 1 runs 520");
    assert_eq!(
        ticket.stand("next_response"),
        "next_response 1 runs 160",
        "the case lives again"
    );
    ticket.hears(120, "ticket.solved");
    assert_eq!(ticket.stand("resolution"), "resolution 1 stopped");
    assert_eq!(ticket.stand("next_response"), "next_response 1 stopped");
    assert!(!ticket.case.is_running(), "it stays finished");
}

#[test]
fn the_end_of_a_case_ends_its_clocks() {
    for (outcome, state) in [("solved", "stopped"), ("withdrawn", "cancelled")] {
        let mut ticket = Ticket::open("harbour", "low");
        ticket.ends(20, outcome);
        for effect in ticket.case.owed.keys().cloned().collect::<Vec<_>>() {
            let input = Input::EffectClosed {
                effect,
                reference: "m".into(),
                values: Default::default(),
            };
            ticket.decide(&input, at(21)).unwrap();
        }
        let stands = [
            format!("first_response 1 {state}"),
            format!("resolution 1 {state}"),
        ];
        assert_eq!(ticket.stands(), stands, "{outcome}");
        let listens = ticket
            .case
            .listeners()
            .iter()
            .any(|listener| listener.step.is_none());
        assert_eq!(
            listens,
            outcome == "solved",
            "only what may be reopened listens on"
        );
    }
}
