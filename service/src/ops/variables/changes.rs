//! Many variables of one place changed at once. What a file, a text or a row of ticks asks for is kept sealed for whoever
//! sent it, shown as a review, and then done as one change or not at all. Its values are in no page, address or log.

mod asked;
mod plan;

use std::collections::BTreeSet;

use domain::{
    ApiError, EventType, HandoverId, LevelRef, OrganizationId, PersonId, VariableId, VariableKey,
    audit::Change,
};

use self::{
    asked::{ChangeSet, Source},
    plan::{Choice, Deed},
};
pub use self::{
    asked::{ImportForm, ScopeText, Selected, TextForm},
    plan::{ChangeReview, ChangeRow, ChangeWhat},
};
use super::{
    add::{Shape, creation},
    change::deletion,
    event,
    restore::differences,
    seal::Draft,
};
use crate::{
    Caller, Error, Granted, Result, Service,
    audit::{EventTarget, NewEvent},
    ops::{not_found, signed_in},
    permits,
    store::{Cause, Chain, Tx, WriteTx},
};

/// What of a review is to be done, as its form sends it.
#[derive(Clone, Debug)]
pub struct ChangesForm {
    /// The changes that were reviewed.
    pub changes: HandoverId,
    /// Stands for what the review was made from.
    pub fingerprint: String,
    /// The places of the rows that are ticked.
    pub take: BTreeSet<usize>,
    /// The places of the rows that are to be secrets.
    pub secret: BTreeSet<usize>,
}

/// What was changed, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangesMade {
    /// New variables.
    pub added: usize,
    /// Variables with another value, description or secrecy.
    pub changed: usize,
    /// Variables that went.
    pub removed: usize,
}

impl ChangesMade {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> usize {
        self.added + self.changed + self.removed
    }
}

impl Service {
    /// What a set of changes would do. Changes nothing.
    ///
    /// # Errors
    /// `NotFound` when it is not the caller's, or older than ten minutes; `Forbidden` when they may not change variables there
    /// any more.
    pub async fn review_changes(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        changes: HandoverId,
    ) -> Result<ChangeReview> {
        let mut tx = self.store.read().await?;
        let (_, set) = self
            .change_set(&mut tx, caller, organization, changes)
            .await?;
        let proof = may_change(&mut tx, caller, organization, set.level).await?;
        let planned = self
            .plan_changes(&mut tx, &proof, &set, &Choice::Usual)
            .await?;
        let reach = self.reach(&mut tx, caller, &proof).await?;
        Ok(planned.into_review(&set, proof.target(), reach))
    }

    /// Does what is ticked of a set of changes, as one change: all of it or nothing.
    ///
    /// # Errors
    /// A clash when anything at the place is not as the review showed it, `Forbidden`, `NotFound`, or why a ticked row
    /// cannot be done.
    pub async fn make_changes(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: &ChangesForm,
    ) -> Result<ChangesMade> {
        let mut tx = self.store.write().await?;
        let (person, set) = self
            .change_set(&mut tx, caller, organization, form.changes)
            .await?;
        let proof = may_change(&mut tx, caller, organization, set.level).await?;
        let choice = Choice::of(&set, form);
        let planned = self.plan_changes(&mut tx, &proof, &set, &choice).await?;
        if planned.fingerprint != form.fingerprint {
            return Err(Error::conflict(
                "Somebody changed variables here since this was shown. Look at it again; nothing was saved.",
            ));
        }
        let deeds = planned.into_deeds()?;
        let made = counted(&deeds);
        let mut events = vec![summary(&set, &proof, made)];
        // What goes makes room, under its key, for what comes.
        let (goes, comes): (Vec<_>, Vec<_>) = deeds
            .into_iter()
            .partition(|deed| deed.step.target.is_none());
        for deed in goes.into_iter().chain(comes) {
            events.extend(self.do_one(&mut tx, caller, &proof, deed).await?);
        }
        tx.forget_handover(organization, form.changes, person)
            .await?;
        let chain = Chain::Organization(organization);
        let events = events.into_iter().map(|event| (chain, event)).collect();
        tx.commit_all(caller, self.now(), events).await?;
        Ok(made)
    }

