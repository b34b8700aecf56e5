//! Inviting many at once: a result for each address, links for nobody but who is meant, and a role that is checked
//! twice.

use domain::{
    ApiError, BuiltInRole, HandoverId, RoleId,
    view::{InvitationState, InviteOutcome},
};
use service::{
    Caller, Options,
    mail::Transport,
    ops::{InviteForm, Invited, Joining},
};

use crate::common::{
    Levels, OneInvitation, Organization, Refused, World, assert_fields, difference, is_forbidden,
    on_every_engine, password, person, token_of,
};

const DAY: i64 = 86_400;

async fn invites(
    acme: &Organization<'_>,
    by: &Caller,
    form: &InviteForm,
) -> service::Result<Invited> {
    acme.world.service.invite(by, acme.id, form).await
}

/// True while the link lets somebody in.
async fn works(world: &World, token: &str) -> bool {
    match world
        .service
        .invitation_offer(&world.visitor(), token)
        .await
    {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(Err::<(), _>(error).refusal(), ApiError::LinkVoid);
            false
        }
    }
}

/// What somebody gets who tries to come in with a link.
async fn comes_in(world: &World, token: &str) -> service::Result<()> {
    let joining = Joining::NewAccount {
        name: "Ana".to_owned(),
        password: password(),
    };
    let came = world
        .service
        .accept_invitation(&world.visitor(), token, joining)
        .await;
    came.map(drop)
}

#[test]
fn every_address_has_its_own_result_and_its_own_role() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let payments = acme.blank_role("Payments").await;
        acme.member(BuiltInRole::DevOps).await;
        acme.invites("open@acme.example", BuiltInRole::Viewer).await;
        let form = InviteForm {
            emails: "Ana Lee <Ana@acme.example>, bo@acme.example: Billing Manager\n\
                     cy@acme.example: payments; ANA@acme.example, nonsense, devops@acme.example\n\
                     open@acme.example, di@acme.example: Owner, ed@acme.example: king, fi@acme.example: admin"
                .to_owned(),
            role: "viewer".to_owned(),
            ..InviteForm::default()
        };
        let before = acme.event_count().await;
        let invited = invites(&acme, &acme.owner, &form).await.unwrap();
        let results: Vec<_> = invited
            .results
            .iter()
            .map(|one| {
                (
                    one.email.as_str(),
                    one.outcome,
                    one.role_name.as_str(),
                    one.link.is_some(),
                )
            })
            .collect();
        use InviteOutcome as O;
        assert_eq!(
            results,
            [
                ("Ana@acme.example", O::Sent, "Viewer", true),
                ("bo@acme.example", O::Sent, "Billing Manager", true),
                ("cy@acme.example", O::Sent, "Payments", true),
                ("ANA@acme.example", O::Repeated, "", false),
                ("nonsense", O::NotAnAddress, "", false),
                ("devops@acme.example", O::AlreadyMember, "", false),
                ("open@acme.example", O::AlreadyInvited, "", false),
                ("di@acme.example", O::RoleNotGiven, "", false),
                ("ed@acme.example", O::RoleNotGiven, "", false),
                ("fi@acme.example", O::Sent, "Admin", true),
            ]
        );
        let events = acme.events_since(before).await;
        assert_eq!(events.len(), 4, "one for each that was sent: {events:#?}");
        assert!(
            events[2].starts_with("CREATE Invitation cy@acme.example"),
            "{}",
            events[2]
        );
        assert_eq!(world.count("invitation where accepted_at is null").await, 5);
        // Each comes in as what was written behind their address.
        for (number, role) in [
            (0, "viewer"),
            (1, "billing"),
            (2, &*payments.to_string()),
            (9, "admin"),
        ] {
            let token = token_of(invited.results[number].link.as_ref().unwrap());
            let came = acme.accepts(&token, "Somebody").await;
            assert_eq!(acme.stored_role(&came).await, role);
        }
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn a_form_with_which_nobody_can_be_invited_says_why_and_sends_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        let many: Vec<_> = (0..51).map(|n| format!("p{n}@acme.example")).collect();
        let nonsense = [
            ("", "viewer", "", "", vec!["emails"]),
            (" ,;\n", "viewer", "", "", vec!["emails"]),
            ("nobody", "viewer", "", "", vec!["emails"]),
            (&many.join(" "), "viewer", "", "", vec!["emails"]),
            ("owner@acme.example", "viewer", "", "", vec!["emails"]),
            ("ana@acme.example: king", "viewer", "", "", vec!["emails"]),
            ("ana@acme.example", "owner", "", "", vec!["role"]),
            ("ana@acme.example", "", "", "", vec!["role"]),
            ("ana@acme.example", "viewer", "0", "", vec!["days"]),
            ("ana@acme.example", "viewer", "31", "", vec!["days"]),
            ("ana@acme.example", "viewer", "a week", "", vec!["days"]),
            (
                "",
                "king",
                "-1",
                &"x".repeat(10_000),
                vec!["emails", "role", "days", "note"],
            ),
        ];
        for (emails, role, days, note, fields) in nonsense {
            let form = InviteForm {
                emails: emails.to_owned(),
                role: role.to_owned(),
                days: days.to_owned(),
                note: note.to_owned(),
            };
            let refusal = invites(&acme, &acme.owner, &form).await.refusal();
            assert_fields(&refusal, &fields);
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
        assert_eq!(world.delivered_mails().await.len(), 0);
    });
}

