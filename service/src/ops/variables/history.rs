//! What variables were: one of them version by version, and a place change by change.

use domain::{
    ApiError, LevelRef, OrganizationId, Timestamp, VariableId, VariableKind, VersionKind,
};
use vault::Keyring;

use super::{
    read::locks,
    seal::{open_text, value_place},
};
use crate::{
    Caller, Error, Result, Service,
    ops::not_found,
    store::{Tx, VersionCursor, VersionRow},
};

/// For how many days what a deleted variable was is kept.
pub const DELETED_KEPT_DAYS: i64 = 30;
/// Versions of one variable that are shown at once.
const VERSIONS: u32 = 20;
/// Changes of a place that are shown at once.
const CHANGES: u32 = 50;

/// A part of a variable that a version differs in from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It became a secret.
    MadeSecret,
    /// Its value.
    Value,
    /// Its description.
    Description,
    /// Where the file is mounted.
    MountPath,
    /// Whether `{{KEY}}` in a file is put in.
    Interpolation,
}

impl Changed {
    /// The word on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::MadeSecret => "made secret",
            Self::Value => "value",
            Self::Description => "description",
            Self::MountPath => "mount path",
            Self::Interpolation => "interpolation",
        }
    }
}

/// Who made a version when, and what of it is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionHead {
    /// Its number.
    pub version: u64,
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What happened.
    pub what: VersionKind,
    /// The version that was brought back.
    pub restored_from: Option<u64>,
    /// What differs from the version before.
    pub changed: Vec<Changed>,
}

/// One version of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionView {
    /// Who, when and what.
    pub head: VersionHead,
    /// The whole plain value; none for secrets and where it was deleted.
    pub value: Option<String>,
    /// True when what is stored fails its integrity check.
    pub damaged: bool,
    /// Free text.
    pub description: String,
    /// Where the file was mounted.
    pub mount_path: Option<String>,
    /// Were `{{KEY}}` in its value put in?
    pub interpolate: bool,
}

/// What a variable was, from its newest version on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableHistory {
    /// Its id.
    pub id: VariableId,
    /// Its key.
    pub key: String,
    /// How it comes to its value.
    pub kind: VariableKind,
    /// Where it is or was defined.
    pub level: LevelRef,
    /// Never shown again?
    pub secret: bool,
    /// Mounted as a file?
    pub is_file: bool,
    /// The newest version of all, whichever part is shown.
    pub newest: VersionView,
    /// The versions of this part.
    pub versions: Vec<VersionView>,
    /// The version before the last of them; where there is one, there are more.
    pub earlier: Option<VersionView>,
    /// Why the reader cannot bring one back; none when they can.
    pub locked: Option<String>,
}

impl VariableHistory {
    /// Was it deleted?
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.newest.head.what == VersionKind::Deleted
    }
}

/// A change of a variable in the history of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceChange {
    /// Which variable.
    pub variable: VariableId,
    /// Its key.
    pub key: String,
    /// How it comes to its value.
    pub kind: VariableKind,
    /// A secret at the time, or made one since.
    pub secret: bool,
    /// Mounted as a file?
    pub is_file: bool,
    /// Who, when and what.
    pub head: VersionHead,
}

/// What changed in the variables defined at exactly one place, from the newest change on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceHistory {
    /// The changes of this page.
    pub changes: Vec<PlaceChange>,
    /// The cursor of the next, older page.
    pub older: Option<String>,
    /// When the newest change of all was.
    pub newest_at: Option<Timestamp>,
    /// Why the reader cannot bring anything back; none when they can.
    pub locked: Option<String>,
}

impl Service {
    /// What a variable was, also a deleted one. `before` leaves out that version and later ones.
    ///
    /// # Errors
    /// `NotFound` when it is not in sight, or was deleted too long ago.
    pub async fn variable_history(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        variable: VariableId,
        before: Option<u64>,
    ) -> Result<VariableHistory> {
        let mut tx = self.store.read().await?;
        let newest = not_found(tx.last_version(organization, variable).await?)?;
        let level = tx.level(organization, newest.level()?).await?;
        tx.may_read_level(caller, &level).await?;
        let ring = self.keys.organization(&mut tx, organization).await?;
        let rows = tx
            .versions_of(organization, variable, before, VERSIONS + 1)
            .await?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in &rows {
            versions.push(version_view(&mut tx, &ring, organization, row, newest.secret).await?);
        }
        let earlier = (versions.len() > VERSIONS as usize)
            .then(|| versions.pop())
            .flatten();
        Ok(VariableHistory {
            id: variable,
            key: newest.key.clone(),
            kind: newest.kind,
            level: level.reference(),
            secret: newest.secret,
            is_file: newest.mount_path.is_some(),
            versions,
            earlier,
            locked: locks(&mut tx, caller, &level)
                .await?
                .remove(&level.scope())
                .flatten(),
            newest: version_view(&mut tx, &ring, organization, &newest, newest.secret).await?,
        })
    }

