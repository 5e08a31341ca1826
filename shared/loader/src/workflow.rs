//! Reads the head of a workflow file: who answers for it, what starts it, what it is measured by, its values.
//! It must not read steps; those need to know every head first.

use domain::calendar::BusinessSpan;
use domain::definition::{DataSource, Kind, Owner, Trigger};

use crate::fields::{Fields, Text, short};
use crate::names::Names;
use crate::people::People;
use crate::problem::{At, Sink, suggest};
use crate::team::{TeamRead, is_id};
use crate::trigger;
use crate::values;
use crate::yaml::{Key, Node, NodeKind};

/// What is known of a workflow before its steps are read. A part that could not be read is `None` and was told.
pub(crate) struct Head<'n, 's> {
    pub sink: Sink<'s>,
    pub id: Option<Text<'n>>,
    pub version: Option<(u32, At)>,
    pub title: Option<Text<'n>>,
    pub kind: Option<Kind>,
    pub owner: Option<Owner>,
    pub backup: Option<Owner>,
    pub critical: bool,
    pub runbook: Option<String>,
    pub outcome: Option<OutcomeRead<'n>>,
    pub trigger: Option<TriggerRead<'n>>,
    pub ends_within: Option<BusinessSpan>,
    pub stuck_after: Option<BusinessSpan>,
    pub data: Vec<(String, DataSource)>,
    /// Each value's name with the path it is read from.
    pub data_at: Vec<(Text<'n>, Option<Text<'n>>)>,
    /// Of a project: names of values and roles that its starter has.
    pub given: Vec<Text<'n>>,
    pub names: Names,
    /// Whether clocks of the case are declared, so that a step worked elsewhere needs none of its own.
    pub has_clocks: bool,
    pub clocks: &'n [(Key, Node)],
    pub changes_on: Option<&'n Node>,
    pub steps: &'n [Node],
    pub complete: bool,
}

pub(crate) struct OutcomeRead<'n> {
    pub measure: String,
    pub from: Text<'n>,
    pub to: Text<'n>,
    pub target: BusinessSpan,
}

pub(crate) struct TriggerRead<'n> {
    pub trigger: Trigger,
    pub on: trigger::EventRead<'n>,
    pub once_per: Vec<Text<'n>>,
}

/// What the files besides this one say.
pub(crate) struct Around<'a> {
    pub team: Option<&'a TeamRead>,
    pub has_file: &'a dyn Fn(&str) -> bool,
}

pub(crate) fn head<'n, 's>(
    node: &'n Node,
    around: &Around<'_>,
    in_projects: bool,
    sink: Sink<'s>,
) -> Option<Head<'n, 's>> {
    let mut fields = Fields::of(node, At::START, sink, "V25", "the workflow")?;
    let id = fields.required_text(
        "workflow",
        "V7",
        "begin the file with its name: `workflow: contract_to_kickoff`",
    );
    fields.at = id.map_or(At::START, |id| id.at);
    if let Some(id) = id {
        is_id(
            &Key {
                at: id.at,
                text: id.text.to_owned(),
            },
            "a workflow",
            sink,
        );
    }
    fields.required(
        "version",
        "V21",
        "write `version: 1`, and one more after each change",
    );
    let version = fields
        .number("version", 1..=u32::MAX, "V21")
        .zip(fields.get("version").map(|node| node.at));
    let title = fields.required_text("title", "V25", "say in a few words what it does");
    let kind = kind(&fields, in_projects);
    let critical = fields.flag("critical");
    let (data_at, data, names) = values::data(&fields, kind, sink);
    let given = fields.texts("given", "V12").unwrap_or_default();
    if let (Some(first), Some(Kind::Operations)) = (given.first(), kind) {
        sink.error(
            "V12",
            first.at,
            "only a project is given values",
            "read them from the event: `name: detail.field` in `data`",
        );
    }
    let people = People {
        team: around.team,
        sink,
    };
    let owner_text = fields.required(
        "owner",
        "V1",
        "name one person, or a role held by one person",
    );
    let owner = owner_text.and_then(|node| people.one(node, "owner"));
    let backup = backup(&fields, &people, owner.as_ref(), critical);
    let runbook = runbook(&fields, around);
    let outcome = outcome(&fields);
    let trigger = trigger(&fields, kind);
    let ends_within = ends_within(&fields, kind);
    let stuck_after = fields
        .parsed::<BusinessSpan>("stuck_after", "V13")
        .and_then(|(span, at)| long_enough(span, at, sink));
    let steps = steps(&fields);
    let clocks = fields.entries("clocks", "V13");
    let changes_on = fields.get("changes_on");
    fields.finish("the workflow");
    let complete = backup.is_ok();
    let backup = backup.unwrap_or_default();
    Some(Head {
        sink,
        id,
        version,
        title,
        kind,
        owner,
        backup,
        critical,
        runbook,
        outcome,
        trigger,
        ends_within,
        stuck_after,
        data,
        data_at,
        given,
        names,
        has_clocks: !clocks.is_empty(),
        clocks,
        changes_on,
        steps,
        complete,
    })
}

