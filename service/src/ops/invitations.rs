//! Coming in with an invitation link.

use domain::{
    ApiError, EmailAddress, EventType, Invalid, PersonId, RoleRef, SubmittedPassword, Timestamp,
    audit::{Change, SubTargetType},
    view::InvitationOffer,
};

use super::{SignedIn, accounts::sign_in_events, inviting::is_backed, signed_in};
use crate::{
    Caller, Error, OrganizationTarget, Result, Service,
    audit::{EventTarget, NewEvent},
    service::INVITATION,
    store::{Chain, InvitationRow, Tx, WriteTx},
};

/// How somebody who holds an invitation link comes in.
pub enum Joining {
    /// With a new account.
    NewAccount {
        /// The person's name.
        name: String,
        /// The password they choose.
        password: SubmittedPassword,
    },
    /// With the account that has this address.
    ExistingAccount {
        /// Its password.
        password: SubmittedPassword,
    },
    /// As the person who is signed in.
    SignedIn,
}

impl Service {
    /// What a link offers.
    ///
    /// # Errors
    /// `LinkVoid` for unknown, used, revoked and old links alike.
    pub async fn invitation_offer(&self, caller: &Caller, token: &str) -> Result<InvitationOffer> {
        let mut tx = self.store.read().await?;
        let (row, organization) = self.open_invitation(&mut tx, token).await?;
        let account = tx.person_by_email(&row.email_canonical).await?;
        let you = caller.person();
        let same = account
            .as_ref()
            .is_some_and(|account| you == Some(account.view.id));
        let other = match &caller.actor {
            crate::Actor::Person(person) if !same => Some(person.email.clone()),
            _ => None,
        };
        Ok(InvitationOffer {
            organization: organization.name,
            invited_by: row.inviter_name.clone(),
            role_name: row.role_name()?,
            role_summary: match row.role()? {
                RoleRef::BuiltIn(role) => role.summary().to_owned(),
                RoleRef::Custom(_) => String::new(),
            },
            note: row.note.clone(),
            expires_at: Timestamp::from_micros(row.expires_at),
            has_account: account.is_some(),
            signed_in_as_other: other,
            signed_in: same,
            email: row.email,
        })
    }

    /// Accepts: uses the link up, makes or takes the account, and starts a session. Works for exactly one of several tries.
    ///
    /// # Errors
    /// `LinkVoid`; `WrongCredentials`; every field that needs attention; refused when another account is signed in.
    pub async fn accept_invitation(
        &self,
        caller: &Caller,
        token: &str,
        joining: Joining,
    ) -> Result<SignedIn> {
        let (row, _) = self
            .open_invitation(&mut self.store.read().await?, token)
            .await?;
        match joining {
            Joining::NewAccount { name, password } => {
                let form = self
                    .check_account(Invalid::new(), &row.email, &name, password)
                    .await?;
                let hash = self.hash_password(&form.password).await?;
                let mut tx = self.store.write().await?;
                let person = self
                    .insert_account(&mut tx, &form, &hash, row.came_by_mail())
                    .await?;
                self.join(tx, caller, token, person, Vec::new()).await
            }
            Joining::ExistingAccount { password } => {
                // The same throttle, work and answers as at the sign-in page; but one transaction from there on, so that
                // an acceptance that fails begins no session and ends none.
                let proven = self.prove(caller, &row.email, password).await?;
                let person = proven.account.view.clone();
                let mut tx = self.store.write().await?;
                self.note_proof(&mut tx, &proven, self.now()).await?;
                may_join(&mut tx, person.id, &row).await?;
                let organizations = tx.organizations_of(person.id).await?;
                let came_in = sign_in_events(&person, &organizations);
                self.join(tx, caller, token, person, came_in).await
            }
            Joining::SignedIn => {
                let (_, person) = signed_in(caller)?;
                let mine = EmailAddress::parse(&person.email)
                    .map_err(|_| Error::Malformed("e-mail address"))?;
                if mine.canonical() != row.email_canonical {
                    return Err(Error::refused(
                        "This invitation is for another address. Sign out, then open the link again.",
                    ));
                }
                let mut tx = self.store.write().await?;
                may_join(&mut tx, person.id, &row).await?;
                self.join(tx, caller, token, person.clone(), Vec::new())
                    .await
            }
        }
    }

