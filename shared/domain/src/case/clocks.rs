//! Clocks of the case itself, for work that is done elsewhere: which event starts, pauses, resumes and stops them.
//! It must not know what they say when their time comes (`mark`), nor how used time is counted (`clock`).
//!
//! # Choices
//! | question | answer |
//! | --- | --- |
//! | one event means several things to a clock | the first that changes anything: cancels, stops, pauses, resumes, reopens, starts |
//! | it would start while it runs or rests | it does not: the oldest that is unanswered counts |
//! | it starts again | a new life: every mark may come once more |
//! | an event older than the newest that concerned the clock, by its source's own order or else by its time | noted in the history, changes nothing |
//! | the case ends | what still runs is stopped; it is cancelled where the file says so or the case was stopped on the way |
//! | an event after the case's end | reopens a clock whose file says so, else changes nothing |

use std::collections::BTreeSet;

use super::fact::ClockChange;
use super::flow::Turn;
use super::{Case, CaseClock, Fact, Refusal, State};
use crate::calendar::{BusinessSpan, Calendar};
use crate::clock::{self, Change, Clock, Target};
use crate::company::Client;
use crate::correlation::Heard;
use crate::definition::{CaseClockRule, ClockTurn, DataSource, ResponseRule, Signal, ValueChange};
use crate::event::Envelope;
use crate::id::{ClientId, EventId, StepId};
use crate::start;
use crate::value::{self, Values};

impl<'a> Turn<'a> {
    /// Starts what runs from the case's start, and says what the rest listens for.
    pub fn clocks_begin(&mut self) -> Result<(), Refusal> {
        self.listen_for_clocks()?;
        for rule in &self.workflow.clocks {
            if rule.has(ClockTurn::Starts, &Signal::Start) {
                self.start_clock(rule)?;
            }
        }
        Ok(())
    }

    /// What an event does to the clocks and values of the case.
    pub fn clocks_hear(&mut self, event: &EventId, envelope: &Envelope) -> Result<(), Refusal> {
        let workflow = self.workflow;
        let listens = !self.case.listens.is_empty() && self.case.started_by.as_ref() != Some(event);
        let fits = |heard: &Heard| {
            let expected = heard.expected(&self.case.values);
            listens && expected.is_ok_and(|expected| heard.is(envelope, &expected))
        };
        let turns: Vec<(&CaseClockRule, Vec<ClockTurn>)> = workflow
            .clocks
            .iter()
            .map(|rule| (rule, meant(rule, &fits)))
            .filter(|(_, turns)| !turns.is_empty())
            .collect();
        let changes: Vec<&ValueChange> = workflow
            .changes_on
            .iter()
            .filter(|change| fits(&change.heard))
            .collect();
        let of_values = changes.iter().flat_map(|change| &change.takes);
        let concerns: Vec<String> = turns
            .iter()
            .map(|(rule, _)| rule.id.0.clone())
            .chain(of_values.map(|(name, _)| value_key(name)))
            .collect();
        if concerns.is_empty() {
            return Err(Refusal::Repeat(format!(
                "no clock of {} is moved by this {}",
                self.case.id, envelope.detail_type
            )));
        }
        // A time in the future is a wrong clock somewhere; it must not make later events look old.
        let at = envelope.time.min(self.now);
        let place = self.world.team.place(envelope);
        let is_fresh = |name: &&String| {
            let known = self.case.places.get(&place_key(&envelope.source, name));
            match (place, known) {
                (Some(place), Some(known)) => *known <= place,
                _ => self
                    .case
                    .heard
                    .get(*name)
                    .is_none_or(|newest| *newest <= at),
            }
        };
        let fresh: BTreeSet<String> = concerns.iter().filter(is_fresh).cloned().collect();
        self.record(Fact::EventHeard {
            event: envelope.detail_type.clone(),
            at,
            place: place.map(|place| (envelope.source.clone(), place)),
            concerns,
        });
        if self.case.is_live() {
            self.values_change(&changes, &fresh, envelope)?;
        }
        self.turn_clocks(
            turns
                .into_iter()
                .filter(|(rule, _)| fresh.contains(&rule.id.0)),
        )
    }

