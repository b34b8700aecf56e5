use domain::{
    ApiError, EventType, Invalid, LevelRef, MountPath, OrganizationId, Scope, SubmittedValue,
    VARIABLES_PER_SCOPE, VariableId, VariableKey, VariableKind, audit::Change,
    builtin::BuiltInValue, parse_variable_description,
};

use super::{
    check_mentions, check_value, event,
    mentions::{Context, Web},
    seal::Draft,
    with_line_feeds,
};
use crate::{
    Caller, Error, Granted, Level, Result, Service, permits,
    store::{Chain, VariableRow, WriteTx},
};

/// A variable to be added, as a form sends it.
#[derive(Clone, Debug)]
pub struct NewVariable {
    /// The page's level.
    pub from: LevelRef,
    /// The scope chosen: the page's own or a wider one.
    pub scope: String,
    /// The key.
    pub key: String,
    /// `plain`, `secret` or `file`.
    pub kind: String,
    /// For files: is the content a secret?
    pub secret_file: bool,
    /// For files: is `{{KEY}}` in it text like any other?
    pub as_is: bool,
    /// The value.
    pub value: SubmittedValue,
    /// For files: where it is mounted.
    pub mount_path: String,
    /// Free text.
    pub description: String,
    /// True when the person knows that this hides a value from a wider scope.
    pub overrides: bool,
}

/// Another key for an existing variable, as a form sends it.
#[derive(Clone, Debug)]
pub struct NewAlias {
    /// The page's level.
    pub from: LevelRef,
    /// The scope chosen: the page's own or a wider one, but none wider than the target's.
    pub scope: String,
    /// The new key.
    pub key: String,
    /// The key it stands for; a built-in one, too.
    pub target: String,
    /// Free text.
    pub description: String,
}

/// A place where something can be added under a key.
struct Ready {
    level: Level,
    proof: Granted<permits::EditVariables>,
    key: VariableKey,
    description: String,
    /// What the level sees.
    visible: Vec<VariableRow>,
}

/// What is the same for everything that is added.
struct Head<'a> {
    from: LevelRef,
    scope: &'a str,
    key: &'a str,
    description: &'a str,
}

impl Service {
    /// Adds a variable, a secret, a file or an override.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or every field that needs attention. Values never appear in any of them.
    pub async fn add_variable(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: NewVariable,
    ) -> Result<VariableId> {
        let mut tx = self.store.write().await?;
        let head = Head {
            from: form.from,
            scope: &form.scope,
            key: &form.key,
            description: &form.description,
        };
        let ready = ready(&mut tx, caller, organization, &head).await?;
        let mut invalid = Invalid::new();
        let Some(shape) = shape(&mut invalid, base(&ready), &form) else {
            return Err(invalid.into_error().into());
        };
        let value = with_line_feeds(&form.value);
        check_value(&mut invalid, &value, shape.mount_path.is_some());
        self.check_place(
            &mut tx,
            &mut invalid,
            &ready.level,
            shape.mount_path.as_deref(),
            ready.key.as_str(),
        )
        .await?;
        self.place(tx, caller, ready, shape, value, invalid).await
    }

    /// Adds another key for a variable that the level sees: it has the target's value, whatever that becomes.
    ///
    /// # Errors
    /// `Forbidden`, a clash, or every field that needs attention.
    pub async fn add_alias(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        form: NewAlias,
    ) -> Result<VariableId> {
        let mut tx = self.store.write().await?;
        let head = Head {
            from: form.from,
            scope: &form.scope,
            key: &form.key,
            description: &form.description,
        };
        let ready = ready(&mut tx, caller, organization, &head).await?;
        let mut invalid = Invalid::new();
        if base(&ready).is_some() {
            invalid.add(
                "key",
                "A wider scope defines this key already. Choose another one.",
            );
        }
        let web = Web::of(&mut tx, ready.level.project()).await?;
        let built_in = web
            .built_ins(Context::of(&ready.level))
            .into_iter()
            .find(|one| one.key == form.target);
        let target = ready
            .visible
            .iter()
            .filter(|row| row.key == form.target)
            .max_by_key(|row| row.scope);
        let secret = match (target, built_in) {
            (Some(row), _) if row.kind == VariableKind::Alias => {
                invalid.add(
                    "target",
                    "An alias stands for a variable, not for another alias.",
                );
                false
            }
            (Some(row), _) if row.mount_path.is_some() => {
                invalid.add("target", "A file has one place. Alias a value instead.");
                false
            }
            (Some(row), _) => row.secret,
            (None, Some(built_in)) => matches!(built_in.value, BuiltInValue::Password(_)),
            (None, None) => {
                invalid.add(
                    "target",
                    "This key is not defined at this scope or a wider one.",
                );
                false
            }
        };
        let shape = Shape {
            kind: VariableKind::Alias,
            secret,
            mount_path: None,
            interpolate: true,
        };
        let value = format!("{{{{{}}}}}", form.target);
        self.place(tx, caller, ready, shape, value, invalid).await
    }

