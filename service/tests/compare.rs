//! Environments side by side, and which of their secrets are equal.

use domain::{
    ApiError, BuiltInRole, EnvironmentId, EnvironmentType, HandoverId, LevelRef, OrganizationId,
};
use service::{
    Caller,
    ops::{Comparison, InviteForm, NewAlias, NewVariable, Sameness, SecretLetters, Standing},
};

use crate::common::{
    Levels, Organization, Refused, Shop, World, file, is_forbidden, on_every_engine, variable,
};

pub const TOKEN: &str = "a token nobody is shown";
const OTHER_TOKEN: &str = "another token, as hidden";

/// A project with two environments, `Production` and `Staging`.
pub struct Two<'w> {
    pub acme: Organization<'w>,
    pub shop: Shop,
    pub staging_id: EnvironmentId,
}

impl<'w> Two<'w> {
    pub async fn of(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let staging_id = acme
            .environment(shop.project, shop.cluster, "Staging", "STAGING")
            .await;
        Self {
            acme,
            shop,
            staging_id,
        }
    }

    pub fn project(&self) -> LevelRef {
        LevelRef::Project(self.shop.project)
    }
    pub fn production(&self) -> LevelRef {
        LevelRef::Environment(self.shop.environment)
    }
    pub fn staging(&self) -> LevelRef {
        LevelRef::Environment(self.staging_id)
    }
    fn ids(&self) -> [EnvironmentId; 2] {
        [self.shop.environment, self.staging_id]
    }

    async fn compares(
        &self,
        by: &Caller,
        slugs: &[&str],
        told: Option<HandoverId>,
    ) -> service::Result<Comparison> {
        let slugs: Vec<_> = slugs.iter().map(|slug| (*slug).to_owned()).collect();
        let (id, project) = (self.acme.id, self.shop.project);
        let service = &self.acme.world.service;
        service
            .compare_environments(by, id, project, &slugs, told)
            .await
    }

    /// What somebody sees of production and staging, a line for each key.
    pub async fn table(&self, by: &Caller, told: Option<HandoverId>) -> Vec<String> {
        let found = self.compares(by, &["production", "staging"], told).await;
        lines(&found.unwrap())
    }

    /// Asks which secrets are equal.
    pub async fn asks(&self, by: &Caller) -> service::Result<HandoverId> {
        let service = &self.acme.world.service;
        service.compare_secrets(by, self.acme.id, &self.ids()).await
    }

    /// Whether somebody is told.
    async fn secrets(&self, by: &Caller, told: Option<HandoverId>) -> SecretLetters {
        let found = self.compares(by, &["production", "staging"], told).await;
        found.unwrap().secrets
    }

    /// Somebody whose role has these levels on the types of the two environments.
    pub async fn with_levels(&self, name: &str, production: &str, staging: &str) -> Caller {
        let levels = Levels::new()
            .on(self.shop.project, EnvironmentType::Production, production)
            .on(self.shop.project, EnvironmentType::Staging, staging);
        let role = self.acme.role(name, levels).await;
        self.acme
            .joins_as(&format!("{name}@acme.example"), role)
            .await
    }
}

fn lines(found: &Comparison) -> Vec<String> {
    found
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row
                .cells
                .iter()
                .map(|cell| match cell {
                    None => "missing".to_owned(),
                    Some(cell) => {
                        let standing = match cell.standing {
                            Standing::Here => "here",
                            Standing::Override => "override",
                            Standing::Inherited => "inherited",
                        };
                        let letter = cell.letter.map_or('-', |letter| letter);
                        format!("{standing} {letter}")
                    }
                })
                .collect();
            let sameness = match row.sameness {
                Sameness::Same => "same",
                Sameness::Different => "different",
                Sameness::Untold => "untold",
            };
            format!("{}: {}: {sameness}", row.key, cells.join(" | "))
        })
        .collect()
}

/// Another key for what is defined at a level.
pub async fn aliases(acme: &Organization<'_>, level: LevelRef, key: &str, target: &str) {
    let form = NewAlias {
        from: level,
        scope: level.scope().code().to_owned(),
        key: key.to_owned(),
        target: target.to_owned(),
        description: String::new(),
    };
    let service = &acme.world.service;
    service.add_alias(&acme.owner, acme.id, form).await.unwrap();
}

