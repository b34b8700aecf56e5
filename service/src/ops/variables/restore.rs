//! Bringing back what variables were: one version of one, or a whole place as it was at a point in time.

use domain::{
    EventType, Invalid, LevelRef, OrganizationId, Timestamp, VariableId, VariableKey, audit::Change,
};
use vault::Keyring;

use super::{
    change::deletion,
    check_value, event,
    history::{DELETED_KEPT_DAYS, version_text},
    plan::{Circumstances, Step, Wanted},
    review::{RestoreReview, RestoreWhat, fingerprint, step_view, what},
    seal::{Draft, open_value},
};
use crate::{
    Caller, Error, Granted, Level, Result, Service,
    audit::{EventTarget, NewEvent},
    ops::not_found,
    permits,
    store::{Cause, Chain, Tx, VariableRow, WriteTx},
};

const DAMAGED: &str = "What is stored of it fails its integrity check.";

/// A version to be brought back, as a form sends it.
#[derive(Clone, Copy, Debug)]
pub struct VersionRestore {
    /// Of which variable.
    pub variable: VariableId,
    /// The version the form was made from: the newest then.
    pub version: u64,
    /// The version to bring back.
    pub restore: u64,
}

/// What is to be done at a place, worked out.
struct Worked {
    steps: Vec<Step>,
    unchanged: usize,
    refused: Option<String>,
    fingerprint: String,
}

impl Service {
    /// Makes a variable what it was at a former version, as a new version. A deleted one comes back. What is a secret now
    /// stays one.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, a clash when somebody saved meanwhile, or refused with the reason.
    pub async fn restore_version(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: VersionRestore,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let newest = not_found(tx.last_version(organization, form.variable).await?)?;
        let level = tx.level(organization, newest.level()?).await?;
        tx.may_read_level(caller, &level).await?;
        let proof = tx
            .authorize::<permits::EditVariables>(caller, level.clone())
            .await?;
        if newest.version != form.version {
            return Err(Error::conflict(format!(
                "{} changed this variable meanwhile. Reload the page to see it; nothing was restored.",
                newest.by
            )));
        }
        let target = tx
            .version_of(organization, form.variable, form.restore)
            .await?
            .filter(|row| !row.is_deletion() && row.level_id == newest.level_id);
        let target = not_found(target)?;
        if target.version == newest.version {
            return Err(Error::refused(
                "This is the present version. There is nothing to restore.",
            ));
        }
        let circumstances = Circumstances::of(&mut tx, &level).await?;
        let now = circumstances
            .defined_here()
            .remove(target.key.as_str())
            .cloned();
        if now.as_ref().is_some_and(|now| now.id != form.variable) {
            return Err(Error::refused(
                "This key is defined here again. Delete that variable first, or edit it instead.",
            ));
        }
        let ring = self.keys.organization(&mut tx, organization).await?;
        let values = tx.last_values(&level).await?;
        let changed = values.get(&form.variable).copied().unwrap_or_default();
        let mut steps = [Step::new(Some(Wanted::from(&target)), now)];
        compare(&mut tx, &ring, organization, &mut steps[0], changed).await?;
        if steps[0].is_idle() {
            return Err(Error::refused(
                "This version does not differ from the present one. There is nothing to restore.",
            ));
        }
        circumstances.judge(&mut steps);
        let overflow = circumstances.overflow(&steps);
        let [step] = steps;
        if let Some(reason) = step.impossible.clone().or(overflow) {
            return Err(Error::refused(format!("It cannot be restored. {reason}")));
        }
        let chain = Chain::Organization(organization);
        let events = self.carry_out(&mut tx, caller, &proof, &step).await?;
        let events = events.into_iter().map(|event| (chain, event)).collect();
        tx.commit_all(caller, self.now(), events).await
    }

    /// What restoring the variables defined at exactly this level to a point in time would do. Changes nothing.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` when the level is not in sight.
    pub async fn review_restore(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
        point: Timestamp,
    ) -> Result<RestoreReview> {
        let mut tx = self.store.read().await?;
        let proof = may_restore(&mut tx, caller, organization, level).await?;
        let worked = self.work_out(&mut tx, proof.target(), point).await?;
        Ok(RestoreReview {
            point,
            steps: worked.steps.iter().map(step_view).collect(),
            unchanged: worked.unchanged,
            incomplete: point < self.now().plus_days(-DELETED_KEPT_DAYS),
            refused: worked.refused,
            fingerprint: worked.fingerprint,
        })
    }

