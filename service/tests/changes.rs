//! Several variables at once: from a file, from a text, from ticks. What a review shows is what happens, or nothing does.

use std::collections::BTreeSet;

use domain::{
    ApiError, BuiltInRole, HandoverId, LevelRef, VariableId, VariableKind, view::VariableView,
};
use service::{
    Caller,
    ops::{
        ChangeReview, ChangeWhat, ChangesForm, ChangesMade, ImportForm, Selected, TextForm,
        VariableEdit,
    },
};

use crate::common::{
    Organization, Refused, Shop, assert_fields, is_forbidden, on_every_engine, on_sqlite,
};

/// What one person does with sets of changes at one place.
struct Desk<'a> {
    acme: &'a Organization<'a>,
    by: &'a Caller,
    level: LevelRef,
}

impl Desk<'_> {
    async fn reads(&self, text: &str) -> service::Result<HandoverId> {
        self.reads_as("", text).await
    }
    async fn reads_as(&self, format: &str, text: &str) -> service::Result<HandoverId> {
        let form = ImportForm {
            from: self.level,
            scope: self.level.scope().code().to_owned(),
            format: format.to_owned(),
            text: text.to_owned().into(),
        };
        let service = &self.acme.world.service;
        service.read_import(self.by, self.acme.id, form).await
    }
    async fn ticks(&self, ids: &[VariableId], what: Selected) -> service::Result<HandoverId> {
        let service = &self.acme.world.service;
        service
            .select_variables(self.by, self.acme.id, self.level, ids, what)
            .await
    }
    /// The text as it stands.
    async fn text(&self) -> (String, String) {
        let service = &self.acme.world.service;
        let text = service
            .scope_text(self.by, self.acme.id, self.level)
            .await
            .unwrap();
        (text.text, text.base)
    }
    async fn writes(&self, base: &str, text: &str) -> service::Result<HandoverId> {
        let form = TextForm {
            level: self.level,
            base: base.to_owned(),
            text: text.to_owned().into(),
        };
        let service = &self.acme.world.service;
        service.read_text(self.by, self.acme.id, form).await
    }
    async fn sees(&self, changes: HandoverId) -> service::Result<ChangeReview> {
        let service = &self.acme.world.service;
        service.review_changes(self.by, self.acme.id, changes).await
    }
    async fn saves(&self, form: &ChangesForm) -> service::Result<ChangesMade> {
        let service = &self.acme.world.service;
        service.make_changes(self.by, self.acme.id, form).await
    }
    /// The form of a review as it comes: everything ticked that can be, but repetitions.
    async fn usual(&self, changes: HandoverId) -> ChangesForm {
        let review = self.sees(changes).await.unwrap();
        let ticked =
            |what: &ChangeWhat| what.can_be_done() && !matches!(what, ChangeWhat::Repeated(_));
        ChangesForm {
            changes,
            take: review
                .rows
                .iter()
                .filter(|row| ticked(&row.what))
                .map(|row| row.place)
                .collect(),
            secret: BTreeSet::new(),
            fingerprint: review.fingerprint,
        }
    }
    async fn imports(&self, text: &str) -> service::Result<ChangesMade> {
        let changes = self.reads(text).await?;
        self.saves(&self.usual(changes).await).await
    }
}

fn desk<'a>(acme: &'a Organization<'a>, level: LevelRef) -> Desk<'a> {
    Desk {
        acme,
        by: &acme.owner,
        level,
    }
}

fn api(shop: &Shop) -> LevelRef {
    LevelRef::Service(shop.api)
}

/// What counts under a key at a level.
async fn found(acme: &Organization<'_>, level: LevelRef, key: &str) -> VariableView {
    let list = acme.world.service.variables(&acme.owner, acme.id, level);
    let mut variables = list.await.unwrap().variables.into_iter();
    variables.find(|one| one.key == key).unwrap()
}

