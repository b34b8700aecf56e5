//! Every operation once, on things of its own: for tests that say something about all of them.

use super::Everybody;
use super::OneInvitation;
use domain::{
    BuiltInRole, EnvironmentId, InvitationId, LevelRef, OrganizationId, PersonId, ProjectId,
    ServiceId, VariableId,
};
use service::{
    Caller, Result,
    ops::{ConsolePath, EventQuery, GeneralSettings, NewVariable, ServiceForm, VariableEdit},
};

use super::{Organization, World, person, variable};

/// An operation in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    ReadOrganization,
    EditOrganization,
    ListMembers,
    ListInvitations,
    Invite,
    ResendInvitation,
    RevokeInvitation,
    ChangeRole,
    RemoveMember,
    ListEvents,
    ReadEvent,
    ListClusters,
    CreateCluster,
    ListProjects,
    CreateProject,
    ReadProject,
    OpenProjectPage,
    CountContents,
    EditProject,
    DeleteProject,
    ListEnvironments,
    ReadEnvironment,
    CreateEnvironment,
    EditEnvironment,
    DeleteEnvironment,
    ListServices,
    ReadService,
    CreateService,
    EditService,
    DeleteService,
    ListProjectVariables,
    ListEnvironmentVariables,
    ListServiceVariables,
    ReadVariable,
    ListDependants,
    AddProjectVariable,
    AddEnvironmentVariable,
    AddServiceVariable,
    EditVariable,
    DeleteVariable,
    DeleteProjectVariable,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 41] = [
        Self::ReadOrganization,
        Self::EditOrganization,
        Self::ListMembers,
        Self::ListInvitations,
        Self::Invite,
        Self::ResendInvitation,
        Self::RevokeInvitation,
        Self::ChangeRole,
        Self::RemoveMember,
        Self::ListEvents,
        Self::ReadEvent,
        Self::ListClusters,
        Self::CreateCluster,
        Self::ListProjects,
        Self::CreateProject,
        Self::ReadProject,
        Self::OpenProjectPage,
        Self::CountContents,
        Self::EditProject,
        Self::DeleteProject,
        Self::ListEnvironments,
        Self::ReadEnvironment,
        Self::CreateEnvironment,
        Self::EditEnvironment,
        Self::DeleteEnvironment,
        Self::ListServices,
        Self::ReadService,
        Self::CreateService,
        Self::EditService,
        Self::DeleteService,
        Self::ListProjectVariables,
        Self::ListEnvironmentVariables,
        Self::ListServiceVariables,
        Self::ReadVariable,
        Self::ListDependants,
        Self::AddProjectVariable,
        Self::AddEnvironmentVariable,
        Self::AddServiceVariable,
        Self::EditVariable,
        Self::DeleteVariable,
        Self::DeleteProjectVariable,
    ];
}

/// An organization with something for every operation to act on, each its own, so that their order does not matter.
pub struct Stage<'w> {
    /// The organization.
    pub acme: Organization<'w>,
    cluster: String,
    project: ProjectId,
    environment: EnvironmentId,
    service: ServiceId,
    variable: VariableId,
    doomed_project: ProjectId,
    doomed_environment: EnvironmentId,
    doomed_service: ServiceId,
    doomed_variable: VariableId,
    doomed_project_variable: VariableId,
    resent: InvitationId,
    revoked: InvitationId,
    changed: PersonId,
    removed: PersonId,
}

impl<'w> Stage<'w> {
    /// Makes all of it.
    pub async fn set(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let invitation = async |email: &str| {
            world
                .service
                .invite(
                    &acme.owner,
                    acme.id,
                    &service::ops::InviteForm::one(email, "viewer"),
                )
                .await
                .unwrap()
                .id()
        };
        let member = async |email: &str| person(&acme.joins(email, BuiltInRole::Viewer).await).id;
        Self {
            cluster: shop.cluster.to_string(),
            project: shop.project,
            environment: shop.environment,
            service: shop.api,
            variable: acme
                .plain(LevelRef::Service(shop.api), "PORT", "8080")
                .await,
            doomed_project: acme.project("Doomed").await,
            doomed_environment: acme
                .environment(shop.project, shop.cluster, "Doomed", "PREVIEW")
                .await,
            doomed_service: acme.service(shop.environment, "doomed", "JOB").await,
            doomed_variable: acme
                .plain(LevelRef::Environment(shop.environment), "DOOMED", "1")
                .await,
            doomed_project_variable: acme
                .secret(LevelRef::Project(shop.project), "DOOMED_TOO", "1")
                .await,
            resent: invitation("resent@acme.example").await,
            revoked: invitation("revoked@acme.example").await,
            changed: member("changed@acme.example").await,
            removed: member("removed@acme.example").await,
            acme,
        }
    }

