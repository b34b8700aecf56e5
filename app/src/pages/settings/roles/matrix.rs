//! The matrix of a custom role: clusters and projects down, levels across. Every row is one radio group, laid under the
//! heads of its table. It is a form and reads as one without a script; the island `RoleEditor` only enlivens it.
//!
//! What the island and the style sheet go by: `fieldset.levels` with the saved level in `data-saved`, `data-changed` on
//! it and the mark beside the row's name; a project is a `tbody.role-project` with its head row and four type rows.

use domain::{
    ClusterId, ClusterLevel, EnvironmentType, ProjectAccess, ProjectId, ProjectLevel, RoleMatrix,
    access::World,
};
use leptos::prelude::*;

use crate::{components::*, rpc::role_levels::FULL};

/// The form the filter belongs to; its controls stand inside the other form, next to what they filter.
pub const FILTER_FORM: &str = "role-filter";

/// What of the matrix is shown.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a project's name.
    pub text: String,
    /// Only what is not at its default.
    pub customised: bool,
    /// All types shown, or none; by default those of projects whose types differ.
    pub open: Option<bool>,
}

/// What a matrix is drawn from.
pub struct Matrix<'a> {
    /// What there is.
    pub world: &'a World,
    /// What counts.
    pub saved: &'a RoleMatrix,
    /// What is shown: the same, or an edit of it.
    pub shown: &'a RoleMatrix,
    /// Can the reader choose?
    pub editable: bool,
    /// What of it is shown.
    pub filter: &'a Filter,
}

type Level = (&'static str, &'static str);

/// One radio group.
struct Group {
    name: String,
    legend: String,
    chosen: Option<&'static str>,
    saved: &'static str,
    head: bool,
}

impl Group {
    /// Of a head row only Full access is a change of its own; else its types say what differs.
    fn changed(&self) -> bool {
        let chosen = self.chosen.unwrap_or_default();
        if self.head {
            (chosen == FULL) != (self.saved == FULL)
        } else {
            chosen != self.saved
        }
    }
}

fn cluster_levels() -> Vec<Level> {
    ClusterLevel::ALL
        .map(|level| (level.code(), level.label()))
        .to_vec()
}

/// The levels of an environment type; Full access is for whole projects.
fn type_levels() -> Vec<Level> {
    ProjectLevel::ALL
        .map(|level| (level.code(), level.label()))
        .to_vec()
}

/// The levels of a project's head row.
pub fn project_levels() -> Vec<Level> {
    let mut levels = type_levels();
    levels.push((FULL, "Full access"));
    levels
}

/// The code the head row shows; none where the types differ.
fn head_code(access: ProjectAccess) -> Option<&'static str> {
    match access {
        ProjectAccess::Full => Some(FULL),
        ProjectAccess::PerType(_) => access.same_for_all().map(ProjectLevel::code),
    }
}

