//! Links: what is signed is opened, whatever was changed is not, and a page offers what its task allows now.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

use std::collections::BTreeMap;

use domain::assign::{Load, Loads};
use domain::case::{self, Case, Input, Opening, World};
use domain::company::Team;
use domain::definition::Workflow;
use domain::id::{CaseId, ClientId, EffectId, PersonId, StepId};
use domain::link::{Deed, Keys, Link, Offer, Refused, Stands, TaskLink, offer};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRET: &[u8] = b"an example of a key: 32 bytes or more";
const OTHER: &[u8] = b"another example of a key, as long as it";

fn keys(secrets: &[&'static [u8]]) -> Keys {
    Keys::new(secrets.iter().copied()).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-23T08:00:00Z")
}

fn tomorrow() -> Timestamp {
    at("2026-11-24T08:00:00Z")
}

fn of_task(step: &str, run: u32, reader: &str) -> TaskLink {
    TaskLink {
        case: CaseId::from("case_00112233445566aa"),
        step: StepId::from(step),
        run,
        reader: PersonId::from(reader),
        effect: EffectId::from("0003-1"),
    }
}

fn any_link() -> impl Strategy<Value = Link> {
    let text = "[a-zäß0-9_ #-]{0,12}";
    let task =
        (text, text, any::<u32>(), text, text).prop_map(|(case, step, run, reader, effect)| {
            TaskLink {
                case: CaseId(case),
                step: StepId(step),
                run,
                reader: PersonId(reader),
                effect: EffectId(effect),
            }
        });
    let portal = (text, 0..4_000_000_000_i64).prop_map(|(client, second)| Link::Portal {
        client: ClientId(client),
        sent_at: Timestamp::from_second(second).unwrap(),
    });
    prop_oneof![
        task.clone().prop_map(Link::Task),
        task.prop_map(Link::Beside),
        portal
    ]
}

proptest! {
    #[test]
    fn what_is_signed_is_opened_and_nothing_else(link in any_link(), other in any_link()) {
        let keys = keys(&[SECRET]);
        let text = keys.write(&link, tomorrow());
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        let opened = keys.read(&text, now()).unwrap();
        prop_assert_eq!(&opened.link, &link);
        prop_assert_eq!(opened.expires_at, tomorrow());
        prop_assert_eq!(keys.write(&link, tomorrow()), text.clone(), "the same link is the same text");
        prop_assert_eq!(keys.write(&other, tomorrow()) == text, other == link);
    }

    #[test]
    fn any_changed_character_is_refused(link in any_link(), place in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let keys = keys(&[SECRET, OTHER]);
        let text = keys.write(&link, tomorrow());
        let place = place.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(place..=place, &to);
        prop_assume!(changed != text);
        prop_assert!(keys.read(&changed, now()).is_err(), "{changed}");
    }

    #[test]
    fn what_is_cut_longer_or_anything_else_is_refused(link in any_link(), cut in 0usize..40, noise in "\\PC{0,80}") {
        let keys = keys(&[SECRET]);
        let text = keys.write(&link, tomorrow());
        prop_assert!(keys.read(&text[..text.len().saturating_sub(cut + 1)], now()).is_err());
        let longer = [text.as_str(), "AAAA"].concat();
        prop_assert!(keys.read(&longer, now()).is_err());
        prop_assert!(keys.read(&noise, now()).is_err());
    }

    #[test]
    fn a_link_holds_until_its_time(link in any_link(), seconds in 0i64..200_000) {
        let keys = keys(&[SECRET]);
        let text = keys.write(&link, tomorrow());
        let read = keys.read(&text, now() + SignedDuration::from_secs(seconds));
        if seconds < 86_400 {
            prop_assert!(read.is_ok());
        } else {
            prop_assert_eq!(read, Err(Refused::Expired));
        }
    }
}

#[test]
fn old_keys_are_believed_until_they_are_removed() {
    let link = Link::Task(of_task("plan", 1, "luis"));
    let before = keys(&[OTHER]);
    let text = before.write(&link, tomorrow());
    let both = keys(&[SECRET, OTHER]);
    assert_eq!(both.read(&text, now()).unwrap().link, link);
    let newer = both.write(&link, tomorrow());
    assert_ne!(newer, text, "the first key signs");
    let after = keys(&[SECRET]);
    assert!(after.read(&newer, now()).is_ok());
    assert_eq!(after.read(&text, now()), Err(Refused::NotSigned));
    assert_eq!(before.read(&newer, now()), Err(Refused::NotSigned));
}

#[test]
fn a_key_that_could_be_guessed_is_refused_and_no_key_is_shown() {
    assert!(Keys::new([b"short".as_slice()]).is_err());
    assert!(Keys::new([]).is_err());
    let shown = format!("{:?}", keys(&[SECRET]));
    assert!(!shown.contains("example"), "{shown}");
}

#[test]
fn each_mail_does_each_thing_once() {
    let link = of_task("plan", 1, "luis");
    let later = TaskLink {
        effect: EffectId::from("0004-1"),
        ..link.clone()
    };
    assert_eq!(
        link.report_id(Deed::Hand),
        link.clone().report_id(Deed::Hand)
    );
    assert_ne!(link.report_id(Deed::Hand), link.report_id(Deed::Accept));
    assert_ne!(link.report_id(Deed::Hand), later.report_id(Deed::Hand));
}

struct Desk {
    team: Team,
    workflow: Workflow,
    loads: Loads,
    case: Case,
}

impl Desk {
    fn new() -> Self {
        let week = json!({ "mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]] });
        let person = |name: &str, backup: Option<&str>| json!({ "name": name, "mail": format!("{name}@studio.example"), "minutes_per_week": 2400, "backup": backup });
        let team: Team = serde_json::from_value(json!({
            "name": "Studio", "calendar": "office",
            "calendars": { "office": { "tz": "Europe/Berlin", "weekly": week, "holidays": [] } },
            "people": {
                "olga": person("Olga", Some("zoe")), "zoe": person("Zoe", None), "anna": person("Anna", None),
                "lena": person("Lena", Some("olga")), "luis": person("Luis", None),
            },
            "roles": { "ops_lead": { "held_by": "olga" }, "lead": { "picked_from": ["lena", "luis"] } },
        }))
        .unwrap();
        let workflow: Workflow = serde_json::from_value(json!({
            "id": "build", "version": 1, "title": "Build", "kind": "operations", "owner": { "role": "ops_lead" },
            "backup": { "person": "zoe" },
            "outcome": { "measure": "m", "from": null, "to": "ask", "target": "3 business days" },
            "steps": [
                { "id": "build", "do": "task", "title": "Build it", "owner": { "role": "lead" } },
                { "id": "test", "do": "task", "title": "Test it", "owner": { "person": "anna" }, "after": ["build"],
                  "outcomes": [["passed", "onward"], ["rejected", { "step": { "step": "build" } }]], "rounds": 2 },
                { "id": "ask", "do": "approve", "question": "Ship it?", "owner": { "role": "ops_lead" }, "after": ["test"],
                  "end": true, "choices": [["ship", "onward"], ["stop", "stop"]] },
            ],
        }))
        .unwrap();
        let (clients, workflows) = (BTreeMap::new(), BTreeMap::new());
        let world = World {
            team: &team,
            clients: &clients,
            workflows: &workflows,
            loads: None,
        };
        let opening = Opening {
            case: of_task("build", 1, "lena").case,
            values: Default::default(),
            client: None,
            parent: None,
            roles: BTreeMap::from([("lead".into(), PersonId::from("lena"))]),
            correlation_id: "c".into(),
            hops: 0,
            started_by: None,
        };
        let case = case::start(world, &workflow, opening, "test", now())
            .unwrap()
            .case;
        Desk {
            team,
            workflow,
            loads: Loads::new(),
            case,
        }
    }

    fn then(mut self, input: Input) -> Self {
        let (clients, workflows) = (BTreeMap::new(), BTreeMap::new());
        let world = World {
            team: &self.team,
            clients: &clients,
            workflows: &workflows,
            loads: Some(&self.loads),
        };
        self.case = case::decide(world, &self.workflow, &self.case, &input, "test", now())
            .unwrap()
            .case;
        self
    }

    fn offers(&self, link: &Link) -> Offer {
        offer(link, &self.case, &self.workflow, &self.team, &self.loads)
    }
}

fn done(step: &str, by: &str, outcome: Option<&str>) -> Input {
    Input::TaskDone {
        step: step.into(),
        by: by.into(),
        outcome: outcome.map(str::to_owned),
    }
}

fn names(offer: &Offer) -> Vec<&str> {
    offer.hand_to.iter().map(PersonId::as_str).collect()
}

#[test]
fn the_owner_may_say_so_hand_on_and_end_it() {
    let desk = Desk::new();
    let link = Link::Task(of_task("build", 1, "lena"));
    let offered = desk.offers(&link);
    assert_eq!(offered.stands, Stands::Yours { accepted_at: None });
    assert!(offered.can_accept && !offered.can_take_over);
    assert_eq!(offered.ends, [None], "it is simply done");
    // Her own backup, the workflow's, who can fill the role, then the others.
    assert_eq!(names(&offered), ["olga", "zoe", "luis", "anna"]);
    let accepted = desk.then(Input::TaskAccepted {
        step: "build".into(),
        by: "lena".into(),
    });
    let offered = accepted.offers(&link);
    assert!(!offered.can_accept, "said once");
    assert_eq!(
        offered.stands,
        Stands::Yours {
            accepted_at: Some(now())
        }
    );
}

#[test]
fn nobody_who_is_away_is_offered() {
    let mut desk = Desk::new();
    let away = Load {
        away: true,
        ..Load::default()
    };
    desk.loads.insert("olga".into(), away.clone());
    let offered = desk.offers(&Link::Task(of_task("build", 1, "lena")));
    assert_eq!(names(&offered), ["zoe", "luis", "anna"]);
    desk.loads.insert("zoe".into(), away);
    assert!(
        !desk
            .offers(&Link::Beside(of_task("build", 1, "zoe")))
            .can_take_over
    );
}

#[test]
fn who_hears_of_it_beside_the_owner_may_take_it_over_and_not_end_it() {
    let offered = Desk::new().offers(&Link::Beside(of_task("build", 1, "olga")));
    assert_eq!(
        offered.stands,
        Stands::Theirs {
            owner: "lena".into()
        }
    );
    assert!(offered.can_take_over && !offered.can_accept);
    assert_eq!(
        (names(&offered), offered.ends.len()),
        (vec!["zoe", "luis", "anna"], 0)
    );
}

#[test]
fn a_task_that_moved_on_is_nobodys_by_its_old_link() {
    let to_luis = || Input::TaskHanded {
        step: "build".into(),
        by: "lena".into(),
        to: "luis".into(),
    };
    let first = Link::Task(of_task("build", 1, "lena"));
    let moved = Desk::new().then(to_luis()).offers(&first);
    assert_eq!(
        moved.stands,
        Stands::Moved {
            owner: "luis".into()
        }
    );
    assert!(
        names(&moved).is_empty()
            && !moved.can_accept
            && !moved.can_take_over
            && moved.ends.is_empty()
    );
    let ended = Desk::new().then(done("build", "lena", None));
    assert!(matches!(ended.offers(&first).stands, Stands::Done { .. }));
    let back = ended.then(done("test", "anna", Some("rejected")));
    assert_eq!(
        back.offers(&first).stands,
        Stands::CameBack {
            owner: Some("lena".into())
        }
    );
    assert_eq!(
        back.offers(&Link::Task(of_task("build", 2, "lena"))).stands,
        Stands::Yours { accepted_at: None }
    );
}

#[test]
fn outcomes_and_choices_are_offered_by_name() {
    let ends = |offer: Offer| -> Value { json!(offer.ends) };
    let testing = Desk::new().then(done("build", "lena", None));
    assert_eq!(
        ends(testing.offers(&Link::Task(of_task("test", 1, "anna")))),
        json!(["passed", "rejected"])
    );
    let asking = testing.then(done("test", "anna", Some("passed")));
    let link = Link::Task(of_task("ask", 1, "olga"));
    assert_eq!(ends(asking.offers(&link)), json!(["ship", "stop"]));
    let stopped = asking.then(Input::DecisionMade {
        step: "ask".into(),
        choice: "stop".into(),
        by: "olga".into(),
    });
    assert!(matches!(stopped.offers(&link).stands, Stands::Done { .. }));
}

#[test]
fn a_link_of_another_case_or_step_offers_nothing() {
    let desk = Desk::new();
    for step in ["test", "nowhere"] {
        let offered = desk.offers(&Link::Task(of_task(step, 1, "lena")));
        assert_eq!(offered.stands, Stands::Gone, "{step}");
        assert!(offered.hand_to.is_empty());
    }
    let portal = Link::Portal {
        client: "harbour".into(),
        sent_at: now(),
    };
    assert_eq!(desk.offers(&portal).stands, Stands::Gone);
}
