use domain::{DESCRIPTION_LIMIT, NAME_LIMIT, Permission, view::OrganizationView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{ownership, view_only};
use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, At, Failure, Page, console_page, copy_button, form_error, hidden},
};

const EDIT: &str = "/rpc/organization/edit";

/// What the organization is called and how to reach it.
#[component]
pub fn GeneralPage() -> impl IntoView {
    let failure = Failure::of(EDIT);
    let asked = ownership::Asked::of(&use_query_map().get_untracked());
    console_page(At::Settings("general"), move |context| async move {
        let organization = answer(
            service()
                .organization(&caller(), context.here.organization.id)
                .await,
        )
        .await?;
        let why = view_only(&context.organization_rights, Permission::OrganizationEdit);
        let back = Address::new(format!("{}/settings/general", context.here.path()));
        let settings = if why.is_none() {
            form(&organization, &failure, &back)
        } else {
            plain(&organization)
        };
        let name = organization.name.clone();
        let content = view! {
            <PageHead title="General" view_only=why>"What " {name} " is called, and whom to write to."</PageHead>
            <div class="stack">{settings} {facts(&organization)} {ownership::cards(&context, &back)}</div>
        };
        let dialog = ownership::dialog(&context, &asked, &back).await?;
        Ok(Page::new("General", content)
            .width(PageWidth::Form)
            .dialog(dialog))
    })
}

fn form(organization: &OrganizationView, failure: &Failure, back: &Address) -> AnyView {
    let fields = view! {
                {form_error(failure)}
                {hidden("organization", organization.id)}
                {hidden("version", organization.version)}
                {hidden("back", back.href())}
                <TextField
                    label="Name"
                    name="name"
                    value=organization.name.clone()
                    error=failure.field("name")
                    max_length=NAME_LIMIT
                    autocomplete="organization"
                    required=true
                />
                <TextArea
                    label="Description"
                    name="description"
                    value=organization.description.clone()
                    error=failure.field("description")
                    hint=format!("At most {DESCRIPTION_LIMIT} characters.")
                    max_length=DESCRIPTION_LIMIT
                    optional=true
                />
                <TextField
                    label="Website"
                    name="website"
                    kind=InputKind::Url
                    value=organization.website.clone()
                    error=failure.field("website")
                    placeholder="https://"
                    optional=true
                />
                <TextArea
                    label="Contact emails"
                    name="contact_emails"
                    value=organization.contact_emails.join("\n")
                    error=failure.field("contact_emails")
                    hint="Important notices go there. One address per line, at most 10."
                    rows=2
                    optional=true
                />
    };
    view! {
        <Card title="Organization">
            <form class="form" method="post" action=EDIT data-guard="">
                {fields}
                <div class="form-foot"><SubmitButton>"Save"</SubmitButton></div>
            </form>
        </Card>
    }
    .into_any()
}

fn plain(organization: &OrganizationView) -> AnyView {
    let website = organization.website.clone();
    let website = if website.is_empty() {
        none().into_any()
    } else {
        view! { <a href=website.clone() rel="noopener noreferrer">{website.clone()}</a> }.into_any()
    };
    let facts = vec![
        Fact::new("Name", organization.name.clone()),
        Fact::new("Description", or_none(&organization.description)),
        Fact::new("Website", website),
        Fact::new(
            "Contact emails",
            or_none(&organization.contact_emails.join(", ")),
        ),
    ];
    view! { <Card title="Organization"><Facts facts /></Card> }.into_any()
}

fn facts(organization: &OrganizationView) -> AnyView {
    let id = organization.id.to_string();
    let created_at = organization.created_at;
    let facts = vec![
        Fact::new("Organization ID", copied("organization ID", id)),
        Fact::new("Slug", copied("slug", organization.slug.clone())),
        Fact::new("Created", view! { <Time at=created_at /> }),
        Fact::new("Owner", organization.owner.clone()),
        Fact::new(
            "Plan",
            format!(
                "{}, audit log shown for {}",
                organization.plan,
                counted(organization.retention_days as usize, "day", "days")
            ),
        ),
    ];
    view! { <Card title="Facts"><Facts facts /></Card> }.into_any()
}

fn copied(what: &str, text: String) -> AnyView {
    let copy = copy_button(format!("Copy {what}"), text.clone());
    view! { <span class="copied"><Code>{text}</Code>{copy}</span> }.into_any()
}

fn or_none(text: &str) -> AnyView {
    if text.is_empty() {
        none().into_any()
    } else {
        text.to_owned().into_any()
    }
}

fn none() -> AnyView {
    view! { <span class="faint">"none"</span> }.into_any()
}
