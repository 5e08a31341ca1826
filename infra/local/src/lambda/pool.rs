//! The processes of one function: an invocation goes to an idle one, else to a new one up to a limit, else it waits.
//! It must not know where an invocation comes from.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use super::{Failure, Invocation, Outcome, Surroundings, process};
use crate::template;

/// What Lambda allows an answer to be.
const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;

pub(super) struct Pool {
    function: template::Function,
    surroundings: Arc<Surroundings>,
    limit: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    workers: HashMap<u64, Worker>,
    /// Idle workers, the last one used at the back: it is the warmest.
    idle: Vec<u64>,
    next_worker: u64,
    is_closed: bool,
}

struct Job {
    invocation: Invocation,
    answer: oneshot::Sender<Outcome>,
}

struct Worker {
    kill: Arc<Notify>,
    state: WorkerState,
}

enum WorkerState {
    /// Started, has not asked for work yet; what its initialisation reported, if it failed.
    Starting(Option<Bytes>),
    /// Has answered and is about to ask again.
    Asking,
    Idle(oneshot::Sender<Delivery>),
    Busy(Running),
}

struct Running {
    request_id: String,
    answer: oneshot::Sender<Outcome>,
    deadline: AbortHandle,
}

/// What a worker's `next` call is answered with.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) invocation: Invocation,
    pub(super) deadline_ms: u128,
    pub(super) function_arn: String,
}

/// Why a call on the Runtime API is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Worker,
    Request,
}

impl Pool {
    pub(super) fn new(function: template::Function, surroundings: Arc<Surroundings>) -> Arc<Self> {
        let limit = function
            .reserved_concurrency
            .unwrap_or(surroundings.default_concurrency);
        Arc::new(Self {
            function,
            surroundings,
            limit: limit as usize,
            state: Mutex::default(),
        })
    }

    pub(super) fn function(&self) -> &template::Function {
        &self.function
    }

    pub(super) fn missing_binary(&self) -> Option<String> {
        let path = process::binary(&self.function, &self.surroundings);
        (!path.is_file()).then(|| {
            format!(
                "{}: {} does not exist; build it with `cargo build -p {}`",
                self.function.name,
                path.display(),
                self.function.binary
            )
        })
    }

    /// `None` when the machine stops before the invocation has ended.
    pub(super) async fn invoke(self: &Arc<Self>, invocation: Invocation) -> Option<Outcome> {
        let (answer, outcome) = oneshot::channel();
        self.add(Job { invocation, answer });
        let outcome = outcome.await.ok()?;
        self.surroundings
            .counter
            .function(&self.function.name, |count| {
                count.invocations += 1;
                if let Outcome::Failed(failure) = &outcome {
                    count.errors += 1;
                    count.timeouts += u64::from(failure.is_timeout);
                }
            });
        if let Outcome::Failed(failure) = &outcome {
            self.surroundings
                .logs
                .line(&self.function.name, &failure.text());
        }
        Some(outcome)
    }

    fn add(self: &Arc<Self>, job: Job) {
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let mut job = job;
        while let Some(worker) = state.idle.pop() {
            match self.hand_over(&mut state, worker, job) {
                None => return,
                Some(back) => job = back,
            }
        }
        state.waiting.push_back(job);
        self.grow(&mut state);
    }

    /// Gives the job to an idle worker, whose time begins; gives it back when the worker's connection is gone.
    fn hand_over(self: &Arc<Self>, state: &mut State, worker: u64, job: Job) -> Option<Job> {
        let Some(found) = state.workers.get_mut(&worker) else {
            return Some(job);
        };
        let line = match std::mem::replace(&mut found.state, WorkerState::Asking) {
            WorkerState::Idle(line) => line,
            other => {
                found.state = other;
                return Some(job);
            }
        };
        let request_id = job.invocation.request_id.clone();
        let delivery = Delivery {
            deadline_ms: deadline_ms(self.function.timeout_seconds),
            function_arn: self.surroundings.region.function(&self.function.name),
            invocation: job.invocation,
        };
        if let Err(back) = line.send(delivery) {
            return Some(Job {
                invocation: back.invocation,
                answer: job.answer,
            });
        }
        found.state = WorkerState::Busy(Running {
            deadline: self.start_deadline(worker, request_id.clone()),
            request_id,
            answer: job.answer,
        });
        None
    }

    fn start_deadline(self: &Arc<Self>, worker: u64, request_id: String) -> AbortHandle {
        let pool = Arc::downgrade(self);
        let timeout = Duration::from_secs(self.function.timeout_seconds.into());
        let deadline = tokio::spawn(async move {
            tokio::time::sleep(timeout).await;
            if let Some(pool) = pool.upgrade() {
                pool.timed_out(worker, &request_id);
            }
        });
        deadline.abort_handle()
    }

    /// Starts processes for waiting jobs that no starting process will take.
    fn grow(self: &Arc<Self>, state: &mut State) {
        let is_about_to_ask = |worker: &&Worker| {
            matches!(worker.state, WorkerState::Starting(_) | WorkerState::Asking)
        };
        let about_to_ask = state.workers.values().filter(is_about_to_ask).count();
        let wanted = state.waiting.len().saturating_sub(about_to_ask);
        let room = self.limit.saturating_sub(state.workers.len());
        for _ in 0..wanted.min(room) {
            if let Some(missing) = self.missing_binary() {
                self.fail_first(state, &missing);
                continue;
            }
            let worker = state.next_worker;
            state.next_worker += 1;
            let pool = Arc::downgrade(self);
            let exited = move |how: String| {
                if let Some(pool) = pool.upgrade() {
                    pool.exited(worker, &how);
                }
            };
            match process::start(&self.function, &self.surroundings, worker, exited) {
                Ok(kill) => {
                    self.surroundings
                        .counter
                        .function(&self.function.name, |count| count.starts += 1);
                    let starting = Worker {
                        kill,
                        state: WorkerState::Starting(None),
                    };
                    state.workers.insert(worker, starting);
                }
                Err(error) => {
                    let path = process::binary(&self.function, &self.surroundings);
                    self.fail_first(
                        state,
                        &format!("{} cannot be started: {error}", path.display()),
                    );
                }
            }
        }
    }

