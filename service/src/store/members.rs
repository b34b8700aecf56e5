use domain::{
    BuiltInRole, EmailAddress, EventType, HandoverId, InvitationId, OrganizationId, PersonId,
    RoleId, RoleRef, Timestamp,
    view::{InvitationState, MemberView},
};

use super::{
    Tx, WriteTx, at, id,
    roles::{role_columns, role_of_columns},
};
use crate::{Caller, Granted, Permit, Result, permits};

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
    /// The role it gives, `custom` for a role of the organization's own.
    pub role: String,
    /// Which of those.
    pub role_id: Option<String>,
    /// The role's name on the screen; empty for built-in roles.
    pub custom_name: String,
    /// What the role was called, if it was deleted after this was over.
    pub role_label: String,
    /// 1 when the link went to the address itself: whoever has it reads that mail.
    pub mailed: i64,
    /// What the inviter wrote to it.
    pub note: String,
    /// For how many days a link works.
    pub days: i64,
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
    /// When it was turned down.
    pub declined_at: Option<i64>,
}

impl InvitationRow {
    /// The role it gives.
    ///
    /// # Errors
    /// The stored word is none.
    pub fn role(&self) -> Result<RoleRef> {
        role_of_columns(&self.role, self.role_id.as_deref())
    }
    /// The role's name on the screen.
    ///
    /// # Errors
    /// The stored word is none.
    pub fn role_name(&self) -> Result<String> {
        if !self.role_label.is_empty() {
            return Ok(self.role_label.clone());
        }
        Ok(match self.role()? {
            RoleRef::BuiltIn(role) => role.label().to_owned(),
            RoleRef::Custom(_) => self.custom_name.clone(),
        })
    }
    /// Where it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> InvitationState {
        if self.accepted_at.is_some() {
            InvitationState::Accepted
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if self.declined_at.is_some() {
            InvitationState::Declined
        } else if self.expires_at > now.micros() {
            InvitationState::Pending
        } else {
            InvitationState::Expired
        }
    }
    /// True when the link went to the address itself, so that whoever has it reads that mail.
    #[must_use]
    pub const fn came_by_mail(&self) -> bool {
        self.mailed != 0
    }
    /// True while it can be accepted.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state(now) == InvitationState::Pending
    }
}

/// Somebody's membership.
pub(crate) struct MembershipRow {
    pub role: RoleRef,
    pub role_name: String,
    pub name: String,
    pub disabled: bool,
    pub last_active_at: Option<Timestamp>,
}

/// How recently somebody was here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Since this moment.
    Since(Timestamp),
    /// Not since this moment, counting from when they joined if they were never here.
    NotSince(Timestamp),
    /// Never.
    Never,
}

/// Which members a reader asks for. Everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// Part of the name or the address, without case.
    pub search: String,
    /// The role they have.
    pub role: Option<RoleRef>,
    /// How recently they were here.
    pub activity: Option<Activity>,
}

/// The quiet ones: not here for this many days.
const QUIET_DAYS: i64 = 90;
/// The busy ones: here within this many days.
const BUSY_DAYS: i64 = 30;

impl MemberFilter {
    /// Reads the words of an address or form; what is no role or activity (`active`, `inactive`, `never`) does not narrow.
    #[must_use]
    pub fn of_words(search: &str, role: &str, activity: &str, now: Timestamp) -> Self {
        Self {
            search: search.trim().to_owned(),
            role: role.parse().ok(),
            activity: match activity {
                "active" => Some(Activity::Since(now.plus_days(-BUSY_DAYS))),
                "inactive" => Some(Activity::NotSince(now.plus_days(-QUIET_DAYS))),
                "never" => Some(Activity::Never),
                _ => None,
            },
        }
    }
}

/// A page of members, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberCursor {
    /// From the first.
    Start,
    /// After this person.
    After(PersonId),
    /// Before this person.
    Before(PersonId),
}

/// Most invitations of one list.
pub const INVITATIONS_LISTED: usize = 500;

const INVITATION: &str = "select i.id, i.organization_id, i.email, i.email_canonical, i.role, i.role_id, coalesce(r.name, '') as custom_name, i.role_label, i.mailed, i.note, i.days, \
    i.invited_by, p.name as inviter_name, i.sent_at, i.expires_at, i.accepted_at, i.revoked_at, i.declined_at from invitation i \
    join person p on p.id = i.invited_by left join custom_role r on r.organization_id = i.organization_id and r.id = i.role_id";

