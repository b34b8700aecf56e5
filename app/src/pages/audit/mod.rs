//! The audit log: of the organization, and of one project, environment or service.

mod details;
mod filters;
mod list;
mod words;

use domain::{
    ApiError,
    view::{EventDetail, EventPage},
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, At, ConsoleContext, Page, console_page},
};
use filters::Filters;

/// What the address asks for.
pub struct Asked {
    filters: Filters,
    cursor: String,
    event: Option<String>,
}

impl Asked {
    /// Reads the state of the page.
    pub fn of(query: &ParamsMap) -> Self {
        Self {
            filters: Filters::of(query),
            cursor: query.get("cursor").unwrap_or_default(),
            event: query.get("event").filter(|sequence| !sequence.is_empty()),
        }
    }
}

/// The log of the organization.
#[component]
pub fn AuditPage() -> impl IntoView {
    let asked = Asked::of(&use_query_map().get_untracked());
    console_page(At::Settings("audit-logs"), move |context| async move {
        let log = Address::new(format!("{}/settings/audit-logs", context.here.path()));
        let found = find(&context, &asked, String::new()).await?;
        let reach = found.reach.clone();
        let content = view! {
            <PageHead title="Audit logs">"Who did what, when and how. " {reach}</PageHead>
            {log_view(asked, log, found)}
        };
        Ok(Page::new("Audit logs", content).width(PageWidth::Wide))
    })
}

/// The log of one project, environment or service with everything below it: how far back it reaches, and the log itself.
pub async fn place_log(
    context: &ConsoleContext,
    asked: Asked,
    log: Address,
    within: String,
) -> Result<(String, AnyView), ApiError> {
    let found = find(context, &asked, within).await?;
    Ok((found.reach.clone(), log_view(asked, log, found)))
}

/// What the log has to show.
struct Found {
    /// The page of events; the reason when the filters cannot be used.
    events: Result<EventPage, ApiError>,
    /// The open event; `Err` when it is not there.
    open: Option<Result<EventDetail, ApiError>>,
    /// How far back events are shown.
    reach: String,
}

async fn find(context: &ConsoleContext, asked: &Asked, within: String) -> Result<Found, ApiError> {
    let organization = context.here.organization.id;
    let events = match answer(
        service()
            .events(
                &caller(),
                organization,
                &asked.filters.query(within, &asked.cursor),
            )
            .await,
    )
    .await
    {
        // The form stays, so that it can be corrected.
        Err(error) if !matches!(error, ApiError::Invalid { .. }) => return Err(error),
        events => events,
    };
    let open = match &asked.event {
        None => None,
        Some(sequence) => match sequence.parse() {
            Ok(sequence) => {
                Some(answer(service().event(&caller(), organization, sequence).await).await)
            }
            Err(_) => Some(Err(ApiError::NotFound)),
        },
    };
    let settings = answer(service().organization(&caller(), organization).await).await?;
    let reach = format!(
        "Shown for {} on {}.",
        counted(settings.retention_days as usize, "day", "days"),
        settings.plan
    );
    Ok(Found {
        events,
        open,
        reach,
    })
}

/// Filters, list and, beside it or in its place, the open event.
fn log_view(asked: Asked, log: Address, found: Found) -> AnyView {
    let filtered = asked.filters.address(&log);
    let here = filtered.with("cursor", asked.cursor);
    let error = found.events.as_ref().err();
    let form = filters::filter_form(&asked.filters, &log, error);
    let chips = filters::chips(&asked.filters, &log);
    let opened = found
        .open
        .as_ref()
        .and_then(|open| open.as_ref().ok())
        .map(|open| open.event.sequence);
    let is_open = found.open.is_some();
    let side = found.open.map(|open| match open {
        Ok(detail) => details::event_card(detail, &log, &here),
        Err(_) => details::missing(&here),
    });
    let list = match found.events {
        Ok(page) => list::event_list(page, &filtered, &here, &log, opened),
        Err(_) => list::unusable(&log),
    };
    view! {
        <div class="audit" data-open=is_open.then_some("")>
            <div class="audit-filters">{form} {chips}</div>
            <Split side=move || side>{list}</Split>
        </div>
    }
    .into_any()
}
