//! One company's Baton in one process and one thread: real use cases and SDK, the template's rules, paused time.
//! Every delivery is the world's to repeat, lose or delay.

mod clock;
mod engine;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use app::links::{LinkKeys, Links};
use app::{Post, TryAgain};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use domain::case::Case;
use domain::id::CaseId;
use domain::link::Keys;
use event_pattern::Pattern;
use jiff::{SignedDuration, Timestamp};
use loader::Workspace;
use local::template::{self, Wiring};
use serde_json::{Value, json};
use store::{Bus, Clients, Clock, Company, Config, Store, Wire};

use crate::cost::Input;
pub use clock::SimClock;
pub use wire::{FAULTS, Fault, Taken};
use wire::{Shared, Wires};

pub struct World {
    wires: Shared,
    pub clock: SimClock,
    clients: Clients,
    sleep: SharedAsyncSleep,
    rules: Vec<(Pattern, String)>,
    streamed: usize,
    queue: VecDeque<Work>,
    /// Deliver everything once more.
    pub twice: bool,
    /// What reached the failure queues.
    pub failed: Vec<(String, Value)>,
    /// Every invocation so far, and what it asked for, where that is counted.
    pub inputs: Vec<Input>,
}

/// One invocation that is owed, and how often it was tried.
#[derive(Debug, Clone)]
struct Work {
    function: String,
    event: Value,
    attempts: u32,
}

impl Work {
    fn new(function: &str, event: Value) -> Self {
        Work {
            function: function.to_owned(),
            event,
            attempts: 0,
        }
    }
}

pub const SENDER: &str = "baton@studio.example";
/// Links as a mail's writer has them, leading to where nobody answers.
fn links() -> Links {
    let keys = Keys::new([b"a key for the links of a company in a test".as_slice()])
        .expect("it is long enough");
    Links::new(
        "http://127.0.0.1:1/url/LinksFunction/",
        LinkKeys::given(keys),
    )
}

impl World {
    /// A world at `at` with the starter company applied.
    pub async fn new(at: &str) -> Self {
        let clock = SimClock::starting(at.parse().expect("a test states a time"));
        let wiring = wiring();
        let table = &wiring.tables[0];
        let wires = Arc::new(Mutex::new(Wires::new(
            clock.clone(),
            table.create_table.clone(),
        )));
        let sleep = SharedAsyncSleep::new(TokioSleep::new());
        let config = Config::local("http://127.0.0.1:1", &table.name, "Bus", SENDER)
            .expect("the settings are right");
        let clients = Clients::over(
            &config,
            Wire {
                http: wire::client(&wires),
                sleep: sleep.clone(),
                time: SharedTimeSource::new(clock.clone()),
                retry_budget: None,
            },
        );
        let rules = wiring
            .rules
            .iter()
            .map(|rule| {
                (
                    Pattern::parse(&rule.pattern).expect("the template's patterns are right"),
                    rule.function.clone(),
                )
            })
            .collect();
        let world = World {
            wires,
            clock,
            clients,
            sleep,
            rules,
            streamed: 0,
            queue: VecDeque::new(),
            twice: false,
            failed: Vec::new(),
            inputs: Vec::new(),
        };
        world.apply_starter().await;
        world
    }

    async fn apply_starter(&self) {
        app::apply::apply(&self.store(), &starter())
            .await
            .expect("the starter can be applied");
    }

    /// A store as a fresh process has it.
    pub fn store(&self) -> Store {
        let clock = Clock::driven(
            SharedTimeSource::new(self.clock.clone()),
            self.sleep.clone(),
        );
        Store::over(
            self.clients.table().expect("the table has a name"),
            clock,
            self.sleep.clone(),
        )
    }

    /// A bus as a fresh process has it.
    pub fn bus(&self) -> Bus {
        self.clients.bus().expect("the bus has a name")
    }

