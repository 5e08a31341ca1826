//! `baton demo`: a signed contract played to its mailed invoice by the real functions, on a clock that is set forward.
//! It must not move a case itself: it sends events, waits and looks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use domain::definition::Workflow;
use jiff::{SignedDuration, Timestamp};
use local::clock::Clock;
use serde_json::{Value, json};
use store::{Bus, EntryOutcome, Store};

use super::check::counted;
use super::send::Event;
use crate::carried::{DEMO_EVENTS, STARTER};
use crate::demo::{
    Around, Closing, Moment, News, Seen, check, closing, event_line, mail_line, opening,
};
use crate::failure::Failure;
use crate::machine::{self, Machine, Wish};
use crate::names::Names;
use crate::show::{BOLD, Out, paint};
use crate::target::Target;
use crate::timeline::{Line, Tag, Telling};

/// Monday 2026-11-23 08:59 in Berlin: a minute before the first event, so that sweeps fall on whole minutes.
const BEGIN: Timestamp = Timestamp::constant(1_795_420_740, 0);
const SENDER: &str = "baton@studio.example";
/// An event takes a moment to arrive. At the very second at which a working day begins, deadlines by business days
/// would turn on how fast this machine is.
const ARRIVES_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Longer than anything that the demo waits for; what takes longer is stuck.
const REST: Duration = Duration::from_secs(60);
/// Before a warning: far enough that the sweep which is lost would have seen it.
const LOST_SWEEP_BEFORE: SignedDuration = SignedDuration::from_secs(150);
/// Before a warning: the next sweep finds it and waits for it to the second.
const NEXT_SWEEP_BEFORE: SignedDuration = SignedDuration::from_secs(1);

#[derive(Debug, Args)]
pub struct Arguments {
    /// End when the story has been played: 0 if the chain is whole, 1 if a link is missing
    #[arg(long)]
    once: bool,
    /// Where the invoice is written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Take the built functions from this folder instead of building them
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// Print what the functions print
    #[arg(long)]
    logs: bool,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::outside(format!("no temporary folder can be made: {error}")))?;
    let clock = Clock::from_file(folder.path().join("clock"))
        .map_err(|error| Failure::outside(error.to_string()))?;
    clock
        .set(BEGIN)
        .map_err(|error| Failure::outside(error.to_string()))?;
    let machine = Machine::start(Wish {
        data: None,
        port: 0,
        bin_dir: arguments.bin_dir.as_deref(),
        sender: SENDER,
        clock,
        hands_mails_on: false,
        is_findable: !arguments.once,
        shows_logs: arguments.logs,
    })
    .await?;
    let played = tokio::select! {
        played = play(&machine, arguments, out) => played,
        () = machine::told_to_stop() => Err(Failure::refused("stopped before the story was over")),
    };
    if played.is_ok() && !arguments.once {
        out.say("\nThe pages stay up; `baton trace CASE` in another terminal tells a case row by row. Ctrl-C ends it.");
        machine::told_to_stop().await;
    }
    machine.stop().await;
    played
}

async fn play(machine: &Machine, arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = Target::of(&machine.running)?;
    let store = target.store()?;
    let bus = target.clients.bus()?;
    let (names, said) = put_in_force(&store).await?;
    out.say(&opening(
        &said.0,
        &said.1,
        machine.functions,
        &machine.running.url,
        &names,
    ));
    let mut stage = Stage {
        machine,
        store,
        bus,
        out,
        names,
        seen: Seen::default(),
        tellings: Default::default(),
        day: String::new(),
        warned: false,
        sweep_was_lost: false,
    };
    for (file, text) in DEMO_EVENTS {
        stage.event(file, text).await?;
    }
    // A company whose events come in time hears no warning; the next deadline is then waited for.
    if !stage.warned
        && let Some(mark) = stage.seen.next_mark()
    {
        stage.warning(mark).await?;
    }
    stage.close(arguments).await
}

