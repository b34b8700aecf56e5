//! What becomes of the variables of a place when several change at once, and what of it cannot be, before anything is done.

use std::collections::BTreeMap;

use domain::{Scope, VARIABLES_PER_SCOPE, VariableId, VariableKind, builtin::BuiltInValue};

use super::mentions::{Context, Plan, Web};
use crate::{
    Level, Result,
    store::{MountRow, Tx, VariableRow, VersionRow},
};

/// What a key is to be at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Of which variable.
    pub variable: VariableId,
    /// Which version of it this is: a former one, or the one that is to be made.
    pub version: u64,
    pub key: String,
    pub kind: VariableKind,
    pub secret: bool,
    pub mount_path: Option<String>,
    pub description: String,
    pub interpolate: bool,
    /// The keys its value mentions.
    pub mentions: Vec<String>,
}

impl From<&VersionRow> for Wanted {
    fn from(row: &VersionRow) -> Self {
        Self {
            variable: row.variable,
            version: row.version,
            key: row.key.clone(),
            kind: row.kind,
            secret: row.secret,
            mount_path: row.mount_path.clone(),
            description: row.description.clone(),
            interpolate: row.interpolate,
            mentions: row.mentions.clone(),
        }
    }
}

/// What becomes of one key at a place.
pub(super) struct Step {
    /// What it is to be; none when it goes.
    pub target: Option<Wanted>,
    /// What has the key now.
    pub now: Option<VariableRow>,
    /// What it becomes: what was defined on its own may be an override by now.
    pub kind: VariableKind,
    /// Will it be a secret? What is one stays one.
    pub secret: bool,
    /// Is its value another one than now?
    pub value_differs: bool,
    /// The plain values now and then.
    pub texts: (Option<String>, Option<String>),
    /// Why it cannot be.
    pub impossible: Option<String>,
}

impl Step {
    /// A step that nobody has judged yet.
    pub fn new(target: Option<Wanted>, now: Option<VariableRow>) -> Self {
        let kind = match (&target, &now) {
            (Some(target), _) => target.kind,
            (None, Some(now)) => now.kind,
            (None, None) => VariableKind::Value,
        };
        let secret = target.as_ref().is_some_and(|target| target.secret)
            || now.as_ref().is_some_and(|now| now.secret);
        Self {
            target,
            now,
            kind,
            secret,
            value_differs: true,
            texts: (None, None),
            impossible: None,
        }
    }

    /// The key.
    pub fn key(&self) -> &str {
        match (&self.target, &self.now) {
            (Some(target), _) => &target.key,
            (None, Some(now)) => &now.key,
            (None, None) => "",
        }
    }

    /// Which variable: the one that comes back, else the one that goes.
    pub fn variable(&self) -> Option<VariableId> {
        let target = self.target.as_ref().map(|target| target.variable);
        target.or_else(|| self.now.as_ref().map(|now| now.id))
    }

    /// What it changes, when the variable is there and goes on being there.
    pub fn changed(&self) -> Option<(&VariableRow, &Wanted)> {
        match (&self.now, &self.target) {
            (Some(now), Some(target)) if now.id == target.variable => Some((now, target)),
            _ => None,
        }
    }

    /// True when the variable is there and nothing about it would change.
    pub fn is_idle(&self) -> bool {
        self.changed().is_some_and(|(now, target)| {
            !self.value_differs
                && now.description == target.description
                && now.mount_path == target.mount_path
                && now.interpolate == target.interpolate
        })
    }
}

/// Everything that decides whether a step can be done.
pub(super) struct Circumstances {
    level: Level,
    /// What the level sees.
    visible: Vec<VariableRow>,
    web: Web,
    mounted: Vec<MountRow>,
}

