//! Invitations: single use, for one address, and only as long as whoever sent them may.

use crate::common::Everybody;
use crate::common::OneInvitation;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{ApiError, BuiltInRole, InvitationId, view::InvitationState};
use service::{
    Caller,
    mail::Transport,
    ops::{Invited, Joining, SignedIn},
};
use tokio::task::JoinSet;

use crate::common::{
    Organization, PUBLIC_URL, Refused, World, assert_fields, on_every_engine, password, person,
    token_of, wrong_password,
};

const ANA: &str = "ana@acme.example";
const DAY: i64 = 86_400;

async fn invites(
    acme: &Organization<'_>,
    by: &Caller,
    email: &str,
    role: &str,
) -> service::Result<Invited> {
    acme.world
        .service
        .invite(by, acme.id, &service::ops::InviteForm::one(email, role))
        .await
}

async fn accepts(
    world: &World,
    caller: &Caller,
    token: &str,
    joining: Joining,
) -> service::Result<SignedIn> {
    world
        .service
        .accept_invitation(caller, token, joining)
        .await
}

fn as_ana() -> Joining {
    Joining::NewAccount {
        name: "Ana Novak".to_owned(),
        password: password(),
    }
}

/// Every way to use a link that is void: looking at it, a new account, a password.
async fn is_void(world: &World, token: &str) {
    let before = world.snapshot().await;
    assert_eq!(
        world
            .service
            .invitation_offer(&world.visitor(), token)
            .await
            .refusal(),
        ApiError::LinkVoid
    );
    assert_eq!(
        accepts(world, &world.visitor(), token, as_ana())
            .await
            .refusal(),
        ApiError::LinkVoid
    );
    let known = Joining::ExistingAccount {
        password: password(),
    };
    assert_eq!(
        accepts(world, &world.visitor(), token, known)
            .await
            .refusal(),
        ApiError::LinkVoid
    );
    assert_eq!(world.snapshot().await, before);
}

#[test]
fn the_mail_carries_the_link_to_the_invited_address() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme & Söhne").await;
        let invited = invites(&acme, &acme.owner, "Ana@Acme.example", "viewer")
            .await
            .unwrap();
        let mails = world.delivered_mails().await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("To: Ana@Acme.example"), "{}", mails[0]);
        assert!(mails[0].contains(&invited.link().unwrap()), "{}", mails[0]);
        assert!(mails[0].contains("Acme &amp; Söhne"), "{}", mails[0]);
        assert!(mails[0].contains("30 Nov 2026, 08:00"), "{}", mails[0]);
    });
}

#[test]
fn the_offer_says_who_invites_whom_to_what_as_what() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::DevOps).await;
        let offer = world
            .service
            .invitation_offer(&world.visitor(), &token)
            .await
            .unwrap();
        assert_eq!(
            (offer.organization.as_str(), offer.invited_by.as_str()),
            ("Acme", "Olivia of Acme")
        );
        assert_eq!(
            (offer.email.as_str(), offer.role_name.as_str()),
            (ANA, "DevOps")
        );
        assert_eq!(offer.expires_at, world.service.now().plus_days(7));
        assert!(!offer.has_account && !offer.signed_in && offer.signed_in_as_other.is_none());
    });
}

#[test]
fn the_link_is_stored_nowhere_in_the_clear() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::Viewer).await;
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        // Before the mail is out, after it, and after the link was used.
        for _ in 0..2 {
            assert_eq!(
                world.places_of(token.as_bytes()).await,
                Vec::<String>::new()
            );
            assert_eq!(world.places_of(&bytes).await, Vec::<String>::new());
            world.delivered_mails().await;
        }
        acme.accepts(&token, "Ana").await;
        assert_eq!(
            world.places_of(token.as_bytes()).await,
            Vec::<String>::new()
        );
        for event in acme.log().await {
            assert!(!format!("{event:?}").contains(&token));
        }
    });
}

#[test]
fn only_an_instance_without_a_mail_server_hands_the_link_to_its_creator() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        assert!(
            invites(&acme, &acme.owner, ANA, "viewer")
                .await
                .unwrap()
                .link()
                .is_some()
        );
        let with_mail = world
            .reopened_with(service::Options {
                transport: Transport::smtp("smtp://localhost:2525", "gatehouse@example.com")
                    .unwrap(),
                ..world.options()
            })
            .await;
        let invited = with_mail
            .invite(
                &acme.owner,
                acme.id,
                &service::ops::InviteForm::one("bo@acme.example", "viewer"),
            )
            .await
            .unwrap();
        assert!(invited.link().is_none());
        let resent = with_mail
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        assert!(resent.link().is_none());
    });
}