/// Applies the company that the command carries, and gives its name and size.
async fn put_in_force(store: &Store) -> Result<(Names, (String, String)), Failure> {
    let files = STARTER
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    let loaded = loader::load(&files);
    let Some(mut workspace) = loaded.workspace else {
        return Err(Failure::refused(loader::render(
            &loaded.problems,
            &files,
            false,
        )));
    };
    // What comes round by the calendar is left out: the clock is set on by days, and the chain is to be read alone.
    let comes_round = |workflow: &Workflow| {
        let on = workflow.starts_on.as_ref();
        on.is_some_and(|on| on.every.is_some())
    };
    workspace
        .workflows
        .retain(|workflow| !comes_round(workflow));
    let names = Names::new(&workspace.team, &workspace.clients);
    let said = (workspace.team.name.clone(), counted(&workspace));
    let refused = |error: app::apply::ApplyError| Failure::refused(error.to_string());
    let company = app::apply::company(workspace.team, workspace.clients, workspace.workflows)
        .map_err(refused)?;
    app::apply::apply(store, &company).await.map_err(refused)?;
    Ok((names, said))
}

/// Everything the story needs while it is played.
struct Stage<'a> {
    machine: &'a Machine,
    store: Store,
    bus: Bus,
    out: &'a Out,
    names: Names,
    seen: Seen,
    tellings: std::collections::BTreeMap<domain::id::CaseId, Telling>,
    day: String,
    warned: bool,
    sweep_was_lost: bool,
}

