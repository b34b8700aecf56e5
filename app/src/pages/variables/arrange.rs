//! The order of the list, and the headings it is put under. Both are in the address.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use domain::{Scope, view::VariableView};
use leptos::prelude::*;

use super::{Asked, Here, value::kind_label};
use crate::components::*;

/// The heading of keys that share their beginning with no other.
const OTHER: &str = "Other";

/// What the rows are ordered by; among equals by key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Key,
    /// The widest first.
    Scope,
    Type,
    /// The newest first.
    Updated,
}

impl Sort {
    /// What is no order is the usual one.
    pub fn parse(code: &str) -> Self {
        match code {
            "scope" => Self::Scope,
            "type" => Self::Type,
            "updated" => Self::Updated,
            _ => Self::Key,
        }
    }

    /// As the address has it; empty for the usual order.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Key => "",
            Self::Scope => "scope",
            Self::Type => "type",
            Self::Updated => "updated",
        }
    }

    const fn direction(self) -> Sorted {
        match self {
            Self::Updated => Sorted::Descending,
            Self::Key | Self::Scope | Self::Type => Sorted::Ascending,
        }
    }

    /// The head of a column that the list is ordered by when one follows it.
    pub fn column(self, here: &Here, asked: &Asked, label: &'static str, kind: CellKind) -> Column {
        let now = (asked.sort == self).then_some(self.direction());
        Column::new(label, kind).sorted(here.address.with("sort", self.code()).href(), now)
    }
}

/// What the rows are put under headings by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Scope,
    Type,
    /// The part of the key before its first underscore.
    Prefix,
}

impl Group {
    const ALL: [Self; 3] = [Self::Scope, Self::Type, Self::Prefix];

    /// None for what is no group.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    /// As the address has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Type => "type",
            Self::Prefix => "prefix",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Scope => "Scope",
            Self::Type => "Type",
            Self::Prefix => "Prefix",
        }
    }
}

/// Rows under one heading, or all of them without any.
pub struct Section<'a> {
    pub title: Option<String>,
    pub rows: Vec<&'a VariableView>,
}

/// The variables in the order and under the headings that the address asks for. They come ordered by key.
pub fn arranged<'a>(variables: &'a [VariableView], asked: &Asked) -> Vec<Section<'a>> {
    let rows = sorted(variables, asked.sort);
    match asked.group {
        None => vec![Section { title: None, rows }],
        Some(group) => grouped(rows, group),
    }
}

/// A list of its own: others look keys up in the one that is ordered by them.
fn sorted(variables: &[VariableView], sort: Sort) -> Vec<&VariableView> {
    let mut rows: Vec<&VariableView> = variables.iter().collect();
    match sort {
        Sort::Key => {}
        Sort::Scope => rows.sort_by_key(|row| row.scope),
        Sort::Type => rows.sort_by_key(|row| kind_label(row)),
        Sort::Updated => rows.sort_by_key(|row| Reverse(row.updated_at)),
    }
    rows
}

fn grouped(rows: Vec<&VariableView>, group: Group) -> Vec<Section<'_>> {
    let mut sharing: HashMap<&str, usize> = HashMap::new();
    for prefix in rows.iter().filter_map(|row| prefix(&row.key)) {
        *sharing.entry(prefix).or_default() += 1;
    }
    // Scopes from the widest to the narrowest, all else by name, and last what has no name of its own.
    let place = |row: &VariableView| -> (bool, Option<Scope>, String) {
        match group {
            Group::Scope => (false, Some(row.scope), row.scope.label().to_owned()),
            Group::Type => (false, None, kind_label(row).to_owned()),
            Group::Prefix => {
                let is_shared = |prefix: &&str| sharing.get(*prefix).is_some_and(|keys| *keys > 1);
                match prefix(&row.key).filter(is_shared) {
                    Some(prefix) => (false, None, prefix.to_owned()),
                    None => (true, None, OTHER.to_owned()),
                }
            }
        }
    };
    let mut sections: BTreeMap<_, Vec<&VariableView>> = BTreeMap::new();
    for row in rows {
        sections.entry(place(row)).or_default().push(row);
    }
    sections
        .into_iter()
        .map(|((_, _, title), rows)| Section {
            title: Some(title),
            rows,
        })
        .collect()
}

