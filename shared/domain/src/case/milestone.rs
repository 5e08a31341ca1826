//! A milestone that is reached is told to whoever bills it, with its part of the contract's sum.
//! It must not know how it is billed.

use super::Refusal;
use super::flow::Turn;
use crate::billing::ATTENTION_EVENT;
use crate::definition::{Milestone, Step};
use crate::value::{self, Values};

impl Turn<'_> {
    /// A milestone of a project is told to whoever bills it, with its part of the contract's sum.
    pub fn milestone_reached(&mut self, step: &Step) -> Result<(), Refusal> {
        let Some(milestone) = &step.milestone else {
            return Ok(());
        };
        let total = value::named(&self.case.values, "value_cents").and_then(|value| value.as_i64());
        let Some(total) = total else {
            self.milestone_without_amount(step, milestone);
            return Ok(());
        };
        let until_here = |percent: u32| share_cents(total, percent);
        let amount_cents = until_here(milestone.before_percent + milestone.share_percent)
            - until_here(milestone.before_percent);
        let named = |path: &str| {
            value::named(&self.case.values, path)
                .cloned()
                .unwrap_or_default()
        };
        let mut values = Values::new();
        values.insert("client_id".into(), named("client.id"));
        values.insert("contract_id".into(), named("contract"));
        values.insert("currency".into(), named("currency"));
        values.insert("project".into(), self.case.id.0.clone().into());
        values.insert("milestone".into(), step.id.0.clone().into());
        values.insert("title".into(), milestone.title.clone().into());
        values.insert("amount_cents".into(), amount_cents.into());
        self.emit("milestone.done", values);
        Ok(())
    }

    /// The work is done whatever the contract says of money: the case goes on, and somebody is asked what it is worth.
    fn milestone_without_amount(&mut self, step: &Step, milestone: &Milestone) {
        let case = &self.case;
        let named = |path: &str| {
            value::named(&case.values, path)
                .cloned()
                .unwrap_or_default()
        };
        let stated = value::named(&case.values, "value_cents");
        let stated = stated.map_or_else(
            || "states no value_cents".to_owned(),
            |value| format!("states value_cents as {value}, which is no whole number of cents"),
        );
        let text = format!(
            "it is done and not billed, because its contract {stated}; agree on the amount and send milestone.done with it"
        );
        let run = case.steps.get(&step.id).map_or(1, |run| run.number);
        let attention = format!("{}/{}/{run}/no-amount", case.id, step.id);
        let mut values = Values::new();
        values.insert("attention".into(), attention.into());
        values.insert("about".into(), "no_amount".into());
        values.insert("text".into(), text.into());
        values.insert("invoice".into(), milestone.title.clone().into());
        values.insert("title".into(), milestone.title.clone().into());
        values.insert("total".into(), "amount unknown".into());
        values.insert("client_id".into(), named("client.id"));
        values.insert("owed_by".into(), case.id.0.clone().into());
        self.emit(ATTENTION_EVENT, values);
    }
}

/// `percent` of `total`, half away from zero.
fn share_cents(total: i64, percent: u32) -> i64 {
    let scaled = i128::from(total) * i128::from(percent);
    let half = if scaled < 0 { -50 } else { 50 };
    ((scaled + half) / 100) as i64
}
