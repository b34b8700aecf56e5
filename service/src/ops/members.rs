use domain::{
    ApiError, BuiltInRole, EventType, OrganizationId, PersonId,
    audit::{Change, SubTargetType},
    may_assign,
    view::MemberView,
};

use crate::{
    Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, Tx},
};

impl Service {
    /// Everybody who belongs to the organization.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn members(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<MemberView>> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, organization).await?;
        tx.members(&proof, caller.person()).await
    }

    /// Gives a member another role, from their next request on.
    ///
    /// # Errors
    /// `Forbidden`, or refused: the owner's role moves only by transfer, and nobody gives more than they hold.
    pub async fn change_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        person: PersonId,
        role: &str,
    ) -> Result<()> {
        let role: BuiltInRole = role
            .parse()
            .map_err(|unknown: domain::UnknownRole| ApiError::field("role", unknown.to_string()))?;
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let (before, name) = member(&mut tx, organization, person).await?;
        self.check_rank(&mut tx, caller, organization, before, role)
            .await?;
        if before == role {
            return Ok(());
        }
        tx.update_role(&proof, person, role).await?;
        let target =
            EventTarget::member(person, &name).part(SubTargetType::MemberRole, person, &name);
        let change = Change::none().field("role", before.label(), role.label());
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Update, target, change),
        )
        .await
    }

    /// Ends a membership. Invitations that person sent are void.
    ///
    /// # Errors
    /// `Forbidden`, or refused for the owner.
    pub async fn remove_member(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let (before, name) = member(&mut tx, organization, person).await?;
        self.check_rank(&mut tx, caller, organization, before, BuiltInRole::Viewer)
            .await?;
        let now = self.now();
        tx.delete_membership(&proof, person, now).await?;
        tx.delete_sessions_without_membership(person).await?;
        let change = Change::none().gone("role", before.label());
        let event = NewEvent::done(
            EventType::Delete,
            EventTarget::member(person, &name),
            change,
        );
        tx.commit(caller, now, Chain::Organization(organization), event)
            .await
    }

    /// Nobody changes the owner, changes somebody who holds more than they do, or gives out more than they hold (AC-5, AC-13).
    async fn check_rank(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
        before: BuiltInRole,
        after: BuiltInRole,
    ) -> Result<()> {
        if before == BuiltInRole::Owner {
            return Err(Error::refused(
                "The owner's role moves only by transferring ownership.",
            ));
        }
        if after == BuiltInRole::Owner {
            return Err(ApiError::field("role", "Ownership is transferred, not assigned.").into());
        }
        let held = tx.grants(caller, organization).await?;
        if !may_assign(&held, before) || !may_assign(&held, after) {
            return Err(Error::refused(
                "You can only give and take roles within your own rights.",
            ));
        }
        Ok(())
    }
}

async fn member(
    tx: &mut Tx,
    organization: OrganizationId,
    person: PersonId,
) -> Result<(BuiltInRole, String)> {
    let membership = super::not_found(tx.membership(organization, person).await?)?;
    Ok((membership.role, membership.name))
}
