use std::collections::{BTreeMap, HashMap};

use domain::{
    Grants, LevelRef, Lineage, OrganizationId, Permission, Scope, VariableId, VariableKind,
    can_see, decide,
    effective::{Definition, Problem, effective},
    resolve::resolve,
    view::{Resolved, ScopeChoice, VariableView},
};
use vault::Keyring;

use super::{
    builtin::{of_context, views},
    located,
    mentions::{Context, Web},
    overrides_below,
    seal::{hint_place, open, open_text, open_value, value_place},
};
use crate::{
    Caller, Error, Level, ProjectTarget, Result, Service,
    authz::Target,
    store::{EnvironmentRow, ServiceRow, Tx, VariableRow},
};

/// Characters of a plain value that a list shows.
const LIST_CUT: usize = 300;

/// What a variables page shows.
#[derive(Clone, Debug)]
pub struct VariablesView {
    /// The level's name.
    pub name: String,
    /// The level's scope.
    pub scope: Scope,
    /// What counts here, by key.
    pub variables: Vec<VariableView>,
    /// Where something can be added from here, widest first.
    pub scopes: Vec<ScopeChoice>,
    /// By the id of one of `variables`: the wider definitions of its key that it hides, narrowest first.
    pub hidden: HashMap<VariableId, Vec<VariableView>>,
    /// By key: the keys of the variables here that mention it.
    pub mentions: BTreeMap<String, Vec<String>>,
    /// What becomes of those that mention others.
    pub resolved: HashMap<VariableId, Resolved>,
    /// What the registry itself defines here, by key.
    pub built_ins: Vec<VariableView>,
}

/// What hangs on a variable, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependants {
    /// Where overrides are that go with it.
    pub overrides: Vec<String>,
    /// The aliases that go with it, and where they are.
    pub aliases: Vec<String>,
    /// What mentions it and would find it nowhere, and where that is.
    pub mentions: Vec<String>,
}

/// What a change of a variable reaches, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// The narrower places that keep a value of their own.
    pub overridden: Vec<String>,
    /// What mentions it, and where that is.
    pub used_by: Vec<String>,
}

/// "Service api".
fn named(level: &Level) -> String {
    format!("{} {}", level.scope().label(), level.name())
}

impl Service {
    /// What a level sees: its own definitions and those above that nothing hides.
    ///
    /// # Errors
    /// `NotFound` when the level is not in sight.
    pub async fn variables(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
    ) -> Result<VariablesView> {
        let mut tx = self.store.read().await?;
        let level = tx.level(organization, level).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let locks = locks(&mut tx, caller, &level).await?;
        let rows = tx.variables_visible_from(&level).await?;
        let held = tx.grants(caller, organization).await?;
        let scopes = scope_choices(&mut tx, &level, &locks, &held).await?;
        let mut list = VariablesView {
            name: level.name().to_owned(),
            scope: level.scope(),
            variables: Vec::with_capacity(rows.len()),
            scopes,
            hidden: HashMap::new(),
            mentions: BTreeMap::new(),
            resolved: HashMap::new(),
            built_ins: Vec::new(),
        };
        let environments = tx.built_in_environments(level.project()).await?;
        let seen = of_context(level.project(), &environments, Context::of(&level));
        list.built_ins = views(&level, seen);
        let shown = |row: &VariableRow| -> Result<VariableView> {
            let mut view = listed_view(&ring, organization, row)?;
            view.defined_here = view.scope == level.scope();
            view.locked = locks.get(&view.scope).cloned().flatten();
            Ok(view)
        };
        for resolved in resolve(rows) {
            let mut view = shown(&resolved.winner)?;
            for key in &resolved.winner.mentions {
                list.mentions
                    .entry(key.clone())
                    .or_default()
                    .push(view.key.clone());
            }
            view.overrides = resolved.hidden.first().map(|hidden| hidden.scope);
            if !resolved.hidden.is_empty() {
                let hidden = resolved
                    .hidden
                    .iter()
                    .map(|row| shown(row).map(cut))
                    .collect::<Result<_>>()?;
                list.hidden.insert(view.id, hidden);
            }
            list.variables.push(view);
        }
        list.resolved = resolved_values(&list);
        for view in &mut list.variables {
            // An alias of what turned into a secret since is one, too.
            let secret = list.resolved.get(&view.id) == Some(&Resolved::Secret);
            view.secret |= view.alias_of.is_some() && secret;
        }
        list.variables = list.variables.into_iter().map(cut).collect();
        Ok(list)
    }

    /// One variable with its whole plain value, for its form.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight.
    pub async fn variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<VariableView> {
        let mut tx = self.store.read().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let mut view = variable_view(&ring, organization, &row)?;
        view.locked = locks(&mut tx, caller, &level)
            .await?
            .remove(&level.scope())
            .flatten();
        view.defined_here = true;
        Ok(view)
    }

