//! Moving what is stored over to the active keys, in the background. Every batch is a transaction of its own, and nothing
//! is remembered between batches but a position: a pass that ends half-way is taken up by the next one, which finds
//! what is left by looking at the rows.

use std::collections::VecDeque;

use domain::{EventType, HandoverId, OrganizationId, PersonId, VariableId, audit::Change};
use vault::{KeyOwner, Keyring, Place, Sealed};

use super::{
    accounts::password_place,
    inviting::handover_place,
    rotation::event_target,
    variables::{hint_place, value_place},
};
use crate::{
    Caller, Result, Service,
    audit::NewEvent,
    mail,
    store::{BatchLimit, Chain, Position, SealedColumn, SealedRow, Tx},
};

/// What one transaction moves: little enough that nobody else waits for long, files of a mebibyte included.
const BATCH: BatchLimit = BatchLimit {
    rows: 200,
    bytes: 4 * 1024 * 1024,
};

/// One walk over everything that may be under an older key version.
#[derive(Debug, Default)]
pub struct Reencryption {
    steps: VecDeque<Step>,
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

/// What became of one batch.
struct Batch {
    moved: u64,
    unreadable: u64,
    /// Where the next one begins; none when the column is done.
    next: Option<Position>,
}

impl Service {
    /// Begins a pass: over the rows of every owner that has older key versions, and then over those versions.
    ///
    /// # Errors
    /// The database cannot be read, or holds a key that does not open.
    pub async fn reencryption(&self) -> Result<Reencryption> {
        let mut tx = self.store.read().await?;
        let mut pass = Reencryption::default();
        for key in tx.active_keys().await? {
            if tx.layer_keys(key.owner).await?.len() < 2 {
                continue;
            }
            self.keys.newest(&mut tx, key.owner.into()).await?;
            let columns = SealedColumn::of(key.owner).iter();
            let start = || (String::new(), 0);
            pass.steps
                .extend(columns.map(|column| Step::Move(key.owner, *column, start())));
            pass.steps.push_back(Step::Destroy(key.owner));
        }
        Ok(pass)
    }

    /// One transaction of a pass. False when there was nothing left to do. After an error the pass can go on where it
    /// was.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn reencrypt_some(&self, pass: &mut Reencryption) -> Result<bool> {
        while let Some(step) = pass.steps.front_mut() {
            match step {
                Step::Move(owner, column, position) => {
                    let batch = self.move_batch(*owner, *column, position).await?;
                    pass.moved += batch.moved;
                    pass.unreadable += batch.unreadable;
                    if let Some(next) = batch.next {
                        *position = next;
                        return Ok(true);
                    }
                }
                Step::Destroy(owner) => pass.destroyed += self.destroy_unused(*owner).await?,
            }
            pass.steps.pop_front();
        }
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
        let next = values.last().map(|(row, _)| row.position());
        let (moved, unreadable) = match next {
            Some(_) => self.exchange(owner, column, values).await?,
            None => (0, 0),
        };
        Ok(Batch {
            moved,
            unreadable,
            next,
        })
    }

    async fn exchange(
        &self,
        owner: Chain,
        column: SealedColumn,
        values: Vec<(SealedRow, Vec<u8>)>,
    ) -> Result<(u64, u64)> {
        let mut tx = self.store.write().await?;
        let ring = self.keys.ring(&mut tx, owner.into()).await?;
        let (mut moved, mut unreadable) = (0, 0);
        for (row, former) in values {
            let place = place(owner, column, &row);
            let text = Sealed::from_bytes(former.clone()).and_then(|one| ring.open(&place, &one));
            match text {
                Ok(text) => {
                    let sealed = tx.seal(&ring, &self.entropy, &place, &text)?.into_bytes();
                    let exchanged = tx.exchange_value(owner, column, &row, &former, sealed);
                    moved += u64::from(exchanged.await?);
                }
                Err(cause) => {
                    self.rotation.report(column, row, cause);
                    unreadable += 1;
                }
            }
        }
        tx.commit_unaudited("re-encryption").await?;
        Ok((moved, unreadable))
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
        SealedColumn::Handover => handover_place(organization, HandoverId::new(row.id)),
        SealedColumn::Password => password_place(PersonId::new(row.id), row.version),
        SealedColumn::Mail => mail::place(row.id),
    }
}