#[test]
fn a_note_is_text_in_both_parts_of_the_mail_and_on_the_page() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let note = "Welcome <b>Ana</b> & \"friends\"\r\nBcc: everybody@acme.example\r\n\r\n<img src=x onerror='alert(1)'>";
        let form = InviteForm {
            note: note.to_owned(),
            ..InviteForm::one("ana@acme.example", "viewer")
        };
        let invited = invites(&acme, &acme.owner, &form).await.unwrap();
        let mails = world.delivered_mails().await;
        let [mail] = mails.as_slice() else {
            panic!("{} mails", mails.len())
        };
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("Bcc"), "{headers}");
        let (text, html) = body.split_once("<!doctype html>").unwrap();
        assert!(text.contains("Welcome <b>Ana</b> & \"friends\""), "{text}");
        assert!(
            html.contains("Welcome &lt;b&gt;Ana&lt;/b&gt; &amp; &quot;friends&quot;"),
            "{html}"
        );
        for tag in ["<b>", "<img"] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
        let token = token_of(&invited.link().unwrap());
        let offer = world
            .service
            .invitation_offer(&world.visitor(), &token)
            .await
            .unwrap();
        assert!(
            offer.note.contains("<img src=x"),
            "kept as it was written: {}",
            offer.note
        );
        // A new link for the same person comes with the same words.
        world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        assert!(world.delivered_mails().await[1].contains("Welcome &lt;b&gt;Ana"));
    });
}

#[test]
fn a_link_works_as_many_days_as_were_chosen_and_longer_when_extended() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let sends = async |email: &str, days: &str| {
            let form = InviteForm {
                days: days.to_owned(),
                ..InviteForm::one(email, "viewer")
            };
            let invited = invites(&acme, &acme.owner, &form).await.unwrap();
            (invited.id(), token_of(&invited.link().unwrap()))
        };
        let (one, thirty) = (
            sends("a@acme.example", "1").await,
            sends("b@acme.example", " 30 ").await,
        );
        let extended = sends("c@acme.example", "").await;
        world.clock.advance(DAY - 1);
        assert!(works(world, &one.1).await);
        world.clock.advance(1);
        assert!(!works(world, &one.1).await);
        assert_eq!(comes_in(world, &one.1).await.refusal(), ApiError::LinkVoid);

        // Extended, the very link that was sent works again, even one that had run out.
        world.clock.advance(6 * DAY);
        assert!(!works(world, &extended.1).await);
        let owner = world.signs_in("owner@acme.example").await;
        let extends = async |id, days: &str| {
            world
                .service
                .extend_invitation(&owner, acme.id, id, days)
                .await
        };
        for nonsense in ["0", "31", "-1", "soon"] {
            assert_fields(&extends(extended.0, nonsense).await.refusal(), &["days"]);
        }
        let before = acme.event_count().await;
        extends(extended.0, "3").await.unwrap();
        assert_eq!(acme.event_count().await - before, 1);
        assert!(works(world, &extended.1).await);
        world.clock.advance(3 * DAY);
        assert!(!works(world, &extended.1).await);
        assert!(works(world, &thirty.1).await);
        world.clock.advance(20 * DAY);
        assert!(!works(world, &thirty.1).await);
    });
}

