//! Custom roles: made, edited under review, compared, deleted.

use domain::{
    ApiError, BuiltInRole, ClusterId, ClusterLevel, EnvironmentType, EventType, Invalid,
    MatrixChange, NameError, OrganizationId, PersonId, ProjectAccess, ProjectId, ProjectLevel,
    RoleId, RoleMatrix, RoleName, RoleRef, SubmittedPassword,
    access::{World, difference, effects},
    audit::{Change, SubTargetType},
    may_give,
    view::{AccessPreview, EffectView, NamedPerson, RoleSummary},
};

use super::{
    members::{Assignable, assignable},
    not_found,
    preview::{Affected, bare_view, of_edit},
    signed_in,
};
use crate::{
    Caller, Error, Granted, Result, Service,
    audit::{EventTarget, NewEvent},
    permits,
    store::{Chain, NewRoleState, RoleRow, RoleState, Tx},
};

/// Most custom roles of one organization.
const ROLES: usize = 200;

/// What the editor sends: everything the role shall be.
#[derive(Clone, Debug, Default)]
pub struct RoleForm {
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The version the editor showed.
    pub version: u64,
    /// Level codes by cluster. A cluster that is not named keeps its level.
    pub clusters: Vec<(ClusterId, String)>,
    /// Level codes by project and environment type; no type stands for the whole project, `FULL` for Full access.
    /// What is not named keeps its level.
    pub projects: Vec<(ProjectId, Option<EnvironmentType>, String)>,
}

/// A custom role with everything its editor shows.
#[derive(Clone, Debug)]
pub struct RoleDetail {
    /// Its id.
    pub id: RoleId,
    /// What is saved.
    pub saved: RoleState,
    /// The reader's edit under review, if there is one.
    pub draft: Option<RoleState>,
    /// What there is to give access to.
    pub world: World,
    /// Who has the role.
    pub holders: Vec<NamedPerson>,
    /// What it was, newest first. Only for those who manage roles.
    pub history: Vec<RoleState>,
    /// May the reader edit it?
    pub editable: bool,
}

/// One row of a role that an edit changes, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The row, as in `shop / Staging`.
    pub row: String,
    /// The level it has.
    pub from: &'static str,
    /// The level it will have.
    pub to: &'static str,
}

/// An edit before it is saved.
#[derive(Clone, Debug)]
pub struct RoleReview {
    /// The role with the edit.
    pub detail: RoleDetail,
    /// The edit.
    pub draft: RoleState,
    /// What it changes in the matrix.
    pub rows: Vec<RowChange>,
    /// What it does to whom.
    pub preview: AccessPreview,
    /// When somebody saved since the edit began: their changes, row by row, and who it was.
    pub conflict: Option<(String, Vec<RowChange>)>,
}

/// Two roles side by side.
#[derive(Clone, Debug)]
pub struct RoleComparison {
    /// The name of the other one.
    pub with: String,
    /// What the other one allows beyond this one (gained), and the other way round.
    pub effects: Vec<EffectView>,
}

impl Service {
    /// All roles: the five, then the organization's own by name.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn roles(
        &self,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<Vec<RoleSummary>> {
        let mut tx = self.store.read().await?;
        let proof = tx.belongs(caller, organization).await?;
        let members = tx.members_by_role(&proof).await?;
        let invited = match tx
            .authorize::<permits::ManageMembers>(caller, proof.target().clone())
            .await
        {
            Ok(manages) => Some(tx.invitations_by_role(&manages).await?),
            Err(_) => None,
        };
        let held = tx.grants(caller, organization).await?;
        let count = |role: RoleRef| members.get(&role).copied().unwrap_or_default();
        let open = |role: RoleRef| {
            invited
                .as_ref()
                .map(|invited| invited.get(&role).copied().unwrap_or_default())
        };
        let mut roles: Vec<RoleSummary> = BuiltInRole::ALL
            .into_iter()
            .map(|role| RoleSummary {
                role: role.into(),
                name: role.label().to_owned(),
                description: role.summary().to_owned(),
                members: count(role.into()),
                invitations: open(role.into()),
                updated: None,
                may_give: may_give(&held, &domain::Grants::built_in(role)),
            })
            .collect();
        let matrices = tx.role_matrices(organization).await?;
        for row in tx.custom_roles(&proof).await? {
            let role = RoleRef::Custom(row.id);
            let grants = matrices.get(&row.id).cloned().unwrap_or_default().grants();
            roles.push(RoleSummary {
                role,
                name: row.name,
                description: row.description,
                members: count(role),
                invitations: open(role),
                updated: Some((row.updated_at, row.updated_by)),
                may_give: may_give(&held, &grants),
            });
        }
        Ok(roles)
    }

