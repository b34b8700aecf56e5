//! Variables of a project, an environment or a service: one page, whatever the level.

mod add;
mod arrange;
mod built_in;
mod change;
mod compare;
mod delete;
mod details;
mod fields;
mod files;
mod history;
mod list;
mod review;
mod text;
mod value;

pub use compare::ComparePage;
use domain::{
    ApiError, EnvironmentType, HandoverId, OrganizationId, Scope, Timestamp, VariableId,
    view::VariableView,
};
pub use history::what_happened;
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use service::{Level, ops::VariablesView};

use crate::{
    components::*,
    context::{answer, caller, service},
    islands::variables::search::Query,
    pages::{Address, At, ConsoleContext, Failure, Page, console_page, place_tabs},
};

/// What the address asks for.
struct Asked {
    search: String,
    here_only: bool,
    sort: arrange::Sort,
    group: Option<arrange::Group>,
    ladder: Option<VariableId>,
    /// One is adding variables in a row, without a panel.
    quick: bool,
    open: Open,
    /// In place of the list.
    instead: Instead,
}

/// What takes the place of the list.
enum Instead {
    Nothing,
    Text,
    /// A set of changes, and the variable somebody else changed meanwhile.
    Review(HandoverId, Option<VariableId>),
}

/// What lies over the list.
enum Open {
    Nothing,
    Add { kind: String, key: String },
    Override(VariableId),
    Alias(String),
    One(VariableId),
    Delete(VariableId),
    Import,
    Export,
    History(history::Asked),
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        let open = if let Some(kind) = query.get("new") {
            Open::Add {
                kind,
                key: text("key"),
            }
        } else if let Ok(id) = text("override").parse() {
            Open::Override(id)
        } else if let Some(key) = query.get("alias") {
            Open::Alias(key)
        } else if let Ok(id) = text("edit").parse() {
            Open::One(id)
        } else if let Ok(id) = text("delete").parse() {
            Open::Delete(id)
        } else if query.get("import").is_some() {
            Open::Import
        } else if query.get("export").is_some() {
            Open::Export
        } else if let Ok(variable) = text("history").parse() {
            Open::History(history::Asked {
                variable,
                restore: text("version").parse().ok(),
                before: text("before").parse().ok(),
            })
        } else {
            Open::Nothing
        };
        let instead = match (query.get("text"), text("changes").parse()) {
            (Some(_), _) => Instead::Text,
            (None, Ok(changes)) => Instead::Review(changes, text("meanwhile").parse().ok()),
            (None, Err(_)) => Instead::Nothing,
        };
        Self {
            search: text("q").trim().to_owned(),
            here_only: text("view") == "scope",
            sort: arrange::Sort::parse(&text("sort")),
            group: arrange::Group::parse(&text("group")),
            ladder: text("open").parse().ok(),
            quick: query.get("quick").is_some(),
            open,
            instead,
        }
    }
}

/// The failures a form of this page may come back with.
struct Failures {
    add: Failure,
    alias: Failure,
    edit: Failure,
    delete: Failure,
    import: Failure,
    text: Failure,
    changes: Failure,
    restore: Failure,
}

/// The page's place, and what every part of it needs to know.
#[derive(Clone)]
struct Here {
    organization: OrganizationId,
    level: Level,
    /// The list as it is filtered and ordered, without anything over it.
    address: Address,
    environment: Option<EnvironmentType>,
    now: Timestamp,
}

impl Here {
    /// The variables page where variables of this scope are defined.
    fn page_of(&self, scope: Scope) -> Address {
        let mut path = format!("/o/{}", self.level.project().organization.slug);
        for level in self
            .level
            .with_parents()
            .iter()
            .filter(|level| level.scope() <= scope)
        {
            let (part, slug) = match level {
                Level::Project(project) => ("p", &project.slug),
                Level::Environment(environment) => ("e", &environment.slug),
                Level::Service(service) => ("s", &service.slug),
            };
            path += &format!("/{part}/{slug}");
        }
        Address::new(path + "/variables")
    }

    /// The page that compares environments; at an environment, it with the others.
    fn comparison(&self) -> Option<Address> {
        let slug = match &self.level {
            Level::Project(_) => "",
            Level::Environment(environment) => environment.slug.as_str(),
            Level::Service(_) => return None,
        };
        let path = compare::path(self.level.project());
        Some(Address::new(path).with("env", slug))
    }

    /// The name of the project, environment or service a scope means here: `Environment production`.
    fn name_of(&self, scope: Scope) -> String {
        let level = self
            .level
            .with_parents()
            .into_iter()
            .find(|level| level.scope() == scope);
        level.map_or_else(
            || scope.label().to_owned(),
            |level| format!("{} {}", scope.label(), level.name()),
        )
    }

    fn with(&self, state: &'static str, id: VariableId) -> String {
        self.address.with(state, id.to_string()).href()
    }
    fn close(&self) -> String {
        self.address.href()
    }
}

