//! Two roles side by side, in words.

use domain::{ApiError, RoleRef, view::EffectView};
use leptos::prelude::*;

use super::{all_roles, choices};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, ConsoleContext},
};

/// The panel, when the address asks for it: which role to compare with, and what the other allows beyond this one.
pub async fn panel(
    context: &ConsoleContext,
    role: RoleRef,
    name: &str,
    with: Option<String>,
    page: &Address,
) -> Result<Option<AnyView>, ApiError> {
    let Some(with) = with else { return Ok(None) };
    let roles = all_roles(context).await?;
    let others = choices(roles.iter().filter(|one| one.role != role));
    let chosen = with.parse::<RoleRef>().ok().filter(|with| *with != role);
    let found = match chosen {
        Some(with) => Some(
            answer(
                service()
                    .compare_roles(&caller(), context.here.organization.id, role, with)
                    .await,
            )
            .await?,
        ),
        None => None,
    };
    let value = chosen.map(|with| with.to_string());
    let result = found.map(|found| differences(name, &found.with, found.effects));
    let (close, action) = (page.href(), page.href());
    Ok(Some(
        view! {
            <Panel title=format!("Compare {name}") note="What one allows and the other does not" close>
                <form class="panel-form" method="get" action=action>
                    <PanelBody>
                        <Select label="With" name="compare" choices=others value required=true />
                        <div class="cluster"><Button submit=true>"Compare"</Button></div>
                        {result}
                    </PanelBody>
                </form>
            </Panel>
        }
        .into_any(),
    ))
}

fn differences(name: &str, with: &str, effects: Vec<EffectView>) -> AnyView {
    if effects.is_empty() {
        let same = format!("{name} and {with} allow the same.");
        return view! { <p>{same}</p> }.into_any();
    }
    let (more, less): (Vec<_>, Vec<_>) = effects.into_iter().partition(|effect| effect.gained);
    view! {
        {side(format!("{with} also allows"), Change::Added, more)}
        {side(format!("Only {name} allows"), Change::Removed, less)}
    }
    .into_any()
}

fn side(title: String, change: Change, effects: Vec<EffectView>) -> Option<AnyView> {
    if effects.is_empty() {
        return None;
    }
    let effects = effects
        .into_iter()
        .map(|effect| {
            let text = view! { <strong>{effect.verbs.join(", ")}</strong> " – " {effect.places} };
            EffectLine::new(change, text)
        })
        .collect::<Vec<_>>();
    Some(
        view! { <section class="preview"><h3 class="preview-head">{title}</h3><Effects effects /></section> }
            .into_any(),
    )
}
