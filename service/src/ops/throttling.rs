//! Slowing down whoever guesses. Counters live in the store, so a restart forgets nothing, and every delay ends by
//! itself: once the guessing stops, an account rests for a day at most (security reference, 3.3).
//!
//! What this does not prevent: whoever never stops guessing, from many networks, keeps an account waiting for most of
//! the time. There is no sign yet by which a browser the person has used before could be told from a stranger's.
//! Sessions that are open go on regardless.

use std::net::IpAddr;

use domain::{ApiError, PersonId, Timestamp};
use vault::{Keyring, Purpose};

use crate::{
    Result, Service, network_block,
    store::{ThrottleRow, Tx, WriteTx},
};

/// Failures of one account before answers are delayed.
const FREE_FAILURES: i64 = 5;
/// Longest delay for an account.
const LONGEST_DELAY_SECONDS: i64 = 15 * 60;
/// Failures in a row after which an account rests for a day, and then starts over with none.
const HARD_STOP: i64 = 100;
const REST_SECONDS: i64 = 24 * 60 * 60;
/// Failures of one network within the window.
const NETWORK_FAILURES: i64 = 30;
const NETWORK_WINDOW_SECONDS: i64 = 10 * 60;

/// How often one person may do something within a time.
pub(super) struct Limit {
    /// What is counted: a kind of the table.
    pub kind: &'static str,
    pub times: i64,
    pub seconds: i64,
}

/// The counters of one attempt: the account tried and the network it came from.
pub(super) struct Throttle {
    account: [u8; 32],
    network: [u8; 32],
}

impl Throttle {
    pub fn of(ring: &Keyring, canonical_email: &str, network: &str) -> Self {
        let index = |kind: &str, text: &str| {
            ring.index(
                Purpose::InstanceThrottle,
                &[kind.as_bytes(), text.as_bytes()],
            )
        };
        Self {
            account: index("account", canonical_email),
            network: index("network", &network_of(network)),
        }
    }
}

fn network_of(address: &str) -> String {
    address.parse::<IpAddr>().map_or_else(
        |_| address.to_owned(),
        |address| network_block(address).to_string(),
    )
}

fn delay_after(failures: i64) -> i64 {
    match failures {
        ..FREE_FAILURES => 0,
        HARD_STOP.. => REST_SECONDS,
        _ => (1_i64 << (failures - FREE_FAILURES).min(20)).min(LONGEST_DELAY_SECONDS),
    }
}

/// The failures that still count. Those that led to the longest rest ended with it: otherwise one wrong password a day
/// would keep somebody out for ever.
fn standing_failures(account: ThrottleRow, now: Timestamp) -> i64 {
    let rested = account.failures >= HARD_STOP && account.blocked_until <= now.micros();
    if rested { 0 } else { account.failures }
}

impl Service {
    /// Refuses while the account or the network has to wait. The answer for a throttled account is the same
    /// whether it exists or not, since counters exist for both.
    pub(super) async fn check_throttle(
        &self,
        tx: &mut Tx,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<()> {
        let account = tx.throttle("account", &throttle.account).await?;
        let network = tx.throttle("network", &throttle.network).await?;
        let until = account.blocked_until.max(network.blocked_until);
        if until > now.micros() {
            let seconds = Timestamp::from_micros(until).seconds_since(now) + 1;
            return Err(ApiError::Throttled {
                seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            }
            .into());
        }
        Ok(())
    }

    pub(super) async fn note_failure(
        &self,
        tx: &mut WriteTx,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<()> {
        let account = tx.throttle("account", &throttle.account).await?;
        let failures = standing_failures(account, now) + 1;
        let blocked_until = match delay_after(failures) {
            0 => 0,
            seconds => now.plus_seconds(seconds).micros(),
        };
        tx.set_throttle(
            "account",
            &throttle.account,
            ThrottleRow {
                failures,
                since: now.micros(),
                blocked_until,
            },
        )
        .await?;

        let network = tx.throttle("network", &throttle.network).await?;
        let window_is_open =
            Timestamp::from_micros(network.since).plus_seconds(NETWORK_WINDOW_SECONDS) > now;
        let (failures, since) = if window_is_open {
            (network.failures + 1, network.since)
        } else {
            (1, now.micros())
        };
        let blocked_until = if failures >= NETWORK_FAILURES {
            Timestamp::from_micros(since)
                .plus_seconds(NETWORK_WINDOW_SECONDS)
                .micros()
        } else {
            0
        };
        tx.set_throttle(
            "network",
            &throttle.network,
            ThrottleRow {
                failures,
                since,
                blocked_until,
            },
        )
        .await
    }

    /// Counts one more time that a person does what is limited. Who takes the answer has to commit: what is not counted
    /// is not done.
    ///
    /// # Errors
    /// `Throttled` when they did it too often.
    pub(super) async fn count_use(
        &self,
        tx: &mut WriteTx,
        person: PersonId,
        limit: &Limit,
    ) -> Result<()> {
        let now = self.now();
        let ring = self.keys.instance(tx).await?;
        let person = person.uuid();
        let inputs = [limit.kind.as_bytes(), person.as_bytes().as_slice()];
        let key = ring.index(Purpose::InstanceThrottle, &inputs);
        let former = tx.throttle(limit.kind, &key).await?;
        let ends = Timestamp::from_micros(former.since).plus_seconds(limit.seconds);
        let (used, since) = if ends > now {
            (former.failures, former.since)
        } else {
            (0, now.micros())
        };
        if used >= limit.times {
            let seconds = ends.seconds_since(now) + 1;
            return Err(ApiError::Throttled {
                seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            }
            .into());
        }
        let row = ThrottleRow {
            failures: used + 1,
            since,
            blocked_until: 0,
        };
        tx.set_throttle(limit.kind, &key, row).await
    }

    /// The account's failures are forgiven by a success; the network's are not.
    pub(super) async fn note_success(&self, tx: &mut WriteTx, throttle: &Throttle) -> Result<()> {
        tx.clear_throttle("account", &throttle.account).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_stay_bounded() {
        assert_eq!(delay_after(4), 0);
        assert_eq!(delay_after(5), 1);
        assert_eq!(delay_after(8), 8);
        assert_eq!(delay_after(60), LONGEST_DELAY_SECONDS);
        assert_eq!(delay_after(100), REST_SECONDS);
        assert_eq!(delay_after(i64::MAX), REST_SECONDS);
    }
}