#[test]
fn a_new_account_joins_with_the_role_it_was_offered() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::DevOps).await;
        let signed_in = accepts(world, &world.visitor(), &token, as_ana())
            .await
            .unwrap();
        assert_eq!(signed_in.organization.as_deref(), Some("acme"));
        let ana = world.caller(&world.visitor(), &signed_in).await;
        let members = world.service.everybody(&ana, acme.id).await.unwrap();
        let her = members.iter().find(|member| member.is_you).unwrap();
        assert_eq!(
            (
                her.name.as_str(),
                her.email.as_str(),
                her.role_name.as_str()
            ),
            ("Ana Novak", ANA, "DevOps")
        );
        is_void(world, &token).await;
        assert!(
            world
                .service
                .invitations(&acme.owner, acme.id)
                .await
                .unwrap()
                .iter()
                .all(|one| one.state != InvitationState::Pending)
        );
        // And from now on she signs in like everybody.
        world.signs_in(ANA).await;
    });
}

#[test]
fn an_existing_account_joins_with_its_password() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let address = &person(&globex.owner).email;
        let token = acme.invites(address, BuiltInRole::Viewer).await;
        assert!(
            world
                .service
                .invitation_offer(&world.visitor(), &token)
                .await
                .unwrap()
                .has_account
        );

        let wrong = Joining::ExistingAccount {
            password: wrong_password(),
        };
        assert_eq!(
            accepts(world, &world.visitor(), &token, wrong)
                .await
                .refusal(),
            ApiError::WrongCredentials
        );
        let right = Joining::ExistingAccount {
            password: password(),
        };
        let signed_in = accepts(world, &world.visitor(), &token, right)
            .await
            .unwrap();
        let caller = world.caller(&world.visitor(), &signed_in).await;
        let organizations = world.service.organizations(&caller).await.unwrap();
        let roles: Vec<_> = organizations
            .iter()
            .map(|one| (one.name.as_str(), one.role.as_str()))
            .collect();
        assert_eq!(roles, [("Acme", "Viewer"), ("Globex", "Owner")]);
        is_void(world, &token).await;
    });
}

#[test]
fn an_acceptance_that_fails_after_the_password_begins_no_session_and_ends_none() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let with_password = || Joining::ExistingAccount {
            password: password(),
        };
        // One whose address no mail has confirmed, and one who belongs already, by the operator's hand.
        let ana = acme.joins(ANA, BuiltInRole::Viewer).await;
        let first = globex.invites(ANA, BuiltInRole::Viewer).await;
        let address = person(&globex.owner).email.clone();
        let second = acme.invites(&address, BuiltInRole::Viewer).await;
        world
            .sql(&format!(
                "insert into membership (organization_id, person_id, role, joined_at) values ('{}', '{}', 'viewer', 1)",
                acme.id,
                person(&globex.owner).id
            ))
            .await;
        let before = world.snapshot().await;
        for (caller, token) in [(&ana, &first), (&globex.owner, &second)] {
            let refusal = accepts(world, caller, token, with_password())
                .await
                .refusal();
            assert!(
                matches!(
                    refusal,
                    ApiError::Refused { .. } | ApiError::Conflict { .. }
                ),
                "{refusal:?}"
            );
            assert_eq!(world.snapshot().await, before);
        }
    });
}

#[test]
fn an_existing_account_joins_while_signed_in() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites("OWNER@globex.example", BuiltInRole::Viewer)
            .await;
        assert!(
            world
                .service
                .invitation_offer(&globex.owner, &token)
                .await
                .unwrap()
                .signed_in
        );
        let signed_in = accepts(world, &globex.owner, &token, Joining::SignedIn)
            .await
            .unwrap();
        let caller = world.caller(&world.visitor(), &signed_in).await;
        assert_eq!(world.service.organizations(&caller).await.unwrap().len(), 2);
    });
}

#[test]
fn guessing_a_password_through_an_invitation_is_throttled_like_signing_in() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        for _ in 0..5 {
            let wrong = Joining::ExistingAccount {
                password: wrong_password(),
            };
            assert_eq!(
                accepts(world, &world.visitor(), &token, wrong)
                    .await
                    .refusal(),
                ApiError::WrongCredentials
            );
        }
        let right = Joining::ExistingAccount {
            password: password(),
        };
        let refusal = accepts(world, &world.visitor(), &token, right)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Throttled { .. }), "{refusal:?}");
    });
}

