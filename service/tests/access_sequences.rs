//! Random sequences of what random members do, against a model of who holds which role that knows nothing of the code.

use std::collections::BTreeMap;

use domain::{Grants, ProjectId, RoleId, access::explain, includes};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use service::{
    Caller,
    ops::{InviteForm, Joining},
};

use crate::common::{
    Everybody, Levels, OneInvitation, Organization, Refused, World, on_sqlite, password, person,
    token_of,
};

/// Five people; the first owns the organization in the beginning. Three custom roles, made and deleted.
const PEOPLE: usize = 5;
const ROLES: usize = 3;
const LEVELS: [&str; 5] = ["NO_ACCESS", "VIEWER", "DEPLOYER", "MANAGER", "FULL"];

/// A role as the model knows it: a word, or one of the custom ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Owner,
    Admin,
    DevOps,
    Billing,
    Viewer,
    Custom(usize),
}

/// One thing somebody tries. Numbers name people and custom roles.
#[derive(Clone, Debug)]
enum Step {
    Change {
        by: usize,
        whom: Vec<usize>,
        to: Role,
    },
    Remove {
        by: usize,
        whom: Vec<usize>,
    },
    Leave {
        by: usize,
    },
    Transfer {
        by: usize,
        to: usize,
    },
    Invite {
        by: usize,
        whom: usize,
        to: Role,
    },
    ChangeInvited {
        by: usize,
        whom: usize,
        to: Role,
    },
    Accept {
        whom: usize,
    },
    Create {
        by: usize,
        role: usize,
        like: Option<Role>,
    },
    Edit {
        by: usize,
        role: usize,
        level: usize,
    },
    Delete {
        by: usize,
        role: usize,
        to: Option<Role>,
    },
}

fn anybody() -> impl Strategy<Value = usize> {
    0..PEOPLE
}
/// Who acts: more often than not somebody who may.
fn actors() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => Just(0),
        3 => Just(1),
        1 => Just(2),
        1 => Just(3),
        1 => Just(4),
    ]
}
fn some_people() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(anybody(), 1..3)
}
fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![
        1 => Just(Role::Owner),
        4 => Just(Role::Admin),
        1 => Just(Role::DevOps),
        1 => Just(Role::Billing),
        1 => Just(Role::Viewer),
        6 => (0..ROLES).prop_map(Role::Custom),
    ]
}
fn step() -> impl Strategy<Value = Step> {
    let role = || 0..ROLES;
    prop_oneof![
        4 => (actors(), some_people(), any_role()).prop_map(|(by, whom, to)| Step::Change { by, whom, to }),
        2 => (actors(), some_people()).prop_map(|(by, whom)| Step::Remove { by, whom }),
        1 => anybody().prop_map(|by| Step::Leave { by }),
        3 => (actors(), anybody()).prop_map(|(by, to)| Step::Transfer { by, to }),
        4 => (actors(), anybody(), any_role()).prop_map(|(by, whom, to)| Step::Invite { by, whom, to }),
        1 => (actors(), anybody(), any_role()).prop_map(|(by, whom, to)| Step::ChangeInvited { by, whom, to }),
        4 => anybody().prop_map(|whom| Step::Accept { whom }),
        3 => (actors(), role(), prop::option::of(any_role())).prop_map(|(by, role, like)| Step::Create { by, role, like }),
        3 => (actors(), role(), 0..LEVELS.len()).prop_map(|(by, role, level)| Step::Edit { by, role, level }),
        2 => (actors(), role(), prop::option::of(any_role())).prop_map(|(by, role, to)| Step::Delete { by, role, to }),
    ]
}

/// Who holds what, by the rules as they are told to people.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    held: [Option<Role>; PEOPLE],
    /// Open invitations: by whom, and to what.
    invited: [Option<(usize, Role)>; PEOPLE],
    /// The custom roles that exist.
    roles: [bool; ROLES],
}

