//! Who may do what: every operation, for every role, for strangers, and on ids of another organization.

use domain::{
    ApiError, BuiltInRole, EnvironmentId, InvitationId, LevelRef, Permission, PersonId, ProjectId,
    ServiceId, VariableId,
};
use service::{
    Caller, Result,
    ops::{ConsolePath, EventQuery, GeneralSettings, NewVariable, ServiceForm, VariableEdit},
};

use crate::common::{Organization, Refused, World, difference, on_every_engine, person, variable};

/// What the roles get, in the order Owner, Admin, DevOps, Billing Manager, Viewer: `y` done, `f` forbidden, `n` not found.
/// Written down here once more, apart from the code under test.
const EXPECTED: [(Operation, &str, Permission); 41] = {
    use Operation as O;
    use Permission as P;
    [
        (O::ReadOrganization, "yyyyy", P::OrganizationRead),
        (O::ListMembers, "yyyyy", P::OrganizationRead),
        (O::ListClusters, "yyyyy", P::OrganizationRead),
        (O::ListProjects, "yyyyy", P::OrganizationRead),
        (O::EditOrganization, "yyfff", P::OrganizationEdit),
        (O::ListInvitations, "yyfff", P::MembersManage),
        (O::Invite, "yyfff", P::MembersManage),
        (O::ResendInvitation, "yyfff", P::MembersManage),
        (O::RevokeInvitation, "yyfff", P::MembersManage),
        (O::ChangeRole, "yyfff", P::MembersManage),
        (O::RemoveMember, "yyfff", P::MembersManage),
        (O::ListEvents, "yyfff", P::AuditRead),
        (O::ReadEvent, "yyfff", P::AuditRead),
        (O::CreateCluster, "yyyff", P::ClustersManage),
        (O::CreateProject, "yyfff", P::ProjectCreate),
        (O::ReadProject, "yyyny", P::ProjectRead),
        (O::OpenProjectPage, "yyyny", P::ProjectRead),
        (O::CountContents, "yyyny", P::ProjectRead),
        (O::EditProject, "yyfnf", P::ProjectEdit),
        (O::DeleteProject, "yyfnf", P::ProjectEdit),
        (O::ListEnvironments, "yyyny", P::ProjectRead),
        (O::ReadEnvironment, "yyyny", P::EnvironmentRead),
        (O::CreateEnvironment, "yyfnf", P::EnvironmentCreate),
        (O::EditEnvironment, "yyfnf", P::EnvironmentEdit),
        (O::DeleteEnvironment, "yyfnf", P::EnvironmentEdit),
        (O::ListServices, "yyyny", P::EnvironmentRead),
        (O::ReadService, "yyyny", P::EnvironmentRead),
        (O::CreateService, "yyfnf", P::EnvironmentCreate),
        (O::EditService, "yyfnf", P::EnvironmentEdit),
        (O::DeleteService, "yyfnf", P::EnvironmentEdit),
        (O::ListProjectVariables, "yyyny", P::ProjectRead),
        (O::ListEnvironmentVariables, "yyyny", P::EnvironmentRead),
        (O::ListServiceVariables, "yyyny", P::EnvironmentRead),
        (O::ReadVariable, "yyyny", P::EnvironmentRead),
        (O::ListDependants, "yyyny", P::EnvironmentRead),
        (O::AddProjectVariable, "yyynf", P::VariablesEdit),
        (O::AddEnvironmentVariable, "yyynf", P::VariablesEdit),
        (O::AddServiceVariable, "yyynf", P::VariablesEdit),
        (O::EditVariable, "yyynf", P::VariablesEdit),
        (O::DeleteVariable, "yyynf", P::VariablesEdit),
        (O::DeleteProjectVariable, "yyynf", P::VariablesEdit),
    ]
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
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

/// An organization with something for every operation to act on, each its own, so that their order does not matter.
struct Stage<'w> {
    acme: Organization<'w>,
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
    async fn set(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let invitation = async |email: &str| {
            world
                .service
                .invite(&acme.owner, acme.id, email, "viewer")
                .await
                .unwrap()
                .id
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
    async fn perform(
        &self,
        operation: Operation,
        caller: &Caller,
        id: domain::OrganizationId,
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
            O::ListMembers => service.members(caller, id).await.map(drop),
            O::ListInvitations => service.invitations(caller, id).await.map(drop),
            O::Invite => service
                .invite(caller, id, "new@acme.example", "viewer")
                .await
                .map(drop),
            O::ResendInvitation => service
                .resend_invitation(caller, id, self.resent)
                .await
                .map(drop),
            O::RevokeInvitation => service.revoke_invitation(caller, id, self.revoked).await,
            O::ChangeRole => {
                service
                    .change_role(caller, id, self.changed, "devops")
                    .await
            }
            O::RemoveMember => service.remove_member(caller, id, self.removed).await,
            O::ListEvents => service
                .events(caller, id, &EventQuery::default())
                .await
                .map(drop),
            O::ReadEvent => service.event(caller, id, 1).await.map(drop),
            O::ListClusters => service.clusters(caller, id).await.map(drop),
            O::CreateCluster => service
                .create_cluster(caller, id, "west", "GCP", "us-west1", "")
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
                    .delete_variable(caller, id, self.doomed_variable, 1)
                    .await
            }
            O::DeleteProjectVariable => {
                service
                    .delete_variable(caller, id, self.doomed_project_variable, 1)
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

/// True for operations that name something by id, besides the organization.
fn names_an_id(operation: Operation) -> bool {
    use Operation as O;
    !matches!(
        operation,
        O::ReadOrganization
            | O::EditOrganization
            | O::ListMembers
            | O::ListInvitations
            | O::Invite
            | O::ListEvents
            | O::ReadEvent
            | O::ListClusters
            | O::CreateCluster
            | O::ListProjects
            | O::CreateProject
            | O::OpenProjectPage
    )
}

fn check(role: BuiltInRole) {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let caller = stage.acme.member(role).await;
        let column = BuiltInRole::ALL
            .iter()
            .position(|one| *one == role)
            .unwrap();
        for (operation, cells, permission) in EXPECTED {
            let before = world.snapshot().await;
            let outcome = stage.perform(operation, &caller, stage.acme.id).await;
            match cells.as_bytes()[column] {
                b'y' => assert!(
                    outcome.is_ok(),
                    "{role} {operation:?}: {:?}",
                    outcome.refusal()
                ),
                b'f' => match outcome.refusal() {
                    ApiError::Forbidden {
                        permission: missing,
                        ..
                    } => assert_eq!(missing, permission, "{role} {operation:?}"),
                    other => panic!("{role} {operation:?}: {other:?}"),
                },
                _ => assert_eq!(
                    outcome.refusal(),
                    ApiError::NotFound,
                    "{role} {operation:?}"
                ),
            }
            if cells.as_bytes()[column] != b'y' {
                let changed = difference(&before, &world.snapshot().await);
                assert!(changed.is_empty(), "{role} {operation:?} left {changed:#?}");
            }
        }
    });
}

#[test]
fn an_owner_may_do_everything() {
    check(BuiltInRole::Owner);
}

#[test]
fn an_admin_may_do_everything_of_this_table() {
    check(BuiltInRole::Admin);
}

#[test]
fn a_devops_manages_clusters_and_variables_and_nothing_else() {
    check(BuiltInRole::DevOps);
}

#[test]
fn a_billing_manager_sees_no_project() {
    check(BuiltInRole::Billing);
}

#[test]
fn a_viewer_changes_nothing() {
    check(BuiltInRole::Viewer);
}

#[test]
fn strangers_get_the_answer_of_an_unknown_id_and_change_nothing() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let globex = world.organization("Globex").await;
        let removed = stage
            .acme
            .joins("gone@acme.example", BuiltInRole::Admin)
            .await;
        stage.acme.removes(&removed).await;
        let before = world.snapshot().await;
        for caller in [&globex.owner, &removed, &world.visitor()] {
            for (operation, ..) in EXPECTED {
                let refusal = stage
                    .perform(operation, caller, stage.acme.id)
                    .await
                    .refusal();
                let expected = match operation {
                    // A page; whoever is not signed in is sent to sign in.
                    Operation::OpenProjectPage if caller.person().is_none() => {
                        ApiError::Unauthenticated
                    }
                    _ => ApiError::NotFound,
                };
                assert_eq!(refusal, expected, "{} {operation:?}", caller.name());
            }
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}

#[test]
fn ids_of_another_organization_are_unknown_in_ones_own() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let globex = world.organization("Globex").await;
        let before = world.snapshot().await;
        for (operation, ..) in EXPECTED
            .into_iter()
            .filter(|(operation, ..)| names_an_id(*operation))
        {
            let refusal = stage
                .perform(operation, &globex.owner, globex.id)
                .await
                .refusal();
            assert_eq!(refusal, ApiError::NotFound, "{operation:?}");
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}

#[test]
fn whoever_belongs_to_two_organizations_has_each_role_only_where_it_was_given() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let globex = world.organization("Globex").await;
        let token = stage
            .acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        world
            .service
            .accept_invitation(&globex.owner, &token, service::ops::Joining::SignedIn)
            .await
            .unwrap();
        for (operation, cells, _) in EXPECTED {
            let outcome = stage.perform(operation, &globex.owner, stage.acme.id).await;
            assert_eq!(outcome.is_ok(), cells.ends_with('y'), "{operation:?}");
        }
    });
}

