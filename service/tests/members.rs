//! Members: roles that count at once, an owner nobody touches, and nobody giving more than they hold.

use crate::common::Everybody;
use domain::{ApiError, BuiltInRole, LevelRef, PersonId};
use service::Caller;

use crate::common::{
    Organization, Refused, assert_fields, on_every_engine, password, person, variable,
};

async fn changes(
    acme: &Organization<'_>,
    by: &Caller,
    whom: &Caller,
    role: &str,
) -> service::Result<()> {
    acme.world
        .service
        .change_roles(by, acme.id, &[person(whom).id], role, None)
        .await
}

async fn removes(acme: &Organization<'_>, by: &Caller, whom: &Caller) -> service::Result<()> {
    acme.world
        .service
        .remove_members(by, acme.id, &[person(whom).id], None)
        .await
}

#[test]
fn a_new_role_counts_from_the_next_call_on() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let ana = acme.member(BuiltInRole::Viewer).await;
        let add = async |key: &str| {
            world
                .service
                .add_variable(
                    &ana,
                    acme.id,
                    variable(LevelRef::Service(shop.api), key, "1"),
                )
                .await
        };
        assert!(matches!(
            add("A").await.refusal(),
            ApiError::Forbidden { .. }
        ));
        acme.makes(&ana, BuiltInRole::DevOps).await;
        add("A").await.unwrap();
        assert!(matches!(
            world
                .service
                .events(&ana, acme.id, &Default::default())
                .await
                .refusal(),
            ApiError::Forbidden { .. }
        ));
        acme.makes(&ana, BuiltInRole::Billing).await;
        assert_eq!(add("B").await.refusal(), ApiError::NotFound);
    });
}

#[test]
fn nobody_changes_or_removes_the_owner() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let before = world.snapshot().await;
        for by in [&admin, &acme.owner] {
            for role in ["viewer", "admin"] {
                let refusal = changes(&acme, by, &acme.owner, role).await.refusal();
                assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
            }
            let refusal = removes(&acme, by, &acme.owner).await.refusal();
            assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn ownership_is_not_a_role_that_can_be_given() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let (admin, viewer) = (
            acme.member(BuiltInRole::Admin).await,
            acme.member(BuiltInRole::Viewer).await,
        );
        let before = world.snapshot().await;
        for by in [&admin, &acme.owner] {
            assert_fields(
                &changes(&acme, by, &viewer, "owner").await.refusal(),
                &["role"],
            );
            assert_fields(
                &changes(&acme, by, &viewer, "king").await.refusal(),
                &["role"],
            );
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn admins_give_and_take_the_role_of_admin() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let (admin, ana) = (
            acme.member(BuiltInRole::Admin).await,
            acme.joins("ana@acme.example", BuiltInRole::Viewer).await,
        );
        changes(&acme, &admin, &ana, "admin").await.unwrap();
        changes(&acme, &ana, &admin, "viewer").await.unwrap();
        let refusal = changes(&acme, &admin, &admin, "admin").await.refusal();
        assert!(matches!(refusal, ApiError::Forbidden { .. }), "{refusal:?}");
        removes(&acme, &ana, &admin).await.unwrap();
    });
}

#[test]
fn nobody_without_the_right_gives_themselves_a_role() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        for role in [
            BuiltInRole::DevOps,
            BuiltInRole::Billing,
            BuiltInRole::Viewer,
        ] {
            let caller = acme.member(role).await;
            for wished in BuiltInRole::ALL {
                let refusal = changes(&acme, &caller, &caller, wished.code())
                    .await
                    .refusal();
                assert!(
                    matches!(refusal, ApiError::Forbidden { .. }),
                    "{role} {wished}: {refusal:?}"
                );
            }
        }
    });
}

#[test]
fn giving_a_member_the_role_they_have_is_no_event() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let before = world.snapshot().await;
        changes(&acme, &acme.owner, &viewer, "viewer")
            .await
            .unwrap();
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn whoever_is_removed_is_out_at_once() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.member(BuiltInRole::Admin).await;
        acme.removes(&ana).await;
        assert_eq!(
            world.service.everybody(&ana, acme.id).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            world
                .count(&format!("session where person_id = '{}'", person(&ana).id))
                .await,
            0
        );
        assert_eq!(
            removes(&acme, &acme.owner, &ana).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            changes(&acme, &acme.owner, &ana, "viewer").await.refusal(),
            ApiError::NotFound
        );
        // The account is still theirs; it only belongs nowhere.
        let signed_in = world
            .service
            .sign_in(&world.visitor(), &person(&ana).email, password())
            .await
            .unwrap();
        assert_eq!(signed_in.organization, None);
    });
}

#[test]
fn whoever_still_belongs_elsewhere_stays_signed_in() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        world
            .service
            .accept_invitation(&globex.owner, &token, service::ops::Joining::SignedIn)
            .await
            .unwrap();
        acme.removes(&globex.owner).await;
        assert_eq!(
            world
                .count(&format!(
                    "session where person_id = '{}'",
                    person(&globex.owner).id
                ))
                .await,
            1
        );
        world
            .service
            .everybody(&globex.owner, globex.id)
            .await
            .unwrap();
    });
}

#[test]
fn a_member_who_leaves_by_removing_themselves_is_out() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        removes(&acme, &admin, &admin).await.unwrap();
        assert_eq!(
            world.service.everybody(&admin, acme.id).await.refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn a_disabled_member_can_be_removed() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.member(BuiltInRole::Admin).await;
        world
            .sql(&format!(
                "update person set disabled_at = 1 where id = '{}'",
                person(&ana).id
            ))
            .await;
        assert_eq!(
            world.service.everybody(&ana, acme.id).await.refusal(),
            ApiError::NotFound
        );
        acme.removes(&ana).await;
        assert_eq!(
            world
                .service
                .everybody(&acme.owner, acme.id)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}

#[test]
fn people_are_listed_by_name_with_their_roles() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        for role in BuiltInRole::ASSIGNABLE {
            acme.member(role).await;
        }
        let members = world.service.everybody(&acme.owner, acme.id).await.unwrap();
        let list: Vec<_> = members
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.role_name.as_str(),
                    one.is_owner,
                    one.is_you,
                )
            })
            .collect();
        assert_eq!(
            list,
            [
                ("Admin admin", "Admin", false, false),
                ("Billing Manager billing", "Billing Manager", false, false),
                ("DevOps devops", "DevOps", false, false),
                ("Olivia of Acme", "Owner", true, true),
                ("Viewer viewer", "Viewer", false, false),
            ]
        );
    });
}

#[test]
fn somebody_unknown_is_not_found() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let nobody = PersonId::new(uuid::Uuid::from_u128(7));
        assert_eq!(
            world
                .service
                .change_roles(&acme.owner, acme.id, &[nobody], "viewer", None)
                .await
                .refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            world
                .service
                .remove_members(&acme.owner, acme.id, &[nobody], None)
                .await
                .refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn two_admins_who_demote_each_other_at_once_leave_one_admin() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.joins("ana@acme.example", BuiltInRole::Admin).await;
        let bo = acme.joins("bo@acme.example", BuiltInRole::Admin).await;
        let (one, other) = tokio::join!(
            changes(&acme, &ana, &bo, "viewer"),
            changes(&acme, &bo, &ana, "viewer")
        );
        assert!(
            one.is_ok() != other.is_ok(),
            "exactly one of them was first"
        );
    });
}