/// Why nothing can be changed from here; none when something can.
fn all_locked(list: &VariablesView) -> Option<String> {
    let locked = list.scopes.iter().all(|choice| choice.locked.is_some());
    locked.then(|| {
        list.scopes
            .last()
            .and_then(|choice| choice.locked.clone())
            .unwrap_or_default()
    })
}

/// Why nothing defined at exactly this level can be changed; none when it can.
fn own_lock(list: &VariablesView) -> Option<String> {
    let own = list.scopes.iter().find(|choice| choice.scope == list.scope);
    own.and_then(|choice| choice.locked.clone())
}

/// Variables.
#[component]
pub fn VariablesPage() -> impl IntoView {
    let asked = Asked::of(&use_query_map().get_untracked());
    let failures = Failures {
        add: Failure::of(add::ACTION),
        alias: Failure::of(add::ALIAS),
        edit: Failure::of(change::ACTION),
        delete: Failure::of(delete::ACTION),
        import: Failure::of(files::READ),
        text: Failure::of(text::READ),
        changes: Failure::of(review::ACTION),
        restore: Failure::of(history::ACTION),
    };
    console_page(At::Tab("variables"), move |context| async move {
        page(context, asked, failures).await
    })
}

async fn page(context: ConsoleContext, asked: Asked, failures: Failures) -> Result<Page, ApiError> {
    let level = context.here.level().ok_or(ApiError::NotFound)?;
    let organization = context.here.organization.id;
    let view = if asked.here_only { "scope" } else { "" };
    let here = Here {
        organization,
        address: Address::new(format!("{}/variables", context.here.path()))
            .with("view", view)
            .with("sort", asked.sort.code())
            .with("group", asked.group.map_or("", arrange::Group::code))
            .with("q", asked.search.clone()),
        environment: level.environment().map(|environment| environment.kind),
        now: service().now(),
        level,
    };
    match asked.instead {
        Instead::Nothing => {}
        Instead::Text => return text::page(&here, &failures.text).await,
        Instead::Review(changes, meanwhile) => {
            return review::page(&here, changes, meanwhile, &failures.changes).await;
        }
    }
    let tabs = place_tabs(&context, "variables").into_any();
    let list = match answer(
        service()
            .variables(&caller(), organization, here.level.reference())
            .await,
    )
    .await
    {
        Ok(list) => list,
        Err(
            error @ (ApiError::NotFound | ApiError::Forbidden { .. } | ApiError::Unauthenticated),
        ) => return Err(error),
        Err(error) => return Ok(failed(&here, tabs, &error)),
    };
    let overlay = overlay(&here, &list, &asked, &failures).await;
    let locked = all_locked(&list);
    let add = here.address.with("new", "plain").href();
    let more = more(&here, &list, locked.clone());
    let view_only = locked.clone().map(|reason| format!("View only. {reason}"));
    let purpose = purpose(&here.level, &list);
    let content = view! {
        <PageHead
            title="Variables"
            view_only=view_only
            actions=move || view! { {more} <ButtonLink href=add look=Look::Primary icon=IconName::Plus refused=locked>"Add variable"</ButtonLink> }
        >
            {purpose}
        </PageHead>
        {tabs}
        {list::content(&here, &list, &asked, &failures.add)}
        {built_in::section(&here, &list)}
    };
    let page = Page::new("Variables", content);
    Ok(match overlay {
        Overlay::Nothing => page,
        Overlay::Panel(panel) => page.panel(Some(panel)),
        Overlay::Dialog(dialog) => page.dialog(Some(dialog)),
    })
}

/// What is done with many variables at once.
fn more(here: &Here, list: &VariablesView, locked: Option<String>) -> AnyView {
    let own = own_lock(list);
    let page = Address::new(here.address.path());
    let (import, export, text) = (
        here.address.flag("import").href(),
        here.address.flag("export").href(),
        page.flag("text").href(),
    );
    view! {
        <Menu id="variables-more" label="More for these variables" look=Look::Secondary text="More">
            <MenuLink href=import icon=IconName::Upload refused=locked>"Import"</MenuLink>
            <MenuLink href=text icon=IconName::Edit refused=own>"Edit as text"</MenuLink>
            <MenuLink href=export icon=IconName::Download>"Export"</MenuLink>
        </Menu>
    }
    .into_any()
}

enum Overlay {
    Nothing,
    Panel(AnyView),
    Dialog(AnyView),
}