impl Matrix<'_> {
    /// The table of clusters.
    pub fn clusters(&self) -> AnyView {
        let rows = self
            .world
            .clusters
            .iter()
            .map(|(id, name)| self.cluster(*id, name))
            .collect_view();
        table(
            "Clusters",
            &cluster_levels(),
            later("Clusters created later", "Read-only", 3),
            view! { <tbody role="rowgroup">{rows}</tbody> }.into_any(),
        )
    }

    fn cluster(&self, id: ClusterId, name: &str) -> AnyView {
        let level = self.shown.cluster(id);
        let group = Group {
            name: format!("levels[cluster.{id}]"),
            legend: format!("{name}, cluster"),
            chosen: Some(level.code()),
            saved: self.saved.cluster(id).code(),
            head: false,
        };
        let hidden = self.filter.customised && level == ClusterLevel::default();
        let mark = changed_mark(group.changed());
        let cell = self.levels(group, &cluster_levels(), 3);
        view! {
            <tr class="role-row" role="row" hidden=hidden data-default=ClusterLevel::default().code()>
                <th scope="row" role="rowheader"><Icon name=IconName::Server />{name.to_owned()}{mark}</th>
                {cell}
            </tr>
        }
        .into_any()
    }

    /// The table of projects.
    pub fn projects(&self) -> AnyView {
        let rows = self
            .world
            .projects
            .iter()
            .map(|(id, name)| self.project(*id, name))
            .collect_view();
        table(
            "Projects, by environment type",
            &project_levels(),
            later("Projects created later", "No access", 5),
            rows.into_any(),
        )
    }

    /// Does the filter leave this project out?
    fn is_hidden(&self, name: &str, access: ProjectAccess) -> bool {
        let found = name
            .to_lowercase()
            .contains(&self.filter.text.to_lowercase());
        !found || (self.filter.customised && access == ProjectAccess::default())
    }

    fn project(&self, id: ProjectId, name: &str) -> AnyView {
        let (access, saved) = (self.shown.project(id), self.saved.project(id));
        let head = head_code(access);
        let open = self.filter.open.unwrap_or(head.is_none());
        let types = EnvironmentType::ALL
            .into_iter()
            .map(|kind| self.environments(id, name, kind))
            .collect_view();
        let group = Group {
            name: format!("levels[project.{id}]"),
            legend: format!("{name}, all environment types"),
            chosen: head,
            saved: head_code(saved).unwrap_or_default(),
            head: true,
        };
        // While the types are folded away their head tells of them, too.
        let mark = changed_mark(access != saved);
        let was = self.editable.then(|| was(id, access));
        let cell = self.levels(group, &project_levels(), 5);
        let toggle = format!("types-{id}");
        let label = format!("Environment types of {name}");
        view! {
            <tbody class="role-project" role="rowgroup" hidden=self.is_hidden(name, access) data-name=name.to_lowercase()>
                <tr class="role-row -head" role="row" data-default=ProjectLevel::default().code()>
                    <th scope="row" role="rowheader">
                        <input class="role-toggle" type="checkbox" id=toggle.clone() form=FILTER_FORM checked=open aria-label=label />
                        <label class="role-name" for=toggle>{name.to_owned()}</label>
                        <span class="role-mixed" hidden=head.is_some()>"Mixed"</span>
                        {mark}
                        {was}
                    </th>
                    {cell}
                </tr>
                {types}
            </tbody>
        }
        .into_any()
    }

    fn environments(&self, id: ProjectId, project: &str, kind: EnvironmentType) -> AnyView {
        let (access, saved) = (self.shown.project(id), self.saved.project(id));
        let group = Group {
            name: format!("levels[type.{id}.{}]", kind.code()),
            legend: format!("{project}, {}", kind.label()),
            chosen: Some(access.level(kind).code()),
            saved: saved.level(kind).code(),
            head: false,
        };
        let whole = access == ProjectAccess::Full || saved == ProjectAccess::Full;
        let mark = changed_mark(!whole && group.changed());
        let locked = !self.editable && access == ProjectAccess::Full;
        let cell = if locked {
            view! { <td class="levels-cell" role="cell" colspan="5"><p class="levels-included">"included in Full access"</p></td> }.into_any()
        } else {
            self.levels(group, &type_levels(), 5)
        };
        view! {
            <tr class="role-row -type" role="row">
                <th scope="row" role="rowheader"><EnvironmentShape kind />{kind.label()}{mark}</th>
                {cell}
            </tr>
        }
        .into_any()
    }

    /// The cell with the levels of one row, over all columns of the table.
    fn levels(&self, group: Group, levels: &[Level], columns: usize) -> AnyView {
        let missing = (columns > levels.len())
            .then(|| view! { <span class="level-none" aria-hidden="true">"–"</span> });
        let cell = if self.editable {
            radios(group, levels, missing.into_any())
        } else {
            words(&group, levels, missing.into_any())
        };
        view! { <td class="levels-cell" role="cell" colspan=columns.to_string()>{cell}</td> }
            .into_any()
    }
}

