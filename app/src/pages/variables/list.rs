use std::collections::BTreeMap;

use domain::{VariableKey, VariableKind, view::VariableView};
use leptos::prelude::*;
use service::ops::VariablesView;

use super::{
    Asked, Here, add, all_locked,
    arrange::{self, Section, Sort},
    files::level_fields,
    is_shown, own_lock,
    value::{Known, copy_button, icon, kind_label, kinds, parts, short},
};
use crate::{
    components::*,
    islands::variables::{
        VariableList,
        advice::suggested_key,
        search::{Query, contains, count, toggled},
    },
    pages::Failure,
    rpc::variables::TICK,
};

/// What the filter menu writes into the search field.
const TYPES: [(&str, &str); 5] = [
    ("type:plain", "Plain"),
    ("type:secret", "Secret"),
    ("type:file", "File"),
    ("type:override", "Override"),
    ("type:alias", "Alias"),
];
/// The form that ticks and bulk buttons belong to.
const BULK: &str = "bulk";
const SELECT: &str = "/rpc/variables/select";
/// How many keys that mention one are named in its row.
const NAMED: usize = 3;
/// For how many seconds after its last change a row stands out.
const JUST_NOW: i64 = 10;
const SCOPES: [(&str, &str); 3] = [
    ("scope:project", "Project"),
    ("scope:environment", "Environment"),
    ("scope:service", "Service"),
];

/// Toolbar and table, or what is said in their place. `failure` is what adding has come back with.
pub fn content(here: &Here, list: &VariablesView, asked: &Asked, failure: &Failure) -> AnyView {
    let quick = add::quick(here, list, asked, failure);
    if list.variables.is_empty() {
        let empty = empty(here, list);
        return view! { {quick} {empty} }.into_any();
    }
    let query = Query::parse(&asked.search);
    let admitted = list
        .variables
        .iter()
        .filter(|variable| variable.defined_here || !asked.here_only)
        .count();
    let shown = list
        .variables
        .iter()
        .filter(|variable| is_shown(asked, &query, variable))
        .count();
    let view = if asked.here_only {
        "scope"
    } else {
        "effective"
    };
    view! {
        <div class="variables" id="variables" data-view=view data-ticks=own_lock(list).is_none().then_some("")>
            {toolbar(here, asked, count(shown, admitted))}
            {quick}
            {own_lock(list).is_none().then(|| bulk(here))}
            <div id="variables-table" hidden={shown == 0}>{table(here, list, asked, &query)}</div>
            <div id="variables-none" hidden={shown > 0}>{no_match(here, list, asked, admitted == 0)}</div>
            <VariableList />
        </div>
    }
    .into_any()
}

fn empty(here: &Here, list: &VariablesView) -> AnyView {
    let locked = all_locked(list);
    let text = match list.scope {
        domain::Scope::Service => {
            "A variable defined here reaches this service alone. Those of its environment and project appear here too."
        }
        domain::Scope::Environment => {
            "A variable defined here reaches every service of this environment. Those of its project appear here too."
        }
        _ => {
            "A variable defined here reaches every service of the project, in all its environments."
        }
    };
    let links = [
        ("plain", "Add variable", Look::Primary),
        ("secret", "Add secret", Look::Secondary),
        ("file", "Add file", Look::Secondary),
    ];
    let links =
        links.map(|(kind, label, look)| (here.address.with("new", kind).href(), label, look));
    let compare = compare_link(here);
    let actions = move || {
        let add = locked.is_none().then(|| {
            links
                .map(|(href, label, look)| view! { <ButtonLink href look>{label}</ButtonLink> })
                .collect_view()
        });
        view! { {add} {compare} }
    };
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="No variables yet" icon=IconName::Variable actions=actions>{text}</EmptyState>
        </Card>
    }
    .into_any()
}

