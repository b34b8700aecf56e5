//! Moving what is stored over to the active keys, in the background. Every batch is a transaction of its own, and nothing
//! is remembered between batches but a position: a pass that ends half-way is taken up by the next one, which finds
//! what is left by looking at the rows.

use std::collections::{HashSet, VecDeque};

use domain::{
    EventType, HandoverId, OrganizationId, PersonId, ServiceId, VariableId, audit::Change,
};
use vault::{KeyOwner, Keyring, OpenError, Place, Plaintext, Sealed};

use super::{
    accounts::password_place,
    handover,
    rotation::{SealedValue, event_target},
    variables::{credential_place, hint_place, value_place},
};
use crate::{
    Caller, Error, Result, Service,
    audit::NewEvent,
    mail,
    store::{BatchLimit, Chain, Position, SealedColumn, SealedRow, Tx, WriteTx},
};

/// What one transaction moves: little enough that nobody else waits for long, files of a mebibyte included.
const BATCH: BatchLimit = BatchLimit {
    rows: 200,
    bytes: 4 * 1024 * 1024,
};

/// So many values that do not open are named in one event.
const NAMED_IN_THE_LOG: usize = 10;

/// One walk over everything that may be under an older key version.
#[derive(Debug, Default)]
pub struct Reencryption {
    steps: VecDeque<Step>,
    /// Values of the owner at hand that do not open.
    found: HashSet<SealedValue>,
    moved: u64,
    unreadable: u64,
    destroyed: u64,
}

impl Reencryption {
    /// Values under an active key now that were under an older one.
    #[must_use]
    pub const fn moved(&self) -> u64 {
        self.moved
    }
    /// Values that do not open, which stay as they are.
    #[must_use]
    pub const fn unreadable(&self) -> u64 {
        self.unreadable
    }
    /// Older key versions that nothing needed any more.
    #[must_use]
    pub const fn destroyed(&self) -> u64 {
        self.destroyed
    }
}

/// What is left of a pass.
#[derive(Debug)]
enum Step {
    /// The values of a column behind a position.
    Move(Chain, SealedColumn, Position),
    /// Older versions that nothing needs any more.
    Destroy(Chain),
}

impl Step {
    const fn owner(&self) -> Chain {
        match self {
            Self::Move(owner, ..) | Self::Destroy(owner) => *owner,
        }
    }
}

/// What became of one batch.
#[derive(Default)]
struct Batch {
    moved: u64,
    unreadable: Vec<SealedValue>,
    /// Where the next one begins; none when the column is done.
    next: Option<Position>,
}

