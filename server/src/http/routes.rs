//! Every door of the server, and for whom it is. What is not listed here is closed; what is listed must exist.

use std::collections::HashMap;
use std::fmt;

use axum::http::Method;

use Audience::{OrganizationMember, Public, SignedIn};

/// What is behind a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A page of the console.
    Page,
    /// A server function of the console.
    Function,
    /// A file that a form asks for.
    Download,
    /// Something the server answers itself.
    Fixed,
    /// A file of the console, the same for everybody.
    Asset,
}

/// For whom a door opens. What they may do behind it is decided by the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody. All doors of this kind together are the anonymous surface (AC-17).
    Public,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever belongs to the organization that the path or form names; others are told that there is no such thing.
    OrganizationMember,
}

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What is behind it.
    pub door: Door,
    /// Its path, with `{name}` for what varies.
    pub pattern: &'static str,
    /// For whom it opens.
    pub audience: Audience,
}

impl Route {
    /// The method it is used with.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self.door {
            Door::Function | Door::Download => Method::POST,
            Door::Page | Door::Fixed | Door::Asset => Method::GET,
        }
    }
}

/// What open pages ask by themselves, now and then. It is no sign that somebody is there.
const ASKED_BY_PAGES: &str = "/rpc/account/access";

impl Route {
    /// True for what a page asks while nobody touches it.
    #[must_use]
    pub fn is_asked_by_pages(&self) -> bool {
        self.pattern == ASKED_BY_PAGES
    }
}

const fn page(pattern: &'static str, audience: Audience) -> Route {
    Route {
        door: Door::Page,
        pattern,
        audience,
    }
}
const fn function(pattern: &'static str, audience: Audience) -> Route {
    Route {
        door: Door::Function,
        pattern,
        audience,
    }
}
const fn download(pattern: &'static str, audience: Audience) -> Route {
    Route {
        door: Door::Download,
        pattern,
        audience,
    }
}
const fn fixed(pattern: &'static str) -> Route {
    Route {
        door: Door::Fixed,
        pattern,
        audience: Public,
    }
}