fn words(review: &ChangeReview) -> Vec<String> {
    review
        .rows
        .iter()
        .map(|row| format!("{} {}", row.key, row.what.label()))
        .collect()
}

fn reason(review: &ChangeReview, key: &str) -> String {
    let row = review.rows.iter().find(|row| row.key == key).unwrap();
    match &row.what {
        ChangeWhat::Impossible(reason) => reason.clone(),
        other => panic!("{key}: {other:?}"),
    }
}

// Import

#[test]
fn a_file_is_shown_key_by_key_and_then_saved_as_one_change() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        acme.plain(desk.level, "SAME", "1").await;
        let changed = acme.plain(desk.level, "CHANGED", "old").await;
        acme.plain(LevelRef::Project(shop.project), "WIDE", "above")
            .await;
        let file = "# Where we listen\nNEW=8080\nSAME=1\nCHANGED=new\nWIDE=here\n";
        let changes = desk.reads(file).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(
            words(&review),
            ["NEW New", "SAME Same", "CHANGED Changed", "WIDE Override"]
        );
        assert_eq!(review.rows[0].line, 2);
        assert!(review.refused.is_none() && !review.whole);
        assert_eq!(acme.sees(changed).await.value.as_deref(), Some("old"));
        let before = acme.event_count().await;
        let made = desk.saves(&desk.usual(changes).await).await.unwrap();
        assert_eq!((made.added, made.changed, made.removed), (2, 1, 0));
        assert_eq!(acme.sees(changed).await.value.as_deref(), Some("new"));
        let new = found(&acme, desk.level, "NEW").await;
        assert_eq!(new.description, "Where we listen");
        let wide = found(&acme, desk.level, "WIDE").await;
        assert_eq!(wide.kind, VariableKind::Override);
        // The whole, and each of its parts.
        assert_eq!(acme.event_count().await - before, 4);
        assert!(
            acme.log()
                .await
                .iter()
                .any(|event| event.event_type.code() == "IMPORT")
        );
        // Once saved they are forgotten: nothing is done twice.
        assert_eq!(desk.sees(changes).await.refusal(), ApiError::NotFound);
    });
}

#[test]
fn rows_are_chosen_and_made_secrets_one_by_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let changes = desk
            .reads("LEFT=1\nTOKEN=ghp_0123456789abcdefghij\nPORT=80\n")
            .await
            .unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(review.rows[0].choose_secret, Some(None));
        assert!(matches!(review.rows[1].choose_secret, Some(Some(_))));
        let form = ChangesForm {
            take: BTreeSet::from([1, 2]),
            secret: BTreeSet::from([1]),
            ..desk.usual(changes).await
        };
        assert_eq!(desk.saves(&form).await.unwrap().added, 2);
        assert_eq!(acme.list(desk.level).await.len(), 2);
        let token = found(&acme, desk.level, "TOKEN").await;
        assert!(token.secret && token.value.is_none());
        assert!(!found(&acme, desk.level, "PORT").await.secret);
    });
}

#[test]
fn of_a_repeated_key_exactly_one_line_is_saved() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let changes = desk.reads("A=first\nB=1\nA=second\n").await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(words(&review), ["A New", "B New", "A Repeated"]);
        let both = ChangesForm {
            take: BTreeSet::from([0, 2]),
            ..desk.usual(changes).await
        };
        assert_fields(&desk.saves(&both).await.refusal(), &["take"]);
        assert!(acme.list(desk.level).await.is_empty());
        let last = ChangesForm {
            take: BTreeSet::from([2]),
            ..both
        };
        desk.saves(&last).await.unwrap();
        let saved = found(&acme, desk.level, "A").await;
        assert_eq!(saved.value.as_deref(), Some("second"));
    });
}

