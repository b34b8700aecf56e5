//! Who mentions whom in a project: what a change would break, before it is made. Nothing is opened for that.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    EnvironmentId, Invalid, ServiceId, VariableId, VariableKind,
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
        self.rows.push(MentionRow {
            id: VariableId::new(uuid::Uuid::nil()),
            key: key.to_owned(),
            kind: VariableKind::Value,
            scope: level.scope(),
            level_id,
            mentions,
        });
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

    /// The ids of the levels a context sees.
    fn levels(&self, context: Context) -> Vec<String> {
        let mut levels = vec![self.project.id.to_string()];
        levels.extend(context.environment.map(|id| id.to_string()));
        levels.extend(context.service.map(|id| id.to_string()));
        levels
    }
}
