//! What the owner of a new organization does first, as a list that ticks itself off.

use domain::view::ProjectView;
use domain::{ApiError, LevelRef, Permission};
use leptos::prelude::*;

use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::ConsoleContext;

struct Step {
    title: &'static str,
    note: &'static str,
    /// None while something before it is missing.
    href: Option<String>,
    done: bool,
}

/// The list, for those who can do all of it, until a first variable is there.
///
/// # Errors
/// The registry cannot be read.
pub async fn card(
    context: &ConsoleContext,
    projects: &[ProjectView],
) -> Result<Option<AnyView>, ApiError> {
    let rights = &context.organization_rights;
    let all = [
        Permission::ProjectCreate,
        Permission::ClustersManage,
        Permission::EnvironmentCreate,
        Permission::VariablesEdit,
        Permission::MembersManage,
    ];
    if !all.into_iter().all(|permission| rights.may(permission)) {
        return Ok(None);
    }
    let variables = has_variables(context, projects).await?;
    if variables {
        return Ok(None);
    }
    let clusters = answer(
        service()
            .clusters(&caller(), context.here.organization.id)
            .await,
    )
    .await?;
    Ok(Some(view(steps(context, !clusters.is_empty(), variables))))
}

async fn has_variables(
    context: &ConsoleContext,
    projects: &[ProjectView],
) -> Result<bool, ApiError> {
    if projects.iter().any(|project| project.variable_count > 0) {
        return Ok(true);
    }
    for project in projects {
        let contents = answer(
            service()
                .contents(
                    &caller(),
                    context.here.organization.id,
                    LevelRef::Project(project.id),
                )
                .await,
        )
        .await?;
        if contents.variables > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn steps(context: &ConsoleContext, has_cluster: bool, has_variables: bool) -> Vec<Step> {
    let base = context.here.path();
    let project = context.tree.projects.first();
    let environment = context
        .tree
        .projects
        .iter()
        .find_map(|project| Some((project, project.environments.first()?)));
    let placed = context.tree.projects.iter().find_map(|project| {
        let environment = project
            .environments
            .iter()
            .find(|environment| !environment.services.is_empty())?;
        Some(format!(
            "{base}/p/{}/e/{}/s/{}",
            project.slug,
            environment.slug,
            environment.services.first()?.slug
        ))
    });
    let new_environment = project
        .filter(|_| has_cluster)
        .map(|project| format!("{base}/p/{}/overview?new=environment", project.slug));
    let new_service = environment.map(|(project, environment)| {
        format!(
            "{base}/p/{}/e/{}/overview?new=service",
            project.slug, environment.slug
        )
    });
    let variables = placed
        .as_ref()
        .map(|service| format!("{service}/variables"));
    let step = |title, note, href, done| Step {
        title,
        note,
        href,
        done,
    };
    vec![
        step(
            "Create a project",
            "Holds the environments of one product or system.",
            Some(format!("{base}?new=project")),
            project.is_some(),
        ),
        step(
            "Add a cluster",
            "Where environments run: an entry with provider and region.",
            Some(format!("{base}/settings/clusters?new")),
            has_cluster,
        ),
        step(
            "Create an environment",
            "Production, Staging, Development or Preview, on a cluster.",
            new_environment,
            environment.is_some(),
        ),
        step(
            "Create a service",
            "An application, container, job or database.",
            new_service,
            placed.is_some(),
        ),
        step(
            "Add a variable",
            "A plain value or a secret, for one service, its environment or the whole project.",
            variables,
            has_variables,
        ),
        step(
            "Invite a colleague",
            "By e-mail, with the role that fits.",
            Some(format!("{base}/settings/members?invite")),
            context.member_count > 1,
        ),
    ]
}

fn view(steps: Vec<Step>) -> AnyView {
    let done = steps.iter().filter(|step| step.done).count();
    let next = steps
        .iter()
        .position(|step| !step.done && step.href.is_some());
    let note = format!("{done} of {} done", steps.len());
    view! {
        <Card title="First steps" note flush=true>
            <ol class="steps">{steps.into_iter().enumerate().map(|(place, step)| item(step, next == Some(place))).collect_view()}</ol>
        </Card>
    }
    .into_any()
}

fn item(step: Step, next: bool) -> AnyView {
    let title = match step.href.filter(|_| !step.done) {
        Some(href) => view! { <a href=href>{step.title}</a> }.into_any(),
        None => step.title.into_any(),
    };
    view! {
        <li class="step" data-done=step.done.then_some("") aria-current=next.then_some("step")>
            <span class="step-mark" aria-hidden="true">{step.done.then(|| view! { <Icon name=IconName::Check /> })}</span>
            <div>
                <p class="step-title">{title} {step.done.then(|| view! { <span class="sr">", done"</span> })}</p>
                <p class="step-note">{step.note}</p>
            </div>
        </li>
    }
    .into_any()
}
