//! One step in words: what is done, who owns it, its clock, what it waits for and where it leads.
//! It must not know how the words are laid out.

use domain::clock::WarnAt;
use domain::condition::Condition;
use domain::definition::{Action, Next, Step, Within, Workflow};
use domain::id::StepId;
use serde::Serialize;

use super::who::Who;
use super::{Book, listed};

/// A step as a reader is told it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepTold {
    pub id: StepId,
    /// `task`, `mail`, …
    #[serde(rename = "do")]
    pub kind: &'static str,
    /// What is done, in one sentence without its end.
    pub what: String,
    /// `None`: Baton does it, and the workflow's owner answers for it.
    pub owner: Option<Who>,
    pub within: Option<Within>,
    pub warn_at: Vec<WarnAt>,
    pub after: Vec<StepId>,
    /// What it waits for, where that is not simply the step above it.
    pub waits: Option<String>,
    pub ways: Vec<Way>,
    /// How often work may be sent back before the workflow's owner decides.
    pub rounds: Option<u32>,
    /// The share of the contract that is billed when it is done, in percent.
    pub milestone_percent: Option<u32>,
}

/// One way on from a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The outcome or choice that leads there; none: it always goes there.
    pub when: Option<String>,
    pub to: To,
    /// Limits lifted on this way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    Step(StepId),
    /// The case may end here.
    End,
    /// The case ends here, whatever else is open.
    Stop,
}

impl StepTold {
    /// `within 3 business days, warns at 80%`; empty without a clock.
    pub fn clock(&self) -> String {
        let Some(within) = &self.within else {
            return String::new();
        };
        let warnings: Vec<_> = self.warn_at.iter().map(ToString::to_string).collect();
        match warnings.as_slice() {
            [] => format!("within {within}"),
            some => format!("within {within}, warns at {}", listed(some, "and")),
        }
    }

    /// The ways that somebody chooses, in words: `rejected: back to build`.
    pub fn choices(&self, workflow: &Workflow) -> Vec<String> {
        let place = |id: &StepId| workflow.steps.iter().position(|step| step.id == *id);
        self.ways
            .iter()
            .filter_map(|way| {
                let when = way.when.as_ref()?;
                let to = match &way.to {
                    To::Step(id) if place(id) < place(&self.id) => format!("back to {id}"),
                    To::Step(id) => format!("on to {id}"),
                    To::End => "the case may end".to_owned(),
                    To::Stop => "the case stops".to_owned(),
                };
                let without = match way.without.as_slice() {
                    [] => String::new(),
                    limits => format!(" without {}", listed(limits, "and")),
                };
                Some(format!("{when}: {to}{without}"))
            })
            .collect()
    }

    /// What else there is to know, a line each: its clock and what it waits for; its choices; what comes of it.
    pub fn notes(&self, workflow: &Workflow) -> Vec<String> {
        let before = [Some(self.clock()), self.waits.clone()];
        let mut choices = self.choices(workflow);
        if let Some(rounds) = self.rounds {
            choices.push(format!(
                "sent back more than {rounds} times, the workflow's owner decides"
            ));
        }
        let bills = self
            .milestone_percent
            .map(|percent| format!("done, it sends milestone.done: {percent}% of the contract"));
        let ends = self.may_end().then(|| "the case may end here".to_owned());
        [
            before.into_iter().flatten().collect::<Vec<_>>(),
            choices,
            bills.into_iter().chain(ends).collect(),
        ]
        .into_iter()
        .map(|parts| parts.into_iter().filter(|part| !part.is_empty()))
        .map(|parts| parts.collect::<Vec<_>>().join("; "))
        .filter(|line| !line.is_empty())
        .collect()
    }

    fn may_end(&self) -> bool {
        self.ways.iter().any(|way| way.to == To::End)
    }
}

/// The steps of a workflow in the order of its file.
pub fn told(workflow: &Workflow, book: &Book<'_>) -> Vec<StepTold> {
    workflow
        .steps
        .iter()
        .enumerate()
        .map(|(place, step)| StepTold {
            id: step.id.clone(),
            kind: kind(&step.action),
            what: what(step, book),
            owner: step.owner.as_ref().map(|owner| Who::of(owner, book.team)),
            within: step.clock.as_ref().map(|clock| clock.within.clone()),
            warn_at: step
                .clock
                .as_ref()
                .map_or_else(Vec::new, |clock| clock.warn_at.clone()),
            after: step.after.clone(),
            waits: waits(workflow, place, step),
            ways: ways(workflow, step),
            rounds: match &step.action {
                Action::Task { rounds, .. } => *rounds,
                _ => None,
            },
            milestone_percent: step
                .milestone
                .as_ref()
                .map(|milestone| milestone.share_percent),
        })
        .collect()
}

fn kind(action: &Action) -> &'static str {
    match action {
        Action::Task { .. } => "task",
        Action::Checklist { .. } => "checklist",
        Action::Approve { .. } => "approve",
        Action::Assign { .. } => "assign",
        Action::Project { .. } => "project",
        Action::Mail { .. } => "mail",
        Action::Notify { .. } | Action::Chat { .. } => "notify",
        Action::Call { .. } => "call",
        Action::Invoice(_) => "invoice",
        Action::Portal { .. } => "portal",
        Action::Wait { .. } => "wait",
        Action::Branch { .. } => "branch",
        Action::Emit { .. } => "emit",
    }
}

