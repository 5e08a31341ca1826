//! Clocks of a case that is worked elsewhere: what each event does to them, and what becomes of them when priority, client,
//! hours and the case itself change.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use std::collections::BTreeMap;

use domain::case::{self, Case, ClockChange, Decision, Fact, Input, Opening, Refusal, World};
use domain::clock::{Mark, State};
use domain::company::{Client, Team};
use domain::definition::Workflow;
use domain::event::Envelope;
use domain::id::{CaseId, ClientId, EffectId, EventId, PersonId, StepId, WorkflowId};
use domain::link::{Link, Offer, Stands, TaskLink, offer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const BEGIN: &str = "2026-11-23T09:00:00Z";

/// `shop`'s hours are nine to five, everybody else is served day and night.
fn team() -> Team {
    let always = json!([["00:00", "24:00"]]);
    let day = json!([["09:00", "17:00"]]);
    serde_json::from_value(json!({
        "name": "Studio", "calendar": "always",
        "calendars": {
            "always": { "tz": "UTC", "weekly": { "mon": always, "tue": always, "wed": always, "thu": always, "fri": always,
                        "sat": always, "sun": always } },
            "office": { "tz": "UTC", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } },
        },
        "people": { "aron": { "name": "Aron", "mail": "a@studio.example", "minutes_per_week": 2400, "backup": "mira" },
                    "mira": { "name": "Mira", "mail": "m@studio.example", "minutes_per_week": 2400 } },
        "roles": { "ops_lead": { "held_by": "mira" } },
    }))
    .unwrap()
}

fn clients() -> BTreeMap<ClientId, Client> {
    let client = |id: &str, more: Value| {
        let mut client = json!({ "id": id, "name": id, "contact": { "name": "H", "mail": "h@client.example" },
                                 "account_manager": "aron" });
        client
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        (ClientId::from(id), serde_json::from_value(client).unwrap())
    };
    BTreeMap::from([
        client("harbour", json!({})),
        client("shop", json!({ "calendar": "office" })),
        client(
            "clinic",
            json!({ "targets": { "ticket.first_response": "10 minutes",
            "ticket.resolution": { "by": "priority", "cases": [["urgent", "1 hour"]], "otherwise": "2 hours" } } }),
        ),
    ])
}

fn on(event: &str, by: Value) -> Value {
    let pattern = if by.is_null() {
        Value::Null
    } else {
        json!({ "detail": { "by": [by] } })
    };
    json!({ "event": { "event": event, "from": "desk", "pattern": pattern, "same": [["detail.ticket_id", "ticket"]] } })
}

fn workflow() -> Workflow {
    let (agent, client) = (
        on("ticket.replied", json!("agent")),
        on("ticket.replied", json!("client")),
    );
    let (waiting, solved) = (
        on("ticket.waiting", Value::Null),
        on("ticket.solved", Value::Null),
    );
    let changed = on("ticket.changed", Value::Null)["event"].clone();
    serde_json::from_value(json!({
        "id": "ticket", "version": 1, "title": "Ticket", "kind": "operations", "owner": { "person": "aron" },
        "outcome": { "measure": "m", "from": null, "to": "solve", "target": "3 business days" },
        "data": [["ticket", { "path": "detail.ticket_id" }], ["priority", { "path": "detail.priority" }],
                 ["client", { "lookup_client": "detail.client_id" }]],
        "changes_on": [{ "heard": changed, "takes": [["priority", { "path": "detail.priority" }],
                                                     ["client", { "lookup_client": "detail.client_id" }]] }],
        "clocks": [
            { "id": "first_response", "title": "First response to {{ ticket }}",
              "rule": { "within": "30 minutes", "warn_at": ["50%"] },
              "signals": [["stops", agent], ["starts", "start"]] },
            { "id": "next_response", "title": "Next response to {{ ticket }}", "after": ["first_response"],
              "rule": { "within": "60 minutes", "warn_at": ["50%"] },
              "signals": [["stops", agent], ["stops", solved], ["starts", client]] },
            { "id": "resolution", "title": "Solve {{ ticket }}",
              "rule": { "within": { "by": "priority", "cases": [["urgent", "2 hours"], ["high", "4 hours"]], "otherwise": "8 hours" },
                        "warn_at": ["50%"] },
              "signals": [["cancels", on("ticket.merged", Value::Null)], ["stops", solved], ["stops", "end"], ["pauses", waiting],
                          ["resumes", client], ["reopens", client], ["starts", "start"]] },
        ],
        "steps": [
            { "id": "solve", "do": "task", "title": "Solve", "owner": { "person": "aron" }, "end": true,
              "outcomes": [["solved", "onward"], ["withdrawn", "stop"]] },
        ],
    }))
    .unwrap()
}

