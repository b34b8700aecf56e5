use domain::{
    BuiltInRole, EmailAddress, EventType, InvitationId, OrganizationId, PersonId, RoleRef,
    Timestamp, view::MemberView,
};

use super::{Tx, WriteTx, at, id, word};
use crate::{Granted, Result, permits};

/// An invitation, as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InvitationRow {
    /// Its id.
    pub id: String,
    /// Whose organization.
    pub organization_id: String,
    /// Whom it is for.
    pub email: String,
    /// The address every comparison uses.
    pub email_canonical: String,
    /// The role it gives.
    pub role: String,
    /// Who invited.
    pub invited_by: String,
    /// Their name.
    pub inviter_name: String,
    /// When the link was sent last.
    pub sent_at: i64,
    /// Until when it works.
    pub expires_at: i64,
    /// When it was accepted.
    pub accepted_at: Option<i64>,
    /// When it was taken back.
    pub revoked_at: Option<i64>,
}

impl InvitationRow {
    /// The role it gives.
    ///
    /// # Errors
    /// The stored word is none.
    pub fn role(&self) -> Result<BuiltInRole> {
        word(&self.role)
    }
    /// True while it can be accepted.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && self.expires_at > now.micros()
    }
}

/// Somebody's membership.
pub(crate) struct MembershipRow {
    pub role: BuiltInRole,
    pub name: String,
    pub disabled: bool,
}

const INVITATION: &str = "select i.id, i.organization_id, i.email, i.email_canonical, i.role, i.invited_by, p.name as inviter_name, i.sent_at, \
    i.expires_at, i.accepted_at, i.revoked_at from invitation i join person p on p.id = i.invited_by";

/// The owner is a column, not a row: exactly one, and nobody becomes it by a role change.
pub(super) fn effective_role(owner: &str, person: PersonId, role: &str) -> Result<BuiltInRole> {
    if owner == person.to_string() {
        Ok(BuiltInRole::Owner)
    } else {
        word(role)
    }
}

impl Tx {
    /// The role of a person in an organization, none for strangers and disabled accounts.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_of(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<Option<BuiltInRole>> {
        let membership = self.membership(organization, person).await?;
        Ok(membership
            .filter(|membership| !membership.disabled)
            .map(|membership| membership.role))
    }

    /// A membership, also of an account that may not be used.
    pub(crate) async fn membership(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<Option<MembershipRow>> {
        let row: Option<(String, String, String, Option<i64>)> = sqlx::query_as(
            "select o.owner_id, m.role, p.name, p.disabled_at from membership m join organization o on o.id = m.organization_id \
             join person p on p.id = m.person_id where m.organization_id = $1 and m.person_id = $2",
        )
        .bind(organization.to_string())
        .bind(person.to_string())
        .fetch_optional(self.connection())
        .await?;
        row.map(|(owner, role, name, disabled)| {
            Ok(MembershipRow {
                role: effective_role(&owner, person, &role)?,
                name,
                disabled: disabled.is_some(),
            })
        })
        .transpose()
    }

    /// Everybody who belongs to the organization, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn members(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
        you: Option<PersonId>,
    ) -> Result<Vec<MemberView>> {
        type Columns = (String, String, String, String, String, i64, Option<i64>);
        let rows: Vec<Columns> = sqlx::query_as(
            "select p.id, p.name, p.email, m.role, o.owner_id, m.joined_at, m.last_active_at from membership m \
             join person p on p.id = m.person_id join organization o on o.id = m.organization_id where m.organization_id = $1 order by lower(p.name), p.id",
        )
        .bind(proof.target().id.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(|(person, name, email, role, owner, joined_at, active)| {
                let person: PersonId = id(&person)?;
                let role = effective_role(&owner, person, &role)?;
                Ok(MemberView {
                    id: person,
                    name,
                    email,
                    role: RoleRef::BuiltIn(role),
                    role_name: role.label().to_owned(),
                    is_owner: role == BuiltInRole::Owner,
                    is_you: you == Some(person),
                    joined_at: at(joined_at),
                    last_active_at: active.map(at),
                })
            })
            .collect()
    }

    /// How many people belong to an organization.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn member_count(&mut self, organization: OrganizationId) -> Result<u32> {
        let (count,): (i64,) =
            sqlx::query_as("select count(*) from membership where organization_id = $1")
                .bind(organization.to_string())
                .fetch_one(self.connection())
                .await?;
        Ok(super::small(count))
    }

    /// Invitations that were neither accepted nor taken back, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn open_invitations(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
    ) -> Result<Vec<InvitationRow>> {
        let sql = format!(
            "{INVITATION} where i.organization_id = $1 and i.accepted_at is null and i.revoked_at is null order by i.sent_at desc, i.id"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .fetch_all(self.connection())
            .await?)
    }

    /// One invitation of the organization.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
    ) -> Result<Option<InvitationRow>> {
        let sql = format!("{INVITATION} where i.organization_id = $1 and i.id = $2");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(invitation.to_string())
            .fetch_optional(self.connection())
            .await?)
    }

    /// The invitation of a link.
    pub(crate) async fn invitation_by_token(
        &mut self,
        token_hash: &[u8; 32],
    ) -> Result<Option<InvitationRow>> {
        let sql = format!("{INVITATION} where i.token_hash = $1");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(token_hash.to_vec())
            .fetch_optional(self.connection())
            .await?)
    }

    /// How often an invitation was sent again since a moment: the log knows.
    pub(crate) async fn resent_since(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
        since: Timestamp,
    ) -> Result<u32> {
        let (count,): (i64,) = sqlx::query_as(
            "select count(*) from audit_chain c join audit_object o on o.chain = c.id join audit_event e on e.chain = c.id and e.object = o.id \
             where c.owner = $1 and o.target_id = $1 and o.subject_id = $2 and e.event = $3 and e.at > $4",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.to_string())
        .bind(EventType::Update.number())
        .bind(since.micros())
        .fetch_one(self.connection())
        .await?;
        Ok(super::small(count))
    }

    /// How many invitations a person sent since a moment.
    pub(crate) async fn invitations_sent_since(
        &mut self,
        person: PersonId,
        since: Timestamp,
    ) -> Result<u32> {
        let (count,): (i64,) = sqlx::query_as(
            "select count(*) from invitation where invited_by = $1 and sent_at > $2",
        )
        .bind(person.to_string())
        .bind(since.micros())
        .fetch_one(self.connection())
        .await?;
        Ok(super::small(count))
    }
}