impl Model {
    fn new() -> Self {
        Self {
            held: [
                Some(Role::Owner),
                Some(Role::Admin),
                Some(Role::Admin),
                Some(Role::Custom(0)),
                Some(Role::DevOps),
            ],
            invited: [None; PEOPLE],
            roles: [true, false, false],
        }
    }
    fn manages(&self, person: usize) -> bool {
        matches!(self.held[person], Some(Role::Owner | Role::Admin))
    }
    fn can_be_given(&self, role: Role) -> bool {
        match role {
            Role::Owner => false,
            Role::Custom(number) => self.roles[number],
            _ => true,
        }
    }
    fn goes(&mut self, person: usize) {
        self.held[person] = None;
        for invitation in &mut self.invited {
            if invitation.is_some_and(|(by, _)| by == person) {
                *invitation = None;
            }
        }
    }
    /// Members who are not the owner: those whom somebody may change.
    fn all_changeable(&self, whom: &[usize]) -> bool {
        whom.iter()
            .all(|one| !matches!(self.held[*one], None | Some(Role::Owner)))
    }
    /// Does it. False, and nothing changed, when it is refused.
    fn perform(&mut self, step: &Step) -> bool {
        match *step {
            Step::Change { by, ref whom, to } => {
                let may = !with_oneself(by, whom)
                    && self.manages(by)
                    && self.can_be_given(to)
                    && self.all_changeable(whom);
                if may {
                    for one in whom {
                        self.held[*one] = Some(to);
                    }
                }
                may
            }
            Step::Remove { by, ref whom } => {
                let may = !with_oneself(by, whom) && self.manages(by) && self.all_changeable(whom);
                if may {
                    for one in whom {
                        self.goes(*one);
                    }
                }
                may
            }
            Step::Leave { by } => {
                let may = self.all_changeable(&[by]);
                if may {
                    self.goes(by);
                }
                may
            }
            Step::Transfer { by, to } => {
                let may = self.held[by] == Some(Role::Owner) && by != to && self.held[to].is_some();
                if may {
                    self.held[by] = Some(Role::Admin);
                    self.held[to] = Some(Role::Owner);
                }
                may
            }
            Step::Invite { by, whom, to } => {
                let may = self.manages(by)
                    && self.can_be_given(to)
                    && self.held[whom].is_none()
                    && self.invited[whom].is_none();
                if may {
                    self.invited[whom] = Some((by, to));
                }
                may
            }
            Step::ChangeInvited { by, whom, to } => {
                let may = self.manages(by) && self.can_be_given(to) && self.invited[whom].is_some();
                if may {
                    self.invited[whom] = self.invited[whom].map(|(inviter, _)| (inviter, to));
                }
                may
            }
            Step::Accept { whom } => match self.invited[whom] {
                Some((by, role)) if self.manages(by) => {
                    self.invited[whom] = None;
                    self.held[whom] = Some(role);
                    true
                }
                _ => false,
            },
            Step::Create { by, role, like } => {
                let start = match like {
                    Some(Role::Custom(number)) => self.roles[number],
                    _ => true,
                };
                let may = self.manages(by) && !self.roles[role] && start;
                self.roles[role] |= may;
                may
            }
            Step::Edit { by, role, .. } => self.manages(by) && self.roles[role],
            Step::Delete { by, role, to } => self.delete(by, role, to),
        }
    }
    fn delete(&mut self, by: usize, role: usize, to: Option<Role>) -> bool {
        let gone = Role::Custom(role);
        let used = self.held.contains(&Some(gone))
            || self.invited.iter().flatten().any(|(_, role)| *role == gone);
        let replaced = !used || to.is_some_and(|to| to != gone && self.can_be_given(to));
        let may = self.manages(by) && self.roles[role] && replaced;
        if may {
            self.roles[role] = false;
            for held in &mut self.held {
                if *held == Some(gone) {
                    *held = to;
                }
            }
            for (_, role) in self.invited.iter_mut().flatten() {
                if *role == gone {
                    *role = to.unwrap_or(*role);
                }
            }
        }
        may
    }
}

/// Nobody changes themselves among others.
fn with_oneself(by: usize, whom: &[usize]) -> bool {
    whom.len() > 1 && whom.contains(&by)
}

/// The same, for real.
struct Reality<'w> {
    acme: Organization<'w>,
    shop: ProjectId,
    people: Vec<Caller>,
    /// The ids of the custom roles; made-up ones before they exist, stale ones after.
    roles: [RoleId; ROLES],
    tokens: [String; PEOPLE],
    invitations: BTreeMap<usize, domain::InvitationId>,
}

