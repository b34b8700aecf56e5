//! Everybody at once: whatever order it happens in, there is one owner, nothing points nowhere, and every success has
//! its event.

use std::collections::HashMap;

use domain::{ApiError, BuiltInRole, PersonId, audit::FieldChange};
use service::{
    Caller, Result,
    ops::{InviteForm, Joining},
};
use tokio::task::JoinSet;

use crate::common::{
    Organization, Refused, World, is_forbidden, on_every_engine, password, person,
};

const AT_ONCE: usize = 50;

/// Asserts what holds after anything.
async fn assert_sound(world: &World) {
    assert_eq!(world.unsound().await, [""; 0]);
}

/// Some members of this role, signed in.
async fn members(acme: &Organization<'_>, count: usize, role: BuiltInRole) -> Vec<Caller> {
    let mut all = Vec::new();
    for number in 0..count {
        all.push(acme.joins(&format!("m{number}@acme.example"), role).await);
    }
    all
}

/// The whole log since that many events, oldest first.
async fn log(acme: &Organization<'_>, since: i64) -> Vec<domain::view::EventView> {
    let mut tx = acme.world.service.store().read().await.unwrap();
    let chain = service::store::Chain::Organization(acme.id);
    let newer = service::store::Cursor::NewerThan(since);
    let mut events = tx
        .events(chain, &Default::default(), newer, 10_000)
        .await
        .unwrap();
    events.sort_by_key(|row| row.view.sequence);
    events.into_iter().map(|row| row.view).collect()
}

/// Before and after of a field of an event.
fn field(event: &domain::view::EventView, name: &str) -> Option<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    event
        .change
        .fields()
        .find_map(|(field, change)| match change {
            FieldChange::Shown(before, after) if field == name => Some((text(before), text(after))),
            _ => None,
        })
}

/// Reads the roles of people off the events: each must start from what the one before left.
fn replay(
    start: &HashMap<String, String>,
    events: &[domain::view::EventView],
) -> HashMap<String, String> {
    let mut roles = start.clone();
    for event in events {
        let about_a_member = matches!(event.target_label(), "Member role" | "Members & roles");
        let Some((from, to)) = field(event, "role").filter(|_| about_a_member) else {
            continue;
        };
        let who = event.target().to_owned();
        let held = roles
            .insert(who.clone(), to)
            .unwrap_or_else(|| "-".to_owned());
        assert_eq!(held, from, "event {} says what {who} had", event.sequence);
    }
    roles
}

/// The roles of people by their names, as the list of members tells them; `-` for those who are gone.
async fn roles(acme: &Organization<'_>, by: &Caller, people: &[Caller]) -> HashMap<String, String> {
    let mut roles: HashMap<_, _> = people
        .iter()
        .map(|one| (one.name().to_owned(), "-".to_owned()))
        .collect();
    let filter = service::store::MemberFilter::default();
    let start = service::store::MemberCursor::Start;
    let page = acme
        .world
        .service
        .members(by, acme.id, &filter, start)
        .await
        .unwrap();
    for member in page.members {
        if let Some(role) = roles.get_mut(&member.name) {
            *role = member.role_name;
        }
    }
    roles
}

async fn transfer(
    service: service::Service,
    acme: domain::OrganizationId,
    by: Caller,
    to: Caller,
) -> Result<()> {
    let name = to.name().to_owned();
    service
        .transfer_ownership(&by, acme, person(&to).id, &name, password())
        .await
}

#[test]
fn fifty_transfers_by_one_owner_make_one_new_owner() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let heirs = members(&acme, 10, BuiltInRole::Viewer).await;
        let before = acme.event_count().await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let to = heirs[number % heirs.len()].clone();
            attempts.spawn(transfer(
                world.service.clone(),
                acme.id,
                acme.owner.clone(),
                to,
            ));
        }
        let (done, refused): (Vec<_>, Vec<_>) = attempts
            .join_all()
            .await
            .into_iter()
            .partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        for outcome in refused {
            let refusal = outcome.refusal();
            assert!(
                is_forbidden(&refusal)
                    || matches!(refusal, ApiError::Busy | ApiError::Conflict { .. }),
                "{refusal:?}"
            );
        }
        assert_sound(world).await;
        assert_eq!(acme.stored_role(&acme.owner).await, "admin");
        let events = log(&acme, before).await;
        assert_eq!(events.len(), 1, "{events:#?}");
        let owner = world.value("select owner_id from organization").await;
        assert_eq!(events[0].target_id, owner);
    });
}

