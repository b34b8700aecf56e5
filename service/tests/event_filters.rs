//! Looking through the audit log: filters, pages, and how far back it reaches.

use domain::{
    ApiError, EventType, LevelRef, TargetType, Timestamp,
    audit::SubTargetType,
    view::{EventPage, EventView},
};
use service::ops::EventQuery;

use crate::common::{
    BEGINNING, Operation, Organization, Refused, Stage, assert_fields, on_every_engine,
};

async fn page(acme: &Organization<'_>, query: &EventQuery) -> EventPage {
    acme.world
        .service
        .events(&acme.owner, acme.id, query)
        .await
        .unwrap()
}

/// Every event that a query finds, over all pages.
async fn all(acme: &Organization<'_>, query: &EventQuery) -> Vec<EventView> {
    let mut query = query.clone();
    let mut events = Vec::new();
    loop {
        let page = page(acme, &query).await;
        events.extend(page.events);
        match page.older {
            Some(cursor) => query.cursor = cursor,
            None => return events,
        }
    }
}

fn sequences(events: &[EventView]) -> Vec<i64> {
    events.iter().map(|event| event.sequence).collect()
}

/// The simplest possible reading of a query.
fn matches(event: &EventView, query: &EventQuery) -> bool {
    let time = |text: &str| Timestamp::parse(text);
    let word = |text: &str, word: &str| text.is_empty() || text == word;
    let part = event.sub_target_type.map_or("", SubTargetType::code);
    time(&query.from).is_none_or(|from| event.at >= from)
        && time(&query.to).is_none_or(|to| event.at < to)
        && word(&query.event_type, event.event_type.code())
        && (word(&query.target_type, event.target_type.code()) || query.target_type == part)
        && event
            .target()
            .to_lowercase()
            .contains(&query.target_name.to_lowercase())
}

#[test]
fn every_filter_alone_and_with_every_other_finds_what_reading_everything_finds() {
    on_every_engine(async |world| {
        let stage = Stage::set(world).await;
        for operation in Operation::ALL {
            world.clock.advance(60);
            stage
                .perform(operation, &stage.acme.owner, stage.acme.id)
                .await
                .unwrap();
        }
        let everything = all(&stage.acme, &EventQuery::default()).await;
        assert_eq!(
            sequences(&everything),
            (1..=everything.len() as i64).rev().collect::<Vec<_>>()
        );

        let beginning = Timestamp::parse(BEGINNING).unwrap();
        let moment = |minutes: i64| beginning.plus_seconds(minutes * 60).rfc3339();
        let times = [
            (String::new(), String::new()),
            (moment(10), String::new()),
            (String::new(), moment(20)),
            (moment(12), moment(33)),
        ];
        let events = [
            "",
            EventType::Create.code(),
            EventType::Update.code(),
            EventType::Shell.code(),
        ];
        let targets = [
            "",
            TargetType::Project.code(),
            TargetType::MembersAndRoles.code(),
            SubTargetType::Variable.code(),
            SubTargetType::Invitation.code(),
        ];
        let names = ["", "DOOMED", "acme.example", "nothing"];
        let mut found = 0;
        for (from, to) in &times {
            for event_type in events {
                for target_type in targets {
                    for target_name in names {
                        let query = EventQuery {
                            from: from.clone(),
                            to: to.clone(),
                            event_type: event_type.to_owned(),
                            target_type: target_type.to_owned(),
                            target_name: target_name.to_owned(),
                            ..EventQuery::default()
                        };
                        let expected: Vec<_> = everything
                            .iter()
                            .filter(|event| matches(event, &query))
                            .cloned()
                            .collect();
                        assert_eq!(
                            sequences(&all(&stage.acme, &query).await),
                            sequences(&expected),
                            "{query:?}"
                        );
                        found += expected.len();
                    }
                }
            }
        }
        assert!(found > 300, "the filters found something: {found}");
    });
}

#[test]
fn everything_within_a_place_is_found_by_its_id() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let variable = acme.plain(LevelRef::Service(shop.api), "A", "1").await;
        acme.plain(LevelRef::Project(shop.project), "B", "1").await;
        acme.project("Other").await;
        let within = async |id: String| {
            let events = acme
                .filtered(EventQuery {
                    within: id,
                    ..EventQuery::default()
                })
                .await;
            events
                .iter()
                .rev()
                .map(|event| event.target().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            within(shop.project.to_string()).await,
            ["Shop", "Production", "api", "db", "A", "B"]
        );
        assert_eq!(
            within(shop.environment.to_string()).await,
            ["Production", "api", "db", "A"]
        );
        assert_eq!(within(shop.api.to_string()).await, ["api", "A"]);
        assert_eq!(within(variable.to_string()).await, ["A"]);
        assert!(within("' or 1=1 --".to_owned()).await.is_empty());
    });
}

