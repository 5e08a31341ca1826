//! Reads what each kind of step adds to a step.
//! It must not know what follows what; that is `order`'s.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::BusinessSpan;
use domain::definition::{Action, InvoiceRule, Limits, Next, Owner};
use domain::id::{RoleId, StepId, WorkflowId};

use crate::fields::{Fields, Text, entries_of, short, text_of, texts_of};
use crate::names::Shape;
use crate::problem::{At, Sink, suggest};
use crate::steps::{Jump, Reads, Scope, is_known, note_owner};
use crate::team::well_formed;
use crate::texts::{self, Named};
use crate::workflow::People;
use crate::yaml::{Node, NodeKind};

/// The files that steps name.
pub(crate) trait Files {
    /// The workflow in `projects/<name>.yaml`; `Some(None)` when the file has no readable name.
    fn project(&self, name: &str) -> Option<Option<WorkflowId>>;
    fn projects(&self) -> Vec<&str>;
    fn checklist(&self, name: &str) -> Option<&Checklist>;
    fn checklists(&self) -> Vec<&str>;
    /// The values that `mails/<name>.txt` names, and the file itself.
    fn mail(&self, name: &str) -> Option<(&str, &[Named])>;
    fn mails(&self) -> Vec<&str>;
}

/// One file of `checklists/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checklist {
    pub title: Option<String>,
    pub effort_minutes: u32,
    pub items: Vec<String>,
    /// Values that the title names.
    pub named: Vec<Named>,
    pub file: String,
    pub broken: bool,
}

pub(crate) fn read<'n>(
    fields: &Fields<'n, '_>,
    kind: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    match kind {
        "task" => task(fields, scope, reads),
        "checklist" => checklist(fields, scope, reads),
        "approve" => approve(fields, scope, reads),
        "assign" => assign(fields, scope, reads),
        "project" => project(fields, scope, reads),
        "mail" => mail(fields, scope, reads),
        "notify" => notify(fields, scope, reads),
        "invoice" => invoice(fields, scope, reads),
        _ => emit(fields, scope, reads),
    }
}

fn task<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let title = line(
        fields,
        "title",
        "V25",
        "say in a few words what is to be done",
        scope,
        reads,
    );
    let effort_minutes = effort(fields);
    let rounds = fields.number("rounds", 1..=20, "V9");
    let outcomes = match fields.get("outcomes") {
        Some(node) => ways(node, "outcomes", scope, fields.sink, reads, rounds)?,
        None => Vec::new(),
    };
    if rounds.is_some()
        && !outcomes
            .iter()
            .any(|(_, next)| matches!(next, Next::Step { .. }))
    {
        let help = "remove `rounds`, or let an outcome lead back to a step";
        fields.sink.error(
            "V9",
            fields.key_at("rounds"),
            "`rounds` limits how often work is sent back, and nothing is",
            help,
        );
    }
    Some(Action::Task {
        title: title?,
        effort_minutes: effort_minutes?,
        outcomes,
        rounds,
    })
}

fn checklist<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let own_title = fields
        .get("title")
        .map(|_| line(fields, "title", "V25", "", scope, reads));
    let effort_minutes = effort(fields);
    let items = fields.required_text(
        "items",
        "V12",
        "name the file: `items: checklists/onboarding`",
    )?;
    let Some(checklist) = scope.files.checklist(items.text) else {
        let message = format!("there is no file `{}.yaml`", short(items.text));
        fields.sink.error(
            "V12",
            items.at,
            message,
            suggest(items.text, scope.files.checklists()),
        );
        return None;
    };
    if checklist.broken {
        return None;
    }
    let title = match own_title {
        Some(title) => title?,
        None => {
            known_in(
                &checklist.named,
                &checklist.file,
                items.at,
                scope,
                fields.sink,
                reads,
            );
            checklist
                .title
                .clone()
                .unwrap_or_else(|| "Checklist".into())
        }
    };
    let effort_minutes = effort_minutes?;
    let effort_minutes = if effort_minutes > 0 {
        effort_minutes
    } else {
        checklist.effort_minutes
    };
    Some(Action::Checklist {
        title,
        effort_minutes,
        items: checklist.items.clone(),
    })
}

fn approve<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let question = line(
        fields,
        "question",
        "V25",
        "write the question that one person answers",
        scope,
        reads,
    );
    let node = fields.required(
        "choices",
        "V10",
        "name the answers and where each leads: `choices: { accept: next, decline: stop }`",
    )?;
    let choices = ways(node, "choices", scope, fields.sink, reads, None)?;
    Some(Action::Approve {
        question: question?,
        choices,
    })
}