/// The table, one door a line.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    fixed("/"),
    fixed("/healthz"),
    fixed("/robots.txt"),
    fixed("/favicon.svg"),
    fixed("/.well-known/security.txt"),
    Route { door: Door::Asset, pattern: "/pkg/{hash}/{*name}", audience: Public },
    download("/download/members", OrganizationMember),
    download("/download/variables", OrganizationMember),
    page("/setup", Public),
    page("/sign-in", Public),
    page("/invite/{token}", Public),
    page("/organizations/new", SignedIn),
    page("/o/{organization}", OrganizationMember),
    page("/o/{organization}/search", OrganizationMember),
    page("/o/{organization}/settings", OrganizationMember),
    page("/o/{organization}/settings/general", OrganizationMember),
    page("/o/{organization}/settings/members", OrganizationMember),
    page("/o/{organization}/settings/members/{person}", OrganizationMember),
    page("/o/{organization}/settings/roles", OrganizationMember),
    page("/o/{organization}/settings/roles/{role}", OrganizationMember),
    page("/o/{organization}/settings/clusters", OrganizationMember),
    page("/o/{organization}/settings/audit-logs", OrganizationMember),
    page("/o/{organization}/p/{project}", OrganizationMember),
    page("/o/{organization}/p/{project}/overview", OrganizationMember),
    page("/o/{organization}/p/{project}/variables", OrganizationMember),
    page("/o/{organization}/p/{project}/variables/compare", OrganizationMember),
    page("/o/{organization}/p/{project}/history", OrganizationMember),
    page("/o/{organization}/p/{project}/access", OrganizationMember),
    page("/o/{organization}/p/{project}/settings", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/overview", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/variables", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/history", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/access", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/settings", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}/overview", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}/variables", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}/history", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}/access", OrganizationMember),
    page("/o/{organization}/p/{project}/e/{environment}/s/{service}/settings", OrganizationMember),
    function("/rpc/organization/edit", OrganizationMember),
    function("/rpc/members/invite", OrganizationMember),
    function("/rpc/members/change-role", OrganizationMember),
    function("/rpc/members/remove", OrganizationMember),
    function("/rpc/members/resend-invitation", OrganizationMember),
    function("/rpc/members/revoke-invitation", OrganizationMember),
    function("/rpc/members/extend-invitation", OrganizationMember),
    function("/rpc/members/change-invited-role", OrganizationMember),
    function("/rpc/members/leave", OrganizationMember),
    function("/rpc/roles/create", OrganizationMember),
    function("/rpc/roles/draft", OrganizationMember),
    function("/rpc/roles/discard", OrganizationMember),
    function("/rpc/roles/save", OrganizationMember),
    function("/rpc/roles/restore", OrganizationMember),
    function("/rpc/roles/delete", OrganizationMember),
    function("/rpc/cluster/create", OrganizationMember),
    function("/rpc/cluster/edit", OrganizationMember),
    function("/rpc/cluster/delete", OrganizationMember),
    function("/rpc/organization/transfer", OrganizationMember),
    function("/rpc/organization/delete", OrganizationMember),
    function("/rpc/organization/restore", SignedIn),
    function(ASKED_BY_PAGES, OrganizationMember),
    function("/rpc/account/setup", Public),
    function("/rpc/account/sign-in", Public),
    function("/rpc/account/accept-invitation", Public),
    function("/rpc/account/decline-invitation", Public),
    function("/rpc/account/sign-out", SignedIn),
    function("/rpc/account/theme", SignedIn),
    function("/rpc/account/step-up", SignedIn),
    function("/rpc/organization/create", SignedIn),
    function("/rpc/project/create", OrganizationMember),
    function("/rpc/project/edit", OrganizationMember),
    function("/rpc/project/delete", OrganizationMember),
    function("/rpc/environment/create", OrganizationMember),
    function("/rpc/environment/edit", OrganizationMember),
    function("/rpc/environment/delete", OrganizationMember),
    function("/rpc/service/create", OrganizationMember),
    function("/rpc/service/edit", OrganizationMember),
    function("/rpc/service/delete", OrganizationMember),
    function("/rpc/search/find", OrganizationMember),
    function("/rpc/variables/add", OrganizationMember),
    function("/rpc/variables/alias", OrganizationMember),
    function("/rpc/variables/edit", OrganizationMember),
    function("/rpc/variables/delete", OrganizationMember),
    function("/rpc/variables/read-import", OrganizationMember),
    function("/rpc/variables/read-text", OrganizationMember),
    function("/rpc/variables/select", OrganizationMember),
    function("/rpc/variables/make-changes", OrganizationMember),
    function("/rpc/variables/restore", OrganizationMember),
    function("/rpc/variables/restore-place", OrganizationMember),
    function("/rpc/variables/compare", OrganizationMember),
    function("/rpc/variables/promote", OrganizationMember),
];

/// The table, indexed.
pub struct RouteTable(HashMap<&'static str, Route>);

impl RouteTable {
    /// Indexes a table.
    #[must_use]
    pub fn new(routes: Vec<Route>) -> Self {
        Self(
            routes
                .into_iter()
                .map(|route| (route.pattern, route))
                .collect(),
        )
    }
    /// The entry of a matched path.
    #[must_use]
    pub fn find(&self, pattern: &str) -> Option<Route> {
        self.0.get(pattern).copied()
    }
}

/// The entry of the page with this pattern. What a part that varies is called does not matter.
#[must_use]
pub fn page_entry(routes: &[Route], pattern: &str) -> Option<Route> {
    routes
        .iter()
        .copied()
        .find(|route| route.door == Door::Page && shape(route.pattern) == shape(pattern))
}

/// How table and console differ. Not a mistake to live with: a door nobody thought about, or a promise nobody keeps.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RouteGaps(Vec<String>);

impl fmt::Display for RouteGaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the route table does not fit the console: {}",
            self.0.join("; ")
        )
    }
}

