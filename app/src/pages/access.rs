//! "Who can do what here": the answer every object gives about itself, and the lines such answers are made of.

use domain::access::Place;
use leptos::prelude::*;
use service::{
    Level,
    ops::{AccessLine, RoleHere, WhoCan},
};

use crate::{
    components::*,
    context::{answer, caller, service},
    pages::{At, ConsoleContext, Page, console_page, place_tabs},
};

/// Who can do what on a project, or on the environments of one type and their services.
#[component]
pub fn AccessPage() -> impl IntoView {
    console_page(At::Tab("access"), move |context| async move {
        let place = match context.here.level() {
            Some(Level::Project(project)) => Place::Project(project.id),
            Some(Level::Environment(environment)) => {
                Place::Environments(environment.project.id, environment.kind)
            }
            Some(Level::Service(service)) => {
                Place::Environments(service.environment.project.id, service.environment.kind)
            }
            None => Place::Organization,
        };
        let organization = context.here.organization.id;
        let who = answer(service().who_can(&caller(), organization, place).await).await?;
        let name = context
            .here
            .level()
            .map_or_else(String::new, |level| level.name().to_owned());
        let purpose = purpose(place, &who);
        let content = view! {
            <PageHead title=name>{purpose}</PageHead>
            {place_tabs(&context, "access")}
            {who_can(&context, who)}
        };
        Ok(Page::new("Access", content))
    })
}

fn purpose(place: Place, who: &WhoCan) -> String {
    match place {
        Place::Environments(..) => format!(
            "Who can do what here, and why. Rights are given by type, so this holds for everything in {}.",
            who.name
        ),
        _ => "Who can do what here, and why.".to_owned(),
    }
}

/// The roles that can do something at a place, each with what, why and who.
pub fn who_can(context: &ConsoleContext, who: WhoCan) -> AnyView {
    let base = format!("{}/settings", context.here.organization_path());
    who.roles
        .into_iter()
        .map(|role| role_here(&base, role))
        .collect_view()
        .into_any()
}

fn role_here(settings: &str, role: RoleHere) -> AnyView {
    let href = format!("{settings}/roles/{}", role.role);
    let count = counted(role.count as usize, "member", "members");
    let people = role.people.map(|people| {
        let rest = people.len().saturating_sub(NAMED);
        let names = people
            .into_iter()
            .take(NAMED)
            .map(|person| {
                let href = format!("{settings}/members/{}", person.id);
                view! { <li><a href=href><Who name=person.name /></a></li> }
            })
            .collect_view();
        view! {
            <ul class="people">{names}</ul>
            {(rest > 0).then(|| view! { <p class="faint">{format!("and {rest} more")}</p> })}
        }
    });
    let lines = access_lines(&role.lines);
    let name = role.name;
    view! {
        <Card title=name note=count actions=move || view! { <ButtonLink href size=Size::Small>"Open role"</ButtonLink> }>
            {lines}
            {people}
        </Card>
    }
    .into_any()
}

/// How many people a role names.
const NAMED: usize = 12;

/// What can be done, with the grant that allows it.
pub fn access_lines(lines: &[AccessLine]) -> AnyView {
    let lines = lines
        .iter()
        .map(|line| {
            let (verb, because) = (line.verb, line.because.clone());
            view! {
                <li class="access-line">
                    <Icon name=IconName::Check />
                    <span>"can " {verb}</span>
                    <span class="access-why">{because}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="access-lines">{lines}</ul> }.into_any()
}
