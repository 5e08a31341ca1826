//! Puts the rooms together in the order in which they need each other.
//! It must not do any of their work.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Host, Rooms, Settings, StartError};
use crate::agenda::Agenda;
use crate::arn::Region;
use crate::bus::{self, Bus, Deliveries};
use crate::clock::Clock;
use crate::counts::Counter;
use crate::faults::Faults;
use crate::journal::{DatabaseFile, Journal, Left, LeftWork, Writer};
use crate::lambda::asynchronous::{self, Asynchronous};
use crate::lambda::{Functions, Logs, Surroundings};
use crate::parameters::Parameters;
use crate::queues::mapping::Consumer as QueueConsumer;
use crate::queues::{self, Queues};
use crate::rest::Rest;
use crate::schedules::Schedules;
use crate::ses::{Mailer, Telling};
use crate::streams::{Consumer as StreamConsumer, Positions, Rooms as StreamRooms};
use crate::table::{EXPIRY_SWEEP, Engine, TableRoom, TableSettings};
use crate::template::Wiring;
use crate::urls::Urls;
use crate::wire;

pub(super) fn build(mut settings: Settings) -> Result<Host, StartError> {
    let listener = listen(&mut settings)?;
    let address = listener.local_addr().map_err(|source| StartError::Listen {
        address: settings.listen,
        source,
    })?;
    let environment = environment(&settings, address);
    let (ground, engine, left, writer) = Ground::lay(&settings)?;
    let rooms = Arc::new(ground.rooms(&settings, engine, address, &environment)?);
    let schedules = Schedules::new(
        &settings.wiring.schedules,
        rooms.deliveries.clone(),
        ground.journal.clone(),
        ground.agenda.clone(),
        settings.clock.clone(),
        &left.positions,
    )
    .map_err(|error| wiring(&error))?;
    let streams = ground.stream_consumers(&settings.wiring, &rooms, &left.positions)?;
    let queue_consumers = ground.queue_consumers(&settings.wiring, &rooms);

    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(wire::serve(listener, rooms.clone(), stopped));
    for work in left.work {
        take_up(work, &rooms);
    }
    let agenda = ground.agenda.clone();
    tasks.spawn(async move { agenda.run().await });
    for stream in &streams {
        tasks.spawn(stream.clone().run());
    }
    for consumer in &queue_consumers {
        tasks.spawn(consumer.clone().run());
    }
    schedules.start();
    if settings
        .wiring
        .tables
        .iter()
        .any(|table| table.ttl_attribute.is_some())
    {
        expire_regularly(&rooms, &ground.agenda, &settings.clock);
    }
    Ok(Host {
        rooms,
        agenda: ground.agenda,
        schedules,
        streams,
        queue_consumers,
        clock: settings.clock,
        environment,
        stop,
        tasks,
        writer: Some(writer),
        _file: ground.file,
    })
}

/// What every room stands on.
struct Ground {
    file: DatabaseFile,
    journal: Journal,
    agenda: Arc<Agenda>,
    rest: Rest,
    region: Region,
    counter: Arc<Counter>,
    clock: Clock,
}

impl Ground {
    fn lay(settings: &Settings) -> Result<(Self, Engine, Left, Writer), StartError> {
        let file = DatabaseFile::open(settings.data.as_deref()).map_err(StartError::Folder)?;
        let engine =
            Engine::open(&file, settings.clock.clone()).map_err(|error| database(&error))?;
        let (journal, left, writer) =
            Journal::open(&file, engine.gate()).map_err(|error| database(&error))?;
        let rest = Rest::default();
        let ground = Self {
            file,
            journal,
            agenda: Arc::new(Agenda::new(settings.clock.clone(), rest.clone())),
            rest,
            region: Region(settings.region.clone()),
            counter: Arc::default(),
            clock: settings.clock.clone(),
        };
        Ok((ground, engine, left, writer))
    }

    fn rooms(
        &self,
        settings: &Settings,
        engine: Engine,
        address: SocketAddr,
        environment: &BTreeMap<String, String>,
    ) -> Result<Rooms, StartError> {
        let run_id = uuid::Uuid::new_v4().simple().to_string();
        let wiring_of = &settings.wiring;
        let faults = Arc::new(Faults::default());
        let queues = Queues::new(
            &wiring_of.queues,
            self.journal.clone(),
            self.clock.clone(),
            self.agenda.clone(),
        );
        let surroundings = Surroundings {
            bin_dir: settings.bin_dir.clone(),
            address,
            region: self.region.clone(),
            environment: environment
                .iter()
                .chain(&settings.environment)
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            default_concurrency: settings.default_concurrency,
            logs: Logs::new(settings.log.clone(), folder(settings, "logs")?),
            counter: self.counter.clone(),
            run_id: run_id.clone(),
        };
        let functions = Arc::new(Functions::new(&wiring_of.functions, surroundings));
        let asynchronous = Arc::new(Asynchronous {
            functions: functions.clone(),
            journal: self.journal.clone(),
            queues: queues.clone(),
            agenda: self.agenda.clone(),
            rest: self.rest.clone(),
            clock: self.clock.clone(),
            region: self.region.clone(),
            retry_delays: settings.retry_delays,
        });
        let deliveries = Arc::new(Deliveries {
            asynchronous: asynchronous.clone(),
            journal: self.journal.clone(),
            queues: queues.clone(),
            agenda: self.agenda.clone(),
            rest: self.rest.clone(),
            clock: self.clock.clone(),
            region: self.region.clone(),
            faults: faults.clone(),
        });
        let bus = Arc::new(
            Bus::new(
                wiring_of,
                deliveries.clone(),
                self.clock.clone(),
                self.region.clone(),
            )
            .map_err(|error| wiring(&error))?,
        );
        let table = TableRoom::open(
            engine,
            self.journal.clone(),
            self.counter.clone(),
            &wiring_of.tables,
            TableSettings {
                clock: self.clock.clone(),
                durability: self.file.durability(),
                transaction_hold: settings.transaction_hold,
            },
        )
        .map_err(|error| wiring(&error))?;
        let mailer = Mailer::new(
            self.journal.clone(),
            self.file.connect().map_err(|error| database(&error))?,
            self.clock.clone(),
            self.counter.clone(),
            folder(settings, "mails")?,
            settings.hand_mails_on_to.as_deref(),
            Telling {
                sets: wiring_of.mail_sets.clone(),
                bus: bus.clone(),
                agenda: self.agenda.clone(),
                region: self.region.clone(),
            },
        )
        .map_err(StartError::Mails)?;
        let parameters = Parameters::open(settings.data.as_deref(), &settings.secrets)
            .map_err(StartError::Folder)?;
        Ok(Rooms {
            address,
            run_id,
            urls: Urls::new(
                functions.clone(),
                &wiring_of.functions,
                self.clock.clone(),
                self.rest.clone(),
            ),
            table,
            bus,
            queues,
            functions,
            asynchronous,
            deliveries,
            mailer,
            parameters,
            journal: self.journal.clone(),
            faults,
            counter: self.counter.clone(),
            rest: self.rest.clone(),
        })
    }

