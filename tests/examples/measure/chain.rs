//! What whole chains cost: capacity units, requests and invocations, counted by the machine, and their list price.
//! It must not judge the figures.

use std::collections::BTreeMap;
use std::path::Path;

use domain::case::Effect;
use local::Counts;
use serde::Serialize;
use store::EffectState;
use tests::cost;
use tests::world::{demo_events, wiring};

use crate::Failure;
use crate::stage::{Stage, example};

/// List prices in USD per million, on demand, as of 2026-11. Streams read by a function cost nothing.
pub const PRICES_OF: &str = "2026-11";
const USD_PER_MILLION_WRITE_UNITS: f64 = 0.625;
const USD_PER_MILLION_READ_UNITS: f64 = 0.125;
const USD_PER_MILLION_EVENTS: f64 = 1.0;
const USD_PER_MILLION_INVOCATIONS: f64 = 0.20;

/// What one chain cost.
#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    pub name: &'static str,
    pub write_units: f64,
    pub read_units: f64,
    pub operations: BTreeMap<String, Asked>,
    pub invocations: BTreeMap<String, u64>,
    pub all_invocations: u64,
    /// Events put on the bus: those sent, and one for each owed effect.
    pub events: u64,
    pub mails: usize,
    /// Without mails and without Lambda's charge by time.
    pub list_price_usd: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Asked {
    pub requests: u64,
    /// Of these. DynamoDB charges a write that its condition refuses; the machine counts no units for it.
    pub refused: u64,
    pub write_units: f64,
    pub read_units: f64,
}

#[derive(Debug, Serialize)]
pub struct Chains {
    /// From a signed contract until nothing moves any more, which is later than the kickoff mail's closed row.
    pub contract: Chain,
    /// All events of the demo, to the mailed invoice. The clock is set from event to event, with one sweep each time.
    pub demo: Chain,
    /// What every minute costs in which nothing is due.
    pub sweep: Chain,
    /// The first two again in one process, input by input.
    pub inputs: [cost::Chain; 2],
}

pub async fn measure(bin_dir: &Path) -> Result<Chains, Failure> {
    let (contract, sweep) = contract(bin_dir).await?;
    let demo = demo(bin_dir).await?;
    Ok(Chains {
        contract,
        demo,
        sweep,
        inputs: inputs()?,
    })
}

/// On a thread of its own, whose time stands still.
fn inputs() -> Result<[cost::Chain; 2], Failure> {
    let counted = std::thread::spawn(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build()?;
        Ok::<_, std::io::Error>(runtime.block_on(cost::of_demo()))
    });
    let counted = counted.join().map_err(|_| "the world broke down")?;
    Ok(counted?)
}

async fn contract(bin_dir: &Path) -> Result<(Chain, Chain), Failure> {
    let wiring = wiring();
    let schedule = wiring.schedules.first().map(|sweep| sweep.name.clone());
    let stage = Stage::start(bin_dir, wiring).await?;
    // A sweep in between would make the figures turn on how fast this machine is.
    stage.host.pause_schedules(true);
    let before = stage.host.counts();
    stage.send(&example("contract.signed")?).await?;
    let after = stage.host.counts();
    let contract = Chain::between("contract.signed", &stage, (&before, &after), 1).await?;
    kickoff_mail_is_closed(&stage).await?;

    let before = stage.host.counts();
    let schedule = schedule.ok_or("the template has no schedule")?;
    stage.host.pause_schedules(false);
    stage.host.fire_schedule(&schedule).await;
    stage.rest().await?;
    let after = stage.host.counts();
    let mut sweep =
        Chain::between("a sweep with nothing due", &stage, (&before, &after), 0).await?;
    (sweep.events, sweep.mails) = (0, 0);
    sweep.list_price_usd = sweep.price();
    stage.host.shutdown().await;
    Ok((contract, sweep))
}

async fn kickoff_mail_is_closed(stage: &Stage) -> Result<(), Failure> {
    for case in stage.store.load_cases("running").await? {
        for row in stage.store.effects(&case.id).await? {
            if matches!(row.effect()?, Effect::Mail { .. }) {
                return match row.state {
                    EffectState::Closed => Ok(()),
                    other => Err(format!("the kickoff mail's row is {other:?}").into()),
                };
            }
        }
    }
    Err("the contract owes no kickoff mail".into())
}

