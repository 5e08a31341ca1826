//! Whether the chain from a signed contract to a mailed invoice is whole, link by link, with the evidence of each.
//! It must not trust a fact where a mail can be looked at.

use domain::case::{Effect, Fact, Record};
use domain::clock::Mark;
use domain::id::EffectId;
use domain::value::Values;
use serde::Serialize;
use store::EffectState;

use super::seen::{CaseSeen, MailSeen};
use crate::names::Names;

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    pub link: &'static str,
    pub is_there: bool,
    /// What shows it, or what is missing.
    pub said: String,
}

/// What the cases themselves do not show.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// Inputs that were refused.
    pub parked: usize,
    /// Whether the sweep before a warning did not run.
    pub sweep_was_lost: bool,
}

/// All links, in the order of the story.
pub fn check(
    cases: &[&CaseSeen],
    mails: &[MailSeen],
    around: &Around,
    names: &Names,
) -> Vec<Check> {
    let all = Evidence {
        cases,
        mails,
        names,
    };
    let links: [(&'static str, Result<String, String>); 8] = [
        ("project lead", all.lead()),
        ("kickoff mail", all.kickoff()),
        ("QA", all.quality()),
        ("deadline", all.warning(around.sweep_was_lost)),
        ("milestone", all.milestone()),
        ("invoice", all.invoice()),
        ("account manager", all.account_manager()),
        ("nothing left over", all.left_over(around.parked)),
    ];
    let check = |(link, found): (&'static str, Result<String, String>)| {
        let is_there = found.is_ok();
        Check {
            link,
            is_there,
            said: found.unwrap_or_else(|missing| missing),
        }
    };
    links.into_iter().map(check).collect()
}

struct Evidence<'a> {
    cases: &'a [&'a CaseSeen],
    mails: &'a [MailSeen],
    names: &'a Names,
}

