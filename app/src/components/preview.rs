//! What a change of access would do, before it is done.

use domain::{
    Timestamp,
    view::{AccessPreview, EffectView, PreviewGroup},
};
use leptos::prelude::*;

use super::{Change, EffectLine, Effects, Time, counted};

/// How many people a sentence names before it counts the rest.
const NAMED: usize = 3;

/// Group by group: who, from which role to which, and what they gain and lose, where.
#[component]
pub fn AccessPreviewList(preview: AccessPreview, now: Timestamp) -> impl IntoView {
    let nobody = preview.groups.is_empty();
    let groups = preview
        .groups
        .into_iter()
        .map(|group| group_view(group, now))
        .collect_view();
    view! {
        <section class="preview" aria-label="What changes">
            {nobody.then(|| view! { <p class="faint">"Nobody is concerned."</p> })}
            {groups}
        </section>
    }
    .into_any()
}

fn group_view(group: PreviewGroup, now: Timestamp) -> AnyView {
    let people = people(&group);
    let step = match &group.to {
        Some(to) if *to == group.from => format!("{people}: {to}"),
        Some(to) => format!("{people}: {} → {to}", group.from),
        None => format!("{people}: {} → no access", group.from),
    };
    let same = group.effects.is_empty();
    let effects: Vec<EffectLine> = group
        .effects
        .into_iter()
        .map(|effect| line(effect, now))
        .collect();
    view! {
        <div class="preview-group">
            <h3 class="preview-who">{step}</h3>
            {same.then(|| view! { <p class="faint">"Nothing is gained or lost."</p> })}
            {(!same).then(|| view! { <Effects effects /> })}
        </div>
    }
    .into_any()
}

fn people(group: &PreviewGroup) -> String {
    let names: Vec<&str> = group
        .people
        .iter()
        .take(NAMED)
        .map(|person| person.name.as_str())
        .collect();
    match group.people.len() - names.len() {
        0 => names.join(", "),
        more => format!(
            "{} and {}",
            names.join(", "),
            counted(more, "other", "others")
        ),
    }
}

fn line(effect: EffectView, now: Timestamp) -> EffectLine {
    let (change, verb) = if effect.gained {
        (Change::Added, "can ")
    } else {
        (Change::Removed, "can no longer ")
    };
    let (what, places, used) = (effect.verbs.join(", "), effect.places, effect.last_used);
    let used = used.map(|at| {
        view! { <span class="preview-used">"last used " <Time at now=now /></span> }
    });
    EffectLine::new(
        change,
        view! { <b>{verb} {what}</b> " " <span>{places}</span> " " {used} },
    )
}