// Side by side

#[test]
fn each_environment_says_what_it_has_from_where_and_whether_it_is_equal() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.project(), "REGION", "eu-west-3").await;
        acme.plain(two.project(), "LEVEL", "info").await;
        acme.overrides(two.production(), "LEVEL", "warn").await;
        for level in [two.production(), two.staging()] {
            acme.plain(level, "PORT", "8080").await;
            acme.file(level, "CONFIG", "/etc/c", "same: content").await;
        }
        acme.plain(two.production(), "HOST", "shop.example").await;
        acme.plain(two.staging(), "HOST", "staging.example").await;
        acme.plain(two.staging(), "DEBUG", "yes").await;
        acme.plain(LevelRef::Service(two.shop.api), "OWN", "1")
            .await;
        assert_eq!(
            two.table(&acme.owner, None).await,
            [
                "CONFIG: here A | here A: same",
                "DEBUG: missing | here -: different",
                "HOST: here A | here B: different",
                "LEVEL: override A | inherited B: different",
                "PORT: here A | here A: same",
                "REGION: inherited A | inherited A: same",
            ]
        );
        let found = two
            .compares(&acme.owner, &["staging", "production"], None)
            .await
            .unwrap();
        assert_eq!(found.secrets, SecretLetters::Nothing);
        let host = found.rows.iter().find(|row| row.key == "HOST").unwrap();
        let values = host.cells.iter().flatten();
        let values: Vec<_> = values
            .map(|cell| cell.variable.value.as_deref().unwrap())
            .collect();
        assert_eq!(values, ["staging.example", "shop.example"]);
    });
}

#[test]
fn without_a_choice_the_first_of_each_type_stand_side_by_side() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let (acme, shop) = (&two.acme, &two.shop);
        let names = async |asked: &[&str]| {
            let found = two.compares(&acme.owner, asked, None).await.unwrap();
            let names = found.environments.into_iter().map(|one| one.name);
            names.collect::<Vec<_>>().join(", ")
        };
        for (name, kind) in [
            ("Asia", "PRODUCTION"),
            ("Work", "DEVELOPMENT"),
            ("Third", "STAGING"),
        ] {
            acme.environment(shop.project, shop.cluster, name, kind)
                .await;
        }
        assert_eq!(names(&[]).await, "Asia, Staging, Work");
        assert_eq!(names(&["third"]).await, "Third, Asia, Work");
        assert_eq!(
            names(&["staging", "production", "staging"]).await,
            "Staging, Production"
        );
        for name in ["One", "Two"] {
            acme.environment(shop.project, shop.cluster, name, "PREVIEW")
                .await;
        }
        let all = [
            "production",
            "asia",
            "staging",
            "third",
            "work",
            "one",
            "two",
        ];
        let refusal = two.compares(&acme.owner, &all, None).await.refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        two.compares(&acme.owner, &all[..6], None).await.unwrap();
    });
}

#[test]
fn what_is_not_in_sight_is_neither_offered_nor_there() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.plain(two.production(), "HOST", "shop.example").await;
        let sam = two.with_levels("sam", "NO_ACCESS", "VIEWER").await;
        let found = two.compares(&sam, &[], None).await.unwrap();
        assert_eq!((found.environments.len(), found.offered.len()), (1, 1));
        assert!(found.rows.is_empty());
        for slug in ["production", "nowhere"] {
            let refusal = two.compares(&sam, &[slug, "staging"], None).await.refusal();
            assert_eq!(refusal, ApiError::NotFound, "{slug}");
        }
        assert_eq!(two.asks(&sam).await.refusal(), ApiError::NotFound);

        let umbra = world.organization("Umbra").await;
        let lab = umbra.shop().await;
        let other = world
            .service
            .compare_environments(&umbra.owner, umbra.id, two.shop.project, &[], None)
            .await
            .refusal();
        assert_eq!(other, ApiError::NotFound);
        let asks = async |by: &Caller, organization: OrganizationId, ids: &[EnvironmentId]| {
            let asked = world.service.compare_secrets(by, organization, ids).await;
            asked.refusal()
        };
        let mixed = [two.shop.environment, lab.environment];
        assert_eq!(asks(&acme.owner, acme.id, &mixed).await, ApiError::NotFound);
        assert_eq!(
            asks(&umbra.owner, umbra.id, &two.ids()).await,
            ApiError::NotFound
        );
        assert_eq!(
            asks(&umbra.owner, acme.id, &two.ids()).await,
            ApiError::NotFound
        );
        let same = [two.staging_id, two.staging_id];
        let refusal = asks(&acme.owner, acme.id, &same).await;
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
    });
}

