//! What cannot be taken back lightly: handing the organization over, leaving it, deleting it.

use domain::{ApiError, Permission};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use service::{
    ops::{ERASED_AFTER_DAYS, InventoryCounts},
    store::{MemberCursor, MemberFilter},
};

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, ConsoleContext, Failure, form_error, hidden, password_field},
};

const TRANSFER: &str = "/rpc/organization/transfer";
const DELETE: &str = "/rpc/organization/delete";
const LEAVE: &str = "/rpc/members/leave";

/// Which dialog the address asks for, and the failure its form may come back with.
pub struct Asked {
    open: Option<Open>,
    search: String,
    heir: Option<domain::PersonId>,
    failure: Failure,
}

#[derive(Clone, Copy)]
enum Open {
    Transfer,
    Delete,
    Leave,
}

impl Asked {
    pub fn of(query: &ParamsMap) -> Self {
        let (open, action) = if query.get("transfer").is_some() {
            (Some(Open::Transfer), TRANSFER)
        } else if query.get("delete").is_some() {
            (Some(Open::Delete), DELETE)
        } else if query.get("leave").is_some() {
            (Some(Open::Leave), LEAVE)
        } else {
            (None, "")
        };
        Self {
            open,
            search: query.get("q").unwrap_or_default(),
            heir: query.get("transfer").and_then(|person| person.parse().ok()),
            failure: Failure::of(action),
        }
    }
}

/// The cards at the end of the General page.
pub fn cards(context: &ConsoleContext, page: &Address) -> AnyView {
    let owns = context
        .organization_rights
        .may(Permission::OrganizationDelete);
    let owners_alone = (!owns).then(|| "Only the owner can do this.".to_owned());
    let must_stay = owns.then(|| "You own this organization. Transfer ownership first.".to_owned());
    let (transfer, delete, leave) = (
        page.flag("transfer").href(),
        page.flag("delete").href(),
        page.flag("leave").href(),
    );
    let refused = owners_alone.clone();
    let cards = view! {
        <Card
            title="Transfer ownership"
            actions=move || view! { <ButtonLink href=transfer icon=IconName::Switch refused>"Transfer ownership"</ButtonLink> }
        >
            <p class="prose">"There is exactly one owner. Whoever was it becomes Admin."</p>
        </Card>
        <Card
            title="Leave organization"
            actions=move || view! { <ButtonLink href=leave look=Look::DangerQuiet icon=IconName::UserRemove refused=must_stay>"Leave organization"</ButtonLink> }
        >
            <p class="prose">"You see nothing of it any more. Your account stays, and so does what you did in the audit log."</p>
        </Card>
        <Card
            title="Delete organization"
            danger=true
            actions=move || view! { <ButtonLink href=delete look=Look::DangerQuiet icon=IconName::Trash refused=owners_alone>"Delete organization"</ButtonLink> }
        >
            <p class="prose">{format!("It is locked at once. For {ERASED_AFTER_DAYS} days its owner can restore it; then its keys are destroyed, and with them every value.")}</p>
        </Card>
    };
    cards.into_any()
}

/// The dialog the address asks for. Whoever may not use it is not shown it.
pub async fn dialog(
    context: &ConsoleContext,
    asked: &Asked,
    page: &Address,
) -> Result<Option<AnyView>, ApiError> {
    let owns = context
        .organization_rights
        .may(Permission::OrganizationDelete);
    Ok(match asked.open {
        Some(Open::Transfer) if owns => Some(transfer(context, asked, page).await?),
        Some(Open::Delete) if owns => {
            let organization = context.here.organization.id;
            let counts = answer(service().inventory(&caller(), organization).await).await?;
            Some(delete(context, counts, asked, page))
        }
        Some(Open::Leave) if !owns => Some(leave(context, asked, page)),
        _ => None,
    })
}

