//! The machine as a whole: builds the rooms in order, takes up what the last run left, serves, stops.
//! It must not know what the template is for.

mod build;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::agenda::Agenda;
use crate::bus::{Bus, Deliveries};
use crate::clock::Clock;
use crate::counts::{Counter, Counts};
use crate::faults::{Fault, Faults};
use crate::journal::{DatabaseFile, Journal, Writer};
use crate::lambda::asynchronous::Asynchronous;
use crate::lambda::{Functions, LogListener};
use crate::parameters::Parameters;
use crate::queues::mapping::Consumer as QueueConsumer;
use crate::queues::{Message, Queues};
use crate::rest::Rest;
use crate::schedules::Schedules;
use crate::ses::{Mail, Mailer};
use crate::streams::Consumer as StreamConsumer;
use crate::table::TableRoom;
use crate::template::Wiring;
use crate::urls::Urls;

/// How a machine is set up. `Settings::new` gives the usual values.
pub struct Settings {
    pub wiring: Wiring,
    /// Where the functions' binaries are, e.g. `target/debug`.
    pub bin_dir: PathBuf,
    /// Folder for everything that outlives the machine. `None`: nothing does.
    pub data: Option<PathBuf>,
    /// Function processes follow it when it is kept in a file.
    pub clock: Clock,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A listener bound already, e.g. because the wiring names its port. `listen` is then not looked at.
    pub listener: Option<TcpListener>,
    pub region: String,
    /// Processes of a function without reserved concurrency.
    pub default_concurrency: u32,
    /// Shown time before the first and the second retry of an asynchronous invocation.
    pub retry_delays: [SignedDuration; 2],
    /// Real time for which a transaction keeps its items beyond its execution, so that a test can make an overlap certain.
    pub transaction_hold: Duration,
    /// An endpoint that speaks SES and gets every accepted mail, too. At first what `AWS_ENDPOINT_URL_SES` says.
    pub hand_mails_on_to: Option<String>,
    /// Variables for every function beside those of the template.
    pub environment: BTreeMap<String, String>,
    /// Encrypted parameters by path that are there from the start, unless the folder holds others of those paths.
    pub secrets: BTreeMap<String, String>,
    /// Gets each line that a function prints, and each failure of an invocation. Called on the machine's threads: it must be quick.
    pub log: Option<LogListener>,
}

impl Settings {
    pub fn new(wiring: Wiring, bin_dir: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            wiring,
            bin_dir: bin_dir.into(),
            data: None,
            clock,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            listener: None,
            region: "eu-central-1".to_owned(),
            default_concurrency: 4,
            retry_delays: [SignedDuration::from_mins(1), SignedDuration::from_mins(2)],
            transaction_hold: Duration::ZERO,
            hand_mails_on_to: std::env::var("AWS_ENDPOINT_URL_SES")
                .ok()
                .filter(|address| !address.is_empty()),
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            log: None,
        }
    }
}

/// Why a machine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the folder for data cannot be used: {0}")]
    Folder(#[source] std::io::Error),
    #[error("{address} cannot be listened on: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the database cannot be opened: {0}")]
    Database(String),
    #[error("{0}")]
    Mails(String),
    #[error("the template's wiring does not fit together: {0}")]
    Wiring(String),
}

/// All rooms, as the wire reaches them.
pub(crate) struct Rooms {
    pub(crate) address: SocketAddr,
    pub(crate) run_id: String,
    pub(crate) table: TableRoom,
    pub(crate) bus: Arc<Bus>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) asynchronous: Arc<Asynchronous>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) urls: Urls,
    pub(crate) mailer: Mailer,
    pub(crate) parameters: Parameters,
    pub(crate) journal: Journal,
    pub(crate) faults: Arc<Faults>,
    pub(crate) counter: Arc<Counter>,
    pub(crate) rest: Rest,
}

impl Rooms {
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn overview(&self) -> String {
        let mut text = format!("mails      {}/mails\n", self.base_url());
        for function in self.urls.names() {
            text.push_str(&format!(
                "{function:<10} {}/url/{function}/\n",
                self.base_url()
            ));
        }
        for queue in self.queues.names() {
            let (visible, hidden) = self.queues.sizes(queue).unwrap_or_default();
            text.push_str(&format!(
                "queue      {queue}: {visible} visible, {hidden} hidden\n"
            ));
        }
        let counts = self.counter.snapshot();
        for (operation, count) in &counts.operations {
            text.push_str(&format!(
                "call       {operation}: {} requests, {} refused, {} units written, {} read\n",
                count.requests, count.refused, count.write_units, count.read_units
            ));
        }
        for (function, count) in &counts.functions {
            text.push_str(&format!(
                "function   {function}: {} invocations, {} errors, {} processes started\n",
                count.invocations, count.errors, count.starts
            ));
        }
        text
    }
}

