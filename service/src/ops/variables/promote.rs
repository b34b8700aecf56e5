//! Copying what one environment defines to another of the same project: one key or all of them, looked at first, then
//! done as one change. Values are copied on the server; nobody is shown a secret on the way.
//!
//! Copying a secret takes the right to change it where it comes from, too. It is not shown, but it arrives where the
//! copier may do more with it: give it to services whose shell they may open, or mention it in values of their own.

mod plan;

use std::collections::BTreeSet;

use domain::{
    ApiError, EnvironmentId, EventType, OrganizationId, ProjectId, VARIABLES_PER_SCOPE, VariableId,
    VariableKey, VariableKind, audit::Change, view::VariableView,
};

use self::plan::{
    Deed, Doing, Pair, all_or_nothing, check_paths, check_ticks, compare_values, fingerprint,
    planned, settle,
};
use super::{
    add::{Shape, creation},
    compare::in_sight,
    event,
    read::{cut, listed_view, unopened},
    seal::{Draft, open_value},
};
use crate::{
    Caller, EnvironmentTarget, Error, Result, Service,
    audit::NewEvent,
    store::{Cause, Chain, VariableRow, WriteTx},
};

/// The field of the form that says what is copied.
const TAKE: &str = "take";

/// What copying from one environment to another would do, key by key.
#[derive(Clone, Debug)]
pub struct Promotion {
    /// Where the values come from.
    pub from: EnvironmentTarget,
    /// Where they go.
    pub to: EnvironmentTarget,
    /// By key.
    pub rows: Vec<PromotedRow>,
    /// Stands for exactly this; copying with it is refused once a value moved on either side.
    pub fingerprint: String,
}

/// What becomes of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotedRow {
    /// The key.
    pub key: String,
    /// What counts where it comes from; plain values cut as in lists.
    pub source: VariableView,
    /// What counts where it goes, before.
    pub target: Option<VariableView>,
    /// What happens.
    pub step: PromotionStep,
}

/// What happens to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromotionStep {
    /// It is defined there from then on.
    Add {
        /// In place of what the project defines.
        hides_project: bool,
        /// As a secret.
        secret: bool,
    },
    /// What is defined there gets the value.
    Replace {
        /// It turns into a secret, with its former values and the overrides below.
        becomes_secret: bool,
        /// It is a secret and stays one, although the value is plain where it comes from.
        stays_secret: bool,
    },
    /// Nothing, and why.
    Skip(String),
}

/// What is to be copied, as a form sends it.
#[derive(Clone, Debug)]
pub struct PromotionForm {
    /// From which environment.
    pub from: EnvironmentId,
    /// To which.
    pub to: EnvironmentId,
    /// The one key that was looked at; none for all of them.
    pub only: Option<String>,
    /// The keys that are ticked.
    pub keys: BTreeSet<String>,
    /// Stands for what was shown.
    pub fingerprint: String,
}