/// What an invitation says.
pub(crate) struct NewInvitation<'a> {
    pub id: InvitationId,
    pub email: &'a EmailAddress,
    pub role: BuiltInRole,
    pub token_hash: [u8; 32],
    pub invited_by: PersonId,
    pub expires_at: Timestamp,
}

impl WriteTx {
    pub(crate) async fn insert_membership(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
        role: BuiltInRole,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("insert into membership (organization_id, person_id, role, joined_at) values ($1, $2, $3, $4)")
            .bind(organization.to_string())
            .bind(person.to_string())
            .bind(role.code())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(crate) async fn update_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        person: PersonId,
        role: BuiltInRole,
    ) -> Result<()> {
        sqlx::query(
            "update membership set role = $3 where organization_id = $1 and person_id = $2",
        )
        .bind(proof.target().id.to_string())
        .bind(person.to_string())
        .bind(role.code())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a membership, and the invitations that person sent (security reference, 3.6).
    pub(crate) async fn delete_membership(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        person: PersonId,
        now: Timestamp,
    ) -> Result<()> {
        let organization = proof.target().id.to_string();
        sqlx::query("delete from membership where organization_id = $1 and person_id = $2")
            .bind(&organization)
            .bind(person.to_string())
            .execute(self.connection())
            .await?;
        sqlx::query("update invitation set revoked_at = $3 where organization_id = $1 and invited_by = $2 and accepted_at is null and revoked_at is null")
            .bind(&organization)
            .bind(person.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(crate) async fn insert_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: &NewInvitation<'_>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into invitation (organization_id, id, email, email_canonical, role, token_hash, invited_by, sent_at, expires_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.id.to_string())
        .bind(invitation.email.as_str())
        .bind(invitation.email.canonical())
        .bind(invitation.role.code())
        .bind(invitation.token_hash.to_vec())
        .bind(invitation.invited_by.to_string())
        .bind(now.micros())
        .bind(invitation.expires_at.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces the link of an invitation: the former one is dead.
    pub(crate) async fn renew_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: &NewInvitation<'_>,
        now: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update invitation set token_hash = $3, invited_by = $4, sent_at = $5, expires_at = $6 \
             where organization_id = $1 and id = $2 and accepted_at is null and revoked_at is null",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.id.to_string())
        .bind(invitation.token_hash.to_vec())
        .bind(invitation.invited_by.to_string())
        .bind(now.micros())
        .bind(invitation.expires_at.micros())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn revoke_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query("update invitation set revoked_at = $3 where organization_id = $1 and id = $2 and accepted_at is null and revoked_at is null")
            .bind(proof.target().id.to_string())
            .bind(invitation.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Uses an invitation up. True for exactly one of several who try at once.
    pub(crate) async fn consume_invitation(
        &mut self,
        token_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query("update invitation set accepted_at = $2 where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2")
            .bind(token_hash.to_vec())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