    /// The set of changes that the caller sent.
    async fn change_set(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
        changes: HandoverId,
    ) -> Result<(PersonId, ChangeSet)> {
        let (person, _) = signed_in(caller)?;
        let member = tx.belongs(caller, organization).await?;
        let kept = self.handed_over(tx, &member, person, changes).await?;
        Ok((person, not_found(kept)?))
    }

    async fn do_one(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        proof: &Granted<permits::EditVariables>,
        deed: Deed,
    ) -> Result<Vec<NewEvent>> {
        let Deed { step, value } = deed;
        let (organization, level) = (proof.organization().id, proof.target());
        let Some(target) = step.target else {
            let gone = not_found(step.now)?;
            if !tx
                .delete_variable(proof, gone.id, caller.name(), self.now())
                .await?
            {
                return Err(Error::Malformed("variable"));
            }
            return Ok(vec![deletion(level, &gone)]);
        };
        let key = VariableKey::trusted(target.key.clone());
        let draft = |cause| Draft {
            id: target.variable,
            version: target.version,
            key: &key,
            kind: step.kind,
            secret: step.secret,
            mount_path: target.mount_path.as_deref(),
            description: &target.description,
            interpolate: target.interpolate,
            value,
            cause,
        };
        let about = |what, change| {
            event(
                what,
                level,
                target.variable,
                &target.key,
                step.secret,
                change,
            )
        };
        let Some(now) = &step.now else {
            let shape = Shape {
                kind: step.kind,
                secret: step.secret,
                mount_path: target.mount_path.clone(),
                interpolate: target.interpolate,
            };
            let write = self
                .sealed(tx, caller, organization, draft(Cause::Created))
                .await?;
            tx.insert_variable(proof, &write).await?;
            return Ok(vec![about(
                EventType::Create,
                creation(level, &key, &shape),
            )]);
        };
        let entered = Cause::Edited {
            value: step.value_differs,
        };
        self.save(tx, caller, proof, draft(entered)).await?;
        let change =
            differences(Change::none(), now, &target).field("secret", now.secret, step.secret);
        let change = match (step.value_differs, step.secret) {
            (false, _) => change,
            (true, true) => change.hidden("value"),
            (true, false) => change.field("value_version", now.version, target.version),
        };
        let mut events = vec![about(EventType::Update, change)];
        if step.secret && !now.secret {
            self.conceal_history(tx, proof, now.id).await?;
            let below = self.conceal_overrides(tx, caller, organization, level, &now.key);
            events.extend(below.await?);
        }
        Ok(events)
    }
}

async fn may_change(
    tx: &mut Tx,
    caller: &Caller,
    organization: OrganizationId,
    level: LevelRef,
) -> Result<Granted<permits::EditVariables>> {
    let level = tx.level(organization, level).await?;
    tx.may_read_level(caller, &level).await?;
    tx.authorize::<permits::EditVariables>(caller, level).await
}

fn counted(deeds: &[Deed]) -> ChangesMade {
    let count = |fits: fn(&Deed) -> bool| deeds.iter().filter(|deed| fits(deed)).count();
    ChangesMade {
        added: count(|deed| deed.step.now.is_none()),
        changed: count(|deed| deed.step.now.is_some() && deed.step.target.is_some()),
        removed: count(|deed| deed.step.target.is_none()),
    }
}

/// The one event of the whole; those of its variables follow it.
fn summary(
    set: &ChangeSet,
    proof: &Granted<permits::EditVariables>,
    made: ChangesMade,
) -> NewEvent {
    let what = match set.source {
        Source::File => EventType::Import,
        Source::Text | Source::Selection | Source::Edit => EventType::Update,
    };
    let change = Change::none()
        .set("added", made.added)
        .set("changed", made.changed)
        .set("removed", made.removed);
    NewEvent::done(what, EventTarget::from(proof.target()), change)
}

/// For doors that name what they could not find.
pub(super) fn elsewhere() -> ApiError {
    ApiError::Refused {
        reason: "Something of this was deleted or is defined somewhere else by now. Tick it again."
            .to_owned(),
    }
}

/// A fresh id for what is new.
fn fresh(service: &Service) -> VariableId {
    service.id()
}