fn toolbar(here: &Here, asked: &Asked, count: String) -> AnyView {
    let page = here.address.without("view").without("q");
    let hidden = page.with("view", if asked.here_only { "scope" } else { "" });
    let effective = here.address.without("view").href();
    let scope = here.address.with("view", "scope").href();
    let current = if asked.here_only {
        scope.clone()
    } else {
        effective.clone()
    };
    let filter = filter(here, asked);
    let group = arrange::chip(here, asked);
    let compare = compare_link(here);
    let search = asked.search.clone();
    let views = vec![
        Segment::new(effective, "Effective"),
        Segment::new(scope, "This scope"),
    ];
    view! {
        <Toolbar>
            <SearchForm
                action=page.href()
                label="Search variables"
                value=search
                placeholder="Search keys, values, type:secret scope:project"
                shortcut="/"
            >
                {hidden.hidden()}
            </SearchForm>
            <SegmentedLinks label="View" parts=views current />
            {filter}
            {group}
            {compare}
            <p class="toolbar-count" id="variables-count" role="status">{count}</p>
        </Toolbar>
    }
    .into_any()
}

/// What can be done with ticked rows. The form is apart from the table, whose rows hold menus.
fn bulk(here: &Here) -> AnyView {
    view! {
        <form id=BULK method="post" action=SELECT class="bulk" aria-label="With the selected variables">
            {level_fields(here)}
            <button type="submit" class="btn -small" name="what" value="secret">
                <Icon name=IconName::Lock /><span class="btn-text">"Make selected secret"</span>
            </button>
            <button type="submit" class="btn -small -danger-quiet" name="what" value="delete">
                <Icon name=IconName::Trash /><span class="btn-text">"Delete selected"</span>
            </button>
            <p class="bulk-count" id="variables-ticked" role="status"></p>
        </form>
    }
    .into_any()
}

/// The way to the page that compares environments, where there are any below or beside.
fn compare_link(here: &Here) -> Option<AnyView> {
    let href = here.comparison()?.href();
    Some(
        view! { <ButtonLink href look=Look::Quiet icon=IconName::Compare>"Compare"</ButtonLink> }
            .into_any(),
    )
}

fn filter(here: &Here, asked: &Asked) -> AnyView {
    let entry = |(qualifier, label): (&'static str, &'static str)| {
        let href = here
            .address
            .with("q", toggled(&asked.search, qualifier))
            .href();
        let current = contains(&asked.search, qualifier).then_some("true");
        view! {
            <a class="menu-item" href=href data-qualifier=qualifier aria-current=current>
                <span class="menu-text">{label}</span>
                <code class="menu-code">{qualifier}</code>
            </a>
        }
        .into_any()
    };
    let (types, scopes, empty) = (
        TYPES.map(entry),
        SCOPES.map(entry),
        entry(("is:empty", "Empty")),
    );
    view! {
        <FilterChip id="variables-filter" name="Filter">
            <MenuHeading>"Type"</MenuHeading>
            {types.collect_view()}
            <MenuHeading>"Scope"</MenuHeading>
            {scopes.collect_view()}
            <MenuHeading>"Value"</MenuHeading>
            {empty}
        </FilterChip>
    }
    .into_any()
}