/// What an outcome or choice may lead to: `next`, `stop`, a step, or a step with limits lifted.
fn ways<'n>(
    node: &'n Node,
    key: &str,
    scope: &Scope<'_, 'n, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'n>,
    rounds: Option<u32>,
) -> Option<Vec<(String, Next)>> {
    let entries = entries_of(node, key, "V10", sink);
    if entries.is_empty() {
        if matches!(node.kind, NodeKind::Map(_)) {
            sink.error(
                "V10",
                node.at,
                format!("`{key}` offers nothing"),
                "name at least one and where it leads",
            );
        }
        return None;
    }
    reads.goes_on = false;
    let mut ways = Vec::new();
    for (name, node) in entries {
        let next = way(node, scope, sink)?;
        match &next {
            (Next::Onward, _) => reads.goes_on = true,
            (Next::Stop, _) => reads.can_stop = true,
            (Next::Step { .. }, to) => reads.jumps.push(Jump {
                to: *to,
                by_person: true,
                rounds,
            }),
        }
        ways.push((name.text.clone(), next.0));
    }
    Some(ways)
}

fn way<'n>(node: &'n Node, scope: &Scope<'_, 'n, '_>, sink: Sink<'_>) -> Option<(Next, Text<'n>)> {
    if let NodeKind::Map(_) = node.kind {
        let fields = Fields::of(node, node.at, sink, "V7", "the choice")?;
        let to = fields.required_text("step", "V7", "name the step it leads to");
        let lifted = fields.texts("without", "V25").unwrap_or_default();
        for limit in lifted.iter().filter(|limit| limit.text != "max_load") {
            let message = format!("`{}` is no limit that can be lifted", short(limit.text));
            sink.error("V25", limit.at, message, suggest(limit.text, ["max_load"]));
        }
        fields.finish("the choice");
        let without: BTreeSet<_> = lifted.iter().map(|limit| limit.text.to_owned()).collect();
        let to = to.filter(|to| is_known(*to, scope, sink))?;
        return Some((
            Next::Step {
                step: StepId::from(to.text),
                without,
            },
            to,
        ));
    }
    let to = text_of(node, "the choice", "V7", sink)?;
    match to.text {
        "next" => Some((Next::Onward, to)),
        "stop" => Some((Next::Stop, to)),
        step => is_known(to, scope, sink).then(|| {
            (
                Next::Step {
                    step: StepId::from(step),
                    without: BTreeSet::new(),
                },
                to,
            )
        }),
    }
}

fn assign<'n>(
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

fn project<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let template = fields.required_text(
        "template",
        "V12",
        "name the project's file: `template: projects/standard`",
    )?;
    let Some(id) = scope.files.project(template.text) else {
        let message = format!("there is no file `{}.yaml`", short(template.text));
        fields.sink.error(
            "V12",
            template.at,
            message,
            suggest(template.text, scope.files.projects()),
        );
        return None;
    };
    reads.template = Some(template);
    id.map(|template| Action::Project { template })
}

fn mail<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let template = template(fields, scope, reads);
    let people = People {
        team: scope.team,
        sink: fields.sink,
    };
    let sender = match fields.get("sender") {
        Some(node) => Some(sender(node, scope, &people, reads)),
        None => None,
    };
    let to = fields.required_text(
        "to",
        "V17",
        "name the value it goes to: `to: client.contact`",
    )?;
    let to = match value(to, scope, fields.sink, reads)? {
        Shape::Contact | Shape::Unknown => to.text.to_owned(),
        _ => {
            let message = format!("`{}` may hold no mail address", short(to.text));
            fields.sink.error(
                "V17",
                to.at,
                message,
                "write to a contact: `client.contact`; a person of the team gets `do: notify`",
            );
            return None;
        }
    };
    let sender = match sender {
        Some(sender) => Some(sender?),
        None => None,
    };
    Some(Action::Mail {
        template: template?,
        to,
        sender,
    })
}