fn what(step: &Step, book: &Book<'_>) -> String {
    let who = |owner| Who::of(owner, book.team);
    match &step.action {
        Action::Task { title, .. } => spoken(title),
        Action::Checklist { title, items, .. } => {
            let plural = if items.len() == 1 { "" } else { "s" };
            format!("{} ({} item{plural})", spoken(title), items.len())
        }
        Action::Approve { question, .. } => spoken(question),
        Action::Assign { role, limits, .. } => {
            let owner = domain::definition::Owner::Role(role.clone());
            let skill = limits
                .needs_skill
                .as_ref()
                .map(|skill| format!(" who knows <{skill}>"));
            let load = limits
                .max_load_percent
                .map(|percent| format!(", at most {percent}% loaded"));
            format!(
                "pick {}: the one with most free hours in {}{}{}",
                who(&owner).text(),
                limits.looks_ahead,
                skill.unwrap_or_default(),
                load.unwrap_or_default()
            )
        }
        Action::Project { template } => match book.workflow(template) {
            Some(project) => format!("start the project \"{}\"", spoken(&project.title)),
            None => format!("start the project {template}"),
        },
        Action::Mail {
            template,
            to,
            sender,
        } => {
            let from = sender
                .as_ref()
                .map(|sender| format!(" from {}", who(sender).short()));
            format!("mail \"{template}\" to {to}{}", from.unwrap_or_default())
        }
        Action::Notify { template, to } => {
            format!("mail \"{template}\" to {}", who(to).short())
        }
        Action::Portal {
            template,
            to,
            client,
            ..
        } => {
            format!("mail \"{template}\" to {to} with the link to the portal of <{client}>")
        }
        Action::Chat { template, chat } => format!("message \"{template}\" to the chat {chat}"),
        Action::Call { target, .. } => format!("call {target}"),
        Action::Invoice(rule) => format!("invoice <{}>: {}", rule.client, spoken(&rule.line)),
        Action::Wait { heard, at_most, .. } => {
            format!(
                "wait for {} from {}, at most {at_most}",
                heard.event, heard.from
            )
        }
        Action::Branch { ways, .. } => {
            let conditions: Vec<_> = ways.iter().map(|(way, _)| way.text.as_str()).collect();
            format!("choose by {}", conditions.join("; "))
        }
        Action::Emit { event, .. } => format!("emit {event}"),
    }
}

/// A template with its values named in angle brackets: `Build <issue>`.
pub fn spoken(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((value, behind)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        out.push_str(&format!("<{}>", value.trim_matches([' ', '-'])));
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn waits(workflow: &Workflow, place: usize, step: &Step) -> Option<String> {
    let above = place
        .checked_sub(1)
        .and_then(|place| workflow.steps.get(place));
    match (step.after.as_slice(), above) {
        ([], None) => None,
        ([one], Some(above)) if *one == above.id => None,
        ([], Some(_)) => {
            let from: Vec<_> = workflow
                .steps
                .iter()
                .flat_map(|from| {
                    ways(workflow, from)
                        .into_iter()
                        .filter(|way| way.to == To::Step(step.id.clone()))
                        .filter_map(|way| Some(format!("{}: {}", from.id, way.when?)))
                })
                .collect();
            Some(format!("only if {}", listed(&from, "or")))
        }
        (after, _) => {
            let after: Vec<_> = after.iter().map(StepId::as_str).collect();
            Some(format!("after {}", listed(&after, "and")))
        }
    }
}

/// Where a step leads, in the order of its outcomes.
pub fn ways(workflow: &Workflow, step: &Step) -> Vec<Way> {
    let onward = |when: Option<&String>| -> Vec<Way> {
        let to = |to| Way {
            when: when.cloned(),
            to,
            without: Vec::new(),
        };
        let mut ways: Vec<_> = workflow
            .steps
            .iter()
            .filter(|other| other.after.contains(&step.id))
            .map(|other| to(To::Step(other.id.clone())))
            .collect();
        if step.end {
            ways.push(to(To::End));
        }
        ways
    };
    let chosen = |choices: &[(String, Next)]| -> Vec<Way> {
        choices
            .iter()
            .flat_map(|(name, next)| {
                let one = |to, without| {
                    vec![Way {
                        when: Some(name.clone()),
                        to,
                        without,
                    }]
                };
                match next {
                    Next::Onward => onward(Some(name)),
                    Next::Step { step, without } => {
                        one(To::Step(step.clone()), without.iter().cloned().collect())
                    }
                    Next::Stop => one(To::Stop, Vec::new()),
                }
            })
            .collect()
    };
    match &step.action {
        Action::Task { outcomes, .. } if !outcomes.is_empty() => chosen(outcomes),
        Action::Approve { choices, .. } => chosen(choices),
        Action::Branch { ways, otherwise } => {
            let named =
                |(condition, next): &(Condition, Next)| (condition.text.clone(), next.clone());
            let mut ways: Vec<_> = ways.iter().map(named).collect();
            ways.push(("otherwise".to_owned(), otherwise.clone()));
            chosen(&ways)
        }
        Action::Wait { if_late, .. } => {
            let mut ways = onward(None);
            ways.extend(chosen(&[("not in time".to_owned(), if_late.clone())]));
            ways
        }
        Action::Assign { if_nobody, .. } => {
            let mut ways = onward(None);
            ways.push(Way {
                when: Some("nobody has room".to_owned()),
                to: To::Step(if_nobody.clone()),
                without: Vec::new(),
            });
            ways
        }
        _ => onward(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_named_and_the_rest_is_left_alone() {
        for (template, text) in [
            ("Build {{ issue }}: {{title}}", "Build <issue>: <title>"),
            ("plain", "plain"),
            ("open {{ end", "open {{ end"),
            ("{{ a }}{{ b }}", "<a><b>"),
            ("", ""),
        ] {
            assert_eq!(spoken(template), text);
        }
    }
}