    /// Makes a role, as a copy of another or giving nothing beyond the organization itself.
    ///
    /// # Errors
    /// `Forbidden`, or every field that needs attention; the password, when it has to be given again.
    pub async fn create_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        name: &str,
        description: &str,
        start_from: &str,
        password: SubmittedPassword,
    ) -> Result<RoleId> {
        drop(
            self.manages(&mut self.store.read().await?, caller, organization)
                .await?,
        );
        self.step_up(caller, password).await?;
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", RoleName::parse(name));
        let description = invalid.check("description", parse_role_description(description));
        let start = invalid.check("start_from", parse_start(start_from));
        let (Some(name), Some(description), Some(start)) = (name, description, start) else {
            return Err(invalid.into_error().into());
        };
        if tx.custom_roles(&seen).await?.len() >= ROLES {
            return Err(Error::refused(
                "An organization has at most 200 custom roles. Delete one that nobody needs.",
            ));
        }
        let matrix = starting_matrix(&mut tx, organization, start).await?;
        check_gift(&mut tx, caller, organization, &matrix).await?;
        let id: RoleId = self.id();
        let state = NewRoleState {
            id,
            name: &name,
            description: &description,
            matrix: &matrix,
            by: caller.name(),
            now: self.now(),
        };
        duplicate(tx.insert_role(&proof, &state).await)?;
        let world = tx.world(organization).await?;
        let change = described(
            Change::none()
                .set("name", name.as_str())
                .set("description", &*description),
            &RoleMatrix::default().changes(&matrix),
            &world,
        );
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(
                EventType::Create,
                role_target(&proof, id, name.as_str()),
                change,
            ),
        )
        .await?;
        Ok(id)
    }

    /// A custom role with everything its page shows.
    ///
    /// # Errors
    /// `NotFound` for strangers and for roles of other organizations.
    pub async fn role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
    ) -> Result<RoleDetail> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        detail(&mut tx, &seen, caller, role).await
    }

    /// Who has a role, by name.
    ///
    /// # Errors
    /// `NotFound` for strangers.
    pub async fn role_holders(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleRef,
    ) -> Result<Vec<NamedPerson>> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        holders(&mut tx, &seen, role).await
    }

    /// Keeps an edit for its review. Nothing counts before it is saved. Levels are kept also when the name or the
    /// description needs attention: choosing them is most of the work.
    ///
    /// # Errors
    /// `Forbidden`; every field that needs attention; levels and objects that do not exist.
    pub async fn draft_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
        form: &RoleForm,
    ) -> Result<()> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let row = not_found(tx.custom_role(organization, role).await?)?;
        let mut invalid = Invalid::new();
        let name = invalid.check("name", RoleName::parse(&form.name));
        let description = invalid.check("description", parse_role_description(&form.description));
        let world = tx.world(organization).await?;
        let base = base_matrix(&mut tx, &proof, &row, form.version).await?;
        let matrix = edited(base.clone(), form, &world)?;
        if matrix == base && !invalid.is_empty() {
            return Err(invalid.into_error().into());
        }
        check_gift(&mut tx, caller, organization, &matrix).await?;
        let saved_name = RoleName::parse(&row.name).map_err(|_| Error::Malformed("role name"))?;
        let state = NewRoleState {
            id: role,
            name: name.as_ref().unwrap_or(&saved_name),
            description: description.as_deref().unwrap_or(&row.description),
            matrix: &matrix,
            by: caller.name(),
            now: self.now(),
        };
        tx.keep_role_draft(&proof, &state, person, form.version)
            .await?;
        tx.commit_unaudited("role edit under review").await?;
        Ok(invalid.finish()?)
    }

    /// Starts an edit that makes a role what it was at an earlier version.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound`.
    pub async fn restore_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
        version: u64,
    ) -> Result<()> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        let row = not_found(tx.custom_role(organization, role).await?)?;
        let versions = tx.role_versions(&proof, role).await?;
        let former = not_found(versions.into_iter().find(|one| one.version == version))?;
        let world = tx.world(organization).await?;
        let name = RoleName::parse(&former.name).map_err(|_| Error::Malformed("role name"))?;
        let matrix = former
            .matrix
            .within(&world.cluster_ids(), &world.project_ids());
        let state = NewRoleState {
            id: role,
            name: &name,
            description: &former.description,
            matrix: &matrix,
            by: caller.name(),
            now: self.now(),
        };
        tx.keep_role_draft(&proof, &state, person, row.version)
            .await?;
        tx.commit_unaudited("role edit under review").await
    }

    /// Throws an edit away.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` for roles of other organizations.
    pub async fn discard_role_draft(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
    ) -> Result<()> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let proof = self.manages(&mut tx, caller, organization).await?;
        not_found(tx.custom_role(organization, role).await?)?;
        tx.delete_role_draft(&proof, role, person).await?;
        tx.commit_unaudited("role edit under review").await
    }

    /// What saving the caller's edit would do.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` also when there is no edit.
    pub async fn review_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
    ) -> Result<RoleReview> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let detail = detail(&mut tx, &seen, caller, role).await?;
        let draft = not_found(detail.draft.clone())?;
        let affected = holders_affected(&detail, &draft);
        let mut preview = self.preview(&mut tx, organization, &affected).await?;
        preview.fingerprint = of_edit(&preview.fingerprint, &draft)?;
        let rows = in_words(&detail.saved.matrix.changes(&draft.matrix), &detail.world);
        let conflict = if draft.version == detail.saved.version {
            None
        } else {
            let base = tx
                .role_versions(&proof, role)
                .await?
                .into_iter()
                .find(|one| one.version == draft.version)
                .map(|one| within(one.matrix, &detail.world))
                .unwrap_or_default();
            Some((
                detail.saved.by.clone(),
                in_words(&base.changes(&detail.saved.matrix), &detail.world),
            ))
        };
        Ok(RoleReview {
            rows,
            preview,
            conflict,
            draft,
            detail,
        })
    }

    /// Saves the caller's edit: from the next request on it counts for everybody who has the role.
    ///
    /// # Errors
    /// `Forbidden`; a name that is taken; a conflict when the role was saved or the world moved since the preview
    /// with this fingerprint. `over` names the version whose changes the edit shall replace.
    pub async fn save_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
        fingerprint: &str,
        over: u64,
    ) -> Result<u64> {
        let (person, _) = signed_in(caller)?;
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let detail = detail(&mut tx, &seen, caller, role).await?;
        let draft = not_found(detail.draft.clone())?;
        if detail.saved.version != over {
            return Err(Error::conflict(
                "Somebody saved this role meanwhile. Both versions are on the review page; look at it again.",
            ));
        }
        let affected = holders_affected(&detail, &draft);
        self.check_edit(&mut tx, organization, &affected, &draft, fingerprint)
            .await?;
        let matrix = draft.matrix.clone();
        check_gift(&mut tx, caller, organization, &matrix).await?;
        let name = RoleName::parse(&draft.name).map_err(|_| Error::Malformed("role name"))?;
        let state = NewRoleState {
            id: role,
            name: &name,
            description: &draft.description,
            matrix: &matrix,
            by: caller.name(),
            now: self.now(),
        };
        if !duplicate(tx.update_role_state(&proof, &state, over).await)? {
            return Err(ApiError::NotFound.into());
        }
        tx.delete_role_draft(&proof, role, person).await?;
        let change = described(
            Change::none()
                .field("name", &*detail.saved.name, &*draft.name)
                .field(
                    "description",
                    &*detail.saved.description,
                    &*draft.description,
                ),
            &detail.saved.matrix.changes(&matrix),
            &detail.world,
        );
        let target = role_target(&proof, role, &draft.name);
        tx.commit(
            caller,
            self.now(),
            Chain::Organization(organization),
            NewEvent::done(EventType::Update, target, change),
        )
        .await?;
        Ok(over + 1)
    }

    /// Deletes a role. While people have it or are invited to it, they get another one in the same step; people who
    /// delete such a role type its name, programs pass none.
    ///
    /// # Errors
    /// `Forbidden`; refused while it is in use and nothing is said of whom; a conflict when the world moved.
    pub async fn delete_role(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
        reassign_to: Option<&str>,
        fingerprint: Option<&str>,
        typed_name: Option<&str>,
    ) -> Result<()> {
        let mut tx = self.store.write().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let row = not_found(tx.custom_role(organization, role).await?)?;
        let matrix = tx.role_matrix(organization, role).await?;
        check_gift(&mut tx, caller, organization, &matrix).await?;
        let target = role_target(&proof, role, &row.name);
        let mut events = Vec::new();
        let people = holders(&mut tx, &seen, RoleRef::Custom(role)).await?;
        let invited = tx.invitations_to(&proof, role).await?;
        if !people.is_empty() || !invited.is_empty() {
            let Some(other) = reassign_to else {
                return Err(Error::refused(
                    "This role is in use. Choose another one for those who have it or are invited to it.",
                ));
            };
            if typed_name.is_some_and(|typed| typed.trim() != row.name) {
                return Err(
                    ApiError::field("confirm", "Type the name exactly as it is shown.").into(),
                );
            }
            let other = replacement(&mut tx, &proof, caller, role, other).await?;
            let affected = reassigned(&people, &row.name, &matrix, &other);
            self.check_fingerprint(&mut tx, organization, &affected, fingerprint)
                .await?;
            tx.reassign_role(&proof, role, other.role).await?;
            for one in &people {
                let target = EventTarget::member(one.id, &one.name).part(
                    SubTargetType::MemberRole,
                    one.id,
                    &one.name,
                );
                let change = Change::none().field("role", &*row.name, &*other.name);
                events.push((
                    Chain::Organization(organization),
                    NewEvent::done(EventType::Update, target, change),
                ));
            }
            for (invitation, email) in &invited {
                let target = super::inviting::target(proof.target(), *invitation, email);
                let change = Change::none().field("role", &*row.name, &*other.name);
                events.push((
                    Chain::Organization(organization),
                    NewEvent::done(EventType::Update, target, change),
                ));
            }
        }
        tx.delete_role(&proof, role).await?;
        let change = Change::none().gone("name", &*row.name);
        events.push((
            Chain::Organization(organization),
            NewEvent::done(EventType::Delete, target, change),
        ));
        tx.commit_all(caller, self.now(), events).await
    }

    /// What deleting a role would do to those who have it.
    ///
    /// # Errors
    /// Like [`delete_role`](Self::delete_role).
    pub async fn preview_role_deletion(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleId,
        reassign_to: &str,
    ) -> Result<AccessPreview> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let proof = tx
            .authorize::<permits::ManageMembers>(caller, seen.target().clone())
            .await?;
        let row = not_found(tx.custom_role(organization, role).await?)?;
        let matrix = tx.role_matrix(organization, role).await?;
        let people = holders(&mut tx, &seen, RoleRef::Custom(role)).await?;
        let other = replacement(&mut tx, &proof, caller, role, reassign_to).await?;
        let affected = reassigned(&people, &row.name, &matrix, &other);
        self.preview(&mut tx, organization, &affected).await
    }

    /// What another role allows beyond this one, and the other way round.
    ///
    /// # Errors
    /// `NotFound` for strangers and unknown roles.
    pub async fn compare_roles(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        role: RoleRef,
        with: RoleRef,
    ) -> Result<RoleComparison> {
        let mut tx = self.store.read().await?;
        drop(tx.belongs(caller, organization).await?);
        not_found(tx.role_name(organization, role).await?)?;
        let name = not_found(tx.role_name(organization, with).await?)?;
        let one = tx.grants_of_role(organization, role).await?;
        let other = tx.grants_of_role(organization, with).await?;
        let held = tx.grants(caller, organization).await?;
        let world = super::access::in_sight(tx.world(organization).await?, &held).with_later();
        let lines = effects(&difference(&one, &other, &world));
        Ok(RoleComparison {
            with: name,
            effects: lines.iter().map(|line| bare_view(line, &world)).collect(),
        })
    }
}

