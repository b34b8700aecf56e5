use domain::{
    ApiError, ClusterId, DESCRIPTION_LIMIT, NAME_LIMIT, OrganizationId, Permission, access::Place,
    view::ClusterView,
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use service::ops::PROVIDERS;

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{
        Address, At, ConsoleContext, Failure, Page, console_page, form_error, hidden, who_can,
    },
};

const CREATE: &str = "/rpc/cluster/create";
const EDIT: &str = "/rpc/cluster/edit";
const DELETE: &str = "/rpc/cluster/delete";

/// What lies over the list.
enum Open {
    Nothing,
    New,
    Edit(ClusterId),
    Delete(ClusterId),
    WhoCan(ClusterId),
}

impl Open {
    fn of(query: &ParamsMap) -> Self {
        let id = |name: &str| query.get(name).and_then(|id| id.parse().ok());
        if query.get("new").is_some() {
            Self::New
        } else if let Some(cluster) = id("edit") {
            Self::Edit(cluster)
        } else if let Some(cluster) = id("delete") {
            Self::Delete(cluster)
        } else if let Some(cluster) = id("access") {
            Self::WhoCan(cluster)
        } else {
            Self::Nothing
        }
    }
}

/// Where environments run.
#[component]
pub fn ClustersPage() -> impl IntoView {
    let failures = [Failure::of(CREATE), Failure::of(EDIT), Failure::of(DELETE)];
    let open = Open::of(&use_query_map().get_untracked());
    console_page(At::Settings("clusters"), move |context| async move {
        let organization = context.here.organization.id;
        let clusters = answer(service().clusters(&caller(), organization).await).await?;
        let why = context
            .organization_rights
            .why_not(Permission::ClustersManage);
        let list = Address::new(format!("{}/settings/clusters", context.here.path()));
        let (panel, dialog) = overlay(&context, &open, &clusters, &failures, &list).await?;
        let new = list.flag("new").href();
        let empty = clusters.is_empty();
        let deletes = why.clone();
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
                None => table(clusters, &list, deletes.as_deref()).into_any(),
            }}
        };
        Ok(Page::new("Clusters", content).panel(panel).dialog(dialog))
    })
}

/// The panel or dialog the address asks for. Whoever may not use it is not shown it.
async fn overlay(
    context: &ConsoleContext,
    open: &Open,
    clusters: &[ClusterView],
    [create, edit, delete]: &[Failure; 3],
    list: &Address,
) -> Result<(Option<AnyView>, Option<AnyView>), ApiError> {
    let organization = context.here.organization.id;
    let manages = context.organization_rights.may(Permission::ClustersManage);
    let find = |id: ClusterId| clusters.iter().find(|cluster| cluster.id == id);
    Ok(match open {
        Open::New if manages => (Some(cluster_panel(organization, None, create, list)), None),
        Open::Edit(id) => (
            find(*id)
                .filter(|cluster| cluster.editable)
                .map(|cluster| cluster_panel(organization, Some(cluster), edit, list)),
            None,
        ),
        Open::Delete(id) if manages => {
            let (service, caller) = (service(), caller());
            let roles = service.roles_on_cluster(&caller, organization, *id).await;
            let roles = answer(roles).await?;
            let dialog =
                find(*id).map(|cluster| delete_dialog(organization, cluster, roles, delete, list));
            (None, dialog)
        }
        Open::WhoCan(id) => {
            let place = Place::Cluster(*id);
            let who = answer(service().who_can(&caller(), organization, place).await).await?;
            let (title, close) = (format!("Who can use {}", who.name), list.href());
            let roles = who_can(context, who);
            let panel = view! { <Panel title close><PanelBody><div class="stack">{roles}</div></PanelBody></Panel> };
            (Some(panel.into_any()), None)
        }
        _ => (None, None),
    })
}

