//! Reads the clocks of a case, for work that is done elsewhere, and the later events that change its values.
//! It must not know which fields an event has; `events` compares those once every file is read.

use domain::definition::{CaseClockRule, ClockTurn, DataSource, Signal, ValueChange};
use domain::id::StepId;

use crate::actions::{self, wait};
use crate::clock;
use crate::fields::{Fields, Text, short};
use crate::people::People;
use crate::problem::{At, Sink, suggest};
use crate::steps::{HeardRead, Reads, Scope};
use crate::team::well_formed;
use crate::yaml::{Key, Node, NodeKind};

/// The clocks of one workflow.
pub(crate) struct ClocksRead<'n> {
    pub clocks: Vec<CaseClockRule>,
    pub changes: Vec<ValueChange>,
    /// Every event they listen for, with the clock's name or `changes_on`.
    pub heard: Vec<(&'n str, HeardRead<'n>)>,
    /// Whether all of it could be read.
    pub is_whole: bool,
}

/// A word for the case's own life, where a key takes one.
type Word = Option<(&'static str, Signal)>;

/// How the keys are spelled, and which word each takes.
const TURNS: [(&str, ClockTurn, Word); 6] = [
    (
        "starts_on",
        ClockTurn::Starts,
        Some(("start", Signal::Start)),
    ),
    ("pauses_on", ClockTurn::Pauses, None),
    ("resumes_on", ClockTurn::Resumes, None),
    ("stops_on", ClockTurn::Stops, Some(("end", Signal::End))),
    ("reopens_on", ClockTurn::Reopens, None),
    ("cancels_on", ClockTurn::Cancels, Some(("end", Signal::End))),
];

pub(crate) fn read<'n>(scope: &Scope<'_, 'n, '_>) -> ClocksRead<'n> {
    let mut read = ClocksRead {
        clocks: Vec::new(),
        changes: Vec::new(),
        heard: Vec::new(),
        is_whole: true,
    };
    for (key, node) in scope.head.clocks {
        match one(key, node, scope, &mut read.heard) {
            Some(clock) => read.clocks.push(clock),
            None => read.is_whole = false,
        }
    }
    if let Some(node) = scope.head.changes_on {
        for node in each(node) {
            match change(node, scope, &mut read.heard) {
                Some(change) => read.changes.push(change),
                None => read.is_whole = false,
            }
        }
    }
    read.is_whole &= follow(scope, &read.clocks);
    read
}

fn one<'n>(
    key: &'n Key,
    node: &'n Node,
    scope: &Scope<'_, 'n, '_>,
    heard: &mut Vec<(&'n str, HeardRead<'n>)>,
) -> Option<CaseClockRule> {
    let name = key.text.as_str();
    let sink = scope.head.sink.of_step(name);
    let is_named = can_name(key, scope, sink);
    let what = format!("the clock `{}`", short(name));
    let fields = Fields::of(node, key.at, sink, "V13", &what)?;
    let mut reads = Reads::default();
    let title = match fields.get("title") {
        Some(_) => actions::line(&fields, "title", "V25", "", scope, &mut reads),
        None => Some(spoken(name)),
    };
    let owner = fields.get("owner").map(|node| {
        let people = People {
            team: scope.team,
            sink,
        };
        let owner = people.resolve(node, "owner", Some(scope.names))?;
        crate::steps::note_owner(&owner, node.at, &people, &mut reads);
        Some(owner)
    });
    let help = "say how fast: `within: 30 minutes`";
    let within = fields.required("within", "V13", help);
    let rule = clock::rule(&fields, within, scope, &mut reads);
    let after = fields.texts("after", "V7").unwrap_or_default();
    let signals = signals(&fields, name, scope, &mut reads, heard);
    let after = known(after, name, scope, sink);
    fields.finish("a clock");
    let is_there = from_the_start(&reads, scope, sink);
    (is_named && is_there).then_some(CaseClockRule {
        id: StepId::from(name),
        title: title?,
        owner: match owner {
            Some(owner) => Some(owner?),
            None => None,
        },
        rule: rule?,
        after: after?,
        signals: signals?,
    })
}

