use leptos::prelude::*;

use crate::context::percent_encoded;

/// The address of a page in one of its states: a path and a query that is built up. The state of a page is in its
/// address alone, so links, forms and redirects all start from one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    path: String,
    query: Vec<(&'static str, Option<String>)>,
    part: Option<String>,
}

impl Address {
    /// A page without any state.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
            part: None,
        }
    }

    /// The same page with this state in place of what it had under that name; an empty one is left out.
    #[must_use]
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        let mut address = self.without(name);
        if !value.is_empty() {
            address.query.push((name, Some(value)));
        }
        address
    }

    /// The same page with this switched on: `?invite`.
    #[must_use]
    pub fn flag(&self, name: &'static str) -> Self {
        let mut address = self.without(name);
        address.query.push((name, None));
        address
    }

    /// The same page without this state.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut address = self.clone();
        address.query.retain(|(known, _)| *known != name);
        address
    }

    /// The same page, scrolled to the element with this id.
    #[must_use]
    pub fn at(&self, part: impl Into<String>) -> Self {
        Self {
            part: Some(part.into()),
            ..self.clone()
        }
    }

    /// The page without its state, for forms whose fields are the state.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// For links and redirects.
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = self.path.clone();
        for (place, (name, value)) in self.query.iter().enumerate() {
            href.push(if place == 0 { '?' } else { '&' });
            href.push_str(name);
            if let Some(value) = value {
                href.push('=');
                href.push_str(&percent_encoded(value));
            }
        }
        if let Some(part) = &self.part {
            href.push('#');
            href.push_str(part);
        }
        href
    }

    /// The state as hidden fields, for a form that leads to the same page with something else changed.
    #[must_use]
    pub fn hidden(&self) -> AnyView {
        self.query
            .iter()
            .map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone().unwrap_or_default() /> })
            .collect_view()
            .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_state_and_encodes_it() {
        let list = Address::new("/o/acme/settings/members")
            .with("q", "a b&c")
            .with("role_filter", "");
        assert_eq!(list.href(), "/o/acme/settings/members?q=a%20b%26c");
        assert_eq!(
            list.flag("invite").href(),
            "/o/acme/settings/members?q=a%20b%26c&invite"
        );
        assert_eq!(
            list.with("q", "x").at("row-1").href(),
            "/o/acme/settings/members?q=x#row-1"
        );
        assert_eq!(list.without("q").href(), "/o/acme/settings/members");
    }
}