fn table(clusters: Vec<ClusterView>, list: &Address, deletes: Option<&str>) -> AnyView {
    let columns = vec![
        Column::new("Name", CellKind::Lead),
        Column::new("Provider", CellKind::Plain),
        Column::new("Region", CellKind::Plain),
        Column::new("Environments", CellKind::Plain),
        Column::new("Created", CellKind::Spare),
        Column::new("Actions", CellKind::Actions),
    ];
    let rows = clusters
        .into_iter()
        .map(|cluster| {
            let actions = actions(&cluster, list, deletes);
            view! {
                <Row>
                    <LeadCell note=cluster.description>{cluster.name}</LeadCell>
                    <Cell label="Provider">{provider(&cluster.provider)}</Cell>
                    <Cell label="Region"><Code>{cluster.region}</Code></Cell>
                    <Cell label="Environments">{cluster.environment_count}</Cell>
                    <Cell kind=CellKind::Spare label="Created"><Time at=cluster.created_at style=TimeStyle::Day /></Cell>
                    <Cell kind=CellKind::Actions>{actions}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! { <DataTable caption="Clusters" columns>{rows}</DataTable> }.into_any()
}

fn actions(cluster: &ClusterView, list: &Address, deletes: Option<&str>) -> AnyView {
    let id = cluster.id.to_string();
    let to = |name: &'static str| list.with(name, id.clone()).href();
    let (edit, access, delete) = (to("edit"), to("access"), to("delete"));
    let keep = (!cluster.editable)
        .then(|| "Needs the right to manage clusters, or Full access to this one.".to_owned());
    let label = format!("Actions for {}", cluster.name);
    let deletes = deletes.map(str::to_owned);
    view! {
        <Menu id=format!("cluster-{id}") label size=Size::Small>
            <MenuLink href=edit icon=IconName::Edit refused=keep>"Edit"</MenuLink>
            <MenuLink href=access icon=IconName::Shield>"Who can use it"</MenuLink>
            <MenuRule />
            <MenuLink href=delete icon=IconName::Trash danger=true refused=deletes>"Delete"</MenuLink>
        </Menu>
    }
    .into_any()
}

/// How many roles the dialog names before it counts the rest.
const NAMED: usize = 6;

fn delete_dialog(
    organization: OrganizationId,
    cluster: &ClusterView,
    roles: Vec<String>,
    failure: &Failure,
    list: &Address,
) -> AnyView {
    let losing = match roles.len() {
        0 => Vec::new(),
        1..=NAMED => vec![format!("Levels on it go from: {}", roles.join(", "))],
        many => vec![format!(
            "Levels on it go from {} and {} more roles",
            roles[..NAMED].join(", "),
            many - NAMED
        )],
    };
    let message = format!(
        "The entry {} goes. Nothing changes at the provider. It is kept while environments are on it.",
        cluster.name
    );
    let close = list.href();
    let cancel = close.clone();
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization)}
        {hidden("cluster", cluster.id)}
        {hidden("back", list.href())}
        <Consequences message list=losing />
    };
    view! {
        <Dialog title=format!("Delete cluster {}", cluster.name) close>
            <form class="panel-form" method="post" action=DELETE>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel attr:autofocus=true>"Cancel"</ButtonLink>
                    <SubmitButton look=Look::Danger>"Delete cluster"</SubmitButton>
                </PanelFoot>
            </form>
        </Dialog>
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

fn cluster_panel(
    organization: OrganizationId,
    cluster: Option<&ClusterView>,
    failure: &Failure,
    list: &Address,
) -> AnyView {
    let providers = PROVIDERS
        .into_iter()
        .map(|(code, name)| Choice::new(code, name))
        .collect::<Vec<_>>();
    let (action, title, word) = match cluster {
        None => (CREATE, "Add cluster".to_owned(), "Add cluster"),
        Some(cluster) => (EDIT, format!("Edit {}", cluster.name), "Save"),
    };
    let which = cluster.map(|cluster| {
        view! { {hidden("cluster", cluster.id)} {hidden("version", cluster.version)} }
    });
    let of = |read: fn(&ClusterView) -> &String| cluster.map(read).cloned();
    let (name, at, region, description) = (
        of(|cluster| &cluster.name),
        of(|cluster| &cluster.provider),
        of(|cluster| &cluster.region),
        of(|cluster| &cluster.description),
    );
    let body = view! {
        {form_error(failure)}
        {hidden("organization", organization)}
        {which}
        {hidden("back", list.href())}
        <TextField label="Name" name="name" value=name error=failure.field("name") max_length=NAME_LIMIT autocomplete="off" required=true autofocus=true />
        <Select label="Provider" name="provider" choices=providers value=at error=failure.field("provider") required=true />
        <TextField
            label="Region"
            name="region"
            value=region
            error=failure.field("region")
            hint="As the provider spells it, for example eu-west-3."
            max_length=64
            code=true
            required=true
        />
        <TextArea label="Description" name="description" value=description error=failure.field("description") max_length=DESCRIPTION_LIMIT optional=true />
    };
    let close = list.href();
    let cancel = close.clone();
    view! {
        <Panel title note="An entry to place environments on" close>
            <form class="panel-form" method="post" action=action>
                <PanelBody>{body}</PanelBody>
                <PanelFoot>
                    <ButtonLink href=cancel look=Look::Quiet>"Cancel"</ButtonLink>
                    <SubmitButton>{word}</SubmitButton>
                </PanelFoot>
            </form>
        </Panel>
    }
    .into_any()
}