#[test]
fn a_variable_at_a_service_is_none_of_this() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let api = LevelRef::Service(two.shop.api);
        acme.adds(variable(api, "OWN", "1")).await;
        assert_eq!(two.table(&acme.owner, None).await, [""; 0]);
    });
}

// Secrets

#[test]
fn which_secrets_are_equal_is_told_when_it_is_asked_for_and_written_into_the_log() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        for level in [two.production(), two.staging()] {
            acme.secret(level, "SAME", TOKEN).await;
        }
        acme.secret(two.production(), "TOKEN", TOKEN).await;
        acme.secret(two.staging(), "TOKEN", OTHER_TOKEN).await;
        let untold = [
            "SAME: here - | here -: untold",
            "TOKEN: here - | here -: untold",
        ];
        let ana = acme.member(BuiltInRole::DevOps).await;
        assert_eq!(two.table(&ana, None).await, untold);
        assert_eq!(
            two.secrets(&ana, None).await,
            SecretLetters::Unasked { over: false }
        );
        let before = acme.event_count().await;
        let told = two.asks(&ana).await.unwrap();
        assert_eq!(
            acme.events_since(before).await,
            [
                "FETCH Secret Comparison of Production, Staging {\"environments\":[null,\"Production, Staging\"],\"secrets_compared\":[null,2]}"
            ]
        );
        assert_eq!(
            two.table(&ana, Some(told)).await,
            [
                "SAME: here A | here A: same",
                "TOKEN: here A | here B: different",
            ]
        );
        assert_eq!(two.secrets(&ana, Some(told)).await, SecretLetters::Told);
        // For nobody else, and for no other environments.
        assert_eq!(two.table(&acme.owner, Some(told)).await, untold);
        let turned = two
            .compares(&ana, &["staging", "production"], Some(told))
            .await
            .unwrap();
        assert_eq!(turned.secrets, SecretLetters::Unasked { over: true });
        // Reading it is no event; hints and values are nowhere in it.
        assert_eq!(acme.event_count().await, before + 1);
        let found = two
            .compares(&ana, &["production", "staging"], Some(told))
            .await
            .unwrap();
        let text = format!("{found:?}");
        assert!(!text.contains("token") && !text.contains("Hint"), "{text}");
    });
}

#[test]
fn what_was_told_ends_with_the_first_change_with_time_and_with_the_right() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.secret(two.production(), "TOKEN", TOKEN).await;
        let guess = acme.secret(two.staging(), "TOKEN", OTHER_TOKEN).await;
        let ana = acme.member(BuiltInRole::DevOps).await;
        let over = SecretLetters::Unasked { over: true };
        let told = two.asks(&ana).await.unwrap();
        // Whoever guesses asks again for each guess.
        acme.sets(guess, TOKEN).await;
        assert_eq!(two.secrets(&ana, Some(told)).await, over);
        assert_eq!(
            two.table(&ana, Some(told)).await,
            ["TOKEN: here - | here -: untold"]
        );

        let told = two.asks(&ana).await.unwrap();
        world.clock.advance(599);
        assert_eq!(
            two.table(&ana, Some(told)).await,
            ["TOKEN: here A | here A: same"]
        );
        world.clock.advance(1);
        assert_eq!(two.secrets(&ana, Some(told)).await, over);

        let told = two.asks(&ana).await.unwrap();
        acme.makes(&ana, BuiltInRole::Viewer).await;
        assert!(matches!(
            two.secrets(&ana, Some(told)).await,
            SecretLetters::Refused(_)
        ));
        assert_eq!(
            two.table(&ana, Some(told)).await,
            ["TOKEN: here - | here -: untold"]
        );
    });
}