    /// Does it, in the organization of this id.
    pub async fn perform(
        &self,
        operation: Operation,
        caller: &Caller,
        id: OrganizationId,
    ) -> Result<()> {
        use Operation as O;
        let service = &self.acme.world.service;
        let adds = |level, key: &str| -> NewVariable { variable(level, key, "1") };
        match operation {
            O::ReadOrganization => service.organization(caller, id).await.map(drop),
            O::EditOrganization => {
                service
                    .edit_organization(caller, id, &self.settings().await)
                    .await
            }
            O::ListMembers => service.everybody(caller, id).await.map(drop),
            O::ListInvitations => service.invitations(caller, id).await.map(drop),
            O::Invite => service
                .invite(
                    caller,
                    id,
                    &service::ops::InviteForm::one("new@acme.example", "viewer"),
                )
                .await
                .map(drop),
            O::ResendInvitation => service
                .resend_invitation(caller, id, self.resent)
                .await
                .map(drop),
            O::RevokeInvitation => service.revoke_invitation(caller, id, self.revoked).await,
            O::ChangeRole => {
                service
                    .change_roles(caller, id, &[self.changed], "devops", None)
                    .await
            }
            O::RemoveMember => {
                service
                    .remove_members(caller, id, &[self.removed], None)
                    .await
            }
            O::ListEvents => service
                .events(caller, id, &EventQuery::default())
                .await
                .map(drop),
            O::ReadEvent => service.event(caller, id, 1).await.map(drop),
            O::ListClusters => service.clusters(caller, id).await.map(drop),
            O::CreateCluster => service
                .create_cluster(
                    caller,
                    id,
                    &service::ops::ClusterForm::new("west", "GCP", "us-west1"),
                )
                .await
                .map(drop),
            O::ListProjects => service.projects(caller, id).await.map(drop),
            O::CreateProject => service
                .create_project(caller, id, "New", "")
                .await
                .map(drop),
            O::ReadProject => service.project(caller, id, self.project).await.map(drop),
            O::OpenProjectPage => service.console(caller, &self.page()).await.map(drop),
            O::CountContents => service
                .contents(caller, id, LevelRef::Project(self.project))
                .await
                .map(drop),
            O::EditProject => service
                .edit_project(caller, id, self.project, "Shop", "More", 1)
                .await
                .map(drop),
            O::DeleteProject => {
                service
                    .delete_project(caller, id, self.doomed_project, "Doomed")
                    .await
            }
            O::ListEnvironments => service
                .environments(caller, id, self.project)
                .await
                .map(drop),
            O::ReadEnvironment => service
                .environment(caller, id, self.environment)
                .await
                .map(drop),
            O::CreateEnvironment => service
                .create_environment(caller, id, self.project, "New", "STAGING", &self.cluster)
                .await
                .map(drop),
            O::EditEnvironment => service
                .edit_environment(caller, id, self.environment, "Live", 1)
                .await
                .map(drop),
            O::DeleteEnvironment => {
                service
                    .delete_environment(caller, id, self.doomed_environment, "Doomed")
                    .await
            }
            O::ListServices => service
                .services(caller, id, self.environment)
                .await
                .map(drop),
            O::ReadService => service.service(caller, id, self.service).await.map(drop),
            O::CreateService => service
                .create_service(caller, id, self.environment, &new_service())
                .await
                .map(drop),
            O::EditService => service
                .edit_service(caller, id, self.service, "web", "", 1)
                .await
                .map(drop),
            O::DeleteService => {
                service
                    .delete_service(caller, id, self.doomed_service, "doomed")
                    .await
            }
            O::ListProjectVariables => service
                .variables(caller, id, LevelRef::Project(self.project))
                .await
                .map(drop),
            O::ListEnvironmentVariables => service
                .variables(caller, id, LevelRef::Environment(self.environment))
                .await
                .map(drop),
            O::ListServiceVariables => service
                .variables(caller, id, LevelRef::Service(self.service))
                .await
                .map(drop),
            O::ReadVariable => service.variable(caller, id, self.variable).await.map(drop),
            O::ListDependants => service
                .dependants(caller, id, self.variable)
                .await
                .map(drop),
            O::AddProjectVariable => service
                .add_variable(caller, id, adds(LevelRef::Project(self.project), "A"))
                .await
                .map(drop),
            O::AddEnvironmentVariable => service
                .add_variable(
                    caller,
                    id,
                    adds(LevelRef::Environment(self.environment), "B"),
                )
                .await
                .map(drop),
            O::AddServiceVariable => service
                .add_variable(caller, id, adds(LevelRef::Service(self.service), "C"))
                .await
                .map(drop),
            O::EditVariable => service.edit_variable(caller, id, self.edit()).await,
            O::DeleteVariable => {
                service
                    .delete_variable(caller, id, self.doomed_variable, 1, false)
                    .await
            }
            O::DeleteProjectVariable => {
                service
                    .delete_variable(caller, id, self.doomed_project_variable, 1, false)
                    .await
            }
        }
    }

    async fn settings(&self) -> GeneralSettings {
        let version = self
            .acme
            .world
            .service
            .organization(&self.acme.owner, self.acme.id)
            .await
            .unwrap()
            .version;
        GeneralSettings {
            name: "Acme".to_owned(),
            description: "We sell things.".to_owned(),
            website: String::new(),
            contact_emails: String::new(),
            version,
        }
    }

    fn edit(&self) -> VariableEdit {
        VariableEdit {
            as_is: None,
            id: self.variable,
            version: 1,
            value: Some("9090".to_owned().into()),
            set_empty: false,
            make_secret: false,
            mount_path: None,
            description: String::new(),
        }
    }

    fn page(&self) -> ConsolePath {
        ConsolePath {
            organization: "acme".to_owned(),
            project: Some("shop".to_owned()),
            environment: None,
            service: None,
        }
    }
}

fn new_service() -> ServiceForm {
    ServiceForm {
        name: "new".to_owned(),
        kind: "CONTAINER".to_owned(),
        description: String::new(),
    }
}