/// First whom, then the name typed and the password.
async fn transfer(
    context: &ConsoleContext,
    asked: &Asked,
    page: &Address,
) -> Result<AnyView, ApiError> {
    let organization = context.here.organization.id;
    if let Some(heir) = asked.heir {
        let member = answer(service().member(&caller(), organization, heir).await).await?;
        return Ok(confirm_transfer(context, member, asked, page));
    }
    let filter = MemberFilter {
        search: asked.search.clone(),
        ..MemberFilter::default()
    };
    let members = answer(
        service()
            .members(&caller(), organization, &filter, MemberCursor::Start)
            .await,
    )
    .await?;
    let people = members
        .members
        .into_iter()
        .filter(|member| !member.is_owner)
        .map(|member| {
            let href = page.with("transfer", member.id.to_string()).href();
            let note = format!("{}, {}", member.email, member.role_name);
            view! { <li><a class="who-link" href=href><Who name=member.name note /></a></li> }
        })
        .collect_view();
    let close = page.href();
    let (cancel, action, search) = (close.clone(), page.path().to_owned(), asked.search.clone());
    Ok(view! {
        <Dialog title="Transfer ownership" note="To whom?" close>
            <PanelBody>
                <SearchForm action label="Search members" value=search placeholder="Search name or email">{hidden("transfer", "")}</SearchForm>
                <ul class="heirs">{people}</ul>
            </PanelBody>
            <PanelFoot><ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink></PanelFoot>
        </Dialog>
    }
    .into_any())
}

fn confirm_transfer(
    context: &ConsoleContext,
    heir: domain::view::MemberView,
    asked: &Asked,
    page: &Address,
) -> AnyView {
    let name = heir.name.clone();
    let message = format!(
        "{name} ({}) becomes the owner of {} at once. You become Admin.",
        heir.email, context.here.organization.name
    );
    let follows = vec![
        "Only the new owner can give it back".to_owned(),
        "Only the new owner can delete the organization".to_owned(),
    ];
    let proof = (
        typed_name(&name, &asked.failure),
        password_field(&asked.failure),
    );
    let fields = view! {
        {form_error(&asked.failure)}
        {hidden("organization", context.here.organization.id)}
        {hidden("person", heir.id)}
        {hidden("back", page.href())}
        <Consequences message list=follows>{proof}</Consequences>
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Transfer ownership"</SubmitButton> };
    confirm(
        format!("Transfer ownership to {name}"),
        TRANSFER,
        page,
        fields,
        submit,
    )
}

fn delete(
    context: &ConsoleContext,
    counts: InventoryCounts,
    asked: &Asked,
    page: &Address,
) -> AnyView {
    let name = context.here.organization.name.clone();
    let message = format!(
        "{name} is locked at once for everybody. You can restore it for {ERASED_AFTER_DAYS} days; then nobody can."
    );
    let line =
        |count: u32, one: &str, many: &str| (count > 0).then(|| counted(count as usize, one, many));
    let follows: Vec<String> = [
        line(counts.projects, "project", "projects"),
        line(counts.environments, "environment", "environments"),
        line(counts.services, "service", "services"),
        line(
            counts.variables,
            "variable or secret",
            "variables and secrets",
        ),
        line(counts.members, "membership", "memberships"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let exported = asked.failure.field("exported");
    let proof = (
        typed_name(&name, &asked.failure),
        password_field(&asked.failure),
    );
    let fields = view! {
        {form_error(&asked.failure)}
        {hidden("organization", context.here.organization.id)}
        <Consequences message list=follows>
            <Checkbox label="I have what I need of the audit log" name="exported" error=exported required=true />
            {proof}
        </Consequences>
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Delete organization"</SubmitButton> };
    confirm(format!("Delete {name}"), DELETE, page, fields, submit)
}

fn leave(context: &ConsoleContext, asked: &Asked, page: &Address) -> AnyView {
    let name = context.here.organization.name.clone();
    let message =
        format!("You see nothing of {name} any more. Somebody has to invite you to come back.");
    let follows = vec!["Invitations you sent and nobody accepted yet stop working".to_owned()];
    let fields = view! {
        {form_error(&asked.failure)}
        {hidden("organization", context.here.organization.id)}
        <Consequences message list=follows />
    };
    let submit = view! { <SubmitButton look=Look::Danger>"Leave organization"</SubmitButton> };
    confirm(format!("Leave {name}"), LEAVE, page, fields, submit)
}

fn typed_name(name: &str, failure: &Failure) -> AnyView {
    let error = failure.field("confirm");
    let (label, text, what) = (
        format!("Type {name} to confirm"),
        name.to_owned(),
        format!("the name {name}"),
    );
    view! {
        <TextField
            label
            name="confirm"
            error
            autocomplete="off"
            code=true
            required=true
            end={move || view! { <CopyButton text name=what /> }}
        />
    }
    .into_any()
}

fn confirm(
    title: String,
    action: &'static str,
    page: &Address,
    body: impl IntoView + 'static,
    submit: impl IntoView + 'static,
) -> AnyView {
    let close = page.href();
    let cancel = close.clone();
    view! {
        <Dialog title close>
            <form class="panel-form" method="post" action=action>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    {submit}
                </PanelFoot>
            </form>
        </Dialog>
    }
    .into_any()
}
