use std::{sync::Arc, time::Duration};

use domain::ApiError;
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Waiting for a place longer than this answers "busy".
const PATIENCE: Duration = Duration::from_secs(3);
/// More people than this waiting at once answers "busy" at once.
const QUEUE: usize = 64;

/// Lets only a few expensive password computations run at once: each takes 64 MiB and a core.
#[derive(Clone)]
pub struct HashingQueue {
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl HashingQueue {
    /// As many places as memory and cores allow: a quarter of the memory, twice the cores, at most eight.
    pub fn for_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let memory_kib = std::fs::read_to_string("/proc/meminfo")
            .ok()
            .and_then(|text| {
                text.lines()
                    .next()?
                    .split_whitespace()
                    .nth(1)?
                    .parse::<usize>()
                    .ok()
            })
            .unwrap_or(1024 * 1024);
        let places = (memory_kib / 4 / (64 * 1024)).clamp(1, (2 * cores).min(8));
        Self {
            places: Arc::new(Semaphore::new(places)),
            queue: Arc::new(Semaphore::new(QUEUE + places)),
        }
    }

    /// Runs one computation on a thread that may block.
    pub async fn run<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _in_line = self.queue.try_acquire().map_err(|_| ApiError::Busy)?;
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned())
            .await
            .map_err(|_| ApiError::Busy)?
            .map_err(|_| ApiError::Busy)?;
        let job = tokio::task::spawn_blocking(move || {
            let result = compute();
            drop(place);
            result
        });
        job.await
            .map_err(|error| Error::Internal(format!("hashing: {error}")))
    }
}
