//! The search over an organization: its page, and what the palette lists.

mod options;
mod results;

use domain::{
    ApiError, Timestamp, VariableKind,
    search::{SEARCH_LIMIT, Search},
    view::{FoundVariable, PlaceView, SearchView},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use service::ops::VARIABLES_FOUND;

pub use options::palette_options;

use crate::{
    components::*,
    context::{answer, caller, service},
    islands::variables::search::{contains, toggled},
    pages::{
        Address, At, ConsoleContext, Page, console_page,
        settings::{SETTINGS_PAGES, SettingsPage},
    },
};

/// What the filter menu writes into the search field.
const TYPES: [(&str, &str); 5] = [
    ("type:plain", "Plain"),
    ("type:secret", "Secret"),
    ("type:file", "File"),
    ("type:override", "Override"),
    ("type:alias", "Alias"),
];
const SCOPES: [(&str, &str); 3] = [
    ("scope:project", "Project"),
    ("scope:environment", "Environment"),
    ("scope:service", "Service"),
];
/// Searches to begin with, and what each finds.
const EXAMPLES: [(&str, &str); 5] = [
    (
        "database",
        "keys, descriptions, mount paths and names with this in them",
    ),
    (
        "key:DATABASE_URL",
        "keys with this in them, and nothing else",
    ),
    (
        "type:secret env:production",
        "the secrets of environments called so",
    ),
    (
        "type:override project:shop",
        "overrides in projects called so",
    ),
    ("scope:project", "what is defined for whole projects"),
];

/// What the address asks for.
struct Asked {
    text: String,
    search: Search,
    /// The page without any search.
    address: Address,
    /// The organization's address.
    base: String,
    now: Timestamp,
}

/// Search.
#[component]
pub fn SearchPage() -> impl IntoView {
    let text = use_query_map().get_untracked().get("q");
    let text = text.unwrap_or_default().trim().to_owned();
    console_page(At::Search, move |context| async move {
        page(context, text).await
    })
}

async fn page(context: ConsoleContext, text: String) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let found = answer(service().search(&caller(), organization, &text).await).await?;
    let base = context.here.organization_path();
    let asked = Asked {
        search: Search::parse(&text),
        text,
        address: Address::new(format!("{base}/search")),
        base,
        now: service().now(),
    };
    let pages = pages(&asked.search, &found);
    let all = found.places.len() + found.variables.len() + pages.len();
    let content = if asked.search.is_empty() {
        examples(&asked)
    } else if all == 0 {
        no_match(&asked)
    } else {
        view! {
            {results::places(&asked, &found)}
            {results::pages(&asked, &pages)}
            {results::variables(&asked, &found)}
        }
        .into_any()
    };
    let content = view! {
        <PageHead title="Search">
            "Keys, places and settings of " <b>{context.here.organization.name.clone()}</b> ", as far as you may see them."
        </PageHead>
        {toolbar(&asked, &found, all)}
        {content}
    };
    Ok(Page::new("Search", content))
}

fn toolbar(asked: &Asked, found: &SearchView, all: usize) -> AnyView {
    let more = found.more_places || found.more_variables;
    let count = match asked.search.is_empty() {
        true => String::new(),
        false if more => format!("{all} results, and more"),
        false => counted(all, "result", "results"),
    };
    let (action, text) = (asked.address.href(), asked.text.clone());
    let (autofocus, filter) = (asked.search.is_empty(), filter(asked));
    view! {
        <Toolbar>
            <SearchForm
                action
                label="Search this organization"
                value=text
                placeholder="Search keys and names, type:secret project:shop"
                shortcut="/"
                autofocus
                max_length=SEARCH_LIMIT
            />
            {filter}
            <p class="toolbar-count" role="status">{count}</p>
        </Toolbar>
    }
    .into_any()
}