fn sender(
    node: &Node,
    scope: &Scope<'_, '_, '_>,
    people: &People<'_, '_>,
    reads: &mut Reads<'_>,
) -> Option<Owner> {
    let text = text_of(node, "sender", "V17", people.sink)?;
    if let Some(team) = scope.team
        && !names_somebody(text.text, team)
        && scope.names.at(text.text).is_err()
    {
        let known = team
            .team
            .roles
            .keys()
            .map(RoleId::as_str)
            .chain(team.team.people.keys().map(|person| person.as_str()));
        let message = format!(
            "the sender `{}` is no role and nobody in team.yaml",
            short(text.text)
        );
        people
            .sink
            .error("V17", text.at, message, suggest(text.text, known));
        return None;
    }
    let owner = people.resolve(node, "sender", Some(scope.names))?;
    note_owner(&owner, node.at, people, reads);
    Some(owner)
}

fn names_somebody(name: &str, team: &crate::team::TeamRead) -> bool {
    team.team.roles.contains_key(&RoleId::from(name))
        || team.team.people.contains_key(&name.into())
        || team.broken.contains(name)
}

fn notify<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let template = template(fields, scope, reads);
    let people = People {
        team: scope.team,
        sink: fields.sink,
    };
    let node = fields.required(
        "to",
        "V17",
        "name who is told: a role, a person or a value such as `client.account_manager`",
    )?;
    let to = people.resolve(node, "to", Some(scope.names))?;
    note_owner(&to, node.at, &people, reads);
    Some(Action::Notify {
        template: template?,
        to,
    })
}

/// A mail template and every value it names.
fn template<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let text = fields.required_text(
        "template",
        "V12",
        "name the text: `template: kickoff` is `mails/kickoff.txt`",
    )?;
    let Some((file, named)) = scope.files.mail(text.text) else {
        let message = format!("there is no file `mails/{}.txt`", short(text.text));
        fields.sink.error(
            "V12",
            text.at,
            message,
            suggest(text.text, scope.files.mails()),
        );
        return None;
    };
    let named = named.to_vec();
    let file = file.to_owned();
    let (roles, values): (Vec<_>, Vec<_>) = named
        .into_iter()
        .partition(|named| is_role(&named.path, scope));
    for role in roles {
        role_in_mail(&role, text.at, scope, fields.sink, reads);
    }
    known_in(&values, &file, text.at, scope, fields.sink, reads);
    Some(text.text.to_owned())
}

fn is_role(path: &str, scope: &Scope<'_, '_, '_>) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    scope.names.get(name).is_none()
        && scope
            .team
            .is_some_and(|team| team.team.roles.contains_key(&RoleId::from(name)))
}

/// Mails may name who fills a role: `{{ project_lead.name }}`.
fn role_in_mail(
    role: &Named,
    at: At,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) {
    let (name, key) = role.path.split_once('.').unwrap_or((&role.path, ""));
    if !matches!(key, "name" | "mail") {
        let message = format!(
            "the mail names `{}`; a role has a name and a mail address",
            short(&role.path)
        );
        sink.error("V12", at, message, format!("write `{{{{ {name}.name }}}}`"));
    }
    if (People {
        team: scope.team,
        sink,
    })
    .is_picked(&RoleId::from(name))
    {
        reads.roles.push((name.to_owned(), at));
    }
}

/// Tells at the line that uses a file which values this workflow lacks for it.
fn known_in(
    named: &[Named],
    file: &str,
    at: At,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) {
    for named in named {
        match scope.names.at(&named.path) {
            Ok(_) => reads.named.push(Named {
                path: named.path.clone(),
                at,
            }),
            Err(nowhere) => {
                let message = format!("{file}, line {}: {}", named.at.line, nowhere.message);
                sink.error("V12", at, message, nowhere.help);
            }
        }
    }
}

fn invoice<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    let client = fields.required_text(
        "client",
        "V16",
        "name the value that is the client: `client: client`",
    );
    let client = client.filter(|path| match value(*path, scope, sink, reads) {
        Some(Shape::Client | Shape::Unknown) => true,
        Some(_) => {
            let message = format!("`{}` is not a client", short(path.text));
            sink.error(
                "V16",
                path.at,
                message,
                "read it in `data`: `client: lookup client detail.client_id`",
            );
            false
        }
        None => false,
    });
    let line = line(
        fields,
        "line",
        "V16",
        "say what the invoice's line reads",
        scope,
        reads,
    );
    let amount = single(
        fields,
        "amount_cents",
        "name the value that holds the sum in cents",
        scope,
        reads,
    );
    let currency = single(
        fields,
        "currency",
        "name the value that holds the currency",
        scope,
        reads,
    );
    fields.required(
        "bills",
        "V16",
        "name the values that tell what is billed, so that nothing is billed twice",
    );
    let bills = fields.texts("bills", "V16").unwrap_or_default();
    let known = bills
        .iter()
        .filter(|path| value(**path, scope, sink, reads).is_some())
        .count();
    (known == bills.len() && known > 0).then_some(())?;
    Some(Action::Invoice(InvoiceRule {
        client: client?.text.to_owned(),
        line: line?,
        amount_cents: amount?,
        currency: currency?,
        bills: bills.iter().map(|path| path.text.to_owned()).collect(),
    }))
}

