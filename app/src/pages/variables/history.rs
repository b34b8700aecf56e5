//! What a variable was: every version with what was new about it, and the way back to each.

use domain::{Timestamp, VariableId, VersionKind};
use leptos::prelude::*;
use service::ops::{Changed, VariableHistory, VersionHead, VersionView};

use super::{
    Here, Overlay,
    fields::{form_error, hidden},
};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::Failure,
};

pub const ACTION: &str = "/rpc/variables/restore";

/// Which variable, and what of its history.
pub struct Asked {
    pub variable: VariableId,
    /// The version somebody thinks of bringing back.
    pub restore: Option<u64>,
    /// Versions before this one.
    pub before: Option<u64>,
}

/// The versions, or the question before one is brought back.
pub async fn overlay(here: &Here, asked: &Asked, failure: &Failure) -> Overlay {
    let before = asked.restore.map(|version| version.saturating_add(1));
    let found = service()
        .variable_history(
            &caller(),
            here.organization,
            asked.variable,
            before.or(asked.before),
        )
        .await;
    let levels = here.level.with_parents();
    let history = match answer(found).await {
        Ok(history) if levels.iter().any(|one| one.reference() == history.level) => history,
        Ok(_) | Err(domain::ApiError::NotFound) => return Overlay::Panel(gone(here)),
        Err(error) => return Overlay::Panel(unreadable(here, error.to_string())),
    };
    let chosen = history.versions.first().filter(|version| {
        Some(version.head.version) == asked.restore && can_return(&history, version)
    });
    match (chosen, asked.restore) {
        (Some(version), _) => Overlay::Dialog(dialog(here, &history, version, failure)),
        (None, Some(_)) => Overlay::Panel(gone(here)),
        (None, None) => Overlay::Panel(panel(here, &history, asked.before.is_some())),
    }
}

fn gone(here: &Here) -> AnyView {
    view! {
        <Panel title="No such history" close=here.close()>
            <PanelBody>
                <Note tone=Tone::Warn>"There is no such variable or version here. What a deleted variable was is kept for 30 days."</Note>
            </PanelBody>
        </Panel>
    }
    .into_any()
}

fn unreadable(here: &Here, message: String) -> AnyView {
    view! {
        <Panel title="History" close=here.close()>
            <PanelBody>
                <Note tone=Tone::Bad>{message}</Note>
            </PanelBody>
        </Panel>
    }
    .into_any()
}

/// The newest version is what is there already, and a deletion is no state to return to.
fn can_return(history: &VariableHistory, version: &VersionView) -> bool {
    version.head.version != history.newest.head.version && version.head.what != VersionKind::Deleted
}

fn panel(here: &Here, history: &VariableHistory, is_continued: bool) -> AnyView {
    let title = format!("History of {}", history.key);
    let note = here.name_of(history.level.scope());
    let deleted = history.is_deleted().then(|| {
        view! { <Note tone=Tone::Warn title="Deleted">"Restoring one of its versions brings it back. What it was is kept for 30 days."</Note> }
    });
    let newest = is_continued.then(|| here.with("history", history.id));
    let entries = history
        .versions
        .iter()
        .enumerate()
        .map(|(index, version)| {
            let before = history.versions.get(index + 1).or(history.earlier.as_ref());
            entry(here, history, version, before)
        })
        .collect_view();
    let older = history.earlier.as_ref().map(|earlier| {
        here.address
            .with("history", history.id.to_string())
            .with("before", (earlier.head.version + 1).to_string())
            .href()
    });
    view! {
        <Panel title note close=here.close()>
            <PanelBody>
                {deleted}
                {newest.map(|href| view! { <p><a href=href>"Newest versions"</a></p> })}
                <ol class="versions">{entries}</ol>
                {older.map(|href| view! { <p><ButtonLink href>"Older versions"</ButtonLink></p> })}
            </PanelBody>
        </Panel>
    }
    .into_any()
}

fn entry(
    here: &Here,
    history: &VariableHistory,
    version: &VersionView,
    before: Option<&VersionView>,
) -> AnyView {
    let number = version.head.version;
    let restore = can_return(history, version).then(|| {
        let href = here
            .address
            .with("history", history.id.to_string())
            .with("version", number.to_string())
            .href();
        let refused = history.locked.clone();
        view! {
            <ButtonLink href size=Size::Small icon=IconName::Restore refused>
                "Restore" <span class="sr">{format!(" version {number}")}</span>
            </ButtonLink>
        }
    });
    let is_present = number == history.newest.head.version && !history.is_deleted();
    let present = is_present.then(|| view! { <Badge tone=Tone::Ok>"Present"</Badge> });
    let (at, now, by) = (version.head.at, here.now, version.head.by.clone());
    view! {
        <li class="version">
            <div class="version-head">
                <div>
                    <p><strong>{format!("Version {number}")}</strong>{format!(": {} ", what_happened(&version.head))}{present}</p>
                    <p class="faint">{format!("{by}, ")}<Time at now /></p>
                </div>
                {restore}
            </div>
            {differences(history, before, version)}
        </li>
    }
    .into_any()
}

/// What a version is, in a few words.
pub fn what_happened(head: &VersionHead) -> String {
    match head.what {
        VersionKind::Created => "added".to_owned(),
        VersionKind::Deleted => "deleted".to_owned(),
        VersionKind::Restored => match head.restored_from {
            Some(from) => format!("version {from} restored"),
            None => "restored".to_owned(),
        },
        VersionKind::Edited => edited(&head.changed),
    }
}

