//! Members by the dozen: all or nothing, page by page, as a file; and what goes with whoever goes.

use domain::{ApiError, BuiltInRole, PersonId, RoleRef, view::MemberPage};
use service::{
    Caller,
    ops::Confirmed,
    store::{MemberCursor, MemberFilter},
};

use crate::common::{
    Everybody, Levels, Organization, Refused, World, assert_fields, difference, is_forbidden,
    on_every_engine, password, person, wrong_password,
};

const DAY: i64 = 86_400;

fn id(number: u128) -> PersonId {
    PersonId::new(uuid::Uuid::from_u128(0xaaaa_0000 + number))
}

/// 119 people beside the owner, by the operator's hand. `Person 007` is a viewer, every tenth a DevOps, every thirtieth
/// has the custom role; the first forty were here today, the next forty a hundred days ago, the rest never.
async fn crowd(acme: &Organization<'_>) -> domain::RoleId {
    let world = acme.world;
    let role = acme.blank_role("Payments").await;
    let now = world.service.now();
    let (mut people, mut members) = (Vec::new(), Vec::new());
    for number in 1..120_u128 {
        let (person, email) = (id(number), format!("p{number:03}@crowd.example"));
        // Two of each name, so that pages end between namesakes.
        let name = format!("Person {:03}", number / 2);
        people.push(format!(
            "('{person}', '{email}', '{email}', '{name}', '{}', 'x', 1, 1)",
            domain::comparison_key(&name)
        ));
        let (word, custom) = match number {
            n if n % 30 == 0 => ("custom", format!("'{role}'")),
            n if n % 10 == 0 => ("devops", "null".to_owned()),
            _ => ("viewer", "null".to_owned()),
        };
        let active = match number {
            1..=40 => now.micros().to_string(),
            41..=80 => now.plus_days(-100).micros().to_string(),
            _ => "null".to_owned(),
        };
        let joined = now.plus_days(-100).micros();
        members.push(format!(
            "('{}', '{person}', '{word}', {custom}, {joined}, {active})",
            acme.id
        ));
    }
    let bytes = match world.engine {
        crate::common::Engine::Sqlite => "x'00'",
        crate::common::Engine::Postgres => "'\\x00'",
    };
    world
        .sql(&format!(
            "insert into person (id, email, email_canonical, name, name_key, password, password_version, created_at) values {}",
            people.join(", ").replace("'x'", bytes)
        ))
        .await;
    world
        .sql(&format!(
            "insert into membership (organization_id, person_id, role, role_id, joined_at, last_active_at) values {}",
            members.join(", ")
        ))
        .await;
    role
}

async fn page(acme: &Organization<'_>, filter: &MemberFilter, cursor: MemberCursor) -> MemberPage {
    let service = &acme.world.service;
    service
        .members(&acme.owner, acme.id, filter, cursor)
        .await
        .unwrap()
}

/// A form that showed the preview with this fingerprint.
fn seen(fingerprint: &str) -> Confirmed<'_> {
    Confirmed {
        fingerprint: Some(fingerprint),
        typed_name: "",
    }
}

/// Every page from the first to the last.
async fn pages(acme: &Organization<'_>, filter: &MemberFilter) -> Vec<MemberPage> {
    let mut all = vec![page(acme, filter, MemberCursor::Start).await];
    while let Some(after) = all.last().unwrap().after {
        assert!(all.len() < 10, "pages without end");
        all.push(page(acme, filter, MemberCursor::After(after)).await);
    }
    all
}

fn ids(page: &MemberPage) -> Vec<PersonId> {
    page.members.iter().map(|one| one.id).collect()
}

#[test]
fn pages_lead_forth_and_back_over_everybody_once() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        crowd(&acme).await;
        let filter = MemberFilter::default();
        let forth = pages(&acme, &filter).await;
        let sizes: Vec<_> = forth.iter().map(|one| one.members.len()).collect();
        assert_eq!(sizes, [50, 50, 20]);
        assert!(forth.iter().all(|one| one.total == 120));
        let everybody: Vec<_> = forth.iter().flat_map(|one| &one.members).collect();
        let names: Vec<_> = everybody
            .iter()
            .map(|one| (one.name.to_lowercase(), one.id.to_string()))
            .collect();
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(names, sorted, "by name, everybody once");
        assert_eq!(forth[0].before, None);

        let mut back = vec![ids(&forth[2])];
        let mut before = forth[2].before;
        while let Some(person) = before {
            let page = page(&acme, &filter, MemberCursor::Before(person)).await;
            back.push(ids(&page));
            before = page.before;
            assert!(
                page.after.is_some(),
                "there is a page after every page before another"
            );
        }
        back.reverse();
        assert_eq!(back, forth.iter().map(ids).collect::<Vec<_>>());
    });
}