fn prefix(key: &str) -> Option<&str> {
    key.split_once('_')
        .map(|(prefix, _)| prefix)
        .filter(|prefix| !prefix.is_empty())
}

/// The row that names those below it. `group` ties them together for the browser, which hides it with the last of them.
pub fn heading(title: String, group: usize, span: &'static str, shown: bool) -> AnyView {
    view! {
        <tr class="row-group" role="row" hidden=!shown data-heads=group.to_string()>
            <th scope="rowgroup" role="rowheader" colspan=span>{title}</th>
        </tr>
    }
    .into_any()
}

/// Puts the list under headings; has the order that no column stands for, too.
pub fn chip(here: &Here, asked: &Asked) -> AnyView {
    let (chosen, sort) = (asked.group, asked.sort);
    let none = here.address.without("group").href();
    let clear = chosen.map(|_| none.clone());
    let by_type = here.address.with("sort", Sort::Type.code()).href();
    let links = Group::ALL
        .into_iter()
        .map(|group| {
            let href = here.address.with("group", group.code()).href();
            view! { <MenuLink href current=chosen == Some(group)>{group.label()}</MenuLink> }
                .into_any()
        })
        .collect_view();
    view! {
        <FilterChip id="variables-group" name="Group" value=chosen.map(Group::label) clear>
            <MenuLink href=none current=chosen.is_none()>"No groups"</MenuLink>
            {links}
            <MenuRule />
            <MenuLink href=by_type current=sort == Sort::Type>"Sort by type"</MenuLink>
        </FilterChip>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use domain::{Timestamp, VariableKind};

    use super::*;

    fn variable(key: &str, scope: Scope, updated: i64) -> VariableView {
        VariableView {
            id: "01234567-89ab-7def-8123-456789abcdef".parse().unwrap(),
            key: key.to_owned(),
            kind: VariableKind::Value,
            scope,
            secret: false,
            is_file: false,
            value: None,
            size: None,
            damaged: false,
            hint: None,
            mount_path: None,
            alias_of: None,
            interpolate: true,
            description: String::new(),
            version: 1,
            updated_at: Timestamp::from_micros(updated),
            updated_by: String::new(),
            overrides: None,
            defined_here: true,
            locked: None,
        }
    }

    fn keys<'a>(rows: &[&'a VariableView]) -> Vec<&'a str> {
        rows.iter().map(|row| row.key.as_str()).collect()
    }

    #[test]
    fn equals_stay_ordered_by_key() {
        let all = [
            variable("A", Scope::Service, 1),
            variable("B", Scope::Project, 3),
            variable("C", Scope::Service, 3),
        ];
        assert_eq!(keys(&sorted(&all, Sort::Key)), ["A", "B", "C"]);
        assert_eq!(keys(&sorted(&all, Sort::Updated)), ["B", "C", "A"]);
        assert_eq!(keys(&sorted(&all, Sort::Scope)), ["B", "A", "C"]);
    }

    #[test]
    fn a_prefix_is_what_two_keys_share() {
        let all = ["ALONE_1", "DB_HOST", "DB_PORT", "PLAIN", "_DB"]
            .map(|key| variable(key, Scope::Service, 1));
        let sections = grouped(all.iter().collect(), Group::Prefix);
        let found: Vec<_> = sections
            .iter()
            .map(|section| (section.title.as_deref().unwrap(), keys(&section.rows)))
            .collect();
        assert_eq!(
            found,
            [
                ("DB", vec!["DB_HOST", "DB_PORT"]),
                ("Other", vec!["ALONE_1", "PLAIN", "_DB"]),
            ]
        );
    }
}