    fn wires(&self) -> std::sync::MutexGuard<'_, Wires> {
        self.wires.lock().expect("the world is one thread")
    }

    /// Puts items into the table in one go, without a stream: as many as a bench wants, with the types of their attributes.
    pub fn import(&self, items: impl IntoIterator<Item = dynoxide::Item>) {
        let table = wiring().tables[0].name.clone();
        self.wires().engine.import(&table, items);
    }

    /// From now on every invocation says what it asked the table for.
    pub fn count(&self) {
        self.wires().is_counting = true;
    }

    /// Lets the `at`-th AWS call from now (0 = the next) fail once.
    pub fn fail(&self, at: usize, fault: Fault) {
        let mut wires = self.wires();
        let made = wires.calls.len();
        wires.fault_at = Some((made + at, fault));
    }

    /// Runs `work` as a process that a fault may stop: `None`, it was stopped.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let stopped = self.wires().stopped.clone();
        "baton".clone_into(&mut self.wires().running);
        tokio::select! {
            biased;
            () = stopped.notified() => None,
            done = work => Some(done),
        }
    }

    pub fn calls(&self) -> usize {
        self.wires().calls.len()
    }

    /// The name of the call at `at` among all calls so far.
    pub fn call_name(&self, at: usize) -> Option<String> {
        self.wires().calls.get(at).cloned()
    }

    pub fn mails(&self) -> Vec<Taken> {
        self.wires().mails.clone()
    }

    /// Puts an event on the bus, as a tool does, and runs everything that follows.
    pub async fn send(&mut self, event: Value) {
        if let Some(at) = event["time"]
            .as_str()
            .and_then(|time| time.parse::<Timestamp>().ok())
        {
            self.clock.forward_to(at);
        }
        for _ in 0..if self.twice { 2 } else { 1 } {
            self.wires().bus.push(event.clone());
        }
        self.settle().await;
    }

    /// Runs until nothing is on its way.
    pub async fn settle(&mut self) {
        loop {
            self.route();
            let Some(work) = self.queue.pop_front() else {
                return;
            };
            self.attempt(work).await;
        }
    }

    /// Whoever listens to what is on the bus now hears it, by `store`; what follows from that is for the next time.
    pub async fn carry_out(&self, store: &Store) {
        for work in self.heard() {
            let outcome = invoke(store, &self.bus(), &self.post(), &work).await;
            outcome.expect("it is carried out");
        }
    }

    /// From the bus and the stream to the functions that listen.
    fn route(&mut self) {
        for work in self.heard() {
            self.owe(work);
        }
        let records = self.wires().stream[self.streamed..].to_vec();
        self.streamed += records.len();
        for image in records {
            let record = json!({ "eventName": "INSERT", "dynamodb": { "SequenceNumber": "1", "NewImage": image } });
            self.owe(Work::new("RelayFunction", json!({ "Records": [record] })));
        }
    }

    /// Takes what is on the bus: one invocation for each rule that an event matches.
    fn heard(&self) -> Vec<Work> {
        let events = std::mem::take(&mut self.wires().bus);
        let heard = events.iter().flat_map(|event| {
            let listening = self.rules.iter().filter(|(rule, _)| rule.matches(event));
            listening.map(|(_, function)| Work::new(function, event.clone()))
        });
        heard.collect()
    }

    fn owe(&mut self, work: Work) {
        if self.twice {
            self.queue.push_back(work.clone());
        }
        self.queue.push_back(work);
    }

    /// One invocation in a fresh process; what fails or is stopped comes again, twice at most, then it is parked.
    async fn attempt(&mut self, work: Work) {
        let store = self.store();
        let (bus, post) = (self.bus(), self.post());
        let stopped = self.wires().stopped.clone();
        self.wires().running.clone_from(&work.function);
        let begun = self.calls();
        let outcome = tokio::select! {
            biased;
            () = stopped.notified() => Err(TryAgain("the process was stopped".into())),
            outcome = invoke(&store, &bus, &post, &work) => outcome,
        };
        let input = Input::new(&work.function, &work.event, &self.wires().asked[begun..]);
        self.inputs.push(input);
        if let Err(error) = outcome {
            if work.attempts < 2 {
                tokio::time::advance(std::time::Duration::from_secs(60)).await;
                self.queue.push_back(Work {
                    attempts: work.attempts + 1,
                    ..work
                });
            } else {
                self.failed.push((error.to_string(), work.event));
            }
        }
    }

    fn post(&self) -> Post {
        Post::new(self.clients.mailer(), SENDER, "Mails")
    }

    /// One minute passes, and a sweep with it.
    pub async fn sweep(&mut self) {
        self.clock
            .forward_to(self.clock.now() + SignedDuration::from_secs(60));
        self.owe(Work::new("SlaCheckFunction", json!({})));
        self.settle().await;
    }

    pub async fn case(&self, id: &str) -> Option<Case> {
        self.store()
            .load_case(&CaseId::from(id))
            .await
            .expect("the table answers")
    }

    /// Every case in every state.
    pub async fn cases(&self) -> BTreeMap<CaseId, Case> {
        all_cases(&self.store()).await
    }
}

