//! The `gatehouse` program.

use std::io;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().init();
    let address = std::env::var("GATEHOUSE_LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    if !server::assets::embedded() {
        tracing::warn!("this build carries no console files; `make build` makes one that does");
    }
    let listener = TcpListener::bind(&address).await?;
    tracing::info!("serving on http://{address}");
    axum::serve(listener, server::router()).await
}