async fn demo(bin_dir: &Path) -> Result<Chain, Failure> {
    let stage = Stage::start(bin_dir, wiring()).await?;
    let events = demo_events();
    let before = stage.host.counts();
    for event in &events {
        stage.send(event).await?;
    }
    let after = stage.host.counts();
    let sent = u64::try_from(events.len())?;
    let demo = Chain::between("the whole demo", &stage, (&before, &after), sent).await?;
    let has_invoice = stage.host.mails().iter().any(|mail| {
        let attachments = mail.parsed().attachments;
        attachments
            .iter()
            .any(|attachment| attachment.content_type == "application/pdf")
    });
    if !has_invoice {
        return Err("the demo did not come to a mailed invoice".into());
    }
    stage.host.shutdown().await;
    Ok(demo)
}

impl Chain {
    /// What was counted between two looks, and the owed effects of every case on the stage.
    async fn between(
        name: &'static str,
        stage: &Stage,
        (before, after): (&Counts, &Counts),
        sent: u64,
    ) -> Result<Self, Failure> {
        let operations = operations(before, after);
        let mut invocations = BTreeMap::new();
        for (function, count) in &after.functions {
            let earlier = before.functions.get(function);
            let made = count.invocations - earlier.map_or(0, |earlier| earlier.invocations);
            let errors = count.errors - earlier.map_or(0, |earlier| earlier.errors);
            if errors > 0 {
                return Err(format!("{function} failed {errors} times in {name}").into());
            }
            if made > 0 {
                invocations.insert(function.clone(), made);
            }
        }
        let parked = stage.store.parked().await?;
        if let Some(row) = parked.first() {
            return Err(format!("something was parked in {name}: {}", row.reason).into());
        }
        let mut chain = Chain {
            name,
            write_units: operations.values().map(|asked| asked.write_units).sum(),
            read_units: operations.values().map(|asked| asked.read_units).sum(),
            operations,
            all_invocations: invocations.values().sum(),
            invocations,
            events: sent + owed(stage).await?,
            mails: stage.host.mails().len(),
            list_price_usd: 0.0,
        };
        chain.list_price_usd = chain.price();
        Ok(chain)
    }

    /// What the refused writes would cost if they were as large as the mean of their operation. Two executors that close
    /// rows of one case at the same moment refuse one another, so this differs from run to run.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a chain are far below 2^52"
    )]
    pub fn refused_write_units(&self) -> f64 {
        let refused = self.operations.values().map(|asked| {
            let done = asked.requests.saturating_sub(asked.refused).max(1);
            asked.write_units / done as f64 * asked.refused as f64
        });
        refused.sum()
    }

    /// In USD.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a chain are far below 2^52"
    )]
    fn price(&self) -> f64 {
        let per_million = self.write_units * USD_PER_MILLION_WRITE_UNITS
            + self.read_units * USD_PER_MILLION_READ_UNITS
            + self.events as f64 * USD_PER_MILLION_EVENTS
            + self.all_invocations as f64 * USD_PER_MILLION_INVOCATIONS;
        per_million / 1_000_000.0
    }
}

fn operations(before: &Counts, after: &Counts) -> BTreeMap<String, Asked> {
    let mut operations = BTreeMap::new();
    for (operation, count) in &after.operations {
        let earlier = before
            .operations
            .get(operation)
            .cloned()
            .unwrap_or_default();
        let asked = Asked {
            requests: count.requests - earlier.requests,
            refused: count.refused - earlier.refused,
            write_units: count.write_units - earlier.write_units,
            read_units: count.read_units - earlier.read_units,
        };
        if asked.requests > 0 {
            operations.insert(operation.clone(), asked);
        }
    }
    operations
}

/// Every owed effect goes over the bus once, whatever it is.
async fn owed(stage: &Stage) -> Result<u64, Failure> {
    let mut owed = 0;
    for state in ["running", "completed", "stopped"] {
        for case in stage.store.load_cases(state).await? {
            owed += u64::try_from(stage.store.effects(&case.id).await?.len())?;
        }
    }
    Ok(owed)
}
