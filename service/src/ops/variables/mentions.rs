//! Who mentions whom in a project: what a change would break, before it is made. Nothing is opened for that.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    EnvironmentId, Invalid, Scope, ServiceId, VariableId, VariableKind,
    builtin::{BuiltIn, BuiltInEnvironment},
    effective::{Problem, check_mentions},
};

use super::builtin::of_context;
use crate::{
    Level, ProjectTarget, Result,
    store::{MentionRow, Tx},
};

/// From where keys are looked up: a service, or a level that has none below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub environment: Option<EnvironmentId>,
    pub service: Option<ServiceId>,
}

impl Context {
    pub fn of(level: &Level) -> Self {
        Self {
            environment: level.environment().map(|environment| environment.id),
            service: level.service().map(|service| service.id),
        }
    }
}

/// A definition that would not be deliverable any more, and where it is.
pub(super) struct Reference {
    pub id: VariableId,
    pub key: String,
    pub is_alias: bool,
}

/// Everything in a project that takes part in who mentions whom.
#[derive(Clone)]
pub(super) struct Web {
    project: ProjectTarget,
    pub environments: Vec<BuiltInEnvironment>,
    rows: Vec<MentionRow>,
}

/// What becomes of keys at a level: what each mentions, none for one that goes.
pub(super) type Plan<'a> = BTreeMap<&'a str, Option<&'a [String]>>;

/// The definitions that count in a context, by key, with what each mentions.
type Winners<'a> = BTreeMap<&'a str, &'a MentionRow>;

impl Web {
    pub async fn of(tx: &mut Tx, project: &ProjectTarget) -> Result<Self> {
        Ok(Self {
            project: project.clone(),
            environments: tx.built_in_environments(project).await?,
            rows: tx.mentions_in(project).await?,
        })
    }

    /// Puts a definition in, in place of the former one of the same key and level.
    pub fn put(&mut self, level: &Level, key: &str, mentions: Vec<String>) {
        let level_id = level.id();
        self.rows
            .retain(|row| row.key != key || row.level_id != level_id);
        self.rows.push(defined(level, key, mentions));
    }

    /// The built-in variables of a context.
    pub fn built_ins(&self, context: Context) -> Vec<BuiltIn> {
        of_context(&self.project, &self.environments, context)
    }

    /// Where what is defined at a level is delivered: the services at or below it, or the level where there are none.
    fn contexts(&self, level: &Level) -> Vec<Context> {
        let here = Context::of(level);
        let within = |environment: &&BuiltInEnvironment| {
            here.environment.is_none_or(|only| only == environment.id)
        };
        let below: Vec<Context> = self
            .environments
            .iter()
            .filter(within)
            .flat_map(|environment| {
                environment.services.iter().map(|service| Context {
                    environment: Some(environment.id),
                    service: Some(service.id),
                })
            })
            .filter(|context| {
                here.service
                    .is_none_or(|only| context.service == Some(only))
            })
            .collect();
        if below.is_empty() { vec![here] } else { below }
    }

