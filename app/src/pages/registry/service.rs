use domain::view::{ServiceView, VariableView};
use domain::{ApiError, LevelRef, Permission, Scope};
use leptos::prelude::*;
use service::ops::VariablesView;

use super::{described, id_fact};
use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::{At, ConsoleContext, Page, console_page, place_tabs};

/// How many of the variables that changed last are shown.
const LATEST: usize = 5;

/// What a service is and what it is configured with.
#[component]
pub fn ServicePage() -> impl IntoView {
    console_page(At::Tab("overview"), move |context| async move {
        let organization = context.here.organization.id;
        let target = context.here.service.clone().ok_or(ApiError::NotFound)?;
        let one = answer(service().service(&caller(), organization, target.id).await).await?;
        let environment = answer(
            service()
                .environment(&caller(), organization, target.environment.id)
                .await,
        )
        .await?;
        let variables = answer(
            service()
                .variables(&caller(), organization, LevelRef::Service(target.id))
                .await,
        )
        .await?;
        let refused = context.rights.why_not(Permission::VariablesEdit);
        let list = format!("{}/variables", context.here.path());
        let add = format!("{list}?new=variable");
        let kind = one.kind;
        let purpose = purpose(&one);
        let content = view! {
            <PageHead
                title=one.name.clone()
                mark=move || view! { <Badge icon=service_icon(kind)>{kind.label()}</Badge> }
                actions=move || view! { <ButtonLink href=add look=Look::Primary icon=IconName::Plus refused>"Add variable"</ButtonLink> }
            >
                {purpose}
            </PageHead>
            {place_tabs(&context, "overview")}
            {figures(&variables, &list)}
            <div class="columns">
                {latest(&variables, &list)} {facts(&context, &one, environment.cluster)}
            </div>
        };
        Ok(Page::new("Overview", content))
    })
}

fn purpose(one: &ServiceView) -> String {
    if one.description.is_empty() {
        "What it is and what it is configured with.".to_owned()
    } else {
        one.description.clone()
    }
}

/// What it gets, by where it comes from.
fn figures(view: &VariablesView, list: &str) -> impl IntoView + use<> {
    let all = &view.variables;
    let count =
        |wanted: &dyn Fn(&VariableView) -> bool| all.iter().filter(|one| wanted(one)).count();
    let own = count(&|one| one.scope == Scope::Service);
    let built_in = count(&|one| one.scope == Scope::BuiltIn);
    let secrets = count(&|one| one.secret);
    let gets = all.len();
    let inherited = gets - own - built_in;
    let note = if built_in > 0 {
        format!("{built_in} of them built-in")
    } else {
        "From all scopes together".to_owned()
    };
    let list = list.to_owned();
    view! {
        <div class="figures">
            <Figure label="Variables it gets" value=gets.to_string() href=list.clone() note />
            <Figure label="Secrets" value=secrets.to_string() href=list.clone() note="Encrypted, never shown again" />
            <Figure label="Its own" value=own.to_string() href=list.clone() note="Defined at this service" />
            <Figure label="Inherited" value=inherited.to_string() href=list note="From environment and project" />
        </div>
    }
}

fn latest(view: &VariablesView, list: &str) -> impl IntoView + use<> {
    let mut changed: Vec<VariableView> = view
        .variables
        .iter()
        .filter(|one| one.scope != Scope::BuiltIn)
        .cloned()
        .collect();
    changed.sort_by_key(|one| std::cmp::Reverse(one.updated_at));
    changed.truncate(LATEST);
    let all = list.to_owned();
    let now = service().now();
    let empty = changed.is_empty();
    view! {
        <Card title="Changed last" flush=true actions=move || view! { <ButtonLink href=all look=Look::Quiet size=Size::Small>"All variables"</ButtonLink> }>
            {if empty {
                view! {
                    <EmptyState kind=EmptyKind::NoneYet title="No variables yet" icon=IconName::Variable>
                        "It gets what its project and environment define, and what is added here."
                    </EmptyState>
                }
                .into_any()
            } else {
                changes(changed, now)
            }}
        </Card>
    }
}

fn changes(changed: Vec<VariableView>, now: domain::Timestamp) -> AnyView {
    let columns = vec![
        Column::new("Key", CellKind::Lead),
        Column::new("Scope", CellKind::Plain),
        Column::new("Changed", CellKind::Meta),
    ];
    view! {
        <DataTable caption="Variables that changed last" columns>
            {changed
                .into_iter()
                .map(|one| {
                    view! {
                        <Row>
                            <LeadCell><KeyName key=one.key />{one.secret.then(|| view! { <Badge icon=IconName::Lock>"Secret"</Badge> })}</LeadCell>
                            <Cell label="Scope"><ScopeBadge scope=one.scope environment=None /></Cell>
                            <Cell kind=CellKind::Meta label="Changed"><Time at=one.updated_at now=now /> ", " {one.updated_by}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
    }
    .into_any()
}

fn facts(context: &ConsoleContext, one: &ServiceView, cluster: String) -> impl IntoView + use<> {
    let environment = context
        .here
        .environment
        .as_ref()
        .map(|environment| environment.kind);
    let facts = vec![
        Fact::new("Kind", one.kind.label()),
        Fact::new(
            "Environment",
            environment.map(|kind| view! { <EnvironmentChip kind /> }),
        ),
        Fact::new("Cluster", cluster),
        Fact::new("Description", described(&one.description)),
        Fact::new("Created", view! { <Time at=one.created_at /> " UTC" }),
        id_fact("service", &one.id),
    ];
    view! { <Card title="About"><Facts facts /></Card> }
}