#[test]
fn an_open_invitation_gives_the_role_it_was_changed_to() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await.to_string();
        let invited = invites(
            &acme,
            &acme.owner,
            &InviteForm::one("ana@acme.example", "viewer"),
        )
        .await
        .unwrap();
        let token = token_of(&invited.link().unwrap());
        let changes = async |by: &Caller, role: &str| {
            world
                .service
                .change_invited_role(by, acme.id, invited.id(), role)
                .await
        };
        let before = acme.event_count().await;
        changes(&acme.owner, &role).await.unwrap();
        assert_eq!(
            acme.events_since(before).await,
            [r#"UPDATE Invitation ana@acme.example {"role":["Viewer","Payments"]}"#]
        );
        for nonsense in ["owner", "king", ""] {
            assert_fields(&changes(&acme.owner, nonsense).await.refusal(), &["role"]);
        }
        let viewer = acme.member(BuiltInRole::Viewer).await;
        assert!(is_forbidden(&changes(&viewer, "admin").await.refusal()));
        let ana = acme.accepts(&token, "Ana").await;
        assert_eq!(acme.stored_role(&ana).await, role);
        assert_eq!(
            changes(&acme.owner, "viewer").await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            world
                .service
                .extend_invitation(&acme.owner, acme.id, invited.id(), "7")
                .await
                .refusal(),
            ApiError::NotFound
        );
    });
}

#[test]
fn extending_and_changing_a_role_are_not_sending_again() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let invited = invites(
            &acme,
            &acme.owner,
            &InviteForm::one("ana@acme.example", "viewer"),
        )
        .await
        .unwrap();
        for role in ["devops", "viewer", "admin"] {
            world
                .service
                .change_invited_role(&acme.owner, acme.id, invited.id(), role)
                .await
                .unwrap();
            world
                .service
                .extend_invitation(&acme.owner, acme.id, invited.id(), "9")
                .await
                .unwrap();
        }
        for _ in 0..3 {
            world
                .service
                .resend_invitation(&acme.owner, acme.id, invited.id())
                .await
                .unwrap();
        }
        let refusal = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
    });
}

#[test]
fn whoever_declines_is_not_asked_again_by_that_link() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let token = acme.invites("ana@acme.example", BuiltInRole::Viewer).await;
        let before = acme.event_count().await;
        world
            .service
            .decline_invitation(&world.visitor(), &token)
            .await
            .unwrap();
        assert_eq!(
            acme.events_since(before).await,
            [r#"UPDATE Invitation ana@acme.example {"declined":[null,true]}"#]
        );
        let again = world
            .service
            .decline_invitation(&world.visitor(), &token)
            .await;
        assert_eq!(again.refusal(), ApiError::LinkVoid);
        assert!(!works(world, &token).await);
        assert_eq!(comes_in(world, &token).await.refusal(), ApiError::LinkVoid);
        let listed = world
            .service
            .invitations(&acme.owner, acme.id)
            .await
            .unwrap();
        assert_eq!(listed[0].state, InvitationState::Declined);
        assert_eq!(
            world
                .service
                .resend_invitation(&acme.owner, acme.id, listed[0].id)
                .await
                .refusal(),
            ApiError::NotFound
        );
        // The address can be invited anew.
        let anew = acme.invites("ana@acme.example", BuiltInRole::Viewer).await;
        acme.accepts(&anew, "Ana").await;
        let forged = world
            .service
            .decline_invitation(&world.visitor(), "nonsense")
            .await;
        assert_eq!(forged.refusal(), ApiError::LinkVoid);
    });
}

// Handing over links

#[test]
fn results_are_read_by_their_creator_alone_and_for_ten_minutes() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let admin = acme.member(BuiltInRole::Admin).await;
        let form = InviteForm {
            emails: "ana@acme.example, bo@acme.example".to_owned(),
            ..InviteForm::one("", "viewer")
        };
        let invited = invites(&acme, &admin, &form).await.unwrap();
        let handover = invited.handover.unwrap();
        let reads = async |by: &Caller, of: HandoverId| {
            world.service.invitation_results(by, acme.id, of).await
        };
        let read = reads(&admin, handover).await.unwrap();
        assert_eq!(read, invited.results);
        for by in [&acme.owner, &globex.owner, &world.visitor()] {
            assert_eq!(
                reads(by, handover).await.refusal(),
                ApiError::NotFound,
                "{}",
                by.name()
            );
        }
        let made_up = HandoverId::new(uuid::Uuid::from_u128(7));
        assert_eq!(reads(&admin, made_up).await.refusal(), ApiError::NotFound);
        let elsewhere = world
            .service
            .invitation_results(&globex.owner, globex.id, handover)
            .await;
        assert_eq!(elsewhere.refusal(), ApiError::NotFound);

        // Whoever may not invite any more reads nothing either.
        acme.makes(&admin, BuiltInRole::Viewer).await;
        assert!(is_forbidden(&reads(&admin, handover).await.refusal()));
        acme.makes(&admin, BuiltInRole::Admin).await;
        world.clock.advance(599);
        reads(&admin, handover).await.unwrap();
        world.clock.advance(1);
        assert_eq!(reads(&admin, handover).await.refusal(), ApiError::NotFound);
        // The next one sweeps the old one out.
        let form = InviteForm::one("cy@acme.example", "viewer");
        invites(&acme, &admin, &form).await.unwrap();
        assert_eq!(world.count("handover").await, 1);
    });
}

