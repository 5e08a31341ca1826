//! One machine with the real functions and the starter company, on a clock of its own.
//! It must not know what is measured on it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use local::clock::Clock;
use local::template::Wiring;
use local::{Host, Settings};
use serde_json::Value;
use store::config::LOCAL_SECRETS;
use store::{Bus, Clients, Company, Config, Entry, EntryOutcome, Secret, Store};
use tempfile::TempDir;
use tests::machine::own_secrets;
use tests::world::root;

use crate::Failure;

/// 2026-11-23 08:59 in Berlin, a minute before the first event of the demo.
const BEGIN: Timestamp = Timestamp::constant(1_795_420_740, 0);
const SENDER: &str = "baton@studio.example";
/// Longer than anything in a chain takes; what takes longer is stuck.
const REST: Duration = Duration::from_secs(120);

pub struct Stage {
    pub host: Host,
    pub store: Store,
    bus: Bus,
    _folder: TempDir,
}

impl Stage {
    /// A machine of `wiring` with the programs in `bin_dir`, at rest, with the starter company in force.
    pub async fn start(bin_dir: &Path, wiring: Wiring) -> Result<Self, Failure> {
        let company = starter()?;
        let folder = tempfile::tempdir()?;
        let clock_file = folder.path().join("clock");
        let clock = Clock::from_file(&clock_file)?;
        clock.set(BEGIN)?;
        let table = wiring.tables.first().ok_or("the template has no table")?;
        let bus = wiring.buses.first().ok_or("the template has no bus")?;
        let (table, bus) = (table.name.clone(), bus.name.clone());
        let mut settings = Settings::new(wiring, bin_dir, clock);
        settings.hand_mails_on_to = None;
        settings.secrets = own_secrets();
        for (name, _) in company.team.secrets() {
            let secret = Secret::generated()?.current().to_owned();
            settings
                .secrets
                .insert(format!("{LOCAL_SECRETS}/{name}"), secret);
        }
        let host = Host::start(settings).await?;
        let config = Config::local(&host.url(), &table, &bus, SENDER)?.with_clock_file(&clock_file);
        let clients = Clients::new(&config);
        let stage = Self {
            store: Store::new(&config, &clients)?,
            bus: clients.bus()?,
            host,
            _folder: folder,
        };
        app::apply::apply(&stage.store, &company).await?;
        stage.rest().await?;
        Ok(stage)
    }

    /// Puts an event on the bus a few seconds after it says it happened, and waits until nothing moves.
    pub async fn send(&self, event: &Value) -> Result<(), Failure> {
        const ARRIVES_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);
        let text = |name: &str| {
            event[name]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| format!("an event has no {name}"))
        };
        let time: Timestamp = text("time")?.parse()?;
        if time + ARRIVES_AFTER > self.host.clock().now() {
            self.host.clock().set(time + ARRIVES_AFTER)?;
            self.rest().await?;
        }
        let entry = Entry {
            source: text("source")?,
            detail_type: text("detail-type")?,
            detail: event["detail"].clone(),
            time,
        };
        match self.bus.publish(&[entry]).await.as_slice() {
            [EntryOutcome::Published { .. }] => self.rest().await,
            other => Err(format!("the bus did not take {}: {other:?}", event["id"]).into()),
        }
    }

    pub async fn rest(&self) -> Result<(), Failure> {
        tokio::time::timeout(REST, self.host.at_rest())
            .await
            .map_err(|_| format!("the machine did not come to rest within {REST:?}").into())
    }
}

fn starter() -> Result<Company, Failure> {
    let files = loader::read_folder(&root().join("infra/starter"))?;
    let loaded = loader::load(&files);
    let Some(workspace) = loaded.workspace else {
        return Err(loader::render(&loaded.problems, &files, false).into());
    };
    let (team, clients, workflows) = (workspace.team, workspace.clients, workspace.workflows);
    Ok(app::apply::company(team, clients, workflows)?)
}

/// One of the complete examples in `events`.
pub fn example(name: &str) -> Result<Value, Failure> {
    let path = root().join("events").join(format!("{name}.json"));
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