#[test]
fn what_cannot_be_saved_is_named_with_its_reason_and_never_its_value() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let file = format!(
            "QOVERY_X=geheim\n9LIVES=geheim\nGONE=geheim{{{{NOWHERE}}}}\nLOOP={{{{LOOP}}}}geheim\nBIG={}\n",
            "x".repeat(64 * 1024 + 1)
        );
        let changes = desk.reads(&file).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert!(review.rows.iter().all(|row| !row.what.can_be_done()));
        assert!(reason(&review, "GONE").contains("NOWHERE is not defined"));
        assert!(reason(&review, "BIG").contains("64 KiB"));
        assert!(!format!("{review:?}").contains("geheim"));
        let all = ChangesForm {
            changes,
            fingerprint: review.fingerprint,
            take: (0..5).collect(),
            secret: BTreeSet::new(),
        };
        let refusal = desk.saves(&all).await.refusal();
        assert_fields(&refusal, &["take"; 5]);
        assert!(!refusal.to_string().contains("geheim"));
        assert!(acme.list(desk.level).await.is_empty());
    });
}

#[test]
fn a_line_that_cannot_be_saved_keeps_no_other_from_being_saved() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let made = desk
            .imports("9LIVES=1\nGONE={{NOWHERE}}\nA=1\nA=2\nB=1\n")
            .await;
        assert_eq!(made.unwrap().added, 2);
    });
}

#[test]
fn values_of_one_file_may_mention_each_other() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        desk.imports("URL=https://{{HOST}}\nHOST=shop.example\n")
            .await
            .unwrap();
        let changes = desk.reads("A={{B}}\nB={{A}}\n").await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert!(review.rows.iter().all(|row| !row.what.can_be_done()));
    });
}

#[test]
fn a_file_that_cannot_be_read_is_refused_whole() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let bomb = "a: &a [x]\nb: *a\n";
        let large = format!("A={}\n", "x".repeat(2 * 1024 * 1024));
        let many: String = (0..1_001).map(|n| format!("K{n}=1\n")).collect();
        for (format, text) in [
            ("", ""),
            ("JSON", "{\"A\":"),
            ("YAML", bomb),
            ("", &*large),
            ("", &*many),
        ] {
            assert_fields(&desk.reads_as(format, text).await.refusal(), &["text"]);
        }
        assert_fields(&desk.reads_as("TOML", "A=1").await.refusal(), &["format"]);
        assert!(acme.list(desk.level).await.is_empty());
    });
}

#[test]
fn a_scope_has_room_for_a_thousand_variables_however_they_come() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let full: String = (0..1_000).map(|n| format!("K{n}=1\n")).collect();
        assert_eq!(desk.imports(&full).await.unwrap().added, 1_000);
        let changes = desk.reads("ONE_MORE=1\nK1=2\n").await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert!(review.refused.is_some_and(|reason| reason.contains("1000")));
        assert_fields(
            &desk.saves(&desk.usual(changes).await).await.refusal(),
            &["take"],
        );
        assert_eq!(acme.list(desk.level).await.len(), 1_000);
    });
}

#[test]
fn a_secret_is_never_compared_with_what_somebody_enters() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        acme.secret(desk.level, "PASSWORD", "correct horse battery")
            .await;
        for guess in ["correct horse battery", "wrong"] {
            let changes = desk.reads(&format!("PASSWORD={guess}")).await.unwrap();
            let review = desk.sees(changes).await.unwrap();
            assert_eq!(words(&review), ["PASSWORD Changed"], "{guess}");
            assert!(review.rows[0].secret && review.rows[0].choose_secret.is_none());
        }
    });
}

#[test]
fn a_placeholder_is_no_value_and_a_torn_line_shows_no_piece_of_one() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let file = "PASSWORD=<unchanged>\nhttps://user:geheim@host/?x=1\n";
        let changes = desk.reads(file).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert!(review.rows.iter().all(|row| !row.what.can_be_done()));
        assert!(reason(&review, "PASSWORD").contains("Write the value itself"));
        assert!(!format!("{review:?}").contains("geheim"));
    });
}