impl Circumstances {
    /// Those of a level. The caller has proved that it may read it.
    pub async fn of(tx: &mut Tx, level: &Level) -> Result<Self> {
        Ok(Self {
            level: level.clone(),
            visible: tx.variables_visible_from(level).await?,
            web: Web::of(tx, level.project()).await?,
            mounted: tx.mounted_in(level.project()).await?,
        })
    }

    /// What is defined at the level itself, by key.
    pub fn defined_here(&self) -> BTreeMap<&str, &VariableRow> {
        self.visible
            .iter()
            .filter(|row| row.scope == self.level.scope())
            .map(|row| (row.key.as_str(), row))
            .collect()
    }

    /// Marks the steps that cannot be done. What stays undone because of that may keep others from being done.
    pub fn judge(&self, steps: &mut [Step]) {
        for step in steps.iter_mut().filter(|step| step.impossible.is_none()) {
            step.impossible = self.settle(step).err();
        }
        loop {
            let found = self.objections(steps);
            if found.is_empty() {
                break;
            }
            for step in steps.iter_mut().filter(|step| step.impossible.is_none()) {
                step.impossible = found.get(step.key()).cloned();
            }
        }
        let secret: Vec<bool> = steps
            .iter()
            .map(|step| self.stands_for_a_secret(step, steps))
            .collect();
        for (step, secret) in steps.iter_mut().zip(secret) {
            step.secret |= secret;
        }
    }

    /// How many narrower places have a value of their own for a key.
    pub fn narrower(&self, key: &str) -> usize {
        self.web.narrower(&self.level, key).len()
    }

    /// Why the place would have too many variables, if it would.
    pub fn overflow(&self, steps: &[Step]) -> Option<String> {
        let possible = || steps.iter().filter(|step| step.impossible.is_none());
        let added = possible().filter(|step| step.now.is_none()).count();
        let gone = possible().filter(|step| step.target.is_none()).count();
        let count = self.defined_here().len() + added - gone;
        (added > gone && count > VARIABLES_PER_SCOPE as usize).then(|| {
            format!("This scope would have {count} variables, and has room for {VARIABLES_PER_SCOPE}. Delete some first.")
        })
    }

    /// What comes back under a key that a wider scope defines is an override of that, with its secrecy; and an override
    /// does not come back without what it overrides.
    fn settle(&self, step: &mut Step) -> Result<(), String> {
        let Some(target) = &step.target else {
            return Ok(());
        };
        if let Some((now, _)) = step.changed() {
            step.kind = now.kind;
            return Ok(());
        }
        if self.web.defines(target.variable) {
            return Err("It is defined at another place by now.".to_owned());
        }
        let base = self
            .visible
            .iter()
            .filter(|row| row.key == target.key && row.scope < self.level.scope())
            .max_by_key(|row| row.scope);
        let Some(base) = base else {
            return match target.kind {
                VariableKind::Override => {
                    Err("It overrides a value that is not there any more.".to_owned())
                }
                _ => Ok(()),
            };
        };
        let scope = base.scope.label().to_lowercase();
        if target.kind == VariableKind::Alias {
            return Err(format!("The {scope} defines this key."));
        }
        if base.kind == VariableKind::Alias {
            return Err(format!(
                "This key is an alias at the {scope}, which has no value to override."
            ));
        }
        if base.mount_path.is_some() != target.mount_path.is_some() {
            return Err(format!(
                "The {scope} defines this key, and of the two one is a file."
            ));
        }
        step.kind = VariableKind::Override;
        step.secret |= base.secret;
        Ok(())
    }

    /// What of the steps that still are possible cannot be done together.
    fn objections(&self, steps: &[Step]) -> BTreeMap<String, String> {
        let possible: Vec<&Step> = steps
            .iter()
            .filter(|step| step.impossible.is_none())
            .collect();
        let plan: Plan<'_> = possible
            .iter()
            .map(|step| {
                let target = step.target.as_ref();
                (step.key(), target.map(|target| target.mentions.as_slice()))
            })
            .collect();
        let mut found = self.web.objections(&self.level, &plan);
        for step in &possible {
            let why = self
                .bad_alias(step, steps)
                .or_else(|| self.taken_path(step, &possible));
            if let Some(why) = why {
                found.entry(step.key().to_owned()).or_insert(why);
            }
        }
        found
    }

