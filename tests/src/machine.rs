//! Baton on one machine with the programs as they are built: the host here, every function a process of its own.
//! It sends events, sets the clock and looks; it must not move a case itself.

mod seen;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::trace::{Trace, trace};
use domain::case::{Case, State};
use domain::id::CaseId;
use jiff::{SignedDuration, Timestamp};
use local::clock::Clock;
use local::{Host, Mail, Settings};
use serde_json::{Value, json};
use store::config::LOCAL_SECRETS;
use store::{Bus, Clients, Config, Entry, EntryOutcome, ParkedRow, Secret, Secrets, Store};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::programs::programs;
use crate::world::{SENDER, all_cases, demo_events, starter, wiring_at};

/// A busy machine is slow; what takes longer than this is stuck.
const PATIENCE: Duration = Duration::from_secs(300);
const SWEEP: SignedDuration = SignedDuration::from_mins(1);

pub struct Machine {
    pub host: Host,
    pub store: Store,
    bus: Bus,
    clients: Clients,
    lines: Arc<Mutex<Vec<String>>>,
    sweep: String,
    /// Holds the note by which `baton --data` finds this machine and its clock.
    note: TempDir,
    /// Holds the clock's file, where no data folder does.
    _folder: Option<TempDir>,
}

impl Machine {
    /// A machine in memory at `at`, with the starter company in force. Its clock runs; sweeps come when they are asked for.
    pub async fn at(at: &str) -> Self {
        // The clock runs from when it is set, and a build takes its time.
        programs();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let clock = Clock::from_file(folder.path().join("clock")).expect("a clock can be kept");
        let at = at.parse().expect("a test states a time");
        clock.set(at).expect("the clock can be set");
        let machine = Self::start(clock, None, Some(folder)).await;
        app::apply::apply(&machine.store, &starter())
            .await
            .expect("the starter can be applied");
        machine
    }

    /// A machine on the folder that another one left, at the time that it had come to.
    pub async fn on(data: &Path) -> Self {
        let clock = Clock::from_file(data.join("clock")).expect("a clock was kept");
        Self::start(clock, Some(data), None).await
    }

    async fn start(clock: Clock, data: Option<&Path>, folder: Option<TempDir>) -> Self {
        // What names its own address, such as where links lead, has to know the port before the host is there.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut wiring = wiring_at(&format!("http://{address}/url"));
        // A browser has no signature to give; nobody else reaches this machine's loopback.
        for url in wiring
            .functions
            .iter_mut()
            .filter_map(|function| function.url.as_mut())
        {
            "NONE".clone_into(&mut url.auth_type);
        }
        let sweep = wiring.schedules[0].name.clone();
        let (table, bus) = (wiring.tables[0].name.clone(), wiring.buses[0].name.clone());
        let clock_file = clock.path().expect("it is in a file").to_owned();
        let mut settings = Settings::new(wiring, programs(), clock);
        settings.data = data.map(Path::to_owned);
        settings.listener = Some(listener);
        settings.secrets = own_secrets();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let printed = lines.clone();
        settings.log = Some(Arc::new(move |line| {
            let text = format!("{}: {}", line.function, line.text);
            printed.lock().expect("no printing panics").push(text);
        }));
        let host = Host::start(settings).await.expect("the host starts");
        host.pause_schedules(true);
        let config = Config::local(&host.url(), &table, &bus, SENDER)
            .expect("the settings are right")
            .with_clock_file(&clock_file);
        let clients = Clients::new(&config);
        let note = tempfile::tempdir().expect("a folder can be made");
        let running = serde_json::json!({
            "url": host.url(), "table": table, "bus": bus, "sender": SENDER, "clock_file": clock_file,
            "process": std::process::id(), "started_at": Timestamp::now(),
        });
        std::fs::write(note.path().join("running.json"), running.to_string())
            .expect("it can be written");
        Machine {
            note,
            store: Store::new(&config, &clients).expect("the settings are right"),
            bus: clients.bus().expect("the bus has a name"),
            clients,
            lines,
            host,
            sweep,
            _folder: folder,
        }
    }

    /// Puts events on the bus at once, as tools do, each at its time, and lets everything that follows run to its end.
    pub async fn send(&self, events: &[Value]) {
        self.put(events).await;
        self.rest().await;
    }