/// What the address opens over the list. An id that is not in sight opens a panel that says so.
async fn overlay(here: &Here, list: &VariablesView, asked: &Asked, failures: &Failures) -> Overlay {
    let find = |id: VariableId| list.variables.iter().find(|variable| variable.id == id);
    match &asked.open {
        Open::Nothing => Overlay::Nothing,
        Open::Export => Overlay::Dialog(files::export_dialog(here)),
        Open::Add { .. } | Open::Override(_) | Open::Alias(_) | Open::Import
            if all_locked(list).is_some() =>
        {
            Overlay::Nothing
        }
        Open::Import => Overlay::Dialog(files::import_dialog(here, list, &failures.import)),
        Open::Add { kind, key } => Overlay::Panel(add::panel(here, list, kind, key, &failures.add)),
        Open::Override(id) => match find(*id).filter(|base| base.scope < here.level.scope()) {
            Some(base) => Overlay::Panel(add::override_panel(here, list, base, &failures.add)),
            None => Overlay::Panel(gone(here)),
        },
        Open::Alias(key) => match list
            .variables
            .iter()
            .chain(&list.built_ins)
            .find(|one| one.key == *key && one.alias_of.is_none() && !one.is_file)
        {
            Some(target) => Overlay::Panel(add::alias_panel(here, list, target, &failures.alias)),
            None => Overlay::Panel(gone(here)),
        },
        Open::History(asked) => history::overlay(here, asked, &failures.restore).await,
        Open::One(id) => match find(*id) {
            Some(listed) => one(here, list, listed, &failures.edit).await,
            None => Overlay::Panel(gone(here)),
        },
        Open::Delete(id) => {
            match find(*id).filter(|variable| variable.defined_here && variable.locked.is_none()) {
                Some(variable) => {
                    Overlay::Dialog(delete::dialog(here, list, variable, &failures.delete).await)
                }
                None => Overlay::Panel(gone(here)),
            }
        }
    }
}

/// One variable: its form where it is defined, for those who may change it; else what there is to read.
async fn one(
    here: &Here,
    list: &VariablesView,
    listed: &VariableView,
    failure: &Failure,
) -> Overlay {
    // The list has the beginning of long values, this has all of it.
    let whole = match answer(
        service()
            .variable(&caller(), here.organization, listed.id)
            .await,
    )
    .await
    {
        Ok(whole) => whole,
        Err(ApiError::NotFound) => return Overlay::Panel(gone(here)),
        Err(error) => return Overlay::Panel(unreadable(here, listed, &error)),
    };
    let whole = VariableView {
        overrides: listed.overrides,
        defined_here: listed.defined_here,
        ..whole
    };
    // Without it the panel still does what it is for.
    let impact = answer(
        service()
            .variable_impact(&caller(), here.organization, listed.id)
            .await,
    )
    .await
    .unwrap_or_default();
    Overlay::Panel(match whole.defined_here && whole.locked.is_none() {
        true => change::panel(here, list, &whole, &impact, failure),
        false => details::panel(here, list, &whole, &impact),
    })
}

fn gone(here: &Here) -> AnyView {
    view! {
        <Panel title="No such variable" close=here.close()>
            <PanelBody>
                <Note tone=Tone::Warn>"It was deleted or is defined somewhere else by now. The list shows what is there."</Note>
            </PanelBody>
        </Panel>
    }
    .into_any()
}

/// In place of a variable that is there and cannot be shown: its value is damaged, or the database does not answer.
fn unreadable(here: &Here, listed: &VariableView, error: &ApiError) -> AnyView {
    let (title, message) = (listed.key.clone(), error.to_string());
    view! {
        <Panel title close=here.close()>
            <PanelBody>
                <Note tone=Tone::Bad>{message}</Note>
            </PanelBody>
        </Panel>
    }
    .into_any()
}

/// The page where the list could not be read.
fn failed(here: &Here, tabs: AnyView, error: &ApiError) -> Page {
    let retry = here.close();
    let message = error.to_string();
    let content = view! {
        <PageHead title="Variables" />
        {tabs}
        <Card flush=true>
            <EmptyState
                kind=EmptyKind::Failed
                title="The variables could not be read"
                actions=move || view! { <ButtonLink href=retry icon=IconName::Refresh>"Try again"</ButtonLink> }
            >
                {message}
            </EmptyState>
        </Card>
    };
    Page::new("Variables", content)
}

fn purpose(level: &Level, list: &VariablesView) -> AnyView {
    let name = view! { <b>{level.name().to_owned()}</b> };
    let secrets = list
        .variables
        .iter()
        .filter(|variable| variable.secret)
        .count();
    let counts = match (list.variables.len(), secrets) {
        (0, _) => "nothing yet.".to_owned(),
        (all, 0) => format!("{}.", counted(all, "variable", "variables")),
        (1, _) => "1\u{a0}secret.".to_owned(),
        (all, secrets) => format!(
            "{}, {secrets}\u{a0}of them secret.",
            counted(all, "variable", "variables")
        ),
    };
    match level {
        Level::Service(service) => {
            let environment = service.environment.name.clone();
            view! { "What " {name} " gets when it runs in " {environment} ": " {counts} }.into_any()
        }
        Level::Environment(_) => {
            view! { "What every service in " {name} " gets: " {counts} }.into_any()
        }
        Level::Project(_) => {
            view! { "What every service of " {name} " gets, in all its environments: " {counts} }
                .into_any()
        }
    }
}

/// Does a row belong to what the address asks for?
fn is_shown(asked: &Asked, query: &Query, variable: &VariableView) -> bool {
    (variable.defined_here || !asked.here_only) && query.matches(&value::facts(variable))
}
