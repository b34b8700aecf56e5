use domain::{DESCRIPTION_LIMIT, NAME_LIMIT, OrganizationId, Permission, view::ClusterView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use service::ops::PROVIDERS;

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{Address, At, Failure, Page, console_page, form_error, hidden},
};

const CREATE: &str = "/rpc/cluster/create";

/// Where environments run.
#[component]
pub fn ClustersPage() -> impl IntoView {
    let failure = Failure::of(CREATE);
    let asks_new = use_query_map().get_untracked().get("new").is_some();
    console_page(At::Settings("clusters"), move |context| async move {
        let organization = context.here.organization.id;
        let clusters = answer(service().clusters(&caller(), organization).await).await?;
        let why = context
            .organization_rights
            .why_not(Permission::ClustersManage);
        let list = Address::new(format!("{}/settings/clusters", context.here.path()));
        let panel = (asks_new && why.is_none()).then(|| new_cluster(organization, &failure, &list));
        let new = list.flag("new").href();
        let empty = clusters.is_empty();
        let add = move || view! { <ButtonLink href=new look=Look::Primary icon=IconName::Plus refused=why>"Add cluster"</ButtonLink> };
        let (head, body) = if empty {
            (None, Some(add))
        } else {
            (Some(add), None)
        };
        let content = view! {
            <PageHead title="Clusters" actions=move || head.map(|add| add())>
                "Where environments run. Gatehouse keeps the entries; it changes nothing at the provider."
            </PageHead>
            {match body {
                Some(add) => view! {
                    <Card flush=true>
                        <EmptyState kind=EmptyKind::NoneYet title="No clusters yet" icon=IconName::Server actions=add>
                            "An environment is placed on a cluster, so add the first one before you create environments."
                        </EmptyState>
                    </Card>
                }.into_any(),
                None => table(clusters).into_any(),
            }}
        };
        Ok(Page::new("Clusters", content).panel(panel))
    })
}

fn table(clusters: Vec<ClusterView>) -> AnyView {
    let columns = vec![
        Column::new("Name", CellKind::Lead),
        Column::new("Provider", CellKind::Plain),
        Column::new("Region", CellKind::Plain),
        Column::new("Environments", CellKind::Plain),
        Column::new("Created", CellKind::Spare),
    ];
    view! {
        <DataTable caption="Clusters" columns>
            {clusters
                .into_iter()
                .map(|cluster| view! {
                    <Row>
                        <LeadCell note=cluster.description>{cluster.name}</LeadCell>
                        <Cell label="Provider">{provider(&cluster.provider)}</Cell>
                        <Cell label="Region"><Code>{cluster.region}</Code></Cell>
                        <Cell label="Environments">{cluster.environment_count}</Cell>
                        <Cell kind=CellKind::Spare label="Created"><Time at=cluster.created_at style=TimeStyle::Day /></Cell>
                    </Row>
                })
                .collect_view()}
        </DataTable>
    }
    .into_any()
}

/// The name people use for a provider; the code of one that is no longer offered.
fn provider(code: &str) -> String {
    PROVIDERS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, name)| name)
        .to_owned()
}

fn new_cluster(organization: OrganizationId, failure: &Failure, list: &Address) -> AnyView {
    let providers = PROVIDERS
        .into_iter()
        .map(|(code, name)| Choice::new(code, name))
        .collect::<Vec<_>>();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization)}
        {hidden("back", list.href())}
        <TextField label="Name" name="name" error=failure.field("name") max_length=NAME_LIMIT autocomplete="off" required=true autofocus=true />
        <Select label="Provider" name="provider" choices=providers error=failure.field("provider") required=true />
        <TextField
            label="Region"
            name="region"
            error=failure.field("region")
            hint="As the provider spells it, for example eu-west-3."
            max_length=64
            code=true
            required=true
        />
        <TextArea label="Description" name="description" error=failure.field("description") max_length=DESCRIPTION_LIMIT optional=true />
    };
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Panel title="Add cluster" note="An entry to place environments on" close>
            <form class="panel-form" method="post" action=CREATE>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>"Add cluster"</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}
