//! Choosing: ticks, radio cards, segmented radios.

use super::field::FieldNotes;
use super::text::classes;
use super::{EnvironmentShape, Icon, IconName, MaybeText, describedby};
use domain::EnvironmentType;
use leptos::prelude::*;

/// A tick with its label and an explanation.
#[component]
pub fn Checkbox(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// What the form sends when ticked.
    #[prop(default = String::from("true"), into)]
    value: String,
    #[prop(optional)] checked: bool,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = describedby(&id, hint.is_some(), error.is_some());
    view! {
        <div class="check">
            <input
                class="check-box"
                type="checkbox"
                id=id.clone()
                name=name
                value=value
                checked=checked
                required=required
                aria-describedby=described
                aria-invalid=error.is_some().then_some("true")
            />
            <div>
                <label class="check-label" for=id.clone()>{label}</label>
                <FieldNotes id=id hint=hint error=error/>
            </div>
        </div>
    }
    .into_any()
}

/// A choice with its consequence in words.
#[derive(Clone, Debug, Default)]
pub struct RadioCard {
    /// What the form sends.
    pub value: String,
    /// The choice.
    pub label: String,
    /// What follows from it.
    pub note: String,
    /// Drawn at the end of the card.
    pub environment: Option<EnvironmentType>,
    /// Why it cannot be chosen.
    pub refused: Option<String>,
}

impl RadioCard {
    /// A card from value, wording and consequence.
    #[must_use]
    pub fn new(
        value: impl Into<String>,
        label: impl Into<String>,
        note: impl Into<String>,
    ) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: note.into(),
            ..Self::default()
        }
    }

    /// The same card with the shape of an environment.
    #[must_use]
    pub fn in_environment(mut self, kind: EnvironmentType) -> Self {
        self.environment = Some(kind);
        self
    }

    /// The same card, not to be chosen, with the reason.
    #[must_use]
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.refused = Some(reason.into());
        self
    }
}

/// Radios as cards, for choices whose consequences differ. `on:change` on it hears every choice.
#[component]
pub fn RadioCards(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    cards: Vec<RadioCard>,
    /// The chosen value; none leaves all open.
    #[prop(optional, into)]
    value: MaybeText,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = with_refusals(
        &id,
        &cards,
        describedby(&id, hint.is_some(), error.is_some()),
    );
    let chosen = value.shown();
    let stem = id.clone();
    view! {
        <fieldset class="field" aria-describedby=described>
            <legend class="field-label">{legend}</legend>
            <div class="choices">
                {cards
                    .into_iter()
                    .map(|card| {
                        let checked = chosen.as_deref() == Some(card.value.as_str());
                        radio_card(&stem, &name, card, checked, required)
                    })
                    .collect_view()}
            </div>
            <FieldNotes id=id hint=hint error=error/>
        </fieldset>
    }
    .into_any()
}

/// What describes the group, and why some of its cards cannot be chosen: nobody gets to those with the keyboard.
fn with_refusals(stem: &str, cards: &[RadioCard], described: Option<String>) -> Option<String> {
    let refused = cards.iter().filter(|card| card.refused.is_some());
    let ids: Vec<String> = described
        .into_iter()
        .chain(refused.map(|card| note_id(stem, card)))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn note_id(stem: &str, card: &RadioCard) -> String {
    format!("{stem}-{}-note", card.value)
}

fn radio_card(
    stem: &str,
    name: &str,
    card: RadioCard,
    checked: bool,
    required: bool,
) -> impl IntoView + use<> {
    let id = format!("{stem}-{}", card.value);
    let note_id = note_id(stem, &card);
    let disabled = card.refused.is_some();
    view! {
        <label class="choice" for=id.clone()>
            <input
                class="choice-radio"
                type="radio"
                id=id.clone()
                name=name.to_owned()
                value=card.value
                checked=checked
                required=required
                disabled=disabled
                aria-describedby=note_id.clone()
            />
            <span class="choice-body">
                <span class="choice-label">{card.label}</span>
                <span class="choice-note" id=note_id>{card.refused.unwrap_or(card.note)}</span>
            </span>
            {card.environment.map(|kind| view! { <EnvironmentShape kind/> })}
        </label>
    }
    .into_any()
}

/// One part of a [`Segmented`] control or of [`SegmentedLinks`].
#[derive(Clone, Debug)]
pub struct Segment {
    /// What the form sends, or where the link leads.
    pub value: String,
    /// The choice.
    pub label: String,
    /// Beside the label.
    pub icon: Option<IconName>,
}

impl Segment {
    /// A part without a picture.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            icon: None,
        }
    }

    /// The same part with a picture.
    #[must_use]
    pub fn icon(mut self, icon: IconName) -> Self {
        self.icon = Some(icon);
        self
    }
}

/// Radios in one bar, for two to five short choices. `on:change` on it hears every choice.
#[component]
pub fn Segmented(
    /// Id of the control; its name unless given.
    #[prop(optional, into)]
    id: MaybeText,
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    parts: Vec<Segment>,
    /// The chosen value.
    #[prop(into)]
    value: String,
    #[prop(optional, into)] hint: MaybeText,
    #[prop(optional, into)] error: MaybeText,
) -> impl IntoView {
    let id = id.shown().unwrap_or_else(|| name.clone());
    let described = describedby(&id, hint.is_some(), error.is_some());
    let stem = id.clone();
    view! {
        <fieldset class="field" aria-describedby=described>
            <legend class="field-label">{legend}</legend>
            <div class="segments">
                {parts
                    .into_iter()
                    .map(|part| {
                        let id = format!("{stem}-{}", part.value);
                        let checked = part.value == value;
                        view! {
                            <label class="segment" for=id.clone()>
                                <input
                                    class="segment-radio"
                                    type="radio"
                                    id=id.clone()
                                    name=name.clone()
                                    value=part.value
                                    checked=checked
                                />
                                {part.icon.map(|name| view! { <Icon name/> })}
                                {part.label}
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            <FieldNotes id=id hint=hint error=error/>
        </fieldset>
    }
    .into_any()
}

/// Links in one bar: the same thing seen in another way, each at its own address.
#[component]
pub fn SegmentedLinks(
    /// What the choice is about; read out, not shown.
    #[prop(into)]
    label: String,
    parts: Vec<Segment>,
    /// The address of the current one.
    #[prop(into)]
    current: String,
) -> impl IntoView {
    view! {
        <nav class="segments" aria-label=label>
            {parts
                .into_iter()
                .map(|part| {
                    let here = (part.value == current).then_some("true");
                    view! {
                        <a class=classes(&["segment", "-link"]) href=part.value aria-current=here>
                            {part.icon.map(|name| view! { <Icon name/> })}
                            {part.label}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_described_by_why_some_of_it_is_refused() {
        let cards = [
            RadioCard::new("a", "A", ""),
            RadioCard::new("b", "B", "").refused("Needs more rights."),
        ];
        let hint = || Some("role-hint".to_owned());
        assert_eq!(
            with_refusals("role", &cards, hint()).as_deref(),
            Some("role-hint role-b-note")
        );
        assert_eq!(
            with_refusals("role", &cards, None).as_deref(),
            Some("role-b-note")
        );
        assert_eq!(with_refusals("role", &cards[..1], hint()), hint());
        assert_eq!(with_refusals("role", &cards[..1], None), None);
    }
}