    fn turn_clocks(
        &mut self,
        turns: impl Iterator<Item = (&'a CaseClockRule, Vec<ClockTurn>)>,
    ) -> Result<(), Refusal> {
        let (mut turns, was_live): (Vec<_>, _) = (turns.collect(), self.case.is_live());
        if !was_live {
            let mut left = Vec::new();
            for (rule, wanted) in turns {
                let reopens = wanted.contains(&ClockTurn::Reopens);
                if !(reopens && self.turn_clock(rule, ClockTurn::Reopens)?) {
                    left.push((rule, wanted));
                }
            }
            turns = left;
        }
        if self.case.is_live() {
            for (rule, wanted) in turns {
                for turn in wanted {
                    if self.turn_clock(rule, turn)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends every clock with its case; from now on only what reopens one is heard.
    pub fn clocks_end(&mut self) -> Result<(), Refusal> {
        let is_midway = matches!(self.case.state, State::Stopped { .. });
        for rule in &self.workflow.clocks {
            let is_cancelled = is_midway || rule.has(ClockTurn::Cancels, &Signal::End);
            let turn = match is_cancelled {
                true => ClockTurn::Cancels,
                false => ClockTurn::Stops,
            };
            self.turn_clock(rule, turn)?;
        }
        let may_reopen = |rule: &CaseClockRule| {
            let timed = self.case.clocks.get(&rule.id);
            rule.reopens()
                && timed.is_some_and(|timed| {
                    matches!(timed.clock.state(), clock::State::Stopped { .. })
                })
        };
        if !self.case.listens.is_empty() && !self.workflow.clocks.iter().any(may_reopen) {
            let correlations = BTreeSet::new();
            self.record(Fact::ClocksListen { correlations });
        }
        Ok(())
    }

    /// `false`: the clock was so already, or can not be so.
    fn turn_clock(&mut self, rule: &'a CaseClockRule, turn: ClockTurn) -> Result<bool, Refusal> {
        let (input, how) = match turn {
            ClockTurn::Cancels => (clock::Input::Cancel, ClockChange::Cancelled),
            ClockTurn::Stops => (clock::Input::Stop, ClockChange::Stopped),
            ClockTurn::Pauses => (clock::Input::Pause, ClockChange::Paused),
            ClockTurn::Resumes => (clock::Input::Resume, ClockChange::Resumed),
            ClockTurn::Reopens => (clock::Input::Reopen, ClockChange::Reopened),
            ClockTurn::Starts => return self.start_clock(rule),
        };
        let Some(CaseClock {
            run, owner, clock, ..
        }) = self.case.clocks.get(&rule.id).cloned()
        else {
            return Ok(false);
        };
        let mut changed = clock.clone();
        let calendar = self.clock_calendar(Some(&rule.rule))?;
        let made = changed.apply(input, calendar, self.now);
        if made.map_err(|error| unreachable_clock(&rule.id, error))? != Change::Made {
            return Ok(false);
        }
        self.record(Fact::ClockChanged {
            step: rule.id.clone(),
            run,
            how,
            due_was: clock.due_at(),
            clock: changed,
        });
        if turn == ClockTurn::Reopens {
            let present = self.present(owner.clone())?;
            self.needs_active.insert(present.clone());
            if present != owner {
                self.hand(&rule.id, &owner, present)?;
            }
        }
        Ok(true)
    }

    fn start_clock(&mut self, rule: &'a CaseClockRule) -> Result<bool, Refusal> {
        let known = self.case.clocks.get(&rule.id);
        let was_stopped = |id: &StepId| {
            let before = self.case.clocks.get(id).map(|timed| timed.clock.state());
            matches!(before, Some(clock::State::Stopped { .. }))
        };
        if known.is_some_and(CaseClock::is_live) || !rule.after.iter().all(was_stopped) {
            return Ok(false);
        }
        let run = known.map_or(1, |timed| timed.run + 1);
        // What the life before still has to say is said now: a new life would silence it.
        self.last_words(&rule.id);
        let named = rule.owner.as_ref().unwrap_or(&self.workflow.owner);
        let owner = self.resolve(named);
        let owner = self.present(owner.unwrap_or_else(|| self.case.owner.clone()))?;
        self.needs_active.insert(owner.clone());
        let clock = CaseClock {
            run,
            owner,
            title: value::fill(&rule.title, &self.case.values).map_err(Refusal::Never)?,
            clock: self.begin_clock(&rule.id, &rule.rule)?,
            accepted_at: None,
        };
        self.record(Fact::ClockStarted {
            step: rule.id.clone(),
            clock,
        });
        Ok(true)
    }

    /// A clock that runs from now by `rule`, as this case's client was promised.
    pub fn begin_clock(&self, step: &StepId, rule: &ResponseRule) -> Result<Clock, Refusal> {
        let calendar = self.clock_calendar(Some(rule))?;
        let target = Target {
            span: self.span(step, rule),
            warn_at: &rule.warnings(),
            rungs: &rule.rungs(),
        };
        Clock::start_for(target, calendar, self.now).map_err(|error| unreachable_clock(step, error))
    }

    /// What was promised for a clock: to this client, else to all, by the case's values.
    pub fn span(&self, step: &StepId, rule: &ResponseRule) -> BusinessSpan {
        let own = self.own_client();
        let own = own.and_then(|client| client.target(&self.workflow.id, step));
        own.unwrap_or(&rule.within).span(&self.case.values)
    }

    pub fn own_client(&self) -> Option<&'a Client> {
        self.world.clients.get(self.case.client.as_ref()?)
    }

    /// The working hours of a clock with this rule.
    pub fn clock_calendar(&self, rule: Option<&ResponseRule>) -> Result<&'a Calendar, Refusal> {
        let team = self.world.team;
        team.calendar_of_clock(rule, self.own_client())
            .map_err(Refusal::Never)
    }

    /// The working hours of the case: its client's, else the team's.
    pub fn case_calendar(&self) -> Result<&'a Calendar, Refusal> {
        self.clock_calendar(None)
    }

    fn listen_for_clocks(&mut self) -> Result<(), Refusal> {
        let expected = |heard: &Heard| {
            heard.expected(&self.case.values).map_err(|missing| {
                let event = &heard.event;
                Refusal::Never(format!(
                    "a clock listens for {event} with the same {missing}, which this case lacks"
                ))
            })
        };
        let correlations = self.workflow.clocks_hear().map(expected);
        let correlations = correlations.collect::<Result<BTreeSet<_>, _>>()?;
        if self.case.listens != correlations {
            self.record(Fact::ClocksListen { correlations });
        }
        Ok(())
    }

    /// Takes the values that later events give anew; every clock they concern follows, counted from its start.
    fn values_change(
        &mut self,
        changes: &[&ValueChange],
        fresh: &BTreeSet<String>,
        envelope: &Envelope,
    ) -> Result<(), Refusal> {
        let (mut values, mut client) = (Values::new(), None);
        let taken = changes.iter().flat_map(|change| &change.takes);
        for (name, source) in taken.filter(|(name, _)| fresh.contains(&value_key(name))) {
            let value = start::value(self.world, source, envelope)?;
            start::fits(name, &value)?;
            if self.case.values.get(name) == Some(&value) {
                continue;
            }
            if let DataSource::LookupClient(_) = source {
                client = value["id"].as_str().map(ClientId::from);
            }
            values.insert(name.clone(), value);
        }
        if values.is_empty() {
            return Ok(());
        }
        let was = self.world.team.hours(self.own_client());
        let was = was.map_err(Refusal::Never)?;
        self.record(Fact::ValuesChanged { values, client });
        self.listen_for_clocks()?;
        self.clocks_follow(&was, self.now)
    }
}

impl Case {
    /// Keeps the newest of what an event concerned.
    pub(super) fn note_heard(&mut self, heard: &Fact) {
        let Fact::EventHeard {
            at,
            place,
            concerns,
            ..
        } = heard
        else {
            return;
        };
        for one in concerns {
            let newest = self.heard.entry(one.clone()).or_insert(*at);
            *newest = (*newest).max(*at);
            if let Some((source, place)) = place {
                let known = self.places.entry(place_key(source, one)).or_insert(*place);
                *known = (*known).max(*place);
            }
        }
    }
}

/// What an event means to a clock, strongest first.
fn meant(rule: &CaseClockRule, fits: &impl Fn(&Heard) -> bool) -> Vec<ClockTurn> {
    let heard = rule
        .signals
        .iter()
        .filter_map(|(turn, signal)| match signal {
            Signal::Event(heard) if fits(heard) => Some(*turn),
            Signal::Event(_) | Signal::Start | Signal::End => None,
        });
    heard.collect::<BTreeSet<_>>().into_iter().collect()
}

/// How the newest place of one source is kept, for a clock or a value.
fn place_key(source: &str, name: &str) -> String {
    format!("{source} {name}")
}

/// How the newest event of a value is kept, apart from clocks of the same name.
fn value_key(name: &str) -> String {
    format!("data.{name}")
}

fn unreachable_clock(step: &StepId, error: crate::calendar::Unreachable) -> Refusal {
    Refusal::Never(format!("the clock {step}: {error}"))
}
