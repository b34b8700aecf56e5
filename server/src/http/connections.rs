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
use service::network_block;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

/// All connections together.
const CONNECTIONS: usize = 1024;
/// Connections of one network, as it is counted where somebody guesses. Proxies we trust bring everybody, so they are not
/// counted.
const CONNECTIONS_PER_NETWORK: usize = 100;
/// From the start of a connection, or the end of the former request, to the last header.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
/// How long an answer waits for its reader to take any of it. Who never reads would keep a place for good.
const READER_PATIENCE: Duration = Duration::from_secs(30);
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
        let answering = answer(
            stream,
            peer,
            app.clone(),
            graceful.watcher(),
            READER_PATIENCE,
        );
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

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    watcher: Watcher,
    patience: Duration,
) {
    // Small answers leave at once. Where that cannot be set they leave a little later.
    let _ = stream.set_nodelay(true);
    let service = app.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(BUFFER)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(service),
        );
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// How many connections each network has.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One counted connection, until dropped.
struct Member {
    crowd: Crowd,
    network: IpAddr,
}

impl Crowd {
    /// Counts one more; none when that is one too many.
    fn admit(&self, address: IpAddr, trusted: bool) -> Option<Option<Member>> {
        if trusted {
            return Some(None);
        }
        let network = network_block(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= CONNECTIONS_PER_NETWORK {
            return None;
        }
        *count += 1;
        Some(Some(Member {
            crowd: self.clone(),
            network,
        }))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn who_never_reads_an_answer_loses_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        // More than the system holds for somebody.
        let app = Router::new().fallback(async || vec![0_u8; 64 << 20]);
        let graceful = GracefulShutdown::new();
        let patience = Duration::from_millis(50);
        let answering = answer(stream, peer, app, graceful.watcher(), patience);
        tokio::time::timeout(Duration::from_secs(20), answering)
            .await
            .expect("the connection is given up");
        drop(client);
    }

    #[test]
    fn one_network_cannot_take_every_place_by_using_many_addresses() {
        let crowd = Crowd::default();
        let address = |n: usize| format!("2001:db8:1:2::{n:x}").parse().unwrap();
        let members: Vec<_> = (0..CONNECTIONS_PER_NETWORK)
            .map(|n| crowd.admit(address(n), false).unwrap())
            .collect();
        assert!(crowd.admit(address(0xffff), false).is_none());
        let elsewhere = "2001:db8:1:3::1".parse().unwrap();
        assert!(crowd.admit(elsewhere, false).is_some());
        drop(members);
        assert!(crowd.0.lock().unwrap().is_empty());
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let crowd = Crowd::default();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut members: Vec<_> = (0..CONNECTIONS_PER_NETWORK)
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