    /// Turns an invitation down. Whoever has the link may: it is in the mail they got.
    ///
    /// # Errors
    /// `LinkVoid`.
    pub async fn decline_invitation(&self, caller: &Caller, token: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        let (row, organization) = self.open_invitation(&mut tx, token).await?;
        let hash = self.token_hash(&mut tx, token, INVITATION).await?;
        if !tx.decline_invitation(&hash, now).await? {
            return Err(ApiError::LinkVoid.into());
        }
        let target = EventTarget::object(
            domain::TargetType::MembersAndRoles,
            organization.id,
            &organization.name,
        )
        .part(SubTargetType::Invitation, &row.id, &row.email);
        let change = Change::none().set("declined", true);
        tx.commit(
            caller,
            now,
            Chain::Organization(organization.id),
            NewEvent::done(EventType::Update, target, change),
        )
        .await
    }

    /// The end of every acceptance: one transaction from the link to the session. `before`: what the log is told first.
    async fn join(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        token: &str,
        person: domain::view::PersonView,
        before: Vec<(Chain, NewEvent)>,
    ) -> Result<SignedIn> {
        let now = self.now();
        let (row, organization) = self.open_invitation(&mut tx, token).await?;
        let hash = self.token_hash(&mut tx, token, INVITATION).await?;
        if !tx.consume_invitation(&hash, now).await? {
            return Err(ApiError::LinkVoid.into());
        }
        let role = row.role()?;
        match tx
            .insert_membership(organization.id, person.id, role, now)
            .await
        {
            Err(error) if error.is_duplicate() => {
                return Err(Error::conflict("You belong to this organization already."));
            }
            other => other?,
        }
        if row.came_by_mail() {
            tx.verify_email(person.id, now).await?;
        }
        let (session_token, session, expires_at) =
            self.start_session(&mut tx, caller, person.id).await?;
        let you = caller.signed_in(person.clone(), Some(session));
        let target = EventTarget::member(person.id, &person.name).part(
            SubTargetType::Invitation,
            &row.id,
            &row.email,
        );
        let event = NewEvent::done(
            EventType::Accept,
            target,
            Change::none().set("role", row.role_name()?),
        );
        let mut events = before;
        events.push((Chain::Organization(organization.id), event));
        tx.commit_all(&you, now, events).await?;
        Ok(SignedIn {
            token: session_token,
            expires_at,
            person,
            organization: Some(organization.slug),
        })
    }

    /// The invitation of a link, as long as it is open and its inviter still may invite to that role.
    async fn open_invitation(
        &self,
        tx: &mut Tx,
        token: &str,
    ) -> Result<(InvitationRow, OrganizationTarget)> {
        let hash = self.token_hash(tx, token, INVITATION).await?;
        let row = tx
            .invitation_by_token(&hash)
            .await?
            .filter(|row| row.is_open(self.now()))
            .ok_or(ApiError::LinkVoid)?;
        // One that is deleted answers like any other dead link.
        let organization = tx
            .find_organization(super::super::store::id(&row.organization_id)?)
            .await?
            .ok_or(ApiError::LinkVoid)?;
        if is_backed(tx, organization.id, &row).await? {
            Ok((row, organization))
        } else {
            Err(ApiError::LinkVoid.into())
        }
    }
}

/// Whoever made the account with a copied link need not be who reads the mail of that address.
async fn may_join(tx: &mut Tx, person: PersonId, invitation: &InvitationRow) -> Result<()> {
    let verified = super::not_found(tx.person(person).await?)?.email_verified;
    if verified || invitation.came_by_mail() {
        Ok(())
    } else {
        Err(Error::refused(
            "Your address is not confirmed by a mail yet, so this account cannot join another organization.",
        ))
    }
}
