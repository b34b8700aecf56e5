//! What a role was: every version that was saved, and the way back to it.

use domain::{Timestamp, access::World};
use leptos::prelude::*;
use service::ops::RoleDetail;
use service::store::RoleState;

use super::{RESTORE, why_not};
use crate::{
    components::*,
    context::service,
    pages::{Address, ConsoleContext, hidden},
};

/// The versions, newest first; none for readers who do not manage roles.
pub fn card(context: &ConsoleContext, detail: &RoleDetail, here: &Address) -> Option<AnyView> {
    if detail.history.is_empty() {
        return None;
    }
    let now = service().now();
    let why = why_not(context, detail.editable);
    let current = detail.saved.version;
    let latest = detail
        .history
        .iter()
        .map(|one| one.version)
        .filter(|version| *version < current)
        .max();
    let rows = detail
        .history
        .iter()
        .map(|one| {
            let before = detail
                .history
                .iter()
                .find(|other| other.version + 1 == one.version);
            let what = what_changed(before, one, &detail.world);
            let action = if one.version == current {
                view! { <Badge tone=Tone::Ok>"Current"</Badge> }.into_any()
            } else {
                let word = if Some(one.version) == latest {
                    "Undo"
                } else {
                    "Restore"
                };
                restore(context, detail, one, here, word, why.clone())
            };
            row(one, what, action, now)
        })
        .collect_view();
    Some(
        view! {
            <Card title="History" note="Restoring shows what it would change first.">
                <ul class="role-history">{rows}</ul>
            </Card>
        }
        .into_any(),
    )
}

fn row(version: &RoleState, what: String, action: AnyView, now: Timestamp) -> AnyView {
    let (by, at) = (version.by.clone(), version.at);
    view! {
        <li class="role-version">
            <div>
                <p><strong>"Version " {version.version}</strong> " – " {what}</p>
                <p class="faint">{by} ", " <Time at now=now /></p>
            </div>
            <div>{action}</div>
        </li>
    }
    .into_any()
}

fn what_changed(before: Option<&RoleState>, after: &RoleState, world: &World) -> String {
    let Some(before) = before else {
        return if after.version <= 1 {
            "made".to_owned()
        } else {
            "as it was then".to_owned()
        };
    };
    let here = |state: &RoleState| {
        state
            .matrix
            .clone()
            .within(&world.cluster_ids(), &world.project_ids())
    };
    let rows = here(before).changes(&here(after)).len();
    let mut parts = Vec::new();
    if before.name != after.name {
        parts.push(format!("renamed from {}", before.name));
    }
    if before.description != after.description {
        parts.push("description".to_owned());
    }
    if rows > 0 || parts.is_empty() {
        parts.push(counted(rows, "row changed", "rows changed"));
    }
    parts.join(", ")
}

fn restore(
    context: &ConsoleContext,
    detail: &RoleDetail,
    version: &RoleState,
    here: &Address,
    word: &'static str,
    refused: Option<String>,
) -> AnyView {
    let label = if word == "Undo" {
        format!(
            "Undo what was saved last, back to version {}",
            version.version
        )
    } else {
        format!("Restore version {}", version.version)
    };
    view! {
        <form method="post" action=RESTORE>
            {hidden("organization", context.here.organization.id)}
            {hidden("role", detail.id)}
            {hidden("version", version.version)}
            {hidden("back", here.href())}
            <SubmitButton look=Look::Secondary size=Size::Small refused icon=IconName::Restore>
                {word} <span class="sr">{label.strip_prefix(word).unwrap_or_default().to_owned()}</span>
            </SubmitButton>
        </form>
    }
    .into_any()
}
