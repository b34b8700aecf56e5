use domain::{
    ApiError, EventType, Invalid, LevelRef, MountPath, OrganizationId, Scope, SubmittedValue,
    VARIABLES_PER_SCOPE, VariableId, VariableKey, VariableKind, audit::Change,
    parse_variable_description,
};

use super::{check_value, event, seal::Draft, with_line_feeds};
use crate::{
    Caller, Result, Service, permits,
    store::{Chain, VariableRow},
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
    /// The value.
    pub value: SubmittedValue,
    /// For files: where it is mounted.
    pub mount_path: String,
    /// Free text.
    pub description: String,
    /// True when the person knows that this hides a value from a wider scope.
    pub overrides: bool,
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
        let page = tx.level(organization, form.from).await?;
        tx.may_read_level(caller, &page).await?;
        let level = match form.scope.parse::<Scope>().ok().and_then(|scope| {
            page.with_parents()
                .into_iter()
                .find(|level| level.scope() == scope)
        }) {
            Some(level) => level,
            None => return Err(ApiError::field("scope", "Choose a scope from the list.").into()),
        };
        let proof = tx
            .authorize::<permits::EditVariables>(caller, level.clone())
            .await?;

        let mut invalid = Invalid::new();
        let key = invalid.check("key", VariableKey::parse(&form.key));
        let description =
            invalid.check("description", parse_variable_description(&form.description));
        let (Some(key), Some(description)) = (key, description) else {
            return Err(invalid.into_error().into());
        };
        let visible = tx.variables_visible_from(&level).await?;
        if visible
            .iter()
            .any(|row| row.key == key.as_str() && row.scope == level.scope())
        {
            return Err(ApiError::field(
                "key",
                "This key is defined here already. Edit it instead.",
            )
            .into());
        }
        let base = visible
            .iter()
            .filter(|row| row.key == key.as_str())
            .max_by_key(|row| row.scope);
        let shape = shape(&mut invalid, base, &form);
        let Some(shape) = shape else {
            return Err(invalid.into_error().into());
        };
        let value = with_line_feeds(&form.value);
        check_value(&mut invalid, &value, shape.mount_path.is_some());
        self.check_place(
            &mut tx,
            &mut invalid,
            &level,
            shape.mount_path.as_deref(),
            key.as_str(),
        )
        .await?;
        if tx.variable_count(&level).await? >= VARIABLES_PER_SCOPE {
            invalid.add(
                "key",
                "This scope has 1,000 variables already. Delete one first.",
            );
        }
        invalid.finish()?;

        let id: VariableId = self.id();
        let draft = Draft {
            id,
            version: 1,
            key: &key,
            kind: shape.kind,
            secret: shape.secret,
            mount_path: shape.mount_path.as_deref(),
            description: &description,
            value,
        };
        let write = self.sealed(&mut tx, caller, organization, draft).await?;
        match tx.insert_variable(&proof, &write).await {
            Err(error) if error.is_duplicate() => {
                return Err(ApiError::field(
                    "key",
                    "This key is defined here already. Edit it instead.",
                )
                .into());
            }
            other => other?,
        }
        let change = Change::none()
            .set("key", key.as_str())
            .set("scope", level.scope().code())
            .set("kind", shape.kind.code())
            .set("secret", shape.secret);
        let change = if let Some(path) = &shape.mount_path {
            change.set("mount_path", path.as_str())
        } else {
            change
        };
        let change = if shape.secret {
            change.hidden("value")
        } else {
            change.set("value_version", 1)
        };
        let event = event(
            EventType::Create,
            &level,
            id,
            key.as_str(),
            shape.secret,
            change,
        );
        tx.commit(caller, self.now(), Chain::Organization(organization), event)
            .await?;
        Ok(id)
    }
}

/// What kind of variable a form makes.
struct Shape {
    kind: VariableKind,
    secret: bool,
    mount_path: Option<String>,
}

/// An override inherits secrecy, file kind and path from what it hides; anything else is as the form says.
fn shape(invalid: &mut Invalid, base: Option<&VariableRow>, form: &NewVariable) -> Option<Shape> {
    if let Some(base) = base {
        if !form.overrides {
            let scope = base.scope.label().to_lowercase();
            invalid.add("key", format!("The {scope} defines this key already. Tick “Override” to give it another value here."));
            return None;
        }
        return Some(Shape {
            kind: VariableKind::Override,
            secret: base.secret,
            mount_path: base.mount_path.clone(),
        });
    }
    match form.kind.as_str() {
        "plain" => Some(Shape {
            kind: VariableKind::Value,
            secret: false,
            mount_path: None,
        }),
        "secret" => Some(Shape {
            kind: VariableKind::Value,
            secret: true,
            mount_path: None,
        }),
        "file" => {
            let path = invalid.check("mount_path", MountPath::parse(&form.mount_path))?;
            Some(Shape {
                kind: VariableKind::File,
                secret: form.secret_file,
                mount_path: Some(path.as_str().to_owned()),
            })
        }
        _ => {
            invalid.add("kind", "Choose a type from the list.");
            None
        }
    }
}