async fn detail(
    tx: &mut Tx,
    seen: &Granted<permits::ReadOrganization>,
    caller: &Caller,
    role: RoleId,
) -> Result<RoleDetail> {
    let organization = seen.target().id;
    let row = not_found(tx.custom_role(organization, role).await?)?;
    let matrix = tx.role_matrix(organization, role).await?;
    let held = tx.grants(caller, organization).await?;
    let manages = tx
        .authorize::<permits::ManageMembers>(caller, seen.target().clone())
        .await
        .ok();
    let (history, draft) = match &manages {
        Some(proof) => (
            tx.role_versions(proof, role).await?,
            match caller.person() {
                Some(person) => tx.role_draft(proof, role, person).await?,
                None => None,
            },
        ),
        None => (Vec::new(), None),
    };
    // Neither what the reader does not see (AC-9) nor, in an edit from before, what is deleted.
    let world = super::access::in_sight(tx.world(organization).await?, &held);
    Ok(RoleDetail {
        id: role,
        editable: manages.is_some() && may_give(&held, &matrix.grants()),
        holders: holders(tx, seen, RoleRef::Custom(role)).await?,
        saved: state_of(row, within(matrix, &world)),
        draft: draft.map(|edit| RoleState {
            matrix: within(edit.matrix.clone(), &world),
            ..edit
        }),
        world,
        history,
    })
}

