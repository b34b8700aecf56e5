use domain::{
    EmailAddress, PersonId, PersonName, SessionId, Timestamp, comparison_key,
    view::{OrganizationSummary, PersonView},
};

use super::{Tx, WriteTx, id};
use crate::Result;

/// An account.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Who.
    pub view: PersonView,
    /// The address every comparison uses.
    pub email_canonical: String,
    /// True once mail reached it.
    pub email_verified: bool,
    /// True when the account may not be used.
    pub disabled: bool,
    pub(crate) password: Vec<u8>,
    pub(crate) password_version: i64,
}

/// A session that is still good, with its person.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub person: PersonView,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

type PersonColumns = (
    String,
    String,
    String,
    Option<i64>,
    String,
    Vec<u8>,
    i64,
    Option<i64>,
);

fn person_row(row: PersonColumns) -> Result<PersonRow> {
    let (person, email, email_canonical, verified, name, password, password_version, disabled) =
        row;
    Ok(PersonRow {
        view: PersonView {
            id: id(&person)?,
            name,
            email,
        },
        email_canonical,
        email_verified: verified.is_some(),
        disabled: disabled.is_some(),
        password,
        password_version,
    })
}

impl Tx {
    /// The account of an address.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn person_by_email(&mut self, canonical: &str) -> Result<Option<PersonRow>> {
        let row: Option<PersonColumns> = sqlx::query_as(
            "select id, email, email_canonical, email_verified_at, name, password, password_version, disabled_at from person where email_canonical = $1",
        )
        .bind(canonical)
        .fetch_optional(self.connection())
        .await?;
        row.map(person_row).transpose()
    }

    /// A person's name and address.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn person(&mut self, person: PersonId) -> Result<Option<PersonRow>> {
        let row: Option<PersonColumns> = sqlx::query_as(
            "select id, email, email_canonical, email_verified_at, name, password, password_version, disabled_at from person where id = $1",
        )
        .bind(person.to_string())
        .fetch_optional(self.connection())
        .await?;
        row.map(person_row).transpose()
    }

    /// The session of a token, unless it is too old, idle for too long, or its account disabled.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn live_session(
        &mut self,
        token_hash: &[u8; 32],
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<SessionRow>> {
        let row: Option<(String, i64, String, String, String)> = sqlx::query_as(
            "select s.id, s.seen_at, p.id, p.name, p.email from session s join person p on p.id = s.person_id \
             where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and p.disabled_at is null",
        )
        .bind(token_hash.to_vec())
        .bind(now.micros())
        .bind(idle_since.micros())
        .fetch_optional(self.connection())
        .await?;
        row.map(|(session, seen_at, person, name, email)| {
            Ok(SessionRow {
                id: id(&session)?,
                person: PersonView {
                    id: id(&person)?,
                    name,
                    email,
                },
                seen_at: super::at(seen_at),
            })
        })
        .transpose()
    }

    /// When the password was given last in a session.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(crate) async fn proven_at(&mut self, session: SessionId) -> Result<Option<Timestamp>> {
        let row: Option<(i64,)> = sqlx::query_as("select proven_at from session where id = $1")
            .bind(session.to_string())
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|(at,)| super::at(at)))
    }

    /// The organizations somebody belongs to, by name, with their role in each.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn organizations_of(&mut self, person: PersonId) -> Result<Vec<OrganizationSummary>> {
        type Columns = (
            String,
            String,
            String,
            String,
            String,
            Option<String>,
            String,
        );
        let rows: Vec<Columns> = sqlx::query_as(
            "select o.id, o.slug, o.name, o.owner_id, m.role, m.role_id, coalesce(r.name, '') from membership m \
             join organization o on o.id = m.organization_id left join custom_role r on r.organization_id = m.organization_id and r.id = m.role_id \
             where m.person_id = $1 and o.deleted_at is null order by o.name_key",
        )
        .bind(person.to_string())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(
                |(organization, slug, name, owner, role, custom, custom_name)| {
                    let role =
                        super::members::effective_role(&owner, person, &role, custom.as_deref())?;
                    Ok(OrganizationSummary {
                        id: id(&organization)?,
                        slug,
                        name,
                        role: super::members::name_of_role(role, custom_name),
                    })
                },
            )
            .collect()
    }
}

