use domain::{ApiError, LevelRef, Permission, Timestamp};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use service::Level;
use service::ops::Contents;

use super::{delete, described, description_field, id_fact, name_field};
use crate::components::*;
use crate::context::{answer, caller, service};
use crate::pages::{
    At, ConsoleContext, Failure, Page, console_page, form_error, hidden, place_tabs,
};

/// A project, environment or service as its settings page sees it.
pub(super) struct Subject {
    /// `project`, `environment` or `service`: the word, the area of its server functions, and the field of its id.
    pub what: &'static str,
    pub id: String,
    pub name: String,
    /// None for what has no description.
    pub description: Option<String>,
    pub version: u64,
    pub created_at: Timestamp,
    /// What may change it.
    pub permission: Permission,
    /// Its own path, and that of what it is in.
    pub path: String,
    pub parent: String,
    /// What would go with it.
    pub contents: Contents,
}

impl Subject {
    async fn load(context: &ConsoleContext, level: &Level) -> Result<Self, ApiError> {
        let organization = context.here.organization.id;
        let reference = level.reference();
        let contents = answer(service().contents(&caller(), organization, reference).await).await?;
        let (what, permission) = match reference {
            LevelRef::Project(_) => ("project", Permission::ProjectEdit),
            LevelRef::Environment(_) => ("environment", Permission::EnvironmentEdit),
            LevelRef::Service(_) => ("service", Permission::EnvironmentEdit),
        };
        let (name, description, version, created_at) = match reference {
            LevelRef::Project(id) => {
                let one = answer(service().project(&caller(), organization, id).await).await?;
                (one.name, Some(one.description), one.version, one.created_at)
            }
            LevelRef::Environment(id) => {
                let one = answer(service().environment(&caller(), organization, id).await).await?;
                (one.name, None, one.version, one.created_at)
            }
            LevelRef::Service(id) => {
                let one = answer(service().service(&caller(), organization, id).await).await?;
                (one.name, Some(one.description), one.version, one.created_at)
            }
        };
        let path = context.here.path();
        // `/o/acme/p/shop` is in `/o/acme`: two parts less.
        let parent = path.rsplitn(3, '/').nth(2).unwrap_or_default().to_owned();
        Ok(Self {
            what,
            id: reference.id(),
            name,
            description,
            version,
            created_at,
            permission,
            path,
            parent,
            contents,
        })
    }

    pub(super) fn settings(&self) -> String {
        format!("{}/settings", self.path)
    }

    /// The hidden fields of every form about it.
    pub(super) fn fields(&self, context: &ConsoleContext) -> impl IntoView + use<> {
        (
            hidden("organization", context.here.organization.id),
            hidden(self.what, &self.id),
            hidden("place", &self.parent),
        )
    }
}

/// Name, description and the end of a project, environment or service.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let deleting = use_query_map().get_untracked().get("delete").is_some();
    let failures = ["project", "environment", "service"].map(|what| {
        (
            what,
            Failure::of(&edit_path(what)),
            Failure::of(&delete::path(what)),
        )
    });
    console_page(At::Tab("settings"), move |context| async move {
        let level = context.here.level().ok_or(ApiError::NotFound)?;
        let subject = Subject::load(&context, &level).await?;
        let (_, edit, remove) = failures
            .into_iter()
            .find(|(what, ..)| *what == subject.what)
            .ok_or(ApiError::NotFound)?;
        let refused = context.rights.why_not(subject.permission);
        let dialog =
            (deleting && refused.is_none()).then(|| delete::dialog(&context, &subject, &remove));
        let general = if refused.is_none() {
            form(&context, &subject, &edit)
        } else {
            plain(&subject)
        };
        let (what, name) = (subject.what, subject.name.clone());
        let about = if subject.description.is_some() {
            "Name and description"
        } else {
            "The name"
        };
        let end = delete::card(&subject, refused.clone());
        let content = view! {
            <PageHead title="Settings" view_only=refused.as_ref().map(|reason| format!("View only. {reason}"))>
                {about} " of " {what} " " <b>{name}</b> "."
            </PageHead>
            {place_tabs(&context, "settings")}
            {general}
            {end}
        };
        Ok(Page::new("Settings", content)
            .dialog(dialog)
            .width(PageWidth::Form))
    })
}

fn edit_path(what: &str) -> String {
    format!("/rpc/{what}/edit")
}

fn form(context: &ConsoleContext, subject: &Subject, failure: &Failure) -> AnyView {
    let hint = format!(
        "The address follows the name: {}. After renaming, old links still lead here.",
        subject.path
    );
    let head = (
        form_error(failure),
        subject.fields(context),
        hidden("version", subject.version),
    );
    let description = subject
        .description
        .clone()
        .map(|text| description_field(failure, text));
    let fields = (
        name_field(failure, Some(subject.name.clone()), Some(hint)),
        description,
    );
    let (action, facts) = (edit_path(subject.what), facts(subject));
    view! {
        <Card title="General">
            <form class="form" method="post" action=action data-guard="">
                {head} {fields} <Facts facts />
                <div class="form-foot"><SubmitButton>"Save"</SubmitButton></div>
            </form>
        </Card>
    }
    .into_any()
}

/// For those who may not change it.
fn plain(subject: &Subject) -> AnyView {
    let mut list = vec![Fact::new("Name", subject.name.clone())];
    list.extend(
        subject
            .description
            .as_deref()
            .map(|text| Fact::new("Description", described(text))),
    );
    list.extend(facts(subject));
    view! { <Card title="General"><Facts facts=list /></Card> }.into_any()
}

fn facts(subject: &Subject) -> Vec<Fact> {
    vec![
        Fact::new("Created", view! { <Time at=subject.created_at /> " UTC" }),
        id_fact(subject.what, &subject.id),
    ]
}
