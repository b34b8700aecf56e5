//! The matrix of the role editor as a form sends it.
//!
//! `cluster.<id>` and `type.<id>.<KIND>` carry level codes. `project.<id>` is the row for all types of a project, with
//! `FULL` for Full access; it is absent or empty where the types differ. `was.<id>` is what the page showed, head and
//! types: without a script the head row keeps its choice when only a type below it changes, and the other way round,
//! so what differs from the page is what somebody chose.

use std::collections::{BTreeMap, HashMap};

use domain::{ApiError, ClusterId, EnvironmentType, ProjectId};
use service::ops::RoleForm;

use super::settings::id;

/// The code of the head row for Full access.
pub const FULL: &str = "FULL";

/// What was sent for one project.
#[derive(Default)]
struct Sent<'a> {
    head: &'a str,
    types: BTreeMap<usize, &'a str>,
    was: Option<&'a str>,
}

/// Puts what was sent into the form of the operation.
///
/// # Errors
/// `NotFound` for names that cannot name anything.
pub fn read(sent: &HashMap<String, String>, form: &mut RoleForm) -> Result<(), ApiError> {
    let mut projects: BTreeMap<ProjectId, Sent<'_>> = BTreeMap::new();
    for (name, code) in sent {
        let (what, of) = name.split_once('.').ok_or(ApiError::NotFound)?;
        match what {
            "cluster" => form.clusters.push((id::<ClusterId>(of)?, code.clone())),
            "project" => projects.entry(id(of)?).or_default().head = code,
            "was" => projects.entry(id(of)?).or_default().was = Some(code),
            "type" => {
                let (project, kind) = of.split_once('.').ok_or(ApiError::NotFound)?;
                let place = place_of(kind)?;
                let project = projects.entry(id(project)?).or_default();
                project.types.insert(place, code);
            }
            _ => return Err(ApiError::NotFound),
        }
    }
    for (project, sent) in projects {
        form.projects.extend(
            sent.levels()
                .into_iter()
                .map(|(kind, level)| (project, kind, level.to_owned())),
        );
    }
    Ok(())
}

fn place_of(kind: &str) -> Result<usize, ApiError> {
    EnvironmentType::ALL
        .into_iter()
        .position(|known| known.code() == kind)
        .ok_or(ApiError::NotFound)
}

impl<'a> Sent<'a> {
    fn levels(&self) -> Vec<(Option<EnvironmentType>, &'a str)> {
        let (was_head, was_types) = self
            .was
            .unwrap_or_default()
            .split_once(':')
            .unwrap_or_default();
        let was_types: Vec<&str> = was_types.split(',').collect();
        let head = (!self.head.is_empty()).then_some((None, self.head));
        let chosen = self.was.is_none() || self.head != was_head;
        match head {
            // Full access has no levels of its own below it.
            Some(head) if self.head == FULL => vec![head],
            Some(head) if chosen => {
                let differs = |place: usize, code: &str| {
                    self.was.is_some() && was_types.get(place) != Some(&code)
                };
                let changed = self.types().filter(|(place, code)| differs(*place, code));
                [head].into_iter().chain(changed.map(of_type)).collect()
            }
            _ => self.types().map(of_type).collect(),
        }
    }

    fn types(&self) -> impl Iterator<Item = (usize, &'a str)> {
        self.types
            .iter()
            .map(|(place, code)| (*place, *code))
            .filter(|(_, code)| !code.is_empty())
    }
}

fn of_type((place, code): (usize, &str)) -> (Option<EnvironmentType>, &str) {
    (EnvironmentType::ALL.get(place).copied(), code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use EnvironmentType as T;

    const SHOP: &str = "00000000-0000-0000-0000-000000000001";
    const SAME: [(&str, &str); 4] = [
        ("PRODUCTION", "DEPLOYER"),
        ("STAGING", "DEPLOYER"),
        ("DEVELOPMENT", "DEPLOYER"),
        ("PREVIEW", "DEPLOYER"),
    ];

    fn read_project(
        head: Option<&str>,
        was: Option<&str>,
        types: &[(&str, &str)],
    ) -> Vec<(Option<T>, String)> {
        let mut sent = HashMap::new();
        if let Some(head) = head {
            sent.insert(format!("project.{SHOP}"), head.to_owned());
        }
        if let Some(was) = was {
            sent.insert(format!("was.{SHOP}"), was.to_owned());
        }
        for (kind, code) in types {
            sent.insert(format!("type.{SHOP}.{kind}"), (*code).to_owned());
        }
        let mut form = RoleForm::default();
        read(&sent, &mut form).unwrap();
        form.projects
            .into_iter()
            .map(|(_, kind, code)| (kind, code))
            .collect()
    }

    fn of(kind: Option<T>, code: &str) -> (Option<T>, String) {
        (kind, code.to_owned())
    }

    #[test]
    fn a_head_that_nobody_touched_leaves_it_to_the_types() {
        let was = Some("DEPLOYER:DEPLOYER,DEPLOYER,DEPLOYER,DEPLOYER");
        let mut types = SAME;
        types[1].1 = "MANAGER";
        assert_eq!(
            read_project(Some("DEPLOYER"), was, &types),
            [
                of(Some(T::Production), "DEPLOYER"),
                of(Some(T::Staging), "MANAGER"),
                of(Some(T::Development), "DEPLOYER"),
                of(Some(T::Preview), "DEPLOYER"),
            ]
        );
    }

    #[test]
    fn a_chosen_head_sets_all_types_but_those_that_were_chosen_too() {
        let was = Some("DEPLOYER:DEPLOYER,DEPLOYER,DEPLOYER,DEPLOYER");
        assert_eq!(
            read_project(Some("VIEWER"), was, &SAME),
            [of(None, "VIEWER")]
        );
        let mut types = SAME;
        types[3].1 = "NO_ACCESS";
        assert_eq!(
            read_project(Some("VIEWER"), was, &types),
            [of(None, "VIEWER"), of(Some(T::Preview), "NO_ACCESS")]
        );
    }

    #[test]
    fn full_access_stays_and_is_left_as_a_whole() {
        let was = Some("FULL:MANAGER,MANAGER,MANAGER,MANAGER");
        let types = SAME.map(|(kind, _)| (kind, "MANAGER"));
        assert_eq!(read_project(Some("FULL"), was, &types), [of(None, "FULL")]);
        assert_eq!(
            read_project(Some("VIEWER"), was, &types),
            [of(None, "VIEWER")]
        );
    }

    #[test]
    fn without_the_page_the_head_wins_where_it_is_set() {
        assert_eq!(
            read_project(Some("VIEWER"), None, &SAME),
            [of(None, "VIEWER")]
        );
        assert_eq!(read_project(None, None, &SAME).len(), 4);
        assert_eq!(
            read_project(Some(""), Some(":VIEWER,DEPLOYER,,"), &SAME[..1]),
            [of(Some(T::Production), "DEPLOYER")]
        );
    }

    #[test]
    fn names_that_name_nothing_are_not_found() {
        for name in [
            "",
            "cluster",
            "cluster.x",
            "type.x.STAGING",
            "was.1",
            "who.1",
        ] {
            let sent = HashMap::from([(name.to_owned(), "VIEWER".to_owned())]);
            assert_eq!(
                read(&sent, &mut RoleForm::default()),
                Err(ApiError::NotFound),
                "{name}"
            );
        }
    }
}
