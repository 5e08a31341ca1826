//! Decides what follows what: the file's order, stated order and jumps; and whether every step is reached and every path ends.
//! It must not know what a step does beyond who does it.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::StepId;

use crate::cycles;
use crate::names::{Names, Shape};
use crate::problem::{At, Sink};
use crate::steps::StepRead;

/// Steps by their place in the file, with the places that each must wait for.
pub(crate) struct Order {
    pub after: Vec<Vec<usize>>,
    pub jumps: Vec<Vec<usize>>,
    /// Waits: a jump from one means that its event did not come.
    leaves_late: Vec<bool>,
}

impl Order {
    pub(crate) fn of(steps: &[StepRead<'_>]) -> Self {
        let places: BTreeMap<_, _> = steps
            .iter()
            .enumerate()
            .rev()
            .map(|(place, step)| (step.id.text, place))
            .collect();
        let at = |id: &str| places.get(id).copied();
        let after = steps
            .iter()
            .enumerate()
            .map(|(place, step)| match (&step.after, place.checked_sub(1)) {
                (Some(stated), _) => stated.iter().filter_map(|id| at(id.text)).collect(),
                (None, Some(above)) if !steps[above].end && steps[above].reads.goes_on => {
                    vec![above]
                }
                (None, _) => Vec::new(),
            })
            .collect();
        let jumps = steps
            .iter()
            .map(|step| {
                step.reads
                    .jumps
                    .iter()
                    .filter_map(|jump| at(jump.to.text))
                    .collect()
            })
            .collect();
        let leaves_late = steps.iter().map(|step| step.kind == "wait").collect();
        Self {
            after,
            jumps,
            leaves_late,
        }
    }

    pub(crate) fn ids(&self, place: usize, steps: &[StepRead<'_>]) -> Vec<StepId> {
        self.after[place]
            .iter()
            .map(|before| StepId::from(steps[*before].id.text))
            .collect()
    }

    /// Every place that `place` leads to, by order or by a jump.
    pub(crate) fn next(&self, place: usize) -> impl Iterator<Item = usize> {
        let follow = self
            .after
            .iter()
            .enumerate()
            .filter(move |(_, after)| after.contains(&place))
            .map(|(next, _)| next);
        follow.chain(self.jumps[place].iter().copied())
    }

    /// What is done for certain when a step is entered, in any case.
    fn done_before(&self) -> Vec<BTreeSet<usize>> {
        let all: BTreeSet<_> = (0..self.after.len()).collect();
        let mut done = vec![all; self.after.len()];
        if let Some(first) = done.first_mut() {
            first.clear();
        }
        // Sets only shrink, so this comes to rest.
        loop {
            let mut changed = false;
            for place in 1..self.after.len() {
                let mut certain = self.certain(place, &done);
                certain.remove(&place);
                if certain != done[place] {
                    changed = true;
                    done[place] = certain;
                }
            }
            if !changed {
                return done;
            }
        }
    }

    fn certain(&self, place: usize, done: &[BTreeSet<usize>]) -> BTreeSet<usize> {
        let with = |before: usize| done[before].iter().copied().chain([before]);
        let by_order = (!self.after[place].is_empty()).then(|| {
            self.after[place]
                .iter()
                .flat_map(|before| with(*before))
                .collect()
        });
        let by_jump = (0..self.after.len())
            .filter(|from| self.jumps[*from].contains(&place))
            .map(|from| {
                with(from)
                    .filter(|done| *done != from || !self.leaves_late[from])
                    .collect()
            });
        by_order
            .into_iter()
            .chain(by_jump)
            .reduce(|a: BTreeSet<_>, b| a.intersection(&b).copied().collect())
            .unwrap_or_default()
    }
}

/// V8, V9, V10 of one workflow. `sound` is false when a step could not be read; then nothing is said about paths.
pub(crate) fn check(order: &Order, steps: &[StepRead<'_>], sound: bool, sink: Sink<'_>) {
    first_waits_for_nothing(order, steps, sink);
    let cycles = cycles::cycles(order, steps, sink);
    if !sound {
        return;
    }
    let reached = reached(order, steps);
    for place in
        (0..steps.len()).filter(|place| !reached.contains(place) && !cycles.contains(place))
    {
        let step = &steps[place];
        let help = "let a step above it lead here: remove its `end: true`, name it in `after`, or lead a choice to it";
        sink.of_step(step.id.text).error(
            "V8",
            step.id.at,
            format!("nothing leads to the step `{}`", step.id.text),
            help,
        );
    }
    for place in &reached {
        ends(order, steps, *place, sink);
    }
    if cycles.is_empty() {
        never_ending(order, steps, &reached, sink);
    }
}

fn first_waits_for_nothing(order: &Order, steps: &[StepRead<'_>], sink: Sink<'_>) {
    if let Some(first) = steps.first()
        && let Some(after) = first.after.as_ref().and_then(|after| after.first())
        && !order.after[0].is_empty()
    {
        let message = format!(
            "the case begins with `{}`, which waits for `{}`",
            first.id.text, after.text
        );
        sink.of_step(first.id.text).error(
            "V8",
            after.at,
            message,
            "put the step that comes first at the top",
        );
    }
}

fn reached(order: &Order, steps: &[StepRead<'_>]) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    if steps.is_empty() {
        return reached;
    }
    reached.insert(0);
    loop {
        let next = (0..steps.len())
            .filter(|place| !reached.contains(place))
            .find(|place| {
                let by_order = !order.after[*place].is_empty()
                    && order.after[*place]
                        .iter()
                        .all(|before| reached.contains(before));
                by_order
                    || reached
                        .iter()
                        .any(|from| order.jumps[*from].contains(place))
            });
        match next {
            Some(place) => _ = reached.insert(place),
            None => return reached,
        }
    }
}

/// A step that goes on leads somewhere or says that the case ends, never both.
fn ends(order: &Order, steps: &[StepRead<'_>], place: usize, sink: Sink<'_>) {
    let step = &steps[place];
    let sink = sink.of_step(step.id.text);
    let follower = order.after.iter().position(|after| after.contains(&place));
    match follower {
        None if step.reads.goes_on && !step.end => {
            let help = "write `end: true` if the case ends here, or let a step say `after: […]`";
            sink.error(
                "V10",
                step.id.at,
                format!("nothing follows the step `{}`", step.id.text),
                help,
            );
        }
        Some(next) if step.end => {
            let at = stated(steps, next, step.id.text).unwrap_or(step.id.at);
            let message = format!(
                "the case ends with `{}`, and `{}` waits for it",
                step.id.text, steps[next].id.text
            );
            sink.error(
                "V10",
                at,
                message,
                "remove `end: true`, or the step from `after`",
            );
        }
        Some(next) if !step.reads.goes_on => {
            let at = stated(steps, next, step.id.text).unwrap_or(step.id.at);
            let message = format!(
                "`{}` waits for `{}`, all of whose choices lead elsewhere",
                steps[next].id.text, step.id.text
            );
            sink.error(
                "V10",
                at,
                message,
                "let one of the choices lead to `next`, or lead one to this step",
            );
        }
        _ => {}
    }
}

fn stated(steps: &[StepRead<'_>], place: usize, id: &str) -> Option<At> {
    steps[place]
        .after
        .as_ref()?
        .iter()
        .find(|text| text.text == id)
        .map(|text| text.at)
}

fn never_ending(order: &Order, steps: &[StepRead<'_>], reached: &BTreeSet<usize>, sink: Sink<'_>) {
    let open_end = |place: usize| {
        steps[place].reads.goes_on && !order.after.iter().any(|after| after.contains(&place))
    };
    let mut ending: BTreeSet<_> = (0..steps.len())
        .filter(|place| steps[*place].end || steps[*place].reads.can_stop || open_end(*place))
        .collect();
    while let Some(place) = (0..steps.len()).find(|place| {
        !ending.contains(place) && order.next(*place).any(|next| ending.contains(&next))
    }) {
        ending.insert(place);
    }
    if let Some(place) = reached.iter().find(|place| !ending.contains(place)) {
        let step = &steps[*place];
        let message = format!(
            "from the step `{}` on, the case never comes to an end",
            step.id.text
        );
        sink.of_step(step.id.text).error(
            "V10",
            step.id.at,
            message,
            "let one path end: `end: true`, or a choice that leads to `stop`",
        );
    }
}

/// Values and roles that a step names must be there on every path to it.
pub(crate) fn check_available(
    order: &Order,
    steps: &[StepRead<'_>],
    names: &Names,
    given_roles: &[&str],
    sink: Sink<'_>,
) {
    let done = order.done_before();
    let place_of = |id: &str| steps.iter().position(|step| step.id.text == id);
    for (place, step) in steps.iter().enumerate() {
        let sink = sink.of_step(step.id.text);
        for named in &step.reads.named {
            let name = named.path.split('.').next().unwrap_or_default();
            let Some(maker) = names.get(name).and_then(Shape::maker) else {
                continue;
            };
            if place_of(maker.as_str()).is_none_or(|maker| !done[place].contains(&maker)) {
                let message = format!(
                    "`{}` is not there yet: the step `{maker}` is not done on every way here",
                    named.path
                );
                sink.error(
                    "V12",
                    named.at,
                    message,
                    format!("let this step come after `{maker}`"),
                );
            }
        }
        for (role, at) in &step.reads.roles {
            let filled = steps
                .iter()
                .enumerate()
                .any(|(maker, other)| done[place].contains(&maker) && fills(other, role));
            if !filled && !given_roles.contains(&role.as_str()) {
                let message = format!(
                    "the role `{role}` is one of several, and nobody is picked for it before this step"
                );
                sink.error(
                    "V2",
                    *at,
                    message,
                    format!("let this step come after a step `do: assign` with `role: {role}`"),
                );
            }
        }
    }
}

fn fills(step: &StepRead<'_>, role: &str) -> bool {
    matches!(&step.action, Some(domain::definition::Action::Assign { role: filled, .. }) if filled.as_str() == role)
}
