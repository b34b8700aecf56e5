//! Verbs around roles, and a look at the store for what must hold whatever happened.

use domain::{ApiError, ClusterId, EnvironmentType, ProjectId, RoleId, view::EventView};
use service::{
    Caller, Result,
    ops::{InviteForm, RoleForm, RoleReview},
};

use super::{OneInvitation, Organization, World, password, person, token_of};

/// The levels of a form: by cluster, and by project and type (none: the whole project).
#[derive(Clone, Default)]
pub struct Levels {
    clusters: Vec<(ClusterId, String)>,
    projects: Vec<(ProjectId, Option<EnvironmentType>, String)>,
}

impl Levels {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// A level on a cluster.
    pub fn cluster(mut self, cluster: ClusterId, level: &str) -> Self {
        self.clusters.push((cluster, level.to_owned()));
        self
    }
    /// A level on a whole project: `FULL`, or the same for every type.
    pub fn project(mut self, project: ProjectId, level: &str) -> Self {
        self.projects.push((project, None, level.to_owned()));
        self
    }
    /// Puts them into a form.
    pub fn fill(self, form: &mut RoleForm) {
        (form.clusters, form.projects) = (self.clusters, self.projects);
    }
    /// A level on one type of a project.
    pub fn on(mut self, project: ProjectId, kind: EnvironmentType, level: &str) -> Self {
        self.projects.push((project, Some(kind), level.to_owned()));
        self
    }
}

impl Organization<'_> {
    /// A new role that gives nothing beyond the organization.
    pub async fn blank_role(&self, name: &str) -> RoleId {
        let service = &self.world.service;
        service
            .create_role(&self.owner, self.id, name, "", "", password())
            .await
            .unwrap()
    }

    /// A new role with these levels.
    pub async fn role(&self, name: &str, levels: Levels) -> RoleId {
        let role = self.blank_role(name).await;
        self.sets_levels(role, levels).await;
        role
    }

    /// The form of a role as its editor opens with it, with other levels.
    pub async fn role_form(&self, role: RoleId, levels: Levels) -> RoleForm {
        let service = &self.world.service;
        let saved = service
            .role(&self.owner, self.id, role)
            .await
            .unwrap()
            .saved;
        RoleForm {
            name: saved.name,
            description: saved.description,
            version: saved.version,
            clusters: levels.clusters,
            projects: levels.projects,
        }
    }

    /// Saves other levels, as the owner.
    pub async fn sets_levels(&self, role: RoleId, levels: Levels) {
        let form = self.role_form(role, levels).await;
        self.saves(&self.owner, role, &form).await.unwrap();
    }

    /// Keeps an edit and looks at its review.
    pub async fn reviews(&self, by: &Caller, role: RoleId, form: &RoleForm) -> Result<RoleReview> {
        let service = &self.world.service;
        service.draft_role(by, self.id, role, form).await?;
        service.review_role(by, self.id, role).await
    }

    /// An edit from the form to its save.
    pub async fn saves(&self, by: &Caller, role: RoleId, form: &RoleForm) -> Result<u64> {
        let review = self.reviews(by, role, form).await?;
        self.world
            .service
            .save_role(
                by,
                self.id,
                role,
                &review.preview.fingerprint,
                review.detail.saved.version,
            )
            .await
    }

    /// Gives somebody a role, by its form value.
    pub async fn gives(&self, whom: &Caller, role: &str) {
        self.world
            .service
            .change_roles(&self.owner, self.id, &[person(whom).id], role, None)
            .await
            .unwrap();
    }

    /// Invites an address to any role. The token of the link.
    pub async fn invites_as(&self, by: &Caller, email: &str, role: &str) -> String {
        let form = InviteForm::one(email, role);
        let invited = self.world.service.invite(by, self.id, &form).await.unwrap();
        token_of(&invited.link().expect("there is no mail server"))
    }

    /// Somebody who comes in with a custom role. Their name is the first part of the address.
    pub async fn joins_as(&self, email: &str, role: RoleId) -> Caller {
        let token = self.invites_as(&self.owner, email, &role.to_string()).await;
        self.accepts(&token, email.split('@').next().unwrap()).await
    }

    /// The number of events so far.
    pub async fn event_count(&self) -> i64 {
        let sql = format!(
            "select head_sequence from audit_chain where owner = '{}'",
            self.id
        );
        self.world.number(&sql).await
    }

    /// The events since that many, oldest first, as lines: what happened to what, and the change.
    pub async fn events_since(&self, count: i64) -> Vec<String> {
        let mut events = self.log().await;
        events.retain(|event| event.sequence > count);
        events.reverse();
        events.iter().map(line).collect()
    }

    /// The role that the store says somebody has: a word, or the id of a custom role.
    pub async fn stored_role(&self, whom: &Caller) -> String {
        let sql = format!(
            "select coalesce(role_id, role) from membership where organization_id = '{}' and person_id = '{}'",
            self.id,
            person(whom).id
        );
        let rows = self.world.rows(&sql).await;
        rows.first()
            .map_or("nobody", |row| row[0].as_str())
            .to_owned()
    }
}

