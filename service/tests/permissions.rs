//! Who may do what: every operation, for every role, for strangers, and on ids of another organization.

use crate::common::Everybody;
use domain::{ApiError, BuiltInRole, LevelRef, Permission};
use service::ops::ConsolePath;

use crate::common::{Operation, Refused, Stage, difference, on_every_engine, person};

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
        let refused = EXPECTED
            .into_iter()
            .filter(|(_, cells, _)| cells.as_bytes()[column] != b'y');
        let before = world.snapshot().await;
        for (operation, cells, permission) in refused {
            let refusal = stage
                .perform(operation, &caller, stage.acme.id)
                .await
                .refusal();
            match (cells.as_bytes()[column], &refusal) {
                (
                    b'f',
                    ApiError::Forbidden {
                        permission: missing,
                        ..
                    },
                ) if *missing == permission => {}
                (b'n', ApiError::NotFound) => {}
                _ => panic!("{role} {operation:?}: {refusal:?}"),
            }
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{role} left {changed:#?}");

        let allowed = EXPECTED
            .into_iter()
            .filter(|(_, cells, _)| cells.as_bytes()[column] == b'y');
        for (operation, ..) in allowed {
            let outcome = stage.perform(operation, &caller, stage.acme.id).await;
            assert!(
                outcome.is_ok(),
                "{role} {operation:?}: {:?}",
                outcome.refusal()
            );
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
                .everybody(&globex.owner, globex.id)
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