// Text

#[test]
fn a_text_is_the_whole_scope_and_what_is_taken_out_of_it_goes() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        acme.plain(desk.level, "KEPT", "1").await;
        acme.plain(desk.level, "GONE", "2").await;
        acme.secret(desk.level, "PASSWORD", "correct horse battery")
            .await;
        acme.file(desk.level, "CONFIG", "/etc/app.yaml", "a: 1\n")
            .await;
        acme.plain(LevelRef::Project(shop.project), "WIDE", "above")
            .await;
        let (text, base) = desk.text().await;
        assert_eq!(
            text,
            "CONFIG=<unchanged>\nGONE=2\nKEPT=1\nPASSWORD=<unchanged>\n"
        );
        let edited = "# New here\nADDED=x\nCONFIG=<unchanged>\nKEPT=3\nPASSWORD=<unchanged>\n";
        let changes = desk.writes(&base, edited).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(
            words(&review),
            [
                "ADDED New",
                "CONFIG Same",
                "KEPT Changed",
                "PASSWORD Same",
                "GONE Removed"
            ]
        );
        let made = desk.saves(&desk.usual(changes).await).await.unwrap();
        assert_eq!((made.added, made.changed, made.removed), (1, 1, 1));
        assert_eq!(
            desk.text().await.0,
            "# New here\nADDED=x\n\nCONFIG=<unchanged>\n\nKEPT=3\n\nPASSWORD=<unchanged>\n"
        );
        assert_eq!(
            found(&acme, desk.level, "WIDE").await.value.as_deref(),
            Some("above")
        );
    });
}

#[test]
fn a_text_that_comes_back_as_it_was_changes_nothing() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        for (key, value) in [
            ("A", "two\nlines"),
            ("B", " spaces "),
            ("C", "it's \"quoted\""),
            ("D", ""),
        ] {
            acme.plain(desk.level, key, value).await;
        }
        let (text, base) = desk.text().await;
        let changes = desk.writes(&base, &text).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert!(
            review.rows.iter().all(|row| row.what == ChangeWhat::Same),
            "{:?}",
            words(&review)
        );
        let form = desk.usual(changes).await;
        assert!(matches!(
            desk.saves(&form).await.refusal(),
            ApiError::Refused { .. }
        ));
    });
}

#[test]
fn a_text_with_a_line_that_cannot_be_saved_is_not_saved_at_all() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        acme.plain(desk.level, "A", "1").await;
        let (_, base) = desk.text().await;
        for text in [
            "A=2\n1X=3\n",
            "A=2\nNEW=<unchanged>\n",
            "A=2\nA=3\n",
            "A=2\nB={{NOWHERE}}\n",
        ] {
            let changes = desk.writes(&base, text).await.unwrap();
            let review = desk.sees(changes).await.unwrap();
            assert!(review.refused.is_some(), "{text}");
            assert!(
                desk.saves(&desk.usual(changes).await).await.is_err(),
                "{text}"
            );
        }
        assert_eq!(desk.text().await.0, "A=1\n");
    });
}

#[test]
fn what_is_left_alone_in_a_text_keeps_nothing_else_from_being_saved() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let host = acme.plain(desk.level, "HOST", "a").await;
        acme.plain(desk.level, "URL", "{{HOST}}").await;
        let service = &world.service;
        service
            .delete_variable(&acme.owner, acme.id, host, 1, true)
            .await
            .unwrap();
        let (_, base) = desk.text().await;
        let changes = desk.writes(&base, "URL={{HOST}}\nNEW=1\n").await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(words(&review), ["URL Same", "NEW New"]);
        desk.saves(&desk.usual(changes).await).await.unwrap();
    });
}