    /// So many contracts are signed at once, `C-000` and on.
    pub async fn sign(&self, contracts: usize) {
        let signed: Vec<_> = (0..contracts)
            .map(|n| contract(&format!("C-{n:03}")))
            .collect();
        self.send(&signed).await;
    }

    /// Puts events on the bus and waits for nothing more than that it holds them.
    pub async fn put(&self, events: &[Value]) {
        let latest = events.iter().filter_map(time).max();
        if let Some(latest) = latest {
            self.forward_to(latest);
        }
        let now = self.host.clock().now();
        let entries: Vec<Entry> = events.iter().map(|event| entry(event, now)).collect();
        for outcome in self.bus.publish(&entries).await {
            assert!(
                matches!(outcome, EntryOutcome::Published { .. }),
                "{outcome:?}"
            );
        }
    }

    /// Returns once nothing that is due now is unfinished.
    pub async fn rest(&self) {
        tokio::time::timeout(PATIENCE, self.host.at_rest())
            .await
            .expect("the machine comes to rest");
    }

    /// Sets the shown time forward; never back.
    pub fn forward_to(&self, at: Timestamp) {
        if at > self.host.clock().now() {
            self.host.clock().set(at).expect("the clock can be set");
        }
    }

    /// Minutes pass, a sweep with each.
    pub async fn sweeps(&self, minutes: usize) {
        for _ in 0..minutes {
            self.forward_to(self.host.clock().now() + SWEEP);
            assert!(
                self.host.fire_schedule(&self.sweep).await,
                "the template has a sweep"
            );
            self.rest().await;
        }
    }

    /// Every case in every state.
    pub async fn cases(&self) -> BTreeMap<CaseId, Case> {
        all_cases(&self.store).await
    }

    /// The demo's contract is signed and its project worked until the first milestone is accepted and billed.
    pub async fn accept_first_version(&self) {
        self.send(&[demo_event(1)]).await;
        let project = self.case_of("standard_project").await;
        for step in ["plan", "first_version"] {
            let data = json!({ "case": project.id, "step": step, "outcome": null, "by": "luis" });
            let id = format!("task.done/{}/{step}", project.id);
            self.send(&[report("task.done", &id, data)]).await;
        }
    }

    /// The one case of a workflow.
    pub async fn case_of(&self, workflow: &str) -> Case {
        let cases = self.cases().await;
        let mut found = cases
            .into_values()
            .filter(|case| case.workflow.0 == workflow);
        let case = found
            .next()
            .unwrap_or_else(|| panic!("no case of {workflow}"));
        assert!(found.next().is_none(), "several cases of {workflow}");
        case
    }

    pub async fn trace(&self, case: &CaseId) -> Trace {
        let trace = trace(&self.store, case).await.expect("the table answers");
        trace.expect("the case is there")
    }

    pub async fn parked(&self) -> Vec<ParkedRow> {
        self.store.parked().await.expect("the table answers")
    }

    /// Runs `baton` with these arguments against this machine.
    pub async fn baton(&self, arguments: &[&str], input: &str) -> Said {
        let note = self
            .note
            .path()
            .to_str()
            .expect("it was made with a plain name");
        baton(&[arguments, &["--data", note]].concat(), input).await
    }