impl Service {
    /// Begins a pass: over the rows of every owner that has older key versions, and then over those versions.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn reencryption(&self) -> Result<Reencryption> {
        let mut tx = self.store.read().await?;
        let mut pass = Reencryption::default();
        for owner in tx.owners_of_older_keys().await? {
            match self.keys.newest(&mut tx, owner.into()).await {
                Ok(_) => {}
                Err(error) if concerns_one_owner(&error) => {
                    is_skipped(owner, &error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            let columns = SealedColumn::of(owner).iter();
            let start = || (String::new(), 0);
            pass.steps
                .extend(columns.map(|column| Step::Move(owner, *column, start())));
            pass.steps.push_back(Step::Destroy(owner));
        }
        Ok(pass)
    }

    /// One transaction of a pass. False when there was nothing left to do. After an error the pass can go on where it
    /// was. An owner whose keys cannot be used is left out, and named in the log.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn reencrypt_some(&self, pass: &mut Reencryption) -> Result<bool> {
        while let Some(owner) = pass.steps.front().map(Step::owner) {
            match self.take_step(pass).await {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) if concerns_one_owner(&error) => {
                    is_skipped(owner, &error);
                    pass.steps.retain(|step| step.owner() != owner);
                    pass.found.clear();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Does what is first in line. True when it was a batch, false when it was the end of something.
    async fn take_step(&self, pass: &mut Reencryption) -> Result<bool> {
        match pass.steps.front_mut() {
            Some(Step::Move(owner, column, position)) => {
                let batch = self.move_batch(*owner, *column, position).await?;
                pass.moved += batch.moved;
                pass.unreadable += batch.unreadable.len() as u64;
                pass.found.extend(batch.unreadable);
                if let Some(next) = batch.next {
                    *position = next;
                    return Ok(true);
                }
            }
            Some(Step::Destroy(owner)) => {
                pass.destroyed += self.destroy_unused(*owner).await?;
                self.rotation
                    .settle(*owner, std::mem::take(&mut pass.found));
            }
            None => {}
        }
        pass.steps.pop_front();
        Ok(false)
    }

    /// Reads without holding anybody up, then exchanges what is still as it was read.
    async fn move_batch(
        &self,
        owner: Chain,
        column: SealedColumn,
        position: &Position,
    ) -> Result<Batch> {
        let mut reading = self.store.read().await?;
        let active = self
            .keys
            .ring(&mut reading, owner.into())
            .await?
            .active_version();
        let values = reading
            .values_not_under(owner, column, active, position, BATCH)
            .await?;
        drop(reading);
        match values.last().map(|(row, _)| row.position()) {
            None => Ok(Batch::default()),
            next => Ok(Batch {
                next,
                ..self.exchange(owner, column, values).await?
            }),
        }
    }

    async fn exchange(
        &self,
        owner: Chain,
        column: SealedColumn,
        values: Vec<(SealedRow, Vec<u8>)>,
    ) -> Result<Batch> {
        let mut tx = self.store.write().await?;
        let ring = self.keys.ring(&mut tx, owner.into()).await?;
        let mut batch = Batch::default();
        let mut news = Vec::new();
        for (row, former) in values {
            let place = place(owner, column, &row);
            match opened(&ring, &place, &former) {
                Ok(text) => {
                    let sealed = tx.seal(&ring, &self.entropy, &place, &text)?.into_bytes();
                    let exchanged = tx.exchange_value(owner, column, &row, &former, sealed);
                    batch.moved += u64::from(exchanged.await?);
                }
                // What opens no more because it is gone or another one by now is no failure.
                Err(cause) if tx.is_as_read(owner, column, &row, &former).await? => {
                    let value = (column, row);
                    if self.rotation.is_news(owner, &value) {
                        news.push((value, cause));
                    }
                    batch.unreadable.push(value);
                }
                Err(_) => {}
            }
        }
        self.commit_batch(tx, owner, news).await?;
        Ok(batch)
    }

    /// Values that do not open are part of the log, each once.
    async fn commit_batch(
        &self,
        mut tx: WriteTx,
        owner: Chain,
        news: Vec<(SealedValue, OpenError)>,
    ) -> Result<()> {
        if news.is_empty() {
            return tx.commit_unaudited("re-encryption").await;
        }
        let target = event_target(&mut tx, owner).await?;
        let change = Change::none().set("unreadable", where_they_are(&news));
        let event = NewEvent::failed(EventType::Rotate, target, change);
        let caller = Caller::system("re-encryption", self.request_id());
        tx.commit(&caller, self.now(), owner, event).await?;
        for (value, cause) in news {
            let (column, row) = value;
            tracing::error!(
                table = column.table(),
                row = %row.id,
                %cause,
                "integrity failure: this value was not moved to the new key, and the old one is kept for it"
            );
            self.rotation.told(owner, value);
        }
        Ok(())
    }

    /// Destroys the older versions of an owner that nothing needs any more. How many.
    async fn destroy_unused(&self, owner: Chain) -> Result<u64> {
        // Looked at before anybody is held up, and again once nobody else writes.
        let unused = self.unused(&mut self.store.read().await?, owner).await?;
        if unused.is_empty() {
            return Ok(0);
        }
        let now = self.now();
        let mut tx = self.store.write().await?;
        let unused = self.unused(&mut tx, owner).await?;
        if unused.is_empty() {
            return Ok(0);
        }
        for version in &unused {
            tx.delete_layer_key(owner, *version).await?;
        }
        let target = event_target(&mut tx, owner).await?;
        let change = Change::none().gone("destroyed_key_versions", in_words(&unused));
        let event = NewEvent::done(EventType::Rotate, target, change);
        let caller = Caller::system("re-encryption", self.request_id());
        // In memory they stay until the process ends: whoever is reading an earlier moment of the store may need them.
        tx.commit(&caller, now, owner, event).await?;
        Ok(unused.len() as u64)
    }

    /// Older versions that no value, session or link needs. None as long as a value names a version that is not there:
    /// it was altered, and any of them may be the one it is under.
    async fn unused(&self, tx: &mut Tx, owner: Chain) -> Result<Vec<u32>> {
        let stored = self.keys.stored(tx, owner.into()).await?;
        let values = tx.values_by_key_version(owner).await?;
        let links = tx.links_by_key_version(owner).await?;
        let held = |version: &Option<u32>| version.is_some_and(|version| holds(&stored, version));
        if !values.keys().all(held) {
            return Ok(Vec::new());
        }
        let older = stored.versions().skip(1);
        Ok(older
            .filter(|version| !values.contains_key(&Some(*version)))
            .filter(|version| !links.contains_key(version))
            .collect())
    }
}

/// What is wrong with the keys of one owner, who may be gone, keeps no other from new ones.
const fn concerns_one_owner(error: &Error) -> bool {
    !matches!(
        error,
        Error::Store(_) | Error::WritesStopped | Error::Internal(_)
    )
}

fn is_skipped(owner: Chain, error: &Error) {
    tracing::error!(owner = %KeyOwner::from(owner), %error, "values of this owner could not be moved to the new key");
}

fn opened(ring: &Keyring, place: &Place, sealed: &[u8]) -> Result<Plaintext, OpenError> {
    let sealed = Sealed::from_bytes(sealed.to_vec())?;
    ring.open(place, &sealed)
}

/// Tables and ids, the first few: a row of the log is no place for thousands.
fn where_they_are(news: &[(SealedValue, OpenError)]) -> String {
    let mut words: Vec<_> = news
        .iter()
        .take(NAMED_IN_THE_LOG)
        .map(|((column, row), _)| format!("{} {}", column.table(), row.id))
        .collect();
    let others = news.len() - words.len();
    if others > 0 {
        words.push(format!("{others} more"));
    }
    words.join(", ")
}

fn holds(ring: &Keyring, version: u32) -> bool {
    ring.versions().any(|held| held == version)
}

fn in_words(versions: &[u32]) -> String {
    let words: Vec<_> = versions.iter().map(u32::to_string).collect();
    words.join(", ")
}

/// Where a stored value belongs.
fn place(owner: Chain, column: SealedColumn, row: &SealedRow) -> Place {
    let organization = KeyOwner::from(owner).organization().unwrap_or_default();
    let organization = OrganizationId::new(organization);
    let variable = VariableId::new(row.id);
    match column {
        SealedColumn::Value | SealedColumn::FormerValue => {
            value_place(organization, variable, row.version, row.is_file, row.secret)
        }
        SealedColumn::Hint => hint_place(organization, variable, row.version),
        SealedColumn::Credential => credential_place(organization, ServiceId::new(row.id)),
        SealedColumn::Handover => handover::place(organization, HandoverId::new(row.id)),
        SealedColumn::Password => password_place(PersonId::new(row.id), row.version),
        SealedColumn::Mail => mail::place(row.id),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::{path::Path, sync::Arc};

    use domain::Timestamp;
    use rand::{SeedableRng, rngs::StdRng};
    use vault::{RootKey, password::PasswordParameters};

    use super::*;
    use crate::{Entropy, FixedClock, Options, mail::Transport, store::Store};

    const MAIL: (Chain, SealedColumn) = (Chain::Instance, SealedColumn::Mail);

    async fn opened_in(folder: &Path) -> Service {
        let url = Store::sqlite_url(&folder.join("test.db"));
        let mut rng = StdRng::seed_from_u64(1);
        let root = RootKey::generate(&mut rng);
        let options = Options {
            public_url: "https://gatehouse.example".to_owned(),
            transport: Transport::folder(folder.to_owned(), "Gatehouse <a@b.example>").unwrap(),
            passwords: PasswordParameters::for_tests(),
        };
        let clock = Arc::new(FixedClock::at(Timestamp::from_micros(1)));
        let store = Store::connect(&url).await.unwrap();
        let opened = Service::open(store, root, clock, Entropy::from_rng(rng), options);
        opened.await.unwrap()
    }

    /// Seals a text as the mail of a row.
    async fn sealed(service: &Service, tx: &mut WriteTx, row: &SealedRow, text: &str) -> Vec<u8> {
        let ring = service.keys.instance(tx).await.unwrap();
        let (place, text) = (place(MAIL.0, MAIL.1, row), Plaintext::from(text.to_owned()));
        let sealed = tx.seal(&ring, &service.entropy, &place, &text);
        sealed.unwrap().into_bytes()
    }

    async fn values_under_former_keys(service: &Service) -> Vec<(SealedRow, Vec<u8>)> {
        let mut tx = service.store.read().await.unwrap();
        let active = service.keys.instance(&mut tx).await.unwrap();
        let (start, active) = ((String::new(), 0), active.active_version());
        let values = tx.values_not_under(MAIL.0, MAIL.1, active, &start, BATCH);
        values.await.unwrap()
    }

    #[tokio::test]
    async fn what_changed_after_it_was_read_stays_as_it_is_now() {
        let folder = tempfile::tempdir().unwrap();
        let service = opened_in(folder.path()).await;
        let row = SealedRow {
            id: service.id(),
            version: 1,
            secret: false,
            is_file: false,
        };
        let mut tx = service.store.write().await.unwrap();
        let mail = sealed(&service, &mut tx, &row, "as it was").await;
        let insert = tx.insert_mail(row.id, "test", mail, service.now());
        insert.await.unwrap();
        tx.commit_unaudited("re-encryption").await.unwrap();
        let operator = Caller::system("test", service.request_id());
        service.rotate_instance_key(&operator).await.unwrap();

        // Read, and then changed by somebody else before the exchange.
        let read = values_under_former_keys(&service).await;
        let mut tx = service.store.write().await.unwrap();
        let newer = sealed(&service, &mut tx, &row, "as it is now").await;
        let save = tx.exchange_value(MAIL.0, MAIL.1, &row, &read[0].1, newer.clone());
        assert!(save.await.unwrap());
        tx.commit_unaudited("re-encryption").await.unwrap();
        let batch = service
            .exchange(MAIL.0, MAIL.1, read.clone())
            .await
            .unwrap();
        assert_eq!((batch.moved, batch.unreadable.len()), (0, 0));
        let mut tx = service.store.read().await.unwrap();
        assert!(tx.is_as_read(MAIL.0, MAIL.1, &row, &newer).await.unwrap());
        drop(tx);

        // The same when it has gone, and when what had been read does not even open.
        let mut tx = service.store.write().await.unwrap();
        tx.mail_sent(row.id, service.now()).await.unwrap();
        tx.commit_unaudited("re-encryption").await.unwrap();
        for former in [read[0].1.clone(), Vec::new()] {
            let batch = service.exchange(MAIL.0, MAIL.1, vec![(row, former)]);
            let batch = batch.await.unwrap();
            assert_eq!((batch.moved, batch.unreadable.len()), (0, 0));
        }
        service.close().await;
    }
}