fn edited(changed: &[Changed]) -> String {
    let labels: Vec<&str> = changed
        .iter()
        .filter(|one| **one != Changed::MadeSecret)
        .map(|one| one.label())
        .collect();
    let fields = match labels.as_slice() {
        [] => None,
        [one] => Some(format!("{one} changed")),
        [some @ .., last] => Some(format!("{} and {last} changed", some.join(", "))),
    };
    match (changed.contains(&Changed::MadeSecret), fields) {
        (true, None) => "made secret".to_owned(),
        (true, Some(fields)) => format!("made secret, {fields}"),
        (false, Some(fields)) => fields,
        (false, None) => "changed".to_owned(),
    }
}

/// What a version made of the one before. Of a first one, and of one that was brought back, all of it.
fn differences(
    history: &VariableHistory,
    before: Option<&VersionView>,
    version: &VersionView,
) -> Option<AnyView> {
    if version.head.what == VersionKind::Deleted {
        return None;
    }
    let before = before.filter(|before| before.head.what != VersionKind::Deleted);
    let is_new = version.head.changed.contains(&Changed::Value) || before.is_none();
    let mut lines = match history.secret {
        true if is_new => vec![DiffLine::new(Change::Added, "value", "changed (hidden)")],
        true => Vec::new(),
        false => value_lines(before, version),
    };
    lines.extend(other_lines(history, before, version));
    let caption = format!("What version {} changed", version.head.version);
    (!lines.is_empty()).then(|| view! { <DiffView caption lines /> }.into_any())
}

fn value_lines(before: Option<&VersionView>, after: &VersionView) -> Vec<DiffLine> {
    if after.damaged {
        let words = "damaged: fails its integrity check";
        return vec![DiffLine::new(Change::Added, "value", words)];
    }
    let text = after.value.as_deref().unwrap_or_default();
    let lines = match before.and_then(|before| before.value.as_deref()) {
        Some(former) if former == text => Vec::new(),
        Some(former) => text_diff(former, text),
        None => text_diff("", text)
            .into_iter()
            .filter(|(change, _)| *change != Change::Removed)
            .collect(),
    };
    let line = |(change, text): (Change, String)| {
        let shown = match text.is_empty() {
            true => view! { <span class="faint">"empty"</span> }.into_any(),
            false => text.into_any(),
        };
        DiffLine::new(change, "value", shown)
    };
    lines.into_iter().map(line).collect()
}

fn other_lines(
    history: &VariableHistory,
    before: Option<&VersionView>,
    after: &VersionView,
) -> Vec<DiffLine> {
    let words = |put_in: bool| if put_in { "put in" } else { "left as it is" };
    let interpolation = |version: &VersionView| {
        history
            .is_file
            .then(|| words(version.interpolate).to_owned())
    };
    let fields = [
        (
            "description",
            before.map(|before| before.description.clone()),
            Some(after.description.clone()),
        ),
        (
            "mount path",
            before.and_then(|before| before.mount_path.clone()),
            after.mount_path.clone(),
        ),
        (
            "{{KEY}}",
            before.and_then(interpolation),
            interpolation(after),
        ),
    ];
    let side = |change: Change, field: &str, value: Option<String>| {
        value
            .filter(|value| !value.is_empty())
            .map(|value| DiffLine::new(change, field, value))
    };
    fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .flat_map(|(field, before, after)| {
            [
                side(Change::Removed, field, before),
                side(Change::Added, field, after),
            ]
        })
        .flatten()
        .collect()
}

/// Says what bringing a version back means, and asks.
fn dialog(
    here: &Here,
    history: &VariableHistory,
    version: &VersionView,
    failure: &Failure,
) -> AnyView {
    let (key, number) = (&history.key, version.head.version);
    let close = here.with("history", history.id);
    let place = here.name_of(history.level.scope());
    let message = if history.is_deleted() {
        format!("{key} comes back in {place} as it was at version {number}.")
    } else {
        format!(
            "{key} in {place} becomes what it was at version {number}, as a version of its own. What came after stays in the history."
        )
    };
    let secret = history.secret.then(|| {
        view! { <p class="prose">"It stays a secret: its value as it was then comes back, and is shown to nobody."</p> }
    });
    let present = (!history.is_deleted()).then_some(&history.newest);
    let lines = match history.secret {
        true => other_lines(history, present, version),
        false => value_lines(present, version)
            .into_iter()
            .chain(other_lines(history, present, version))
            .collect(),
    };
    let changes = (!lines.is_empty())
        .then(|| view! { <DiffView caption="What changes now" lines /> }.into_any());
    let when = when(version.head.at, &version.head.by);
    let (title, label) = (
        format!("Restore version {number} of {key}?"),
        format!("Restore version {number}"),
    );
    let (cancel, refused) = (close.clone(), history.locked.clone());
    let fields = [
        hidden("organization", here.organization),
        hidden("variable", history.id),
        hidden("version", history.newest.head.version),
        hidden("restore", number),
        hidden("key", key),
        hidden("back", &close),
        form_error(failure),
    ];
    view! {
        <Dialog title note=when close wide=true>
            <form class="panel-form" method="post" action=ACTION>
                <PanelBody>
                    {fields.collect_view()}
                    <p class="prose">{message}</p>
                    {secret}
                    {changes}
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton refused>{label}</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

fn when(at: Timestamp, by: &str) -> String {
    format!("From {} UTC, by {by}", at.for_people_exact())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_told_by_what_it_changed() {
        use Changed::{Description, MadeSecret, MountPath, Value};
        assert_eq!(edited(&[Value]), "value changed");
        assert_eq!(
            edited(&[Value, Description, MountPath]),
            "value, description and mount path changed"
        );
        assert_eq!(edited(&[MadeSecret]), "made secret");
        assert_eq!(edited(&[MadeSecret, Value]), "made secret, value changed");
    }
}
