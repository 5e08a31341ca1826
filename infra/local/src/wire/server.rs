//! Accepts connections and serves them until the machine stops.
//! It must not look into a request.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer;
use crate::host::Rooms;

pub(crate) async fn serve(
    listener: TcpListener,
    rooms: Arc<Rooms>,
    mut stop: watch::Receiver<bool>,
) {
    // Dropped at the end of this function, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Changes once, to stop; an error says that the machine is gone.
            _ = stop.changed() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, most likely: waiting lets some close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        // Answers are small and waited for.
        let _ = stream.set_nodelay(true);
        let rooms = rooms.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(rooms.clone(), request));
            // A client that goes away is its own business; a cut connection is what a test ordered.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}
