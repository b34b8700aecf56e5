//! The overview of an organization, and the page that makes another one.

mod first_steps;

use domain::view::{ProjectView, TreeProject};
use domain::{NAME_LIMIT, OrganizationId, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::registry::{description_field, name_field};
use super::{At, ConsoleContext, Failure, Page, console_page, form_error, hidden};
use crate::components::*;
use crate::context::{answer, caller, service, take_flash};

const CREATE_ORGANIZATION: &str = "/rpc/organization/create";
const RESTORE_ORGANIZATION: &str = "/rpc/organization/restore";
const CREATE_PROJECT: &str = "/rpc/project/create";

/// Another organization, owned by whoever makes it.
#[component]
pub fn NewOrganizationPage() -> impl IntoView {
    let failure = Failure::of(CREATE_ORGANIZATION);
    let (head, wrong) = (form_error(&failure), failure.field("organization"));
    let flash = take_flash();
    view! {
        <Title text="Create organization — Gatehouse" />
        <Gate title="Create organization" intro=|| "You become its Owner. Its projects, members and log are its own." foot=|| view! { <a href="/">"Cancel"</a> }>
            {flash.map(|message| view! { <Note tone=Tone::Ok>{message}</Note> })}
            {deleted()}
            <form class="form" method="post" action=CREATE_ORGANIZATION>
                {head}
                <TextField
                    label="Name"
                    name="organization"
                    error=wrong
                    autocomplete="organization"
                    max_length=NAME_LIMIT
                    required=true
                    autofocus=true
                />
                <SubmitButton size=Size::Wide>"Create organization"</SubmitButton>
            </form>
        </Gate>
    }
}

/// Organizations of one's own that wait for their end, each with the button that brings it back.
fn deleted() -> impl IntoView {
    Suspend::new(async move {
        let waiting = service()
            .deleted_organizations(&caller())
            .await
            .unwrap_or_default();
        waiting
            .into_iter()
            .map(|one| {
                let (title, label) = (
                    format!("{} is deleted", one.name),
                    format!("Restore {}", one.name),
                );
                view! {
                    <Note tone=Tone::Warn title>
                        "Its keys are destroyed on " <Time at=one.erased_at /> " UTC. Until then you can bring it back as it was."
                        <form method="post" action=RESTORE_ORGANIZATION>
                            {hidden("organization", one.id)} <SubmitButton size=Size::Small look=Look::Secondary>{label}</SubmitButton>
                        </form>
                    </Note>
                }
            })
            .collect_view()
    })
}

/// The projects of an organization, and what to do first in a new one.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let creating = use_query_map().get_untracked().get("new").as_deref() == Some("project");
    let failure = Failure::of(CREATE_PROJECT);
    console_page(At::Overview, move |context| async move {
        let organization = context.here.organization.id;
        let projects = answer(service().projects(&caller(), organization).await).await?;
        let steps = first_steps::card(&context, &projects).await?;
        let refused = context
            .organization_rights
            .why_not(Permission::ProjectCreate);
        let base = context.here.path();
        let panel =
            (creating && refused.is_none()).then(|| create_panel(organization, &base, &failure));
        let create = format!("{base}?new=project");
        let purpose = purpose(&context);
        let content = view! {
            <PageHead
                title=context.here.organization.name.clone()
                actions=move || view! { <ButtonLink href=create look=Look::Primary icon=IconName::Plus refused>"Create project"</ButtonLink> }
            >
                {purpose}
            </PageHead>
            {steps}
            {list(&context, &projects, &base)}
        };
        Ok(Page::new("Overview", content).panel(panel))
    })
}

fn purpose(context: &ConsoleContext) -> String {
    let projects = &context.tree.projects;
    let environments = projects.iter().flat_map(|project| &project.environments);
    let services = environments
        .clone()
        .map(|environment| environment.services.len())
        .sum();
    if projects.is_empty() {
        return "What this organization deploys, project by project.".to_owned();
    }
    format!(
        "{} with {} and {}.",
        counted(projects.len(), "project", "projects"),
        counted(environments.count(), "environment", "environments"),
        counted(services, "service", "services"),
    )
}