/// What stands in place of a table none of whose rows match.
fn no_match(here: &Here, list: &VariablesView, asked: &Asked, none_here: bool) -> AnyView {
    if none_here {
        let (title, all) = (
            format!(
                "Nothing is defined at the {} itself",
                list.scope.label().to_lowercase()
            ),
            here.address.without("view").href(),
        );
        return view! {
            <Card flush=true>
                <EmptyState kind=EmptyKind::NoMatch title actions=move || view! { <ButtonLink href=all>"Show all that count here"</ButtonLink> }>
                    "Everything that counts here comes from a wider scope."
                </EmptyState>
            </Card>
        }
        .into_any();
    }
    let clear = here.address.without("q").href();
    let key = VariableKey::parse(&asked.search)
        .map(|key| key.as_str().to_owned())
        .ok()
        .or_else(|| suggested_key(&asked.search));
    let add = here
        .address
        .without("q")
        .with("new", "plain")
        .with("key", key.clone().unwrap_or_default())
        .href();
    let may_add = all_locked(list).is_none();
    let actions = move || {
        view! {
            <a class="btn" href=clear data-clear="">"Clear search"</a>
            {may_add
                .then(|| {
                    let label = format!("Add {}", key.clone().unwrap_or_default());
                    view! {
                        <a class="btn -quiet" id="variables-create" href=add data-fresh="" hidden=key.is_none()>
                            <Icon name=IconName::Plus /> <span class="btn-text">{label}</span>
                        </a>
                    }
                })}
        }
    };
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoMatch title="No variable matches" actions=actions>
                "Keys, descriptions, mount paths and plain values are searched; values of secrets are not."
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn table(here: &Here, list: &VariablesView, asked: &Asked, query: &Query) -> AnyView {
    let may_select = own_lock(list).is_none();
    let mut columns = vec![
        Sort::Key.column(here, asked, "Variable/Key", CellKind::Lead),
        Column::new("Value", CellKind::Wide),
        Sort::Scope.column(here, asked, "Scope", CellKind::Plain),
        Sort::Updated.column(here, asked, "Updated", CellKind::Spare),
        Column::new("Actions", CellKind::Actions),
    ];
    if may_select {
        let ticks = Column::new("Select", CellKind::Select).tick_all("Select all shown");
        columns.insert(0, ticks);
    }
    let known = Known::of(list);
    let read_only = all_locked(list).is_some();
    let mut lines: Vec<AnyView> = Vec::new();
    let sections = arrange::arranged(&list.variables, asked);
    for (place, Section { title, rows }) in sections.into_iter().enumerate() {
        let group = title.is_some().then_some(place);
        lines.extend(title.map(|title| {
            let any = rows.iter().any(|row| is_shown(asked, query, row));
            arrange::heading(title, place, span(may_select), any)
        }));
        for variable in rows {
            let shown = is_shown(asked, query, variable);
            let hidden = list.hidden.get(&variable.id).map_or(&[][..], Vec::as_slice);
            let open = asked.ladder == Some(variable.id);
            let row = Row {
                here,
                variable,
                hidden,
                group,
                open,
                read_only,
                may_select,
                known: &known,
                mentions: &list.mentions,
            };
            lines.push(row.view(shown));
            lines.extend((!hidden.is_empty()).then(|| row.ladder(shown && open)));
        }
    }
    let caption = format!("Variables of {}", here.level.name());
    view! { <DataTable caption columns>{lines}</DataTable> }.into_any()
}

/// How many columns there are.
const fn span(may_select: bool) -> &'static str {
    if may_select { "6" } else { "5" }
}

/// One variable of the list.
struct Row<'a> {
    here: &'a Here,
    variable: &'a VariableView,
    /// The wider definitions it hides, narrowest first.
    hidden: &'a [VariableView],
    /// The heading it stands under.
    group: Option<usize>,
    /// Is its ladder open?
    open: bool,
    /// Nothing on this page can be changed by its reader.
    read_only: bool,
    /// What is defined here can be ticked.
    may_select: bool,
    known: &'a Known<'a>,
    /// By key: what mentions it.
    mentions: &'a BTreeMap<String, Vec<String>>,
}

