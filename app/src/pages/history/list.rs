use domain::{ApiError, Timestamp};
use leptos::prelude::*;
use service::{
    Level,
    ops::{PlaceChange, PlaceHistory},
};

use super::{address, views};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, ConsoleContext, Page, place_tabs, variables::what_happened},
};

/// The changes, newest first, by day.
pub async fn page(context: &ConsoleContext, level: &Level, cursor: &str) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let found = service()
        .place_history(&caller(), organization, level.reference(), cursor)
        .await;
    let history = answer(found).await?;
    let name = level.name().to_owned();
    let only = match level {
        Level::Service(_) => "",
        Level::Project(_) | Level::Environment(_) => {
            " Those of narrower scopes have a history of their own."
        }
    };
    let here = address(context);
    let list = if history.changes.is_empty() {
        nothing(cursor.is_empty(), &here)
    } else {
        days(context, history, &here, cursor.is_empty())
    };
    let content = view! {
        <PageHead title="History">"What changed in the variables defined at " <b>{name}</b> " itself." {only}</PageHead>
        {place_tabs(context, "history")}
        {views(context, false)}
        {list}
    };
    Ok(Page::new("History", content))
}

fn nothing(is_start: bool, here: &Address) -> AnyView {
    let newest = here.href();
    let state = if is_start {
        view! {
            <EmptyState kind=EmptyKind::NoneYet title="No changes yet" icon=IconName::History>
                "Every change of a variable defined here will stand here, with a way back."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState kind=EmptyKind::NoneYet title="No more changes" icon=IconName::History actions=move || view! { <ButtonLink href=newest>"Show the newest"</ButtonLink> }>
                "This is the beginning."
            </EmptyState>
        }
        .into_any()
    };
    view! { <Card flush=true>{state}</Card> }.into_any()
}

/// `23 Nov 2026`.
fn day(at: Timestamp) -> String {
    let exact = at.for_people_exact();
    exact
        .split_once(", ")
        .map_or_else(|| exact.clone(), |(day, _)| day.to_owned())
}

fn days(
    context: &ConsoleContext,
    history: PlaceHistory,
    here: &Address,
    is_start: bool,
) -> AnyView {
    let mut days: Vec<(String, Vec<PlaceChange>)> = Vec::new();
    for change in history.changes {
        let day = day(change.head.at);
        match days.last_mut() {
            Some((last, changes)) if *last == day => changes.push(change),
            _ => days.push((day, vec![change])),
        }
    }
    let variables = Address::new(format!("{}/variables", context.here.path()));
    let rows = Rows {
        variables: &variables,
        here,
        newest_at: history.newest_at,
        locked: history.locked,
    };
    let sections = days
        .into_iter()
        .enumerate()
        .map(|(index, (day, changes))| rows.section(index, day, changes))
        .collect_view();
    let older = history
        .older
        .map(|cursor| here.with("cursor", cursor).href());
    let newest = (!is_start).then(|| here.href());
    let steps = (older.is_some() || newest.is_some()).then(|| {
        view! { <Pager summary="" previous=newest next=older previous_word="Newest" next_word="Older" /> }
    });
    view! { <div class="history">{sections} {steps}</div> }.into_any()
}

/// What every row needs to know.
struct Rows<'a> {
    variables: &'a Address,
    here: &'a Address,
    newest_at: Option<Timestamp>,
    locked: Option<String>,
}

impl Rows<'_> {
    fn section(&self, index: usize, day: String, changes: Vec<PlaceChange>) -> AnyView {
        let columns = vec![
            Column::new("Time", CellKind::Meta),
            Column::new("Variable/Key", CellKind::Lead),
            Column::new("Change", CellKind::Wide),
            Column::new("User", CellKind::Plain),
            Column::new("Way back", CellKind::Plain),
        ];
        let id = format!("day-{index}");
        let title = id.clone();
        let caption = format!("Changes on {day}, newest first");
        let rows = changes
            .into_iter()
            .map(|change| self.row(change))
            .collect_view();
        view! {
            <section class="stack" aria-labelledby=id>
                <h2 class="card-title" id=title>{day}</h2>
                <DataTable caption columns>{rows}</DataTable>
            </section>
        }
        .into_any()
    }

    fn row(&self, change: PlaceChange) -> AnyView {
        let at = change.head.at;
        let history = self
            .variables
            .with("history", change.variable.to_string())
            .href();
        let what = what_happened(&change.head);
        let words = format!("{} {what}", change.key);
        let badges = [
            change.secret.then_some("Secret"),
            change.is_file.then_some("File"),
            (change.kind == domain::VariableKind::Alias).then_some("Alias"),
            (change.kind == domain::VariableKind::Override).then_some("Override"),
        ];
        let badges = badges
            .into_iter()
            .flatten()
            .map(|label| view! { <Badge>{label}</Badge> })
            .collect_view();
        // The newest point is the present.
        let restore = (Some(at) != self.newest_at).then(|| {
            let href = self.here.with("restore", at.micros().to_string()).href();
            let refused = self.locked.clone();
            view! {
                <ButtonLink href size=Size::Small icon=IconName::Restore refused>
                    "Restore to this point" <span class="sr">{format!(", after {words}")}</span>
                </ButtonLink>
            }
        });
        view! {
            <Row>
                <Cell kind=CellKind::Meta label="Time"><Time at style=TimeStyle::Clock /></Cell>
                <LeadCell><a href=history><KeyName key=change.key /></a> {badges}</LeadCell>
                <Cell kind=CellKind::Wide>{what}</Cell>
                <Cell label="User"><Who name=change.head.by /></Cell>
                <Cell>{restore}</Cell>
            </Row>
        }
        .into_any()
    }
}