#[test]
fn fifty_acceptances_at_once_make_one_member() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::Viewer).await;
        let mut attempts = JoinSet::new();
        for _ in 0..50 {
            let (service, visitor, token) = (world.service.clone(), world.visitor(), token.clone());
            attempts
                .spawn(async move { service.accept_invitation(&visitor, &token, as_ana()).await });
        }
        let outcomes = attempts.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            let why = refused.refusal();
            let late = matches!(why, ApiError::LinkVoid | ApiError::Busy)
                || why.for_field("email").is_some();
            assert!(late, "{why:?}");
        }
        assert_eq!(
            (world.count("person").await, world.count("membership").await),
            (2, 2)
        );
        assert_eq!(world.count("session").await, 2);
    });
}

#[test]
fn fifty_acceptances_of_one_account_make_one_member() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        let mut attempts = JoinSet::new();
        for _ in 0..50 {
            let (service, caller, token) =
                (world.service.clone(), globex.owner.clone(), token.clone());
            attempts.spawn(async move {
                service
                    .accept_invitation(&caller, &token, Joining::SignedIn)
                    .await
            });
        }
        let outcomes = attempts.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refused.refusal(), ApiError::LinkVoid);
        }
        assert_eq!(world.count("membership").await, 3);
    });
}

#[test]
fn a_link_works_until_the_last_second_of_its_week_and_then_no_more() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let (early, late) = (
            acme.invites(ANA, BuiltInRole::Viewer).await,
            acme.invites("bo@acme.example", BuiltInRole::Viewer).await,
        );
        world.clock.advance(7 * DAY - 1);
        acme.accepts(&early, "Ana").await;
        world.clock.advance(1);
        is_void(world, &late).await;
        let owner = world.signs_in("owner@acme.example").await;
        let open = world.service.invitations(&owner, acme.id).await.unwrap();
        assert_eq!(open[0].state, InvitationState::Expired);
        assert_eq!(open[1].state, InvitationState::Accepted);
    });
}

#[test]
fn a_revoked_link_is_void_and_the_address_can_be_invited_again() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let invited = invites(&acme, &acme.owner, ANA, "viewer").await.unwrap();
        let token = token_of(&invited.link().unwrap());
        world
            .service
            .revoke_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        is_void(world, &token).await;
        for again in [
            world
                .service
                .revoke_invitation(&acme.owner, acme.id, invited.id())
                .await
                .refusal(),
            world
                .service
                .resend_invitation(&acme.owner, acme.id, invited.id())
                .await
                .refusal(),
        ] {
            assert_eq!(again, ApiError::NotFound);
        }
        acme.joins(ANA, BuiltInRole::Viewer).await;
        is_void(world, &token).await;
    });
}

#[test]
fn resending_kills_the_former_link_and_starts_another_week() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let invited = invites(&acme, &acme.owner, ANA, "viewer").await.unwrap();
        let former = token_of(&invited.link().unwrap());
        world.clock.advance(8 * DAY);
        let resent = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        is_void(world, &former).await;
        world.clock.advance(6 * DAY);
        acme.accepts(&token_of(&resent.link().unwrap()), "Ana")
            .await;
        assert_eq!(world.delivered_mails().await.len(), 2);
    });
}