    fn stream_consumers(
        &self,
        wiring_of: &Wiring,
        rooms: &Rooms,
        left: &BTreeMap<String, String>,
    ) -> Result<Vec<Arc<StreamConsumer>>, StartError> {
        let shared = Arc::new(StreamRooms {
            functions: rooms.functions.clone(),
            journal: self.journal.clone(),
            queues: rooms.queues.clone(),
            agenda: self.agenda.clone(),
            rest: self.rest.clone(),
            clock: self.clock.clone(),
            region: self.region.clone(),
            positions: Arc::new(Positions::default()),
        });
        let consumers = wiring_of.streams.iter().map(|mapping| {
            let writes = rooms.table.writes(&mapping.table).ok_or_else(|| {
                StartError::Wiring(format!(
                    "a stream is taken from {}, which is no table",
                    mapping.table
                ))
            })?;
            let reader = self.file.connect().map_err(|error| database(&error))?;
            let consumer =
                StreamConsumer::new(mapping.clone(), shared.clone(), writes, reader, left)
                    .map_err(|error| wiring(&error))?;
            Ok(Arc::new(consumer))
        });
        consumers.collect()
    }

    fn queue_consumers(&self, wiring_of: &Wiring, rooms: &Rooms) -> Vec<QueueConsumer> {
        let consumers = wiring_of
            .queue_mappings
            .iter()
            .map(|mapping| QueueConsumer {
                mapping: mapping.clone(),
                queues: rooms.queues.clone(),
                functions: rooms.functions.clone(),
                rest: self.rest.clone(),
                region: self.region.clone(),
            });
        consumers.collect()
    }
}

fn listen(settings: &mut Settings) -> Result<tokio::net::TcpListener, StartError> {
    let address = settings.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = match settings.listener.take() {
        Some(listener) => listener,
        None => TcpListener::bind(address).map_err(failed)?,
    };
    listener.set_nonblocking(true).map_err(failed)?;
    tokio::net::TcpListener::from_std(listener).map_err(failed)
}

fn environment(settings: &Settings, address: SocketAddr) -> BTreeMap<String, String> {
    let endpoint = format!("http://{address}");
    let mut variables: BTreeMap<String, String> = [
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint.as_str()),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", &endpoint),
        ("AWS_ENDPOINT_URL_SES", &endpoint),
        ("AWS_ENDPOINT_URL_SQS", &endpoint),
        ("AWS_ENDPOINT_URL_SSM", &endpoint),
        ("AWS_REGION", &settings.region),
        ("AWS_DEFAULT_REGION", &settings.region),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    if let Some(path) = settings.clock.path() {
        variables.insert("BATON_CLOCK".to_owned(), path.display().to_string());
    }
    variables
}

fn folder(settings: &Settings, name: &str) -> Result<Option<PathBuf>, StartError> {
    let Some(data) = &settings.data else {
        return Ok(None);
    };
    let folder = Path::new(data).join(name);
    std::fs::create_dir_all(&folder).map_err(StartError::Folder)?;
    Ok(Some(folder))
}

fn take_up(work: LeftWork, rooms: &Rooms) {
    match work.kind.as_str() {
        asynchronous::KIND => rooms.asynchronous.take_up(work),
        bus::KIND => rooms.deliveries.take_up(work),
        queues::KIND => rooms.queues.take_up(work),
        kind => tracing::error!(
            kind,
            id = work.id,
            "left work of an unknown kind stays where it is"
        ),
    }
}

/// Looks for expired items once in `EXPIRY_SWEEP` of shown time.
fn expire_regularly(rooms: &Arc<Rooms>, agenda: &Arc<Agenda>, clock: &Clock) {
    let (later_rooms, later_agenda, later_clock) =
        (Arc::downgrade(rooms), agenda.clone(), clock.clone());
    let due = clock.now() + EXPIRY_SWEEP;
    agenda.at(due, move |held| {
        let Some(rooms) = later_rooms.upgrade() else {
            return;
        };
        tokio::spawn(async move {
            rooms.table.sweep_expired().await;
            expire_regularly(&rooms, &later_agenda, &later_clock);
            drop(held);
        });
    });
}

fn database(error: &dyn std::fmt::Display) -> StartError {
    StartError::Database(error.to_string())
}

fn wiring(error: &dyn std::fmt::Display) -> StartError {
    StartError::Wiring(error.to_string())
}
