//! The page of a custom role: what it gives, to be changed by those who may.

use domain::{ApiError, RoleId, RoleRef};
use leptos::prelude::*;
use service::ops::RoleDetail;
use service::store::RoleState;

use super::{
    Asked, DISCARD, DRAFT, compare, history,
    list::{DESCRIPTION, deletion},
    matrix::{FILTER_FORM, Filter, Matrix, cannot_place, project_levels},
    people::holders_card,
    role_path, roles_path, why_not,
};
use crate::{
    components::*,
    context::{answer, caller, service},
    islands::RoleEditor,
    pages::{Address, ConsoleContext, Failure, Page, form_error, hidden},
};

/// The form that throws the edit under review away.
const DISCARD_FORM: &str = "role-discard";

/// The page.
pub async fn page(context: &ConsoleContext, role: RoleId, asked: Asked) -> Result<Page, ApiError> {
    let organization = context.here.organization.id;
    let detail = answer(service().role(&caller(), organization, role).await).await?;
    let here = role_path(context, RoleRef::Custom(role));
    let why = why_not(context, detail.editable);
    let draft = detail.draft.clone().filter(|_| why.is_none());
    // An edit that came back for its name keeps its levels.
    let edit = draft
        .clone()
        .filter(|_| asked.edit || asked.drafted.is_some());
    let shown = edit.as_ref().unwrap_or(&detail.saved);
    let matrix = Matrix {
        world: &detail.world,
        saved: &detail.saved.matrix,
        shown: &shown.matrix,
        editable: why.is_none(),
        filter: &asked.filter,
    };
    let name = detail.saved.name.clone();
    let waiting = draft
        .filter(|_| edit.is_none())
        .map(|draft| draft_note(context, role, &draft, &here));
    let body = match &why {
        None => form(
            context,
            &detail,
            shown,
            edit.is_some(),
            &matrix,
            &asked,
            &here,
        ),
        Some(_) => view! {
            <div class="stack">
                {toolbar(&matrix, &asked.filter, &here, edit.is_some())}
                {matrix.clusters()}
                {matrix.projects()}
            </div>
        }
        .into_any(),
    };
    let content = view! {
        {head(context, &detail, why, &here)}
        {filter_form(&here, edit.is_some())}
        <div class="stack">
            {waiting}
            {form_error(&asked.restored)}
            {body}
            {holders_card(context, RoleRef::Custom(role), detail.holders.clone(), None)}
            {history::card(context, &detail, &here)}
        </div>
        {matrix.editable.then(|| view! { <RoleEditor /> })}
    };
    let panel = compare::panel(context, RoleRef::Custom(role), &name, asked.compare, &here).await?;
    Ok(Page::new(name, content)
        .panel(panel)
        .width(PageWidth::Wide)
        .under("Roles", roles_path(context).href()))
}

fn head(
    context: &ConsoleContext,
    detail: &RoleDetail,
    why: Option<String>,
    here: &Address,
) -> AnyView {
    let count = detail.holders.len();
    let held = match count {
        0 => "Held by nobody.".to_owned(),
        count => format!("Held by {}.", counted(count, "person", "people")),
    };
    let purpose = [
        detail.saved.description.as_str(),
        &held,
        "It gives nothing organization-wide.",
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" ");
    let duplicate = roles_path(context)
        .flag("new")
        .with("from", detail.id.to_string())
        .href();
    let compare = here.flag("compare").href();
    let delete = deletion(context, detail.id).href();
    let view_only = why.as_ref().map(|why| format!("View only. {why}"));
    let (copy, remove) = (why.clone(), why);
    view! {
        <PageHead
            title=detail.saved.name.clone()
            mark=|| view! { <Badge tone=Tone::Accent>"Custom"</Badge> }
            view_only
            actions=move || {
                view! {
                    <ButtonLink href=delete look=Look::DangerQuiet refused=remove>"Delete"</ButtonLink>
                    <ButtonLink href=compare look=Look::Quiet>"Compare…"</ButtonLink>
                    <ButtonLink href=duplicate refused=copy>"Duplicate"</ButtonLink>
                }
            }
        >
            {purpose}
        </PageHead>
    }
    .into_any()
}

/// An edit is waiting for its review.
fn draft_note(
    context: &ConsoleContext,
    role: RoleId,
    draft: &RoleState,
    here: &Address,
) -> AnyView {
    let (edit, review) = (here.flag("edit").href(), here.flag("review").href());
    let (now, at) = (service().now(), draft.at);
    let discard = discard_form(
        context,
        role,
        here,
        view! { <SubmitButton look=Look::Quiet size=Size::Small>"Discard"</SubmitButton> }
            .into_any(),
    );
    view! {
        <Note
            tone=Tone::Warn
            title="You have an edit of this role that is not saved"
            actions=move || {
                view! {
                    <ButtonLink href=review size=Size::Small>"Review"</ButtonLink>
                    <ButtonLink href=edit size=Size::Small>"Continue editing"</ButtonLink>
                    {discard}
                }
            }
        >
            "From " <Time at now=now /> ". The page shows the role as it is saved."
        </Note>
    }
    .into_any()
}

/// Throws the edit away. Without a button of its own, one elsewhere names it.
pub fn discard_form(
    context: &ConsoleContext,
    role: RoleId,
    here: &Address,
    button: AnyView,
) -> AnyView {
    view! {
        <form method="post" action=DISCARD id=DISCARD_FORM>
            {hidden("organization", context.here.organization.id)}
            {hidden("role", role)}
            {hidden("back", here.href())}
            {button}
        </form>
    }
    .into_any()
}

