use domain::{
    Outcome, Tool,
    view::{EventPage, EventView},
};
use leptos::prelude::*;

use super::words::change_words;
use crate::{components::*, pages::Address};

/// A page of events. `filtered` is the newest page of this list, `here` this one, `log` the list without filters.
pub fn event_list(
    page: EventPage,
    filtered: &Address,
    here: &Address,
    log: &Address,
    open: Option<i64>,
) -> AnyView {
    if page.events.is_empty() {
        return nothing(filtered, here, log);
    }
    let columns = vec![
        Column::new("Timestamp", CellKind::Corner),
        Column::new("Event type", CellKind::Lead),
        Column::new("Target type", CellKind::Spare),
        Column::new("Target", CellKind::Wide),
        Column::new("Change", CellKind::Wide),
        Column::new("User", CellKind::Plain),
        Column::new("Tool", CellKind::Plain),
    ];
    let summary = counted(page.events.len(), "event", "events");
    let newer = page
        .newer
        .map(|cursor| filtered.with("cursor", cursor).href());
    let older = page
        .older
        .map(|cursor| filtered.with("cursor", cursor).href());
    let rows = page
        .events
        .into_iter()
        .map(|event| row(event, here, open))
        .collect_view();
    view! {
        <DataTable
            caption="Audit events, newest first"
            columns
            foot=move || match (&newer, &older) {
                (None, None) => view! { <p class="table-foot">{summary}</p> }.into_any(),
                _ => view! { <Pager summary previous=newer next=older previous_word="Newer" next_word="Older" /> }.into_any(),
            }
        >
            {rows}
        </DataTable>
    }
    .into_any()
}

fn row(event: EventView, here: &Address, open: Option<i64>) -> AnyView {
    let id = format!("event-{}", event.sequence);
    let href = here
        .with("event", event.sequence.to_string())
        .at(id.clone())
        .href();
    let bad = event.outcome != Outcome::Success;
    // `SIGN_IN_FAILED` and `DENIED` say it themselves.
    let outcome = bad
        .then(|| event.outcome.label())
        .filter(|word| !event.event_type.label().contains(&word.to_uppercase()));
    let place = event.place();
    let kind = event.target_label();
    let change = change_words(&event);
    let target = event.target().to_owned();
    let spoken = target.clone();
    let actor = if event.tool == Tool::System {
        AvatarKind::System
    } else {
        AvatarKind::Person
    };
    let at = event.at;
    view! {
        <Row id selected=open == Some(event.sequence)>
            <Cell kind=CellKind::Corner>
                <Time at style=TimeStyle::Clock />
                <span class="cell-note"><Time at style=TimeStyle::Day /></span>
            </Cell>
            <LeadCell>
                <a href=href class="event-type row-link" data-bad=bad.then_some("")>
                    {breakable(event.event_type.label())} <span class="sr">" "{spoken}</span>
                </a>
                {outcome.map(|word| view! { <Badge tone=Tone::Bad>{word}</Badge> })}
            </LeadCell>
            <Cell kind=CellKind::Spare label="Target type"><span class="audit-type">{kind}</span></Cell>
            <Cell kind=CellKind::Wide>
                {breakable(&target)}
                <span class="cell-note">
                    <span class="audit-kind">{kind} {(!place.is_empty()).then_some(" · ")}</span>
                    {place}
                </span>
            </Cell>
            <Cell kind=CellKind::Wide>{change}</Cell>
            <Cell><Who name=event.actor kind=actor /></Cell>
            <Cell>{event.tool.label()}</Cell>
        </Row>
    }
    .into_any()
}

/// Why there is nothing in the list.
fn nothing(filtered: &Address, here: &Address, log: &Address) -> AnyView {
    let (clear, newest) = (log.href(), filtered.href());
    let state = if filtered != log {
        view! {
            <EmptyState kind=EmptyKind::NoMatch title="No event matches" actions=move || view! { <ButtonLink href=clear>"Clear filters"</ButtonLink> }>
                "Nothing that is shown here fits all of these filters."
            </EmptyState>
        }
        .into_any()
    } else if here != log {
        view! {
            <EmptyState kind=EmptyKind::NoneYet title="No more events" icon=IconName::Audit actions=move || view! { <ButtonLink href=newest>"Show the newest"</ButtonLink> }>
                "This is the end of the log."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState kind=EmptyKind::NoneYet title="No events yet" icon=IconName::Audit>"What people, tokens and Gatehouse itself do will stand here."</EmptyState>
        }
        .into_any()
    };
    view! { <Card flush=true>{state}</Card> }.into_any()
}

/// In place of the list when the filters cannot be used; what is wrong stands beside them.
pub fn unusable(log: &Address) -> AnyView {
    let clear = log.href();
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::Failed title="These filters cannot be used" actions=move || view! { <ButtonLink href=clear>"Clear filters"</ButtonLink> }>
                "Correct what is marked above, then apply them again."
            </EmptyState>
        </Card>
    }
    .into_any()
}