/// Neither accepted nor taken back nor turned down.
const OPEN: &str = "accepted_at is null and revoked_at is null and declined_at is null";

const MEMBER: &str = "select p.id, p.name, p.email, m.role, m.role_id, coalesce(r.name, ''), o.owner_id, m.joined_at, m.last_active_at \
    from membership m join person p on p.id = m.person_id join organization o on o.id = m.organization_id \
    left join custom_role r on r.organization_id = m.organization_id and r.id = m.role_id where m.organization_id = $1";

/// The owner is a column, not a row: exactly one, and nobody becomes it by a role change.
pub(super) fn effective_role(
    owner: &str,
    person: PersonId,
    role: &str,
    custom: Option<&str>,
) -> Result<RoleRef> {
    if owner == person.to_string() {
        Ok(RoleRef::BuiltIn(BuiltInRole::Owner))
    } else {
        role_of_columns(role, custom)
    }
}

/// A role's name on the screen, where the custom name was read along.
pub(super) fn name_of_role(role: RoleRef, custom: String) -> String {
    match role {
        RoleRef::BuiltIn(role) => role.label().to_owned(),
        RoleRef::Custom(_) => custom,
    }
}

type MemberColumns = (
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    String,
    i64,
    Option<i64>,
);

fn member_view(
    (person, name, email, role, custom, custom_name, owner, joined_at, active): MemberColumns,
    you: Option<PersonId>,
) -> Result<MemberView> {
    let person: PersonId = id(&person)?;
    let role = effective_role(&owner, person, &role, custom.as_deref())?;
    Ok(MemberView {
        id: person,
        name,
        email,
        role,
        role_name: name_of_role(role, custom_name),
        is_owner: role.is_owner(),
        is_you: you == Some(person),
        joined_at: at(joined_at),
        last_active_at: active.map(at),
    })
}

/// Role, custom role and "is it the owner's" as the member query compares them.
fn role_filter(role: Option<RoleRef>) -> (&'static str, String, i64) {
    let Some(role) = role else {
        return ("", String::new(), 0);
    };
    let (code, custom) = role_columns(role);
    (code, custom.unwrap_or_default(), i64::from(role.is_owner()))
}

