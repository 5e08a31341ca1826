//! Finds steps that wait for each other or go round with nobody deciding.
//! It must not know what a step does beyond who does it.

use std::collections::BTreeSet;

use crate::order::Order;
use crate::problem::Sink;
use crate::steps::{StepRead, is_persons_work};

/// Tells the cycles in which nobody decides; returns the steps in them.
pub(crate) fn cycles(order: &Order, steps: &[StepRead<'_>], sink: Sink<'_>) -> BTreeSet<usize> {
    let mut told = BTreeSet::new();
    for place in 0..steps.len() {
        if told.contains(&place) {
            continue;
        }
        let waiting = circle(place, |from| {
            (0..steps.len())
                .filter(|next| order.after[*next].contains(&from))
                .collect()
        });
        if !waiting.is_empty() {
            let message = format!(
                "these steps wait for each other: {}",
                listed(&waiting, steps)
            );
            tell_cycle(
                &waiting,
                steps,
                message,
                "let one of them start without the others: mend `after`",
                sink,
            );
            told.extend(waiting);
            continue;
        }
        let circle = circle(place, |from| order.next(from).collect());
        let by_person = |place: &usize| is_persons_work(steps[*place].kind);
        if !circle.is_empty() && !circle.iter().any(by_person) && circle.first() == Some(&place) {
            let message = format!(
                "these steps go round with nobody deciding: {}",
                listed(&circle, steps)
            );
            tell_cycle(
                &circle,
                steps,
                message,
                "lead to an `approve` step, in which a person decides how it goes on",
                sink,
            );
            told.extend(circle);
        }
    }
    without_limit(order, steps, sink);
    told
}

/// An outcome that sends work back may do so for ever.
fn without_limit(order: &Order, steps: &[StepRead<'_>], sink: Sink<'_>) {
    for (place, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.kind == "task")
    {
        let back = step
            .reads
            .jumps
            .iter()
            .zip(&order.jumps[place])
            .find(|(jump, to)| {
                jump.by_person
                    && jump.rounds.is_none()
                    && circle(place, |from| order.next(from).collect()).contains(to)
            });
        if let Some((jump, _)) = back {
            let message = format!("work may be sent back to `{}` without limit", jump.to.text);
            let help =
                "add `rounds: 3`: sent back more often, it becomes the workflow owner's decision";
            sink.of_step(step.id.text)
                .warning("V9", jump.to.at, message, help);
        }
    }
}

/// The places on a way from `place` back to it.
fn circle(place: usize, next: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let forward = flood(place, &next);
    if !forward.contains(&place) {
        return BTreeSet::new();
    }
    forward
        .iter()
        .copied()
        .filter(|other| flood(*other, &next).contains(&place))
        .collect()
}

fn flood(from: usize, next: &impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = next(from);
    while let Some(place) = open.pop() {
        if found.insert(place) {
            open.extend(next(place));
        }
    }
    found
}

fn tell_cycle(
    cycle: &BTreeSet<usize>,
    steps: &[StepRead<'_>],
    message: String,
    help: &str,
    sink: Sink<'_>,
) {
    if let Some(first) = cycle.first().map(|place| &steps[*place]) {
        sink.of_step(first.id.text)
            .error("V9", first.id.at, message, help);
    }
}

fn listed(places: &BTreeSet<usize>, steps: &[StepRead<'_>]) -> String {
    places
        .iter()
        .map(|place| steps[*place].id.text)
        .collect::<Vec<_>>()
        .join(", ")
}