#[test]
fn links_are_in_no_list_no_log_and_no_clear_text() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let form = InviteForm {
            emails: "ana@acme.example, bo@acme.example".to_owned(),
            ..InviteForm::one("", "viewer")
        };
        let invited = invites(&acme, &acme.owner, &form).await.unwrap();
        let again = world
            .service
            .resend_invitation(&acme.owner, acme.id, invited.id())
            .await
            .unwrap();
        let tokens: Vec<_> = invited
            .results
            .iter()
            .chain(&again.results)
            .map(|one| token_of(one.link.as_ref().unwrap()))
            .collect();
        assert_eq!(tokens.len(), 3);
        let list = format!(
            "{:?}",
            world
                .service
                .invitations(&acme.owner, acme.id)
                .await
                .unwrap()
        );
        let log = format!("{:?}", acme.log().await);
        for token in &tokens {
            assert!(!list.contains(token.as_str()) && !log.contains(token.as_str()));
            assert_eq!(world.places_of(token.as_bytes()).await, [""; 0]);
        }
    });
}

#[test]
fn with_a_mail_server_nobody_is_handed_a_link() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let with_mail = world
            .reopened_with(Options {
                transport: Transport::smtp("smtp://localhost:2525", "gatehouse@example.com")
                    .unwrap(),
                ..world.options()
            })
            .await;
        let form = InviteForm {
            emails: "ana@acme.example, bo@acme.example, nonsense".to_owned(),
            ..InviteForm::one("", "viewer")
        };
        let invited = with_mail.invite(&acme.owner, acme.id, &form).await.unwrap();
        assert!(invited.results.iter().all(|one| one.link.is_none()));
        // What became of each of several addresses is still there to be read.
        let read = with_mail
            .invitation_results(&acme.owner, acme.id, invited.handover.unwrap())
            .await
            .unwrap();
        assert_eq!(read.len(), 3);
        assert!(read.iter().all(|one| one.link.is_none()));
        let one = with_mail
            .invite(
                &acme.owner,
                acme.id,
                &InviteForm::one("cy@acme.example", "viewer"),
            )
            .await
            .unwrap();
        assert!(one.handover.is_none() && one.link().is_none());
    });
}

// The role is checked twice

/// An admin who has invited Ana to a custom role.
async fn offered<'w>(acme: &Organization<'w>, role: RoleId) -> (Caller, String) {
    let admin = acme.member(BuiltInRole::Admin).await;
    let token = acme
        .invites_as(&admin, "ana@acme.example", &role.to_string())
        .await;
    (admin, token)
}

#[test]
fn a_link_is_void_while_its_inviter_may_not_give_its_role() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await;
        let (admin, token) = offered(&acme, role).await;
        for demoted in [
            BuiltInRole::DevOps,
            BuiltInRole::Billing,
            BuiltInRole::Viewer,
        ] {
            acme.makes(&admin, demoted).await;
            assert!(!works(world, &token).await, "{demoted}");
            assert_eq!(comes_in(world, &token).await.refusal(), ApiError::LinkVoid);
        }
        // A custom role never manages members, however much it gives.
        let project = acme.project("Shop").await;
        let full = acme
            .role("Everything", Levels::new().project(project, "FULL"))
            .await;
        acme.gives(&admin, &full.to_string()).await;
        assert!(!works(world, &token).await);
        world
            .sql(&format!(
                "update person set disabled_at = 1 where id = '{}'",
                person(&admin).id
            ))
            .await;
        assert!(!works(world, &token).await);
        world
            .sql(&format!(
                "update person set disabled_at = null where id = '{}'",
                person(&admin).id
            ))
            .await;
        acme.makes(&admin, BuiltInRole::Admin).await;
        assert!(works(world, &token).await);
        comes_in(world, &token).await.unwrap();
    });
}

