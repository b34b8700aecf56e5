//! Finding things over a whole organization, as far as the caller may see them.

use std::collections::{BTreeMap, HashMap};

use domain::{
    EnvironmentId, EnvironmentType, Grants, LevelRef, Lineage, OrganizationId, ProjectId, can_see,
    search::Search,
    view::{FoundVariable, Named, PlaceView, SearchView, Tree},
};

use super::console::{rights, tree};
use crate::{
    Caller, Result, Service,
    store::{FoundRow, Sight},
};

/// The most variables a search lists.
pub const VARIABLES_FOUND: usize = 100;
/// The most projects, environments and services a search lists.
pub const PLACES_FOUND: usize = 20;

impl Service {
    /// Finds variables by key, description and mount path, and places by name; never by value. An empty search finds
    /// nothing.
    ///
    /// # Errors
    /// `NotFound` for whoever does not belong to the organization.
    pub async fn search(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        text: &str,
    ) -> Result<SearchView> {
        let mut tx = self.store.read().await?;
        let seen = tx.belongs(caller, organization).await?;
        let held = tx.grants(caller, organization).await?;
        let mut view = SearchView {
            organization: seen.target().slug.clone(),
            rights: rights(&held, "", &Lineage::organization()),
            places: Vec::new(),
            more_places: false,
            variables: Vec::new(),
            more_variables: false,
        };
        let search = Search::parse(text);
        if search.is_empty() {
            return Ok(view);
        }
        let tree = tree(&mut tx, &held, organization).await?;
        let places = places(&tree);
        let rows = tx
            .find_variables(
                organization,
                &search,
                &sight(&tree, &held, &search),
                environments(&places, &search).as_deref(),
                VARIABLES_FOUND + 1,
            )
            .await?;
        (view.variables, view.more_variables) = first(found(rows, &places), VARIABLES_FOUND);
        (view.places, view.more_places) = first(fitting(places, &search), PLACES_FOUND);
        Ok(view)
    }
}

/// Every place in sight, in the order of the rail.
fn places(tree: &Tree) -> Vec<(LevelRef, PlaceView)> {
    let named = |name: &str, slug: &str| Named {
        name: name.to_owned(),
        slug: slug.to_owned(),
    };
    let mut places = Vec::new();
    for project in &tree.projects {
        let above = PlaceView {
            project: named(&project.name, &project.slug),
            environment: None,
            service: None,
        };
        places.push((LevelRef::Project(project.id), above.clone()));
        for environment in &project.environments {
            let above = PlaceView {
                environment: Some((
                    named(&environment.name, &environment.slug),
                    environment.kind,
                )),
                ..above.clone()
            };
            places.push((LevelRef::Environment(environment.id), above.clone()));
            places.extend(environment.services.iter().map(|service| {
                let place = PlaceView {
                    service: Some((named(&service.name, &service.slug), service.kind)),
                    ..above.clone()
                };
                (LevelRef::Service(service.id), place)
            }));
        }
    }
    places
}

/// Where variables may be looked for: the projects in sight that are asked for, by the types in sight there.
fn sight(tree: &Tree, held: &Grants, search: &Search) -> Vec<Sight> {
    let mut by_types: BTreeMap<Vec<EnvironmentType>, Vec<ProjectId>> = BTreeMap::new();
    let asked = tree
        .projects
        .iter()
        .filter(|project| search.admits_project(&project.name, &project.slug));
    for project in asked {
        let kinds = EnvironmentType::ALL
            .into_iter()
            .filter(|kind| can_see(held, &Lineage::environment(project.id, *kind)))
            .collect();
        by_types.entry(kinds).or_default().push(project.id);
    }
    by_types
        .into_iter()
        .map(|(kinds, projects)| Sight { kinds, projects })
        .collect()
}

/// The environments that are asked for; none when the search names none.
fn environments(places: &[(LevelRef, PlaceView)], search: &Search) -> Option<Vec<EnvironmentId>> {
    let asked = places.iter().filter_map(|(level, place)| match level {
        LevelRef::Environment(id) if search.admits(place) => Some(*id),
        _ => None,
    });
    (!search.environments.is_empty()).then(|| asked.collect())
}

/// The rows with their places. One whose place is not in sight is not shown, whatever the query said.
fn found(rows: Vec<FoundRow>, places: &[(LevelRef, PlaceView)]) -> Vec<FoundVariable> {
    let places: HashMap<_, _> = places
        .iter()
        .map(|(level, place)| (*level, place))
        .collect();
    rows.into_iter()
        .filter_map(|row| {
            let place = *places.get(&row.level)?;
            Some(FoundVariable {
                id: row.id,
                key: row.key,
                kind: row.kind,
                secret: row.secret,
                mount_path: row.mount_path,
                description: row.description,
                updated_at: row.updated_at,
                updated_by: row.updated_by,
                place: place.clone(),
            })
        })
        .collect()
}

/// The places that fit, the best first, else as the rail has them.
fn fitting(places: Vec<(LevelRef, PlaceView)>, search: &Search) -> Vec<PlaceView> {
    let mut fitting: Vec<_> = places
        .into_iter()
        .filter_map(|(_, place)| Some((search.fit(&place)?, place)))
        .collect();
    fitting.sort_by_key(|(fit, _)| *fit);
    fitting.into_iter().map(|(_, place)| place).collect()
}

/// At most so many, and whether there are more.
fn first<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, bool) {
    let more = all.len() > most;
    all.truncate(most);
    (all, more)
}
