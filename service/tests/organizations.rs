//! Organizations: their general settings, and making further ones.

use domain::{ApiError, BuiltInRole, LevelRef};
use service::ops::GeneralSettings;

use crate::common::{Refused, assert_fields, on_every_engine};

fn settings(name: &str, version: u64) -> GeneralSettings {
    GeneralSettings {
        name: name.to_owned(),
        description: String::new(),
        website: String::new(),
        contact_emails: String::new(),
        version,
    }
}

#[test]
fn general_settings_are_saved_and_read_back() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let form = GeneralSettings {
            name: " Acme GmbH ".to_owned(),
            description: "Sells\r\nthings. ".to_owned(),
            website: "https://acme.example".to_owned(),
            contact_emails: "ops@acme.example, Security@acme.example;ops@acme.example\n".to_owned(),
            version: 1,
        };
        world
            .service
            .edit_organization(&acme.owner, acme.id, &form)
            .await
            .unwrap();
        let view = world
            .service
            .organization(&acme.owner, acme.id)
            .await
            .unwrap();
        assert_eq!(
            (view.name.as_str(), view.description.as_str()),
            ("Acme GmbH", "Sells\nthings.")
        );
        assert_eq!(
            view.contact_emails,
            ["ops@acme.example", "Security@acme.example"]
        );
        assert_eq!(
            (view.website.as_str(), view.owner.as_str()),
            ("https://acme.example", "Olivia of Acme")
        );
        assert_eq!(
            (view.plan.as_str(), view.retention_days, view.version),
            ("Enterprise", 365, 2)
        );
    });
}

#[test]
fn settings_with_nonsense_name_every_field() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let before = world.snapshot().await;
        let form = GeneralSettings {
            name: "\u{202e}".to_owned(),
            description: "x".repeat(501),
            website: "javascript:alert(1)".to_owned(),
            contact_emails: "ops@acme.example nobody".to_owned(),
            version: 1,
        };
        let refusal = world
            .service
            .edit_organization(&acme.owner, acme.id, &form)
            .await
            .refusal();
        assert_fields(
            &refusal,
            &["name", "description", "website", "contact_emails"],
        );
        let many: Vec<_> = (0..11).map(|n| format!("p{n}@acme.example")).collect();
        let form = GeneralSettings {
            contact_emails: many.join(" "),
            ..settings("Acme", 1)
        };
        let refusal = world
            .service
            .edit_organization(&acme.owner, acme.id, &form)
            .await
            .refusal();
        assert_fields(&refusal, &["contact_emails"]);
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn whoever_saves_settings_second_is_told() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        world
            .service
            .edit_organization(&acme.owner, acme.id, &settings("Acme One", 1))
            .await
            .unwrap();
        let before = world.snapshot().await;
        let refusal = world
            .service
            .edit_organization(&acme.owner, acme.id, &settings("Acme Two", 1))
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn two_organizations_never_have_one_name() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let before = world.snapshot().await;
        let refusal = world
            .service
            .edit_organization(&globex.owner, globex.id, &settings("ACME", 1))
            .await
            .refusal();
        assert_fields(&refusal, &["name"]);
        for name in ["acme", "", "a\u{200b}b"] {
            let refusal = world
                .service
                .create_organization(&acme.owner, name)
                .await
                .refusal();
            assert_fields(&refusal, &["organization"]);
        }
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn names_that_differ_only_in_signs_get_addresses_of_their_own() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let slug = world
            .service
            .create_organization(&acme.owner, "Acme!")
            .await
            .unwrap();
        assert!(
            slug.starts_with("acme-") && slug.len() == "acme-".len() + 6,
            "{slug}"
        );
    });
}

#[test]
fn anybody_signed_in_makes_an_organization_of_their_own() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let slug = world
            .service
            .create_organization(&viewer, "Initech")
            .await
            .unwrap();
        let organizations = world.service.organizations(&viewer).await.unwrap();
        let roles: Vec<_> = organizations
            .iter()
            .map(|one| (one.slug.as_str(), one.role.as_str()))
            .collect();
        assert_eq!(roles, [("acme", "Viewer"), (slug.as_str(), "Owner")]);
        // With a key and a log of its own.
        let id = organizations[1].id;
        world
            .service
            .create_project(&viewer, id, "Shop", "")
            .await
            .unwrap();
        let project = world.service.projects(&viewer, id).await.unwrap()[0].id;
        let form = crate::common::variable(LevelRef::Project(project), "A", "1");
        world.service.add_variable(&viewer, id, form).await.unwrap();
        assert_eq!(
            world
                .service
                .events(&viewer, id, &Default::default())
                .await
                .unwrap()
                .events
                .len(),
            3
        );
        assert_eq!(
            world.service.organization(&acme.owner, id).await.refusal(),
            ApiError::NotFound
        );

        let visitor = world.visitor();
        assert_eq!(
            world
                .service
                .create_organization(&visitor, "Nobody's")
                .await
                .refusal(),
            ApiError::Unauthenticated
        );
        assert_eq!(
            world.service.organizations(&visitor).await.refusal(),
            ApiError::Unauthenticated
        );
    });
}
