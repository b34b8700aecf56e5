//! The pages, one file per area. Rendered on the server only: they call operations and build markup from their views.

mod access;
mod address;
mod audit;
mod copy;
mod failure;
mod form;
mod frame;
mod gate;
mod history;
mod organization;
mod registry;
mod search;
mod settings;
mod step_up;
mod variables;

pub use access::{access_lines, who_can};
pub use address::Address;
pub use copy::copy_button;
pub use failure::Failure;
pub use form::{form_error, hidden};
pub use frame::{At, ConsoleContext, Page, console_page, place_tabs};
pub use search::palette_options;
pub use step_up::{STEP_UP, password_field, step_up_dialog};

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode, StaticSegment,
    components::{FlatRoutes, Route, Router},
    path,
};

/// Every page. A page waits for its data before its first byte, so that its status is right.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    const ASYNC: SsrMode = SsrMode::Async;
    view! {
        <Router>
            <FlatRoutes fallback=gate::NotFoundPage>
                <Route path=StaticSegment("") view=gate::StartPage ssr=ASYNC />
                <Route path=path!("/setup") view=gate::SetupPage ssr=ASYNC />
                <Route path=path!("/sign-in") view=gate::SignInPage ssr=ASYNC />
                <Route path=path!("/invite/:token") view=gate::InvitationPage ssr=ASYNC />
                <Route path=path!("/organizations/new") view=organization::NewOrganizationPage ssr=ASYNC />
                <Route path=path!("/o/:organization") view=organization::OverviewPage ssr=ASYNC />
                <Route path=path!("/o/:organization/search") view=search::SearchPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings") view=settings::GeneralPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/general") view=settings::GeneralPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/members") view=settings::MembersPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/members/:person") view=settings::PersonPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/roles") view=settings::RolesPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/roles/:role") view=settings::RolePage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/clusters") view=settings::ClustersPage ssr=ASYNC />
                <Route path=path!("/o/:organization/settings/audit-logs") view=audit::AuditPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project") view=registry::ProjectPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/overview") view=registry::ProjectPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/variables") view=variables::VariablesPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/history") view=history::HistoryPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/variables/compare") view=variables::ComparePage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/access") view=access::AccessPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/settings") view=registry::SettingsPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment") view=registry::EnvironmentPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/overview") view=registry::EnvironmentPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/variables") view=variables::VariablesPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/history") view=history::HistoryPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/access") view=access::AccessPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/settings") view=registry::SettingsPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service") view=registry::ServicePage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service/overview") view=registry::ServicePage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service/variables") view=variables::VariablesPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service/history") view=history::HistoryPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service/access") view=access::AccessPage ssr=ASYNC />
                <Route path=path!("/o/:organization/p/:project/e/:environment/s/:service/settings") view=registry::SettingsPage ssr=ASYNC />
            </FlatRoutes>
        </Router>
    }
}