    /// What a key would mean here after the steps: how it is defined, where it is mounted, is it a secret.
    fn afterwards(&self, key: &str, steps: &[Step]) -> Option<(VariableKind, bool, bool)> {
        let step = steps
            .iter()
            .find(|step| step.impossible.is_none() && step.key() == key);
        if let Some(Step {
            target: Some(target),
            kind,
            secret,
            ..
        }) = step
        {
            return Some((*kind, target.mount_path.is_some(), *secret));
        }
        let goes = |row: &&VariableRow| step.is_some() && row.scope == self.level.scope();
        self.visible
            .iter()
            .filter(|row| row.key == key && !goes(row))
            .max_by_key(|row| row.scope)
            .map(|row| (row.kind, row.mount_path.is_some(), row.secret))
    }

    fn alias_target<'a>(&self, step: &'a Step) -> Option<&'a str> {
        let target = step.target.as_ref()?;
        (step.kind == VariableKind::Alias)
            .then(|| target.mentions.first().map(String::as_str))
            .flatten()
    }

    fn bad_alias(&self, step: &Step, steps: &[Step]) -> Option<String> {
        let key = self.alias_target(step)?;
        match self.afterwards(key, steps) {
            Some((VariableKind::Alias, ..)) => Some(format!("{key} is an alias itself.")),
            Some((_, true, _)) => Some(format!("{key} is a file, which has one place.")),
            Some(_) => None,
            None if self.built_in(key).is_some() => None,
            None => Some(format!(
                "{key} is not defined at this scope or a wider one."
            )),
        }
    }

    /// Is the built-in variable of this key a secret? None when there is none.
    fn built_in(&self, key: &str) -> Option<bool> {
        let all = self.web.built_ins(Context::of(&self.level));
        let one = all.into_iter().find(|one| one.key == key)?;
        Some(matches!(one.value, BuiltInValue::Password(_)))
    }

    fn stands_for_a_secret(&self, step: &Step, steps: &[Step]) -> bool {
        self.alias_target(step).is_some_and(|key| {
            let defined = self.afterwards(key, steps).map(|(.., secret)| secret);
            defined.or_else(|| self.built_in(key)).unwrap_or_default()
        })
    }

    /// Another file that some service would mount at the same path.
    fn taken_path(&self, step: &Step, possible: &[&Step]) -> Option<String> {
        let path = step.target.as_ref()?.mount_path.as_deref()?;
        let level_id = self.level.id();
        let beside = possible.iter().find(|other| {
            let theirs = other
                .target
                .as_ref()
                .and_then(|row| row.mount_path.as_deref());
            other.key() != step.key() && theirs == Some(path)
        });
        let stays = |row: &&MountRow| {
            row.level_id != level_id || !possible.iter().any(|other| other.key() == row.key)
        };
        let there = || {
            self.mounted
                .iter()
                .filter(|row| row.path == path && row.key != step.key())
                .find(|row| stays(row) && self.meets(row))
        };
        let other = beside
            .map(|other| other.key().to_owned())
            .or_else(|| there().map(|row| row.key.clone()))?;
        Some(format!("{other} is mounted at {path}."))
    }

    /// Is there a service that gets files of this level and this one?
    fn meets(&self, row: &MountRow) -> bool {
        let within = self.level.with_parents();
        let above = within.iter().any(|level| level.id() == row.level_id);
        match self.level.scope() {
            Scope::BuiltIn | Scope::Project => true,
            Scope::Environment => {
                above || row.environment_id.as_deref() == Some(self.level.id().as_str())
            }
            Scope::Service => above,
        }
    }
}