#[test]
fn an_accepted_invitation_is_neither_sent_again_nor_taken_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let invited = invites(&acme, &acme.owner, ANA, "viewer").await.unwrap();
        acme.accepts(&token_of(&invited.link().unwrap()), "Ana")
            .await;
        let before = world.snapshot().await;
        let resent = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await;
        assert_eq!(resent.refusal(), ApiError::NotFound);
        let revoked = world
            .service
            .revoke_invitation(&acme.owner, acme.id, invited.id())
            .await;
        assert_eq!(revoked.refusal(), ApiError::NotFound);
        let unknown = InvitationId::new(uuid::Uuid::from_u128(7));
        let revoked = world
            .service
            .revoke_invitation(&acme.owner, acme.id, unknown)
            .await;
        assert_eq!(revoked.refusal(), ApiError::NotFound);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn an_invitation_is_for_its_address_alone() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme.invites(ANA, BuiltInRole::Admin).await;
        let offer = world
            .service
            .invitation_offer(&globex.owner, &token)
            .await
            .unwrap();
        assert_eq!(
            offer.signed_in_as_other.as_deref(),
            Some("owner@globex.example")
        );
        let before = world.snapshot().await;
        let refusal = accepts(world, &globex.owner, &token, Joining::SignedIn)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(
            accepts(world, &world.visitor(), &token, Joining::SignedIn)
                .await
                .refusal(),
            ApiError::Unauthenticated
        );
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn an_invitation_is_void_once_its_sender_may_not_send_it_any_more() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let token = token_of(
            &invites(&acme, &admin, ANA, "admin")
                .await
                .unwrap()
                .link()
                .unwrap(),
        );
        acme.makes(&admin, BuiltInRole::DevOps).await;
        is_void(world, &token).await;
        // The list says so, and extending would not help; sending it again does.
        let service = &world.service;
        let listed = service.invitations(&acme.owner, acme.id).await.unwrap();
        let open = listed.iter().find(|one| one.email == ANA).unwrap();
        assert_eq!(open.state, InvitationState::Void);
        let before = world.snapshot().await;
        let refusal = service
            .extend_invitation(&acme.owner, acme.id, open.id, "3")
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        acme.makes(&admin, BuiltInRole::Admin).await;
        world
            .service
            .invitation_offer(&world.visitor(), &token)
            .await
            .unwrap();
        world
            .sql(&format!(
                "update person set disabled_at = 1 where id = '{}'",
                person(&admin).id
            ))
            .await;
        is_void(world, &token).await;
    });
}

#[test]
fn whoever_is_removed_takes_their_invitations_along_for_good() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let token = token_of(
            &invites(&acme, &admin, ANA, "viewer")
                .await
                .unwrap()
                .link()
                .unwrap(),
        );
        acme.removes(&admin).await;
        is_void(world, &token).await;
        world
            .sql(&format!(
                "insert into membership (organization_id, person_id, role, joined_at) values ('{}', '{}', 'admin', 1)",
                acme.id,
                person(&admin).id
            ))
            .await;
        is_void(world, &token).await;
        assert!(
            world
                .service
                .invitations(&acme.owner, acme.id)
                .await
                .unwrap()
                .iter()
                .all(|one| one.state != InvitationState::Pending)
        );
    });
}

#[test]
fn resent_by_somebody_else_it_depends_on_them() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let invited = invites(&acme, &admin, ANA, "viewer").await.unwrap();
        let resent = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        acme.removes(&admin).await;
        acme.accepts(&token_of(&resent.link().unwrap()), "Ana")
            .await;
    });
}

#[test]
fn an_address_that_is_invited_or_belongs_already_is_told_beside_its_field() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        let before = world.snapshot().await;
        for email in [ANA, " ANA@acme.example", "owner@ACME.example"] {
            assert_fields(
                &invites(&acme, &acme.owner, email, "viewer").await.refusal(),
                &["emails"],
            );
        }
        assert_eq!(world.snapshot().await, before);
        // Another organization is no business of this one.
        let globex = world.organization("Globex").await;
        globex.invites(ANA, BuiltInRole::Viewer).await;
    });
}

#[test]
fn a_form_with_nonsense_names_every_field() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        assert_fields(
            &invites(&acme, &acme.owner, "ana", "king").await.refusal(),
            &["emails", "role"],
        );
        assert_fields(
            &invites(&acme, &acme.owner, " ,; ", "viewer")
                .await
                .refusal(),
            &["emails"],
        );
        assert_fields(
            &invites(&acme, &acme.owner, ANA, "owner").await.refusal(),
            &["role"],
        );
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn an_acceptance_with_nonsense_names_every_field_and_leaves_the_link_alive() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::Viewer).await;
        let before = world.snapshot().await;
        let joining = Joining::NewAccount {
            name: "\u{202e}".to_owned(),
            password: "short".to_owned().into(),
        };
        assert_fields(
            &accepts(world, &world.visitor(), &token, joining)
                .await
                .refusal(),
            &["name", "password"],
        );
        assert_eq!(world.snapshot().await, before);
        acme.accepts(&token, "Ana").await;
    });
}

#[test]
fn an_address_with_an_account_does_not_get_a_second_one() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let token = acme
            .invites(&person(&globex.owner).email, BuiltInRole::Viewer)
            .await;
        let before = world.snapshot().await;
        let refusal = accepts(world, &world.visitor(), &token, as_ana())
            .await
            .refusal();
        assert_fields(&refusal, &["email"]);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn forged_links_are_void() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites(ANA, BuiltInRole::Viewer).await;
        for forged in ["", "x", &token[1..], &format!("{token}A"), &"A".repeat(43)] {
            is_void(world, forged).await;
        }
    });
}