/// A running machine. Dropping it stops it at once; `shutdown` lets the last writes finish.
pub struct Host {
    rooms: Arc<Rooms>,
    agenda: Arc<Agenda>,
    schedules: Arc<Schedules>,
    streams: Vec<Arc<StreamConsumer>>,
    queue_consumers: Vec<QueueConsumer>,
    clock: Clock,
    environment: BTreeMap<String, String>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    writer: Option<Writer>,
    /// Last, so that a temporary file goes after everything that uses it.
    _file: DatabaseFile,
}

impl Host {
    /// Starts a machine in the current Tokio runtime; it serves once this returns.
    #[expect(
        clippy::unused_async,
        reason = "it needs the runtime that an async caller proves"
    )]
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        build::build(settings)
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// `http://address`, under which every service answers.
    pub fn url(&self) -> String {
        self.rooms.base_url()
    }

    /// What a person may open, for printing: name and address.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let base = self.url();
        let mut endpoints = vec![
            ("AWS endpoint".to_owned(), base.clone()),
            ("Mails".to_owned(), format!("{base}/mails")),
        ];
        endpoints.extend(
            self.rooms
                .urls
                .names()
                .map(|function| (function.to_owned(), format!("{base}/url/{function}/"))),
        );
        endpoints
    }

    /// The variables by which another process reaches this machine with the AWS SDK.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Returns once nothing that is due now is unfinished: no call, invocation, delivery, stream record, queue message.
    pub async fn at_rest(&self) {
        self.rooms.rest.wait(|| self.is_idle()).await;
    }

    fn is_idle(&self) -> bool {
        self.agenda.is_nothing_due()
            && self.streams.iter().all(|stream| stream.is_idle())
            && self.queue_consumers.iter().all(QueueConsumer::is_idle)
    }

    /// When something will be due next: a retry, an occurrence of a schedule, a hidden message.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next_due()
    }

    /// Every mail, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.rooms.mailer.mails()
    }

    /// The messages of a queue, visible ones first.
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.rooms.queues.messages(queue)
    }

    pub fn counts(&self) -> Counts {
        self.rooms.counter.snapshot()
    }

    /// Functions whose binary is missing, each with the command that builds it.
    pub fn missing_binaries(&self) -> Vec<String> {
        self.rooms.functions.missing_binaries()
    }

    /// Ends the function's processes as a crash would, mid-invocation or not. Says how many there were.
    pub fn kill(&self, function: &str) -> usize {
        self.rooms.functions.kill(function)
    }

    /// While paused, occurrences of schedules are lost.
    pub fn pause_schedules(&self, is_paused: bool) {
        self.schedules.pause(is_paused);
    }

    /// Loses the next occurrence of a schedule.
    pub fn skip_next_schedule(&self, name: &str) {
        self.schedules.skip_next(name);
    }

    /// Fires a schedule now. Whether there is one of that name.
    pub async fn fire_schedule(&self, name: &str) -> bool {
        self.schedules.fire_now(name).await
    }

    /// Makes a call on the wire fail.
    pub fn fail(&self, fault: Fault) {
        self.rooms.faults.set(fault);
    }

    /// Takes back every fault that has not hit yet.
    pub fn clear_faults(&self) {
        self.rooms.faults.clear();
    }

    /// Stops serving, ends the functions' processes, finishes the last writes.
    pub async fn shutdown(mut self) {
        self.stop();
        // Only a full disk fails here, and what is lost then is repeated after the next start.
        let _ = self.rooms.journal.settle().await;
        self.tasks.shutdown().await;
        let writer = self.writer.take();
        drop(self);
        if let Some(writer) = writer {
            // The thread ends with the last task that could still write, which is soon but not under our control.
            let joined = tokio::task::spawn_blocking(move || writer.join());
            let _ = tokio::time::timeout(Duration::from_secs(2), joined).await;
        }
    }

    fn stop(&self) {
        let _ = self.stop.send(true);
        self.rooms.functions.close();
        // Its entries hold rooms that hold the agenda.
        self.agenda.close();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop();
    }
}