fn within(matrix: RoleMatrix, world: &World) -> RoleMatrix {
    matrix.within(&world.cluster_ids(), &world.project_ids())
}

fn state_of(row: RoleRow, matrix: RoleMatrix) -> RoleState {
    RoleState {
        version: row.version,
        name: row.name,
        description: row.description,
        matrix,
        at: row.updated_at,
        by: row.updated_by,
    }
}

async fn holders(
    tx: &mut Tx,
    seen: &Granted<permits::ReadOrganization>,
    role: RoleRef,
) -> Result<Vec<NamedPerson>> {
    Ok(tx
        .role_holders(seen, role)
        .await?
        .into_iter()
        .map(|(id, name): (PersonId, String)| NamedPerson { id, name })
        .collect())
}

/// Everybody who has the role, before and after the edit.
fn holders_affected(detail: &RoleDetail, draft: &RoleState) -> Vec<Affected> {
    detail
        .holders
        .iter()
        .map(|person| Affected {
            person: person.clone(),
            before: (detail.saved.name.clone(), detail.saved.matrix.grants()),
            after: Some((draft.name.clone(), draft.matrix.grants())),
        })
        .collect()
}

fn reassigned(
    people: &[NamedPerson],
    name: &str,
    matrix: &RoleMatrix,
    other: &Assignable,
) -> Vec<Affected> {
    people
        .iter()
        .map(|person| Affected {
            person: person.clone(),
            before: (name.to_owned(), matrix.grants()),
            after: Some((other.name.clone(), other.grants.clone())),
        })
        .collect()
}

