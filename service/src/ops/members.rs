//! Who belongs to an organization, and as what.

use domain::{
    ApiError, BuiltInRole, EventType, Grants, OrganizationId, PersonId, RoleRef, UnknownRole,
    audit::{Change, SubTargetType},
    includes, may_give,
    view::{AccessPreview, MemberPage, MemberView, NamedPerson},
};

use super::{not_found, preview::Affected, signed_in};
use crate::{
    Caller, Error, Granted, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, MemberCursor, MemberFilter, Tx},
};

/// Members on one page.
pub const MEMBERS_PER_PAGE: u32 = 50;
/// Most people changed at once.
const AT_ONCE: usize = 200;
/// How many people are changed at once without typing the organization's name.
pub const UNASKED: usize = 10;
/// Most members in one export.
const EXPORTED: u32 = 100_000;

/// What a person saw and typed before a change of several memberships.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confirmed<'a> {
    /// Of the preview.
    pub fingerprint: Option<&'a str>,
    /// The organization's name, asked for from the eleventh member on.
    pub typed_name: &'a str,
}

impl Service {
    /// A page of those who belong to the organization, by name.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn members(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        filter: &MemberFilter,
        cursor: MemberCursor,
    ) -> Result<MemberPage> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, organization).await?;
        let (members, more) = tx
            .members(&proof, filter, cursor, MEMBERS_PER_PAGE, caller.person())
            .await?;
        let (first, last) = (members.first(), members.last());
        let backwards = matches!(cursor, MemberCursor::Before(_));
        let has_before = match cursor {
            MemberCursor::Start => false,
            MemberCursor::After(_) => true,
            MemberCursor::Before(_) => more,
        };
        Ok(MemberPage {
            before: first.filter(|_| has_before).map(|member| member.id),
            after: last.filter(|_| backwards || more).map(|member| member.id),
            members,
            total: tx.member_count(organization).await?,
        })
    }

    /// One member.
    ///
    /// # Errors
    /// `NotFound` for strangers and for people who do not belong.
    pub async fn member(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        person: PersonId,
    ) -> Result<MemberView> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, organization).await?;
        not_found(tx.member(&proof, person, caller.person()).await?)
    }

    /// All members that match, as CSV: one line each, cells that a spreadsheet would compute made harmless.
    ///
    /// # Errors
    /// `NotFound` for strangers; refused when the password has to be given again first.
    pub async fn export_members(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        filter: &MemberFilter,
    ) -> Result<String> {
        let mut tx = self.store.write().await?;
        let proof = tx.belongs(caller, organization).await?;
        self.fresh_proof(&mut tx, caller).await?;
        let (members, _) = tx
            .members(&proof, filter, MemberCursor::Start, EXPORTED, None)
            .await?;
        let mut csv = csv::Writer::from_writer(Vec::new());
        let mut line = |cells: [&str; 6]| {
            csv.write_record(cells.map(harmless))
                .map_err(|error| Error::Internal(format!("CSV: {error}")))
        };
        line(["Name", "Email", "Role", "Last active", "Joined", "Id"])?;
        for member in &members {
            line([
                &member.name,
                &member.email,
                &member.role_name,
                &member
                    .last_active_at
                    .map(|at| at.rfc3339())
                    .unwrap_or_default(),
                &member.joined_at.rfc3339(),
                &member.id.to_string(),
            ])?;
        }
        let target = EventTarget::object(
            domain::TargetType::MembersAndRoles,
            organization,
            &proof.target().name,
        );
        let change = Change::none().set("members", members.len());
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Export, target, change),
        )
        .await?;
        let bytes = csv
            .into_inner()
            .map_err(|error| Error::Internal(format!("CSV: {error}")))?;
        String::from_utf8(bytes).map_err(|_| Error::Malformed("text"))
    }

    /// What giving people another role would do.
    ///
    /// # Errors
    /// Like [`change_roles`](Self::change_roles).
    pub async fn preview_roles(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        people: &[PersonId],
        role: &str,
    ) -> Result<AccessPreview> {
        let mut tx = self.store.read().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let after = assignable(&mut tx, &proof, caller, role).await?;
        let affected = concerned(&mut tx, &proof, caller, people, Some(&after)).await?;
        self.preview(&mut tx, organization, &affected).await
    }

    /// Gives members another role, from their next request on: all of them, or none.
    ///
    /// # Errors
    /// `Forbidden`, or refused: the owner's role moves only by transfer, and nobody gives or takes more than they
    /// hold. A conflict when the world has moved since the preview with this fingerprint.
    pub async fn change_roles(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        people: &[PersonId],
        role: &str,
        shown: Option<Confirmed<'_>>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let after = assignable(&mut tx, &proof, caller, role).await?;
        let affected = concerned(&mut tx, &proof, caller, people, Some(&after)).await?;
        if let Some(shown) = shown {
            check_typed(&affected, shown.typed_name, &proof.target().name)?;
            self.check_fingerprint(&mut tx, organization, &affected, shown.fingerprint)
                .await?;
        }
        let mut events = Vec::new();
        for one in &affected {
            if one.before.0 == after.name {
                continue;
            }
            let NamedPerson { id, name } = &one.person;
            tx.update_role(&proof, *id, after.role).await?;
            let target = EventTarget::member(*id, name).part(SubTargetType::MemberRole, id, name);
            let change = Change::none().field("role", &*one.before.0, &*after.name);
            events.push((
                Chain::Organization(organization),
                NewEvent::done(EventType::Update, target, change),
            ));
        }
        if events.is_empty() {
            return Ok(());
        }
        tx.commit_all(caller, self.now(), events).await
    }

    /// What removing members would do.
    ///
    /// # Errors
    /// Like [`remove_members`](Self::remove_members).
    pub async fn preview_removal(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        people: &[PersonId],
    ) -> Result<AccessPreview> {
        let mut tx = self.store.read().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let affected = concerned(&mut tx, &proof, caller, people, None).await?;
        self.preview(&mut tx, organization, &affected).await
    }

    /// Ends memberships: all of them, or none. Invitations those people sent are void.
    ///
    /// # Errors
    /// `Forbidden`, or refused for the owner. A conflict when the world has moved since the preview.
    pub async fn remove_members(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        people: &[PersonId],
        shown: Option<Confirmed<'_>>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let affected = concerned(&mut tx, &proof, caller, people, None).await?;
        if let Some(shown) = shown {
            check_typed(&affected, shown.typed_name, &proof.target().name)?;
            self.check_fingerprint(&mut tx, organization, &affected, shown.fingerprint)
                .await?;
        }
        let mut events = Vec::new();
        for one in &affected {
            tx.delete_membership(&proof, one.person.id, self.now())
                .await?;
            events.push(left(organization, &one.person, &one.before.0));
        }
        tx.commit_all(caller, self.now(), events).await
    }

    /// Ends the caller's own membership. Takes no right.
    ///
    /// # Errors
    /// Refused for the owner, who has to transfer ownership first.
    pub async fn leave(&self, caller: &Caller, organization: OrganizationId) -> Result<()> {
        let (person, you) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let membership = not_found(tx.membership(organization, person).await?)?;
        if membership.role.is_owner() {
            return Err(Error::refused(
                "You own this organization. Transfer ownership first, then leave.",
            ));
        }
        let now = self.now();
        tx.end_own_membership(&seen, caller, now).await?;
        let person = NamedPerson {
            id: person,
            name: you.name.clone(),
        };
        let (chain, event) = left(organization, &person, &membership.role_name);
        tx.commit(caller, now, chain, event).await
    }
}