    /// The end of everything that is added: the checks that are the same, the row and its event.
    async fn place(
        &self,
        mut tx: WriteTx,
        caller: &Caller,
        ready: Ready,
        shape: Shape,
        value: String,
        mut invalid: Invalid,
    ) -> Result<VariableId> {
        let Ready {
            level,
            proof,
            key,
            description,
            ..
        } = ready;
        if tx.variable_count(&level).await? >= VARIABLES_PER_SCOPE {
            invalid.add(
                "key",
                "This scope has 1,000 variables already. Delete one first.",
            );
        }
        invalid.finish()?;
        let organization = proof.organization().id;
        let id: VariableId = self.id();
        let draft = Draft {
            id,
            version: 1,
            key: &key,
            kind: shape.kind,
            secret: shape.secret,
            mount_path: shape.mount_path.as_deref(),
            description: &description,
            interpolate: shape.interpolate,
            value,
        };
        check_mentions(&mut tx, &level, &draft).await?;
        let write = self.sealed(&mut tx, caller, organization, draft).await?;
        match tx.insert_variable(&proof, &write).await {
            Err(error) if error.is_duplicate() => return Err(taken()),
            other => other?,
        }
        let event = event(
            EventType::Create,
            &level,
            id,
            key.as_str(),
            shape.secret,
            creation(&level, &key, &shape),
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await?;
        Ok(id)
    }
}

fn taken() -> Error {
    ApiError::field("key", "This key is defined here already. Edit it instead.").into()
}

/// Finds the level a form chose and checks the right to add there, the key and the description.
async fn ready(
    tx: &mut WriteTx,
    caller: &Caller,
    organization: OrganizationId,
    head: &Head<'_>,
) -> Result<Ready> {
    let page = tx.level(organization, head.from).await?;
    tx.may_read_level(caller, &page).await?;
    let chosen = head.scope.parse::<Scope>().ok();
    let level = chosen.and_then(|scope| {
        page.with_parents()
            .into_iter()
            .find(|level| level.scope() == scope)
    });
    let Some(level) = level else {
        return Err(ApiError::field("scope", "Choose a scope from the list.").into());
    };
    let proof = tx
        .authorize::<permits::EditVariables>(caller, level.clone())
        .await?;
    let mut invalid = Invalid::new();
    let key = invalid.check("key", VariableKey::parse(head.key));
    let description = invalid.check("description", parse_variable_description(head.description));
    let (Some(key), Some(description)) = (key, description) else {
        return Err(invalid.into_error().into());
    };
    let visible = tx.variables_visible_from(&level).await?;
    let here = |row: &VariableRow| row.key == key.as_str() && row.scope == level.scope();
    if visible.iter().any(here) {
        return Err(taken());
    }
    Ok(Ready {
        level,
        proof,
        key,
        description,
        visible,
    })
}

/// The definition of the same key that would be hidden.
fn base(ready: &Ready) -> Option<&VariableRow> {
    ready
        .visible
        .iter()
        .filter(|row| row.key == ready.key.as_str())
        .max_by_key(|row| row.scope)
}

/// What the log says of something new.
pub(super) fn creation(level: &Level, key: &VariableKey, shape: &Shape) -> Change {
    let mut change = Change::none()
        .set("key", key.as_str())
        .set("scope", level.scope().code())
        .set("kind", shape.kind.code())
        .set("secret", shape.secret);
    if let Some(path) = &shape.mount_path {
        change = change.set("mount_path", path.as_str());
    }
    if shape.secret {
        change.hidden("value")
    } else {
        change.set("value_version", 1)
    }
}

/// What kind of variable a form or a copy makes.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub kind: VariableKind,
    pub secret: bool,
    pub mount_path: Option<String>,
    pub interpolate: bool,
}

/// An override inherits secrecy, file kind and path from what it hides; anything else is as the form says.
fn shape(invalid: &mut Invalid, base: Option<&VariableRow>, form: &NewVariable) -> Option<Shape> {
    if let Some(base) = base {
        if !form.overrides {
            let scope = base.scope.label().to_lowercase();
            invalid.add("key", format!("The {scope} defines this key already. Tick “Override” to give it another value here."));
            return None;
        }
        if base.kind == VariableKind::Alias {
            let target = base.mentions.first().map_or("", String::as_str);
            invalid.add(
                "key",
                format!("An alias has no value of its own. Override {target} instead."),
            );
            return None;
        }
        return Some(Shape {
            kind: VariableKind::Override,
            secret: base.secret,
            mount_path: base.mount_path.clone(),
            interpolate: base.interpolate,
        });
    }
    match form.kind.as_str() {
        "plain" => Some(Shape {
            kind: VariableKind::Value,
            secret: false,
            mount_path: None,
            interpolate: true,
        }),
        "secret" => Some(Shape {
            kind: VariableKind::Value,
            secret: true,
            mount_path: None,
            interpolate: true,
        }),
        "file" => {
            let path = invalid.check("mount_path", MountPath::parse(&form.mount_path))?;
            Some(Shape {
                kind: VariableKind::File,
                secret: form.secret_file,
                mount_path: Some(path.as_str().to_owned()),
                interpolate: !form.as_is,
            })
        }
        _ => {
            invalid.add("kind", "Choose a type from the list.");
            None
        }
    }
}