    fn winners(&self, context: Context) -> Winners<'_> {
        let levels = self.levels(context);
        let mut winners = Winners::new();
        for row in self
            .rows
            .iter()
            .filter(|row| levels.contains(&row.level_id))
        {
            let narrower = winners
                .get(row.key.as_str())
                .is_none_or(|other| other.scope < row.scope);
            if narrower {
                winners.insert(&row.key, row);
            }
        }
        winners
    }

    /// Refuses a definition that mentions a key defined nowhere it is delivered, or itself in the end.
    pub fn check(&self, invalid: &mut Invalid, field: &str, level: &Level, key: &str) {
        if let Some(problem) = self.problems(level, &[key]).remove(key) {
            invalid.add(field, problem);
        }
    }

    /// Of these definitions of a level, those that [`check`](Self::check) would refuse, and why.
    pub fn problems<'k>(&self, level: &Level, keys: &[&'k str]) -> BTreeMap<&'k str, String> {
        let level_id = level.id();
        let (mut refused, mut unknown) = (BTreeMap::new(), BTreeMap::new());
        let mut fits_somewhere = BTreeSet::new();
        for context in self.contexts(level) {
            let winners = self.winners(context);
            let built_ins = self.built_ins(context);
            let graph: BTreeMap<&str, Vec<&str>> = winners
                .iter()
                .map(|(key, row)| (*key, row.mentions.iter().map(String::as_str).collect()))
                .chain(built_ins.iter().map(|one| (one.key.as_str(), Vec::new())))
                .collect();
            for key in keys {
                if winners.get(key).is_none_or(|row| row.level_id != level_id) {
                    continue;
                }
                match check_mentions(&graph, key) {
                    Ok(()) => drop(fits_somewhere.insert(*key)),
                    Err(problem @ Problem::Unknown(_)) => {
                        unknown.entry(*key).or_insert(problem);
                    }
                    Err(problem) => {
                        refused.entry(*key).or_insert(problem);
                    }
                }
            }
        }
        // Where some services lack the key, their pages say so; where all do, it is a slip of the pen.
        unknown.retain(|key, _| !fits_somewhere.contains(key));
        unknown.extend(refused);
        unknown
            .into_iter()
            .map(|(key, problem)| (key, problem.sentence()))
            .collect()
    }

    /// The definitions that mention a key and would find it nowhere, once it is gone from a level and from `also`, the
    /// levels below that lose their overrides with it.
    pub fn left_behind(&self, level: &Level, key: &str, also: &[String]) -> Vec<Reference> {
        let level_id = level.id();
        let goes = |row: &MentionRow| row.level_id == level_id || also.contains(&row.level_id);
        let mut found: Vec<Reference> = Vec::new();
        for context in self.contexts(level) {
            let levels = self.levels(context);
            let mut defined = self
                .rows
                .iter()
                .filter(|row| row.key == key && levels.contains(&row.level_id));
            if !defined.all(goes) {
                continue;
            }
            for row in self.winners(context).into_values() {
                let mentions = row.key != key && row.mentions.iter().any(|one| one == key);
                if mentions && !found.iter().any(|one| one.id == row.id) {
                    found.push(Reference {
                        id: row.id,
                        key: row.key.clone(),
                        is_alias: row.kind == VariableKind::Alias,
                    });
                }
            }
        }
        found
    }

    /// Is this variable defined anywhere in the project?
    pub fn defines(&self, variable: VariableId) -> bool {
        self.rows.iter().any(|row| row.id == variable)
    }

    /// What of a plan cannot be, by key and with the reason: a definition that mentions what it finds nowhere, or itself
    /// in the end; the end of one that others mention or override.
    pub fn objections(&self, level: &Level, plan: &Plan<'_>) -> BTreeMap<String, String> {
        let level_id = level.id();
        let mut after = self.clone();
        after
            .rows
            .retain(|row| row.level_id != level_id || !plan.contains_key(row.key.as_str()));
        for (key, mentions) in plan {
            if let Some(mentions) = mentions {
                after.rows.push(defined(level, key, mentions.to_vec()));
            }
        }
        let mut found = after.unsound(level, plan);
        for (key, why) in after.stranded(level, plan) {
            found.entry(key).or_insert(why);
        }
        found
    }

    /// Of a plan that was carried out: what mentions nothing, and what is missing.
    fn unsound(&self, level: &Level, plan: &Plan<'_>) -> BTreeMap<String, String> {
        let level_id = level.id();
        let mut found = BTreeMap::new();
        let (mut unknown, mut fits) = (BTreeMap::new(), BTreeSet::new());
        for context in self.contexts(level) {
            let winners = self.winners(context);
            let built_ins = self.built_ins(context);
            let graph: BTreeMap<&str, Vec<&str>> = winners
                .iter()
                .map(|(key, row)| (*key, row.mentions.iter().map(String::as_str).collect()))
                .chain(built_ins.iter().map(|one| (one.key.as_str(), Vec::new())))
                .collect();
            for row in winners.values() {
                for missing in &row.mentions {
                    let goes = plan.get(missing.as_str()).is_some_and(Option::is_none);
                    if goes && !graph.contains_key(missing.as_str()) {
                        found.insert(missing.clone(), format!("{} mentions it.", row.key));
                    }
                }
            }
            for (key, mentions) in plan {
                let counts = match mentions {
                    Some(_) => winners.get(key).is_some_and(|row| row.level_id == level_id),
                    // What it hid counts again.
                    None => graph.contains_key(key),
                };
                if !counts {
                    continue;
                }
                match check_mentions(&graph, key) {
                    Ok(()) => {
                        fits.insert(*key);
                    }
                    Err(problem @ Problem::Unknown(_)) => {
                        unknown.entry(*key).or_insert(problem);
                    }
                    Err(problem) => {
                        found.insert((*key).to_owned(), problem.sentence());
                    }
                }
            }
        }
        // As for a single value: where some services lack a key, their pages say so.
        for (key, problem) in unknown {
            let is_there = plan.get(key).is_some_and(Option::is_some);
            if is_there && !fits.contains(key) {
                found.entry(key.to_owned()).or_insert(problem.sentence());
            }
        }
        found
    }

    /// Of a plan that was carried out: overrides below that hide nothing any more, by their key.
    fn stranded(&self, level: &Level, plan: &Plan<'_>) -> Vec<(String, String)> {
        let level_id = level.id();
        let hides_nothing = |row: &&MentionRow| {
            let above = self.above(row);
            let goes = plan.get(row.key.as_str()).is_some_and(Option::is_none);
            goes && row.kind == VariableKind::Override
                && above.contains(&level_id)
                && !self
                    .rows
                    .iter()
                    .any(|other| other.key == row.key && above.contains(&other.level_id))
        };
        self.rows
            .iter()
            .filter(hides_nothing)
            .map(|row| {
                let scope = row.scope.label().to_lowercase();
                let why = format!("An override at a narrower scope ({scope}) hangs on it.");
                (row.key.clone(), why)
            })
            .collect()
    }

    /// The definitions of a key below a level: each has a value of its own there.
    pub fn narrower(&self, level: &Level, key: &str) -> Vec<VariableId> {
        let level_id = level.id();
        let below = |row: &&MentionRow| row.key == key && self.above(row).contains(&level_id);
        self.rows.iter().filter(below).map(|row| row.id).collect()
    }

    /// The definitions that mention a key where what this level says of it may count.
    pub fn users(&self, level: &Level, key: &str) -> Vec<VariableId> {
        let level_id = level.id();
        let line: Vec<String> = level.with_parents().iter().map(Level::id).collect();
        let meets =
            |row: &MentionRow| line.contains(&row.level_id) || self.above(row).contains(&level_id);
        self.rows
            .iter()
            .filter(|row| row.key != key && row.mentions.iter().any(|one| one == key) && meets(row))
            .map(|row| row.id)
            .collect()
    }

    /// The ids of the levels above the one a row is defined at.
    fn above(&self, row: &MentionRow) -> Vec<String> {
        let project = self.project.id.to_string();
        match row.scope {
            Scope::BuiltIn | Scope::Project => Vec::new(),
            Scope::Environment => vec![project],
            Scope::Service => {
                let has = |environment: &&BuiltInEnvironment| {
                    environment
                        .services
                        .iter()
                        .any(|service| service.id.to_string() == row.level_id)
                };
                let environment = self.environments.iter().find(has);
                std::iter::once(project)
                    .chain(environment.map(|environment| environment.id.to_string()))
                    .collect()
            }
        }
    }

    /// The ids of the levels a context sees.
    fn levels(&self, context: Context) -> Vec<String> {
        let mut levels = vec![self.project.id.to_string()];
        levels.extend(context.environment.map(|id| id.to_string()));
        levels.extend(context.service.map(|id| id.to_string()));
        levels
    }
}

/// A definition that is to be, as far as it takes part in who mentions whom.
fn defined(level: &Level, key: &str, mentions: Vec<String>) -> MentionRow {
    MentionRow {
        id: VariableId::new(uuid::Uuid::nil()),
        key: key.to_owned(),
        kind: VariableKind::Value,
        scope: level.scope(),
        level_id: level.id(),
        mentions,
    }
}