    fn fail_first(&self, state: &mut State, why: &str) {
        if let Some(job) = state.waiting.pop_front() {
            let _ = job.answer.send(Outcome::Failed(Failure::not_started(why)));
        }
    }

    /// A worker asks for work; the receiver gives it once there is some.
    pub(super) fn next(
        self: &Arc<Self>,
        worker: u64,
    ) -> Result<oneshot::Receiver<Delivery>, Unknown> {
        let mut state = self.state();
        let (line, delivery) = oneshot::channel();
        let found = state.workers.get_mut(&worker).ok_or(Unknown::Worker)?;
        if let WorkerState::Busy(running) =
            std::mem::replace(&mut found.state, WorkerState::Idle(line))
        {
            // A runtime that asks again without an answer has lost the invocation.
            running.deadline.abort();
            let failure = Failure::exited(
                &running.request_id,
                "the runtime asked for the next invocation without answering this one",
            );
            let _ = running.answer.send(Outcome::Failed(failure));
        }
        match state.waiting.pop_front() {
            Some(job) => {
                if let Some(back) = self.hand_over(&mut state, worker, job) {
                    state.waiting.push_front(back);
                }
            }
            None => state.idle.push(worker),
        }
        Ok(delivery)
    }

    /// The worker answers, with a result or an error.
    pub(super) fn answer(
        &self,
        worker: u64,
        request_id: &str,
        outcome: Outcome,
    ) -> Result<(), Unknown> {
        let mut state = self.state();
        let found = state.workers.get_mut(&worker).ok_or(Unknown::Worker)?;
        if !matches!(&found.state, WorkerState::Busy(running) if running.request_id == request_id) {
            return Err(Unknown::Request);
        }
        let WorkerState::Busy(running) = std::mem::replace(&mut found.state, WorkerState::Asking)
        else {
            return Err(Unknown::Request);
        };
        running.deadline.abort();
        let outcome = match outcome {
            Outcome::Answered(body) if body.len() > MAX_ANSWER_BYTES => {
                Outcome::Failed(Failure::exited(
                    request_id,
                    &format!(
                        "the answer has {} bytes, Lambda takes at most {MAX_ANSWER_BYTES}",
                        body.len()
                    ),
                ))
            }
            other => other,
        };
        // Who asked may be gone; the work is done all the same.
        let _ = running.answer.send(outcome);
        Ok(())
    }

    /// The worker could not initialise; it will exit, and `exited` then reports this.
    pub(super) fn init_failed(&self, worker: u64, report: Bytes) -> Result<(), Unknown> {
        let mut state = self.state();
        let found = state.workers.get_mut(&worker).ok_or(Unknown::Worker)?;
        if let WorkerState::Starting(reported) = &mut found.state {
            *reported = Some(report);
        }
        Ok(())
    }

    fn timed_out(&self, worker: u64, request_id: &str) {
        let mut state = self.state();
        let is_running = state.workers.get(&worker).is_some_and(
            |found| matches!(&found.state, WorkerState::Busy(running) if running.request_id == request_id),
        );
        if !is_running {
            return;
        }
        // Out of the pool at once, so that nothing it still sends counts.
        if let Some(found) = state.workers.remove(&worker) {
            found.kill.notify_one();
            if let WorkerState::Busy(running) = found.state {
                let failure = Failure::timed_out(request_id, self.function.timeout_seconds);
                let _ = running.answer.send(Outcome::Failed(failure));
            }
        }
    }

    fn exited(self: &Arc<Self>, worker: u64, how: &str) {
        let mut state = self.state();
        state.idle.retain(|idle| *idle != worker);
        if let Some(found) = state.workers.remove(&worker) {
            match found.state {
                WorkerState::Busy(running) => {
                    running.deadline.abort();
                    let failure = Failure::exited(&running.request_id, how);
                    let _ = running.answer.send(Outcome::Failed(failure));
                }
                // It never got to ask for work: what waits is told why, or it would start processes for ever.
                WorkerState::Starting(report) => {
                    if let Some(job) = state.waiting.pop_front() {
                        let failure = match report {
                            Some(report) => Failure::reported(report),
                            None => Failure::exited(&job.invocation.request_id, how),
                        };
                        let _ = job.answer.send(Outcome::Failed(failure));
                    }
                }
                WorkerState::Asking | WorkerState::Idle(_) => {}
            }
        }
        if !state.is_closed {
            self.grow(&mut state);
        }
    }

    pub(super) fn kill_all(&self) -> usize {
        let state = self.state();
        for worker in state.workers.values() {
            worker.kill.notify_one();
        }
        state.workers.len()
    }

    /// Ends everything: no process is started any more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.waiting.clear();
        state.idle.clear();
        // Dropping a worker drops its invocation's answer, which ends `invoke` without an outcome.
        for (_, worker) in state.workers.drain() {
            worker.kill.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deadlines are in real time: a function cannot compute faster than it does.
fn deadline_ms(timeout_seconds: u32) -> u128 {
    let deadline = SystemTime::now() + Duration::from_secs(timeout_seconds.into());
    deadline
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
}