/// `first_response` as people say it.
fn spoken(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn can_name(key: &Key, scope: &Scope<'_, '_, '_>, sink: Sink<'_>) -> bool {
    if !well_formed(&key.text) {
        let message = format!("`{}` can not name a clock", short(&key.text));
        let help = "use small letters, digits and `_`, beginning with a letter";
        sink.error("V7", key.at, message, help);
        return false;
    }
    let taken = scope.ids.contains_key(key.text.as_str());
    if taken {
        let message = format!("`{}` names a clock and a step", key.text);
        sink.error("V7", key.at, message, "rename one of the two");
    }
    !taken
}

/// What the clock listens for, strongest first; `None` when some of it could not be read.
fn signals<'n>(
    fields: &Fields<'n, '_>,
    name: &'n str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
    heard: &mut Vec<(&'n str, HeardRead<'n>)>,
) -> Option<Vec<(ClockTurn, Signal)>> {
    let sink = fields.sink;
    let mut signals = Some(Vec::new());
    for (key, turn, word) in TURNS {
        for node in fields.get(key).into_iter().flat_map(each) {
            let signal = signal(node, key, &word, (name, scope, sink), reads, heard);
            match (&mut signals, signal) {
                (Some(known), Some(signal)) => known.push((turn, signal)),
                (signals, _) => *signals = None,
            }
        }
    }
    if fields.get("starts_on").is_none()
        && let Some(signals) = &mut signals
    {
        signals.push((ClockTurn::Starts, Signal::Start));
    }
    let has = |key| fields.get(key).is_some();
    let lacks = [
        (
            !has("stops_on"),
            fields.at,
            "nothing stops this clock",
            "name the event: `stops_on: { event: …, same: … }`, or write `stops_on: end` for the end of the case",
        ),
        (
            has("pauses_on") && !has("resumes_on"),
            fields.key_at("pauses_on"),
            "this clock is paused and never goes on",
            "name the event that ends the pause: `resumes_on: { event: …, same: … }`",
        ),
        (
            has("resumes_on") && !has("pauses_on"),
            fields.key_at("resumes_on"),
            "this clock goes on and is never paused",
            "name the event that pauses it: `pauses_on: { event: …, same: … }`",
        ),
    ];
    for (lacks, at, message, help) in lacks {
        if lacks {
            sink.error("V13", at, message, help);
            signals = None;
        }
    }
    if let Some(signals) = &mut signals {
        signals.sort_by_key(|(turn, _)| *turn);
    }
    signals
}

fn signal<'n>(
    node: &'n Node,
    key: &str,
    word: &Word,
    (name, scope, sink): (&'n str, &Scope<'_, 'n, '_>, Sink<'_>),
    reads: &mut Reads<'n>,
    heard: &mut Vec<(&'n str, HeardRead<'n>)>,
) -> Option<Signal> {
    if let Some(text) = node.text() {
        if let Some((known, signal)) = word
            && *known == text
        {
            return Some(signal.clone());
        }
        let message = format!("`{}` is no event", short(text));
        let event = format!("`{key}: {{ event: …, same: … }}`");
        let help = match word {
            Some((known, _)) => format!("write {event}, or `{key}: {known}`"),
            None => format!("write {event}"),
        };
        sink.error("V13", node.at, message, help);
        return None;
    }
    let fields = Fields::of(node, node.at, sink, "V13", &format!("`{key}`"))?;
    let event = wait::heard(&fields, "match", scope, reads);
    fields.finish(&format!("`{key}`"));
    heard.extend(reads.heard.take().map(|read| (name, read)));
    Some(Signal::Event(event?))
}

/// One entry, or each of a list.
fn each(node: &Node) -> impl Iterator<Item = &Node> {
    let nodes = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter(|node| !node.is_broken())
}

/// The clocks that must have been stopped before; `None` when one of them is not there.
fn known(
    after: Vec<Text<'_>>,
    name: &str,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
) -> Option<Vec<StepId>> {
    let clocks = || scope.head.clocks.iter().map(|(key, _)| key.text.as_str());
    let mut known = Some(Vec::new());
    for text in after {
        let is_there = text.text != name && clocks().any(|clock| clock == text.text);
        if !is_there {
            let message = format!("there is no other clock `{}`", short(text.text));
            let others = clocks().filter(|clock| *clock != name);
            sink.error("V7", text.at, message, suggest(text.text, others));
        }
        match (&mut known, is_there) {
            (Some(known), true) => known.push(StepId::from(text.text)),
            (known, _) => *known = None,
        }
    }
    known
}

