//! One member: who they are, and what they can do, where, and why.

use domain::{EnvironmentType, Permission, PersonId, RoleRef, access::Place, view::MemberView};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use service::ops::{PersonAccess, PlaceAccess};

use crate::{
    components::*,
    context::{answer, caller, service, set_status},
    pages::{Address, At, ConsoleContext, Page, access_lines, console_page},
};

/// What one member can do, place by place, each line with the grant that allows it.
#[component]
pub fn PersonPage() -> impl IntoView {
    let id = use_params_map()
        .get_untracked()
        .get("person")
        .unwrap_or_default();
    console_page(At::Settings("members"), move |context| async move {
        let Ok(person) = id.parse::<PersonId>() else {
            set_status(domain::ApiError::NotFound.status());
            return Err(domain::ApiError::NotFound);
        };
        let organization = context.here.organization.id;
        let member = answer(service().member(&caller(), organization, person).await).await?;
        let access = answer(service().access_of(&caller(), organization, person).await).await?;
        Ok(page(&context, member, &access))
    })
}

fn page(context: &ConsoleContext, member: MemberView, access: &PersonAccess) -> Page {
    let members = format!("{}/settings/members", context.here.path());
    let manages = context.organization_rights.may(Permission::MembersManage);
    let change = Address::new(members.clone())
        .with("role", member.id.to_string())
        .href();
    let may_change = manages && !member.is_owner;
    let name = member.name.clone();
    let title = name.clone();
    let you = member.is_you;
    let intro = if you {
        "What you can do here, where, and why.".to_owned()
    } else {
        format!("What {name} can do here, where, and why.")
    };
    let content = view! {
        <PageHead
            title=name
            mark=move || you.then(|| view! { <Badge>"You"</Badge> })
            actions=move || view! {
                <ButtonLink href=members icon=IconName::ArrowLeft look=Look::Quiet>"All members"</ButtonLink>
                {may_change.then(|| view! { <ButtonLink href=change icon=IconName::Shield>"Change role"</ButtonLink> })}
            }
        >
            {intro}
        </PageHead>
        <div class="stack">
            {facts(context, &member, access)}
            {organization(access)}
            {clusters(access)}
            {projects(access)}
        </div>
    };
    Page::new(title, content)
}

fn facts(context: &ConsoleContext, member: &MemberView, access: &PersonAccess) -> AnyView {
    let role = format!("{}/settings/roles/{}", context.here.path(), access.role_ref);
    let custom = matches!(access.role_ref, RoleRef::Custom(_));
    let (name, joined, active, now) = (
        access.role.clone(),
        member.joined_at,
        member.last_active_at,
        service().now(),
    );
    let facts = vec![
        Fact::new("Email", breakable(&member.email)),
        Fact::new("Role", view! { <a href=role><RoleBadge name custom /></a> }),
        Fact::new("Joined", view! { <Time at=joined style=TimeStyle::Day /> }),
        Fact::new(
            "Last active",
            match active {
                Some(at) => view! { <Time at now=now /> }.into_any(),
                None => "never".into_any(),
            },
        ),
    ];
    view! { <Card title="Member"><Facts facts /></Card> }.into_any()
}

fn organization(access: &PersonAccess) -> AnyView {
    let lines = access
        .places
        .iter()
        .find(|place| place.place == Place::Organization)
        .map(|place| access_lines(&place.lines));
    view! { <Card title="In the whole organization">{lines}</Card> }.into_any()
}

fn clusters(access: &PersonAccess) -> Option<AnyView> {
    let places: Vec<&PlaceAccess> = access
        .places
        .iter()
        .filter(|place| matches!(place.place, Place::Cluster(_)))
        .collect();
    (!places.is_empty()).then(|| {
        let items = places
            .into_iter()
            .map(|place| part(place, true))
            .collect_view();
        view! { <Card title="On clusters">{items}</Card> }.into_any()
    })
}

fn projects(access: &PersonAccess) -> Option<AnyView> {
    let projects: Vec<&PlaceAccess> = access
        .places
        .iter()
        .filter(|place| matches!(place.place, Place::Project(_)))
        .collect();
    (!projects.is_empty()).then(|| {
        let items = projects
            .into_iter()
            .map(|project| tree(project, access))
            .collect_view();
        view! { <Card title="In projects">{items}</Card> }.into_any()
    })
}

/// A project with its four types.
fn tree(project: &PlaceAccess, access: &PersonAccess) -> AnyView {
    if project.lines.is_empty() {
        return part(project, false);
    }
    let Place::Project(id) = project.place else {
        return ().into_any();
    };
    let types = EnvironmentType::ALL
        .into_iter()
        .filter_map(|kind| {
            let place = access
                .places
                .iter()
                .find(|place| place.place == Place::Environments(id, kind))?;
            let lines = if place.lines.is_empty() {
                view! { <p class="faint">"No access"</p> }.into_any()
            } else {
                access_lines(&place.lines)
            };
            Some(view! {
                <section class="access-type">
                    <h4 class="access-title"><EnvironmentShape kind />{kind.label()}</h4>
                    {lines}
                </section>
            })
        })
        .collect_view();
    let name = project.name.clone();
    let level = counted(
        project.lines.len(),
        "right on the project",
        "rights on the project",
    );
    view! {
        <details class="access-place">
            <summary><b>{name}</b> <span class="faint">{level}</span></summary>
            {access_lines(&project.lines)}
            <div class="access-types">{types}</div>
        </details>
    }
    .into_any()
}

/// One place with its lines, or that there are none.
fn part(place: &PlaceAccess, open: bool) -> AnyView {
    let name = place.name.clone();
    if place.lines.is_empty() {
        return view! { <p class="access-none"><b>{name}</b> <span class="faint">"No access"</span></p> }.into_any();
    }
    let lines = access_lines(&place.lines);
    view! { <details class="access-place" open=open><summary><b>{name}</b></summary>{lines}</details> }
        .into_any()
}