    /// What changed in the variables defined at exactly this level, deleted ones included.
    ///
    /// # Errors
    /// `NotFound` when the level is not in sight; `BadRequest` for a cursor that is none.
    pub async fn place_history(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        level: LevelRef,
        cursor: &str,
    ) -> Result<PlaceHistory> {
        let mut tx = self.store.read().await?;
        let level = tx.level(organization, level).await?;
        tx.may_read_level(caller, &level).await?;
        let after = parse_cursor(cursor)?;
        let newest_at = tx
            .changes_at(&level, None, 1)
            .await?
            .first()
            .map(|row| row.at);
        let mut rows = tx.changes_at(&level, after, CHANGES + 1).await?;
        let more = rows.len() > CHANGES as usize;
        rows.truncate(CHANGES as usize);
        let older = rows.last().filter(|_| more).map(cursor_of);
        let locked = locks(&mut tx, caller, &level)
            .await?
            .remove(&level.scope())
            .flatten();
        let changes = rows.into_iter().map(place_change).collect();
        Ok(PlaceHistory {
            changes,
            older,
            newest_at,
            locked,
        })
    }
}

fn place_change(row: VersionRow) -> PlaceChange {
    PlaceChange {
        variable: row.variable,
        head: head(&row),
        kind: row.kind,
        secret: row.secret,
        is_file: row.mount_path.is_some(),
        key: row.key,
    }
}

fn cursor_of(row: &VersionRow) -> String {
    format!("{}.{}.{}", row.at.micros(), row.version, row.variable)
}

fn parse_cursor(text: &str) -> Result<Option<VersionCursor>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = text.splitn(3, '.').collect();
    let [at, version, variable] = parts[..] else {
        return Err(ApiError::BadRequest);
    };
    match (at.parse(), version.parse(), variable.parse()) {
        (Ok(at), Ok(version), Ok(variable)) => Ok(Some(VersionCursor {
            at: Timestamp::from_micros(at),
            variable,
            version,
        })),
        _ => Err(ApiError::BadRequest),
    }
}

fn head(row: &VersionRow) -> VersionHead {
    let is_change = matches!(row.what, VersionKind::Edited | VersionKind::Restored);
    let changed = [
        (row.made_secret, Changed::MadeSecret),
        (row.new_value, Changed::Value),
        (row.new_description, Changed::Description),
        (row.new_mount_path, Changed::MountPath),
        (row.new_interpolate, Changed::Interpolation),
    ];
    VersionHead {
        version: row.version,
        at: row.at,
        by: row.by.clone(),
        what: row.what,
        restored_from: row.restored_from,
        changed: changed
            .into_iter()
            .filter(|(is_new, _)| is_change && *is_new)
            .map(|(_, what)| what)
            .collect(),
    }
}

/// A version as pages show it. `secret` says what the variable is now.
async fn version_view(
    tx: &mut Tx,
    ring: &Keyring,
    organization: OrganizationId,
    row: &VersionRow,
    secret: bool,
) -> Result<VersionView> {
    let (value, damaged) = if secret || row.secret || row.is_deletion() {
        (None, false)
    } else {
        match version_text(tx, ring, organization, row).await {
            Ok(text) => (Some(text), false),
            Err(error @ Error::Integrity { .. }) => {
                tracing::error!(%error, "integrity failure");
                (None, true)
            }
            Err(error) => return Err(error),
        }
    };
    Ok(VersionView {
        head: head(row),
        value,
        damaged,
        description: row.description.clone(),
        mount_path: row.mount_path.clone(),
        interpolate: row.interpolate,
    })
}

/// The value of a version, opened.
pub(super) async fn version_text(
    tx: &mut Tx,
    ring: &Keyring,
    organization: OrganizationId,
    row: &VersionRow,
) -> Result<String> {
    let sealed = tx
        .version_value(organization, row.variable, row.version)
        .await?
        .ok_or(Error::Malformed("variable version"))?;
    let is_file = row.mount_path.is_some();
    let place = value_place(organization, row.variable, row.version, is_file, row.secret);
    open_text(ring, &place, &sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_cursors_are_refused() {
        assert_eq!(parse_cursor(""), Ok(None));
        let good = "1.2.01890a5d-ac96-774b-bcce-b302099a8057";
        assert!(parse_cursor(good).is_ok_and(|cursor| cursor.is_some()));
        for bad in [
            "1",
            "1.2",
            "1.-2.01890a5d-ac96-774b-bcce-b302099a8057",
            "1.2.x",
            "x.2.01890a5d-ac96-774b-bcce-b302099a8057",
            "1.2.01890a5d-ac96-774b-bcce-b302099a8057' or 1=1",
        ] {
            assert_eq!(parse_cursor(bad), Err(ApiError::BadRequest), "{bad}");
        }
    }
}