fn filter(asked: &Asked) -> AnyView {
    let entry = |(qualifier, label): (&'static str, &'static str)| {
        let href = asked
            .address
            .with("q", toggled(&asked.text, qualifier))
            .href();
        let current = contains(&asked.text, qualifier).then_some("true");
        view! {
            <a class="menu-item" href=href aria-current=current>
                <span class="menu-text">{label}</span>
                <code class="menu-code">{qualifier}</code>
            </a>
        }
        .into_any()
    };
    let (types, scopes) = (TYPES.map(entry), SCOPES.map(entry));
    view! {
        <FilterChip id="search-filter" name="Filter">
            <MenuHeading>"Type"</MenuHeading>
            {types.collect_view()}
            <MenuHeading>"Scope"</MenuHeading>
            {scopes.collect_view()}
        </FilterChip>
    }
    .into_any()
}

/// In place of results while nothing is searched for.
fn examples(asked: &Asked) -> AnyView {
    let rows = EXAMPLES
        .map(|(text, what)| {
            let href = asked.address.with("q", text).href();
            view! { <div class="fact"><dt><a class="example" href=href>{text}</a></dt><dd>{what}</dd></div> }
        })
        .collect_view();
    view! {
        <Card title="What can be searched">
            <p class="prose">
                "Variables are found by key, description and mount path, never by value. Projects, environments, services and pages are found by name. All words must occur; of repeated qualifiers one."
            </p>
            <dl class="facts examples">{rows}</dl>
        </Card>
    }
    .into_any()
}

fn no_match(asked: &Asked) -> AnyView {
    let clear = asked.address.href();
    view! {
        <Card flush=true>
            <EmptyState
                kind=EmptyKind::NoMatch
                title="Nothing matches"
                actions=move || view! { <ButtonLink href=clear>"Clear search"</ButtonLink> }
            >
                "Keys, descriptions, mount paths and names are searched, as far as you may see them; values are not."
            </EmptyState>
        </Card>
    }
    .into_any()
}

/// The pages of Organization Settings that are found.
fn pages(search: &Search, found: &SearchView) -> Vec<&'static SettingsPage> {
    SETTINGS_PAGES
        .iter()
        .filter(|page| page.opens_to(&found.rights) && search.finds_page(&page.words()))
        .collect()
}

/// Where a variable is shown with its panel open.
fn variable_href(base: &str, variable: &FoundVariable) -> String {
    format!(
        "{base}{}/variables?edit={}",
        variable.place.path(),
        variable.id
    )
}

fn place_href(base: &str, place: &PlaceView) -> String {
    format!("{base}{}/overview", place.path())
}

/// What stands in front of a place.
fn place_icon(place: &PlaceView) -> AnyView {
    match (&place.environment, &place.service) {
        (_, Some((_, kind))) => view! { <Icon name=service_icon(*kind) /> }.into_any(),
        (Some((_, kind)), None) => view! { <EnvironmentShape kind=*kind /> }.into_any(),
        (None, None) => view! { <Icon name=IconName::Project /> }.into_any(),
    }
}

fn variable_icon(variable: &FoundVariable) -> IconName {
    match (&variable.mount_path, variable.secret) {
        (Some(_), _) => IconName::File,
        (None, true) => IconName::Lock,
        (None, false) => IconName::Variable,
    }
}

/// What a variable is, in the words of its badges.
fn badges(variable: &FoundVariable) -> Vec<&'static str> {
    let mut badges = Vec::new();
    if variable.secret {
        badges.push("Secret");
    }
    if variable.mount_path.is_some() {
        badges.push("File");
    }
    match variable.kind {
        VariableKind::Alias => badges.push("Alias"),
        VariableKind::Override => badges.push("Override"),
        VariableKind::Value | VariableKind::File | VariableKind::BuiltIn => {}
    }
    badges
}

/// The names from the project down, in one line.
fn path_words(place: &PlaceView) -> String {
    let names: Vec<_> = place.names().map(|named| named.name.as_str()).collect();
    names.join(" › ")
}