#[test]
fn one_person_sends_two_hundred_invitations_a_day() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let (now, by) = (world.service.now().micros(), person(&acme.owner).id);
        world
            .sql(&format!(
                "update invitation_sent set sent = sent + 197 where person_id = '{by}' and at = {now}"
            ))
            .await;
        // The admin's own invitation was the first, and one that is sent again counts like any other.
        let open = invites(&acme, &acme.owner, ANA, "viewer")
            .await
            .unwrap()
            .id();
        world
            .service
            .resend_invitation(&acme.owner, acme.id, open)
            .await
            .unwrap();
        let before = world.snapshot().await;
        let refusal = invites(&acme, &acme.owner, "bo@acme.example", "viewer")
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        let refusal = world
            .service
            .resend_invitation(&acme.owner, acme.id, open)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        invites(&acme, &admin, "bo@acme.example", "viewer")
            .await
            .unwrap();
        world.clock.advance(DAY);
        acme.invites("cleo@acme.example", BuiltInRole::Viewer).await;
    });
}

#[test]
fn one_invitation_is_sent_again_three_times_an_hour() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let id = invites(&acme, &acme.owner, ANA, "viewer")
            .await
            .unwrap()
            .id();
        let other = invites(&acme, &acme.owner, "bo@acme.example", "viewer")
            .await
            .unwrap()
            .id();
        for _ in 0..3 {
            world.clock.advance(60);
            world
                .service
                .resend_invitation(&acme.owner, acme.id, id)
                .await
                .unwrap();
        }
        let before = world.snapshot().await;
        for by in [&acme.owner, &admin] {
            let refusal = world
                .service
                .resend_invitation(by, acme.id, id)
                .await
                .refusal();
            assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        }
        assert_eq!(world.snapshot().await, before);
        world
            .service
            .resend_invitation(&acme.owner, acme.id, other)
            .await
            .unwrap();
        world.clock.advance(3600 - 120);
        world
            .service
            .resend_invitation(&acme.owner, acme.id, id)
            .await
            .unwrap();
    });
}

#[test]
fn an_account_from_a_copied_link_joins_nothing_else_until_mail_has_reached_it() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let ana = acme.joins(ANA, BuiltInRole::Viewer).await;
        let token = globex.invites(ANA, BuiltInRole::Viewer).await;
        let before = world.snapshot().await;
        let refusal = accepts(world, &ana, &token, Joining::SignedIn)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);

        // A link that was handed over proves nothing, also once there is a mail server; one that was mailed does.
        let with_mail = world
            .reopened_with(service::Options {
                transport: Transport::smtp("smtp://localhost:2525", "gatehouse@example.com")
                    .unwrap(),
                ..world.options()
            })
            .await;
        let before = world.snapshot().await;
        let refusal = with_mail
            .accept_invitation(&ana, &token, Joining::SignedIn)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        let service = &world.service;
        let open = service.invitations(&globex.owner, globex.id).await.unwrap()[0].id;
        world.clock.advance(1);
        with_mail
            .resend_invitation(&globex.owner, globex.id, open)
            .await
            .unwrap();
        let mails = world.delivered_mails().await;
        let link = mails.last().unwrap().split("/invite/").nth(1).unwrap();
        let token: String = link.chars().take(43).collect();
        with_mail
            .accept_invitation(&ana, &token, Joining::SignedIn)
            .await
            .unwrap();
        assert_eq!(
            world
                .value(&format!(
                    "select email_verified_at from person where email = '{ANA}'"
                ))
                .await,
            world.service.now().micros().to_string()
        );
    });
}

#[test]
fn the_list_names_sender_role_and_times() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Billing).await;
        let open = world
            .service
            .invitations(&acme.owner, acme.id)
            .await
            .unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(
            (open[0].email.as_str(), open[0].role_name.as_str()),
            (ANA, "Billing Manager")
        );
        assert_eq!(
            (open[0].invited_by.as_str(), open[0].state),
            ("Olivia of Acme", InvitationState::Pending)
        );
        assert_eq!(
            (open[0].sent_at, open[0].expires_at),
            (world.service.now(), world.service.now().plus_days(7))
        );
        assert!(!format!("{open:?}").contains(PUBLIC_URL));
    });
}