#[test]
fn a_link_gives_what_its_role_has_grown_to_within_its_inviters_rights() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let project = acme.project("Shop").await;
        let role = acme.blank_role("Payments").await;
        let (_, token) = offered(&acme, role).await;
        // Everything a custom role can give is within an Admin's rights, so the link goes on working.
        acme.sets_levels(role, Levels::new().project(project, "FULL"))
            .await;
        assert!(works(world, &token).await);
        let ana = acme.accepts(&token, "Ana").await;
        assert!(
            world
                .service
                .edit_project(&ana, acme.id, project, "Store", "", 1)
                .await
                .is_ok()
        );
        // Beyond it is only ownership, which the store refuses to be offered at all.
        let other = acme.invites("bo@acme.example", BuiltInRole::Viewer).await;
        let forged = world
            .try_sql(
                "update invitation set role = 'owner', role_id = null where accepted_at is null",
            )
            .await;
        assert!(forged.is_err());
        assert!(works(world, &other).await);
    });
}

#[test]
fn a_link_to_a_deleted_role_gives_the_one_that_replaced_it() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await;
        let next = acme.blank_role("Next").await;
        let (_, token) = offered(&acme, role).await;
        world
            .service
            .delete_role(
                &acme.owner,
                acme.id,
                role,
                Some(&next.to_string()),
                None,
                None,
            )
            .await
            .unwrap();
        world
            .service
            .delete_role(&acme.owner, acme.id, next, Some("devops"), None, None)
            .await
            .unwrap();
        assert_eq!(
            world
                .service
                .invitation_offer(&world.visitor(), &token)
                .await
                .unwrap()
                .role_name,
            "DevOps"
        );
        let ana = acme.accepts(&token, "Ana").await;
        assert_eq!(acme.stored_role(&ana).await, "devops");
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn nobody_without_the_right_does_anything_with_invitations() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let sent = invites(
            &acme,
            &acme.owner,
            &InviteForm::one("ana@acme.example", "viewer"),
        )
        .await
        .unwrap();
        let (id, handover) = (sent.id(), sent.handover.unwrap());
        let role = acme.blank_role("Payments").await;
        let mut members = vec![acme.joins_as("custom@acme.example", role).await];
        for built_in in [
            BuiltInRole::DevOps,
            BuiltInRole::Billing,
            BuiltInRole::Viewer,
        ] {
            members.push(acme.member(built_in).await);
        }
        let before = world.snapshot().await;
        let everything = async |by: &Caller, organization| {
            let service = &world.service;
            [
                service
                    .invitations(by, organization)
                    .await
                    .map(drop)
                    .refusal(),
                service
                    .invite(
                        by,
                        organization,
                        &InviteForm::one("x@acme.example", "viewer"),
                    )
                    .await
                    .map(drop)
                    .refusal(),
                service
                    .resend_invitation(by, organization, id)
                    .await
                    .map(drop)
                    .refusal(),
                service
                    .extend_invitation(by, organization, id, "30")
                    .await
                    .refusal(),
                service
                    .change_invited_role(by, organization, id, "admin")
                    .await
                    .refusal(),
                service
                    .revoke_invitation(by, organization, id)
                    .await
                    .refusal(),
                service
                    .invitation_results(by, organization, handover)
                    .await
                    .map(drop)
                    .refusal(),
            ]
        };
        for by in &members {
            for refusal in everything(by, acme.id).await {
                assert!(is_forbidden(&refusal), "{}: {refusal:?}", by.name());
            }
        }
        for by in [&globex.owner, &world.visitor()] {
            for refusal in everything(by, acme.id).await {
                assert_eq!(refusal, ApiError::NotFound, "{}", by.name());
            }
        }
        // Somebody else's invitation in one's own organization.
        let service = &world.service;
        for refusal in [
            service
                .resend_invitation(&globex.owner, globex.id, id)
                .await
                .map(drop)
                .refusal(),
            service
                .extend_invitation(&globex.owner, globex.id, id, "30")
                .await
                .refusal(),
            service
                .change_invited_role(&globex.owner, globex.id, id, "admin")
                .await
                .refusal(),
            service
                .revoke_invitation(&globex.owner, globex.id, id)
                .await
                .refusal(),
        ] {
            assert_eq!(refusal, ApiError::NotFound);
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}