#[test]
fn fifty_transfers_among_ten_people_leave_one_owner_and_admins() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let mut people = members(&acme, 9, BuiltInRole::Viewer).await;
        people.push(acme.owner.clone());
        let before = acme.event_count().await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let (service, id, all) = (world.service.clone(), acme.id, people.clone());
            attempts.spawn(async move {
                // Whoever owns it by then hands it on.
                let mut done = 0;
                for (from, by) in all.iter().enumerate() {
                    let to = &all[(from + 1 + number % 8) % all.len()];
                    if let Err(error) = transfer(service.clone(), id, by.clone(), to.clone()).await
                    {
                        let refusal = Err::<(), _>(error).refusal();
                        let expected = is_forbidden(&refusal)
                            || matches!(refusal, ApiError::Busy | ApiError::Conflict { .. });
                        assert!(expected, "{refusal:?}");
                    } else {
                        done += 1;
                    }
                }
                done
            });
        }
        let done: usize = attempts.join_all().await.into_iter().sum();
        assert!(done > 0);
        assert_sound(world).await;
        let events = log(&acme, before).await;
        assert_eq!(events.len(), done, "one event per success");
        // Ownership went from hand to hand without a gap.
        let mut owner = acme.owner.name().to_owned();
        let mut owners = vec![owner.clone()];
        for event in &events {
            let (from, to) = field(event, "owner").unwrap();
            assert_eq!(from, owner);
            owner = to;
            owners.push(owner.clone());
        }
        let last = people.iter().find(|one| one.name() == owner).unwrap();
        let told = roles(&acme, last, &people).await;
        for (name, role) in told {
            let expected = match &name {
                name if *name == owner => "Owner",
                name if owners.contains(name) => "Admin",
                _ => "Viewer",
            };
            assert_eq!(role, expected, "{name}");
        }
    });
}

#[test]
fn fifty_removals_and_changes_of_the_same_people_happen_one_after_the_other() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let people = members(&acme, 4, BuiltInRole::Viewer).await;
        let admin = acme.member(BuiltInRole::Admin).await;
        let role = acme.blank_role("Payments").await;
        let names = [
            "devops".to_owned(),
            "billing".to_owned(),
            role.to_string(),
            "viewer".to_owned(),
        ];
        let start = roles(&acme, &acme.owner, &people).await;
        let before = acme.event_count().await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let (service, id) = (world.service.clone(), acme.id);
            let by = if number % 2 == 0 {
                acme.owner.clone()
            } else {
                admin.clone()
            };
            let ids: Vec<PersonId> = people.iter().map(|one| person(one).id).collect();
            let some = [ids[number % 4], ids[(number + 1) % 4]];
            let to = names[number % names.len()].clone();
            attempts.spawn(async move {
                match number % 10 {
                    9 => service.remove_members(&by, id, &some[..1], None).await,
                    _ => service.change_roles(&by, id, &some, &to, None).await,
                }
            });
        }
        for outcome in attempts.join_all().await {
            if outcome.is_err() {
                assert_eq!(
                    outcome.refusal(),
                    ApiError::NotFound,
                    "somebody was removed before"
                );
            }
        }
        assert_sound(world).await;
        let events = log(&acme, before).await;
        assert_eq!(
            replay(&start, &events),
            roles(&acme, &acme.owner, &people).await
        );
        let gone = events
            .iter()
            .filter(|one| one.event_type == domain::EventType::Delete)
            .count();
        let left = world.number("select count(*) from membership").await;
        assert_eq!(
            left,
            6 - i64::try_from(gone).unwrap(),
            "one event per removal"
        );
    });
}

#[test]
fn a_role_that_is_deleted_while_it_is_given_out_is_nobodys() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let people = members(&acme, 5, BuiltInRole::DevOps).await;
        let role = acme.blank_role("Payments").await;
        let start = roles(&acme, &acme.owner, &people).await;
        let before = acme.event_count().await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let (service, id, by) = (world.service.clone(), acme.id, acme.owner.clone());
            let (whom, role_name) = (person(&people[number % 5]).id, role.to_string());
            attempts.spawn(async move {
                match number % 5 {
                    0 => service
                        .delete_role(&by, id, role, Some("viewer"), None, None)
                        .await
                        .map(|()| 1),
                    1 => {
                        let form =
                            InviteForm::one(&format!("new{number}@acme.example"), &role_name);
                        service.invite(&by, id, &form).await.map(|_| 0)
                    }
                    2 => service
                        .delete_role(&by, id, role, None, None, None)
                        .await
                        .map(|()| 1),
                    _ => service
                        .change_roles(&by, id, &[whom], &role_name, None)
                        .await
                        .map(|()| 0),
                }
            });
        }
        let mut deletions = 0;
        for outcome in attempts.join_all().await {
            match outcome {
                Ok(number) => deletions += number,
                Err(error) => {
                    let refusal = Err::<(), _>(error).refusal();
                    let expected = matches!(refusal, ApiError::NotFound | ApiError::Refused { .. })
                        || refusal.for_field("role").is_some();
                    assert!(expected, "{refusal:?}");
                }
            }
        }
        assert_eq!(deletions, 1);
        assert_sound(world).await;
        assert_eq!(world.count("custom_role").await, 0);
        let events = log(&acme, before).await;
        let told = roles(&acme, &acme.owner, &people).await;
        assert_eq!(replay(&start, &events), told);
        assert!(told.values().all(|role| role != "Payments"), "{told:?}");
        let ended = events
            .iter()
            .filter(|one| one.target_label() == "Role")
            .count();
        assert_eq!(ended, 1);
    });
}