async fn invoke(store: &Store, bus: &Bus, post: &Post, work: &Work) -> Result<(), TryAgain> {
    let event = work.event.clone();
    match work.function.as_str() {
        "StartCaseFunction" => app::start_case::handle(store, event).await.map(drop),
        "AdvanceCaseFunction" => app::advance_case::handle(store, event).await.map(drop),
        "RelayFunction" => match app::relay::handle(store, bus, &event)
            .await?
            .failures
            .is_empty()
        {
            true => Ok(()),
            false => Err(TryAgain("a record comes again".into())),
        },
        "NotifyFunction" => app::notify::handle(store, post, &links(), event)
            .await
            .map(drop),
        "InvoiceFunction" => app::invoice::handle(store, post, event).await.map(drop),
        "SlaCheckFunction" => app::sla_check::handle(store, bus).await.map(drop),
        other => panic!("the world has no {other}"),
    }
}

/// Every case in every state.
pub async fn all_cases(store: &Store) -> BTreeMap<CaseId, Case> {
    let mut cases = BTreeMap::new();
    for state in ["running", "completed", "stopped"] {
        for case in store.load_cases(state).await.expect("the table answers") {
            cases.insert(case.id.clone(), case);
        }
    }
    cases
}

/// The company of `infra/starter`.
pub fn starter() -> Company {
    starter_with(|_| {})
}

/// The same after an edit of its files.
pub fn starter_with(edit: impl FnOnce(&mut Workspace)) -> Company {
    let files = loader::read_folder(&root().join("infra/starter")).expect("the starter is there");
    let mut workspace = loader::load(&files)
        .workspace
        .expect("the starter has no mistake");
    edit(&mut workspace);
    app::apply::company(workspace.team, workspace.clients, workspace.workflows).expect("it fits")
}

/// How a client of the starter is billed.
pub fn billing_of<'w>(workspace: &'w mut Workspace, client: &str) -> &'w mut Value {
    let mut clients = workspace.clients.iter_mut();
    let found = clients.find(|found| found.id == client.into());
    &mut found.expect("a client of the starter").billing
}

/// The deployment template, read as the local host reads it.
pub fn wiring() -> Wiring {
    wiring_at("http://127.0.0.1:1/url")
}

/// The same on a host whose functions have their addresses below `url_base`.
pub fn wiring_at(url_base: &str) -> Wiring {
    let text =
        std::fs::read_to_string(root().join("infra/template.yaml")).expect("the template is there");
    let parameters = BTreeMap::from([("Sender".to_owned(), SENDER.to_owned())]);
    let settings = template::Settings {
        parameters,
        url_base: url_base.to_owned(),
        region: "eu-central-1".into(),
    };
    template::read(&text, &settings)
        .unwrap_or_else(|error| panic!("the template can not be read: {error}"))
}

/// The repository.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ is in the repository")
        .to_owned()
}

/// The demo's events, in the order of their files.
/// The example of an event, by its type.
pub fn sample(event: &str) -> Value {
    let file = root().join(format!("events/{event}.json"));
    let text = std::fs::read_to_string(file).expect("there is an example");
    serde_json::from_str(&text).expect("an event is JSON")
}

pub fn demo_events() -> Vec<Value> {
    let folder = root().join("events/demo");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the demo is there")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            serde_json::from_str(&std::fs::read_to_string(file).expect("readable"))
                .expect("an event is JSON")
        })
        .collect()
}
