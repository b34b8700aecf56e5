use domain::{
    Outcome,
    view::{DiffRow, EventDetail, EventView},
};
use leptos::prelude::*;

use super::words::{cut, program};
use crate::{
    components::*,
    pages::{Address, copy_button},
};

/// One event with everything there is to know. `here` is the list it was opened from.
pub fn event_card(detail: EventDetail, log: &Address, here: &Address) -> AnyView {
    let event = &detail.event;
    let place = event.place();
    let when = format!("{} UTC", event.at.for_people_exact());
    let note = if place.is_empty() {
        when
    } else {
        format!("in {place}, {when}")
    };
    let close = here.href();
    let back = close.clone();
    let same_target = log.with("target_name", event.target()).href();
    let target = event.target().to_owned();
    let json = format!("{:#}", detail.json);
    let outcome = bad_outcome(event);
    let lines = diff_lines(&detail.rows);
    let facts = facts(&detail);
    view! {
        <a class="audit-back" href=back><Icon name=IconName::ArrowLeft />"All events"</a>
        <Card title=detail.sentence.clone() note actions=move || view! { <IconLink icon=IconName::Close label="Close event" href=close /> }>
            <div class="stack">
                {outcome}
                {if lines.is_empty() {
                    view! { <p class="faint">"No field changed."</p> }.into_any()
                } else {
                    view! { <DiffView caption="Changed fields, before and after" lines /> }.into_any()
                }}
                <Facts facts />
                <div class="cluster"><ButtonLink href=same_target icon=IconName::History>{format!("Events of {target}")}</ButtonLink></div>
                <div class="audit-json">
                    <div class="audit-json-head"><h3>"As JSON"</h3>{copy_button("Copy event as JSON", json.clone())}</div>
                    <JsonView label="Event as JSON" json />
                </div>
            </div>
        </Card>
    }
    .into_any()
}

fn bad_outcome(event: &EventView) -> Option<AnyView> {
    match event.outcome {
        Outcome::Success => None,
        Outcome::Failure => Some(view! { <Note tone=Tone::Bad>"This was tried and did not work."</Note> }.into_any()),
        Outcome::Denied => Some(view! { <Note tone=Tone::Bad>"This was tried and refused: the role did not allow it."</Note> }.into_any()),
    }
}

fn diff_lines(rows: &[DiffRow]) -> Vec<DiffLine> {
    let side = |change: Change, row: &DiffRow, value: &Option<String>| {
        // An empty text is told by the other side alone.
        let value = value.as_deref().filter(|value| !value.is_empty());
        value.map(|value| DiffLine::new(change, row.field.clone(), cut(value)))
    };
    rows.iter()
        .flat_map(|row| {
            [
                side(Change::Removed, row, &row.before),
                side(Change::Added, row, &row.after),
            ]
        })
        .flatten()
        .collect()
}

fn facts(detail: &EventDetail) -> Vec<Fact> {
    let event = &detail.event;
    let tool = match program(&detail.user_agent) {
        Some(program) => format!("{}, {program}", event.tool.label()),
        None => event.tool.label().to_owned(),
    };
    let at = event.at;
    let kind = event.event_type.label();
    let request = detail.request.clone();
    let mut facts = vec![
        Fact::new(
            "Time",
            view! { <time datetime=at.rfc3339()>{format!("{} UTC", at.for_people_exact())}</time> },
        ),
        Fact::new(
            "Event type",
            view! { <span class="event-type">{breakable(kind)}</span> },
        ),
        Fact::new(
            "Target",
            format!("{} ({})", event.target(), event.target_label()),
        ),
        Fact::new("User", event.actor.clone()),
        Fact::new("Tool", tool),
    ];
    if !detail.network.is_empty() {
        facts.push(Fact::new("From", detail.network.clone()));
    }
    facts.push(Fact::new("Outcome", event.outcome.label()));
    facts.push(Fact::new("Request", view! { <Code>{request}</Code> }));
    facts.push(Fact::new("Sequence", event.sequence.to_string()));
    facts
}

/// In place of an event that is unknown or too old to be shown.
pub fn missing(here: &Address) -> AnyView {
    let close = here.href();
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="This event is not here" icon=IconName::Audit actions=move || view! { <ButtonLink href=close>"Show the list"</ButtonLink> }>
                "It never was, or it is older than what is shown."
            </EmptyState>
        </Card>
    }
    .into_any()
}
