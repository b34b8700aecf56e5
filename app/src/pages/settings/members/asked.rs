//! What the address of the members page asks for.

use domain::{HandoverId, InvitationId, PersonId, RoleRef};
use leptos_router::params::ParamsMap;
use service::store::{MemberCursor, MemberFilter};

use crate::{context::service, pages::Address};

/// How recently members were here, as the filter offers it: the value in the address and the words.
pub const ACTIVITIES: [(&str, &str); 3] = [
    ("active", "Active in the last 30 days"),
    ("inactive", "Not here for 90 days"),
    ("never", "Never signed in"),
];

/// Everything the address says.
pub struct Asked {
    pub invitations: bool,
    pub search: String,
    pub role: Option<RoleRef>,
    pub activity: Option<&'static str>,
    pub cursor: MemberCursor,
    /// The state of the cursor, to be kept in links.
    after: String,
    before: String,
    /// The members that are ticked.
    pub ticked: Vec<PersonId>,
    /// The role chosen in a dialog whose preview is shown.
    pub to: Option<String>,
    pub open: Open,
}

/// What lies over the lists.
pub enum Open {
    Nothing,
    Invite,
    /// For these people; one, or those that are ticked.
    ChangeRole(Vec<PersonId>),
    Remove(Vec<PersonId>),
    Resend(InvitationId),
    Revoke(InvitationId),
    Extend(InvitationId),
    InvitedRole(InvitationId),
    /// What became of the addresses of a form.
    Results(HandoverId),
    /// The password, before the list is exported.
    Export,
}

impl Asked {
    pub fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default();
        let ticked: Vec<PersonId> = query
            .get_all("m")
            .unwrap_or_default()
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        let (after, before) = (text("after"), text("before"));
        let cursor = if let Ok(person) = after.parse() {
            MemberCursor::After(person)
        } else if let Ok(person) = before.parse() {
            MemberCursor::Before(person)
        } else {
            MemberCursor::Start
        };
        Self {
            invitations: text("tab") == "invitations",
            search: text("q").trim().to_owned(),
            role: text("role_filter").parse().ok(),
            activity: ACTIVITIES
                .iter()
                .map(|(value, _)| *value)
                .find(|value| *value == text("activity")),
            cursor,
            after,
            before,
            open: open(query, &ticked),
            ticked,
            to: query.get("to").filter(|role| !role.is_empty()),
        }
    }

    /// What the store is asked.
    pub fn filter(&self) -> MemberFilter {
        let role = self.role.map(|role| role.to_string()).unwrap_or_default();
        let activity = self.activity.unwrap_or_default();
        MemberFilter::of_words(&self.search, &role, activity, service().now())
    }

    /// True when the list is narrowed.
    pub fn filters(&self) -> bool {
        !self.search.is_empty() || self.role.is_some() || self.activity.is_some()
    }

    /// The list in the state that the address says, without anything over it.
    pub fn list(&self, page: &Address) -> Address {
        let page = if self.invitations {
            page.with("tab", "invitations")
        } else {
            page.clone()
        };
        page.with("q", self.search.clone())
            .with(
                "role_filter",
                self.role.map(|role| role.to_string()).unwrap_or_default(),
            )
            .with("activity", self.activity.unwrap_or_default())
            .with("after", self.after.clone())
            .with("before", self.before.clone())
    }
}

fn open(query: &ParamsMap, ticked: &[PersonId]) -> Open {
    let id = |name: &str| query.get(name).and_then(|id| id.parse().ok());
    let person =
        |name: &str| -> Option<PersonId> { query.get(name).and_then(|person| person.parse().ok()) };
    let bulk = query.get("do").unwrap_or_default();
    if query.get("invite").is_some() {
        Open::Invite
    } else if let Some(person) = person("role") {
        Open::ChangeRole(vec![person])
    } else if let Some(person) = person("remove") {
        Open::Remove(vec![person])
    } else if bulk == "role" && !ticked.is_empty() {
        Open::ChangeRole(ticked.to_vec())
    } else if bulk == "remove" && !ticked.is_empty() {
        Open::Remove(ticked.to_vec())
    } else if let Some(invitation) = id("resend") {
        Open::Resend(invitation)
    } else if let Some(invitation) = id("revoke") {
        Open::Revoke(invitation)
    } else if let Some(invitation) = id("extend") {
        Open::Extend(invitation)
    } else if let Some(invitation) = id("invited_role") {
        Open::InvitedRole(invitation)
    } else if let Some(results) = query.get("results").and_then(|id| id.parse().ok()) {
        Open::Results(results)
    } else if query.get("export").is_some() {
        Open::Export
    } else {
        Open::Nothing
    }
}
