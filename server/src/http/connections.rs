//! The accept loop. `axum::serve` has neither a deadline for headers nor a bound on connections; this one has both.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// All connections together.
const CONNECTIONS: usize = 1024;
/// Connections of one address. Proxies we trust bring everybody, so they are not counted.
const CONNECTIONS_PER_ADDRESS: usize = 100;
/// From the start of a connection, or the end of the former request, to the last header.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
/// What a connection buffers: enough for the largest headers that get a proper refusal.
const BUFFER: usize = 64 * 1024;
/// What is under way may take this long after the signal to stop.
pub const GRACE: Duration = Duration::from_secs(10);
/// A pause when the system has no more file descriptors: accepting again at once would fail again at once.
const BREATH: Duration = Duration::from_millis(200);

/// Serves until `stop` is done, then lets what is under way finish. False when that took too long.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    trusted: &[IpAddr],
    stop: impl Future<Output = ()>,
) -> bool {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let crowd = Crowd::default();
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
        };
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            },
        };
        let address = peer.ip().to_canonical();
        let Some(member) = crowd.admit(address, trusted.contains(&address)) else {
            continue;
        };
        let answering = answer(stream, peer, app.clone(), graceful.watcher());
        tokio::spawn(async move {
            answering.await;
            drop((place, member));
        });
    }
    drop(listener);
    tokio::time::timeout(GRACE, graceful.shutdown())
        .await
        .is_ok()
}

async fn answer(stream: TcpStream, peer: SocketAddr, app: Router, watcher: Watcher) {
    // Small answers leave at once. Where that cannot be set they leave a little later.
    let _ = stream.set_nodelay(true);
    let service = app.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One counted connection, until dropped.
struct Member {
    crowd: Crowd,
    address: IpAddr,
}

impl Crowd {
    /// Counts one more; none when that is one too many.
    fn admit(&self, address: IpAddr, trusted: bool) -> Option<Option<Member>> {
        if trusted {
            return Some(None);
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= CONNECTIONS_PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Some(Member {
            crowd: self.clone(),
            address,
        }))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let crowd = Crowd::default();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut members: Vec<_> = (0..CONNECTIONS_PER_ADDRESS)
            .map(|_| crowd.admit(one, false).unwrap())
            .collect();
        assert!(crowd.admit(one, false).is_none());
        assert!(crowd.admit(other, false).is_some());
        assert!(
            crowd.admit(one, true).is_some(),
            "a proxy brings many people"
        );
        members.pop();
        assert!(crowd.admit(one, false).is_some());
        drop(members);
        assert!(crowd.0.lock().unwrap().is_empty());
    }
}