/// An event in one line.
fn line(event: &EventView) -> String {
    format!(
        "{} {} {} {}",
        event.event_type.code(),
        event.target_label(),
        event.target(),
        event.change.to_text()
    )
}

/// True for the refusal of somebody who sees the place but lacks a right.
pub fn is_forbidden(refusal: &ApiError) -> bool {
    matches!(refusal, ApiError::Forbidden { .. })
}

/// What must be nowhere in the store, one query each: references that lead nowhere or into another organization (AC-11),
/// and owners who are no members (AC-12). Each query finds the offending rows.
const UNSOUND: [(&str, &str); 13] = [
    (
        "an owner who is no member",
        "select o.id from organization o where not exists (select 1 from membership m where m.organization_id = o.id and m.person_id = o.owner_id)",
    ),
    (
        "an owner who is nobody",
        "select o.id from organization o where not exists (select 1 from person p where p.id = o.owner_id)",
    ),
    (
        "a membership with a role that is not its organization's",
        "select m.person_id from membership m where m.role_id is not null and not exists \
         (select 1 from custom_role r where r.organization_id = m.organization_id and r.id = m.role_id)",
    ),
    (
        "an owner whose row names a custom role",
        "select o.id from organization o join membership m on m.organization_id = o.id and m.person_id = o.owner_id where m.role_id is not null",
    ),
    (
        "an invitation with a role that is not its organization's",
        "select i.id from invitation i where i.role_id is not null and not exists \
         (select 1 from custom_role r where r.organization_id = i.organization_id and r.id = i.role_id)",
    ),
    (
        "an open invitation from somebody who is no member",
        "select i.id from invitation i where i.accepted_at is null and i.revoked_at is null and i.declined_at is null and not exists \
         (select 1 from membership m where m.organization_id = i.organization_id and m.person_id = i.invited_by)",
    ),
    (
        "an open invitation of somebody who belongs",
        "select i.id from invitation i join person p on p.email_canonical = i.email_canonical join membership m on m.person_id = p.id \
         and m.organization_id = i.organization_id where i.accepted_at is null and i.revoked_at is null and i.declined_at is null",
    ),
    (
        "a level on a cluster that is not its organization's",
        "select l.role_id from custom_role_cluster l where not exists (select 1 from cluster c where c.organization_id = l.organization_id and c.id = l.cluster_id) \
         or not exists (select 1 from custom_role r where r.organization_id = l.organization_id and r.id = l.role_id)",
    ),
    (
        "a level on a project that is not its organization's",
        "select l.role_id from custom_role_project l where not exists (select 1 from project p where p.organization_id = l.organization_id and p.id = l.project_id) \
         or not exists (select 1 from custom_role r where r.organization_id = l.organization_id and r.id = l.role_id)",
    ),
    (
        "an edit under review of somebody who is no member",
        "select d.role_id from custom_role_draft d where not exists \
         (select 1 from membership m where m.organization_id = d.organization_id and m.person_id = d.person_id)",
    ),
    (
        "an edit of a role that is not its organization's",
        "select d.role_id from custom_role_draft d where not exists \
         (select 1 from custom_role r where r.organization_id = d.organization_id and r.id = d.role_id)",
    ),
    (
        "a version of a role that is not its organization's",
        "select v.role_id from custom_role_version v where not exists \
         (select 1 from custom_role r where r.organization_id = v.organization_id and r.id = v.role_id)",
    ),
    (
        "a role without the version it is at",
        "select r.id from custom_role r where not exists \
         (select 1 from custom_role_version v where v.organization_id = r.organization_id and v.role_id = r.id and v.version = r.version)",
    ),
];

impl World {
    /// What is wrong with the references in the store, in words. Empty when all is well.
    pub async fn unsound(&self) -> Vec<String> {
        // One query for all: a connection for each would take longer than the tests.
        let queries: Vec<_> = UNSOUND
            .into_iter()
            .enumerate()
            .map(|(number, (_, sql))| {
                format!("select cast({number} as bigint), x.* from ({sql}) x")
            })
            .collect();
        let rows = self.rows(&queries.join(" union all ")).await;
        rows.into_iter()
            .map(|row| {
                format!(
                    "{}: {}",
                    UNSOUND[row[0].parse::<usize>().unwrap()].0,
                    row[1]
                )
            })
            .collect()
    }
}
