use domain::{VariableKind, view::VariableView};
use leptos::prelude::*;
use service::ops::{DELETED_KEPT_DAYS, VariablesView};

use super::{
    Here,
    fields::{form_error, hidden},
};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::Failure,
};

pub const ACTION: &str = "/rpc/variables/delete";

/// Asks once more, and says what else follows.
pub async fn dialog(
    here: &Here,
    list: &VariablesView,
    variable: &VariableView,
    failure: &Failure,
) -> AnyView {
    // Without the list the deletion still says on the server what it takes along.
    let found = answer(
        service()
            .dependants(&caller(), here.organization, variable.id)
            .await,
    )
    .await
    .unwrap_or_default();
    let key = &variable.key;
    let place = here.name_of(variable.scope);
    let remains = list
        .hidden
        .get(&variable.id)
        .and_then(|hidden| hidden.first());
    let overrides = found.overrides.iter();
    let aliases = found.aliases.iter();
    let consequences: Vec<String> = overrides
        .map(|place| format!("The override in {place} is deleted too"))
        .chain(aliases.map(|alias| format!("The alias {alias} is deleted too")))
        .collect();
    let tick = (!found.mentions.is_empty()).then(|| leave_broken(key, &found.mentions, failure));
    let noun = match (variable.kind, variable.secret, variable.is_file) {
        (VariableKind::Override, ..) => "override",
        (_, _, true) => "file",
        (_, true, _) => "secret",
        _ => "variable",
    };
    let after = match remains {
        Some(next) => format!(
            " From then on the value of {} counts.",
            here.name_of(next.scope)
        ),
        None => String::new(),
    };
    let message = format!(
        "This deletes {key} from {place}.{after} For {DELETED_KEPT_DAYS} days its history is kept and can bring it back."
    );
    let close = here.close();
    let (title, cancel) = (format!("Delete {noun} {key}?"), close.clone());
    let fields = [
        hidden("organization", here.organization),
        hidden("variable", variable.id),
        hidden("version", variable.version),
        hidden("key", key),
        hidden("back", &close),
        form_error(failure),
    ];
    view! {
        <Dialog title close>
            <form class="panel-form" method="post" action=ACTION>
                <PanelBody>
                    {fields.collect_view()}
                    <Consequences message list=consequences />
                    {tick}
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>{format!("Delete {noun}")}</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

/// Asked for by name, because what mentions the key cannot be delivered from then on.
fn leave_broken(key: &str, mentions: &[String], failure: &Failure) -> AnyView {
    const NAMED: usize = 6;
    let mut names: Vec<String> = mentions.iter().take(NAMED).cloned().collect();
    if mentions.len() > NAMED {
        names.push(format!("and {} more", mentions.len() - NAMED));
    }
    let names = names
        .into_iter()
        .map(|name| view! { <li>{name}</li> })
        .collect_view();
    let error = failure.field("leave_broken");
    view! {
        <Note tone=Tone::Warn title=format!("These mention {key}, which is then not defined")>
            <ul>{names}</ul>
        </Note>
        <Checkbox label="Delete it all the same" name="leave_broken" hint="They cannot be delivered until they mention something else." />
        {error.map(|message| view! { <FormError message /> })}
    }
    .into_any()
}