/// The role that takes over from one that is deleted.
async fn replacement(
    tx: &mut Tx,
    proof: &Granted<permits::ManageMembers>,
    caller: &Caller,
    deleted: RoleId,
    other: &str,
) -> Result<Assignable> {
    let other = assignable(tx, proof, caller, other).await?;
    if other.role == RoleRef::Custom(deleted) {
        return Err(ApiError::field("role", "Choose another role than the one you delete.").into());
    }
    Ok(other)
}

/// Nobody makes a role that gives more than they hold, nor changes one that does (AC-5, AC-13).
async fn check_gift(
    tx: &mut Tx,
    caller: &Caller,
    organization: OrganizationId,
    matrix: &RoleMatrix,
) -> Result<()> {
    let held = tx.grants(caller, organization).await?;
    if may_give(&held, &matrix.grants()) {
        Ok(())
    } else {
        Err(Error::refused(
            "You can only define roles within your own rights.",
        ))
    }
}

fn parse_start(text: &str) -> Result<Option<RoleRef>, NameError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| NameError("Choose where to start from the list."))
}

/// API clients limit a role's description to 255 characters.
fn parse_role_description(text: &str) -> Result<String, NameError> {
    domain::parse_variable_description(text)
}

async fn starting_matrix(
    tx: &mut Tx,
    organization: OrganizationId,
    start: Option<RoleRef>,
) -> Result<RoleMatrix> {
    match start {
        None => Ok(RoleMatrix::default()),
        Some(RoleRef::Custom(role)) => {
            if tx.custom_role(organization, role).await?.is_none() {
                return Err(
                    ApiError::field("start_from", "Choose where to start from the list.").into(),
                );
            }
            tx.role_matrix(organization, role).await
        }
        Some(RoleRef::BuiltIn(role)) => {
            let world = tx.world(organization).await?;
            Ok(RoleMatrix::closest_to(
                &domain::Grants::built_in(role),
                &world.cluster_ids(),
                &world.project_ids(),
            ))
        }
    }
}

