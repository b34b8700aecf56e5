//! Environments of a project side by side, and copying from one to another.

mod choose;
mod review;
mod table;

use domain::{ApiError, HandoverId};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use service::{
    ProjectTarget,
    ops::{ComparedEnvironment, ComparedRow, Comparison, Sameness, SecretLetters},
};

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{
        Address, At, ConsoleContext, Failure, Page, console_page, form_error, hidden, place_tabs,
    },
};

const COMPARE_SECRETS: &str = "/rpc/variables/compare";

/// Where the page of a project is.
pub fn path(project: &ProjectTarget) -> String {
    format!(
        "/o/{}/p/{}/variables/compare",
        project.organization.slug, project.slug
    )
}

/// Which rows are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Different,
    Missing,
}

impl Show {
    const fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Different => "different",
            Self::Missing => "missing",
        }
    }
    fn admits(self, row: &ComparedRow) -> bool {
        match self {
            Self::All => true,
            Self::Different => row.sameness == Sameness::Different,
            Self::Missing => row.cells.contains(&None),
        }
    }
}

/// What the address asks for.
struct Asked {
    environments: Vec<String>,
    show: Show,
    search: String,
    compared: Option<HandoverId>,
    open: Open,
    /// The review is shown again because something changed meanwhile.
    moved: bool,
    told: Failure,
    promoted: Failure,
}

/// What is open over or in place of the table.
enum Open {
    Nothing,
    /// From where to where one key is copied, or (none) all of them.
    Choose(Option<String>),
    /// What that would do.
    Review(Review),
}

struct Review {
    only: Option<String>,
    from: String,
    to: String,
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        // A link has them in one place, the form with the ticks one by one.
        let environments = query
            .get_all("env")
            .unwrap_or_default()
            .iter()
            .flat_map(|all| all.split(','))
            .map(|slug| slug.trim().to_owned())
            .filter(|slug| !slug.is_empty())
            .collect();
        let show = [Show::Different, Show::Missing]
            .into_iter()
            .find(|show| show.code() == text("show"))
            .unwrap_or(Show::All);
        Self {
            environments,
            show,
            search: text("q").trim().to_owned(),
            compared: text("compared").parse().ok(),
            open: Open::of(query),
            moved: query.get("moved").is_some(),
            told: Failure::of(COMPARE_SECRETS),
            promoted: Failure::of(review::ACTION),
        }
    }
}

impl Open {
    fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        let only = query.get("copy").filter(|key| !key.is_empty());
        let Some(promote) = query
            .get("promote")
            .or(only.as_ref().map(|_| String::new()))
        else {
            return Self::Nothing;
        };
        let (from, to) = match promote.split_once(',') {
            Some((from, to)) => (from.to_owned(), to.to_owned()),
            None => (text("from"), text("to")),
        };
        if from.is_empty() || to.is_empty() {
            Self::Choose(only)
        } else {
            Self::Review(Review { only, from, to })
        }
    }
}

/// The page's place, and what every part of it needs to know.
struct Here {
    context: ConsoleContext,
    project: ProjectTarget,
    /// The table as it is filtered, without anything over it.
    address: Address,
}

impl Here {
    /// Where one key of an environment is on its own Variables page.
    fn variables_of(&self, environment: &ComparedEnvironment, key: &str) -> String {
        let path = format!(
            "{}/e/{}/variables",
            self.context.here.path(),
            environment.slug
        );
        Address::new(path).with("q", key).href()
    }
}

/// Environments side by side.
#[component]
pub fn ComparePage() -> impl IntoView {
    let asked = Asked::of(&use_query_map().get_untracked());
    console_page(At::Tab("variables/compare"), move |context| async move {
        page(context, asked).await
    })
}

