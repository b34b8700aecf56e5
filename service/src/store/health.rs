use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{Error, Result, error::is_disk_failure};

/// Whether what the engine holds in memory can still be trusted to match the disk. Shared by everything that writes.
///
/// When a commit ends in an I/O error, nobody knows what reached the disk, and the system may drop pages it could not
/// write and call the next sync a success. A later commit could then build on what is not there. Only a new start, which
/// reads everything from the disk, ends that.
#[derive(Clone, Debug, Default)]
pub(super) struct Health(Arc<AtomicBool>);

impl Health {
    /// Refuses once a commit has failed at the disk.
    pub(super) fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Acquire) {
            Err(Error::WritesStopped)
        } else {
            Ok(())
        }
    }

    /// Takes note of how a commit ended.
    pub(super) fn committed(&self, outcome: sqlx::Result<()>) -> Result<()> {
        if let Err(error) = &outcome
            && is_disk_failure(error)
        {
            self.0.store(true, Ordering::Release);
            tracing::error!(
                %error,
                "the disk failed during a commit: from now on nothing is written, reading goes on; check the disk, then restart"
            );
        }
        Ok(outcome?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::{error::tests::with_code, store::Store};

    #[tokio::test]
    async fn after_a_disk_failure_at_a_commit_nothing_is_written_and_reading_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::connect(&Store::sqlite_url(&folder.path().join("test.db")))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        // Whoever waits in line as it happens is refused as well.
        let under_way = store.write().await.unwrap();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move { store.write().await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(under_way.health().committed(Err(with_code("13"))).is_err());
        assert!(
            under_way.health().check().is_ok(),
            "a full disk can be cleared"
        );
        assert!(
            under_way
                .health()
                .committed(Err(with_code("1034")))
                .is_err()
        );
        drop(under_way);
        assert!(matches!(waiting.await.unwrap(), Err(Error::WritesStopped)));
        assert!(matches!(store.write().await, Err(Error::WritesStopped)));
        assert!(
            store
                .read()
                .await
                .unwrap()
                .instance()
                .await
                .unwrap()
                .is_none()
        );
        store.close().await;
    }
}