/// A new account. Not a proof: the callers hold a one-time set-up or invitation link, or are the operator.
pub(crate) struct NewPerson<'a> {
    pub id: PersonId,
    pub email: &'a EmailAddress,
    pub verified: bool,
    pub name: &'a PersonName,
    pub password: Vec<u8>,
}

/// A new session of somebody who just proved who they are.
pub(crate) struct NewSession<'a> {
    pub id: SessionId,
    pub person: PersonId,
    pub token_hash: [u8; 32],
    pub key_version: u32,
    pub expires_at: Timestamp,
    pub network: &'a str,
    pub user_agent: &'a str,
}

impl WriteTx {
    pub(crate) async fn insert_person(
        &mut self,
        person: &NewPerson<'_>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into person (id, email, email_canonical, email_verified_at, name, name_key, password, password_version, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
        )
        .bind(person.id.to_string())
        .bind(person.email.as_str())
        .bind(person.email.canonical())
        .bind(person.verified.then_some(now.micros()))
        .bind(person.name.as_str())
        .bind(comparison_key(person.name.as_str()))
        .bind(&person.password)
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Replaces a password hash, unless it changed meanwhile.
    pub(crate) async fn set_password(
        &mut self,
        person: PersonId,
        from_version: i64,
        password: Vec<u8>,
    ) -> Result<bool> {
        let done = sqlx::query("update person set password = $3, password_version = password_version + 1 where id = $1 and password_version = $2")
            .bind(person.to_string())
            .bind(from_version)
            .bind(password)
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that mail reaches this person.
    pub(crate) async fn verify_email(&mut self, person: PersonId, now: Timestamp) -> Result<()> {
        sqlx::query(
            "update person set email_verified_at = $2 where id = $1 and email_verified_at is null",
        )
        .bind(person.to_string())
        .bind(now.micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn insert_session(
        &mut self,
        session: &NewSession<'_>,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into session (id, person_id, token_hash, created_at, seen_at, proven_at, expires_at, network, user_agent, key_version) values ($1, $2, $3, $4, $4, $4, $5, $6, $7, $8)",
        )
        .bind(session.id.to_string())
        .bind(session.person.to_string())
        .bind(session.token_hash.to_vec())
        .bind(now.micros())
        .bind(session.expires_at.micros())
        .bind(session.network)
        .bind(session.user_agent)
        .bind(i64::from(session.key_version))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn delete_session(&mut self, session: SessionId) -> Result<()> {
        sqlx::query("delete from session where id = $1")
            .bind(session.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes that a session is in use.
    pub(crate) async fn touch_session(&mut self, session: SessionId, now: Timestamp) -> Result<()> {
        sqlx::query("update session set seen_at = $2 where id = $1")
            .bind(session.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes that whoever uses a session just gave the password again.
    pub(crate) async fn note_step_up(&mut self, session: SessionId, now: Timestamp) -> Result<()> {
        sqlx::query("update session set proven_at = $2 where id = $1")
            .bind(session.to_string())
            .bind(now.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(crate) async fn expire_sessions(
        &mut self,
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<()> {
        sqlx::query("delete from session where expires_at <= $1 or seen_at <= $2")
            .bind(now.micros())
            .bind(idle_since.micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends every session of a person who belongs to no organization any more.
    pub(crate) async fn delete_sessions_without_membership(
        &mut self,
        person: PersonId,
    ) -> Result<()> {
        sqlx::query("delete from session where person_id = $1 and not exists (select 1 from membership where membership.person_id = $1)")
            .bind(person.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