impl std::error::Error for RouteGaps {}

/// Compares the table with what the console offers.
///
/// # Errors
/// Every difference.
pub fn check(
    routes: &[Route],
    pages: &[String],
    functions: &[(String, Method)],
) -> Result<(), RouteGaps> {
    let mut gaps = Vec::new();
    let entries = |door: Door| routes.iter().filter(move |route| route.door == door);
    gaps.extend(
        pages
            .iter()
            .filter(|page| page_entry(routes, page).is_none())
            .map(|page| format!("page {page} has no entry")),
    );
    gaps.extend(
        entries(Door::Page)
            .filter(|entry| !pages.iter().any(|page| shape(page) == shape(entry.pattern)))
            .map(|entry| format!("there is no page {}", entry.pattern)),
    );
    for (path, method) in functions {
        if *method != Method::POST {
            gaps.push(format!(
                "server function {path} is called with {method}, but only POST is protected"
            ));
        }
        if !entries(Door::Function).any(|entry| entry.pattern == path) {
            gaps.push(format!("server function {path} has no entry"));
        }
    }
    let downloads = super::downloads::DOWNLOADS;
    gaps.extend(
        downloads
            .iter()
            .filter(|path| !entries(Door::Download).any(|entry| entry.pattern == **path))
            .filter(|_| entries(Door::Download).next().is_some())
            .map(|path| format!("download {path} has no entry")),
    );
    gaps.extend(
        entries(Door::Download)
            .filter(|entry| !downloads.contains(&entry.pattern))
            .map(|entry| format!("there is no download {}", entry.pattern)),
    );
    gaps.extend(
        entries(Door::Function)
            .filter(|entry| !functions.iter().any(|(path, _)| path == entry.pattern))
            .map(|entry| format!("there is no server function {}", entry.pattern)),
    );
    if gaps.is_empty() {
        Ok(())
    } else {
        Err(RouteGaps(gaps))
    }
}

fn shape(pattern: &str) -> Vec<&str> {
    pattern
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const TABLE: &[Route] = &[
        page("/o/{org}", OrganizationMember),
        function("/rpc/a/b", SignedIn),
        fixed("/healthz"),
    ];

    fn gaps(pages: &[&str], functions: &[(&str, Method)]) -> String {
        let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
        let functions: Vec<_> = functions
            .iter()
            .map(|(path, method)| (path.to_string(), method.clone()))
            .collect();
        check(TABLE, &pages, &functions).map_or_else(|gaps| gaps.to_string(), |()| String::new())
    }

    #[test]
    fn a_table_that_fits_is_accepted_whatever_parts_are_called() {
        assert_eq!(
            gaps(&["/o/{organization}"], &[("/rpc/a/b", Method::POST)]),
            ""
        );
    }

    #[test]
    fn every_difference_is_named() {
        let text = gaps(&["/o/{org}", "/new"], &[("/rpc/a/c", Method::POST)]);
        for gap in [
            "page /new has no entry",
            "function /rpc/a/c has no entry",
            "no server function /rpc/a/b",
        ] {
            assert!(text.contains(gap), "{text}");
        }
        assert!(gaps(&[], &[("/rpc/a/b", Method::POST)]).contains("there is no page /o/{org}"));
    }

    #[test]
    fn a_function_that_reads_its_arguments_from_the_url_is_refused() {
        assert!(gaps(&["/o/{org}"], &[("/rpc/a/b", Method::GET)]).contains("only POST"));
    }

    #[test]
    fn no_path_is_listed_twice() {
        for (index, route) in ROUTES.iter().enumerate() {
            assert!(
                !ROUTES[..index]
                    .iter()
                    .any(|other| shape(other.pattern) == shape(route.pattern)),
                "{}",
                route.pattern
            );
        }
    }
}