#[test]
fn fifty_people_with_one_link_are_one_member_whatever_happens_to_it_meanwhile() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let role = acme.blank_role("Payments").await.to_string();
        let form = InviteForm::one("ana@acme.example", &role);
        let invited = world
            .service
            .invite(&acme.owner, acme.id, &form)
            .await
            .unwrap();
        let invitation = invited.first().unwrap().id.unwrap();
        let token = crate::common::token_of(invited.first().unwrap().link.as_ref().unwrap());
        let before = acme.event_count().await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let (service, id, by) = (world.service.clone(), acme.id, acme.owner.clone());
            let (visitor, token) = (world.visitor(), token.clone());
            attempts.spawn(async move {
                match number {
                    13 => service
                        .revoke_invitation(&by, id, invitation)
                        .await
                        .map(|()| "revoked"),
                    23 => service
                        .decline_invitation(&visitor, &token)
                        .await
                        .map(|()| "declined"),
                    33 => service
                        .change_invited_role(&by, id, invitation, "billing")
                        .await
                        .map(|()| "changed"),
                    43 => service
                        .extend_invitation(&by, id, invitation, "30")
                        .await
                        .map(|()| "extended"),
                    _ => {
                        let joining = Joining::NewAccount {
                            name: "Ana".to_owned(),
                            password: password(),
                        };
                        service
                            .accept_invitation(&visitor, &token, joining)
                            .await
                            .map(|_| "accepted")
                    }
                }
            });
        }
        let mut done = Vec::new();
        for outcome in attempts.join_all().await {
            match outcome {
                Ok(what) => done.push(what),
                Err(error) => {
                    let refusal = Err::<(), _>(error).refusal();
                    let expected = matches!(
                        refusal,
                        ApiError::LinkVoid | ApiError::NotFound | ApiError::Busy
                    ) || refusal.for_field("email").is_some();
                    assert!(expected, "{refusal:?}");
                }
            }
        }
        let ends = done
            .iter()
            .filter(|one| ["accepted", "revoked", "declined"].contains(one))
            .count();
        assert_eq!(ends, 1, "{done:?}");
        let accepted = done.contains(&"accepted");
        assert_eq!(world.count("membership").await, 1 + i64::from(accepted));
        assert_eq!(
            world.count("person").await,
            1 + i64::from(accepted),
            "no account without its membership"
        );
        let events = log(&acme, before).await;
        assert_eq!(events.len(), done.len(), "{done:?}: {events:#?}");
        assert_sound(world).await;
    });
}

#[test]
fn an_heir_who_goes_meanwhile_either_owns_the_organization_or_is_gone() {
    on_every_engine(async |world| {
        let acme = world.organization("Acme").await;
        let heirs = members(&acme, 6, BuiltInRole::Admin).await;
        let mut attempts = JoinSet::new();
        for number in 0..AT_ONCE {
            let (service, id, by) = (world.service.clone(), acme.id, acme.owner.clone());
            let (heir, other) = (heirs[number % 6].clone(), heirs[(number + 1) % 6].clone());
            attempts.spawn(async move {
                match number % 3 {
                    0 => transfer(service, id, by, heir).await,
                    1 => service.leave(&heir, id).await,
                    _ => {
                        service
                            .remove_members(&other, id, &[person(&heir).id], None)
                            .await
                    }
                }
            });
        }
        attempts.join_all().await;
        assert_sound(world).await;
        let owner = world.value("select owner_id from organization").await;
        let here = world
            .number(&format!(
                "select count(*) from membership where person_id = '{owner}'"
            ))
            .await;
        assert_eq!(here, 1);
    });
}