#[test]
fn what_is_not_in_sight_is_in_no_list_and_no_count() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let billing = stage.acme.member(BuiltInRole::Billing).await;
        assert!(
            world
                .service
                .projects(&billing, stage.acme.id)
                .await
                .unwrap()
                .is_empty()
        );
        let path = ConsolePath {
            organization: "acme".to_owned(),
            ..ConsolePath::default()
        };
        let view = world.service.console(&billing, &path).await.unwrap();
        assert!(view.tree.projects.is_empty());
        let clusters = world
            .service
            .clusters(&billing, stage.acme.id)
            .await
            .unwrap();
        assert_eq!(
            clusters
                .iter()
                .map(|cluster| cluster.environment_count)
                .collect::<Vec<_>>(),
            [0]
        );

        let viewer = stage.acme.member(BuiltInRole::Viewer).await;
        let view = world.service.console(&viewer, &path).await.unwrap();
        assert_eq!(view.tree.projects.len(), 2);
        let clusters = world
            .service
            .clusters(&viewer, stage.acme.id)
            .await
            .unwrap();
        assert_eq!(clusters[0].environment_count, 2);
    });
}

#[test]
fn another_organization_is_in_no_list() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        let globex = world.organization("Globex").await;
        let path = ConsolePath {
            organization: "globex".to_owned(),
            ..ConsolePath::default()
        };
        let view = world.service.console(&globex.owner, &path).await.unwrap();
        assert_eq!((view.organizations.len(), view.member_count), (1, 1));
        assert!(view.tree.projects.is_empty());
        assert!(
            world
                .service
                .projects(&globex.owner, globex.id)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            world
                .service
                .clusters(&globex.owner, globex.id)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            world
                .service
                .members(&globex.owner, globex.id)
                .await
                .unwrap()
                .len(),
            1
        );
        let own = globex.project("Own").await;
        let list = world
            .service
            .variables(&globex.owner, globex.id, LevelRef::Project(own))
            .await
            .unwrap();
        assert!(list.variables.is_empty());
        for event in globex.log().await {
            assert!(!format!("{event:?}").contains("Acme"), "{event:?}");
        }
        assert_eq!(stage.acme.slug, "acme");
    });
}

#[test]
fn rights_on_pages_are_what_the_operations_decide() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        for (column, role) in BuiltInRole::ALL.into_iter().enumerate() {
            let caller = stage.acme.member(role).await;
            let path = ConsolePath {
                organization: "acme".to_owned(),
                ..ConsolePath::default()
            };
            let view = world.service.console(&caller, &path).await.unwrap();
            assert_eq!(view.organization_rights.role, role.label());
            for (operation, cells, permission) in EXPECTED {
                let allowed = cells.as_bytes()[column] == b'y';
                assert_eq!(
                    view.organization_rights.may(permission),
                    allowed,
                    "{role} {operation:?}"
                );
            }
        }
    });
}
