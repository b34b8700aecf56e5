use domain::{
    ApiError, BuiltInRole, EmailAddress, EventType, Invalid, InvitationId, OrganizationId,
    PersonId, SubmittedPassword, Timestamp,
    audit::{Change, SubTargetType},
    may_assign,
    view::{InvitationOffer, InvitationState, InvitationView},
};
use vault::Token;

use super::{SignedIn, accounts::sign_in_events, signed_in};
use crate::{
    Caller, Error, Granted, OrganizationTarget, Result, Service,
    audit::{EventTarget, NewEvent},
    mail::Mail,
    permits,
    service::INVITATION,
    store::{Chain, InvitationRow, NewInvitation, Tx, WriteTx},
};

/// Days a link works unless somebody chooses otherwise.
const DAYS: i64 = 7;
/// Invitations one person may send in a day.
const PER_DAY: u32 = 200;
/// How often one invitation may be sent again within an hour: whoever gets it did not ask for it.
const RESENDS_PER_HOUR: u32 = 3;

/// An invitation was written down; its mail is on the way.
pub struct Invited {
    /// Its id.
    pub id: InvitationId,
    /// The link, to be handed over by its creator, when this instance has no mail server. Shown once.
    pub link: Option<String>,
}

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
    /// Invitations that are open or too old.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage members.
    pub async fn invitations(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<InvitationView>> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let now = self.now();
        tx.open_invitations(&proof)
            .await?
            .iter()
            .map(|row| view(row, now))
            .collect()
    }

    /// Offers a membership by mail.
    ///
    /// # Errors
    /// `Forbidden`; every field that needs attention; a clash when the person belongs already or is invited.
    pub async fn invite(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        email: &str,
        role: &str,
    ) -> Result<Invited> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let mut invalid = Invalid::new();
        let email = invalid.check("email", EmailAddress::parse(email));
        let role = invalid.check("role", role.parse::<BuiltInRole>());
        let (Some(email), Some(role)) = (email, role) else {
            return Err(invalid.into_error().into());
        };
        self.may_invite_as(&mut tx, caller, organization, role)
            .await?;
        if let Some(known) = tx.person_by_email(email.canonical()).await?
            && tx.role_of(organization, known.view.id).await?.is_some()
        {
            return Err(ApiError::field("email", "This person is a member already.").into());
        }
        let (inviter, _) = signed_in(caller)?;
        self.check_invitation_limit(&mut tx, inviter).await?;

        let id: InvitationId = self.id();
        let (token, new) = self.draw_link(&mut tx, id, &email, role, inviter).await?;
        match tx.insert_invitation(&proof, &new, self.now()).await {
            Err(error) if error.is_duplicate() => {
                return Err(ApiError::field(
                    "email",
                    "This person is invited already. Resend or revoke that invitation.",
                )
                .into());
            }
            other => other?,
        }
        let link = self
            .send_link(
                &mut tx,
                caller,
                proof.target(),
                &email,
                role,
                &token,
                new.expires_at,
            )
            .await?;
        let change = Change::none()
            .set("role", role.label())
            .set("expires_at", new.expires_at.rfc3339());
        self.commit_invitation(
            tx,
            caller,
            &proof,
            EventType::Create,
            id,
            email.as_str(),
            change,
        )
        .await?;
        Ok(Invited { id, link })
    }

    /// Sends a new link for an open invitation; the former link is dead.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` when it is not open any more.
    pub async fn resend_invitation(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<Invited> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let row = super::not_found(tx.invitation(&proof, invitation).await?)?;
        let email =
            EmailAddress::parse(&row.email).map_err(|_| Error::Malformed("e-mail address"))?;
        let role = row.role()?;
        self.may_invite_as(&mut tx, caller, organization, role)
            .await?;
        let (inviter, _) = signed_in(caller)?;
        self.check_invitation_limit(&mut tx, inviter).await?;
        if tx
            .resent_since(&proof, invitation, self.now().plus_seconds(-3_600))
            .await?
            >= RESENDS_PER_HOUR
        {
            return Err(Error::refused(
                "This invitation was sent again three times within an hour. Wait a while.",
            ));
        }
        let (token, new) = self
            .draw_link(&mut tx, invitation, &email, role, inviter)
            .await?;
        if !tx.renew_invitation(&proof, &new, self.now()).await? {
            return Err(ApiError::NotFound.into());
        }
        let link = self
            .send_link(
                &mut tx,
                caller,
                proof.target(),
                &email,
                role,
                &token,
                new.expires_at,
            )
            .await?;
        let change = Change::none().hidden("link").field(
            "expires_at",
            Timestamp::from_micros(row.expires_at).rfc3339(),
            new.expires_at.rfc3339(),
        );
        self.commit_invitation(
            tx,
            caller,
            &proof,
            EventType::Update,
            invitation,
            email.as_str(),
            change,
        )
        .await?;
        Ok(Invited {
            id: invitation,
            link,
        })
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` when it is not open any more.
    pub async fn revoke_invitation(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        invitation: InvitationId,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let row = super::not_found(tx.invitation(&proof, invitation).await?)?;
        if !tx.revoke_invitation(&proof, invitation, self.now()).await? {
            return Err(ApiError::NotFound.into());
        }
        let change = Change::none().gone("role", row.role()?.label());
        self.commit_invitation(
            tx,
            caller,
            &proof,
            EventType::Delete,
            invitation,
            &row.email,
            change,
        )
        .await
    }

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
            role: row.role()?,
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
                    .insert_account(
                        &mut tx,
                        &form,
                        &hash,
                        self.options.transport.reaches_people(),
                    )
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
                self.may_join(&mut tx, person.id).await?;
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
                self.may_join(&mut tx, person.id).await?;
                self.join(tx, caller, token, person.clone(), Vec::new())
                    .await
            }
        }
    }

    /// Whoever made the account with a copied link need not be who reads the mail of that address.
    async fn may_join(&self, tx: &mut Tx, person: PersonId) -> Result<()> {
        let verified = super::not_found(tx.person(person).await?)?.email_verified;
        if verified || self.options.transport.reaches_people() {
            Ok(())
        } else {
            Err(Error::refused(
                "Your address is not confirmed by a mail yet, so this account cannot join another organization.",
            ))
        }
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
        if self.options.transport.reaches_people() {
            // The link came by mail to this very address.
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
            Change::none().set("role", role.label()),
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
        let organization = super::not_found(
            tx.find_organization(super::super::store::id(&row.organization_id)?)
                .await?,
        )?;
        let inviter: PersonId = super::super::store::id(&row.invited_by)?;
        let held = tx
            .role_of(organization.id, inviter)
            .await?
            .map(domain::Grants::built_in)
            .unwrap_or_default();
        let still_may = domain::decide(
            &held,
            domain::Permission::MembersManage,
            &domain::Lineage::organization(),
        )
        .is_allowed()
            && may_assign(&held, row.role()?);
        if still_may {
            Ok((row, organization))
        } else {
            Err(ApiError::LinkVoid.into())
        }
    }

    async fn may_invite_as(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
        role: BuiltInRole,
    ) -> Result<()> {
        if role == BuiltInRole::Owner {
            return Err(ApiError::field("role", "Ownership is transferred, not offered.").into());
        }
        let held = tx.grants(caller, organization).await?;
        if may_assign(&held, role) {
            Ok(())
        } else {
            Err(ApiError::field("role", "You can only give roles within your own rights.").into())
        }
    }

    async fn check_invitation_limit(&self, tx: &mut Tx, inviter: PersonId) -> Result<()> {
        if tx
            .invitations_sent_since(inviter, self.now().plus_days(-1))
            .await?
            >= PER_DAY
        {
            return Err(Error::refused(
                "You sent 200 invitations in a day. Go on tomorrow.",
            ));
        }
        Ok(())
    }

    async fn draw_link<'a>(
        &self,
        tx: &mut Tx,
        id: InvitationId,
        email: &'a EmailAddress,
        role: BuiltInRole,
        invited_by: PersonId,
    ) -> Result<(Token, NewInvitation<'a>)> {
        let token = self.entropy.token();
        let ring = self.keys.instance(tx).await?;
        let new = NewInvitation {
            id,
            email,
            role,
            token_hash: token.hash(&ring, INVITATION),
            invited_by,
            expires_at: self.now().plus_days(DAYS),
        };
        Ok((token, new))
    }

    /// Puts the mail into the outbox. The link is also handed back when no mail server would deliver it.
    #[expect(clippy::too_many_arguments, reason = "everything a mail says")]
    async fn send_link(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        organization: &OrganizationTarget,
        email: &EmailAddress,
        role: BuiltInRole,
        token: &Token,
        expires_at: Timestamp,
    ) -> Result<Option<String>> {
        let link = format!("{}/invite/{}", self.options.public_url, token.expose());
        let mail = Mail::invitation(
            email.as_str(),
            caller.name(),
            &organization.name,
            role,
            &link,
            expires_at,
        );
        self.post(tx, "invitation", &mail).await?;
        Ok((!self.options.transport.reaches_people()).then_some(link))
    }

    #[expect(clippy::too_many_arguments, reason = "everything an event says")]
    async fn commit_invitation(
        &self,
        tx: WriteTx,
        caller: &Caller,
        proof: &Granted<permits::ManageMembers>,
        event: EventType,
        id: InvitationId,
        email: &str,
        change: Change,
    ) -> Result<()> {
        let organization = proof.target();
        let target = EventTarget::object(
            domain::TargetType::MembersAndRoles,
            organization.id,
            &organization.name,
        )
        .part(SubTargetType::Invitation, id, email);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization.id),
            NewEvent::done(event, target, change),
        )
        .await?;
        self.outbox.notify_one();
        Ok(())
    }
}

fn view(row: &InvitationRow, now: Timestamp) -> Result<InvitationView> {
    Ok(InvitationView {
        id: crate::store::id(&row.id)?,
        email: row.email.clone(),
        role_name: row.role()?.label().to_owned(),
        invited_by: row.inviter_name.clone(),
        sent_at: Timestamp::from_micros(row.sent_at),
        expires_at: Timestamp::from_micros(row.expires_at),
        state: if row.is_open(now) {
            InvitationState::Pending
        } else {
            InvitationState::Expired
        },
    })
}