impl Evidence<'_> {
    fn facts(&self) -> impl Iterator<Item = (&CaseSeen, &Record, &Fact)> {
        let rows = |seen: &&CaseSeen| seen.history.len();
        debug_assert!(
            self.cases.iter().all(|seen| rows(seen) > 0),
            "a case begins with a row"
        );
        self.cases.iter().flat_map(|seen| {
            seen.history
                .iter()
                .flat_map(move |row| row.facts.iter().map(move |fact| (*seen, row, fact)))
        })
    }

    /// The effects that fit and were carried out: what was owed, and what came of it.
    fn carried_out<'s>(
        &'s self,
        fits: impl Fn(&Effect) -> bool + 's,
    ) -> impl Iterator<Item = (&'s CaseSeen, &'s Effect, &'s str, &'s Values)> {
        self.facts().filter_map(move |(seen, _, fact)| {
            let Fact::EffectClosed {
                id,
                reference,
                values,
            } = fact
            else {
                return None;
            };
            let effect = owed(seen, id).filter(|effect| fits(effect))?;
            Some((seen, effect, reference.as_str(), values))
        })
    }

    fn mail(&self, message_id: &str) -> Option<&MailSeen> {
        self.mails.iter().find(|mail| mail.message_id == message_id)
    }

    fn lead(&self) -> Result<String, String> {
        let filled = self.facts().find_map(|(_, _, fact)| match fact {
            Fact::RoleFilled {
                role,
                person,
                free_minutes: Some(free),
                ..
            } => Some((role, person, *free)),
            _ => None,
        });
        let (role, person, free) = filled.ok_or("nobody was picked to lead the project")?;
        Ok(format!(
            "{} is {role}, picked with {} h free",
            self.names.person(person),
            free / 60
        ))
    }

    fn kickoff(&self) -> Result<String, String> {
        let is_kickoff = |effect: &Effect| matches!(effect, Effect::Mail { template, .. } if template == "kickoff");
        let (_, _, reference, _) = self
            .carried_out(is_kickoff)
            .next()
            .ok_or("the kickoff mail was not sent")?;
        let mail = self
            .mail(reference)
            .ok_or("the case says that the kickoff mail was taken, and the mailer has none")?;
        Ok(format!(
            "to {}, {:.2} s after the signature came in",
            mail.to.join(", "),
            mail.after_seconds
        ))
    }

    fn quality(&self) -> Result<String, String> {
        let ends: Vec<_> = self
            .facts()
            .filter(|(seen, ..)| seen.case.workflow.as_str() == "ready_for_qa")
            .filter_map(|(_, _, fact)| match fact {
                Fact::StepDone {
                    outcome: Some(outcome),
                    by: Some(by),
                    ..
                } => Some((outcome.as_str(), by)),
                _ => None,
            })
            .collect();
        let rejected = ends
            .iter()
            .position(|(outcome, _)| *outcome == "rejected")
            .ok_or("nothing was rejected")?;
        let after = ends.get(rejected + 1..).unwrap_or_default();
        let (_, by) = after
            .iter()
            .find(|(outcome, _)| *outcome == "passed")
            .ok_or("what was rejected never passed")?;
        Ok(format!(
            "rejected, sent back, built again, passed by {}",
            self.names.person(by)
        ))
    }

    fn warning(&self, sweep_was_lost: bool) -> Result<String, String> {
        let warned = self.facts().find_map(|(seen, row, fact)| match fact {
            Fact::MarkFired {
                step,
                mark: Mark::Warning(_),
                late_seconds,
                ..
            } => Some((seen, row, step, *late_seconds)),
            _ => None,
        });
        let (seen, row, step, late) = warned.ok_or("no clock warned before its deadline")?;
        let due = seen.case.duty(step).and_then(|duty| duty.clock?.due_at());
        let before = due.map_or_else(String::new, |due| {
            format!(", for {}", self.names.moment(due))
        });
        if !sweep_was_lost {
            return Err(format!("{step} was warned, and no sweep was lost before"));
        }
        if late >= 60 {
            return Err(format!("{step} was warned {late} s after its time"));
        }
        Ok(format!(
            "{step} warned on {}{before}, with a sweep lost before",
            self.names.moment(row.at)
        ))
    }

    fn milestone(&self) -> Result<String, String> {
        let is_milestone = |effect: &Effect| matches!(effect, Effect::Emit { event, .. } if event == "milestone.done");
        let (_, effect, ..) = self
            .carried_out(is_milestone)
            .next()
            .ok_or("no milestone was reported as done")?;
        let Effect::Emit { values, .. } = effect else {
            return Err("no milestone was reported as done".into());
        };
        let text = |name: &str| {
            values
                .get(name)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        Ok(format!(
            "\"{}\" of contract {}",
            text("title"),
            text("contract_id")
        ))
    }

    fn invoice(&self) -> Result<String, String> {
        let is_invoice = |effect: &Effect| matches!(effect, Effect::Invoice { .. });
        let (_, _, number, values) = self
            .carried_out(is_invoice)
            .next()
            .ok_or("no invoice was issued")?;
        let has_pdf = |mail: &&MailSeen| {
            mail.attachments
                .iter()
                .any(|attachment| attachment.is_pdf && attachment.name.contains(number))
        };
        let mail = self
            .mails
            .iter()
            .find(has_pdf)
            .ok_or_else(|| format!("{number} was issued, and no mail has its PDF"))?;
        let total = values
            .get("total")
            .and_then(|total| total.as_str())
            .unwrap_or_default();
        Ok(format!(
            "{number}, {total}, to {} with its PDF, {:.2} s after the milestone came in",
            mail.to.join(", "),
            mail.after_seconds
        ))
    }

    fn account_manager(&self) -> Result<String, String> {
        let is_notify = |effect: &Effect| matches!(effect, Effect::Notify { .. });
        let (_, effect, reference, _) = self
            .carried_out(is_notify)
            .next()
            .ok_or("the account manager was not told")?;
        let Effect::Notify { to, .. } = effect else {
            return Err("the account manager was not told".into());
        };
        let mail = self.mail(reference).ok_or(
            "the case says that the account manager was told, and the mailer has no such mail",
        )?;
        Ok(format!("{} told: {}", self.names.person(to), mail.subject))
    }

    fn left_over(&self, parked: usize) -> Result<String, String> {
        let open: Vec<_> = self
            .cases
            .iter()
            .flat_map(|seen| {
                seen.effects
                    .iter()
                    .filter(|row| row.state != EffectState::Closed)
                    .map(move |row| format!("{} of {}", row.effect, seen.case.id))
            })
            .collect();
        if !open.is_empty() {
            return Err(format!("owed and not carried out: {}", open.join(", ")));
        }
        if parked > 0 {
            let what = if parked == 1 {
                "input is"
            } else {
                "inputs are"
            };
            return Err(format!("{parked} {what} parked"));
        }
        if let Some(seen) = self.cases.iter().find(|seen| !seen.replays) {
            return Err(format!("the history of {} is not its state", seen.case.id));
        }
        let effects: usize = self.cases.iter().map(|seen| seen.effects.len()).sum();
        Ok(format!(
            "{effects} of {effects} effects carried out, 0 parked, {} of {} histories replay",
            self.cases.len(),
            self.cases.len()
        ))
    }
}