#[test]
fn what_somebody_was_too_late_with_is_reviewed_beside_what_is_there() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let service = &world.service;
        let plain = acme.plain(desk.level, "PLAIN", "first").await;
        let secret = acme.secret(desk.level, "SECRET", "the first secret").await;
        for (id, entered) in [(plain, Some("mine".to_owned())), (secret, None)] {
            let form = VariableEdit {
                value: Some("mine".to_owned().into()),
                ..acme.form(id).await
            };
            acme.sets(id, "theirs").await;
            let edited = service
                .edit_variable(&acme.owner, acme.id, form.clone())
                .await;
            assert!(matches!(edited.refusal(), ApiError::Conflict { .. }));
            let kept = service.keep_edit(&acme.owner, acme.id, &form).await;
            let changes = kept.unwrap().unwrap();
            let review = desk.sees(changes).await.unwrap();
            assert_eq!(review.rows[0].what, ChangeWhat::Changed);
            assert_eq!(review.rows[0].entered, entered);
            desk.saves(&desk.usual(changes).await).await.unwrap();
        }
        assert_eq!(acme.sees(plain).await.value.as_deref(), Some("mine"));
        assert!(acme.sees(secret).await.secret);
    });
}

#[test]
fn whoever_was_faster_is_not_overwritten() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let one = acme.plain(desk.level, "A", "1").await;
        let (_, base) = desk.text().await;
        let changes = desk.writes(&base, "A=2\n").await.unwrap();
        let form = desk.usual(changes).await;
        acme.sets(one, "theirs").await;
        let refusal = desk.saves(&form).await.refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }));
        let refusal = desk.writes(&base, "A=2\n").await.refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }));
        assert_eq!(acme.sees(one).await.value.as_deref(), Some("theirs"));
        // Not even after another look: the text was made from what is not there any more.
        let again = desk.sees(changes).await.refusal();
        assert!(matches!(again, ApiError::Conflict { .. }));
        // What came meanwhile is not deleted by a text that does not know of it.
        let (_, base) = desk.text().await;
        acme.plain(desk.level, "NEWER", "1").await;
        assert!(desk.writes(&base, "A=2\n").await.is_err());
    });
}

// Ticks

#[test]
fn ticked_variables_become_secrets_with_their_history_and_overrides() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, LevelRef::Environment(shop.environment));
        let one = acme.plain(desk.level, "ONE", "1").await;
        let two = acme.plain(desk.level, "TWO", "2").await;
        let below = acme.overrides(api(&shop), "ONE", "own").await;
        let changes = desk.ticks(&[one, two], Selected::MakeSecret).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(words(&review), ["ONE Made secret", "TWO Made secret"]);
        assert_eq!(review.rows[0].narrower, 1);
        assert_eq!(
            desk.saves(&desk.usual(changes).await)
                .await
                .unwrap()
                .changed,
            2
        );
        for id in [one, two, below] {
            assert!(acme.sees(id).await.secret);
        }
    });
}

#[test]
fn ticked_variables_are_deleted_together_unless_others_need_them() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let host = acme.plain(desk.level, "HOST", "shop.example").await;
        let url = acme.plain(desk.level, "URL", "https://{{HOST}}").await;
        let other = acme.plain(desk.level, "OTHER", "1").await;
        let changes = desk.ticks(&[host, other], Selected::Delete).await.unwrap();
        let review = desk.sees(changes).await.unwrap();
        assert_eq!(reason(&review, "HOST"), "URL mentions it.");
        let all = ChangesForm {
            take: BTreeSet::from([0, 1]),
            ..desk.usual(changes).await
        };
        assert_fields(&desk.saves(&all).await.refusal(), &["take"]);
        assert_eq!(acme.list(desk.level).await.len(), 3);
        let changes = desk
            .ticks(&[host, url, other], Selected::Delete)
            .await
            .unwrap();
        assert_eq!(
            desk.saves(&desk.usual(changes).await)
                .await
                .unwrap()
                .removed,
            3
        );
        assert!(acme.list(desk.level).await.is_empty());
    });
}

