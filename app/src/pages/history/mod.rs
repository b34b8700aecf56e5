//! The history of a project, environment or service: what changed in the variables defined there, and the way back to
//! a point in time. Whoever may read the log sees all its events beside it.

mod list;
mod review;

use domain::{ApiError, Permission};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use super::{Address, At, ConsoleContext, Failure, Page, audit, console_page, place_tabs};
use crate::components::*;

const RESTORE: &str = "/rpc/variables/restore-place";
/// The value of `view` for all events.
const EVENTS: &str = "events";

/// What the address asks for.
struct Asked {
    cursor: String,
    /// The point in time somebody thinks of going back to, as it stands in the address.
    restore: Option<String>,
    /// Back from a try that came too late.
    moved: bool,
    /// All events in place of the variables.
    events: bool,
    failure: Failure,
}

impl Asked {
    fn of(query: &ParamsMap) -> Self {
        Self {
            cursor: query.get("cursor").unwrap_or_default(),
            restore: query.get("restore").filter(|point| !point.is_empty()),
            moved: query.get("moved").is_some(),
            events: query.get("view").is_some_and(|view| view == EVENTS),
            failure: Failure::of(RESTORE),
        }
    }
}

/// The history of the project, environment or service of the address.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let (asked, log) = (Asked::of(&query), audit::Asked::of(&query));
    console_page(At::Tab("history"), move |context| async move {
        let level = context.here.level().ok_or(ApiError::NotFound)?;
        if asked.events {
            return events(&context, &level, log).await;
        }
        match &asked.restore {
            Some(point) => review::page(&context, &level, point, &asked).await,
            None => list::page(&context, &level, &asked.cursor).await,
        }
    })
}

/// The page without any state.
fn address(context: &ConsoleContext) -> Address {
    Address::new(format!("{}/history", context.here.path()))
}

/// The log of the place, with everything below it.
async fn events(
    context: &ConsoleContext,
    level: &service::Level,
    asked: audit::Asked,
) -> Result<Page, ApiError> {
    let also = match level {
        service::Level::Project(_) => ", its environments and services",
        service::Level::Environment(_) => " and its services",
        service::Level::Service(_) => "",
    };
    let (name, log) = (
        level.name().to_owned(),
        address(context).with("view", EVENTS),
    );
    let (reach, found) = audit::place_log(context, asked, log, level.id()).await?;
    let content = view! {
        <PageHead title="History">"What happened to " <b>{name}</b> {also} ". " {reach}</PageHead>
        {place_tabs(context, "history")}
        {views(context, true)}
        {found}
    };
    Ok(Page::new("History", content).width(PageWidth::Wide))
}

/// The choice between variables and all events, for those who may read the log.
fn views(context: &ConsoleContext, events: bool) -> Option<AnyView> {
    if !context.organization_rights.may(Permission::AuditRead) {
        return None;
    }
    let variables = address(context).href();
    let all = address(context).with("view", EVENTS).href();
    let current = if events { &all } else { &variables }.clone();
    let parts = vec![
        Segment::new(variables, "Variables"),
        Segment::new(all, "All events"),
    ];
    Some(view! { <Toolbar><SegmentedLinks label="View" parts current /></Toolbar> }.into_any())
}
