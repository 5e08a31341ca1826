//! A clock in somebody's hands: accepted, handed on, and offered by its link.

use std::collections::BTreeMap;

use domain::case::{Input, Refusal};
use domain::id::{EffectId, PersonId, StepId};
use domain::link::{Link, Offer, Stands, TaskLink, offer};

use crate::ticket::{Ticket, at};

#[test]
fn a_clock_is_accepted_and_handed_on_like_a_task_and_runs_on() {
    let mut ticket = Ticket::open("harbour", "low");
    let accepted = Input::TaskAccepted {
        step: "resolution".into(),
        by: "aron".into(),
    };
    ticket.decide(&accepted, at(5)).unwrap();
    assert!(matches!(
        ticket.decide(&accepted, at(6)),
        Err(Refusal::Repeat(_))
    ));
    let handed = Input::TaskHanded {
        step: "resolution".into(),
        by: "aron".into(),
        to: "mira".into(),
    };
    ticket.decide(&handed, at(7)).unwrap();
    let timed = &ticket.case.clocks[&"resolution".into()];
    assert_eq!((timed.owner.as_str(), timed.accepted_at), ("mira", None));
    assert_eq!(ticket.stand("resolution"), "resolution 1 runs 480");
    let done = Input::TaskDone {
        step: "resolution".into(),
        by: "mira".into(),
        outcome: None,
    };
    assert!(
        matches!(ticket.decide(&done, at(8)), Err(Refusal::Never(_))),
        "events stop it, not people"
    );
}

/// What a link to life `run` of a clock offers to `reader`, whose clock it was when the mail went out, or who heard of it.
fn offered(ticket: &Ticket, clock: &str, run: u32, reader: &str) -> (Offer, Offer) {
    let of = TaskLink {
        case: ticket.case.id.clone(),
        step: StepId::from(clock),
        run,
        reader: PersonId::from(reader),
        effect: EffectId::from("0001-1"),
    };
    let (case, workflow, team) = (&ticket.case, &ticket.workflow, &ticket.team);
    let by = |link: &Link| offer(link, case, workflow, team, &BTreeMap::new());
    (by(&Link::Task(of.clone())), by(&Link::Beside(of)))
}

#[test]
fn a_link_to_a_clock_offers_what_the_clock_allows_now() {
    let mut ticket = Ticket::open("harbour", "urgent");
    let (his, _) = offered(&ticket, "first_response", 1, "aron");
    assert!(his.can_accept && his.ends.is_empty(), "it ends elsewhere");
    assert_eq!(his.hand_to, [PersonId::from("mira")]);
    let (_, beside) = offered(&ticket, "first_response", 1, "mira");
    assert!(beside.can_take_over && !beside.can_accept && beside.ends.is_empty());
    let (step, by, to) = ("first_response".into(), "aron".into(), "mira".into());
    let input = Input::TaskHanded { step, by, to };
    ticket.decide(&input, at(1)).unwrap();
    let moved = Stands::Moved {
        owner: "mira".into(),
    };
    assert_eq!(
        offered(&ticket, "first_response", 1, "aron").0.stands,
        moved
    );
    // Resting or not, it is somebody's; stopped, it is done; in another life, its own mail tells of it.
    ticket.hears(2, "ticket.replied agent");
    let done = offered(&ticket, "first_response", 1, "mira").0;
    let stopped = Stands::Done {
        at: at(2),
        outcome: None,
        by: None,
    };
    assert_eq!((done.stands, done.hand_to.len()), (stopped, 0));
    ticket.hears(3, "ticket.waiting");
    assert!(offered(&ticket, "resolution", 1, "aron").0.can_accept);
    ticket.hears(4, "ticket.replied client");
    ticket.hears(5, "ticket.replied agent");
    ticket.hears(6, "ticket.replied client");
    let old = offered(&ticket, "next_response", 1, "aron").0.stands;
    let came_back = Stands::CameBack {
        owner: Some("aron".into()),
    };
    assert_eq!(old, came_back);
    // The case has ended, and is reopened by its clock: the clock is somebody's again.
    ticket.hears(7, "ticket.solved");
    ticket.ends(8, "solved");
    ticket.effects_close(8);
    ticket.hears(9, "ticket.replied client");
    assert!(!ticket.case.is_running());
    assert!(offered(&ticket, "resolution", 1, "aron").0.can_accept);
    ticket.hears(10, "ticket.merged");
    let gone = offered(&ticket, "resolution", 1, "aron").0.stands;
    assert_eq!(gone, Stands::Gone);
}
