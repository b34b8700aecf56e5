//! Offering memberships by mail, and what becomes of the offers.

use std::collections::HashMap;

use domain::{
    ApiError, EmailAddress, EventType, HandoverId, Invalid, InvitationId, Lineage, NameError,
    OrganizationId, Permission, PersonId, RoleRef, Timestamp,
    audit::{Change, SubTargetType},
    decide,
    invitees::{Invitee, invitees},
    may_give,
    view::{InvitationResult, InvitationState, InvitationView, InviteOutcome},
};
use vault::Token;

use super::{
    members::{Assignable, assignable},
    not_found, signed_in,
};
use crate::{
    Caller, Error, Granted, OrganizationTarget, Result, Service,
    audit::{EventTarget, NewEvent},
    mail::{Mail, Offer},
    permits,
    service::INVITATION,
    store::{Chain, InvitationRow, NewInvitation, Tx, WriteTx},
};

/// Days a link works unless somebody chooses otherwise.
pub const INVITATION_DAYS: i64 = 7;
/// Most days a link works.
const LONGEST: i64 = 30;
/// Most addresses of one form.
const AT_ONCE: usize = 50;
/// Invitations one person may send in a day.
const PER_DAY: u32 = 200;
/// How often one invitation may be sent again within an hour: whoever gets it did not ask for it.
const RESENDS_PER_HOUR: u32 = 3;

/// Whom to invite, and as what.
#[derive(Clone, Debug, Default)]
pub struct InviteForm {
    /// Addresses, apart by commas, semicolons, line breaks or spaces; a role behind a colon is for that one alone.
    pub emails: String,
    /// The role of everybody else.
    pub role: String,
    /// A few words for the mail.
    pub note: String,
    /// For how many days the links work; empty for the usual.
    pub days: String,
}

impl InviteForm {
    /// One address, for the usual time, without a note.
    #[must_use]
    pub fn one(email: &str, role: &str) -> Self {
        Self {
            emails: email.to_owned(),
            role: role.to_owned(),
            ..Self::default()
        }
    }
}

/// Invitations were written down; their mails are on the way.
pub struct Invited {
    /// What became of each address.
    pub results: Vec<InvitationResult>,
    /// Where the results with their links can be read for ten minutes, by their creator alone. Only when this
    /// instance has no mail server.
    pub handover: Option<HandoverId>,
}

impl Invited {
    /// The first invitation that was written down.
    #[must_use]
    pub fn first(&self) -> Option<&InvitationResult> {
        self.results.iter().find(|one| one.id.is_some())
    }
}

impl Service {
    /// Invitations: open ones, and what became of the others.
    ///
    /// # Errors
    /// `Forbidden` without the right to manage members.
    pub async fn invitations(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<InvitationView>> {
        let mut tx = self.store.read().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let now = self.now();
        let rows = tx.invitations(&proof).await?;
        let mut backed: HashMap<(String, RoleRef), bool> = HashMap::new();
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let mut view = view(&row, now)?;
            if view.state == InvitationState::Pending {
                // Many invitations have one inviter and one role: each pair is looked up once.
                let pair = (row.invited_by.clone(), view.role);
                let known = backed.get(&pair).copied();
                let stands = match known {
                    Some(stands) => stands,
                    None => is_backed(&mut tx, organization, &row).await?,
                };
                backed.insert(pair, stands);
                if !stands {
                    view.state = InvitationState::Void;
                }
            }
            views.push(view);
        }
        Ok(views)
    }

