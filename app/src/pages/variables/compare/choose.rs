//! From where to where: a form of its own, so that the address says what the review shows.

use leptos::prelude::*;
use service::ops::{ComparedCell, ComparedEnvironment, Comparison, Standing};

use super::{Here, table::standing};
use crate::components::*;

/// The panel; nothing for a key that none of the environments has of its own. `again` when the same environment was
/// chosen twice.
pub fn panel(
    here: &Here,
    comparison: &Comparison,
    only: Option<&str>,
    again: bool,
) -> Option<AnyView> {
    let sources = sources(comparison, only)?;
    let targets: Vec<_> = comparison.offered.iter().map(target).collect();
    let (first, second) = likely(&sources, &targets).unzip();
    let title = match only {
        Some(key) => format!("Copy {key}"),
        None => "Promote variables".to_owned(),
    };
    let note = match only {
        Some(_) => "To another environment of this project",
        None => "What one environment defines, to another of this project",
    };
    let (close, kept) = (here.address.href(), here.address.hidden());
    let (action, cancel) = (here.address.path().to_owned(), close.clone());
    let state = match only {
        Some(key) => view! { <input type="hidden" name="copy" value=key.to_owned() /> }.into_any(),
        None => view! { <input type="hidden" name="promote" value="" /> }.into_any(),
    };
    let error = again.then(|| "Choose another environment than the one it comes from.".to_owned());
    Some(
        view! {
            <Panel title note close>
                <form class="panel-form" method="get" action=action>
                    <PanelBody>
                        {kept} {state}
                        <RadioCards legend="From" name="from" cards=sources value=first required=true />
                        <RadioCards legend="To" name="to" cards=targets value=second error required=true />
                    </PanelBody>
                    <PanelFoot>
                        <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                        <SubmitButton>"Show what changes"</SubmitButton>
                    </PanelFoot>
                </form>
            </Panel>
        }
        .into_any(),
    )
}

/// Of one key, the environments compared that define it themselves; of all keys, every environment.
fn sources(comparison: &Comparison, only: Option<&str>) -> Option<Vec<RadioCard>> {
    let Some(key) = only else {
        let all = comparison.offered.iter();
        return Some(all.map(|one| card(one, "")).collect());
    };
    let row = comparison.rows.iter().find(|row| row.key == key)?;
    let cards: Vec<_> = comparison
        .environments
        .iter()
        .zip(&row.cells)
        .filter_map(|(environment, cell)| Some((environment, cell.as_ref()?)))
        .filter(|(_, cell)| cell.standing != Standing::Inherited)
        .map(|(environment, cell)| card(environment, &source_note(cell)))
        .collect();
    (!cards.is_empty()).then_some(cards)
}

/// What is chosen beforehand: the first environment that can be copied to, production as a rule, from another one.
fn likely(sources: &[RadioCard], targets: &[RadioCard]) -> Option<(String, String)> {
    let usable = targets.iter().filter(|card| card.refused.is_none());
    usable.into_iter().find_map(|to| {
        let from = sources.iter().find(|card| card.value != to.value)?;
        Some((from.value.clone(), to.value.clone()))
    })
}

fn source_note(cell: &ComparedCell) -> String {
    let letter = cell
        .letter
        .map(|letter| format!(", value {letter}"))
        .unwrap_or_default();
    format!("{}{letter}", standing(cell.standing))
}

fn target(environment: &ComparedEnvironment) -> RadioCard {
    let card = card(environment, "");
    match &environment.locked {
        Some(reason) => card.refused(reason.clone()),
        None => card,
    }
}

fn card(environment: &ComparedEnvironment, note: &str) -> RadioCard {
    let note = if note.is_empty() {
        environment.kind.label()
    } else {
        note
    };
    RadioCard::new(environment.slug.clone(), environment.name.clone(), note)
        .in_environment(environment.kind)
}