fn owed<'a>(seen: &'a CaseSeen, wanted: &EffectId) -> Option<&'a Effect> {
    seen.history
        .iter()
        .flat_map(|row| &row.facts)
        .find_map(|fact| match fact {
            Fact::EffectOwed { id, effect, .. } if id == wanted => Some(effect),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::DEMO_EVENTS;
    use crate::timeline::sample::Sample;

    const LOST: Around = Around {
        parked: 0,
        sweep_was_lost: true,
    };

    fn told(sample: &Sample, mails: &[MailSeen], parked: usize) -> Vec<Check> {
        let around = &Around { parked, ..LOST };
        check(
            &sample.cases.values().collect::<Vec<_>>(),
            mails,
            around,
            &sample.names(),
        )
    }

    fn missing(checks: &[Check]) -> Vec<(&str, &str)> {
        checks
            .iter()
            .filter(|check| !check.is_there)
            .map(|check| (check.link, check.said.as_str()))
            .collect()
    }

    #[test]
    fn each_event_that_does_not_come_breaks_the_links_after_it() {
        let of = |count| {
            let sample = Sample::played(count);
            let checks = told(&sample, &sample.mails, 0);
            missing(&checks)
                .into_iter()
                .map(|(link, _)| link.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(1),
            ["QA", "deadline", "milestone", "invoice", "account manager"]
        );
        assert_eq!(
            of(6),
            ["QA", "deadline", "milestone", "invoice", "account manager"]
        );
        assert_eq!(
            of(8),
            ["deadline", "milestone", "invoice", "account manager"]
        );
        assert_eq!(of(DEMO_EVENTS.len()), ["deadline"]);
        let nothing = check(&[], &[], &LOST, &Names::unknown());
        assert_eq!(missing(&nothing).len(), 7);
    }

    #[test]
    fn a_whole_chain_misses_nothing_and_a_mail_that_nobody_took_is_missed() {
        let mut sample = Sample::played(DEMO_EVENTS.len());
        sample.warn("standard_project", "final_version");
        assert_eq!(missing(&told(&sample, &sample.mails, 0)), []);
        let none = told(&sample, &[], 0);
        assert_eq!(
            missing(&none)
                .iter()
                .map(|(link, _)| *link)
                .collect::<Vec<_>>(),
            ["kickoff mail", "invoice", "account manager"]
        );
        let mut without_pdf = sample.mails.clone();
        without_pdf
            .iter_mut()
            .flat_map(|mail| &mut mail.attachments)
            .for_each(|attachment| attachment.is_pdf = false);
        let checks = told(&sample, &without_pdf, 0);
        assert_eq!(
            missing(&checks),
            [(
                "invoice",
                "SST-2026-0001 was issued, and no mail has its PDF"
            )]
        );
    }

    #[test]
    fn a_warning_proves_nothing_when_no_sweep_was_lost() {
        let mut sample = Sample::played(DEMO_EVENTS.len());
        sample.warn("standard_project", "final_version");
        let around = Around {
            sweep_was_lost: false,
            ..LOST
        };
        let cases: Vec<_> = sample.cases.values().collect();
        let checks = check(&cases, &sample.mails, &around, &sample.names());
        assert_eq!(
            missing(&checks),
            [(
                "deadline",
                "final_version was warned, and no sweep was lost before"
            )]
        );
    }

    #[test]
    fn what_is_parked_or_does_not_replay_breaks_the_chain() {
        let mut sample = Sample::played(DEMO_EVENTS.len());
        sample.warn("standard_project", "final_version");
        assert_eq!(
            missing(&told(&sample, &sample.mails, 1)),
            [("nothing left over", "1 input is parked")]
        );
        sample
            .cases
            .values_mut()
            .for_each(|seen| seen.replays = false);
        assert_eq!(missing(&told(&sample, &sample.mails, 0)).len(), 1);
    }
}