fn single<'n>(
    fields: &Fields<'n, '_>,
    key: &'static str,
    help: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let path = fields.required_text(key, "V16", help)?;
    let shape = value(path, scope, fields.sink, reads)?;
    if shape.is_whole() {
        let message = format!(
            "`{}` is a group of values, not a single one",
            short(path.text)
        );
        fields.sink.error(
            "V16",
            path.at,
            message,
            suggest("", shape.keys().iter().copied()),
        );
        return None;
    }
    Some(path.text.to_owned())
}

fn emit<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    reads.unheard = fields.flag("unheard");
    let event = fields.required_text("event", "V19", "name the event, such as `project.started`");
    let mut with = BTreeMap::new();
    for (name, node) in fields.entries("with", "V12") {
        if !well_formed(&name.text) {
            sink.error(
                "V12",
                name.at,
                format!("`{}` can not name a value", short(&name.text)),
                "use small letters, digits and `_`",
            );
        }
        for text in texts_of(node, &name.text, "V12", sink).into_iter().take(1) {
            if text.text.contains("{{") {
                named(texts::line(text.text, text.at, sink), scope, sink, reads);
            } else {
                value(text, scope, sink, reads);
            }
            with.insert(name.text.clone(), text.text.to_owned());
        }
    }
    let event = event?;
    if event.text == "milestone.done" {
        sink.error(
            "V19",
            event.at,
            "Baton itself sends `milestone.done`",
            "give the event another name",
        );
        return None;
    }
    if !event
        .text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        || event.text.len() > 128
    {
        let message = format!("`{}` can not name an event", short(event.text));
        sink.error(
            "V19",
            event.at,
            message,
            "write what happened, noun first: `project.started`",
        );
        return None;
    }
    reads.emits = Some(event);
    Some(Action::Emit {
        event: event.text.to_owned(),
        with,
    })
}

/// A one-line text, checked against the values there are.
fn line<'n>(
    fields: &Fields<'n, '_>,
    key: &'static str,
    rule: &str,
    help: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let text = fields.required_text(key, rule, help)?;
    named(
        texts::line(text.text, text.at, fields.sink),
        scope,
        fields.sink,
        reads,
    );
    Some(text.text.to_owned())
}

fn named(paths: Vec<Named>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>, reads: &mut Reads<'_>) {
    for path in paths {
        match scope.names.at(&path.path) {
            Ok(shape) if shape.is_whole() => {
                let message = format!("`{}` is a group of values, not a text", short(&path.path));
                let help = format!(
                    "write one of them, such as `{{{{ {}.{} }}}}`",
                    short(&path.path),
                    shape.keys().first().unwrap_or(&"name")
                );
                sink.error("V12", path.at, message, help);
            }
            Ok(_) => reads.named.push(path),
            Err(nowhere) => sink.error("V12", path.at, nowhere.message, nowhere.help),
        }
    }
}

/// A path to a value; an unknown one is told.
fn value(
    path: Text<'_>,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) -> Option<Shape> {
    match scope.names.at(path.text) {
        Ok(shape) => {
            reads.named.push(Named {
                path: path.text.to_owned(),
                at: path.at,
            });
            Some(shape)
        }
        Err(nowhere) => {
            sink.error("V12", path.at, nowhere.message, nowhere.help);
            None
        }
    }
}

/// Working time such as `6 hours`, in minutes; 0 when it is not stated.
pub(crate) fn effort(fields: &Fields<'_, '_>) -> Option<u32> {
    if fields.get("effort").is_none() {
        return Some(0);
    }
    match fields.parsed::<BusinessSpan>("effort", "V13")? {
        (BusinessSpan::Seconds(seconds), _) if seconds >= 60 => Some(seconds / 60),
        (_, at) => {
            fields.sink.error(
                "V13",
                at,
                "effort is working time, not a date",
                "write it in hours or minutes, such as `6 hours`",
            );
            None
        }
    }
}
