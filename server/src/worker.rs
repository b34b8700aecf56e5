//! Background work: loops in the same process. Everything it does can be done twice, so a crash loses nothing.

use std::time::Duration;

use service::Service;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Mail is looked for this often even when nobody said that there is some: retries fall due.
const MAIL_EVERY: Duration = Duration::from_secs(5);
/// Sessions, counters and versions of deleted variables that have had their time are forgotten this often.
const EXPIRY_EVERY: Duration = Duration::from_secs(10 * 60);
/// Keys are looked at this often: for ones that are due, and for values left under an older one.
const KEYS_EVERY: Duration = Duration::from_secs(10 * 60);
/// Others write between two batches of re-encryption.
const BREATH: Duration = Duration::from_millis(20);
/// After a batch that failed, the next attempt waits so long; others may be writing for long, or the disk is full.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many failures in a row end a pass, until keys are looked at again.
const FAILURES: u32 = 5;

/// Works until `stop` turns true. What is under way is finished first.
pub async fn run(service: Service, stop: watch::Receiver<bool>) {
    tokio::join!(
        chores(&service, stop.clone()),
        renew_keys(&service, stop.clone())
    );
}

async fn chores(service: &Service, mut stop: watch::Receiver<bool>) {
    let mut mail = interval(MAIL_EVERY);
    let mut expiry = interval(EXPIRY_EVERY);
    mail.set_missed_tick_behavior(MissedTickBehavior::Delay);
    expiry.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            () = service.mail_is_waiting() => deliver(service).await,
            _ = mail.tick() => deliver(service).await,
            _ = expiry.tick() => expire(service).await,
        }
    }
}

/// The first look is taken at once: a re-encryption that the last stop cut short goes on.
async fn renew_keys(service: &Service, mut stop: watch::Receiver<bool>) {
    let mut keys = interval(KEYS_EVERY);
    keys.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => return,
            () = service.key_was_rotated() => {}
            _ = keys.tick() => rotate_due(service).await,
        }
        if let Err(error) = reencrypt(service, &stop).await {
            tracing::error!(%error, "re-encryption was interrupted and goes on later");
        }
    }
}

fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow()
}

async fn rotate_due(service: &Service) {
    match service.rotate_due_keys().await {
        Ok(0) => {}
        Ok(rotated) => tracing::info!(rotated, "keys were due and have successors"),
        Err(error) => tracing::error!(%error, "keys could not be looked at"),
    }
}

async fn reencrypt(service: &Service, stop: &watch::Receiver<bool>) -> service::Result<()> {
    let mut pass = service.reencryption().await?;
    let mut failures = 0;
    while !is_over(stop) {
        match service.reencrypt_some(&mut pass).await {
            Ok(false) => break,
            Ok(true) => {
                failures = 0;
                tokio::time::sleep(BREATH).await;
            }
            Err(_) if failures < FAILURES => {
                failures += 1;
                tokio::time::sleep(PATIENCE).await;
            }
            Err(error) => return Err(error),
        }
    }
    let (moved, destroyed) = (pass.moved(), pass.destroyed());
    if moved + destroyed > 0 {
        tracing::info!(
            moved,
            destroyed,
            unreadable = pass.unreadable(),
            "values are under the active keys"
        );
    }
    Ok(())
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