/// The text as a pattern that finds it anywhere.
fn containing(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

impl Tx {
    /// The role of a person in an organization; none for strangers, disabled accounts and organizations being deleted (AC-14).
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn role_of(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<Option<RoleRef>> {
        let membership = self.membership(organization, person).await?;
        Ok(membership
            .filter(|membership| !membership.disabled)
            .map(|membership| membership.role))
    }

    /// A membership in a live organization, also of an account that may not be used.
    pub(crate) async fn membership(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<Option<MembershipRow>> {
        type Columns = (
            String,
            String,
            Option<String>,
            String,
            String,
            Option<i64>,
            Option<i64>,
        );
        let row: Option<Columns> = sqlx::query_as(
            "select o.owner_id, m.role, m.role_id, coalesce(r.name, ''), p.name, p.disabled_at, m.last_active_at from membership m \
             join organization o on o.id = m.organization_id join person p on p.id = m.person_id \
             left join custom_role r on r.organization_id = m.organization_id and r.id = m.role_id \
             where m.organization_id = $1 and m.person_id = $2 and o.deleted_at is null",
        )
        .bind(organization.to_string())
        .bind(person.to_string())
        .fetch_optional(self.connection())
        .await?;
        row.map(
            |(owner, role, custom, custom_name, name, disabled, active)| {
                let role = effective_role(&owner, person, &role, custom.as_deref())?;
                Ok(MembershipRow {
                    role,
                    role_name: name_of_role(role, custom_name),
                    name,
                    disabled: disabled.is_some(),
                    last_active_at: active.map(at),
                })
            },
        )
        .transpose()
    }

    /// One member.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn member(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
        person: PersonId,
        you: Option<PersonId>,
    ) -> Result<Option<MemberView>> {
        let row: Option<MemberColumns> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{MEMBER} and p.id = $2")))
                .bind(proof.target().id.to_string())
                .bind(person.to_string())
                .fetch_optional(self.connection())
                .await?;
        row.map(|row| member_view(row, you)).transpose()
    }

    /// Up to `limit` members by name, and whether more follow in the direction of the cursor.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn members(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
        filter: &MemberFilter,
        cursor: MemberCursor,
        limit: u32,
        you: Option<PersonId>,
    ) -> Result<(Vec<MemberView>, bool)> {
        let (compare, order, from) = match cursor {
            MemberCursor::Start => (">", "asc", None),
            MemberCursor::After(person) => (">", "asc", Some(person)),
            MemberCursor::Before(person) => ("<", "desc", Some(person)),
        };
        let (role, custom, owner) = role_filter(filter.role);
        let (since, not_since, never) = match filter.activity {
            Some(Activity::Since(at)) => (at.micros(), i64::MAX, 0),
            Some(Activity::NotSince(at)) => (i64::MIN, at.micros(), 0),
            Some(Activity::Never) => (i64::MIN, i64::MAX, 1),
            None => (i64::MIN, i64::MAX, 0),
        };
        let sql = format!(
            "{MEMBER} and ($2 = '%%' or p.name_key like $2 escape '\\' or p.email_canonical like $2 escape '\\') \
             and ($3 = '' or ($5 = 1 and o.owner_id = p.id) or ($5 = 0 and o.owner_id <> p.id and m.role = $3 and coalesce(m.role_id, '') = $4)) \
             and ($6 = {min} or m.last_active_at >= $6) and ($7 = {max} or coalesce(m.last_active_at, m.joined_at) < $7) \
             and ($8 = 0 or m.last_active_at is null) \
             and ($9 = '' or (p.name_key, p.id) {compare} (select name_key, id from person where id = $9)) \
             order by p.name_key {order}, p.id {order} limit {rows}",
            min = i64::MIN,
            max = i64::MAX,
            rows = limit + 1,
        );
        let mut rows: Vec<MemberColumns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(containing(&domain::comparison_key(&filter.search)))
            .bind(role)
            .bind(custom)
            .bind(owner)
            .bind(since)
            .bind(not_since)
            .bind(i64::from(never))
            .bind(from.map(|person| person.to_string()).unwrap_or_default())
            .fetch_all(self.connection())
            .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        if matches!(cursor, MemberCursor::Before(_)) {
            rows.reverse();
        }
        let members = rows
            .into_iter()
            .map(|row| member_view(row, you))
            .collect::<Result<_>>()?;
        Ok((members, more))
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

    /// Invitations, open ones first, then newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn invitations(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
    ) -> Result<Vec<InvitationRow>> {
        let sql = format!(
            "{INVITATION} where i.organization_id = $1 order by case when i.{} then 0 else 1 end, i.sent_at desc, i.id limit {INVITATIONS_LISTED}",
            OPEN.replace(" and ", " and i.")
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .fetch_all(self.connection())
            .await?)
    }

    /// The open invitations to a custom role, by address.
    pub(crate) async fn invitations_to(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        role: RoleId,
    ) -> Result<Vec<(InvitationId, String)>> {
        let sql = format!(
            "select id, email from invitation where organization_id = $1 and role_id = $2 and {OPEN} order by email_canonical"
        );
        let rows: Vec<(String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(role.to_string())
            .fetch_all(self.connection())
            .await?;
        rows.into_iter()
            .map(|(invitation, email)| Ok((id(&invitation)?, email)))
            .collect()
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

    /// True while an invitation for this address is open.
    pub(crate) async fn is_invited(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        email: &EmailAddress,
    ) -> Result<bool> {
        let sql = format!(
            "select 1 from invitation where organization_id = $1 and email_canonical = $2 and {OPEN}"
        );
        let row: Option<(i64,)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(email.canonical())
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_some())
    }

    /// What was kept for its creator to read, as long as it may be read.
    pub(crate) async fn handover<P: Permit>(
        &mut self,
        proof: &Granted<P>,
        id: HandoverId,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>> {
        let row: Option<(Vec<u8>,)> = sqlx::query_as(
            "select content from handover where organization_id = $1 and id = $2 and person_id = $3 and expires_at > $4",
        )
        .bind(proof.organization().id.to_string())
        .bind(id.to_string())
        .bind(person.to_string())
        .bind(now.micros())
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|(content,)| content))
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
             where c.owner = $1 and o.target_id = $1 and o.subject_id = $2 and e.event = $3 and e.at > $4 \
             and e.change like '%\"link\":\"changed\"%'",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.to_string())
        .bind(EventType::Update.number())
        .bind(since.micros())
        .fetch_one(self.connection())
        .await?;
        Ok(super::small(count))
    }

    /// How many invitations a person sent since a moment, first and again.
    pub(crate) async fn invitations_sent_since(
        &mut self,
        person: PersonId,
        since: Timestamp,
    ) -> Result<u32> {
        let (count,): (i64,) =
            sqlx::query_as("select cast(coalesce(sum(sent), 0) as bigint) from invitation_sent where person_id = $1 and at > $2")
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
    pub role: RoleRef,
    pub note: &'a str,
    pub days: i64,
    pub token_hash: [u8; 32],
    pub key_version: u32,
    pub mailed: bool,
    pub invited_by: PersonId,
    pub expires_at: Timestamp,
}

impl WriteTx {
    pub(crate) async fn insert_membership(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
        role: RoleRef,
        now: Timestamp,
    ) -> Result<()> {
        let (role, custom) = role_columns(role);
        sqlx::query("insert into membership (organization_id, person_id, role, role_id, joined_at) values ($1, $2, $3, $4, $5)")
            .bind(organization.to_string())
            .bind(person.to_string())
            .bind(role)
            .bind(custom)
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(crate) async fn update_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        person: PersonId,
        role: RoleRef,
    ) -> Result<()> {
        let (role, custom) = role_columns(role);
        sqlx::query(
            "update membership set role = $3, role_id = $4 where organization_id = $1 and person_id = $2",
        )
        .bind(proof.target().id.to_string())
        .bind(person.to_string())
        .bind(role)
        .bind(custom)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that a member was here.
    pub(crate) async fn note_presence(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "update membership set last_active_at = $3 where organization_id = $1 and person_id = $2",
        )
        .bind(organization.to_string())
        .bind(person.to_string())
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a membership.
    pub(crate) async fn delete_membership(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        person: PersonId,
        now: Timestamp,
    ) -> Result<()> {
        self.end_membership(proof.target().id, person, now).await
    }

    /// Ends the caller's own membership, which takes no right but belonging.
    pub(crate) async fn end_own_membership(
        &mut self,
        proof: &Granted<permits::ReadOrganization>,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<()> {
        match caller.person() {
            Some(person) => self.end_membership(proof.target().id, person, now).await,
            None => Ok(()),
        }
    }

    /// With the membership go the invitations that person sent (security reference, 3.6), their edits under review,
    /// and, if it was their last, their sessions.
    async fn end_membership(
        &mut self,
        organization: OrganizationId,
        person: PersonId,
        now: Timestamp,
    ) -> Result<()> {
        let (organization, who) = (organization.to_string(), person.to_string());
        for statement in [
            "delete from membership where organization_id = $1 and person_id = $2",
            "delete from custom_role_draft where organization_id = $1 and person_id = $2",
        ] {
            sqlx::query(statement)
                .bind(&organization)
                .bind(&who)
                .execute(self.connection())
                .await?;
        }
        let sql = format!(
            "update invitation set revoked_at = $3 where organization_id = $1 and invited_by = $2 and {OPEN}"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&organization)
            .bind(&who)
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        self.delete_sessions_without_membership(person).await
    }

    pub(crate) async fn insert_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: &NewInvitation<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let (role, custom) = role_columns(invitation.role);
        sqlx::query(
            "insert into invitation (organization_id, id, email, email_canonical, role, role_id, note, days, token_hash, mailed, invited_by, sent_at, expires_at, key_version) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.id.to_string())
        .bind(invitation.email.as_str())
        .bind(invitation.email.canonical())
        .bind(role)
        .bind(custom)
        .bind(invitation.note)
        .bind(invitation.days)
        .bind(invitation.token_hash.to_vec())
        .bind(i64::from(invitation.mailed))
        .bind(invitation.invited_by.to_string())
        .bind(now.micros())
        .bind(invitation.expires_at.micros())
        .bind(i64::from(invitation.key_version))
        .execute(self.connection())
        .await?;
        self.count_invitation(invitation.invited_by, now).await
    }

    /// What counts towards the limit of a day.
    async fn count_invitation(&mut self, person: PersonId, now: Timestamp) -> Result<()> {
        sqlx::query("delete from invitation_sent where at <= $1")
            .bind(now.plus_days(-1).micros())
            .execute(self.connection())
            .await?;
        sqlx::query("insert into invitation_sent (person_id, at, sent) values ($1, $2, 1) on conflict (person_id, at) do update set sent = invitation_sent.sent + 1")
            .bind(person.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Keeps something sealed for its creator, and forgets what is too old.
    pub(crate) async fn insert_handover(
        &mut self,
        organization: OrganizationId,
        id: HandoverId,
        person: PersonId,
        content: Vec<u8>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        self.expire_handovers(now).await?;
        sqlx::query("insert into handover (organization_id, id, person_id, content, expires_at) values ($1, $2, $3, $4, $5)")
            .bind(organization.to_string())
            .bind(id.to_string())
            .bind(person.to_string())
            .bind(content)
            .bind(expires_at.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets what nobody may read any more.
    pub(crate) async fn expire_handovers(&mut self, now: Timestamp) -> Result<()> {
        sqlx::query("delete from handover where expires_at <= $1")
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends what was kept for its creator, before its time.
    pub(crate) async fn forget_handover(
        &mut self,
        organization: OrganizationId,
        id: HandoverId,
        person: PersonId,
    ) -> Result<()> {
        sqlx::query(
            "delete from handover where organization_id = $1 and id = $2 and person_id = $3",
        )
        .bind(organization.to_string())
        .bind(id.to_string())
        .bind(person.to_string())
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
            "update invitation set token_hash = $3, mailed = $4, invited_by = $5, sent_at = $6, expires_at = $7, key_version = $8 \
             where organization_id = $1 and id = $2 and accepted_at is null and revoked_at is null and declined_at is null",
        )
        .bind(proof.target().id.to_string())
        .bind(invitation.id.to_string())
        .bind(invitation.token_hash.to_vec())
        .bind(i64::from(invitation.mailed))
        .bind(invitation.invited_by.to_string())
        .bind(now.micros())
        .bind(invitation.expires_at.micros())
        .bind(i64::from(invitation.key_version))
        .execute(self.connection())
        .await?;
        self.count_invitation(invitation.invited_by, now).await?;
        Ok(done.rows_affected() == 1)
    }

    pub(crate) async fn revoke_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query("update invitation set revoked_at = $3 where organization_id = $1 and id = $2 and accepted_at is null and revoked_at is null and declined_at is null")
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
        let done = sqlx::query("update invitation set accepted_at = $2 where token_hash = $1 and accepted_at is null and revoked_at is null and declined_at is null and expires_at > $2")
            .bind(token_hash.to_vec())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Turns an invitation down. True for exactly one of several who try at once.
    pub(crate) async fn decline_invitation(
        &mut self,
        token_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool> {
        let sql = format!(
            "update invitation set declined_at = $2 where token_hash = $1 and {OPEN} and expires_at > $2"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(token_hash.to_vec())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets an open invitation work until another moment, with the link that was sent.
    pub(crate) async fn extend_invitation(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
        days: i64,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let sql = format!(
            "update invitation set days = $3, expires_at = $4 where organization_id = $1 and id = $2 and {OPEN}"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(invitation.to_string())
            .bind(days)
            .bind(expires_at.micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets an open invitation give another role.
    pub(crate) async fn change_invited_role(
        &mut self,
        proof: &Granted<permits::ManageMembers>,
        invitation: InvitationId,
        role: RoleRef,
    ) -> Result<bool> {
        let (role, custom) = role_columns(role);
        let sql = format!(
            "update invitation set role = $3, role_id = $4 where organization_id = $1 and id = $2 and {OPEN}"
        );
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(proof.target().id.to_string())
            .bind(invitation.to_string())
            .bind(role)
            .bind(custom)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes a member the owner, if `from` is the owner still. The former owner becomes Admin in the same statement's wake.
    pub(crate) async fn transfer_ownership(
        &mut self,
        proof: &Granted<permits::DeleteOrganization>,
        from: PersonId,
        to: PersonId,
    ) -> Result<bool> {
        let organization = proof.target().id.to_string();
        let done = sqlx::query(
            "update organization set owner_id = $3, version = version + 1 where id = $1 and owner_id = $2 and deleted_at is null",
        )
        .bind(&organization)
        .bind(from.to_string())
        .bind(to.to_string())
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        // The new owner's row too: a custom role in it would be one that nobody has and nobody can delete.
        sqlx::query("update membership set role = 'admin', role_id = null where organization_id = $1 and person_id in ($2, $3)")
            .bind(&organization)
            .bind(from.to_string())
            .bind(to.to_string())
            .execute(self.connection())
            .await?;
        Ok(true)
    }
}
