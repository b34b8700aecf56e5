//! The rail: organization, projects as a tree, settings, account. Under 960 px it is a popover the strip's button opens.

use super::{Avatar, EnvironmentShape, Icon, IconName, MaybeText, MenuHeading, MenuLink, MenuRule};
use domain::{EnvironmentType, ServiceKind};
use leptos::prelude::*;

/// Everything the rail shows. What a person may not read is not in it.
#[derive(Clone, Debug, Default)]
pub struct RailModel {
    /// The organization one is in.
    pub organization: String,
    /// A line under its name: "Owner: Olive Tran".
    pub organization_note: String,
    /// All organizations of the person, this one among them.
    pub organizations: Vec<RailLink>,
    /// The page that creates another organization.
    pub new_organization: Option<String>,
    /// Links above the tree: Overview, Search.
    pub top: Vec<RailLink>,
    /// The projects in sight.
    pub projects: Vec<TreeProject>,
    /// The page that creates a project; none where that is not allowed.
    pub new_project: Option<String>,
    /// The pages of Organization Settings.
    pub settings: Vec<RailLink>,
    /// Who is signed in.
    pub account: RailAccount,
    /// Whether a dialog lies over the page.
    pub inert: bool,
}

/// A link of the rail or of one of its menus.
#[derive(Clone, Debug, Default)]
pub struct RailLink {
    /// The words.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Beside the words.
    pub icon: Option<IconName>,
    /// Whether one is there.
    pub current: bool,
    /// How many things are behind it.
    pub count: Option<usize>,
    /// With a script it opens the palette, as these keys do.
    pub palette: Option<&'static str>,
}

impl RailLink {
    /// A link with a picture.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>, icon: IconName) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            icon: Some(icon),
            ..Self::default()
        }
    }

    /// The same link, as the place one is at or not.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }

    /// The same link with a count.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    /// The same link, opening the palette.
    #[must_use]
    pub fn palette(mut self, keys: &'static str) -> Self {
        self.palette = Some(keys);
        self
    }
}

/// A project of the tree.
#[derive(Clone, Debug, Default)]
pub struct TreeProject {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whether one is on one of its own pages.
    pub current: bool,
    /// Whether its environments are shown.
    pub open: bool,
    /// Production first.
    pub environments: Vec<TreeEnvironment>,
}

/// An environment of the tree.
#[derive(Clone, Debug)]
pub struct TreeEnvironment {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: EnvironmentType,
    /// Its page.
    pub href: String,
    /// Whether one is on one of its own pages.
    pub current: bool,
    /// Whether its services are shown.
    pub open: bool,
    /// Number of variables, or whatever the rail counts.
    pub count: Option<usize>,
    /// Its services.
    pub services: Vec<TreeService>,
}

/// The picture of a kind of service.
#[must_use]
pub const fn service_icon(kind: ServiceKind) -> IconName {
    match kind {
        ServiceKind::Application => IconName::Application,
        ServiceKind::Container => IconName::Container,
        ServiceKind::Job => IconName::Job,
        ServiceKind::Database => IconName::Database,
    }
}

/// A service of the tree.
#[derive(Clone, Debug)]
pub struct TreeService {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: ServiceKind,
    /// Its page.
    pub href: String,
    /// Whether one is on one of its pages.
    pub current: bool,
}

/// The look a person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the operating system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme` on `html`: none follows the operating system.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// What the theme form sends: `system`, `light` or `dark`.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The account at the foot of the rail.
#[derive(Clone, Debug, Default)]
pub struct RailAccount {
    /// Full name.
    pub name: String,
    /// The role here, or the e-mail address.
    pub note: String,
    /// Pages of the account.
    pub links: Vec<RailLink>,
    /// The chosen look.
    pub theme: Theme,
    /// Where the theme form is posted (field `theme`).
    pub theme_action: String,
    /// Where the sign-out form is posted.
    pub sign_out_action: String,
}

/// The rail of every page inside an organization.
#[component]
pub fn Rail(model: RailModel) -> impl IntoView {
    let settings = (!model.settings.is_empty()).then(|| {
        view! {
            <h2 class="rail-title">"Organization Settings"</h2>
            <ul class="rail-list">{model.settings.into_iter().map(rail_link).collect_view()}</ul>
        }
    });
    let add = model.new_project.map(|href| {
        view! {
            <a class="btn -icon -quiet -small" href=href aria-label="Create project" title="Create project">
                <Icon name=IconName::Plus/>
            </a>
        }
    });
    view! {
        <nav class="rail" id="rail" popover="auto" aria-label="Main" inert=model.inert>
            <Organization
                name=model.organization
                note=model.organization_note
                all=model.organizations
                create=model.new_organization
            />
            <div class="rail-scroll">
                <ul class="rail-list">{model.top.into_iter().map(rail_link).collect_view()}</ul>
                <div class="rail-heading"><h2 class="rail-title">"Projects"</h2>{add}</div>
                {if model.projects.is_empty() {
                    view! { <p class="rail-none">"No projects"</p> }.into_any()
                } else {
                    view! { <ul class="rail-list">{model.projects.into_iter().map(tree_project).collect_view()}</ul> }.into_any()
                }}
                {settings}
            </div>
            <Account account=model.account/>
        </nav>
    }
    .into_any()
}

