//! Which values are equal: fingerprints, and the letters made of them.

use std::collections::{BTreeSet, HashMap};

use domain::{Hint, OrganizationId, Scope, VariableId, VariableKind, view::VariableView};
use vault::{Keyring, Purpose};

use super::{
    super::{
        read::{cut, listed_view, unopened},
        seal::{open, value_place},
    },
    ComparedCell, ComparedRow, Sameness, Seen,
};
use crate::{Error, Result, store::VariableRow};

type Print = [u8; 32];

/// The definitions of a key, when there are several and all are secrets with a value of their own. Files and aliases
/// are never compared, nor is a secret with a plain value: that one everybody sees.
pub(super) fn several_secrets<'a>(cells: &[Option<Seen<'a>>]) -> Option<Vec<&'a VariableRow>> {
    let set: Vec<_> = cells.iter().flatten().map(|seen| seen.row).collect();
    let literal = |row: &&VariableRow| {
        row.secret && row.kind != VariableKind::Alias && row.mount_path.is_none()
    };
    let different: BTreeSet<_> = set.iter().map(|row| row.id).collect();
    (different.len() > 1 && set.iter().all(literal)).then_some(set)
}

/// Environments are checked as a whole; the project's own secrets take more.
pub(super) fn all_editable(secrets: &[&VariableRow], may_edit_project: bool) -> bool {
    may_edit_project || secrets.iter().all(|row| row.scope != Scope::Project)
}

/// Every definition, opened at most once.
pub(super) struct Opened<'r> {
    pub ring: &'r Keyring,
    pub organization: OrganizationId,
    /// Is told which secrets are equal?
    pub secrets: bool,
    pub may_edit_project: bool,
    pub done: HashMap<VariableId, (VariableView, Option<Print>)>,
}

impl Opened<'_> {
    pub fn row(&mut self, key: &str, cells: &[Option<Seen<'_>>]) -> Result<ComparedRow> {
        for seen in cells.iter().flatten() {
            self.open(seen.row)?;
        }
        let closed = match several_secrets(cells) {
            Some(rows) if self.secrets && all_editable(&rows, self.may_edit_project) => {
                self.secret_prints(&rows)?
            }
            _ => HashMap::new(),
        };
        let prints: Vec<Option<Print>> = cells
            .iter()
            .map(|cell| {
                let id = cell.as_ref()?.row.id;
                let plain = self.done.get(&id).and_then(|(_, print)| *print);
                plain.or_else(|| closed.get(&id).copied())
            })
            .collect();
        let letters = letters(&prints);
        let cell = |(seen, letter): (&Option<Seen<'_>>, Option<char>)| {
            let seen = seen.as_ref()?;
            let (variable, _) = self.done.get(&seen.row.id)?;
            Some(ComparedCell {
                variable: variable.clone(),
                standing: seen.standing(),
                letter,
            })
        };
        Ok(ComparedRow {
            key: key.to_owned(),
            sameness: sameness(cells, &prints),
            cells: cells.iter().zip(letters).map(cell).collect(),
        })
    }

    /// What a cell shows of a definition, and the fingerprint of a plain value. Secrets stay closed here.
    fn open(&mut self, row: &VariableRow) -> Result<()> {
        if self.done.contains_key(&row.id) {
            return Ok(());
        }
        let shown = if row.secret || row.kind == VariableKind::Alias {
            (unopened(row), None)
        } else {
            let view = listed_view(self.ring, self.organization, row)?;
            let print = view
                .value
                .as_deref()
                .map(|value| self.print(&row.key, value));
            (cut(view), print)
        };
        self.done.insert(row.id, shown);
        Ok(())
    }

    /// The fingerprints of all the secrets of a row, or of none: one short value would be found by trying.
    fn secret_prints(&self, rows: &[&VariableRow]) -> Result<HashMap<VariableId, Print>> {
        let mut prints = HashMap::new();
        for row in rows {
            let place = value_place(self.organization, row.id, row.version, false, true);
            let text = match open(self.ring, &place, &row.value) {
                Err(error @ Error::Integrity { .. }) => {
                    tracing::error!(%error, "integrity failure");
                    return Ok(HashMap::new());
                }
                other => other?,
            };
            let value = text
                .expose_str()
                .ok_or(Error::Malformed("variable value"))?;
            let literal = !value.contains("{{");
            if !literal || value.chars().count() < Hint::SHORTEST {
                return Ok(HashMap::new());
            }
            prints.insert(row.id, self.print(&row.key, value));
        }
        Ok(prints)
    }

    fn print(&self, key: &str, value: &str) -> Print {
        let inputs = [key.as_bytes(), value.as_bytes()];
        self.ring.index(Purpose::OrganizationFingerprint, &inputs)
    }
}

/// The same letter for the same fingerprint, in the order they appear. One value alone has nothing to be equal to.
fn letters(prints: &[Option<Print>]) -> Vec<Option<char>> {
    if prints.iter().flatten().count() < 2 {
        return vec![None; prints.len()];
    }
    let mut known: Vec<Print> = Vec::new();
    prints
        .iter()
        .map(|print| {
            let print = (*print)?;
            let place = known.iter().position(|one| *one == print);
            let place = place.unwrap_or_else(|| {
                known.push(print);
                known.len() - 1
            });
            ('A'..='Z').nth(place)
        })
        .collect()
}

/// What a definition is, apart from its value.
fn make(row: &VariableRow) -> (Option<&str>, bool, bool) {
    let target = match row.kind {
        VariableKind::Alias => row.mentions.first().map(String::as_str),
        _ => None,
    };
    // An alias is as secret as what it stands for.
    let secret = row.secret && target.is_none();
    (target, secret, row.mount_path.is_some())
}

fn sameness(cells: &[Option<Seen<'_>>], prints: &[Option<Print>]) -> Sameness {
    let all: Option<Vec<_>> = cells.iter().map(|cell| cell.map(|seen| seen.row)).collect();
    let Some((first, others)) = all.as_deref().and_then(<[_]>::split_first) else {
        return Sameness::Different;
    };
    if others.iter().all(|row| row.id == first.id) {
        return Sameness::Same;
    }
    if others.iter().any(|row| make(row) != make(first)) {
        return Sameness::Different;
    }
    if first.kind == VariableKind::Alias {
        return Sameness::Same;
    }
    let known: BTreeSet<_> = prints.iter().flatten().collect();
    match (known.len(), prints.contains(&None)) {
        (2.., _) => Sameness::Different,
        (_, true) => Sameness::Untold,
        (_, false) => Sameness::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(byte: u8) -> Option<Print> {
        Some([byte; 32])
    }

    #[test]
    fn equal_values_share_a_letter_in_the_order_they_appear() {
        let told = |prints: &[Option<Print>]| {
            let letters = letters(prints).into_iter();
            letters
                .map(|letter| letter.unwrap_or('-'))
                .collect::<String>()
        };
        assert_eq!(told(&[print(7), print(3), print(7), None]), "ABA-");
        assert_eq!(told(&[print(7), print(7)]), "AA");
        assert_eq!(told(&[print(7), None, None]), "---");
        assert_eq!(told(&[]), "");
    }
}
