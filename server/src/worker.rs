//! Background work: one loop in the same process. Everything it does can be done twice, so a crash loses nothing.

use std::time::Duration;

use service::Service;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Mail is looked for this often even when nobody said that there is some: retries fall due.
const MAIL_EVERY: Duration = Duration::from_secs(5);
/// Sessions, counters and versions of deleted variables that have had their time are forgotten this often.
const EXPIRY_EVERY: Duration = Duration::from_secs(10 * 60);

/// Works until `stop` turns true. What is under way is finished first.
pub async fn run(service: Service, mut stop: watch::Receiver<bool>) {
    let mut mail = interval(MAIL_EVERY);
    let mut expiry = interval(EXPIRY_EVERY);
    mail.set_missed_tick_behavior(MissedTickBehavior::Delay);
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            () = service.mail_is_waiting() => deliver(&service).await,
            _ = mail.tick() => deliver(&service).await,
            _ = expiry.tick() => expire(&service).await,
        }
    }
}

/// Done when `stop` is true, or nobody is left who could say so.
pub async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn deliver(service: &Service) {
    if let Err(error) = service.deliver_due_mail().await {
        tracing::error!(%error, "mail could not be taken from the outbox");
    }
}

async fn expire(service: &Service) {
    if let Err(error) = service.expire().await {
        tracing::error!(%error, "what has had its time could not be removed");
    }
    match service.erase_deleted_organizations().await {
        Ok(0) => {}
        Ok(erased) => tracing::info!(erased, "deleted organizations destroyed with their keys"),
        Err(error) => tracing::error!(%error, "a deleted organization could not be destroyed"),
    }
}