#[test]
fn search_role_and_activity_narrow_alone_and_together() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = crowd(&acme).await;
        let now = world.service.now();
        let everybody: Vec<_> = pages(&acme, &MemberFilter::default())
            .await
            .into_iter()
            .flat_map(|one| one.members)
            .collect();
        let searches = [
            "",
            "  ",
            "person 01",
            "P10",
            "CROWD.example",
            "%",
            "_",
            "\\",
            "nobody",
            "Olivia",
        ];
        let roles = ["", "viewer", "devops", "admin", "owner", &role.to_string()];
        let activities = ["", "active", "inactive", "never", "king"];
        for search in searches {
            for role in roles {
                for activity in activities {
                    let filter = MemberFilter::of_words(search, role, activity, now);
                    let found: Vec<_> = pages(&acme, &filter).await.iter().flat_map(ids).collect();
                    let expected: Vec<_> = everybody
                        .iter()
                        .filter(|one| {
                            let text = search.trim().to_lowercase();
                            let quiet =
                                one.last_active_at.unwrap_or(one.joined_at) < now.plus_days(-90);
                            (one.name.to_lowercase().contains(&text) || one.email.contains(&text))
                                && (role.is_empty() || one.role.to_string() == role)
                                && match activity {
                                    "active" => one
                                        .last_active_at
                                        .is_some_and(|at| at >= now.plus_days(-30)),
                                    "inactive" => quiet,
                                    "never" => one.last_active_at.is_none(),
                                    _ => true,
                                }
                        })
                        .map(|one| one.id)
                        .collect();
                    assert_eq!(
                        found, expected,
                        "search {search:?}, role {role:?}, activity {activity:?}"
                    );
                }
            }
        }
        // The owner's own row says Admin; nobody finds them by that.
        let admins = MemberFilter {
            role: Some(BuiltInRole::Admin.into()),
            ..Default::default()
        };
        assert_eq!(
            page(&acme, &admins, MemberCursor::Start)
                .await
                .members
                .len(),
            0
        );
    });
}

#[test]
fn a_list_goes_on_after_the_member_a_page_ended_with_has_left() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        crowd(&acme).await;
        let first = page(&acme, &MemberFilter::default(), MemberCursor::Start).await;
        let second = page(
            &acme,
            &MemberFilter::default(),
            MemberCursor::After(first.after.unwrap()),
        )
        .await;
        world
            .service
            .remove_members(&acme.owner, acme.id, &[first.after.unwrap()], None)
            .await
            .unwrap();
        let again = page(
            &acme,
            &MemberFilter::default(),
            MemberCursor::After(first.after.unwrap()),
        )
        .await;
        assert_eq!(ids(&again), ids(&second));
        assert_eq!(again.total, 119);
    });
}

// At once

#[test]
fn many_change_at_once_with_an_event_each() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = crowd(&acme).await;
        // 30, 60 and 90 have the custom role already, and one stands twice.
        let people: Vec<_> = [30, 60, 31, 32, 33, 31].map(id).to_vec();
        let before = acme.event_count().await;
        world
            .service
            .change_roles(&acme.owner, acme.id, &people, &role.to_string(), None)
            .await
            .unwrap();
        let events = acme.events_since(before).await;
        assert_eq!(
            events,
            ["015", "016", "016"].map(|name| format!(
                r#"UPDATE Member role Person {name} {{"role":["Viewer","Payments"]}}"#
            ))
        );
        let members = world
            .service
            .role_holders(&acme.owner, acme.id, RoleRef::Custom(role))
            .await
            .unwrap();
        assert_eq!(members.len(), 6);

        let before = acme.event_count().await;
        world
            .service
            .remove_members(&acme.owner, acme.id, &people, None)
            .await
            .unwrap();
        assert_eq!(acme.events_since(before).await.len(), 5);
        assert_eq!(world.count("membership").await, 115);
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn more_than_ten_at_once_take_the_organizations_name() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        crowd(&acme).await;
        let (ten, eleven): (Vec<_>, Vec<_>) =
            ((1..=10).map(id).collect(), (1..=11).map(id).collect());
        let typed = |typed_name| {
            Some(Confirmed {
                fingerprint: None,
                typed_name,
            })
        };
        let service = &world.service;
        let before = world.snapshot().await;
        for name in ["", "acme", "Globex"] {
            let refusals = [
                service
                    .change_roles(&acme.owner, acme.id, &eleven, "devops", typed(name))
                    .await
                    .refusal(),
                service
                    .remove_members(&acme.owner, acme.id, &eleven, typed(name))
                    .await
                    .refusal(),
            ];
            for refusal in refusals {
                assert_fields(&refusal, &["confirm"]);
            }
        }
        assert_eq!(world.snapshot().await, before);
        service
            .change_roles(&acme.owner, acme.id, &ten, "devops", typed(""))
            .await
            .unwrap();
        service
            .remove_members(&acme.owner, acme.id, &eleven, typed("Acme "))
            .await
            .unwrap();
        assert_eq!(world.count("membership").await, 109);
    });
}

