use domain::view::{ClusterView, EnvironmentView};
use domain::{ApiError, EnvironmentType, Permission, ProjectId};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{CREATE_ENVIRONMENT, last_change, name_field, quantity};
use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::{
    At, ConsoleContext, Failure, Page, console_page, form_error, hidden, place_tabs,
};

/// The environments of a project.
#[component]
pub fn ProjectPage() -> impl IntoView {
    let creating = use_query_map().get_untracked().get("new").as_deref() == Some("environment");
    let failure = Failure::of(CREATE_ENVIRONMENT);
    console_page(At::Tab("overview"), move |context| async move {
        let organization = context.here.organization.id;
        let target = context.here.project.clone().ok_or(ApiError::NotFound)?;
        let project = answer(service().project(&caller(), organization, target.id).await).await?;
        let environments = answer(
            service()
                .environments(&caller(), organization, target.id)
                .await,
        )
        .await?;
        let refused = if context.creatable.is_empty() {
            context.rights.why_not(Permission::EnvironmentCreate)
        } else {
            None
        };
        let panel = if creating && refused.is_none() {
            let mut clusters = answer(service().clusters(&caller(), organization).await).await?;
            clusters.retain(|cluster| cluster.may_place);
            Some(create_panel(&context, target.id, clusters, &failure))
        } else {
            None
        };
        let create = format!("{}/overview?new=environment", context.here.path());
        let action = move || {
            view! { <ButtonLink href=create look=Look::Primary icon=IconName::Plus refused>"Create environment"</ButtonLink> }.into_any()
        };
        let (head, body) = if environments.is_empty() {
            (None, Some(action))
        } else {
            (Some(action), None)
        };
        let purpose = if project.description.is_empty() {
            "Its environments, and what runs in them.".to_owned()
        } else {
            project.description
        };
        let content = view! {
            <PageHead title=project.name.clone() actions=move || head.map(|action| action())>{purpose}</PageHead>
            {place_tabs(&context, "overview")}
            {match body {
                Some(action) => nothing(action),
                None => table(&context, environments),
            }}
        };
        Ok(Page::new("Overview", content).panel(panel))
    })
}

fn nothing(action: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="No environments yet" icon=IconName::Layers actions=action>
                "An environment is one running copy of the project: Production, Staging, Development or a Preview. Services and variables live in it."
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn table(context: &ConsoleContext, environments: Vec<EnvironmentView>) -> AnyView {
    let columns = vec![
        Column::new("Environment", CellKind::Lead),
        Column::new("Type", CellKind::Plain),
        Column::new("Cluster", CellKind::Plain),
        Column::new("Services", CellKind::Plain),
        Column::new("Variables", CellKind::Plain),
        Column::new("Last change", CellKind::Spare),
    ];
    let base = context.here.path();
    let now = service().now();
    view! {
        <DataTable caption="Environments" columns>
            {environments
                .into_iter()
                .map(|environment| {
                    let path = format!("{base}/e/{}", environment.slug);
                    let (overview, variables) = (format!("{path}/overview"), format!("{path}/variables"));
                    let count = environment.variable_count;
                    view! {
                        <Row>
                            <LeadCell><a href=overview>{environment.name}</a></LeadCell>
                            <Cell label="Type"><EnvironmentChip kind=environment.kind /></Cell>
                            <Cell label="Cluster">{environment.cluster}</Cell>
                            <Cell label="Services">{quantity(environment.service_count)}</Cell>
                            <Cell label="Variables"><a href=variables>{count}</a></Cell>
                            <Cell kind=CellKind::Spare label="Last change">{last_change(environment.last_change, now)}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
    }
    .into_any()
}

fn create_panel(
    context: &ConsoleContext,
    project: ProjectId,
    clusters: Vec<ClusterView>,
    failure: &Failure,
) -> AnyView {
    let close = format!("{}/overview", context.here.path());
    if clusters.is_empty() {
        return without_cluster(context, &close);
    }
    let note = format!(
        "In project {}",
        context
            .here
            .level()
            .map_or(String::new(), |level| level.name().to_owned())
    );
    let head = (
        hidden("organization", context.here.organization.id),
        hidden("project", project),
        hidden("place", context.here.path()),
    );
    let fields = (
        form_error(failure),
        name_field(failure, None, None),
        type_cards(&context.creatable, failure),
        cluster_select(clusters, failure),
    );
    view! {
        <Panel title="Create environment" note close=close.clone()>
            <form class="panel-form" method="post" action=CREATE_ENVIRONMENT>
                {head}
                <PanelBody>{fields}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=close look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Create environment"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

fn type_cards(creatable: &[EnvironmentType], failure: &Failure) -> impl IntoView + use<> {
    let usual = EnvironmentType::Development;
    let chosen = creatable
        .iter()
        .find(|kind| **kind == usual)
        .or(creatable.first())
        .map_or(usual.code(), |kind| kind.code());
    let cards = EnvironmentType::ALL
        .into_iter()
        .map(|kind| {
            let note = match kind {
                EnvironmentType::Production => "What customers use. Its pages say so in colour.",
                EnvironmentType::Staging => "The rehearsal before Production.",
                EnvironmentType::Development => "Where work happens.",
                EnvironmentType::Preview => "Short-lived, usually one per change.",
            };
            let card = RadioCard::new(kind.code(), kind.label(), note).in_environment(kind);
            if creatable.contains(&kind) {
                card
            } else {
                card.refused("Your role does not create environments of this type here.")
            }
        })
        .collect();
    view! {
        <RadioCards
            legend="Type"
            name="kind"
            cards
            value=chosen
            hint="Decides who may touch it under a custom role. It cannot be changed later."
            error=failure.field("kind")
        />
    }
}

fn cluster_select(clusters: Vec<ClusterView>, failure: &Failure) -> impl IntoView + use<> {
    let only = if let [only] = clusters.as_slice() {
        Some(only.id.to_string())
    } else {
        None
    };
    let choices: Vec<Choice> = clusters
        .into_iter()
        .map(|cluster| {
            Choice::new(
                cluster.id.to_string(),
                format!("{} ({} {})", cluster.name, cluster.provider, cluster.region),
            )
        })
        .collect();
    view! { <Select label="Cluster" name="cluster" choices value=only hint="Where it runs." error=failure.field("cluster") required=true /> }
}

/// An environment needs a cluster first.
fn without_cluster(context: &ConsoleContext, close: &str) -> AnyView {
    let refused = context
        .organization_rights
        .why_not(Permission::ClustersManage);
    let add = format!(
        "/o/{}/settings/clusters?new",
        context.here.organization.slug
    );
    let close = close.to_owned();
    view! {
        <Panel title="Create environment" close=close.clone()>
            <div class="panel-form">
                <PanelBody>
                    <Note tone=Tone::Warn title="There is no cluster you can use">
                        "An environment is placed on a cluster, and your role must allow to create environments on it. Add one first, or ask for it."
                    </Note>
                </PanelBody>
                <PanelFoot>
                    <ButtonLink href=close look=Look::Quiet>"Cancel"</ButtonLink>
                    <ButtonLink href=add look=Look::Primary refused>"Add cluster"</ButtonLink>
                </PanelFoot>
            </div>
        </Panel>
    }
    .into_any()
}
