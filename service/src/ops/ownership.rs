//! What only the owner does: handing the organization over, deleting it, bringing it back.

use domain::{
    ApiError, EventType, OrganizationId, PersonId, SubmittedPassword, Timestamp,
    audit::{Change, SubTargetType},
    view::OrganizationSummary,
};

use super::{not_found, signed_in};
use crate::{
    Caller, Error, Granted, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, Tx},
};

/// Days a deleted organization can be restored before it is destroyed.
pub const ERASED_AFTER_DAYS: i64 = 7;

/// What goes with an organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InventoryCounts {
    /// Its projects.
    pub projects: u32,
    /// Their environments.
    pub environments: u32,
    /// Their services.
    pub services: u32,
    /// Variables at all scopes.
    pub variables: u32,
    /// People who belong to it, the owner among them.
    pub members: u32,
}

/// An organization of the caller's that waits for its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// When it is destroyed.
    pub erased_at: Timestamp,
}

impl Service {
    /// Makes a member the owner; the former owner becomes Admin. There is exactly one at every moment (AC-12).
    ///
    /// # Errors
    /// `Forbidden` for everybody but the owner; a wrong password or name; a conflict when ownership moved meanwhile.
    pub async fn transfer_ownership(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        to: PersonId,
        typed_name: &str,
        password: SubmittedPassword,
    ) -> Result<()> {
        let (owner, you) = signed_in(caller)?;
        // Before the password is looked at, so that nobody else can try passwords here.
        {
            let mut tx = self.store.read().await?;
            drop(self.owns(&mut tx, caller, organization).await?);
            not_found(tx.membership(organization, to).await?)?;
        }
        self.confirm_password(caller, password).await?;
        let mut tx = self.store.write().await?;
        let proof = self.owns(&mut tx, caller, organization).await?;
        let heir = not_found(tx.membership(organization, to).await?)?;
        if to == owner {
            return Err(Error::refused("You own this organization already."));
        }
        if heir.disabled {
            return Err(Error::refused(
                "This account is disabled, so it cannot own anything.",
            ));
        }
        if typed_name.trim() != heir.name {
            return Err(
                ApiError::field("confirm", "Enter the name exactly as it is shown.").into(),
            );
        }
        if !tx.transfer_ownership(&proof, owner, to).await? {
            return Err(Error::conflict(
                "Ownership moved meanwhile. Reload the page to see who owns the organization now.",
            ));
        }
        let target = EventTarget::member(to, &heir.name).part(
            SubTargetType::TransferOwnership,
            to,
            &heir.name,
        );
        let change = Change::none()
            .field("owner", &*you.name, &*heir.name)
            .set("former_owner_role", domain::BuiltInRole::Admin.label());
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Update, target, change),
        )
        .await
    }

    /// What deleting the organization would take along.
    ///
    /// # Errors
    /// `Forbidden` for everybody but the owner.
    pub async fn inventory(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<InventoryCounts> {
        let mut tx = self.store.read().await?;
        let proof = self.owns(&mut tx, caller, organization).await?;
        tx.inventory(&proof).await
    }

    /// Locks the organization at once; after seven days its keys are destroyed, and with them every value.
    /// `exported` is the owner's word that nothing in it is needed any more.
    ///
    /// # Errors
    /// `Forbidden` for everybody but the owner; `exported` not given; a wrong password or name.
    pub async fn delete_organization(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        typed_name: &str,
        exported: bool,
        password: SubmittedPassword,
    ) -> Result<()> {
        // Before the password is looked at, so that nobody else can try passwords here.
        drop(
            self.owns(&mut self.store.read().await?, caller, organization)
                .await?,
        );
        if !exported {
            return Err(ApiError::field(
                "exported",
                "Tick this when you have what you need, or need nothing.",
            )
            .into());
        }
        self.confirm_password(caller, password).await?;
        let mut tx = self.store.write().await?;
        let proof = self.owns(&mut tx, caller, organization).await?;
        let target = proof.target().clone();
        if typed_name.trim() != target.name {
            return Err(
                ApiError::field("confirm", "Enter the name exactly as it is shown.").into(),
            );
        }
        let now = self.now();
        tx.lock_organization(&proof, now).await?;
        let change = Change::none().set("erased_at", now.plus_days(ERASED_AFTER_DAYS).rfc3339());
        tx.commit(
            caller,
            now,
            Chain::Organization(organization),
            NewEvent::done(EventType::Delete, (&target).into(), change),
        )
        .await
    }

    /// The caller's organizations that wait for their end.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub async fn deleted_organizations(&self, caller: &Caller) -> Result<Vec<DeletedOrganization>> {
        let (person, _) = signed_in(caller)?;
        let rows = self
            .store
            .read()
            .await?
            .deleted_organizations_of(person)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, deleted_at)| DeletedOrganization {
                id,
                name,
                erased_at: deleted_at.plus_days(ERASED_AFTER_DAYS),
            })
            .collect())
    }

    /// Brings a deleted organization back as it was.
    ///
    /// # Errors
    /// `NotFound` for everybody but its owner, and once it is destroyed.
    pub async fn restore_organization(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<OrganizationSummary> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        if !tx.unlock_organization(organization, person).await? {
            return Err(ApiError::NotFound.into());
        }
        let target = tx.organization_target(organization).await?;
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Restore, (&target).into(), Change::none()),
        )
        .await?;
        Ok(OrganizationSummary {
            id: target.id,
            slug: target.slug,
            name: target.name,
            role: domain::BuiltInRole::Owner.label().to_owned(),
        })
    }

    /// Destroys what was deleted seven days ago: first the keys, without which no backup of the rows can be read,
    /// in the same transaction everything else but the audit log.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn erase_deleted_organizations(&self) -> Result<u32> {
        let now = self.now();
        let due = self
            .store
            .read()
            .await?
            .organizations_deleted_before(now.plus_days(-ERASED_AFTER_DAYS))
            .await?;
        let mut erased = 0;
        for (organization, name) in due {
            let mut tx = self.store.write().await?;
            let caller = Caller::system("erasing a deleted organization", self.request_id());
            if !tx
                .erase_organization(organization, now.plus_days(-ERASED_AFTER_DAYS))
                .await?
            {
                continue;
            }
            let event = NewEvent::done(
                EventType::Delete,
                EventTarget::organization(organization, &name),
                Change::none().set("keys", "destroyed"),
            );
            tx.commit(&caller, now, Chain::Instance, event).await?;
            self.keys.forget(organization);
            erased += 1;
        }
        Ok(erased)
    }

    async fn owns(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Granted<permits::DeleteOrganization>> {
        let seen = tx.belongs(caller, organization).await?;
        tx.authorize::<permits::DeleteOrganization>(caller, seen.target().clone())
            .await
    }
}
