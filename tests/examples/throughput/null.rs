//! The measure beside it: what such a host carries when the function does nothing.
//! It must not touch the table or the bus.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use local::clock::Clock;
use local::template::{AsynchronousInvocation, Function, FunctionUrl, Wiring};
use local::{Host, Settings};
use tests::programs::example;

const NAME: &str = "Null";
const PROGRAM: &str = "hello";

/// Calls per second of a hello world by `clients` that each wait for the answer.
pub async fn calls_per_second(clients: usize, during: Duration) -> f64 {
    let programs = tokio::task::spawn_blocking(|| example(PROGRAM)).await;
    let programs = programs.expect("it builds");
    let settings = Settings::new(wiring(), programs, Clock::system());
    let host = Host::start(settings).await.expect("the host starts");
    let url = format!("{}/url/{NAME}/", host.url());
    let calls = Arc::new(AtomicU64::new(0));
    let until = Instant::now() + during;
    let callers: Vec<_> = (0..clients)
        .map(|_| {
            let (url, calls) = (url.clone(), calls.clone());
            tokio::task::spawn_blocking(move || {
                let agent = ureq::Agent::new_with_defaults();
                while Instant::now() < until {
                    let answer = agent.get(&url).call().expect("it answers");
                    answer.into_body().read_to_string().expect("to its end");
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("a caller ends");
    }
    host.shutdown().await;
    calls.load(Ordering::Relaxed) as f64 / during.as_secs_f64()
}

fn wiring() -> Wiring {
    Wiring {
        functions: vec![Function {
            name: NAME.to_owned(),
            binary: PROGRAM.to_owned(),
            timeout_seconds: 30,
            memory_mb: 128,
            environment: BTreeMap::new(),
            asynchronous: AsynchronousInvocation {
                max_retries: 0,
                max_event_age_seconds: 60,
                on_failure_queue: None,
            },
            url: Some(FunctionUrl {
                auth_type: "NONE".to_owned(),
            }),
            reserved_concurrency: None,
        }],
        ..Wiring::default()
    }
}
