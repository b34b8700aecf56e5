//! `gatehouse serve`.

use std::net::SocketAddr;

use service::Service;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::bootstrap::{self, DataDir};
use crate::config::{Config, PublicUrl};
use crate::control::ControlSocket;
use crate::exit::{Exit, Failure};
use crate::http::connections;
use crate::{Site, SiteOptions, app, assets, say, worker};

/// Serves until the process is told to stop.
///
/// # Errors
/// Everything that keeps the server from starting.
pub async fn run(config: Config) -> Result<(), Failure> {
    let data = DataDir::prepare(&config.storage.data_dir)?;
    let lock = data.lock()?;
    let listener = listen(config.web.listen).await?;
    let bound = listener
        .local_addr()
        .map_err(|error| cannot_listen(config.web.listen, &error))?;
    let service = bootstrap::open(&config, &data, &lock, bound).await?;
    let public_url = config.web.public_url(bound);
    let site = Site::new(SiteOptions {
        service: service.clone(),
        public_url: public_url.clone(),
        listen: bound,
        trusted_proxies: config.web.trusted_proxies.clone(),
        security_contact: config.web.security_contact.clone(),
        deadline: SiteOptions::DEADLINE,
    });
    let app = app(&site)
        .map_err(|gaps| Failure::new(Exit::Failed, format!("This build is broken: {gaps}.")))?;
    let (stop, stopped) = watch::channel(false);
    let work = tokio::spawn(worker::run(service.clone(), stopped.clone()));
    let control = ControlSocket::open(&data, service.clone(), stopped);
    announce(config, &service, &public_url, bound).await?;

    let trusted = site.trusted_proxies();
    let in_time = connections::serve(listener, app, trusted, told_to_stop()?).await;
    let _ = stop.send(true);
    if !in_time {
        tracing::warn!("some requests were cut off; none of them is half-done");
    }
    let _ = tokio::time::timeout(connections::GRACE, work).await;
    drop(control);
    service.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    let message = match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "The address {address} is in use by another program. Stop that program, or choose another address with --listen."
        ),
        std::io::ErrorKind::PermissionDenied => format!(
            "This user may not listen on {address}. Ports below 1024 are reserved; choose another with --listen."
        ),
        _ => format!("Cannot listen on {address}: {error}. Choose another address with --listen."),
    };
    Failure::new(Exit::Port, message)
}

async fn announce(
    config: Config,
    service: &Service,
    public_url: &PublicUrl,
    bound: SocketAddr,
) -> Result<(), Failure> {
    let link = service.renew_setup_link(config.setup_token).await;
    let link = link.map_err(|error| {
        Failure::new(
            Exit::Database,
            format!("Cannot write to the database: {error}."),
        )
    })?;
    if !assets::embedded() {
        say::note(
            "This build carries no console files, so pages are bare; `make build` makes one that does.",
        );
    }
    if public_url.authority() == format!("localhost:{}", bound.port()) {
        say::line(format!("Gatehouse is ready on {public_url}"));
    } else {
        say::line(format!(
            "Gatehouse is ready on {public_url} (listening on http://{bound})"
        ));
    }
    if let Some(link) = link {
        say::line(format!(
            "Nobody has an account yet. Open this link once to make the first one:\n{link}"
        ));
    }
    Ok(())
}

/// Done when the operator or the system asks the process to stop.
fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, format!("Cannot wait for signals: {error}."))
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: finishing what is under way");
    })
}