#[test]
fn something_else_kept_for_a_person_permits_nothing() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.secret(two.production(), "TOKEN", TOKEN).await;
        acme.secret(two.staging(), "TOKEN", TOKEN).await;
        let links = world
            .service
            .invite(
                &acme.owner,
                acme.id,
                &InviteForm::one("new@acme.example", "viewer"),
            )
            .await
            .unwrap()
            .handover
            .unwrap();
        let over = SecretLetters::Unasked { over: true };
        assert_eq!(two.secrets(&acme.owner, Some(links)).await, over);
        let told = two.asks(&acme.owner).await.unwrap();
        let as_links = world
            .service
            .invitation_results(&acme.owner, acme.id, told)
            .await;
        assert_eq!(as_links.refusal(), ApiError::NotFound);
    });
}

#[test]
fn short_secrets_files_mentions_aliases_and_plain_values_beside_secrets_are_never_compared() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let fifteen = "x".repeat(15);
        for level in [two.production(), two.staging()] {
            acme.secret(level, "SHORT", &fifteen).await;
            acme.secret(level, "LONG", &"y".repeat(16)).await;
            acme.secret(level, "MENTIONS", "app:{{LONG}}@shop.example")
                .await;
            acme.adds(NewVariable {
                secret_file: true,
                ..file(level, "FILE", "/etc/key", "the same long content")
            })
            .await;
            aliases(acme, level, "ALIAS", "LONG").await;
        }
        acme.secret(two.production(), "ONE_SHORT", TOKEN).await;
        acme.secret(two.staging(), "ONE_SHORT", &fifteen).await;
        acme.secret(two.production(), "MIXED", TOKEN).await;
        acme.plain(two.staging(), "MIXED", TOKEN).await;
        let told = two.asks(&acme.owner).await.unwrap();
        assert_eq!(
            two.table(&acme.owner, Some(told)).await,
            [
                "ALIAS: here - | here -: same",
                "FILE: here - | here -: untold",
                "LONG: here A | here A: same",
                "MENTIONS: here - | here -: untold",
                "MIXED: here - | here -: different",
                "ONE_SHORT: here - | here -: untold",
                "SHORT: here - | here -: untold",
            ]
        );
    });
}

#[test]
fn comparing_secrets_takes_the_right_to_change_all_of_them() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        acme.secret(two.project(), "TOKEN", TOKEN).await;
        acme.overrides(two.production(), "TOKEN", TOKEN).await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let half = two.with_levels("half", "VIEWER", "DEPLOYER").await;
        for who in [&viewer, &half] {
            assert!(is_forbidden(&two.asks(who).await.refusal()));
            assert!(matches!(
                two.secrets(who, None).await,
                SecretLetters::Refused(_)
            ));
        }
        // Both environments, but not the project, whose secret staging inherits.
        let both = two.with_levels("both", "DEPLOYER", "DEPLOYER").await;
        assert!(matches!(
            two.secrets(&both, None).await,
            SecretLetters::Refused(_)
        ));
        let told = two.asks(&both).await.unwrap();
        assert_eq!(
            two.table(&both, Some(told)).await,
            ["TOKEN: override - | inherited -: untold"]
        );
        for level in [two.production(), two.staging()] {
            acme.secret(level, "OWN", OTHER_TOKEN).await;
        }
        let told = two.asks(&both).await.unwrap();
        assert_eq!(
            two.table(&both, Some(told)).await,
            [
                "OWN: here A | here A: same",
                "TOKEN: override - | inherited -: untold",
            ]
        );
        let told = two.asks(&acme.owner).await.unwrap();
        assert_eq!(
            two.table(&acme.owner, Some(told)).await,
            [
                "OWN: here A | here A: same",
                "TOKEN: override A | inherited A: same",
            ]
        );
    });
}

#[test]
fn one_person_asks_thirty_times_in_ten_minutes() {
    on_every_engine(async |world| {
        let two = Two::of(world).await;
        let acme = &two.acme;
        let ana = acme.member(BuiltInRole::DevOps).await;
        world.clock.advance(1);
        for _ in 0..30 {
            two.asks(&ana).await.unwrap();
        }
        let before = world.snapshot().await;
        world.clock.advance(100);
        assert_eq!(
            two.asks(&ana).await.refusal(),
            ApiError::Throttled { seconds: 501 }
        );
        assert_eq!(world.snapshot().await, before);
        two.asks(&acme.owner).await.unwrap();
        world.clock.advance(500);
        two.asks(&ana).await.unwrap();
    });
}
