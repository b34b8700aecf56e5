//! The end of a role. While people have it they get another one in the same step, and its name is typed.

use domain::{
    ApiError, RoleId, RoleRef,
    view::{AccessPreview, NamedPerson, RoleSummary},
};
use leptos::prelude::*;

use super::{
    DELETE, choices,
    list::{Asked, deletion},
    roles_path,
};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{ConsoleContext, Failure, form_error, hidden},
};

/// How many people the question names.
const NAMED: usize = 8;

/// The question; none where there is no such role.
pub async fn dialog(
    context: &ConsoleContext,
    roles: &[RoleSummary],
    role: RoleId,
    asked: &Asked,
) -> Result<Option<AnyView>, ApiError> {
    let organization = context.here.organization.id;
    let this = RoleRef::Custom(role);
    let Some(summary) = roles.iter().find(|one| one.role == this && one.may_give) else {
        return Ok(None);
    };
    let used = summary.members > 0 || summary.invitations.unwrap_or_default() > 0;
    if !used {
        return Ok(Some(unused(context, summary, &asked.deleted)));
    }
    let other = asked
        .to
        .as_deref()
        .and_then(|to| to.parse::<RoleRef>().ok())
        .and_then(|to| successors(roles, this).find(|one| one.role == to));
    let holders = answer(service().role_holders(&caller(), organization, this).await).await?;
    let Some(other) = other else {
        return Ok(Some(choose(context, roles, summary, &holders)));
    };
    let preview = answer(
        service()
            .preview_role_deletion(&caller(), organization, role, &other.role.to_string())
            .await,
    )
    .await?;
    Ok(Some(confirm(
        context,
        summary,
        other,
        preview,
        &asked.deleted,
    )))
}

/// Who can take over.
fn successors(roles: &[RoleSummary], deleted: RoleRef) -> impl Iterator<Item = &RoleSummary> {
    roles
        .iter()
        .filter(move |one| one.may_give && !one.role.is_owner() && one.role != deleted)
}

/// Nobody has it.
fn unused(context: &ConsoleContext, role: &RoleSummary, failure: &Failure) -> AnyView {
    let list = roles_path(context).href();
    let fields = fields(context, role);
    let above = form_error(failure);
    let message = format!(
        "Nobody has the role {} and nobody is invited to it.",
        role.name
    );
    view! {
        <Dialog title=format!("Delete role {}", role.name) close=list.clone()>
            <form class="panel-form" method="post" action=DELETE>
                {fields}
                <PanelBody>
                    {above}
                    <Consequences message list=vec!["What it was stays in the audit log; it cannot be brought back".to_owned()] />
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=list attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>"Delete role"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

/// The first step: who has it, and which role they shall have.
fn choose(
    context: &ConsoleContext,
    roles: &[RoleSummary],
    role: &RoleSummary,
    holders: &[NamedPerson],
) -> AnyView {
    let list = roles_path(context).href();
    let others = choices(successors(roles, role.role));
    let id = role.role.to_string();
    let message = format!(
        "{} is in use. Those who have it get another role first.",
        role.name
    );
    let lines = in_use(role, holders);
    let (close, cancel) = (list.clone(), list.clone());
    view! {
        <Dialog title=format!("Delete role {}", role.name) close>
            <form class="panel-form" method="get" action=list>
                {hidden("delete", id)}
                <PanelBody>
                    <Consequences message list=lines tone=Tone::Warn />
                    <Select label="They get" name="to" choices=others hint="The next step shows what each of them gains and loses." required=true />
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    <Button submit=true look=Look::Primary>"Continue"</Button>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

fn in_use(role: &RoleSummary, holders: &[NamedPerson]) -> Vec<String> {
    let names: Vec<&str> = holders
        .iter()
        .take(NAMED)
        .map(|person| person.name.as_str())
        .collect();
    let more = holders.len().saturating_sub(NAMED);
    let mut lines = Vec::new();
    if !names.is_empty() {
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        lines.push(format!(
            "{}: {}{rest}",
            counted(holders.len(), "person", "people"),
            names.join(", ")
        ));
    }
    let invited = role.invitations.unwrap_or_default() as usize;
    if invited > 0 {
        lines.push(counted(invited, "open invitation", "open invitations"));
    }
    lines
}

/// The second step: what it does to whom, and the typed name.
fn confirm(
    context: &ConsoleContext,
    role: &RoleSummary,
    other: &RoleSummary,
    preview: AccessPreview,
    failure: &Failure,
) -> AnyView {
    let RoleRef::Custom(id) = role.role else {
        return ().into_any();
    };
    let list = roles_path(context).href();
    let back = deletion(context, id).href();
    let fields = fields(context, role);
    let (above, wrong) = (form_error(failure), failure.field("confirm"));
    let name = role.name.clone();
    let message = format!(
        "This deletes {name}. Those who have it or are invited to it get {}, from their next click.",
        other.name
    );
    let (to, fingerprint, now) = (
        other.role.to_string(),
        preview.fingerprint.clone(),
        service().now(),
    );
    let label = format!("Type {name} to confirm");
    let copied = name.clone();
    view! {
        <Dialog title=format!("Delete role {name}") close=list.clone() wide=true>
            <form class="panel-form" method="post" action=DELETE>
                {fields}
                {hidden("to", to)}
                {hidden("fingerprint", fingerprint)}
                <PanelBody>
                    {above}
                    <Consequences message list=Vec::new() />
                    <AccessPreviewList preview now nobody="Nobody has it; open invitations change." />
                    <TextField
                        label
                        name="confirm"
                        error=wrong
                        autocomplete="off"
                        required=true
                        end=move || view! { <CopyButton text=copied.clone() name=format!("the name {copied}") /> }
                    />
                </PanelBody>
                <PanelFoot aside=move || view! { <ButtonLink href=back look=Look::Quiet icon=IconName::ArrowLeft>"Another role"</ButtonLink> }>
                    <ButtonLink href=list attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>"Delete role"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}

fn fields(context: &ConsoleContext, role: &RoleSummary) -> AnyView {
    view! {
        {hidden("organization", context.here.organization.id)}
        {hidden("role", role.role)}
        {hidden("back", roles_path(context).href())}
    }
    .into_any()
}