    pub(super) async fn manages(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Granted<permits::ManageMembers>> {
        let seen = tx.belongs(caller, organization).await?;
        tx.authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await
    }

    /// Offers memberships by mail: every address that can be invited is, and each has its own result.
    ///
    /// # Errors
    /// `Forbidden`; every field that needs attention, also when not one address could be invited.
    pub async fn invite(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: &InviteForm,
    ) -> Result<Invited> {
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let (inviter, _) = signed_in(caller)?;
        let wanted = invitees(&form.emails);
        let mut invalid = Invalid::new();
        if let Some(problem) = unusable(&wanted) {
            invalid.add("emails", problem);
        }
        let role = match assignable(&mut tx, &proof, caller, &form.role).await {
            Err(Error::Api(ApiError::Invalid { fields })) => {
                for wrong in fields {
                    invalid.add(&wrong.field, wrong.message);
                }
                None
            }
            other => Some(other?),
        };
        let days = invalid.check("days", parse_days(&form.days));
        let note = invalid.check("note", domain::parse_description(&form.note));
        let (Some(role), Some(days), Some(note)) = (role, days, note) else {
            return Err(invalid.into_error().into());
        };
        invalid.finish()?;
        self.check_invitation_limit(&mut tx, inviter, wanted.len())
            .await?;
        let mut results = Vec::new();
        let mut events = Vec::new();
        let batch = Batch {
            role,
            note,
            days,
            inviter,
        };
        for invitee in wanted {
            let (result, event) = self
                .invite_one(&mut tx, caller, &proof, &batch, invitee)
                .await?;
            results.push(result);
            events.extend(event);
        }
        if events.is_empty() {
            return Err(ApiError::field("emails", none_invited(&results)).into());
        }
        let handover = self
            .hand_over_links(&mut tx, organization, inviter, &results)
            .await?;
        tx.commit_all(caller, self.now(), events).await?;
        self.outbox.notify_one();
        Ok(Invited { results, handover })
    }

    async fn invite_one(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        proof: &Granted<permits::ManageMembers>,
        batch: &Batch,
        invitee: Invitee,
    ) -> Result<(InvitationResult, Option<(Chain, NewEvent)>)> {
        let organization = proof.target().clone();
        let refused = |outcome| {
            let result = InvitationResult {
                id: None,
                email: invitee.written.clone(),
                role_name: String::new(),
                outcome,
                link: None,
            };
            Ok((result, None))
        };
        if invitee.repeated {
            return refused(InviteOutcome::Repeated);
        }
        let Some(email) = invitee.email.clone() else {
            return refused(InviteOutcome::NotAnAddress);
        };
        let own_role = match &invitee.role {
            Some(name) => match role_by_name(tx, proof, caller, name).await? {
                Some(role) => Some(role),
                None => return refused(InviteOutcome::RoleNotGiven),
            },
            None => None,
        };
        let role = own_role.as_ref().unwrap_or(&batch.role);
        if let Some(known) = tx.person_by_email(email.canonical()).await?
            && tx
                .membership(organization.id, known.view.id)
                .await?
                .is_some()
        {
            return refused(InviteOutcome::AlreadyMember);
        }
        if tx.is_invited(proof, &email).await? {
            return refused(InviteOutcome::AlreadyInvited);
        }
        let id: InvitationId = self.id();
        let (token, new) = self.draw_link(tx, id, &email, role.role, batch).await?;
        tx.insert_invitation(proof, &new, self.now()).await?;
        let link = self.link(&token);
        let offer = Offer {
            inviter: caller.name(),
            organization: &organization.name,
            role: &role.name,
            summary: summary(role.role),
            note: &batch.note,
            link: &link,
            expires_at: new.expires_at,
        };
        self.post(tx, "invitation", &Mail::invitation(email.as_str(), &offer))
            .await?;
        let change = Change::none()
            .set("role", &*role.name)
            .set("expires_at", new.expires_at.rfc3339());
        let event = NewEvent::done(
            EventType::Create,
            target(&organization, id, email.as_str()),
            change,
        );
        let result = InvitationResult {
            id: Some(id),
            email: email.as_str().to_owned(),
            role_name: role.name.clone(),
            outcome: InviteOutcome::Sent,
            link: (!self.options.transport.reaches_people()).then_some(link),
        };
        Ok((result, Some((Chain::Organization(organization.id), event))))
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
        let proof = self.manages(&mut tx, caller, organization).await?;
        let row = not_found(tx.invitation(&proof, invitation).await?)?;
        let email =
            EmailAddress::parse(&row.email).map_err(|_| Error::Malformed("e-mail address"))?;
        let role = assignable(&mut tx, &proof, caller, &row.role()?.to_string()).await?;
        let (inviter, _) = signed_in(caller)?;
        self.check_invitation_limit(&mut tx, inviter, 1).await?;
        if tx
            .resent_since(&proof, invitation, self.now().plus_seconds(-3_600))
            .await?
            >= RESENDS_PER_HOUR
        {
            return Err(Error::refused(
                "This invitation was sent again three times within an hour. Wait a while.",
            ));
        }
        let batch = Batch {
            role,
            note: row.note.clone(),
            days: row.days,
            inviter,
        };
        let (token, new) = self
            .draw_link(&mut tx, invitation, &email, batch.role.role, &batch)
            .await?;
        if !tx.renew_invitation(&proof, &new, self.now()).await? {
            return Err(ApiError::NotFound.into());
        }
        let link = self.link(&token);
        let offer = Offer {
            inviter: caller.name(),
            organization: &proof.target().name,
            role: &batch.role.name,
            summary: summary(batch.role.role),
            note: &batch.note,
            link: &link,
            expires_at: new.expires_at,
        };
        self.post(
            &mut tx,
            "invitation",
            &Mail::invitation(email.as_str(), &offer),
        )
        .await?;
        let results = vec![InvitationResult {
            id: Some(invitation),
            email: row.email.clone(),
            role_name: batch.role.name.clone(),
            outcome: InviteOutcome::Sent,
            link: (!self.options.transport.reaches_people()).then_some(link),
        }];
        let handover = self
            .hand_over_links(&mut tx, organization, inviter, &results)
            .await?;
        let change = Change::none().hidden("link").field(
            "expires_at",
            Timestamp::from_micros(row.expires_at).rfc3339(),
            new.expires_at.rfc3339(),
        );
        let event = NewEvent::done(
            EventType::Update,
            target(proof.target(), invitation, &row.email),
            change,
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await?;
        self.outbox.notify_one();
        Ok(Invited { results, handover })
    }

    /// Lets an invitation work for some days from now on, with the link that was sent.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` when it is not open any more; a number of days from 1 to 30.
    pub async fn extend_invitation(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        invitation: InvitationId,
        days: &str,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let days = parse_days(days).map_err(|error| ApiError::field("days", error.to_string()))?;
        let row = not_found(tx.invitation(&proof, invitation).await?)?;
        drop(assignable(&mut tx, &proof, caller, &row.role()?.to_string()).await?);
        if !is_backed(&mut tx, organization, &row).await? {
            return Err(Error::refused(
                "Who sent this invitation may not invite to this role any more. Resend it: then it is yours.",
            ));
        }
        let until = self.now().plus_days(days);
        if !tx
            .extend_invitation(&proof, invitation, days, until)
            .await?
        {
            return Err(ApiError::NotFound.into());
        }
        let change = Change::none().field(
            "expires_at",
            Timestamp::from_micros(row.expires_at).rfc3339(),
            until.rfc3339(),
        );
        let event = NewEvent::done(
            EventType::Update,
            target(proof.target(), invitation, &row.email),
            change,
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await
    }

    /// Lets an open invitation give another role.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` when it is not open any more; a role beyond the caller's own rights.
    pub async fn change_invited_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        invitation: InvitationId,
        role: &str,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let role = assignable(&mut tx, &proof, caller, role).await?;
        let row = not_found(tx.invitation(&proof, invitation).await?)?;
        drop(assignable(&mut tx, &proof, caller, &row.role()?.to_string()).await?);
        if row.role()? == role.role {
            return Ok(());
        }
        if !tx
            .change_invited_role(&proof, invitation, role.role)
            .await?
        {
            return Err(ApiError::NotFound.into());
        }
        let change = Change::none().field("role", row.role_name()?, &*role.name);
        let event = NewEvent::done(
            EventType::Update,
            target(proof.target(), invitation, &row.email),
            change,
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await
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
        let proof = self.manages(&mut tx, caller, organization).await?;
        let row = not_found(tx.invitation(&proof, invitation).await?)?;
        if !tx.revoke_invitation(&proof, invitation, self.now()).await? {
            return Err(ApiError::NotFound.into());
        }
        let change = Change::none().gone("role", row.role_name()?);
        let event = NewEvent::done(
            EventType::Delete,
            target(proof.target(), invitation, &row.email),
            change,
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await
    }

    /// Results with links, for ten minutes and their creator alone.
    ///
    /// # Errors
    /// `NotFound` for anybody else, and afterwards.
    pub async fn invitation_results(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        handover: HandoverId,
    ) -> Result<Vec<InvitationResult>> {
        let mut tx = self.store.read().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let (person, _) = signed_in(caller)?;
        not_found(self.handed_over(&mut tx, &proof, person, handover).await?)
    }

    /// Keeps links for their creator, when nobody will get them by mail.
    async fn hand_over_links(
        &self,
        tx: &mut WriteTx,
        organization: OrganizationId,
        person: PersonId,
        results: &[InvitationResult],
    ) -> Result<Option<HandoverId>> {
        let several = results.len() > 1;
        if self.options.transport.reaches_people() && !several {
            return Ok(None);
        }
        let id = self.hand_over(tx, organization, person, &results).await?;
        Ok(Some(id))
    }

    async fn check_invitation_limit(
        &self,
        tx: &mut Tx,
        inviter: PersonId,
        more: usize,
    ) -> Result<()> {
        let sent = tx
            .invitations_sent_since(inviter, self.now().plus_days(-1))
            .await?;
        if sent as usize + more > PER_DAY as usize {
            return Err(Error::refused(
                "One person sends at most 200 invitations in a day. Go on tomorrow.",
            ));
        }
        Ok(())
    }

    async fn draw_link<'a>(
        &self,
        tx: &mut Tx,
        id: InvitationId,
        email: &'a EmailAddress,
        role: RoleRef,
        batch: &'a Batch,
    ) -> Result<(Token, NewInvitation<'a>)> {
        let token = self.entropy.token();
        let ring = self.keys.instance(tx).await?;
        let new = NewInvitation {
            id,
            email,
            role,
            note: &batch.note,
            days: batch.days,
            token_hash: token.hash(&ring, INVITATION),
            mailed: self.options.transport.reaches_people(),
            invited_by: batch.inviter,
            expires_at: self.now().plus_days(batch.days),
        };
        Ok((token, new))
    }

    fn link(&self, token: &Token) -> String {
        format!("{}/invite/{}", self.options.public_url, token.expose())
    }
}

/// What the invitations of one form have in common.
struct Batch {
    role: Assignable,
    note: String,
    days: i64,
    inviter: PersonId,
}

/// A role somebody wrote behind an address, by its name on the screen; none when it may not be given.
async fn role_by_name(
    tx: &mut Tx,
    proof: &Granted<permits::ManageMembers>,
    caller: &Caller,
    name: &str,
) -> Result<Option<Assignable>> {
    let wanted = domain::comparison_key(name);
    let built_in = domain::BuiltInRole::ASSIGNABLE
        .into_iter()
        .find(|role| domain::comparison_key(role.label()) == wanted || role.code() == wanted)
        .map(RoleRef::BuiltIn);
    let role = match built_in {
        Some(role) => Some(role),
        None => tx.role_by_name(proof, &wanted).await?.map(RoleRef::Custom),
    };
    let Some(role) = role else { return Ok(None) };
    match assignable(tx, proof, caller, &role.to_string()).await {
        Ok(role) => Ok(Some(role)),
        Err(Error::Api(ApiError::Invalid { .. })) => Ok(None),
        Err(other) => Err(other),
    }
}

const fn summary(role: RoleRef) -> &'static str {
    match role {
        RoleRef::BuiltIn(role) => role.summary(),
        RoleRef::Custom(_) => "",
    }
}

/// What is wrong with the addresses as a whole.
fn unusable(wanted: &[Invitee]) -> Option<&'static str> {
    if wanted.is_empty() {
        Some("Enter at least one e-mail address.")
    } else if wanted.len() > AT_ONCE {
        Some("Invite at most 50 people at once.")
    } else if wanted.iter().all(|one| one.email.is_none()) {
        Some(InviteOutcome::NotAnAddress.sentence())
    } else {
        None
    }
}

fn parse_days(text: &str) -> Result<i64, NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(INVITATION_DAYS);
    }
    match text.parse() {
        Ok(days) if (1..=LONGEST).contains(&days) => Ok(days),
        _ => Err(NameError("Enter a number of days from 1 to 30.")),
    }
}