struct Ticket {
    team: Team,
    clients: BTreeMap<ClientId, Client>,
    workflow: Workflow,
    case: Case,
    history: Vec<case::Record>,
    events: u32,
}

impl Ticket {
    fn open(client: &str, priority: &str) -> Ticket {
        let (team, clients, workflow) = (team(), clients(), workflow());
        let opening = Opening {
            case: CaseId::from("case_1"),
            values: json!({ "ticket": "T-1", "priority": priority, "client": { "id": client } })
                .as_object()
                .unwrap()
                .clone(),
            client: Some(ClientId::from(client)),
            parent: None,
            roles: BTreeMap::new(),
            correlation_id: "c".into(),
            hops: 0,
            started_by: Some(EventId("created".into())),
        };
        let workflows = BTreeMap::<WorkflowId, Workflow>::new();
        let world = World {
            team: &team,
            clients: &clients,
            workflows: &workflows,
            loads: None,
        };
        let Decision { case, record, .. } =
            case::start(world, &workflow, opening, "t", at(0)).unwrap();
        Ticket {
            team,
            clients,
            workflow,
            case,
            history: vec![record],
            events: 0,
        }
    }

    fn decide(&mut self, input: &Input, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let workflows = BTreeMap::<WorkflowId, Workflow>::new();
        let world = World {
            team: &self.team,
            clients: &self.clients,
            workflows: &workflows,
            loads: None,
        };
        let decision = case::decide(world, &self.workflow, &self.case, input, "t", now)?;
        self.history.push(decision.record.clone());
        let replayed = Case::replay(&self.history);
        assert_eq!(
            replayed.as_ref(),
            Some(&decision.case),
            "the history makes the state"
        );
        self.case = decision.case;
        Ok(decision.record.facts)
    }

    /// An event that happened `minutes` after the start and is heard `heard` minutes after it.
    fn late(
        &mut self,
        minutes: i64,
        heard: i64,
        event: &str,
        detail: Value,
    ) -> Result<Vec<Fact>, Refusal> {
        self.events += 1;
        let mut detail = detail;
        detail["ticket_id"] = json!("T-1");
        let envelope = Envelope {
            id: self.events.to_string(),
            source: "desk".into(),
            detail_type: event.into(),
            time: at(minutes),
            detail,
        };
        let event = EventId(self.events.to_string());
        let envelope = Box::new(envelope);
        self.decide(&Input::ClocksHear { event, envelope }, at(heard))
    }

    fn hears(&mut self, minutes: i64, event: &str) -> Vec<Fact> {
        let (event, by) = event.split_once(' ').unwrap_or((event, "nobody"));
        self.late(minutes, minutes, event, json!({ "by": by }))
            .unwrap()
    }

    fn ends(&mut self, minutes: i64, outcome: &str) {
        let input = Input::TaskDone {
            step: "solve".into(),
            by: "aron".into(),
            outcome: Some(outcome.into()),
        };
        self.decide(&input, at(minutes)).unwrap();
    }

    fn effects_close(&mut self, minutes: i64) {
        for effect in self.case.owed.keys().cloned().collect::<Vec<_>>() {
            let input = Input::EffectClosed {
                effect,
                reference: "m".into(),
                values: Default::default(),
            };
            self.decide(&input, at(minutes)).unwrap();
        }
    }

    /// Each clock: name, life, state, and minutes from the start to its deadline.
    fn stands(&self) -> Vec<String> {
        let told = self.case.clocks.iter().map(|(name, timed)| {
            let state = match timed.clock.state() {
                State::Running { .. } => "runs",
                State::Paused { .. } => "rests",
                State::Stopped { .. } => "stopped",
                State::Cancelled { .. } => "cancelled",
            };
            let due = timed
                .clock
                .due_at()
                .map(|due| (due.as_second() - at(0).as_second()) / 60);
            let due = due.map_or_else(String::new, |due| format!(" {due}"));
            format!("{name} {} {state}{due}", timed.run)
        });
        told.collect()
    }

    fn stand(&self, clock: &str) -> String {
        let is = |told: &&String| told.starts_with(&format!("{clock} "));
        self.stands().iter().find(is).cloned().unwrap_or_default()
    }

    fn marks(&mut self, clock: &str, minutes: i64) -> Vec<String> {
        let input = Input::TimeReached { step: clock.into() };
        let facts = self.decide(&input, at(minutes)).unwrap_or_default();
        let marks = facts.iter().filter_map(|fact| match fact {
            Fact::MarkFired { mark, run, .. } => Some(format!("{mark} of life {run}")),
            _ => None,
        });
        marks.collect()
    }
}

fn at(minutes: i64) -> Timestamp {
    BEGIN.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn has(facts: &[Fact], wanted: ClockChange) -> bool {
    let is = |fact: &Fact| matches!(fact, Fact::ClockChanged { how, .. } if *how == wanted);
    facts.iter().any(is)
}

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
