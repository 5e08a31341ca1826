//! How long a clock has: by priority, by client, by the hours in force.

use domain::case::{Fact, Input, Refusal};
use serde_json::json;

use crate::ticket::{Ticket, at};

#[test]
fn a_target_goes_by_priority_and_client() {
    for (client, priority, first, resolution) in [
        ("harbour", "urgent", 30, 120),
        ("harbour", "high", 30, 240),
        ("harbour", "whatever", 30, 480),
        ("clinic", "urgent", 10, 60),
        ("clinic", "high", 10, 120),
        // Office hours: eight of them end the same day.
        ("shop", "low", 30, 480),
    ] {
        let ticket = Ticket::open(client, priority);
        let stands = [
            format!("first_response 1 runs {first}"),
            format!("resolution 1 runs {resolution}"),
        ];
        assert_eq!(ticket.stands(), stands, "{client} {priority}");
    }
}

#[test]
fn another_priority_or_client_counts_from_the_original_start() {
    // From, to, at minute, due then in minutes from the start.
    for (from, to, minute, due) in [
        (("harbour", "low"), ("harbour", "urgent"), 30, 120),
        (("harbour", "urgent"), ("harbour", "low"), 30, 480),
        // Already missed by the new target.
        (("harbour", "low"), ("harbour", "urgent"), 150, 120),
        (("harbour", "low"), ("clinic", "low"), 30, 120),
        // Half of eight hours by day and night, the rest by office hours.
        (("harbour", "low"), ("shop", "low"), 240, 480),
        (("harbour", "low"), ("shop", "low"), 479, 480),
    ] {
        let mut ticket = Ticket::open(from.0, from.1);
        let detail = json!({ "priority": to.1, "client_id": to.0 });
        ticket
            .late(minute, minute, "ticket.changed", detail.clone())
            .unwrap();
        assert_eq!(
            ticket.stand("resolution"),
            format!("resolution 1 runs {due}"),
            "{from:?} {to:?}"
        );
        // The same said again is noted, and moves nothing.
        let again = ticket
            .late(minute + 1, minute + 1, "ticket.changed", detail)
            .unwrap();
        assert_eq!(again.len(), 1, "{again:?}");
    }
}

#[test]
fn a_warning_given_for_one_priority_is_not_given_again_for_the_next() {
    let mut ticket = Ticket::open("harbour", "high");
    assert_eq!(ticket.marks("resolution", 120), ["50% of life 1"]);
    let detail = json!({ "priority": "low", "client_id": "harbour" });
    ticket.late(125, 125, "ticket.changed", detail).unwrap();
    assert_eq!(ticket.marks("resolution", 240), Vec::<String>::new());
    assert_eq!(ticket.marks("resolution", 481), ["breach of life 1"]);
}

#[test]
fn edited_hours_move_what_runs_as_of_the_moment_they_came_in_force() {
    let mut ticket = Ticket::open("harbour", "low");
    let was = Box::new(ticket.team.hours(None).unwrap());
    // From minute 60 on the office's hours hold: seven hours are left of the eight, and the office is open for seven.
    ticket.team.calendar = "office".into();
    let edited = Input::CompanyEdited { was, at: at(60) };
    let facts = ticket.decide(&edited, at(75)).unwrap();
    assert_eq!(
        facts
            .iter()
            .filter(|fact| matches!(fact, Fact::ClockChanged { .. }))
            .count(),
        2
    );
    assert_eq!(ticket.stand("resolution"), "resolution 1 runs 480");
    // Asked again, as after an interrupted apply, it is the same.
    assert!(matches!(
        ticket.decide(&edited, at(90)),
        Err(Refusal::Repeat(_))
    ));
}