/// Why nobody was invited; for one address, exactly why.
fn none_invited(results: &[InvitationResult]) -> String {
    match results {
        [one] => one.outcome.sentence().to_owned(),
        several => format!(
            "Not one of these {} addresses can be invited: {}",
            several.len(),
            several.first().map_or("", |first| first.outcome.sentence())
        ),
    }
}

/// What the log says of an invitation.
pub(super) fn target(
    organization: &OrganizationTarget,
    id: InvitationId,
    email: &str,
) -> EventTarget {
    EventTarget::object(
        domain::TargetType::MembersAndRoles,
        organization.id,
        &organization.name,
    )
    .part(SubTargetType::Invitation, id, email)
}

/// True while whoever sent an invitation still may invite to its role. One that is not stood behind gives nothing
/// (security reference, 3.6).
pub(super) async fn is_backed(
    tx: &mut Tx,
    organization: OrganizationId,
    row: &InvitationRow,
) -> Result<bool> {
    let inviter: PersonId = crate::store::id(&row.invited_by)?;
    let held = tx.grants_of(organization, inviter).await?;
    let offered = tx.grants_of_role(organization, row.role()?).await?;
    let manages = decide(&held, Permission::MembersManage, &Lineage::organization());
    Ok(manages.is_allowed() && may_give(&held, &offered))
}

fn view(row: &InvitationRow, now: Timestamp) -> Result<InvitationView> {
    Ok(InvitationView {
        id: crate::store::id(&row.id)?,
        email: row.email.clone(),
        role: row.role()?,
        role_name: row.role_name()?,
        note: row.note.clone(),
        invited_by: row.inviter_name.clone(),
        sent_at: Timestamp::from_micros(row.sent_at),
        expires_at: Timestamp::from_micros(row.expires_at),
        state: row.state(now),
    })
}
