//! The frame of every page inside an organization: rail, context strip, page head, overlay.

use super::text::classes;
use super::{EnvironmentShape, Icon, IconName, MaybeText};
use domain::EnvironmentType;
use leptos::prelude::*;

/// Rail, strip, page, and what lies over them. The children are the page: a [`PageHead`] and its content.
#[component]
pub fn AppShell(
    /// A [`Rail`](super::Rail).
    #[prop(into)]
    rail: ViewFnOnce,
    /// A [`ContextStrip`].
    #[prop(into)]
    strip: ViewFnOnce,
    /// A [`Flash`](super::Flash), after a redirect.
    #[prop(optional, into)]
    flash: ViewFnOnce,
    /// A [`Panel`](super::Panel) or a [`Dialog`](super::Dialog), when the address asks for one.
    #[prop(optional, into)]
    overlay: ViewFnOnce,
    /// Whether the overlay is a dialog: everything else is then inert.
    #[prop(optional)]
    modal: bool,
    #[prop(optional)] width: PageWidth,
    children: Children,
) -> impl IntoView {
    let page = classes(&["page", width.class()]);
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="app">
            {rail.run()}
            <div class="app-main" inert=modal>
                {strip.run()}
                <main class=page id="main" tabindex="-1">
                    {children()}
                </main>
            </div>
            {overlay.run()}
            <div class="flashes">{flash.run()}</div>
        </div>
    }
    .into_any()
}

/// How wide the content of a page may get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageWidth {
    /// 1360 px: lists and overviews.
    #[default]
    Regular,
    /// 1600 px: wide tables.
    Wide,
    /// 760 px: forms.
    Form,
}

impl PageWidth {
    const fn class(self) -> &'static str {
        match self {
            Self::Regular => "",
            Self::Wide => "-wide",
            Self::Form => "-form",
        }
    }
}

/// A step of the way to the page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Where it is; none for the page one is on.
    pub href: Option<String>,
}

impl Crumb {
    /// A step on the way.
    #[must_use]
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: Some(href.into()),
        }
    }

    /// The last step: where one is.
    #[must_use]
    pub fn here(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: None,
        }
    }
}

/// The line that says where one is and as what. In Production it wears its tint and its word, so that nobody edits the
/// wrong place. On a narrow screen it also holds the button that opens the rail.
#[component]
pub fn ContextStrip(
    /// The way here.
    crumbs: Vec<Crumb>,
    /// The type of the environment one is in, if any.
    #[prop(optional_no_strip)]
    environment: Option<EnvironmentType>,
    /// At the end: one's role here, the state of the log.
    #[prop(optional, into)]
    aside: ViewFnOnce,
) -> impl IntoView {
    let production = environment == Some(EnvironmentType::Production);
    view! {
        <header class=classes(&["strip", if production { "-production" } else { "" }])>
            <button type="button" class="btn -icon -quiet strip-menu" popovertarget="rail" aria-label="Navigation">
                <Icon name=IconName::Menu/>
            </button>
            {environment
                .map(|kind| {
                    view! {
                        <span class="strip-type">
                            <EnvironmentShape kind/>
                            {kind.label()}
                        </span>
                    }
                })}
            <nav class="crumbs" aria-label="Breadcrumb">
                <ol class="crumbs-list">{crumbs.into_iter().map(crumb_item).collect_view()}</ol>
            </nav>
            <div class="strip-aside">{aside.run()}</div>
        </header>
    }
    .into_any()
}

fn crumb_item(crumb: Crumb) -> impl IntoView {
    match crumb.href {
        Some(href) => view! { <li class="crumb"><a href=href>{crumb.label}</a></li> }.into_any(),
        None => view! { <li class="crumb"><span aria-current="page">{crumb.label}</span></li> }
            .into_any(),
    }
}

/// The head of a page: its one `h1`, what it is for, and its actions. Children: the purpose in one line.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    /// Beside the title: a badge.
    #[prop(optional, into)]
    mark: ViewFnOnce,
    /// At the end: at most one primary.
    #[prop(optional, into)]
    actions: ViewFnOnce,
    /// "View only: needs Manage members; Owner or Admin can do this".
    #[prop(optional, into)]
    view_only: MaybeText,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <div class="page-intro">
                <h1 class="page-title" tabindex="-1"><span>{title}</span>{mark.run()}</h1>
                {children.map(|children| view! { <p class="page-purpose">{children()}</p> })}
                {view_only
                    .shown()
                    .map(|reason| view! { <p class="page-view-only"><Icon name=IconName::Eye/>{reason}</p> })}
            </div>
            <div class="page-actions">{actions.run()}</div>
        </header>
    }
    .into_any()
}

/// A list and, beside it where there is room, the details of one entry.
#[component]
pub fn Split(
    /// The details.
    #[prop(into)]
    side: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="split">
            <div class="split-list">{children()}</div>
            <aside class="split-side">{side.run()}</aside>
        </div>
    }
    .into_any()
}