impl Row<'_> {
    fn view(&self, shown: bool) -> AnyView {
        let variable = self.variable;
        let defined: Vec<&str> = std::iter::once(variable)
            .chain(self.hidden)
            .map(|one| one.scope.code())
            .collect();
        let environment = self.here.environment;
        view! {
            <tr
                class="row"
                role="row"
                id=format!("row-{}", variable.id)
                hidden=!shown
                data-key=variable.key.clone()
                data-kinds=kinds(variable)
                data-defined=defined.join(" ")
                data-group=self.group.map(|group| group.to_string())
                data-here=variable.defined_here.then_some("")
                data-changed=(self.here.now.seconds_since(variable.updated_at) < JUST_NOW).then_some("")
            >
                {self.may_select.then(|| self.tick())}
                {self.name()}
                <td class="cell -wide" role="cell">{short(variable, self.known)}</td>
                <td class="cell -scope" role="cell"><ScopeBadge scope=variable.scope environment /></td>
                <td class="cell -meta -spare" role="cell">
                    <Time at=variable.updated_at now=self.here.now style=TimeStyle::Day />
                    {format!(", {}", variable.updated_by)}
                </td>
                <td class="cell -actions" role="cell"><div class="row-actions">{copy_button(variable)} {self.menu()}</div></td>
            </tr>
        }
        .into_any()
    }

    /// Only what is defined here: the rest is changed where it is.
    fn tick(&self) -> AnyView {
        let (label, name) = (
            format!("Select {}", self.variable.key),
            format!("ticked[{TICK}{}]", self.variable.id),
        );
        let tick = self.variable.defined_here.then(|| {
            view! { <input class="check-box" type="checkbox" form=BULK name=name value="true" aria-label=label /> }
        });
        view! { <Cell kind=CellKind::Select>{tick}</Cell> }.into_any()
    }

    fn name(&self) -> AnyView {
        let variable = self.variable;
        let edit = self.here.with("edit", variable.id);
        let is_override = variable.overrides.is_some() || variable.kind == VariableKind::Override;
        view! {
            <th class="cell -lead" scope="row" role="rowheader">
                <span class="variable">
                    <span class="variable-icon" title=kind_label(variable) aria-hidden="true"><Icon name=icon(variable) /></span>
                    <span class="variable-name">
                        <span class="lead">
                            <a href=edit><KeyName key=variable.key.clone() /></a>
                            {variable.is_file.then(|| view! { <Badge>"File"</Badge> })}
                            {variable.alias_of.is_some().then(|| view! { <Badge>"Alias"</Badge> })}
                            {is_override.then(|| self.override_badge())}
                        </span>
                        {self.used_by()}
                        {variable.mount_path.clone().map(|path| view! { <span class="cell-note -code">{path}</span> })}
                        {(!variable.description.is_empty()).then(|| view! { <span class="cell-note">{variable.description.clone()}</span> })}
                    </span>
                </span>
            </th>
        }
        .into_any()
    }

    /// What else on this page mentions it. No text to search: who looks for a key is not looking for what mentions it.
    fn used_by(&self) -> Option<AnyView> {
        let users = self.mentions.get(&self.variable.key)?;
        let more = users.len().saturating_sub(NAMED);
        let names = users[..users.len().min(NAMED)].join(", ");
        let text = match more {
            0 => format!("Used by {names}"),
            more => format!("Used by {names} and {more} more"),
        };
        Some(view! { <span class="used-by">{text}</span> }.into_any())
    }

    /// Opens the ladder of values it hides.
    fn override_badge(&self) -> AnyView {
        if self.hidden.is_empty() {
            return view! { <Badge>"Override"</Badge> }.into_any();
        }
        let id = self.variable.id.to_string();
        let address = self
            .here
            .address
            .with("open", if self.open { String::new() } else { id.clone() });
        let label = format!(
            "Override: where the value of {} comes from",
            self.variable.key
        );
        view! {
            <a
                class="badge -neutral badge-toggle"
                href=address.at(format!("row-{id}")).href()
                data-ladder=id.clone()
                aria-label=label
                aria-expanded=if self.open { "true" } else { "false" }
                aria-controls=format!("from-{id}")
            >
                "Override"
                <Icon name=IconName::ChevronDown />
            </a>
        }
        .into_any()
    }

    fn menu(&self) -> Option<AnyView> {
        if self.read_only {
            return None;
        }
        let (here, variable) = (self.here, self.variable);
        let id = variable.id;
        let entries = if variable.defined_here {
            let locked = variable.locked.clone();
            view! {
                <MenuLink href=here.with("edit", id) icon=IconName::Edit refused=locked.clone()>"Edit"</MenuLink>
                {self.alias_link()}
                {self.history_link()}
                <MenuLink href=here.with("delete", id) icon=IconName::Trash danger=true refused=locked>"Delete"</MenuLink>
            }
            .into_any()
        } else {
            let elsewhere = here
                .page_of(variable.scope)
                .with("edit", id.to_string())
                .href();
            let label = format!(
                "Edit in {}",
                here.name_of(variable.scope).to_lowercase_first()
            );
            view! {
                {variable.alias_of.is_none().then(|| view! { <MenuLink href=here.with("override", id) icon=IconName::Override>"Override here"</MenuLink> })}
                {self.alias_link()}
                {self.history_link()}
                <MenuLink href=elsewhere icon=IconName::Edit refused=variable.locked.clone()>{label}</MenuLink>
            }
            .into_any()
        };
        let label = format!("Actions for {}", variable.key);
        Some(
            view! { <Menu id=format!("menu-{id}") label size=Size::Small>{entries}</Menu> }
                .into_any(),
        )
    }

    /// Not for a file, which has one place, and not for another alias.
    fn alias_link(&self) -> Option<AnyView> {
        let variable = self.variable;
        let href = self.here.address.with("alias", variable.key.clone()).href();
        (variable.alias_of.is_none() && !variable.is_file).then(|| {
            view! { <MenuLink href icon=IconName::Link>"Create alias"</MenuLink> }.into_any()
        })
    }

    fn history_link(&self) -> AnyView {
        let href = self.here.with("history", self.variable.id);
        view! { <MenuLink href icon=IconName::History>"History"</MenuLink> }.into_any()
    }

    fn ladder(&self, shown: bool) -> AnyView {
        view! {
            <tr class="row-detail" role="row" id=format!("from-{}", self.variable.id) hidden=!shown>
                <td role="cell" colspan=span(self.may_select)>{ladder(self.here, self.variable, self.hidden, self.known)}</td>
            </tr>
        }
        .into_any()
    }
}