fn kind(fields: &Fields<'_, '_>, in_projects: bool) -> Option<Kind> {
    let text = fields.required_text(
        "kind",
        "V22",
        "write `operations` for work that repeats, `project` for work with an end date",
    )?;
    let kind = match text.text {
        "operations" => Kind::Operations,
        "project" => Kind::Project,
        other => {
            let message = format!("`{}` is no kind of workflow", short(other));
            fields.sink.error(
                "V22",
                text.at,
                message,
                suggest(other, ["operations", "project"]),
            );
            return None;
        }
    };
    if in_projects != (kind == Kind::Project) {
        let (message, help) = match kind {
            Kind::Project => (
                "a project lies in `projects/`",
                "move the file, or write `kind: operations`",
            ),
            Kind::Operations => (
                "the files in `projects/` are projects",
                "move the file, or write `kind: project`",
            ),
        };
        fields.sink.error("V22", text.at, message, help);
    }
    Some(kind)
}

fn ends_within(fields: &Fields<'_, '_>, kind: Option<Kind>) -> Option<BusinessSpan> {
    let span = fields.parsed::<BusinessSpan>("ends_within", "V22");
    match kind {
        Some(Kind::Project) if fields.get("ends_within").is_none() => {
            let help =
                "write `ends_within: 45 business days`; work without an end is `kind: operations`";
            fields.sink.error(
                "V22",
                fields.key_at("kind"),
                "this project has no end date",
                help,
            );
        }
        Some(Kind::Operations) if fields.get("ends_within").is_some() => {
            let help = "remove `ends_within`, or write `kind: project` if it ends";
            fields.sink.error(
                "V22",
                fields.key_at("ends_within"),
                "operations repeat and have no end date",
                help,
            );
        }
        _ => {}
    }
    span.map(|(span, _)| span)
}

/// Cases are looked at by the hour, and a day has no length that could pass twice.
fn long_enough(span: BusinessSpan, at: At, sink: Sink<'_>) -> Option<BusinessSpan> {
    let is_long_enough = match span {
        BusinessSpan::Seconds(seconds) => 3600 <= seconds,
        BusinessSpan::BusinessDays(_) => true,
        BusinessSpan::SameBusinessDay { .. } => false,
    };
    if !is_long_enough {
        let message = format!("`{span}` is no time after which a case counts as stuck");
        let help = "write at least an hour, such as `2 business days`; a step's clock is quicker: `within: 30 minutes`";
        sink.error("V13", at, message, help);
    }
    is_long_enough.then_some(span)
}