fn radios(group: Group, levels: &[Level], missing: AnyView) -> AnyView {
    let changed = group.changed().then_some("");
    let Group {
        name,
        legend,
        chosen,
        saved,
        head: _,
    } = group;
    let levels = levels
        .iter()
        .map(|(code, label)| {
            view! {
                <label class="level">
                    <input class="level-radio" type="radio" name=name.clone() value=*code checked=chosen == Some(*code) />
                    <span class="level-text">{*label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="levels" data-saved=saved data-changed=changed>
            <legend class="sr">{legend}</legend>
            {levels}
            {missing}
        </fieldset>
        <p class="levels-included">"included in Full access"</p>
    }
    .into_any()
}

/// The same for readers: the level as a word where its radio would be.
fn words(group: &Group, levels: &[Level], missing: AnyView) -> AnyView {
    let levels = levels
        .iter()
        .map(|(code, label)| {
            if group.chosen == Some(*code) {
                view! { <span class="level -chosen"><span class="level-text">{*label}</span></span> }.into_any()
            } else {
                view! { <span class="level" aria-hidden="true"><i class="level-ring"></i></span> }.into_any()
            }
        })
        .collect_view();
    let mixed = group
        .chosen
        .is_none()
        .then(|| view! { <span class="sr">"Mixed"</span> });
    view! { <div class="levels">{levels}{missing}</div>{mixed} }.into_any()
}

fn table(caption: &'static str, levels: &[Level], later: AnyView, rows: AnyView) -> AnyView {
    let heads = levels
        .iter()
        .map(|(_, label)| view! { <th class="level-head" scope="col" role="columnheader">{*label}</th> })
        .collect_view();
    view! {
        <div class="levels-frame">
            <table class="levels-table" role="table">
                <caption class="sr">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row"><th class="levels-corner" scope="col" role="columnheader">{caption}</th>{heads}</tr>
                </thead>
                <tbody role="rowgroup">{later}</tbody>
                {rows}
            </table>
        </div>
    }
    .into_any()
}

/// What is created later has the default level; that is stated, not chosen.
fn later(what: &'static str, level: &'static str, columns: usize) -> AnyView {
    let rest = (1..columns)
        .map(|_| view! { <span class="level-none" aria-hidden="true">"–"</span> })
        .collect_view();
    view! {
        <tr class="role-row -later" role="row">
            <th scope="row" role="rowheader">{what}</th>
            <td class="levels-cell" role="cell" colspan=columns.to_string()>
                <div class="levels"><span class="level -stated"><span class="level-text">{level}</span></span>{rest}</div>
            </td>
        </tr>
    }
    .into_any()
}

fn changed_mark(changed: bool) -> AnyView {
    view! { <span class="role-changed" hidden=!changed><span class="sr">", changed"</span></span> }
        .into_any()
}

/// What the page shows for a project, so that the server can tell what somebody chose.
fn was(id: ProjectId, access: ProjectAccess) -> AnyView {
    let types = EnvironmentType::ALL
        .map(|kind| access.level(kind).code())
        .join(",");
    let value = format!("{}:{types}", head_code(access).unwrap_or_default());
    view! { <input type="hidden" name=format!("levels[was.{id}]") value=value /> }.into_any()
}

/// May environments be created somewhere, and placed nowhere?
pub fn cannot_place(matrix: &RoleMatrix, world: &World) -> bool {
    let creates = matrix.projects().any(|(_, access)| {
        EnvironmentType::ALL
            .into_iter()
            .any(|kind| access.level(kind) == ProjectLevel::Manage)
    });
    let places = world
        .clusters
        .iter()
        .any(|(id, _)| matrix.cluster(*id) >= ClusterLevel::CreateEnvironment);
    creates && !places
}