impl<'w> Reality<'w> {
    async fn new(world: &'w World) -> Self {
        let acme = world.organization("Acme").await;
        let shop = acme.project("Shop").await;
        let mut people = vec![acme.owner.clone()];
        let first = acme.blank_role("Role 0").await;
        let (custom, words) = (first.to_string(), ["admin", "admin", "", "devops"]);
        for (number, role) in words.into_iter().enumerate() {
            let role = if role.is_empty() {
                custom.as_str()
            } else {
                role
            };
            let token = acme
                .invites_as(&acme.owner, &format!("p{}@acme.example", number + 1), role)
                .await;
            people.push(
                acme.accepts(&token, &format!("Person {}", number + 1))
                    .await,
            );
        }
        // So that they may join again with the accounts they have.
        world.sql("update person set email_verified_at = 1").await;
        Self {
            acme,
            shop,
            people,
            roles: [
                first,
                RoleId::new(uuid::Uuid::from_u128(1)),
                RoleId::new(uuid::Uuid::from_u128(2)),
            ],
            tokens: [const { String::new() }; PEOPLE],
            invitations: BTreeMap::new(),
        }
    }
    fn word(&self, role: Role) -> String {
        match role {
            Role::Owner => "owner".to_owned(),
            Role::Admin => "admin".to_owned(),
            Role::DevOps => "devops".to_owned(),
            Role::Billing => "billing".to_owned(),
            Role::Viewer => "viewer".to_owned(),
            Role::Custom(number) => self.roles[number].to_string(),
        }
    }
    fn ids(&self, whom: &[usize]) -> Vec<domain::PersonId> {
        whom.iter()
            .map(|one| person(&self.people[*one]).id)
            .collect()
    }
    async fn perform(&mut self, step: &Step) -> service::Result<()> {
        let (service, id) = (self.acme.world.service.clone(), self.acme.id);
        let who = |number: usize| self.people[number].clone();
        match *step {
            Step::Change { by, ref whom, to } => {
                service
                    .change_roles(&who(by), id, &self.ids(whom), &self.word(to), None)
                    .await
            }
            Step::Remove { by, ref whom } => {
                service
                    .remove_members(&who(by), id, &self.ids(whom), None)
                    .await
            }
            Step::Leave { by } => service.leave(&who(by), id).await,
            Step::Transfer { by, to } => {
                let heir = who(to);
                service
                    .transfer_ownership(&who(by), id, person(&heir).id, heir.name(), password())
                    .await
            }
            Step::Invite { by, whom, to } => {
                let form = InviteForm::one(&person(&who(whom)).email, &self.word(to));
                let invited = service.invite(&who(by), id, &form).await?;
                self.tokens[whom] = token_of(&invited.link().unwrap());
                self.invitations.insert(whom, invited.id());
                Ok(())
            }
            Step::ChangeInvited { by, whom, to } => {
                let made_up = domain::InvitationId::new(uuid::Uuid::from_u128(9));
                let invitation = self.invitations.get(&whom).copied().unwrap_or(made_up);
                service
                    .change_invited_role(&who(by), id, invitation, &self.word(to))
                    .await
            }
            Step::Accept { whom } => service
                .accept_invitation(&who(whom), &self.tokens[whom], Joining::SignedIn)
                .await
                .map(drop),
            Step::Create { by, role, like } => {
                let start = like.map(|role| self.word(role)).unwrap_or_default();
                let name = format!("Role {role}");
                self.roles[role] = service
                    .create_role(&who(by), id, &name, "", &start, password())
                    .await?;
                Ok(())
            }
            Step::Edit { by, role, level } => {
                let by = who(by);
                let levels = Levels::new().project(self.shop, LEVELS[level]);
                let role = self.roles[role];
                let saved = service.role(&by, id, role).await?.saved;
                let mut form = service::ops::RoleForm {
                    name: saved.name,
                    version: saved.version,
                    ..Default::default()
                };
                levels.fill(&mut form);
                self.acme.saves(&by, role, &form).await.map(drop)
            }
            Step::Delete { by, role, to } => {
                let to = to.map(|role| self.word(role));
                service
                    .delete_role(&who(by), id, self.roles[role], to.as_deref(), None, None)
                    .await
            }
        }
    }

    /// What each holds right now, as the decision reads it.
    async fn grants(&self) -> Vec<Grants> {
        let mut tx = self.acme.world.service.store().read().await.unwrap();
        let mut all = Vec::new();
        for one in &self.people {
            all.push(tx.grants(one, self.acme.id).await.unwrap());
        }
        all
    }