fn runbook(fields: &Fields<'_, '_>, around: &Around<'_>) -> Option<String> {
    let help = "write `runbook: runbooks/<name>.md` and note there what a newcomer must know";
    let text = fields.required_text("runbook", "V4", help)?;
    if !(around.has_file)(text.text) {
        fields.sink.error(
            "V4",
            text.at,
            format!("there is no file `{}`", short(text.text)),
            "write it, or mend the path",
        );
    }
    Some(text.text.to_owned())
}

/// `Err`: stated, and not readable.
fn backup(
    fields: &Fields<'_, '_>,
    people: &People<'_, '_>,
    owner: Option<&Owner>,
    critical: bool,
) -> Result<Option<Owner>, ()> {
    use crate::problem::Severity::{Error, Warning};
    let severity = if critical { Error } else { Warning };
    let Some(node) = fields.get("backup") else {
        let message = "nobody stands in for the owner: `backup` is missing".to_owned();
        fields.sink.tell(
            severity,
            "V3",
            fields.key_at("owner"),
            message,
            "name a person or role other than the owner".into(),
        );
        return Ok(None);
    };
    let backup = people.one(node, "backup").ok_or(())?;
    let same = |owner: &Owner| {
        *owner == backup
            || people
                .person(owner)
                .is_some_and(|person| people.person(&backup) == Some(person))
    };
    if owner.is_some_and(same) {
        let message = "the backup is the owner".to_owned();
        fields.sink.tell(
            severity,
            "V3",
            node.at,
            message,
            "name somebody who is there when the owner is not".into(),
        );
    }
    Ok(Some(backup))
}

fn outcome<'n>(fields: &Fields<'n, '_>) -> Option<OutcomeRead<'n>> {
    let help = "say what it is measured by: `outcome: { measure: …, from: start, to: <step>, target: 3 business days }`";
    let node = fields.required("outcome", "V4", help)?;
    let fields = Fields::of(
        node,
        fields.key_at("outcome"),
        fields.sink,
        "V4",
        "`outcome`",
    )?;
    let measure = fields.required_text(
        "measure",
        "V4",
        "name the measure, such as `signed_to_kickoff`",
    );
    let from = fields.required_text(
        "from",
        "V4",
        "write `start`, or the step it is measured from",
    );
    let to = fields.required_text("to", "V4", "name the step it is measured to");
    fields.required(
        "target",
        "V4",
        "say how long it should take, such as `3 business days`",
    );
    let target = fields.parsed::<BusinessSpan>("target", "V4");
    fields.finish("`outcome`");
    Some(OutcomeRead {
        measure: measure?.text.to_owned(),
        from: from?,
        to: to?,
        target: target?.0,
    })
}

fn trigger<'n>(fields: &Fields<'n, '_>, kind: Option<Kind>) -> Option<TriggerRead<'n>> {
    if kind == Some(Kind::Project) {
        if fields.get("starts_on").is_some() {
            let help = "remove `starts_on`; a step `do: project` of a workflow starts it";
            fields.sink.error(
                "V5",
                fields.key_at("starts_on"),
                "a project is not started by events",
                help,
            );
        }
        return None;
    }
    let help = "say what starts it: `starts_on: { event: …, from: …, once_per: … }`";
    let node = fields.required("starts_on", "V5", help)?;
    trigger::read(Fields::of(
        node,
        fields.key_at("starts_on"),
        fields.sink,
        "V5",
        "`starts_on`",
    )?)
}

fn steps<'n>(fields: &Fields<'n, '_>) -> &'n [Node] {
    let Some(node) = fields.required("steps", "V10", "list at least one step") else {
        return &[];
    };
    match &node.kind {
        NodeKind::List(items) if items.is_empty() => {
            fields
                .sink
                .error("V10", node.at, "there is no step", "list at least one step");
            &[]
        }
        NodeKind::List(items) => items,
        _ => {
            fields.sink.error(
                "V25",
                node.at,
                format!("`steps` is {}, not a list", node.what()),
                "begin each step with `- `",
            );
            &[]
        }
    }
}