    /// What hangs on a variable, by the names of where it is, as far as that is in sight.
    ///
    /// # Errors
    /// `NotFound` when the variable is not in sight.
    pub async fn dependants(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<Dependants> {
        let mut tx = self.store.read().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let below = overrides_below(&mut tx, organization, &level, &row.key).await?;
        let held = tx.grants(caller, organization).await?;
        let mut found = Dependants::default();
        for (_, level) in &below {
            if can_see(&held, &level.lineage()) {
                found.overrides.push(named(level));
            }
        }
        let web = Web::of(&mut tx, level.project()).await?;
        let also: Vec<_> = below.iter().map(|(row, _)| row.level_id.clone()).collect();
        for one in web.left_behind(&level, &row.key, &also) {
            let (_, level) = located(&mut tx, organization, one.id).await?;
            if !can_see(&held, &level.lineage()) {
                continue;
            }
            let user = format!("{} in {}", one.key, named(&level));
            if one.is_alias {
                found.aliases.push(user);
            } else {
                found.mentions.push(user);
            }
        }
        Ok(found)
    }

    /// What else there is to know before a variable is changed, as far as that is in sight.
    ///
    /// # Errors
    /// `NotFound` when the variable is not in sight.
    pub async fn variable_impact(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
    ) -> Result<Impact> {
        let mut tx = self.store.read().await?;
        let (row, level) = located(&mut tx, organization, variable).await?;
        tx.may_read_level(caller, &level).await?;
        let held = tx.grants(caller, organization).await?;
        let web = Web::of(&mut tx, level.project()).await?;
        let mut impact = Impact::default();
        for id in web.narrower(&level, &row.key) {
            let (_, place) = located(&mut tx, organization, id).await?;
            if can_see(&held, &place.lineage()) {
                impact.overridden.push(named(&place));
            }
        }
        for id in web.users(&level, &row.key) {
            let (user, place) = located(&mut tx, organization, id).await?;
            if can_see(&held, &place.lineage()) {
                impact
                    .used_by
                    .push(format!("{} in {}", user.key, named(&place)));
            }
        }
        Ok(impact)
    }

    /// The plain values behind two versions of a variable, for reading the log. None where it is or became a secret.
    pub(in crate::ops) async fn plain_version(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        variable: &str,
        version: u64,
    ) -> Result<Option<String>> {
        let Some(row) = tx
            .variable_version(organization, variable, version)
            .await?
            .filter(|row| !row.secret)
        else {
            return Ok(None);
        };
        let ring = self.keys.organization(tx, organization).await?;
        let place = value_place(
            organization,
            crate::store::id(variable)?,
            row.version,
            row.is_file,
            false,
        );
        open_text(&ring, &place, &row.value).map(Some)
    }
}

/// What becomes of the values that mention others. Secrets stay closed: whatever holds one is one.
fn resolved_values(list: &VariablesView) -> HashMap<VariableId, Resolved> {
    let all = list.variables.iter().chain(&list.built_ins);
    let values = effective(all.map(|one| Definition {
        key: &one.key,
        value: one.value.as_deref().unwrap_or_default(),
        secret: one.secret || one.damaged,
        interpolated: one.interpolate && !one.damaged,
    }));
    let mentions = |one: &&VariableView| {
        one.alias_of.is_some()
            || one.interpolate
                && one
                    .value
                    .as_deref()
                    .is_some_and(|value| value.contains("{{"))
    };
    list.variables
        .iter()
        .filter(mentions)
        .filter_map(|one| {
            let value = values.get(one.key.as_str())?;
            let shown = match &value.value {
                // What is defined at a narrower scope only is unknown here, and known where it is delivered.
                Err(Problem::Unknown(_)) if list.scope != Scope::Service => return None,
                Err(problem) => Resolved::Broken(problem.sentence()),
                Ok(_) if value.secret => Resolved::Secret,
                Ok(text) => Resolved::Text(cut_text(text.clone())),
            };
            Some((one.id, shown))
        })
        .collect()
}

/// For each scope from the project to this level: why the caller cannot change variables there, if they cannot.
pub(super) async fn locks(
    tx: &mut Tx,
    caller: &Caller,
    level: &Level,
) -> Result<HashMap<Scope, Option<String>>> {
    let held = tx.grants(caller, level.organization().id).await?;
    let why = |level: &Level| match decide(&held, Permission::VariablesEdit, &level.lineage()) {
        domain::Decision::Allow(_) => None,
        domain::Decision::Deny(refusal) => Some(format!(
            "Needs “{}”: {} can do this.",
            refusal.permission.label(),
            refusal.who()
        )),
    };
    Ok(level
        .with_parents()
        .iter()
        .map(|level| (level.scope(), why(level)))
        .collect())
}

fn variable_view(
    ring: &Keyring,
    organization: OrganizationId,
    row: &VariableRow,
) -> Result<VariableView> {
    let value = match row.secret {
        true => None,
        false => Some(open_value(ring, organization, row)?),
    };
    let hint = match &row.hint {
        Some(sealed) => {
            let text = open(ring, &hint_place(organization, row.id, row.version), sealed)?;
            Some(serde_json::from_slice(text.expose()).map_err(|_| Error::Malformed("hint"))?)
        }
        None => None,
    };
    Ok(VariableView {
        size: value.as_ref().map(String::len),
        value,
        hint,
        ..unopened(row)
    })
}

/// As [`variable_view`], for lists: one damaged value is named and does not take the others along.
pub(super) fn listed_view(
    ring: &Keyring,
    organization: OrganizationId,
    row: &VariableRow,
) -> Result<VariableView> {
    match variable_view(ring, organization, row) {
        Err(error @ Error::Integrity { .. }) => {
            tracing::error!(%error, "integrity failure");
            Ok(VariableView {
                damaged: true,
                ..unopened(row)
            })
        }
        other => other,
    }
}

/// Everything about a variable that is stored in the clear.
pub(super) fn unopened(row: &VariableRow) -> VariableView {
    VariableView {
        id: row.id,
        key: row.key.clone(),
        kind: row.kind,
        scope: row.scope,
        secret: row.secret,
        is_file: row.mount_path.is_some(),
        value: None,
        size: None,
        damaged: false,
        hint: None,
        mount_path: row.mount_path.clone(),
        alias_of: (row.kind == VariableKind::Alias)
            .then(|| row.mentions.first().cloned())
            .flatten(),
        interpolate: row.interpolate,
        description: row.description.clone(),
        version: row.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by.clone(),
        overrides: None,
        defined_here: false,
        locked: None,
    }
}

/// As lists show it: with the beginning of a long value.
pub(super) fn cut(mut view: VariableView) -> VariableView {
    view.value = view.value.map(cut_text);
    view
}

pub(super) fn cut_text(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LIST_CUT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

async fn scope_choices(
    tx: &mut Tx,
    level: &Level,
    locks: &HashMap<Scope, Option<String>>,
    held: &Grants,
) -> Result<Vec<ScopeChoice>> {
    let registry = Registry::of(tx, level.project()).await?;
    Ok(level
        .with_parents()
        .iter()
        .map(|level| ScopeChoice {
            scope: level.scope(),
            name: format!("{} {}", level.scope().label(), level.name()),
            consequence: registry.reached_by(level, held),
            locked: locks.get(&level.scope()).cloned().flatten(),
        })
        .collect())
}

/// Whom a change at a level reaches, as far as somebody with these grants sees it: "7 services in 3 environments".
pub(super) async fn reach_of(tx: &mut Tx, level: &Level, held: &Grants) -> Result<String> {
    let registry = Registry::of(tx, level.project()).await?;
    Ok(registry.reached_by(level, held))
}

/// The environments and services of a project.
struct Registry {
    environments: Vec<EnvironmentRow>,
    services: Vec<ServiceRow>,
}

impl Registry {
    async fn of(tx: &mut Tx, project: &ProjectTarget) -> Result<Self> {
        let mut environments = tx.all_environments(project.organization.id).await?;
        environments.retain(|environment| environment.project_id == project.id);
        Ok(Self {
            environments,
            services: tx.all_services(project.organization.id).await?,
        })
    }

    fn reached_by(&self, level: &Level, held: &Grants) -> String {
        let in_environment = |id| {
            self.services
                .iter()
                .filter(move |service| service.environment_id == id)
        };
        match level {
            Level::Project(project) => {
                let seen: Vec<_> = self
                    .environments
                    .iter()
                    .filter(|one| can_see(held, &Lineage::environment(project.id, one.kind)))
                    .collect();
                let count: usize = seen.iter().map(|one| in_environment(one.id).count()).sum();
                format!(
                    "{} in {}",
                    counted(count, "service"),
                    counted(seen.len(), "environment")
                )
            }
            Level::Environment(target) => {
                let names: Vec<_> = in_environment(target.id)
                    .map(|service| service.name.as_str())
                    .collect();
                match names.len() {
                    0 => "no service yet".to_owned(),
                    1..=6 => format!("{}: {}", counted(names.len(), "service"), names.join(", ")),
                    many => counted(many, "service"),
                }
            }
            Level::Service(_) => "only here".to_owned(),
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
