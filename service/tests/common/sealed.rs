//! Sealed values of every kind, and their keys.

use domain::{BuiltInRole, LevelRef, VariableId};
use service::{
    Service,
    ops::{EventQuery, InviteForm, Invited, KeyStatus, VariableEdit},
};

use super::{Engine, Organization, World, hex, password, person};

const ANA: &str = "ana@acme.example";

/// Everything an organization keeps sealed: values of each kind, former ones, a hint, the password of a database, links for
/// their creator.
pub struct Sealed<'w> {
    /// The organization, with a shop.
    pub acme: Organization<'w>,
    /// A service of it, which has the variables.
    pub api: LevelRef,
    /// A plain variable, changed once.
    pub plain: VariableId,
    secret: VariableId,
    file: VariableId,
    invited: Invited,
}

impl<'w> Sealed<'w> {
    /// How many values these are: three and a hint, their four former ones, a password, one list of links.
    pub const VALUES: u64 = 3 + 1 + 4 + 1 + 1;

    /// Makes all of it.
    pub async fn new(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        let plain = acme.plain(api, "PLAIN", "first").await;
        acme.sets(plain, "second").await;
        let secret = acme.secret(api, "TOKEN", "sixteen letters or more").await;
        let file = acme.file(api, "FILE", "/etc/app.conf", "port = 1").await;
        let form = InviteForm::one(ANA, BuiltInRole::Viewer.code());
        let invited = world.service.invite(&acme.owner, acme.id, &form);
        let invited = invited.await.unwrap();
        Self {
            api,
            plain,
            secret,
            file,
            invited,
            acme,
        }
    }

    /// All of it can be read, as it was.
    pub async fn is_readable_by(&self, service: &Service) {
        let (owner, id) = (&self.acme.owner, self.acme.id);
        let list = service.variables(owner, id, self.api).await.unwrap();
        let secret = list.variables.iter().find(|one| one.id == self.secret);
        assert!(secret.unwrap().hint.is_some());
        assert!(list.variables.iter().all(|one| !one.damaged));
        for (variable, value) in [(self.plain, "second"), (self.file, "port = 1")] {
            let view = service.variable(owner, id, variable).await.unwrap();
            assert_eq!(view.value.as_deref(), Some(value));
        }
        let query = EventQuery::default();
        for event in service.events(owner, id, &query).await.unwrap().events {
            service.event(owner, id, event.sequence).await.unwrap();
        }
        let links = service.invitation_results(owner, id, self.invited.handover.unwrap());
        assert_eq!(links.await.unwrap(), self.invited.results);
        let email = &person(owner).email;
        let visitor = self.acme.world.visitor();
        service.sign_in(&visitor, email, password()).await.unwrap();
    }

    /// A secret is read by nobody; saving another description opens it and seals it again.
    pub async fn secret_opens(&self) {
        let form = VariableEdit {
            description: "Checked".to_owned(),
            ..self.acme.form(self.secret).await
        };
        let edit = self
            .acme
            .world
            .service
            .edit_variable(&self.acme.owner, self.acme.id, form);
        edit.await.unwrap();
    }
}

/// Runs a whole pass: values moved, values that do not open, versions destroyed.
pub async fn reencrypts(service: &Service) -> (u64, u64, u64) {
    let mut pass = service.reencryption().await.unwrap();
    while service.reencrypt_some(&mut pass).await.unwrap() {}
    (pass.moved(), pass.unreadable(), pass.destroyed())
}

/// Gives an organization a new key. Its version.
pub async fn rotates(acme: &Organization<'_>) -> u32 {
    let service = &acme.world.service;
    let operator = acme.world.operator();
    let version = service.rotate_organization_key(&operator, acme.id).await;
    version.unwrap()
}

/// The versions of an owner's key, the active one with a star.
pub async fn key_versions(world: &World, owner: &str) -> String {
    let rows = world
        .rows(&format!(
            "select version, active from layer_key where owner = '{owner}' order by version"
        ))
        .await;
    let words: Vec<_> = rows
        .iter()
        .map(|row| format!("{}{}", row[0], if row[1] == "1" { "*" } else { "" }))
        .collect();
    words.join(" ")
}

/// How many values of a column are under a key version.
pub async fn under(world: &World, table: &str, column: &str, version: u32) -> i64 {
    let bytes = hex(&version.to_be_bytes());
    let literal = match world.engine {
        Engine::Sqlite => format!("x'{bytes}'"),
        Engine::Postgres => format!("'\\x{bytes}'"),
    };
    world
        .count(&format!(
            "{table} where {column} is not null and substr({column}, 3, 4) = {literal}"
        ))
        .await
}

/// What the operator is told of the keys of an owner.
pub async fn key_status(world: &World, owner: &str) -> KeyStatus {
    let report = world.service.key_report(&world.operator()).await.unwrap();
    assert_eq!(report.under_other_root, 0);
    let found = report.owners.into_iter().find(|key| key.owner == owner);
    found.unwrap()
}