#[test]
fn what_is_defined_elsewhere_is_not_ticked_here() {
    on_sqlite(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let wide = acme
            .plain(LevelRef::Project(shop.project), "WIDE", "1")
            .await;
        assert!(desk.ticks(&[wide], Selected::Delete).await.is_err());
        assert!(desk.ticks(&[], Selected::Delete).await.is_err());
    });
}

// Who

#[test]
fn changes_are_their_senders_alone_for_ten_minutes() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let globex = world.organization("Globex").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        let changes = desk.reads("A=1").await.unwrap();
        let form = desk.usual(changes).await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let others = Desk { by: &admin, ..desk };
        assert_eq!(others.sees(changes).await.refusal(), ApiError::NotFound);
        assert_eq!(others.saves(&form).await.refusal(), ApiError::NotFound);
        let service = &world.service;
        let elsewhere = service
            .review_changes(&globex.owner, globex.id, changes)
            .await;
        assert_eq!(elsewhere.refusal(), ApiError::NotFound);
        let desk = self::desk(&acme, api(&shop));
        world.clock.advance(601);
        assert_eq!(desk.saves(&form).await.refusal(), ApiError::NotFound);
        assert!(acme.list(desk.level).await.is_empty());
    });
}

#[test]
fn who_may_not_change_variables_changes_none_this_way_either() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let globex = world.organization("Globex").await;
        let shop = acme.shop().await;
        let one = acme.plain(api(&shop), "A", "1").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let desk = Desk {
            acme: &acme,
            by: &viewer,
            level: api(&shop),
        };
        let service = &world.service;
        assert!(is_forbidden(&desk.reads("A=2").await.refusal()));
        assert!(is_forbidden(
            &desk.ticks(&[one], Selected::Delete).await.refusal()
        ));
        assert!(is_forbidden(&desk.writes("", "A=2").await.refusal()));
        let text = service.scope_text(&viewer, acme.id, desk.level).await;
        assert!(is_forbidden(&text.map(drop).refusal()));
        for by in [&globex.owner] {
            let text = service.scope_text(by, acme.id, desk.level).await;
            assert_eq!(text.map(drop).refusal(), ApiError::NotFound);
        }
        // A right that went between review and saving.
        let devops = acme.member(BuiltInRole::DevOps).await;
        let desk = Desk {
            by: &devops,
            ..desk
        };
        let changes = desk.reads("A=2").await.unwrap();
        let form = desk.usual(changes).await;
        acme.makes(&devops, BuiltInRole::Viewer).await;
        assert!(is_forbidden(&desk.saves(&form).await.refusal()));
        assert_eq!(acme.sees(one).await.value.as_deref(), Some("1"));
    });
}

// Export

#[test]
fn what_is_exported_holds_no_secret_and_comes_back_as_it_was() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let desk = desk(&acme, api(&shop));
        acme.plain(desk.level, "A", "two\nlines").await;
        acme.secret(desk.level, "PASSWORD", "correct horse battery")
            .await;
        acme.plain(LevelRef::Project(shop.project), "WIDE", "above")
            .await;
        let service = &world.service;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        for (format, here_only) in [("DOTENV", false), ("JSON", false), ("YAML", true)] {
            let exported = service
                .export_variables(&viewer, acme.id, desk.level, format, here_only)
                .await;
            let (_, text) = exported.unwrap();
            assert!(!text.contains("correct horse"), "{format}");
            assert_eq!(text.contains("WIDE"), !here_only, "{format}");
            let changes = desk.reads_as(format, &text).await.unwrap();
            let review = desk.sees(changes).await.unwrap();
            assert!(words(&review).contains(&"A Same".to_owned()), "{format}");
            assert_eq!(acme.last_event().await.event_type.code(), "EXPORT");
        }
        let refusal = service
            .export_variables(&viewer, acme.id, desk.level, "CSV", false)
            .await
            .map(drop)
            .refusal();
        assert_fields(&refusal, &["format"]);
    });
}