#[test]
fn names_are_found_without_regard_to_case_and_signs_mean_themselves() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        for name in ["Übung", "100% real", "a_b", "a\\b", "Café"] {
            acme.project(name).await;
        }
        let find = async |name: &str| {
            let events = acme
                .filtered(EventQuery {
                    target_name: name.to_owned(),
                    ..EventQuery::default()
                })
                .await;
            events
                .iter()
                .map(|event| event.target().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(find("ÜBUNG").await, ["Übung"]);
        assert_eq!(find("übung").await, ["Übung"]);
        assert_eq!(find("Übung").await, ["Übung"]);
        assert_eq!(find("CAFÉ").await, ["Café"]);
        assert_eq!(find("0%").await, ["100% real"]);
        assert_eq!(find("a_b").await, ["a_b"]);
        assert_eq!(find("\\").await, ["a\\b"]);
        assert!(find("%x").await.is_empty());
        assert!(find("'").await.is_empty());
    });
}

#[test]
fn pages_lead_back_and_forth_without_a_gap_while_new_events_arrive() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        for n in 0..120 {
            acme.plain(api, &format!("KEY_{n}"), "1").await;
        }
        let first = page(&acme, &EventQuery::default()).await;
        assert_eq!((first.events.len(), &first.newer), (50, &None));
        let newest = first.events[0].sequence;
        acme.plain(api, "LATER", "1").await;

        let (mut there, mut cursor) = (sequences(&first.events), first.older);
        let mut last = None;
        while let Some(at) = cursor.take() {
            let page = page(
                &acme,
                &EventQuery {
                    cursor: at,
                    ..EventQuery::default()
                },
            )
            .await;
            there.extend(sequences(&page.events));
            cursor = page.older.clone();
            last = Some(page);
        }
        assert_eq!(there, (1..=newest).rev().collect::<Vec<_>>());

        let last = last.unwrap();
        let (mut back, mut cursor) = (sequences(&last.events), last.newer);
        while let Some(at) = cursor.take() {
            let page = page(
                &acme,
                &EventQuery {
                    cursor: at,
                    ..EventQuery::default()
                },
            )
            .await;
            let mut seen = sequences(&page.events);
            seen.extend(back);
            back = seen;
            cursor = page.newer;
        }
        assert_eq!(back, (1..=newest + 1).rev().collect::<Vec<_>>());
    });
}

#[test]
fn a_last_page_of_exactly_fifty_has_no_next_one() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let api = LevelRef::Service(acme.shop().await.api);
        for n in 0..50 {
            acme.plain(api, &format!("KEY_{n}"), "1").await;
        }
        let query = EventQuery {
            target_type: "VARIABLE".to_owned(),
            ..EventQuery::default()
        };
        let first = page(&acme, &query).await;
        assert_eq!(
            (first.events.len(), first.older, first.newer),
            (50, None, None)
        );
    });
}

#[test]
fn filters_with_nonsense_name_their_fields() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ask = async |query: EventQuery| {
            world
                .service
                .events(&acme.owner, acme.id, &query)
                .await
                .refusal()
        };
        let text = |text: &str| text.to_owned();
        let query = EventQuery {
            from: text("soon"),
            to: text("2026-02-30"),
            event_type: text("EXPLODE"),
            target_type: text("MOON"),
            target_name: "x".repeat(256),
            ..EventQuery::default()
        };
        assert_fields(
            &ask(query).await,
            &["from", "to", "event_type", "target_type", "target_name"],
        );
        let query = EventQuery {
            from: text("2026-11-23T09:00"),
            to: text("2026-11-23T08:00"),
            ..EventQuery::default()
        };
        assert_fields(&ask(query).await, &["to"]);
        for cursor in ["x1", "o-1", "o", "n1 or 1=1"] {
            let query = EventQuery {
                cursor: text(cursor),
                ..EventQuery::default()
            };
            assert_eq!(ask(query).await, ApiError::BadRequest, "{cursor}");
        }
    });
}

#[test]
fn relative_times_count_from_now() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.project("Old").await;
        world.clock.advance(3600);
        acme.project("New").await;
        let since = async |from: &str| {
            acme.filtered(EventQuery {
                from: from.to_owned(),
                ..EventQuery::default()
            })
            .await
            .len()
        };
        assert_eq!(
            (
                since("-15m").await,
                since("-59m").await,
                since("-1h").await,
                since("-7d").await
            ),
            (1, 1, 4, 4)
        );
    });
}

#[test]
fn the_log_reaches_as_far_back_as_the_plan() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        acme.project("Old").await;
        world
            .sql("update organization set retention_days = 7")
            .await;
        world.clock.advance(7 * 86_400);
        assert_eq!(acme.log().await.len(), 3);
        world.clock.advance(1);
        acme.project("New").await;
        let query = EventQuery {
            from: "-30d".to_owned(),
            ..EventQuery::default()
        };
        let page = page(&acme, &query).await;
        assert_eq!((page.events.len(), page.retention_days), (1, 7));
        let old = world.service.event(&acme.owner, acme.id, 3).await;
        assert_eq!(old.refusal(), ApiError::NotFound);
        assert_eq!(
            world
                .service
                .event(&acme.owner, acme.id, 99)
                .await
                .refusal(),
            ApiError::NotFound
        );
        world.service.event(&acme.owner, acme.id, 4).await.unwrap();
    });
}