#[test]
fn names_are_found_and_sorted_without_case_in_every_script() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        for (number, name) in ["Ölaf", "Żaneta", "ΣΟΦΙΑ"].into_iter().enumerate() {
            let token = acme
                .invites(&format!("m{number}@acme.example"), BuiltInRole::Viewer)
                .await;
            acme.accepts(&token, name).await;
        }
        for (search, found) in [("öL", "Ölaf"), ("żA", "Żaneta"), ("σοφ", "ΣΟΦΙΑ")] {
            let filter = MemberFilter {
                search: search.to_owned(),
                ..Default::default()
            };
            let page = page(&acme, &filter, MemberCursor::Start).await;
            let names: Vec<_> = page.members.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, [found], "{search}");
        }
    });
}

#[test]
fn one_who_may_not_be_changed_keeps_all_as_they_are() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        crowd(&acme).await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let before = world.snapshot().await;
        let owner = person(&acme.owner).id;
        let stranger = person(&globex.owner).id;
        let many: Vec<_> = (1..=119).map(id).chain((1000..1082).map(id)).collect();
        let attempts = [
            ("with the owner", vec![id(1), id(2), owner]),
            ("with the owner first", vec![owner, id(1)]),
            (
                "with a member of another organization",
                vec![id(1), stranger],
            ),
            ("with nobody", vec![id(1), id(5000)]),
            ("with no one", Vec::new()),
            ("too many", many),
        ];
        for by in [&acme.owner, &admin] {
            let with_oneself = ("with oneself", vec![id(1), person(by).id]);
            for (what, people) in attempts.iter().chain([&with_oneself]) {
                let refusals = [
                    world
                        .service
                        .change_roles(by, acme.id, people, "devops", None)
                        .await
                        .refusal(),
                    world
                        .service
                        .remove_members(by, acme.id, people, None)
                        .await
                        .refusal(),
                    world
                        .service
                        .preview_roles(by, acme.id, people, "devops")
                        .await
                        .refusal(),
                    world
                        .service
                        .preview_removal(by, acme.id, people)
                        .await
                        .refusal(),
                ];
                for refusal in refusals {
                    assert!(
                        matches!(refusal, ApiError::Refused { .. } | ApiError::NotFound),
                        "{what}: {refusal:?}"
                    );
                }
            }
        }
        let changed = difference(&before, &world.snapshot().await);
        assert!(changed.is_empty(), "{changed:#?}");
    });
}

#[test]
fn a_removal_asks_again_when_the_world_has_moved() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        crowd(&acme).await;
        let people = [id(1), id(2)];
        let (service, owner) = (&world.service, &acme.owner);
        let shown = service
            .preview_removal(owner, acme.id, &people)
            .await
            .unwrap();
        assert_eq!(shown.people(), 2);
        assert!(shown.groups.iter().all(|group| group.to.is_none()));
        service
            .change_roles(owner, acme.id, &[id(2)], "admin", None)
            .await
            .unwrap();
        let refusal = service
            .remove_members(owner, acme.id, &people, Some(seen(&shown.fingerprint)))
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
        assert_eq!(world.count("membership").await, 120);
        // And other people than those shown are not removed by it either.
        let print = service
            .preview_removal(owner, acme.id, &people)
            .await
            .unwrap()
            .fingerprint;
        let others = [id(1), id(3)];
        let refusal = service
            .remove_members(owner, acme.id, &others, Some(seen(&print)))
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Conflict { .. }), "{refusal:?}");
        service
            .remove_members(owner, acme.id, &people, Some(seen(&print)))
            .await
            .unwrap();
        assert_eq!(world.count("membership").await, 118);
    });
}