/// The event of an ended membership.
fn left(organization: OrganizationId, person: &NamedPerson, role: &str) -> (Chain, NewEvent) {
    let change = Change::none().gone("role", role);
    let target = EventTarget::member(person.id, &person.name);
    (
        Chain::Organization(organization),
        NewEvent::done(EventType::Delete, target, change),
    )
}

/// A role that may be given out, with what it gives.
pub(super) struct Assignable {
    pub role: RoleRef,
    pub name: String,
    pub grants: Grants,
}

/// Finds a role by its form value and checks that the caller may give it (AC-5).
pub(super) async fn assignable(
    tx: &mut Tx,
    proof: &Granted<permits::ManageMembers>,
    caller: &Caller,
    role: &str,
) -> Result<Assignable> {
    let organization = proof.target().id;
    let unknown = || ApiError::field("role", UnknownRole.to_string());
    let role: RoleRef = role.parse().map_err(|_| unknown())?;
    if role.is_owner() {
        return Err(ApiError::field("role", "Ownership is transferred, not assigned.").into());
    }
    let name = tx
        .role_name(organization, role)
        .await?
        .ok_or_else(unknown)?;
    let grants = tx.grants_of_role(organization, role).await?;
    let held = tx.grants(caller, organization).await?;
    if !may_give(&held, &grants) {
        return Err(
            ApiError::field("role", "You can only give roles within your own rights.").into(),
        );
    }
    Ok(Assignable { role, name, grants })
}

/// Everybody a change concerns. Nobody changes the owner or somebody who holds more than they do (AC-13).
async fn concerned(
    tx: &mut Tx,
    proof: &Granted<permits::ManageMembers>,
    caller: &Caller,
    people: &[PersonId],
    after: Option<&Assignable>,
) -> Result<Vec<Affected>> {
    if people.is_empty() {
        return Err(Error::refused("Choose at least one member."));
    }
    if people.len() > AT_ONCE {
        return Err(Error::refused("Change at most 200 members at once."));
    }
    if people.len() > 1 && caller.person().is_some_and(|you| people.contains(&you)) {
        return Err(Error::refused(
            "Leave yourself out when you change several members. Change your own membership alone.",
        ));
    }
    let organization = proof.target().id;
    let held = tx.grants(caller, organization).await?;
    let mut affected: Vec<Affected> = Vec::new();
    for person in people {
        if affected.iter().any(|one| one.person.id == *person) {
            continue;
        }
        let membership = not_found(tx.membership(organization, *person).await?)?;
        if membership.role == RoleRef::BuiltIn(BuiltInRole::Owner) {
            return Err(Error::refused(match after {
                Some(_) => "The owner's role moves only by transferring ownership.",
                None => "The owner cannot be removed. Transfer ownership first.",
            }));
        }
        let grants = tx.grants_of_role(organization, membership.role).await?;
        if !includes(&held, &grants) {
            return Err(Error::refused(
                "You can only give and take roles within your own rights.",
            ));
        }
        affected.push(Affected {
            person: NamedPerson {
                id: *person,
                name: membership.name,
            },
            before: (membership.role_name, grants),
            after: after.map(|role| (role.name.clone(), role.grants.clone())),
        });
    }
    Ok(affected)
}

/// Many at once take the organization's name, typed.
fn check_typed(affected: &[Affected], typed: &str, name: &str) -> Result<()> {
    if affected.len() <= UNASKED || typed.trim() == name {
        Ok(())
    } else {
        Err(ApiError::field("confirm", "Enter the name exactly as it is shown.").into())
    }
}

/// A cell no spreadsheet computes: what starts like a formula gets a quote before it.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_not_computed() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(harmless("Olive"), "Olive");
    }
}