/// Where the controls of the filter belong to. It keeps whether an edit is shown.
fn filter_form(here: &Address, editing: bool) -> AnyView {
    view! {
        <form id=FILTER_FORM method="get" action=here.href()>
            {editing.then(|| hidden("edit", ""))}
        </form>
    }
    .into_any()
}

fn toolbar(matrix: &Matrix<'_>, filter: &Filter, here: &Address, editing: bool) -> AnyView {
    let projects = matrix.world.projects.len();
    let base = if editing {
        here.flag("edit")
    } else {
        here.clone()
    };
    let base = base.with("q", filter.text.clone());
    let base = if filter.customised {
        base.flag("customised")
    } else {
        base
    };
    let (expand, collapse) = (
        base.with("types", "all").href(),
        base.with("types", "none").href(),
    );
    let label = format!("Filter {}", counted(projects, "project", "projects"));
    let bulk = matrix.editable.then(bulk_menu);
    view! {
        <div class="toolbar">
            <div class="search" role="search">
                <Icon name=IconName::Search />
                <input
                    class="search-input"
                    type="search"
                    id="role-search"
                    name="q"
                    form=FILTER_FORM
                    aria-label=label.clone()
                    value=filter.text.clone()
                    placeholder=label
                    autocomplete="off"
                    spellcheck="false"
                />
                <kbd class="kbd" aria-hidden="true">"/"</kbd>
            </div>
            <label class="filter role-only">
                <input type="checkbox" id="role-customised" name="customised" value="" form=FILTER_FORM checked=filter.customised />
                "Only customised rows"
            </label>
            <button class="btn -small role-apply" type="submit" form=FILTER_FORM><span class="btn-text">"Apply filter"</span></button>
            <p class="faint" id="role-found" role="status"></p>
            <div class="cluster role-tools">
                {bulk}
                <a class="btn -small -quiet" href=expand data-types="all"><span class="btn-text">"Expand all"</span></a>
                <a class="btn -small -quiet" href=collapse data-types="none"><span class="btn-text">"Collapse all"</span></a>
            </div>
        </div>
    }
    .into_any()
}

/// Sets every project that the filter shows. Only with a script: without one a row at a time is set.
fn bulk_menu() -> AnyView {
    let levels = project_levels()
        .into_iter()
        .map(|(code, label)| {
            view! { <button type="button" class="menu-item" data-set-all=code><span class="menu-text">{label}</span></button> }
        })
        .collect_view();
    view! {
        <div class="role-bulk">
            <Menu id="role-set-all" label="Set all visible projects" text="Set all visible rows to…" size=Size::Small>
                {levels}
            </Menu>
        </div>
    }
    .into_any()
}

fn form(
    context: &ConsoleContext,
    detail: &RoleDetail,
    shown: &RoleState,
    editing: bool,
    matrix: &Matrix<'_>,
    asked: &Asked,
    here: &Address,
) -> AnyView {
    let warn = cannot_place(&shown.matrix, matrix.world);
    let (clusters, projects) = (matrix.clusters(), matrix.projects());
    let tools = toolbar(matrix, &asked.filter, here, editing);
    let head = identity(shown, &asked.drafted);
    let discard = editing.then(|| discard_form(context, detail.id, here, ().into_any()));
    let (saved_name, saved_description) =
        (detail.saved.name.clone(), detail.saved.description.clone());
    view! {
        <form
            class="stack role-editor"
            id="role-editor"
            method="post"
            action=DRAFT
            data-guard=""
            data-saved-name=saved_name
            data-saved-description=saved_description
        >
            {form_error(&asked.drafted)}
            {hidden("organization", context.here.organization.id)}
            {hidden("role", detail.id)}
            {hidden("version", shown.version)}
            {hidden("back", here.href())}
            {head}
            {tools}
            {clusters}
            <div id="role-warning" role="status">
                <div class="note -warn" hidden=!warn>
                    <Icon name=IconName::Warning />
                    <p>"Who has Manage or Full access here can create environments of these types on no cluster: give Create environment on at least one."</p>
                </div>
            </div>
            {projects}
            {bar(detail, shown, editing)}
        </form>
        {discard}
    }
    .into_any()
}

fn identity(shown: &RoleState, failure: &Failure) -> AnyView {
    view! {
        <div class="form-row role-identity">
            <TextField
                label="Name"
                name="name"
                value=shown.name.clone()
                error=failure.field("name")
                max_length=domain::ROLE_NAME_LIMIT
                autocomplete="off"
                required=true
            />
            <TextField
                label="Description"
                name="description"
                value=shown.description.clone()
                error=failure.field("description")
                max_length=DESCRIPTION
                autocomplete="off"
                optional=true
            />
        </div>
    }
    .into_any()
}

/// What is not saved, and the way to the review. With a script it shows only while something is changed.
fn bar(detail: &RoleDetail, shown: &RoleState, editing: bool) -> AnyView {
    let changes = detail.saved.matrix.changes(&shown.matrix).len()
        + usize::from(detail.saved.name != shown.name)
        + usize::from(detail.saved.description != shown.description);
    let message = if editing {
        counted(changes, "unsaved change", "unsaved changes")
    } else {
        "Nothing is saved before its review".to_owned()
    };
    let discard = if editing {
        view! { <button type="submit" class="btn -quiet" form=DISCARD_FORM><span class="btn-text">"Discard"</span></button> }.into_any()
    } else {
        view! { <button type="reset" class="btn -quiet"><span class="btn-text">"Discard"</span></button> }.into_any()
    };
    view! {
        <div class="role-bar" data-count=changes.to_string()>
            <UnsavedBar message note="effective at once when saved">
                {discard}
                <SubmitButton>"Review"</SubmitButton>
            </UnsavedBar>
        </div>
    }
    .into_any()
}