fn list(context: &ConsoleContext, projects: &[ProjectView], base: &str) -> AnyView {
    if projects.is_empty() {
        return nothing(context);
    }
    let columns = vec![
        Column::new("Project", CellKind::Lead),
        Column::new("Environments", CellKind::Wide),
        Column::new("Services", CellKind::Plain),
        Column::new("Created", CellKind::Spare),
    ];
    let tree_of = |project: &ProjectView| {
        context
            .tree
            .projects
            .iter()
            .find(|one| one.id == project.id)
    };
    let rows = projects
        .iter()
        .map(|project| row(project, tree_of(project), base))
        .collect_view();
    view! { <DataTable caption="Projects" columns>{rows}</DataTable> }.into_any()
}

fn row(project: &ProjectView, tree: Option<&TreeProject>, base: &str) -> AnyView {
    let href = format!("{base}/p/{}/overview", project.slug);
    let (name, note, created, now) = (
        project.name.clone(),
        project.description.clone(),
        project.created_at,
        service().now(),
    );
    let services: usize = tree.map_or(0, |tree| {
        tree.environments.iter().map(|one| one.services.len()).sum()
    });
    let environments = tree.map(|tree| environments(tree, base));
    view! {
        <Row>
            <LeadCell note><a href=href>{name}</a></LeadCell>
            <Cell kind=CellKind::Wide>{environments}</Cell>
            <Cell label="Services">{services}</Cell>
            <Cell kind=CellKind::Spare label="Created"><Time at=created now style=TimeStyle::Day /></Cell>
        </Row>
    }
    .into_any()
}

/// The environments of a project, each a link.
fn environments(project: &TreeProject, base: &str) -> AnyView {
    if project.environments.is_empty() {
        return view! { <span class="faint">"none yet"</span> }.into_any();
    }
    project
        .environments
        .iter()
        .map(|environment| {
            let href = format!("{base}/p/{}/e/{}/overview", project.slug, environment.slug);
            view! {
                <a class="place-link" href=href>
                    <EnvironmentShape kind=environment.kind />
                    {environment.name.clone()}
                    <span class="sr">", "{environment.kind.label()}</span>
                </a>
            }
        })
        .collect_view()
        .into_any()
}

fn nothing(context: &ConsoleContext) -> AnyView {
    let rights = &context.organization_rights;
    if !rights.may(Permission::ProjectRead) {
        let reason = rights.why_not(Permission::ProjectRead).unwrap_or_default();
        let text = format!(
            "You are {} here, which does not show projects. {reason}",
            rights.role
        );
        return view! {
            <Card flush=true>
                <EmptyState kind=EmptyKind::NoPermission title="No project in sight">{text}</EmptyState>
            </Card>
        }
        .into_any();
    }
    if rights.may(Permission::ProjectCreate) {
        // The first steps above say it already.
        return ().into_any();
    }
    let text = format!(
        "Once there is one, you see it here. {}",
        rights
            .why_not(Permission::ProjectCreate)
            .unwrap_or_default()
    );
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="No projects yet" icon=IconName::Project>{text}</EmptyState>
        </Card>
    }
    .into_any()
}

fn create_panel(organization: OrganizationId, base: &str, failure: &Failure) -> AnyView {
    let close = base.to_owned();
    let head = (hidden("organization", organization), hidden("place", base));
    let fields = (
        form_error(failure),
        name_field(failure, None, None),
        description_field(failure, String::new()),
    );
    view! {
        <Panel title="Create project" note="Holds the environments of one product or system" close=base>
            <form class="panel-form" method="post" action=CREATE_PROJECT>
                {head}
                <PanelBody>{fields}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=close look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Create project"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}