/// What the role was at the version the editor started from.
async fn base_matrix(
    tx: &mut Tx,
    proof: &Granted<permits::ManageMembers>,
    row: &RoleRow,
    version: u64,
) -> Result<RoleMatrix> {
    let organization = proof.target().id;
    if row.version == version {
        return tx.role_matrix(organization, row.id).await;
    }
    let versions = tx.role_versions(proof, row.id).await?;
    let base = versions.into_iter().find(|one| one.version == version);
    // From nothing, what the form does not name would be taken away.
    base.map(|one| one.matrix).ok_or_else(|| {
        Error::conflict("This page is too old. Reload it to see what the role is now.")
    })
}

/// The matrix with everything the form sets. Objects of other organizations are as unknown as made-up ones.
fn edited(mut matrix: RoleMatrix, form: &RoleForm, world: &World) -> Result<RoleMatrix> {
    let unknown = || Error::from(ApiError::field("levels", "Choose a level from the list."));
    for (cluster, level) in &form.clusters {
        if !world.cluster_ids().contains(cluster) {
            return Err(ApiError::NotFound.into());
        }
        let level: ClusterLevel = level.parse().map_err(|_| unknown())?;
        matrix.set_cluster(*cluster, level);
    }
    for (project, kind, level) in &form.projects {
        if !world.project_ids().contains(project) {
            return Err(ApiError::NotFound.into());
        }
        let access = match (kind, level.as_str()) {
            (None, "FULL") => ProjectAccess::Full,
            (None, level) => ProjectAccess::uniform(level.parse().map_err(|_| unknown())?),
            (Some(kind), level) => {
                let level: ProjectLevel = level.parse().map_err(|_| unknown())?;
                matrix.project(*project).with_level(*kind, level)
            }
        };
        matrix.set_project(*project, access);
    }
    Ok(matrix)
}

fn role_target(proof: &Granted<permits::ManageMembers>, role: RoleId, name: &str) -> EventTarget {
    let organization = proof.target();
    EventTarget::object(
        domain::TargetType::MembersAndRoles,
        organization.id,
        &organization.name,
    )
    .part(SubTargetType::CustomRole, role, name)
}

fn duplicate<T>(saved: Result<T>) -> Result<T> {
    match saved {
        Err(error) if error.is_duplicate() => {
            Err(ApiError::field("name", "Another role has this name.").into())
        }
        other => other,
    }
}

/// What Full access is called where a level stands otherwise.
const FULL_ACCESS: &str = "Full access";

fn access_label(access: ProjectAccess) -> &'static str {
    match access {
        ProjectAccess::Full => FULL_ACCESS,
        ProjectAccess::PerType(_) => access.same_for_all().map_or("Mixed", ProjectLevel::label),
    }
}

fn in_words(changes: &[MatrixChange], world: &World) -> Vec<RowChange> {
    changes
        .iter()
        .map(|change| match *change {
            MatrixChange::Cluster(cluster, from, to) => RowChange {
                row: world.cluster_name(cluster).to_owned(),
                from: from.label(),
                to: to.label(),
            },
            MatrixChange::Project(project, from, to) => RowChange {
                row: world.project_name(project).to_owned(),
                from: access_label(from),
                to: access_label(to),
            },
            MatrixChange::Environments(project, kind, from, to) => RowChange {
                row: format!("{} / {}", world.project_name(project), kind.label()),
                from: from.label(),
                to: to.label(),
            },
        })
        .collect()
}

/// The change of an event, with each row of the matrix as a field of its own.
fn described(change: Change, rows: &[MatrixChange], world: &World) -> Change {
    in_words(rows, world)
        .into_iter()
        .fold(change, |change, row| {
            change.field(&row.row, row.from, row.to)
        })
}
