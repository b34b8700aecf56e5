use domain::view::{EnvironmentView, ServiceView};
use domain::{ApiError, EnvironmentId, Permission, ServiceKind};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{CREATE_SERVICE, description_field, last_change, name_field, quantity};
use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::{
    At, ConsoleContext, Failure, Page, console_page, form_error, hidden, place_tabs,
};

/// The services of an environment.
#[component]
pub fn EnvironmentPage() -> impl IntoView {
    let creating = use_query_map().get_untracked().get("new").as_deref() == Some("service");
    let failure = Failure::of(CREATE_SERVICE);
    console_page(At::Tab("overview"), move |context| async move {
        let organization = context.here.organization.id;
        let target = context.here.environment.clone().ok_or(ApiError::NotFound)?;
        let environment = answer(
            service()
                .environment(&caller(), organization, target.id)
                .await,
        )
        .await?;
        let services = answer(service().services(&caller(), organization, target.id).await).await?;
        let refused = context.rights.why_not(Permission::EnvironmentCreate);
        let panel =
            (creating && refused.is_none()).then(|| create_panel(&context, target.id, &failure));
        let create = format!("{}/overview?new=service", context.here.path());
        let action = move || {
            view! { <ButtonLink href=create look=Look::Primary icon=IconName::Plus refused>"Create service"</ButtonLink> }.into_any()
        };
        let (head, body) = if services.is_empty() {
            (None, Some(action))
        } else {
            (Some(action), None)
        };
        let kind = environment.kind;
        let purpose = purpose(&environment);
        // "production" needs no second "Production" beside it.
        let chip = (!environment.name.eq_ignore_ascii_case(kind.label()))
            .then(|| view! { <EnvironmentChip kind /> });
        let content = view! {
            <PageHead
                title=environment.name.clone()
                mark=move || chip
                actions=move || head.map(|action| action())
            >
                {purpose}
            </PageHead>
            {place_tabs(&context, "overview")}
            {match body {
                Some(action) => nothing(action),
                None => table(&context, services),
            }}
        };
        Ok(Page::new("Overview", content).panel(panel))
    })
}

fn purpose(environment: &EnvironmentView) -> impl IntoView + use<> {
    let cluster = environment.cluster.clone();
    let variables = counted(environment.variable_count as usize, "variable", "variables");
    let change = environment
        .last_change
        .clone()
        .map(|change| last_change(Some(change), service().now()));
    view! { "On cluster " <b>{cluster}</b> ", with " {variables} " of its own. " {change.map(|change| view! { "Last change: " {change} "." })} }
}

fn nothing(action: impl FnOnce() -> AnyView + Send + 'static) -> AnyView {
    view! {
        <Card flush=true>
            <EmptyState kind=EmptyKind::NoneYet title="No services yet" icon=IconName::Package actions=action>
                "A service is what runs here: an application, a container, a job or a database. Each gets the variables of its project and environment, and its own."
            </EmptyState>
        </Card>
    }
    .into_any()
}

fn table(context: &ConsoleContext, services: Vec<ServiceView>) -> AnyView {
    let columns = vec![
        Column::new("Service", CellKind::Lead),
        Column::new("Kind", CellKind::Plain),
        Column::new("Own variables", CellKind::Plain),
        Column::new("Created", CellKind::Spare),
    ];
    let base = context.here.path();
    let now = service().now();
    view! {
        <DataTable caption="Services" columns>
            {services
                .into_iter()
                .map(|one| {
                    let path = format!("{base}/s/{}", one.slug);
                    view! {
                        <Row>
                            <LeadCell note=one.description><a href=format!("{path}/overview")>{one.name}</a></LeadCell>
                            <Cell label="Kind"><span class="kind"><Icon name=service_icon(one.kind) />{one.kind.label()}</span></Cell>
                            <Cell label="Own variables">{quantity(one.variable_count)}</Cell>
                            <Cell kind=CellKind::Spare label="Created"><Time at=one.created_at now=now style=TimeStyle::Day /></Cell>
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
    environment: EnvironmentId,
    failure: &Failure,
) -> AnyView {
    let close = format!("{}/overview", context.here.path());
    let name = context
        .here
        .level()
        .map_or(String::new(), |level| level.name().to_owned());
    let head = (
        hidden("organization", context.here.organization.id),
        hidden("environment", environment),
        hidden("place", context.here.path()),
    );
    let fields = (
        form_error(failure),
        name_field(failure, None, None),
        kind_cards(failure),
        description_field(failure, String::new()),
    );
    view! {
        <Panel title="Create service" note=format!("In environment {name}") close=close.clone()>
            <form class="panel-form" method="post" action=CREATE_SERVICE>
                {head}
                <PanelBody>{fields}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=close look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Create service"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}

fn kind_cards(failure: &Failure) -> impl IntoView + use<> {
    let cards = ServiceKind::ALL
        .into_iter()
        .map(|kind| {
            let note = match kind {
                ServiceKind::Application => "Built from a repository.",
                ServiceKind::Container => "Run from an image.",
                ServiceKind::Job => "Run on a schedule or at an event.",
                ServiceKind::Database => "Keeps the data of other services.",
            };
            RadioCard::new(kind.code(), kind.label(), note)
        })
        .collect();
    view! { <RadioCards legend="Kind" name="kind" cards value=ServiceKind::Application.code() error=failure.field("kind") /> }
}
