//! Mail on its way out: in the transaction that causes it, tried again with patience, erased once it is out.

use std::fs;

use domain::{ApiError, BuiltInRole};
use service::{Options, mail::Transport};

use crate::common::{Refused, World, on_every_engine};

const ANA: &str = "ana@acme.example";

/// A configuration whose mails go into a folder that does not exist yet.
fn broken(world: &World) -> Options {
    let folder = world.directory().join("missing");
    Options {
        transport: Transport::folder(folder, "gatehouse@example.com").unwrap(),
        ..world.options()
    }
}

#[test]
fn a_mail_is_delivered_once_and_then_erased() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        assert_eq!(world.count("outbox where mail is not null").await, 1);
        assert_eq!(world.service.deliver_due_mail().await.unwrap(), 1);
        assert_eq!(world.service.deliver_due_mail().await.unwrap(), 0);
        assert_eq!(world.delivered_mails().await.len(), 1);
        assert_eq!(
            world
                .count("outbox where mail is null and sent_at is not null")
                .await,
            1
        );
    });
}

#[test]
fn a_refused_invitation_sends_no_mail() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let before = world.delivered_mails().await.len();
        world
            .service
            .invite(
                &viewer,
                acme.id,
                &service::ops::InviteForm::one(ANA, "viewer"),
            )
            .await
            .refusal();
        assert_eq!(world.delivered_mails().await.len(), before);
    });
}

#[test]
fn waiting_mail_survives_a_restart() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        world.service.close().await;
        let again = world.reopened().await;
        assert_eq!(again.deliver_due_mail().await.unwrap(), 1);
    });
}

#[test]
fn a_mail_that_cannot_leave_is_tried_again_with_growing_pauses_and_then_given_up() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let service = world.reopened_with(broken(world)).await;
        service
            .invite(
                &acme.owner,
                acme.id,
                &service::ops::InviteForm::one(ANA, "viewer"),
            )
            .await
            .unwrap();
        let attempts = async || world.number("select attempts from outbox").await;
        let mut last = 0;
        for attempt in 1..=8 {
            assert_eq!(service.deliver_due_mail().await.unwrap(), 0);
            assert_eq!(attempts().await, attempt);
            if attempt == 8 {
                break;
            }
            let pause = (world.number("select due_at from outbox").await - service.now().micros())
                / 1_000_000;
            assert!(pause > last || attempt == 7, "{pause} s after {last} s");
            world.clock.advance(pause - 1);
            service.deliver_due_mail().await.unwrap();
            assert_eq!(attempts().await, attempt, "it is not tried early");
            world.clock.advance(1);
            last = pause;
        }
        assert_eq!(
            world
                .count("outbox where mail is null and failed_at is not null")
                .await,
            1
        );
        world.clock.advance(365 * 86_400);
        service.deliver_due_mail().await.unwrap();
        assert_eq!(attempts().await, 8);
    });
}

#[test]
fn a_mail_leaves_as_soon_as_the_way_is_free_again() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let service = world.reopened_with(broken(world)).await;
        service
            .invite(
                &acme.owner,
                acme.id,
                &service::ops::InviteForm::one(ANA, "viewer"),
            )
            .await
            .unwrap();
        assert_eq!(service.deliver_due_mail().await.unwrap(), 0);
        assert_eq!(
            world.value("select last_error from outbox").await,
            "unreachable"
        );
        fs::create_dir(world.directory().join("missing")).unwrap();
        world.clock.advance(60);
        assert_eq!(service.deliver_due_mail().await.unwrap(), 1);
    });
}

#[test]
fn one_damaged_mail_does_not_hold_up_the_others() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        world.clock.advance(1);
        acme.invites("bo@acme.example", BuiltInRole::Viewer).await;
        let first = world.value("select min(id) from outbox").await;
        world
            .set_bytes("outbox", "mail", &format!("id = '{first}'"), "0101")
            .await;
        let mails = world.delivered_mails().await;
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains("To: bo@acme.example"));
        assert_eq!(world.count("outbox where failed_at is not null").await, 1);
    });
}

#[test]
fn a_mail_moved_to_another_row_is_not_sent() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        world
            .sql("update outbox set id = '01890a5d-ac96-774b-bcce-b302099a8057'")
            .await;
        assert_eq!(world.delivered_mails().await.len(), 0);
    });
}

#[test]
fn a_full_outbox_refuses_and_changes_nothing() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        world
            .sql(
                "insert into outbox (id, kind, created_at, due_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) \
                 select 'filler' || i, 'filler', 1, 1 from n",
            )
            .await;
        let before = world.snapshot().await;
        let refusal = world
            .service
            .invite(
                &acme.owner,
                acme.id,
                &service::ops::InviteForm::one(ANA, "viewer"),
            )
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        world.sql("delete from outbox where id = 'filler1'").await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
    });
}

#[test]
fn names_cannot_write_headers_or_markup() {
    on_every_engine(async |world| {
        let acme = world
            .organization("<b>Acme</b>\" Bcc: eve@evil.example")
            .await;
        acme.invites(ANA, BuiltInRole::Viewer).await;
        let mails = world.delivered_mails().await;
        assert!(!mails[0].contains("\nBcc:"));
        let (_, markup) = mails[0].split_once("<!doctype html>").unwrap();
        assert!(
            markup.contains("&lt;b&gt;Acme&lt;/b&gt;&quot;") && !markup.contains("<b>"),
            "{markup}"
        );
    });
}

#[test]
fn every_address_that_can_be_invited_gets_its_mail() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let addresses = [
            "o'hara+ops@acme.example",
            "ana@bücher.example",
            "jörg@acme.example",
            "a.b_c-d@localhost",
            "x!#$%&*=?^`{|}~/@acme.example",
        ];
        for address in addresses {
            acme.invites(address, BuiltInRole::Viewer).await;
            world.clock.advance(1);
        }
        let mails = world.delivered_mails().await;
        assert_eq!(mails.len(), addresses.len(), "{mails:#?}");
    });
}