// As a file

#[test]
fn an_export_takes_a_password_that_was_given_lately() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let everybody = MemberFilter::default();
        let (service, owner) = (&world.service, &acme.owner);
        world.clock.advance(599);
        assert!(!service.needs_step_up(owner).await.unwrap());
        service
            .export_members(owner, acme.id, &everybody)
            .await
            .unwrap();
        world.clock.advance(1);
        assert!(service.needs_step_up(owner).await.unwrap());
        let before = world.snapshot().await;
        let refusal = service
            .export_members(owner, acme.id, &everybody)
            .await
            .refusal();
        assert!(matches!(refusal, ApiError::Refused { .. }), "{refusal:?}");
        assert_eq!(world.snapshot().await, before);
        let refusal = service
            .give_password(owner, wrong_password())
            .await
            .refusal();
        assert_fields(&refusal, &["password"]);
        assert!(service.needs_step_up(owner).await.unwrap());
        service.give_password(owner, password()).await.unwrap();
        service
            .export_members(owner, acme.id, &everybody)
            .await
            .unwrap();
        // In this session, and no other one of the same person.
        let elsewhere = world.signs_in("owner@acme.example").await;
        world.clock.advance(600);
        service.give_password(owner, password()).await.unwrap();
        assert!(service.needs_step_up(&elsewhere).await.unwrap());
    });
}

#[test]
fn an_export_is_a_table_no_spreadsheet_computes_and_an_event() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let mut expected = vec!["Olivia of Acme".to_owned()];
        for (number, name) in ["=1+2", "+1", "-1", "@SUM(A1)", "Say \"hi\", Bo", "Ænne"]
            .into_iter()
            .enumerate()
        {
            let token = acme
                .invites(&format!("m{number}@acme.example"), BuiltInRole::Viewer)
                .await;
            acme.accepts(&token, name).await;
            expected.push(if number < 4 {
                format!("'{name}")
            } else {
                name.to_owned()
            });
        }
        let token = acme.invites("=cmd@acme.example", BuiltInRole::DevOps).await;
        acme.accepts(&token, "Cy").await;
        expected.push("Cy".to_owned());
        let before = acme.event_count().await;
        let everybody = MemberFilter::default();
        let text = world
            .service
            .export_members(&acme.owner, acme.id, &everybody)
            .await
            .unwrap();
        let mut rows = csv_rows(&text);
        assert_eq!(
            rows.remove(0),
            ["Name", "Email", "Role", "Last active", "Joined", "Id"]
        );
        let mut names: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
        for row in &rows {
            assert_eq!(row.len(), 6, "{row:?}");
            for cell in row {
                assert!(
                    !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{cell}"
                );
            }
        }
        let cy = rows.iter().find(|row| row[0] == "Cy").unwrap();
        assert_eq!(
            (cy[1].as_str(), cy[2].as_str()),
            ("'=cmd@acme.example", "DevOps")
        );
        assert_eq!(
            acme.events_since(before).await,
            [r#"EXPORT Members & roles Acme {"members":[null,8]}"#]
        );
        // What is filtered is what is in it; whoever sees the list may have it as a file; strangers may not.
        let devops = MemberFilter {
            role: Some(BuiltInRole::DevOps.into()),
            ..Default::default()
        };
        let cy = world.signs_in("=cmd@acme.example").await;
        let text = world
            .service
            .export_members(&cy, acme.id, &devops)
            .await
            .unwrap();
        assert_eq!(csv_rows(&text).len(), 2);
        let stranger = world.organization("Globex").await.owner;
        let before = world.snapshot().await;
        for by in [&stranger, &world.visitor()] {
            let refusal = world
                .service
                .export_members(by, acme.id, &everybody)
                .await
                .refusal();
            assert_eq!(refusal, ApiError::NotFound);
        }
        assert_eq!(world.snapshot().await, before);
    });
}

/// Reads CSV the plain way: quotes around what needs them, doubled inside.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    rows
}

// Going

#[test]
fn leaving_is_ones_own_and_the_owner_hands_over_first() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let before = acme.event_count().await;
        world.service.leave(&viewer, acme.id).await.unwrap();
        assert_eq!(
            acme.events_since(before).await,
            [r#"DELETE Members & roles Viewer viewer {"role":["Viewer",null]}"#]
        );
        assert_eq!(acme.stored_role(&viewer).await, "nobody");
        assert_eq!(
            world.service.leave(&viewer, acme.id).await.refusal(),
            ApiError::NotFound
        );
        assert_eq!(
            world.service.roles(&viewer, acme.id).await.refusal(),
            ApiError::NotFound
        );
        let before = world.snapshot().await;
        let refusal = world.service.leave(&acme.owner, acme.id).await.refusal();
        assert!(
            matches!(&refusal, ApiError::Refused { reason } if reason.contains("Transfer ownership")),
            "{refusal:?}"
        );
        assert_eq!(world.snapshot().await, before);
    });
}