    /// A page of the board, by its path below the board's address.
    pub async fn board(&self, path: &str) -> String {
        let endpoints = self.host.endpoints();
        let board = endpoints.iter().find(|(name, _)| name == "BoardFunction");
        let url = format!("{}{path}", board.expect("the template has a board").1);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = ureq::get(&url).call().expect("the board answers");
            answer.into_body().read_to_string().expect("with a page")
        });
        asked.await.expect("it was asked")
    }

    /// Where the newest mail to a person whose subject holds these words leads.
    pub fn link(&self, person: &str, words: &str) -> String {
        let links = self.links(person, words);
        let newest = links.last();
        newest
            .unwrap_or_else(|| {
                panic!(
                    "no mail to {person} about {words:?} has a link: {:#?}",
                    self.mails()
                )
            })
            .clone()
    }

    /// What the mails to a person say whose subject holds these words, oldest first.
    pub fn mail_texts(&self, person: &str, words: &str) -> Vec<String> {
        let mails = self.host.mails();
        let fitting = mails.iter().filter(|mail| {
            mail.recipients
                .iter()
                .any(|to| to.starts_with(&format!("{person}@")))
                && mail.subject().contains(words)
        });
        fitting.filter_map(|mail| mail.parsed().text).collect()
    }

    /// Where the mails to a person whose subject holds these words lead, oldest first.
    pub fn links(&self, person: &str, words: &str) -> Vec<String> {
        let begin = format!("{}/url/LinksFunction/", self.host.url());
        self.mail_texts(person, words)
            .into_iter()
            .flat_map(|text| {
                let lines = text.lines().map(str::trim).map(str::to_owned);
                lines
                    .filter(|line| line.starts_with(&begin))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Opens a page as a browser does.
    pub async fn open(&self, url: &str) -> Shown {
        asked(url, None).await
    }

    /// Presses a button of a page as a browser does, and lets everything that follows run to its end.
    pub async fn press(&self, url: &str, fields: &[(&str, &str)]) -> Shown {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let shown = asked(url, Some(form)).await;
        self.rest().await;
        shown
    }

    /// The secrets as a process has them that starts now.
    pub fn secrets(&self) -> Secrets {
        let secrets = self.clients.secrets(self.store.clock().clone());
        secrets.expect("the folder has a name")
    }

    /// To whom, and the subject.
    pub fn mails(&self) -> Vec<(String, String)> {
        self.host.mails().iter().map(addressed).collect()
    }
}

/// A page as a browser gets it.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Shown {
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn asked(url: &str, form: Option<String>) -> Shown {
    let url = url.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let answer = match form {
            None => agent.get(&url).call(),
            Some(form) => agent
                .post(&url)
                .header("content-type", "application/x-www-form-urlencoded")
                .send(form),
        };
        let answer = answer.expect("the page answers");
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let body = answer.into_body().read_to_vec().expect("it has a body");
        Shown {
            status,
            headers,
            body,
        }
    });
    asked.await.expect("it was asked")
}

/// What Baton itself signs with, made anew.
pub fn own_secrets() -> BTreeMap<String, String> {
    let made = app::OWN_SECRETS.iter().map(|name| {
        let secret = Secret::generated().expect("the system has randomness");
        (
            format!("{LOCAL_SECRETS}/{name}"),
            secret.current().to_owned(),
        )
    });
    made.collect()
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// Runs `baton` as it was built, in a home that is nobody's.
pub async fn baton(arguments: &[&str], input: &str) -> Said {
    let home = tempfile::tempdir().expect("a folder can be made");
    let mut child = Command::new(programs().join("baton"))
        .args(arguments)
        .env("HOME", home.path())
        .env_remove("BATON_TABLE")
        .env_remove("BATON_BUS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("baton starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let input = input.to_owned();
    let writing = tokio::spawn(async move {
        // A command that refuses at once does not read to the end.
        let _ = stdin.write_all(input.as_bytes()).await;
    });
    let output = child.wait_with_output().await.expect("baton ends");
    writing.await.expect("it was written");
    Said {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

fn addressed(mail: &Mail) -> (String, String) {
    (mail.recipients.join(", "), mail.subject())
}

fn time(event: &Value) -> Option<Timestamp> {
    event["time"].as_str()?.parse().ok()
}

/// An envelope as the bus takes it.
pub fn entry(event: &Value, now: Timestamp) -> Entry {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    Entry {
        source: text("source"),
        detail_type: text("detail-type"),
        detail: event["detail"].clone(),
        time: time(event).unwrap_or(now),
    }
}

/// The demo's event whose file has this number.
pub fn demo_event(number: usize) -> Value {
    demo_events().swap_remove(number - 1)
}

/// The demo's signed contract under another number.
pub fn contract(id: &str) -> Value {
    let mut event = demo_event(1);
    event["detail"]["contract_id"] = id.into();
    event["detail"]["envelope_id"] = format!("env-{id}").into();
    event
}

/// The case that this contract starts.
pub fn case_of_contract(id: &str) -> CaseId {
    let once = serde_json::json!([id]).to_string();
    CaseId::of_trigger(&"contract_to_kickoff".into(), &once)
}

/// What somebody reports on a step of a case.
pub fn report(kind: &str, id: &str, data: Value) -> Value {
    serde_json::json!({
        "source": "baton.report", "detail-type": kind,
        "detail": {
            "metadata": {
                "id": id, "correlation_id": id, "causation_id": id,
                "time": "2026-11-23T08:00:00Z", "hops": 0, "schema_version": 1,
            },
            "data": data,
        },
    })
}

pub fn is_completed(case: &Case) -> bool {
    matches!(case.state, State::Completed { .. })
}