    /// Every way to ask who holds what gives the model's answer (AC-8).
    async fn agrees(&self, model: &Model) -> Result<(), TestCaseError> {
        let (service, id) = (&self.acme.world.service, self.acme.id);
        let owner = model
            .held
            .iter()
            .position(|role| *role == Some(Role::Owner))
            .unwrap();
        let listed = service.everybody(&self.people[owner], id).await.unwrap();
        let summaries = service.roles(&self.people[owner], id).await.unwrap();
        let invitations = service.invitations(&self.people[owner], id).await.unwrap();
        let grants = self.grants().await;
        for (number, one) in self.people.iter().enumerate() {
            let expected = model.held[number].map(|role| self.word(role));
            let member = listed.iter().find(|member| member.id == person(one).id);
            prop_assert_eq!(
                member.map(|member| member.role.to_string()),
                expected.clone(),
                "list of members: {}",
                number
            );
            let organizations = service.organizations(one).await.unwrap();
            prop_assert_eq!(
                organizations.len(),
                usize::from(expected.is_some()),
                "organizations of {}",
                number
            );
            let access = service
                .access_of(&self.people[owner], id, person(one).id)
                .await;
            match access {
                Ok(access) => {
                    prop_assert_eq!(
                        Some(access.role_ref.to_string()),
                        expected,
                        "access of {}",
                        number
                    );
                    for here in &access.places {
                        let told: Vec<_> = here.lines.iter().map(|line| line.permission).collect();
                        let decided: Vec<_> = explain(&grants[number], here.place)
                            .iter()
                            .map(|line| line.permission)
                            .collect();
                        prop_assert_eq!(told, decided, "{} at {:?}", number, here.place);
                    }
                }
                Err(_) => prop_assert_eq!(None, expected, "access of {}", number),
            }
            // What the doors say: seeing the project, and managing members.
            let sees = service.project(one, id, self.shop).await.is_ok();
            let decided = domain::can_see(&grants[number], &domain::Lineage::project(self.shop));
            prop_assert_eq!(sees, decided, "{} and the project", number);
            prop_assert_eq!(
                service.invitations(one, id).await.is_ok(),
                model.manages(number),
                "{} and invitations",
                number
            );
            let open = invitations
                .iter()
                .find(|open| open.state.is_open() && open.email == person(one).email);
            prop_assert_eq!(
                open.map(|open| open.role.to_string()),
                model.invited[number].map(|(_, role)| self.word(role)),
                "invitation of {}",
                number
            );
        }
        for summary in summaries {
            let count = model
                .held
                .iter()
                .flatten()
                .filter(|role| self.word(**role) == summary.role.to_string())
                .count();
            prop_assert_eq!(
                summary.members as usize,
                count,
                "members of {}",
                summary.name
            );
        }
        prop_assert_eq!(self.acme.world.unsound().await, [""; 0]);
        Ok(())
    }
}

/// Who acts, and on whose behalf rights are given.
fn actor(step: &Step, model: &Model) -> usize {
    match *step {
        Step::Change { by, .. }
        | Step::Remove { by, .. }
        | Step::Leave { by }
        | Step::Transfer { by, .. }
        | Step::Invite { by, .. }
        | Step::ChangeInvited { by, .. }
        | Step::Create { by, .. }
        | Step::Edit { by, .. }
        | Step::Delete { by, .. } => by,
        // Whoever accepts has what the inviter gives.
        Step::Accept { whom } => model.invited[whom].map_or(whom, |(by, _)| by),
    }
}

async fn plays(world: &World, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut reality = Reality::new(world).await;
    let mut model = Model::new();
    reality.agrees(&model).await?;
    for (number, step) in steps.iter().enumerate() {
        let (before, snapshot) = (reality.grants().await, world.snapshot().await);
        let actor = actor(step, &model);
        let expected = model.perform(step);
        let outcome = reality.perform(step).await;
        let refused = match outcome {
            Ok(()) => {
                prop_assert!(expected, "step {}, {:?}, went through", number, step);
                false
            }
            Err(error) => {
                let refusal = Err::<(), _>(error).refusal();
                prop_assert!(
                    !expected,
                    "step {}, {:?}, was refused: {:?}",
                    number,
                    step,
                    refusal
                );
                prop_assert!(
                    refusal.status() < 500,
                    "step {}, {:?}: {:?}",
                    number,
                    step,
                    refusal
                );
                true
            }
        };
        if refused {
            let changed = crate::common::difference(&snapshot, &world.snapshot().await);
            prop_assert!(
                changed.is_empty(),
                "step {}, {:?}, was refused and left {:#?}",
                number,
                step,
                changed
            );
        }
        let after = reality.grants().await;
        for person in 0..PEOPLE {
            if before[person] == after[person] {
                continue;
            }
            // AC-5: whatever somebody gains, the actor held. Ownership is handed over, not amplified.
            let gained = !includes(&before[person], &after[person]);
            prop_assert!(
                !gained || includes(&before[actor], &after[person]),
                "step {}, {:?}, gave {} more than {} held",
                number,
                step,
                person,
                actor
            );
            // AC-13: nobody touches who holds more.
            prop_assert!(
                person == actor || includes(&before[actor], &before[person]),
                "step {}, {:?}: {} changed {}, who held more",
                number,
                step,
                actor,
                person
            );
        }
        reality.agrees(&model).await.map_err(|error| {
            TestCaseError::fail(format!("after step {number}, {step:?}: {error}"))
        })?;
    }
    Ok(())
}

#[test]
fn whatever_people_do_in_whatever_order_roles_are_where_the_rules_put_them() {
    let config = Config {
        cases: 24,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let sequences = prop::collection::vec(step(), 1..20);
    let outcome = runner.run(&sequences, |steps| {
        let result = std::sync::Mutex::new(Ok(()));
        on_sqlite(async |world| {
            *result.lock().unwrap() = plays(world, &steps).await;
        });
        result.into_inner().unwrap()
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