#[test]
fn whoever_goes_takes_their_invitations_and_edits_along_wherever_they_go_from() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let shop = acme.shop().await;
        let role = acme.blank_role("Payments").await;
        let goes = async |email: &str, how: &str| {
            let admin = acme.joins(email, BuiltInRole::Admin).await;
            let token = acme
                .invites_as(&admin, &format!("friend.of.{email}"), &role.to_string())
                .await;
            let form = acme
                .role_form(role, Levels::new().project(shop.project, "FULL"))
                .await;
            acme.reviews(&admin, role, &form).await.unwrap();
            assert_eq!(world.count("custom_role_draft").await, 1);
            match how {
                "leaves" => world.service.leave(&admin, acme.id).await.unwrap(),
                _ => acme.removes(&admin).await,
            }
            let offer = world
                .service
                .invitation_offer(&world.visitor(), &token)
                .await;
            assert_eq!(offer.refusal(), ApiError::LinkVoid, "{how}");
            assert_eq!(world.count("custom_role_draft").await, 0, "{how}");
            admin
        };
        goes("ana@acme.example", "leaves").await;
        let bo = goes("bo@acme.example", "is removed").await;
        // Nothing is left that keeps the role from going, nor comes back with the person.
        world
            .service
            .delete_role(&acme.owner, acme.id, role, None, None, None)
            .await
            .unwrap();
        assert_eq!(acme.stored_role(&bo).await, "nobody");
        assert_eq!(world.unsound().await, [""; 0]);
    });
}

#[test]
fn a_member_is_shown_to_members_and_to_nobody_else() {
    on_every_engine(async |world| {
        let (acme, globex) = (
            world.organization("Acme").await,
            world.organization("Globex").await,
        );
        let viewer = acme.member(BuiltInRole::Viewer).await;
        let shown =
            async |by: &Caller, whom: PersonId| world.service.member(by, acme.id, whom).await;
        let owner = person(&acme.owner).id;
        assert!(shown(&viewer, owner).await.unwrap().is_owner);
        assert!(shown(&viewer, person(&viewer).id).await.unwrap().is_you);
        for (by, whom) in [
            (&viewer, person(&globex.owner).id),
            (&viewer, id(7)),
            (&globex.owner, owner),
        ] {
            assert_eq!(shown(by, whom).await.refusal(), ApiError::NotFound);
        }
        let about =
            async |by: &Caller, whom| world.service.access_of(by, acme.id, whom).await.refusal();
        assert!(is_forbidden(&about(&viewer, owner).await));
        assert_eq!(
            about(&acme.owner, person(&globex.owner).id).await,
            ApiError::NotFound
        );
        assert_eq!(about(&globex.owner, owner).await, ApiError::NotFound);
    });
}

#[test]
fn activity_is_noted_to_the_minute_and_only_where_somebody_belongs() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let ana = acme.joins("ana@acme.example", BuiltInRole::Viewer).await;
        world.clock.advance(40 * DAY);
        let owner = world.signs_in("owner@acme.example").await;
        let active = MemberFilter::of_words("", "", "active", world.service.now());
        let found = world
            .service
            .members(&owner, acme.id, &active, MemberCursor::Start)
            .await
            .unwrap();
        assert!(
            found.members.iter().all(|one| one.id != person(&ana).id),
            "{found:?}"
        );
        assert_eq!(
            world
                .service
                .everybody(&owner, acme.id)
                .await
                .unwrap()
                .len(),
            2
        );
    });
}

/// Two hundred at once are allowed, and take one transaction.
#[test]
fn two_hundred_change_at_once() {
    on_every_engine(async |world: &World| {
        let acme = world.organization("Acme").await;
        crowd(&acme).await;
        let everybody: Vec<_> = (1..120).map(id).collect();
        let before = acme.event_count().await;
        world
            .service
            .change_roles(&acme.owner, acme.id, &everybody, "billing", None)
            .await
            .unwrap();
        assert_eq!(acme.event_count().await - before, 119);
    });
}
