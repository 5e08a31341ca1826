//! Steps that pick who takes a role, and the projects that a case starts.
//! It must not know how free hours are counted.

use domain::calendar::BusinessSpan;
use domain::definition::{Action, Limits};
use domain::id::{RoleId, StepId};

use super::value;
use crate::fields::{Fields, Text, short};
use crate::problem::{At, Sink, suggest};
use crate::steps::{Jump, Reads, Scope, is_known};
use crate::yaml::Node;

pub(crate) fn assign<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    let role = fields.required_text("role", "V2", "name the role that is filled");
    let pick = fields.required_text(
        "pick",
        "V2",
        "say how the person is picked: `pick: most_free_hours`",
    );
    if let Some(pick) = pick.filter(|pick| pick.text != "most_free_hours") {
        let message = format!("`{}` is no way to pick", short(pick.text));
        sink.error(
            "V2",
            pick.at,
            message,
            suggest(pick.text, ["most_free_hours"]),
        );
    }
    let role = role.filter(|role| can_be_picked(*role, scope, sink));
    let if_nobody = fields.required_text(
        "if_nobody",
        "V10",
        "name the `approve` step that decides when nobody has room",
    );
    let if_nobody = if_nobody.filter(|step| is_known(*step, scope, sink));
    reads.jumps.extend(if_nobody.map(|to| Jump {
        to,
        by_person: false,
        rounds: None,
    }));
    let help =
        "say how far ahead free hours are counted: `limits: { looks_ahead: 10 business days }`";
    let limits = fields
        .required("limits", "V13", help)
        .and_then(|node| limits(node, fields.key_at("limits"), scope, sink, reads));
    Some(Action::Assign {
        role: RoleId::from(role?.text),
        limits: limits?,
        if_nobody: StepId::from(if_nobody?.text),
    })
}

fn can_be_picked(role: Text<'_>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>) -> bool {
    let Some(team) = scope.team else { return true };
    let id = RoleId::from(role.text);
    match team.team.roles.get(&id) {
        Some(domain::company::Role::PickedFrom(_)) => true,
        Some(domain::company::Role::HeldBy(person)) => {
            let message = format!("the role `{id}` is held by {person}; there is nobody to pick");
            sink.error(
                "V2",
                role.at,
                message,
                "write `picked_from: […]` in team.yaml, or remove this step",
            );
            false
        }
        None if team.broken.contains(role.text) => true,
        None => {
            let message = format!("there is no role `{}`", short(role.text));
            sink.error(
                "V1",
                role.at,
                message,
                suggest(role.text, team.team.roles.keys().map(RoleId::as_str)),
            );
            false
        }
    }
}

fn limits<'n>(
    node: &'n Node,
    at: At,
    scope: &Scope<'_, 'n, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'n>,
) -> Option<Limits> {
    let fields = Fields::of(node, at, sink, "V2", "`limits`")?;
    let max_load = fields
        .get("max_load")
        .map(|_| fields.percent("max_load", "V2"));
    let needs_skill = fields.text("needs_skill", "V12");
    let skill_is_known = needs_skill.is_none_or(|path| value(path, scope, sink, reads).is_some());
    fields.required(
        "looks_ahead",
        "V13",
        "say how far ahead free hours are counted, such as `10 business days`",
    );
    let looks_ahead = fields.parsed::<BusinessSpan>("looks_ahead", "V13");
    fields.finish("`limits`");
    let max_load_percent = match max_load {
        Some(percent) => Some(percent?),
        None => None,
    };
    skill_is_known.then_some(Limits {
        max_load_percent,
        needs_skill: needs_skill.map(|path| path.text.to_owned()),
        looks_ahead: looks_ahead?.0,
    })
}
