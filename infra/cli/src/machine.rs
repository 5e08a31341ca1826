//! One machine for `local` and `demo`: the template read, the functions found, the host started, a note left for other terminals.
//! It must not know what runs on it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use local::clock::Clock;
use local::{Host, LogLine, LogListener, Settings, StartError};
use store::Secret;
use store::config::LOCAL_SECRETS;

use crate::binaries;
use crate::carried::TEMPLATE;
use crate::failure::Failure;
use crate::running::{self, Running};

/// Lines of the functions kept for the case that something goes wrong.
const KEPT_LINES: usize = 40;

/// Stands in names only; nothing leaves this machine.
const REGION: &str = "eu-central-1";

/// How a machine is wanted.
pub struct Wish<'a> {
    pub data: Option<&'a Path>,
    /// 0 takes a free port.
    pub port: u16,
    pub bin_dir: Option<&'a Path>,
    pub sender: &'a str,
    pub clock: Clock,
    /// Whether mails also go to where `AWS_ENDPOINT_URL_SES` points.
    pub hands_mails_on: bool,
    /// Whether other commands of this user find it without being told where.
    pub is_findable: bool,
    /// Prints what the functions print.
    pub shows_logs: bool,
}

/// A running machine.
pub struct Machine {
    pub host: Host,
    pub running: Running,
    pub functions: usize,
    /// The schedule of the sweep, and the function that it fires.
    pub sweep: Option<(String, String)>,
    /// Functions that answer to what a link or a tool brings, not to whoever opens their address.
    public: BTreeSet<String>,
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Folders with a note about it.
    notes: Vec<PathBuf>,
}

impl Machine {
    pub async fn start(wish: Wish<'_>) -> Result<Self, Failure> {
        if let Some(running) = wish.data.map(Running::read).transpose()?.flatten()
            && running.answers()
        {
            return Err(Failure::refused(format!(
                "a host runs on that folder already: {} (process {})",
                running.url, running.process
            ))
            .help("use it, or stop it first; two hosts must not share a folder"));
        }
        let listener = listen(wish.port)?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::outside(format!("the port can not be read: {error}")))?;
        let (wiring, public) = wiring(&format!("http://{address}"), wish.sender)?;
        let names: Vec<String> = wiring
            .functions
            .iter()
            .map(|function| function.binary.clone())
            .collect();
        let bin_dir = binaries::find(wish.bin_dir, &names).await?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let running = Running {
            url: format!("http://{address}"),
            table: wiring
                .tables
                .first()
                .map(|table| table.name.clone())
                .unwrap_or_default(),
            bus: wiring
                .buses
                .first()
                .map(|bus| bus.name.clone())
                .unwrap_or_default(),
            sender: wish.sender.to_owned(),
            clock_file: wish.clock.path().map(Path::to_owned),
            process: std::process::id(),
            started_at: Timestamp::now(),
        };
        let sweep = wiring.schedules.first();
        let sweep = sweep.map(|sweep| (sweep.name.clone(), sweep.function.clone()));
        let mut settings = Settings::new(wiring, bin_dir, wish.clock);
        if !wish.hands_mails_on {
            settings.hand_mails_on_to = None;
        }
        settings.region = REGION.to_owned();
        settings.data = wish.data.map(Path::to_owned);
        settings.secrets = own_secrets()?;
        settings.listener = Some(listener);
        settings.log = Some(keep(lines.clone(), wish.shows_logs));
        let host = Host::start(settings)
            .await
            .map_err(|error| not_started(&error))?;
        let mut machine = Self {
            host,
            running,
            functions: names.len(),
            sweep,
            public,
            lines,
            notes: Vec::new(),
        };
        let users = wish.is_findable.then(running::users_folder);
        for folder in wish.data.map(Path::to_owned).into_iter().chain(users) {
            machine.leave_note(folder)?;
        }
        Ok(machine)
    }

    /// What the functions printed last.
    pub fn last_lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// The pages that a person may open: name and address.
    pub fn pages(&self) -> Vec<(String, String)> {
        let mut pages = Vec::new();
        for (name, address) in self.host.endpoints() {
            match name.strip_suffix("Function") {
                Some(_) if self.public.contains(&name) => {}
                Some(function) => pages.push((function.to_owned(), address)),
                None if name == "Mails" => pages.push((name, address)),
                None => {}
            }
        }
        pages
    }

    /// Ends the functions and finishes the last writes.
    pub async fn stop(self) {
        for folder in &self.notes {
            self.running.remove(folder);
        }
        self.host.shutdown().await;
    }

    fn leave_note(&mut self, folder: PathBuf) -> Result<(), Failure> {
        self.running
            .write(&folder)
            .map_err(|error| Failure::outside(format!("{}: {error}", folder.display())))?;
        self.notes.push(folder);
        Ok(())
    }
}

/// Waits for Ctrl-C, or for the signal by which a service is stopped.
pub async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).map_err(|error| {
        Failure::outside(format!("{address} can not be listened on: {error}"))
            .help("another host may run there; --port 0 takes a free one")
    })
}

/// The template for this machine, as AWS would have it for one stack, and the functions that are open to the world in it.
fn wiring(url: &str, sender: &str) -> Result<(local::template::Wiring, BTreeSet<String>), Failure> {
    let settings = local::template::Settings {
        parameters: BTreeMap::from([("Sender".to_owned(), sender.to_owned())]),
        url_base: format!("{url}/url"),
        region: REGION.to_owned(),
    };
    let mut wiring = local::template::read(TEMPLATE, &settings)
        .map_err(|error| Failure::refused(format!("the template can not be read: {error}")))?;
    // On AWS the board asks for a signature. A browser here has none to give, and nobody else reaches this machine's loopback.
    let mut public = BTreeSet::new();
    for function in &mut wiring.functions {
        let Some(url) = function.url.as_mut() else {
            continue;
        };
        if url.auth_type == "NONE" {
            public.insert(function.name.clone());
        }
        url.auth_type = "NONE".to_owned();
    }
    Ok((wiring, public))
}

/// What Baton itself signs with. On AWS somebody keeps it once, after the first deploy.
fn own_secrets() -> Result<BTreeMap<String, String>, Failure> {
    let made = app::OWN_SECRETS.iter().map(|name| {
        let secret =
            Secret::generated().map_err(|error| Failure::outside(store::explain(&error)))?;
        Ok((
            format!("{LOCAL_SECRETS}/{name}"),
            secret.current().to_owned(),
        ))
    });
    made.collect()
}

fn not_started(error: &StartError) -> Failure {
    Failure::outside(store::explain(error))
}

fn keep(lines: Arc<Mutex<VecDeque<String>>>, shows: bool) -> LogListener {
    Arc::new(move |line: LogLine<'_>| {
        let text = format!("{}: {}", line.function, line.text);
        if shows {
            use std::io::Write;
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(text);
    })
}