/// From the widest to the narrowest: what each scope says, and which one counts.
pub fn ladder(
    here: &Here,
    variable: &VariableView,
    hidden: &[VariableView],
    known: &Known<'_>,
) -> AnyView {
    let mut rungs: Vec<Rung> = hidden
        .iter()
        .rev()
        .map(|one| Rung::hidden(one.scope.label(), rung_value(one, known)))
        .collect();
    rungs.push(Rung::used(
        variable.scope.label(),
        rung_value(variable, known),
    ));
    let Some(next) = hidden.first() else {
        return view! { <Ladder rungs /> }.into_any();
    };
    let (value, place, by) = (
        rung_value(next, known),
        here.name_of(next.scope),
        next.updated_by.clone(),
    );
    let (at, now) = (next.updated_at, here.now);
    view! {
        <Ladder rungs aside_title="If you remove this override">
            <p>{value}</p>
            <p class="faint">{format!("from {place}, set by {by} ")} <Time at now style=TimeStyle::Day /></p>
        </Ladder>
    }
    .into_any()
}

/// As [`short`], without the id that only the row itself may carry.
fn rung_value(variable: &VariableView, known: &Known<'_>) -> AnyView {
    match variable
        .value
        .as_deref()
        .filter(|value| !variable.is_file && !value.is_empty())
    {
        Some(value) => view! { <span class="value">{parts(value, known)}</span> }.into_any(),
        None => short(variable, known),
    }
}

/// For a name inside a sentence.
trait InSentence {
    fn to_lowercase_first(&self) -> String;
}

impl InSentence for String {
    fn to_lowercase_first(&self) -> String {
        let mut characters = self.chars();
        characters.next().map_or_else(Self::new, |first| {
            first.to_lowercase().chain(characters).collect()
        })
    }
}