/// The organization and, in its menu, the others.
#[component]
fn Organization(
    name: String,
    note: String,
    all: Vec<RailLink>,
    create: Option<String>,
) -> impl IntoView {
    let letter: String = name
        .chars()
        .find(|c| c.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    view! {
        <div class="menu rail-organization">
            <button type="button" class="rail-switch menu-button" popovertarget="organizations">
                <span class="monogram" aria-hidden="true">{letter}</span>
                <span class="rail-who">
                    <span class="rail-name">{name}</span>
                    <span class="rail-note">{note}</span>
                    <span class="sr">"Switch organization"</span>
                </span>
                <Icon name=IconName::Switch/>
            </button>
            <div class="menu-list" id="organizations" popover="auto" role="group" aria-label="Organizations">
                <MenuHeading>"Organizations"</MenuHeading>
                {all
                    .into_iter()
                    .map(|link| view! { <MenuLink href=link.href current=link.current>{link.label}</MenuLink> })
                    .collect_view()}
                {create
                    .map(|href| {
                        view! {
                            <MenuRule/>
                            <MenuLink href=href icon=IconName::Plus>"Create organization"</MenuLink>
                        }
                    })}
            </div>
        </div>
    }
    .into_any()
}

fn rail_link(link: RailLink) -> impl IntoView {
    view! {
        <li>
            <a
                class="rail-link"
                href=link.href
                aria-current=link.current.then_some("page")
                aria-keyshortcuts=link.palette.map(|_| "Control+K Meta+K")
                data-palette=link.palette.map(|_| "")
            >
                {link.icon.map(|name| view! { <Icon name/> })}
                <span class="rail-text">{link.label}</span>
                {link.count.map(|count| view! { <span class="count">{count}</span> })}
                {link.palette.map(|keys| view! { <kbd class="kbd rail-keys" aria-hidden="true">{keys}</kbd> })}
            </a>
        </li>
    }
    .into_any()
}

fn tree_project(project: TreeProject) -> impl IntoView {
    let toggle = format!("Environments of {}", project.name);
    let list = (!project.environments.is_empty()).then(|| {
        branch(
            toggle,
            project.open,
            project
                .environments
                .into_iter()
                .map(tree_environment)
                .collect_view()
                .into_any(),
        )
    });
    view! {
        <li class="tree-node -project">
            <a class="rail-link" href=project.href aria-current=project.current.then_some("page")>
                <span class="rail-text">{project.name}</span>
            </a>
            {list}
        </li>
    }
    .into_any()
}

fn tree_environment(environment: TreeEnvironment) -> impl IntoView {
    let toggle = format!("Services of {}", environment.name);
    let kind = environment.kind;
    let list = (!environment.services.is_empty()).then(|| {
        branch(
            toggle,
            environment.open,
            environment
                .services
                .into_iter()
                .map(tree_service)
                .collect_view()
                .into_any(),
        )
    });
    view! {
        <li class="tree-node -environment">
            <a class="rail-link" href=environment.href aria-current=environment.current.then_some("page")>
                <EnvironmentShape kind/>
                <span class="rail-text">
                    {environment.name}
                    <span class="sr">", "{kind.label()}</span>
                </span>
                {environment.count.map(|count| view! { <span class="count">{count}<span class="sr">" variables"</span></span> })}
            </a>
            {list}
        </li>
    }
    .into_any()
}

fn tree_service(service: TreeService) -> impl IntoView {
    view! {
        <li class="tree-node -service">
            <a class="rail-link" href=service.href aria-current=service.current.then_some("page")>
                <Icon name=service_icon(service.kind)/>
                <span class="rail-text">{service.name}</span>
            </a>
        </li>
    }
    .into_any()
}

/// The disclosure beside a link: the arrow in front of it, and the list below.
fn branch(name: String, open: bool, items: AnyView) -> impl IntoView {
    view! {
        <details class="tree-branch" open=open>
            <summary class="tree-toggle" aria-label=name>
                <Icon name=IconName::ChevronRight/>
            </summary>
            <ul class="rail-list">{items}</ul>
        </details>
    }
    .into_any()
}

/// Who is signed in, and the account's menu.
#[component]
fn Account(account: RailAccount) -> impl IntoView {
    view! {
        <div class="menu rail-account">
            <button type="button" class="rail-switch menu-button" popovertarget="account">
                <Avatar name=account.name.clone()/>
                <span class="rail-who">
                    <span class="rail-name">{account.name}</span>
                    <span class="rail-note">{account.note}</span>
                    <span class="sr">"Your account"</span>
                </span>
                <Icon name=IconName::Switch/>
            </button>
            <div class="menu-list -up" id="account" popover="auto" role="group" aria-label="Account">
                {account
                    .links
                    .into_iter()
                    .map(|link| view! { <MenuLink href=link.href current=link.current>{link.label}</MenuLink> })
                    .collect_view()}
                <ThemeForm action=account.theme_action theme=account.theme/>
                <MenuRule/>
                <form method="post" action=account.sign_out_action>
                    <button type="submit" class="menu-item">
                        <Icon name=IconName::SignOut/>
                        <span class="menu-text">"Sign out"</span>
                    </button>
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// Light, dark or as the system: posts `theme` at once.
#[component]
pub fn ThemeForm(
    /// Where it is posted.
    #[prop(into)]
    action: String,
    theme: Theme,
    /// Page to return to.
    #[prop(optional, into)]
    next: MaybeText,
) -> impl IntoView {
    let choices = [
        (Theme::System, "System", IconName::System),
        (Theme::Light, "Light", IconName::Sun),
        (Theme::Dark, "Dark", IconName::Moon),
    ];
    view! {
        <form class="theme" method="post" action=action>
            {next.shown().map(|next| view! { <input type="hidden" name="next" value=next/> })}
            <div class="segments" role="group" aria-label="Theme">
                {choices
                    .map(|(choice, word, icon)| {
                        view! {
                            <button
                                type="submit"
                                class="segment -button"
                                name="theme"
                                value=choice.value()
                                aria-pressed=if choice == theme { "true" } else { "false" }
                            >
                                <Icon name=icon/>
                                {word}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </form>
    }
    .into_any()
}