async fn page(context: ConsoleContext, asked: Asked) -> Result<Page, ApiError> {
    let project = context.here.project.clone().ok_or(ApiError::NotFound)?;
    let compared = asked.compared.map(|id| id.to_string()).unwrap_or_default();
    let here = Here {
        address: Address::new(path(&project))
            .with("env", asked.environments.join(","))
            .with("show", asked.show.code())
            .with("q", asked.search.clone())
            .with("compared", compared),
        context,
        project,
    };
    if let Open::Review(wanted) = &asked.open
        && wanted.from != wanted.to
    {
        return review::page(&here, wanted, &asked).await;
    }
    let comparison = answer(
        service()
            .compare_environments(
                &caller(),
                here.project.organization.id,
                here.project.id,
                &asked.environments,
                asked.compared,
            )
            .await,
    )
    .await?;
    let name = here.project.name.clone();
    let several = comparison.environments.len() > 1;
    let content = view! {
        <PageHead title="Compare environments" actions=promote_link(&here, &comparison)>
            "What every service in an environment of " <b>{name}</b> " gets, side by side. Values are as they were entered."
        </PageHead>
        {place_tabs(&here.context, "variables")}
        {if several { compared_view(&here, &comparison, &asked) } else { nothing_to_compare(&here) }}
    };
    let panel = match &asked.open {
        Open::Nothing => None,
        _ if !several => None,
        Open::Choose(only) => choose::panel(&here, &comparison, only.as_deref(), false),
        Open::Review(wanted) => choose::panel(&here, &comparison, wanted.only.as_deref(), true),
    };
    Ok(Page::new("Compare", content)
        .width(PageWidth::Wide)
        .panel(panel))
}

fn promote_link(here: &Here, comparison: &Comparison) -> impl Fn() -> AnyView + use<> {
    let href = here.address.flag("promote").href();
    let refused = nowhere_to_copy(comparison);
    let several = comparison.environments.len() > 1;
    move || {
        let (href, refused) = (href.clone(), refused.clone());
        several
            .then(|| view! { <ButtonLink href icon=IconName::ArrowRight refused>"Promote…"</ButtonLink> })
            .into_any()
    }
}

/// Why nothing can be copied anywhere; none when something can.
fn nowhere_to_copy(comparison: &Comparison) -> Option<String> {
    let all = comparison.offered.iter().map(|one| one.locked.clone());
    all.collect::<Option<Vec<_>>>()?.into_iter().next()
}

