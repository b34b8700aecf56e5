//! What is around the content of every console page: rail, context strip, flash, overlay. A page says what its
//! content is, the frame finds the place of the URL, decides what may be seen, and answers with the right status.

use std::future::Future;

use domain::{ApiError, Permission, view::Tree};
use http::request::Parts;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use service::ops::{ConsolePath, ConsoleView};

use crate::{
    components::{
        AppShell, ButtonLink, ContextStrip, Crumb, ErrorPage, Flash, IconName, Look, PageWidth,
        Palette, Rail, RailAccount, RailLink, RailModel, Tab, Tabs, TreeEnvironment, TreeProject,
        TreeService,
    },
    context::{answer, caller, redirect, service, take_flash, theme},
    islands::AccessWatch,
    pages::settings::SETTINGS_PAGES,
};

/// Which link of the rail and which tab a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The organization's overview.
    Overview,
    /// The search over the organization.
    Search,
    /// A page of Organization Settings, by the last part of its URL.
    Settings(&'static str),
    /// A tab of a project, environment or service, by the last part of its URL.
    Tab(&'static str),
}

/// What a page's content is made from.
pub type ConsoleContext = ConsoleView;

/// A page's content.
pub struct Page {
    /// For the browser's tab; the frame adds where it is.
    pub title: String,
    /// From the page head on.
    pub content: AnyView,
    /// A panel or dialog that lies over it.
    pub overlay: Option<AnyView>,
    /// True when the overlay is a dialog that must be answered first.
    pub modal: bool,
    /// How wide.
    pub width: PageWidth,
    /// The page of Organization Settings it belongs to: its name and address.
    pub under: Option<(&'static str, String)>,
}

impl Page {
    /// A page of regular width without anything over it.
    pub fn new(title: impl Into<String>, content: impl IntoAny) -> Self {
        Self {
            title: title.into(),
            content: content.into_any(),
            overlay: None,
            modal: false,
            width: PageWidth::Regular,
            under: None,
        }
    }
    /// The same page with a panel beside or over it.
    #[must_use]
    pub fn panel(mut self, panel: Option<AnyView>) -> Self {
        self.overlay = panel.or(self.overlay);
        self
    }
    /// The same page under a dialog.
    #[must_use]
    pub fn dialog(mut self, dialog: Option<AnyView>) -> Self {
        self.modal = dialog.is_some() || self.modal;
        self.overlay = dialog.or(self.overlay);
        self
    }
    /// The same page below another of Organization Settings.
    #[must_use]
    pub fn under(mut self, label: &'static str, href: String) -> Self {
        self.under = Some((label, href));
        self
    }
    /// The same page, wider or narrower.
    #[must_use]
    pub fn width(mut self, width: PageWidth) -> Self {
        self.width = width;
        self
    }
}

/// A console page: finds the place of the URL, lets `content` load and build, and puts the frame around it.
pub fn console_page<F, Loading>(at: At, content: F) -> impl IntoView
where
    F: FnOnce(ConsoleContext) -> Loading + Send + 'static,
    Loading: Future<Output = Result<Page, ApiError>> + Send + 'static,
{
    let params = use_params_map().get_untracked();
    let path = ConsolePath {
        organization: params.get("organization").unwrap_or_default(),
        project: params.get("project"),
        environment: params.get("environment"),
        service: params.get("service"),
    };
    Suspend::new(async move {
        match answer(service().console(&caller(), &path).await).await {
            Ok(context) if context.moved => {
                redirect(&format!("{}{}{}", context.here.path(), suffix(at), query()));
                ().into_any()
            }
            Ok(context) => {
                let page = content(context.clone())
                    .await
                    .unwrap_or_else(|error| failed(&error, &context));
                framed(context, at, page)
            }
            Err(error) => alone(&error),
        }
    })
}

fn suffix(at: At) -> String {
    match at {
        At::Overview => String::new(),
        At::Search => "/search".to_owned(),
        At::Settings(page) => format!("/settings/{page}"),
        At::Tab(tab) => format!("/{tab}"),
    }
}

/// The state of the page, which goes along when its address has changed.
fn query() -> String {
    let parts = use_context::<Parts>();
    parts
        .and_then(|parts| parts.uri.query().map(|query| format!("?{query}")))
        .unwrap_or_default()
}

fn framed(context: ConsoleView, at: At, page: Page) -> AnyView {
    let rail = rail(&context, at, page.modal);
    let crumbs = crumbs(&context, at, &page);
    let environment = context
        .here
        .environment
        .as_ref()
        .map(|environment| environment.kind);
    let role = format!("You are {} here", context.rights.role);
    let title = title(&context, &page.title);
    let flash = take_flash();
    let (watched, stamp) = (
        context.here.organization.id.to_string(),
        context.stamp.clone(),
    );
    let (searched, search) = (watched.clone(), search_path(&context));
    let overlay = page.overlay;
    view! {
        <Title text=title />
        <AppShell
            rail=move || view! { <Rail model=rail /> }
            strip=move || view! { <ContextStrip crumbs environment aside=move || view! { <span class="strip-role">{role}</span> } /> }
            flash=move || flash.map(|message| view! { <Flash message /> })
            overlay=move || overlay
            modal=page.modal
            width=page.width
        >
            {page.content}
            <AccessWatch organization=watched stamp />
            <Palette organization=searched action=search />
        </AppShell>
    }
    .into_any()
}

/// From the page outwards: `Variables · api · production · shop — Gatehouse`.
fn title(context: &ConsoleView, page: &str) -> String {
    let levels = context
        .here
        .level()
        .map(|level| level.with_parents())
        .unwrap_or_default();
    let mut parts = vec![page.to_owned()];
    parts.extend(levels.iter().rev().map(|level| level.name().to_owned()));
    if levels.is_empty() {
        parts.push(context.here.organization.name.clone());
    }
    format!("{} — Gatehouse", parts.join(" · "))
}

/// An error inside a place one may see: the frame stays, the content says what is missing.
fn failed(error: &ApiError, context: &ConsoleView) -> Page {
    Page::new(
        "Not shown",
        error_page(error, Some(context.rights.role.clone())),
    )
}

/// An error about the place itself: no frame, since it would say what is there.
fn alone(error: &ApiError) -> AnyView {
    if matches!(error, ApiError::Unauthenticated) {
        redirect("/sign-in");
    }
    let content = error_content(error);
    view! { <Title text="Not shown — Gatehouse" /><main class="page" id="main">{content}</main> }
        .into_any()
}

/// What an error looks like as a page.
pub fn error_content(error: &ApiError) -> AnyView {
    error_page(error, None)
}

fn error_page(error: &ApiError, role: Option<String>) -> AnyView {
    let start = || view! { <ButtonLink href="/">"Go to the start page"</ButtonLink> };
    let request_id = caller().request.to_string();
    let status = error.status();
    match error.clone() {
        ApiError::NotFound => view! {
            <ErrorPage status title="Not found" request_id actions=start>
                "There is nothing at this address, or you may not see it. Check the address, or ask an Owner or Admin for access."
            </ErrorPage>
        }
        .into_any(),
        ApiError::Forbidden { permission, who } => view! {
            <ErrorPage status title="You may not see this page" missing=permission.label() role who_can=who request_id actions=start>
                "Your role does not include it. An Owner or Admin can change your role; it counts from your next click."
            </ErrorPage>
        }
        .into_any(),
        other => {
            let again = address();
            let actions = move || {
                view! {
                    <ButtonLink href=again look=Look::Primary icon=IconName::Refresh>"Try again"</ButtonLink>
                    {start()}
                }
            };
            view! { <ErrorPage status title="This did not work" request_id actions>{other.to_string()}</ErrorPage> }.into_any()
        }
    }
}

/// Where one is. With one slash at its start, since two of them would lead to another host.
fn address() -> String {
    let parts = use_context::<Parts>();
    let path = parts.map(|parts| parts.uri.path().trim_start_matches('/').to_owned());
    format!("/{}{}", path.unwrap_or_default(), query())
}

/// The tabs every project, environment and service has.
pub fn place_tabs(context: &ConsoleContext, current: &'static str) -> impl IntoView + use<> {
    let base = context.here.path();
    let tabs = vec![
        tab(&base, "overview", "Overview", current),
        tab(&base, "variables", "Variables", current),
        tab(&base, "history", "History", current),
        tab(&base, "access", "Access", current),
        tab(&base, "settings", "Settings", current),
    ];
    view! { <Tabs tabs label="Sections" /> }
}

/// One tab of a place.
fn tab(base: &str, part: &str, label: &str, current: &str) -> Tab {
    Tab::new(label, format!("{base}/{part}"), part == current)
}

fn crumbs(context: &ConsoleView, at: At, page: &Page) -> Vec<Crumb> {
    let here = &context.here;
    let base = format!("/o/{}", here.organization.slug);
    let mut crumbs = vec![Crumb::new(&*here.organization.name, base.clone())];
    let mut path = base.clone();
    for level in here
        .level()
        .map(|level| level.with_parents())
        .unwrap_or_default()
    {
        let (part, slug) = match &level {
            service::Level::Project(project) => ("p", &project.slug),
            service::Level::Environment(environment) => ("e", &environment.slug),
            service::Level::Service(service) => ("s", &service.slug),
        };
        path = format!("{path}/{part}/{slug}");
        crumbs.push(Crumb::new(level.name(), format!("{path}/overview")));
    }
    match at {
        At::Settings(_) => {
            crumbs.push(Crumb::new(
                "Organization Settings",
                format!("{base}/settings/general"),
            ));
            let under = page.under.as_ref();
            crumbs.extend(under.map(|(label, href)| Crumb::new(*label, href.clone())));
            crumbs.push(Crumb::here(page.title.as_str()));
        }
        At::Search => crumbs.push(Crumb::here(page.title.as_str())),
        At::Overview | At::Tab(_) => {
            if let Some(last) = crumbs.last_mut() {
                last.href = None;
            }
        }
    }
    crumbs
}

fn rail(context: &ConsoleView, at: At, inert: bool) -> RailModel {
    let organization = &context.here.organization;
    let base = format!("/o/{}", organization.slug);
    let may = |permission| context.organization_rights.may(permission);
    let settings = SETTINGS_PAGES
        .iter()
        .filter(|page| page.opens_to(&context.organization_rights))
        .map(|page| {
            let link = RailLink::new(page.label, page.href(&base), page.icon)
                .current(at == At::Settings(page.part));
            match page.part {
                "members" => link.count(context.member_count as usize),
                _ => link,
            }
        })
        .collect();
    let search = RailLink::new("Search", search_path(context), IconName::Search)
        .current(at == At::Search)
        .palette(palette_keys());
    RailModel {
        organization: organization.name.clone(),
        organization_note: format!("You are {}", context.organization_rights.role),
        organizations: context
            .organizations
            .iter()
            .map(|one| RailLink {
                label: one.name.clone(),
                href: format!("/o/{}", one.slug),
                current: one.id == organization.id,
                ..RailLink::default()
            })
            .collect(),
        new_organization: Some("/organizations/new".to_owned()),
        top: vec![
            RailLink::new("Overview", base.clone(), IconName::Overview).current(at == At::Overview),
            search,
        ],
        projects: projects(&context.tree, context, &base),
        new_project: may(Permission::ProjectCreate).then(|| format!("{base}?new=project")),
        settings,
        account: RailAccount {
            name: context.you.name.clone(),
            note: context.you.email.clone(),
            links: Vec::new(),
            theme: theme(),
            theme_action: "/rpc/account/theme".to_owned(),
            sign_out_action: "/rpc/account/sign-out".to_owned(),
        },
        inert,
    }
}

fn search_path(context: &ConsoleView) -> String {
    format!("{}/search", context.here.organization_path())
}

/// What opens the palette, as the reader's keyboard names it.
fn palette_keys() -> &'static str {
    let agent = caller().user_agent;
    if agent.contains("Mac OS") {
        "⌘K"
    } else {
        "Ctrl K"
    }
}

/// The tree. Where one is, it is open.
fn projects(tree: &Tree, context: &ConsoleView, base: &str) -> Vec<TreeProject> {
    let here = &context.here;
    let project_here = here.project.as_ref().map(|project| project.id);
    let environment_here = here.environment.as_ref().map(|environment| environment.id);
    let service_here = here.service.as_ref().map(|service| service.id);
    tree.projects
        .iter()
        .map(|project| {
            let path = format!("{base}/p/{}", project.slug);
            TreeProject {
                name: project.name.clone(),
                href: format!("{path}/overview"),
                current: project_here == Some(project.id) && environment_here.is_none(),
                open: project_here == Some(project.id) || tree.projects.len() == 1,
                environments: project
                    .environments
                    .iter()
                    .map(|environment| {
                        let path = format!("{path}/e/{}", environment.slug);
                        TreeEnvironment {
                            name: environment.name.clone(),
                            kind: environment.kind,
                            href: format!("{path}/overview"),
                            current: environment_here == Some(environment.id)
                                && service_here.is_none(),
                            open: environment_here == Some(environment.id),
                            count: None,
                            services: environment
                                .services
                                .iter()
                                .map(|service| TreeService {
                                    name: service.name.clone(),
                                    kind: service.kind,
                                    href: format!("{path}/s/{}/overview", service.slug),
                                    current: service_here == Some(service.id),
                                })
                                .collect(),
                        }
                    })
                    .collect(),
            }
        })
        .collect()
}
