//! What a change of access gives and takes, before it is done.

use super::text::classes;
use super::{MaybeText, Time, counted};
use domain::Timestamp;
use domain::view::{AccessPreview, EffectView, NamedPerson, PreviewGroup};
use leptos::prelude::*;

/// How many people a group names before it counts the rest.
const NAMED: usize = 3;
/// Up to how many names of a larger group are shown unasked.
const SHOWN: usize = 12;

/// Who gains and loses what, people to whom it means the same together, with the last time they used what they lose.
#[component]
pub fn AccessPreviewList(
    preview: AccessPreview,
    /// The present, for "last used 2 days ago".
    now: Timestamp,
    /// What to say when it concerns nobody.
    #[prop(default = "This concerns nobody.".into(), into)]
    nobody: MaybeText,
) -> impl IntoView {
    let several = preview.groups.len() > 1;
    if preview.groups.is_empty() {
        return nobody
            .shown()
            .map(|nobody| view! { <p class="faint">{nobody}</p> })
            .into_any();
    }
    let groups = preview
        .groups
        .into_iter()
        .map(|group| preview_group(group, several, now))
        .collect_view();
    view! { <div class="previews">{groups}</div> }.into_any()
}

fn preview_group(group: PreviewGroup, several: bool, now: Timestamp) -> AnyView {
    let count = group.people.len();
    // One group is about all there are; of several, each line says whom it is about.
    let who = if several || count <= NAMED {
        people_in_words(&group.people)
    } else {
        "Everyone".to_owned()
    };
    let roles = role_step(&group.from, group.to.as_deref());
    let lines = group
        .effects
        .into_iter()
        .map(|effect| preview_line(effect, &who, now))
        .collect::<Vec<_>>();
    let nothing = lines.is_empty();
    let people = group
        .people
        .into_iter()
        .map(|person| view! { <li>{person.name}</li> })
        .collect_view();
    let summary = counted(count, "person", "people");
    // Where the lines say it all, nothing is said above them.
    let head = (several || roles.is_some() || nothing).then(|| {
        view! {
            <p class="preview-head">
                <strong>{who}</strong>
                {roles.map(|roles| view! { <span class="preview-roles">{roles}</span> })}
            </p>
        }
    });
    let open = count <= SHOWN;
    view! {
        <section class="preview">
            {head}
            {if nothing {
                view! { <p class="faint">"Nothing changes in what they can do."</p> }.into_any()
            } else {
                view! { <ul class="effects">{lines}</ul> }.into_any()
            }}
            {(count > NAMED).then(|| view! {
                <details class="preview-people" open=open>
                    <summary>{summary}</summary>
                    <ul>{people}</ul>
                </details>
            })}
        </section>
    }
    .into_any()
}

/// `Viewer → Payments team`; nothing where the role stays and only what it gives changes.
fn role_step(from: &str, to: Option<&str>) -> Option<AnyView> {
    if to == Some(from) {
        return None;
    }
    let to = to.map_or_else(|| "no longer a member".to_owned(), str::to_owned);
    Some(
        view! { {from.to_owned()} <span aria-hidden="true">" → "</span><span class="sr">" to "</span> {to} }
            .into_any(),
    )
}

fn preview_line(effect: EffectView, who: &str, now: Timestamp) -> AnyView {
    let (class, sign, word, can) = if effect.gained {
        ("-add", "+", "gain", "can")
    } else {
        ("-del", "−", "loss", "can no longer")
    };
    let mut verbs = effect.verbs.into_iter();
    let first = verbs.next().unwrap_or_default();
    let rest: Vec<String> = verbs.collect();
    let rest = (!rest.is_empty()).then(|| format!("and {}", rest.join(", ")));
    let used = effect.last_used.map(|at| {
        view! { <span class="preview-used">"last used " <Time at now=now /></span> }
    });
    view! {
        <li class=classes(&["effect", class])>
            <span class="diff-sign" aria-hidden="true">{sign}</span>
            <span class="sr">{word}": "</span>
            <div>
                {who.to_owned()} " " <strong>{can} " " {first}</strong> {" – "} {effect.places}
                {rest.map(|rest| view! { " " <span class="preview-rest">{rest}</span> })}
                {used.map(|used| view! { " " {used} })}
                {effect.all_places.map(|all| view! {
                    <details class="preview-places"><summary>"All places"</summary><p>{all}</p></details>
                })}
            </div>
        </li>
    }
    .into_any()
}

/// `Ana, Ian, Sam and 3 more`.
fn people_in_words(people: &[NamedPerson]) -> String {
    let names: Vec<&str> = people
        .iter()
        .take(NAMED)
        .map(|person| person.name.as_str())
        .collect();
    let more = people.len().saturating_sub(NAMED);
    match (names.as_slice(), more) {
        ([], _) => String::new(),
        (names, more) if more > 0 => format!("{} and {more} more", names.join(", ")),
        ([one], _) => (*one).to_owned(),
        ([first @ .., last], _) => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn people_are_named_up_to_three_and_counted_from_there() {
        let people = |names: &[&str]| {
            let people: Vec<NamedPerson> = names
                .iter()
                .map(|name| NamedPerson {
                    id: "00000000-0000-0000-0000-000000000001".parse().unwrap(),
                    name: (*name).to_owned(),
                })
                .collect();
            people_in_words(&people)
        };
        assert_eq!(people(&["Ana"]), "Ana");
        assert_eq!(people(&["Ana", "Ian"]), "Ana and Ian");
        assert_eq!(people(&["Ana", "Ian", "Sam"]), "Ana, Ian and Sam");
        assert_eq!(
            people(&["Ana", "Ian", "Sam", "Ola"]),
            "Ana, Ian, Sam and 1 more"
        );
    }
}