    /// Restores the variables defined at exactly this level to a point in time, as one change: what its review showed, or
    /// nothing. Says how many variables changed.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, a clash when anything is not as the review showed it, or refused with the reason.
    pub async fn restore_place(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
        point: Timestamp,
        fingerprint: &str,
    ) -> Result<usize> {
        let mut tx = self.store.write().await?;
        let proof = may_restore(&mut tx, caller, organization, level).await?;
        let worked = self.work_out(&mut tx, proof.target(), point).await?;
        if worked.fingerprint != fingerprint {
            return Err(moved());
        }
        if let Some(reason) = worked.refused {
            return Err(Error::refused(reason));
        }
        let possible: Vec<&Step> = worked
            .steps
            .iter()
            .filter(|step| step.impossible.is_none())
            .collect();
        if possible.is_empty() {
            return Err(Error::refused("There is nothing to restore."));
        }
        let chain = Chain::Organization(organization);
        let mut events = vec![(chain, summary(proof.target(), point, &possible))];
        // What goes makes room, under its key and its path, for what comes back.
        for step in possible.iter().filter(|step| step.target.is_none()) {
            let done = self.carry_out(&mut tx, caller, &proof, step).await?;
            events.extend(done.into_iter().map(|event| (chain, event)));
        }
        for step in possible.iter().filter(|step| step.target.is_some()) {
            let done = self.carry_out(&mut tx, caller, &proof, step).await?;
            events.extend(done.into_iter().map(|event| (chain, event)));
        }
        tx.commit_all(caller, self.now(), events).await?;
        Ok(possible.len())
    }

    async fn work_out(&self, tx: &mut Tx, level: &Level, point: Timestamp) -> Result<Worked> {
        let organization = level.project().organization.id;
        let ring = self.keys.organization(tx, organization).await?;
        let circumstances = Circumstances::of(tx, level).await?;
        let values = tx.last_values(level).await?;
        let mut present = circumstances.defined_here();
        let versions: Vec<(String, u64)> = present
            .values()
            .map(|row| (row.id.to_string(), row.version))
            .collect();
        let (mut steps, mut unchanged) = (Vec::new(), 0);
        for target in tx.defined_at(level, point).await? {
            let now = present.remove(target.key.as_str()).cloned();
            let same = now
                .as_ref()
                .is_some_and(|now| now.id == target.variable && now.version == target.version);
            let changed = values.get(&target.variable).copied().unwrap_or_default();
            let mut step = Step::new(Some(Wanted::from(&target)), now);
            if !same {
                compare(tx, &ring, organization, &mut step, changed).await?;
            }
            if same || step.is_idle() {
                unchanged += 1;
            } else {
                steps.push(step);
            }
        }
        for row in present.into_values() {
            let mut step = Step::new(None, Some(row.clone()));
            compare(tx, &ring, organization, &mut step, 0).await?;
            steps.push(step);
        }
        circumstances.judge(&mut steps);
        steps.sort_by(|one, other| one.key().cmp(other.key()));
        Ok(Worked {
            refused: circumstances.overflow(&steps),
            fingerprint: fingerprint(level, point, &versions, &steps)?,
            steps,
            unchanged,
        })
    }

    /// Does one step. Its events.
    async fn carry_out(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
        step: &Step,
    ) -> Result<Vec<NewEvent>> {
        let level = proof.target();
        let mut events = Vec::new();
        if let (Some(now), None) = (&step.now, step.changed()) {
            let (by, moment) = (caller.name(), self.now());
            if !tx.delete_variable(proof, now.id, by, moment).await? {
                return Err(moved());
            }
            events.push(deletion(level, now));
        }
        if let Some(target) = &step.target {
            let version = self.put_back(tx, caller, proof, step, target).await?;
            events.push(event(
                EventType::Restore,
                level,
                target.variable,
                &target.key,
                step.secret,
                restoration(step, target, level, version),
            ));
            // What stands in for a secret is one, also where a plain variable had the key meanwhile.
            if step.secret && step.now.as_ref().is_some_and(|now| !now.secret) {
                let organization = proof.organization().id;
                let below = self.conceal_overrides(tx, caller, organization, level, &target.key);
                events.extend(below.await?);
            }
        }
        Ok(events)
    }