impl Stage<'_> {
    /// Sets the clock to the event's time, puts it on the bus, waits until nothing moves, and tells what happened.
    async fn event(&mut self, file: &str, text: &str) -> Result<(), Failure> {
        let event = Event::read(text)?;
        let at = event
            .time()
            .map_or_else(|| self.now(), |at| at + ARRIVES_AFTER);
        while let Some(mark) = self.seen.next_mark().filter(|mark| *mark < at) {
            self.warning(mark).await?;
        }
        if at > self.now() {
            self.set_clock(at)?;
            self.rest(file).await?;
        }
        let put_at = self.now();
        match self.bus.publish_one(&event.entry(put_at)).await {
            EntryOutcome::Published { .. } => {}
            other => {
                return Err(Failure::outside(format!(
                    "{file} was not put on the bus: {other:?}"
                )));
            }
        }
        self.rest(file).await?;
        let envelope: Value = serde_json::from_str(text).unwrap_or_default();
        let head = event_line(&envelope, file, &self.names);
        self.tell(
            put_at,
            head,
            json!({ "event": envelope["detail-type"], "source": envelope["source"], "file": file }),
        )
        .await
    }

    /// Goes to the time of a warning with one sweep lost on the way.
    async fn warning(&mut self, mark: Timestamp) -> Result<(), Failure> {
        let before = self.sweeps();
        if let Some((schedule, _)) = &self.machine.sweep {
            self.machine.host.skip_next_schedule(schedule);
        }
        self.set_clock(mark - LOST_SWEEP_BEFORE)?;
        self.rest("a lost sweep").await?;
        self.sweep_was_lost = self.sweeps() == before;
        self.set_clock(mark - NEXT_SWEEP_BEFORE)?;
        self.rest("a sweep").await?;
        self.warned = true;
        let lost = if self.sweep_was_lost {
            "; the one before was lost on purpose"
        } else {
            ""
        };
        let head = Line::new(
            Tag::In,
            format!("the sweep, once a minute{lost}"),
            "sla-check",
        );
        self.tell(
            mark,
            head,
            json!({ "event": "sweep", "lost_before": self.sweep_was_lost }),
        )
        .await
    }

    /// How often the sweep has run so far.
    fn sweeps(&self) -> u64 {
        let counts = self.machine.host.counts();
        let function = self
            .machine
            .sweep
            .as_ref()
            .map(|(_, function)| function.as_str());
        function
            .and_then(|function| counts.functions.get(function))
            .map_or(0, |count| count.invocations)
    }

    async fn tell(&mut self, at: Timestamp, head: Line, came_in: Value) -> Result<(), Failure> {
        let News { rows, mails } = self.seen.look(&self.store, &self.machine.host, at).await?;
        let mut lines: Vec<(Timestamp, Line)> = Vec::new();
        let mut facts = Vec::new();
        for (case, record) in &rows {
            let telling = self.tellings.entry(case.clone()).or_default();
            lines.extend(
                telling
                    .story(record, &self.names)
                    .into_iter()
                    .map(|line| (record.at, line)),
            );
            facts.extend(record.facts.iter().map(|fact| json!({ "at": record.at, "case": case, "row": record.sequence, "fact": fact.words() })));
        }
        lines.extend(mails.iter().map(|mail| (mail.at, mail_line(mail))));
        lines.sort_by_key(|(at, _)| *at);
        self.out
            .json_line(&json!({ "at": at, "in": came_in, "facts": facts, "mails": mails }));
        let day = self.names.day(at);
        if day != self.day {
            self.out.say(&format!("\n{}", paint(BOLD, &day)));
            self.day = day;
        } else {
            self.out.say("");
        }
        let names = &self.names;
        self.out.say(
            &Moment {
                at,
                head,
                lines,
                names,
            }
            .render(),
        );
        Ok(())
    }

    async fn close(&self, arguments: &Arguments) -> Result<(), Failure> {
        let cases: Vec<_> = self.seen.cases.values().collect();
        let parked = self.store.parked().await?.len();
        let checks = check(
            &cases,
            &self.seen.mails,
            &Around {
                parked,
                sweep_was_lost: self.sweep_was_lost,
            },
            &self.names,
        );
        let invoices =
            self.write_invoices(&arguments.out.clone().unwrap_or_else(invoice_folder))?;
        let places = if arguments.once {
            Vec::new()
        } else {
            self.machine.pages()
        };
        let missing = checks.iter().filter(|check| !check.is_there).count();
        self.out.json_line(&json!({ "is_whole": missing == 0, "chain": checks, "invoices": invoices, "pages": places }));
        let cases: Vec<_> = cases.iter().map(|seen| &seen.case).collect();
        let paths: Vec<&Path> = invoices.iter().map(PathBuf::as_path).collect();
        self.out.say("");
        self.out.say(&closing(&Closing {
            checks: &checks,
            cases: &cases,
            names: &self.names,
            places: &places,
            invoices: &paths,
        }));
        if missing == 0 {
            return Ok(());
        }
        self.out.say(&format!(
            "\nWhat the functions printed last:\n{}",
            self.machine.last_lines().join("\n")
        ));
        Err(Failure::told())
    }

    /// Writes every PDF that was mailed, and says where.
    fn write_invoices(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::outside(format!(
                "the invoice can not be written to {}: {error}",
                folder.display()
            ))
        };
        let mut written = Vec::new();
        for attachment in self
            .machine
            .host
            .mails()
            .iter()
            .flat_map(|mail| mail.parsed().attachments)
        {
            // The name comes from a mail: only its last part may name a file here.
            let Some(name) = Path::new(&attachment.name)
                .file_name()
                .filter(|_| attachment.content_type == "application/pdf")
            else {
                continue;
            };
            std::fs::create_dir_all(folder).map_err(failed)?;
            let path = folder.join(name);
            std::fs::write(&path, &attachment.bytes).map_err(failed)?;
            written.push(path);
        }
        Ok(written)
    }

    fn now(&self) -> Timestamp {
        self.machine.host.clock().now()
    }

    fn set_clock(&self, to: Timestamp) -> Result<(), Failure> {
        self.machine
            .host
            .clock()
            .set(to)
            .map_err(|error| Failure::outside(error.to_string()))
    }

    /// Waits until nothing that is due is unfinished.
    async fn rest(&self, after: &str) -> Result<(), Failure> {
        match tokio::time::timeout(REST, self.machine.host.at_rest()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Failure::outside(format!(
                "the machine did not come to rest within {} s after {after}; the functions printed last:\n{}",
                REST.as_secs(),
                self.machine.last_lines().join("\n")
            ))),
        }
    }
}

/// `target/demo` below the current folder if there is a `target`, else the machine's folder for temporary files.
fn invoice_folder() -> PathBuf {
    let target = Path::new("target");
    if target.is_dir() {
        target.join("demo")
    } else {
        std::env::temp_dir().join("baton-demo")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_begins_a_minute_before_its_first_event() {
        let first = Event::read(DEMO_EVENTS[0].1).unwrap().time().unwrap();
        assert_eq!(first - BEGIN, jiff::Span::new().seconds(60).fieldwise());
        let local = BEGIN.in_tz("Europe/Berlin").unwrap();
        assert_eq!(
            local.strftime("%A %F %H:%M").to_string(),
            "Monday 2026-11-23 08:59"
        );
    }

    #[test]
    fn events_are_played_in_the_order_in_which_they_happened() {
        let times: Vec<_> = DEMO_EVENTS
            .iter()
            .map(|(_, text)| Event::read(text).unwrap().time())
            .collect();
        assert!(times.is_sorted());
    }
}