impl Service {
    /// What copying from one environment to another would do: for one key, or for all that the first defines.
    ///
    /// # Errors
    /// `NotFound` for what is not in sight, `Forbidden` without the right to change variables in the second.
    pub async fn promotion(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        project: ProjectId,
        from: &str,
        to: &str,
        only: Option<&str>,
    ) -> Result<Promotion> {
        let mut tx = self.store.read().await?;
        let project = tx.project_target(organization, project).await?;
        let held = tx.grants(caller, organization).await?;
        let from = in_sight(&mut tx, &held, &project, from).await?;
        let to = in_sight(&mut tx, &held, &project, to).await?;
        let pair = Pair::of(&mut tx, caller, from, to).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let rows = pair.rows(&mut tx).await?;
        let mut plan = planned(&pair, &rows, only);
        let fingerprint = fingerprint(&plan);
        compare_values(&ring, organization, &mut plan)?;
        check_paths(&mut tx, &pair, &mut plan).await?;
        settle(&mut tx, &pair, &rows, &mut plan).await?;
        let shown = |row: &VariableRow| {
            let closed = row.secret || row.kind == VariableKind::Alias;
            match closed {
                true => Ok(unopened(row)),
                false => listed_view(&ring, organization, row).map(cut),
            }
        };
        let rows = plan
            .iter()
            .map(|one| {
                Ok(PromotedRow {
                    key: one.key().to_owned(),
                    source: shown(one.source)?,
                    target: one.target.map(shown).transpose()?,
                    step: one.step(),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Promotion {
            from: pair.from,
            to: pair.to,
            rows,
            fingerprint,
        })
    }

    /// Copies what is ticked, as one change. How many keys that were.
    ///
    /// # Errors
    /// A clash when either side is not what was shown, `Forbidden`, `NotFound`, or why a ticked key cannot be copied:
    /// nothing is copied then.
    pub async fn promote(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: &PromotionForm,
    ) -> Result<usize> {
        let mut tx = self.store.write().await?;
        let from = tx.environment_target(organization, form.from).await?;
        let to = tx.environment_target(organization, form.to).await?;
        let pair = Pair::of(&mut tx, caller, from, to).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let rows = pair.rows(&mut tx).await?;
        let mut plan = planned(&pair, &rows, form.only.as_deref());
        if fingerprint(&plan) != form.fingerprint {
            return Err(Error::conflict(
                "Somebody changed one of these variables meanwhile. Look at it again; nothing was copied.",
            ));
        }
        plan.retain(|one| form.keys.contains(one.key()));
        check_ticks(&pair, form, &plan)?;
        compare_values(&ring, organization, &mut plan)?;
        check_paths(&mut tx, &pair, &mut plan).await?;
        settle(&mut tx, &pair, &rows, &mut plan).await?;
        let deeds = all_or_nothing(&plan)?;
        let added = deeds.iter().filter(|one| matches!(one.deed, Deed::Add(_)));
        let many = tx.variable_count(pair.target()).await? as usize + added.count();
        if many > VARIABLES_PER_SCOPE as usize {
            return Err(ApiError::field(
                TAKE,
                format!(
                    "{} would have more than 1,000 variables. Tick fewer.",
                    pair.to.name
                ),
            )
            .into());
        }
        let mut events = Vec::new();
        for one in &deeds {
            let value = open_value(&ring, organization, one.source)?;
            match one.deed {
                Deed::Add(shape) => {
                    let event = self
                        .add_copy(&mut tx, caller, &pair, one.source, shape, value)
                        .await?;
                    events.push(event);
                }
                Deed::Replace { secret } => events.extend(
                    self.replace_with_copy(&mut tx, caller, &pair, one, *secret, value)
                        .await?,
                ),
            }
        }
        let chain = Chain::Organization(organization);
        let events = events.into_iter().map(|event| (chain, event)).collect();
        tx.commit_all(caller, self.now(), events).await?;
        Ok(deeds.len())
    }

    async fn add_copy(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        pair: &Pair,
        source: &VariableRow,
        shape: &Shape,
        value: String,
    ) -> Result<NewEvent> {
        let id: VariableId = self.id();
        let key = VariableKey::trusted(source.key.clone());
        let draft = Draft {
            id,
            version: 1,
            key: &key,
            kind: shape.kind,
            secret: shape.secret,
            mount_path: shape.mount_path.as_deref(),
            description: &source.description,
            interpolate: shape.interpolate,
            value,
            cause: Cause::Created,
        };
        let organization = pair.proof.organization().id;
        let write = self.sealed(tx, caller, organization, draft).await?;
        tx.insert_variable(&pair.proof, &write).await?;
        let level = pair.target();
        let change = copied_from(pair, creation(level, &key, shape));
        Ok(event(
            EventType::Create,
            level,
            id,
            key.as_str(),
            shape.secret,
            change,
        ))
    }

    async fn replace_with_copy(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        pair: &Pair,
        one: &Doing<'_>,
        secret: bool,
        value: String,
    ) -> Result<Vec<NewEvent>> {
        let Some(before) = one.target else {
            return Err(Error::Internal("nothing to replace".to_owned()));
        };
        let (organization, level) = (pair.proof.organization().id, pair.target());
        let draft = Draft {
            id: before.id,
            version: before.version + 1,
            key: &VariableKey::trusted(before.key.clone()),
            kind: before.kind,
            secret,
            mount_path: before.mount_path.as_deref(),
            description: &before.description,
            interpolate: one.source.interpolate,
            value,
            cause: Cause::Edited { value: true },
        };
        self.save(tx, caller, &pair.proof, draft).await?;
        let change = Change::none()
            .field("interpolate", before.interpolate, one.source.interpolate)
            .field("secret", before.secret, secret);
        let change = match secret {
            true => change.hidden("value"),
            false => change.field("value_version", before.version, before.version + 1),
        };
        let mut events = vec![event(
            EventType::Update,
            level,
            before.id,
            &before.key,
            secret,
            copied_from(pair, change),
        )];
        if secret && !before.secret {
            self.conceal_history(tx, &pair.proof, before.id).await?;
            let below = self.conceal_overrides(tx, caller, organization, level, &before.key);
            events.extend(below.await?);
        }
        Ok(events)
    }
}

fn copied_from(pair: &Pair, change: Change) -> Change {
    change.set("copied_from", pair.from.name.as_str())
}