/// Whether no two clocks wait for each other.
fn follow(scope: &Scope<'_, '_, '_>, clocks: &[CaseClockRule]) -> bool {
    let before = |id: &StepId| {
        let clock = clocks.iter().find(|clock| clock.id == *id);
        clock.map_or(&[][..], |clock| &clock.after)
    };
    let goes_round = |start: &StepId| {
        let (mut open, mut seen) = (before(start).to_vec(), Vec::new());
        while let Some(id) = open.pop() {
            if id == *start {
                return true;
            }
            if !seen.contains(&id) {
                open.extend(before(&id).iter().cloned());
                seen.push(id);
            }
        }
        false
    };
    let round = clocks.iter().find(|clock| goes_round(&clock.id));
    let Some(clock) = round else { return true };
    let at = scope
        .head
        .clocks
        .iter()
        .find(|(key, _)| key.text == clock.id.as_str());
    let message = format!("the clock `{}` waits for itself to be stopped", clock.id);
    let at = at.map_or(At::START, |(key, _)| key.at);
    let help = "let one of them start without `after`";
    scope
        .head
        .sink
        .of_step(clock.id.as_str())
        .error("V9", at, message, help);
    false
}

/// A clock names only what is there when the case starts.
fn from_the_start(reads: &Reads<'_>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>) -> bool {
    let mut is_there = true;
    for named in &reads.named {
        let name = named.path.split('.').next().unwrap_or_default();
        if let Some(maker) = scope.names.get(name).and_then(|shape| shape.maker()) {
            let message = format!(
                "`{}` is only there once the step `{maker}` is done",
                named.path
            );
            let help = "name a value of `data`; a clock may start with the case";
            sink.error("V12", named.at, message, help);
            is_there = false;
        }
    }
    for (role, at) in &reads.roles {
        let message = format!(
            "the role `{role}` is one of several, and a clock may start before one is picked"
        );
        let help = "name a person, or a role with `held_by`";
        sink.error("V2", *at, message, help);
        is_there = false;
    }
    is_there
}

/// `{ event: ticket.changed, same: detail.ticket_id, takes: { priority: detail.priority } }`
fn change<'n>(
    node: &'n Node,
    scope: &Scope<'_, 'n, '_>,
    heard: &mut Vec<(&'n str, HeardRead<'n>)>,
) -> Option<ValueChange> {
    let sink = scope.head.sink;
    let fields = Fields::of(node, node.at, sink, "V12", "`changes_on`")?;
    let mut reads = Reads::default();
    let event = wait::heard(&fields, "match", scope, &mut reads);
    let help = "say which value it gives anew: `takes: { priority: detail.priority }`";
    fields.required("takes", "V12", help);
    let taken = wait::takes(&fields, sink);
    fields.finish("`changes_on`");
    let mut takes = Vec::new();
    for (name, path) in &taken {
        let known = scope.head.data.iter().find(|(known, _)| known == name.text);
        let Some((_, source)) = known else {
            let message = format!("`{}` is no value of this workflow", short(name.text));
            let names = scope.head.data.iter().map(|(name, _)| name.as_str());
            sink.error("V12", name.at, message, suggest(name.text, names));
            continue;
        };
        let path = path.text.to_owned();
        let source = match source {
            DataSource::Path(_) => DataSource::Path(path),
            DataSource::LookupClient(_) => DataSource::LookupClient(path),
            DataSource::LookupPerson(_) => DataSource::LookupPerson(path),
        };
        takes.push((name.text.to_owned(), source));
    }
    if let Some(mut read) = reads.heard.take() {
        read.paths.extend(taken.iter().map(|(_, path)| *path));
        heard.push(("changes_on", read));
    }
    let all = takes.len() == taken.len() && !takes.is_empty();
    all.then_some(ValueChange {
        heard: event?,
        takes,
    })
}