    /// Writes what comes back as a new version, sealed anew. Its number.
    async fn put_back(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
        step: &Step,
        target: &Wanted,
    ) -> Result<u64> {
        let organization = proof.organization().id;
        let ring = self.keys.organization(tx, organization).await?;
        let value = version_text(tx, &ring, organization, target).await?;
        let mut invalid = Invalid::new();
        check_value(&mut invalid, &value, target.mount_path.is_some());
        invalid.finish()?;
        let newest = not_found(tx.last_version(organization, target.variable).await?)?;
        let version = newest.version + 1;
        let key = VariableKey::trusted(target.key.clone());
        let draft = Draft {
            id: target.variable,
            version,
            key: &key,
            kind: step.kind,
            secret: step.secret,
            mount_path: target.mount_path.as_deref(),
            description: &target.description,
            interpolate: target.interpolate,
            value,
            cause: Cause::Restored {
                from: target.version,
                value: step.value_differs,
            },
        };
        let write = self.sealed(tx, caller, organization, draft).await?;
        if step.changed().is_some() {
            if !tx.update_variable(proof, &write).await? {
                return Err(moved());
            }
        } else {
            match tx.insert_variable(proof, &write).await {
                Err(error) if error.is_duplicate() => return Err(moved()),
                other => other?,
            }
        }
        if step.secret {
            self.conceal_history(tx, proof, target.variable).await?;
        }
        Ok(version)
    }
}

async fn may_restore(
    tx: &mut Tx,
    caller: &Caller,
    organization: OrganizationId,
    level: LevelRef,
) -> Result<Granted<permits::EditVariables>> {
    let level = tx.level(organization, level).await?;
    tx.may_read_level(caller, &level).await?;
    tx.authorize::<permits::EditVariables>(caller, level).await
}

fn moved() -> Error {
    Error::conflict(
        "The variables changed since this was shown. Nothing was restored; look at it again.",
    )
}

/// Finds out whether the value changes. Plain values are compared; of a secret it counts whether one was entered since:
/// comparing would tell whoever may change it, but not read it, whether a guess is right.
async fn compare(
    tx: &mut Tx,
    ring: &Keyring,
    organization: OrganizationId,
    step: &mut Step,
    last_value: u64,
) -> Result<()> {
    if let Some(target) = step.target.as_ref().filter(|_| step.secret)
        && undamaged(version_text(tx, ring, organization, target).await)?.is_none()
    {
        step.impossible = Some(DAMAGED.to_owned());
    }
    if step.secret {
        step.value_differs = match step.changed() {
            Some((_, target)) => last_value > target.version,
            None => true,
        };
        return Ok(());
    }
    if let Some(now) = &step.now {
        // What is there now may be damaged: bringing a former version back is the way out.
        step.texts.0 = undamaged(open_value(ring, organization, now))?;
    }
    if let Some(target) = &step.target {
        step.texts.1 = undamaged(version_text(tx, ring, organization, target).await)?;
        if step.texts.1.is_none() {
            step.impossible = Some(DAMAGED.to_owned());
        }
    }
    step.value_differs = step.texts.0 != step.texts.1 || step.impossible.is_some();
    Ok(())
}

fn undamaged(opened: Result<String>) -> Result<Option<String>> {
    match opened {
        Ok(text) => Ok(Some(text)),
        Err(error @ Error::Integrity { .. }) => {
            tracing::error!(%error, "integrity failure");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The one event of the whole; those of its variables follow it.
fn summary(level: &Level, point: Timestamp, steps: &[&Step]) -> NewEvent {
    let count = |wanted: RestoreWhat| steps.iter().filter(|step| what(step) == wanted).count();
    let change = Change::none()
        .set("point", point.rfc3339())
        .set("added_back", count(RestoreWhat::Added))
        .set("changed_back", count(RestoreWhat::Changed))
        .set("removed", count(RestoreWhat::Removed));
    NewEvent::done(EventType::Restore, EventTarget::from(level), change)
}

/// What the log says of a variable that became what it was: versions, and of a plain value which ones.
fn restoration(step: &Step, target: &Wanted, level: &Level, version: u64) -> Change {
    let change = Change::none().set("restored_version", target.version);
    let before = step.changed().map(|(now, _)| now);
    let change = match before {
        Some(now) => differences(change, now, target).field("version", now.version, version),
        None => change
            .set("key", target.key.as_str())
            .set("scope", level.scope().code())
            .set("kind", step.kind.code())
            .set("secret", step.secret)
            .set("version", version),
    };
    match (step.value_differs, step.secret) {
        (false, _) => change,
        (true, true) => change.hidden("value"),
        (true, false) => change.field(
            "value_version",
            before.map(|now| now.version),
            Some(version),
        ),
    }
}

pub(super) fn differences(change: Change, now: &VariableRow, target: &Wanted) -> Change {
    change
        .field(
            "description",
            now.description.as_str(),
            target.description.as_str(),
        )
        .field(
            "mount_path",
            now.mount_path.clone(),
            target.mount_path.clone(),
        )
        .field("interpolate", now.interpolate, target.interpolate)
}