fn nothing_to_compare(here: &Here) -> AnyView {
    let back = format!("{}/variables", here.context.here.path());
    view! {
        <Card flush=true>
            <EmptyState
                kind=EmptyKind::NoneYet
                icon=IconName::Compare
                title="There is nothing to compare yet"
                actions=move || view! { <ButtonLink href=back>"To the variables"</ButtonLink> }
            >
                "It takes two environments of this project that you may see."
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn compared_view(here: &Here, comparison: &Comparison, asked: &Asked) -> AnyView {
    let wanted = asked.search.to_lowercase();
    let rows: Vec<_> = comparison
        .rows
        .iter()
        .filter(|row| asked.show.admits(row) && row.key.to_lowercase().contains(&wanted))
        .collect();
    let count = match (rows.len(), comparison.rows.len()) {
        (shown, all) if shown == all => counted(all, "key", "keys"),
        (shown, all) => format!("{shown} of {}", counted(all, "key", "keys")),
    };
    // Beside so many, a table of the page's width would have no room for values.
    let many = (comparison.environments.len() > 4).then_some("");
    view! {
        <div class="compare" data-many=many>
            {toolbar(here, comparison, asked, count)}
            {form_error(&asked.told)}
            {over(comparison)}
            {if rows.is_empty() { no_match(here, comparison) } else { table::table(here, comparison, &rows) }}
            {legend(comparison)}
        </div>
    }
    .into_any()
}

fn toolbar(here: &Here, comparison: &Comparison, asked: &Asked, count: String) -> AnyView {
    let kept = here.address.without("q").hidden();
    let (action, search) = (here.address.path().to_owned(), asked.search.clone());
    let show = |show: Show| here.address.with("show", show.code()).href();
    let views = vec![
        Segment::new(show(Show::All), "All"),
        Segment::new(show(Show::Different), "Differences only"),
        Segment::new(show(Show::Missing), "Missing anywhere"),
    ];
    let current = show(asked.show);
    let filter = environments_filter(here, comparison);
    let ask = ask_for_secrets(here, comparison);
    view! {
        <Toolbar>
            <SearchForm action label="Search keys" value=search placeholder="Search keys" shortcut="/">{kept}</SearchForm>
            <SegmentedLinks label="Rows" parts=views current />
            {filter}
            {ask}
            <p class="toolbar-count" role="status">{count}</p>
        </Toolbar>
    }
    .into_any()
}

/// Which environments stand side by side. What was told of others is not kept.
fn environments_filter(here: &Here, comparison: &Comparison) -> AnyView {
    let page = here.address.without("env").without("compared");
    let (kept, action) = (page.hidden(), page.path().to_owned());
    let ticks = comparison
        .offered
        .iter()
        .map(|one| {
            let (id, label) = (format!("env-{}", one.slug), one.name.clone());
            let checked = comparison.environments.contains(one);
            view! { <Checkbox id label name="env" value=one.slug.clone() checked /> }
        })
        .collect_view();
    let value = comparison.environments.len().to_string();
    view! {
        <FilterChip id="compare-environments" name="Environments" value>
            <form method="get" action=action class="compare-choice">
                {kept}
                {ticks}
                <Button submit=true size=Size::Small>"Compare these"</Button>
            </form>
        </FilterChip>
    }
    .into_any()
}

/// Being told which secrets are equal is asked for by a form: it is written into the log, and GET changes nothing.
fn ask_for_secrets(here: &Here, comparison: &Comparison) -> Option<AnyView> {
    let refused = match &comparison.secrets {
        SecretLetters::Nothing => return None,
        SecretLetters::Told => {
            return Some(
                view! { <Badge tone=Tone::Accent icon=IconName::Lock>"Secrets compared"</Badge> }
                    .into_any(),
            );
        }
        SecretLetters::Refused(reason) => Some(reason.clone()),
        SecretLetters::Unasked { .. } => None,
    };
    let ids: Vec<_> = comparison
        .environments
        .iter()
        .map(|one| one.id.to_string())
        .collect();
    let back = here.address.without("compared").href();
    Some(
        view! {
            <form method="post" action=COMPARE_SECRETS>
                {hidden("organization", here.project.organization.id)}
                {hidden("environments", ids.join(","))}
                {hidden("back", back)}
                <SubmitButton look=Look::Quiet icon=IconName::Lock refused>"Compare secrets too"</SubmitButton>
            </form>
        }
        .into_any(),
    )
}

/// Says that what was told before does not count any more.
fn over(comparison: &Comparison) -> Option<AnyView> {
    (comparison.secrets == SecretLetters::Unasked { over: true }).then(|| {
        view! {
            <Note tone=Tone::Warn>
                "A secret changed or ten minutes have passed, so which secrets are equal is not shown any more. Compare them again."
            </Note>
        }
        .into_any()
    })
}

fn no_match(here: &Here, comparison: &Comparison) -> AnyView {
    let clear = here.address.without("q").without("show").href();
    let nothing = comparison.rows.is_empty();
    let title = if nothing {
        "These environments have no variables yet"
    } else {
        "No key matches"
    };
    let actions = move || {
        (!nothing).then(|| view! { <ButtonLink href=clear.clone()>"Show all keys"</ButtonLink> })
    };
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoMatch title actions>
                "Rows are every key that one of these environments has, from its project or of its own."
            </EmptyState>
        </Card>
    }
    .into_any()
}

/// What the letters say, and what has none.
fn legend(comparison: &Comparison) -> AnyView {
    let untold = comparison
        .rows
        .iter()
        .filter(|row| row.sameness == Sameness::Untold)
        .count();
    let untold = (untold > 0).then(|| {
        let why = match comparison.secrets {
            SecretLetters::Told => {
                "secret files, and secrets of fewer than 16 characters or that mention others, are never compared"
            }
            _ => "secrets are compared only when that is asked for",
        };
        format!(" Not told for {}: {why}.", counted(untold, "key", "keys"))
    });
    view! {
        <p class="compare-legend faint">
            "Values of a row with the same letter are equal." {untold}
        </p>
    }
    .into_any()
}
