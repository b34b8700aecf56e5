//! What search fields understand: words, and qualifiers such as `type:secret`. One reading for server and browser, for
//! the list of one level and for a whole organization.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{NameError, Scope, variable::coded, view::PlaceView};

/// Longest search over an organization, in characters. What follows is not read.
pub const SEARCH_LIMIT: usize = 200;

coded! {
    /// What `type:` asks for. A variable may be of several types.
    SearchType {
        /// Never shown again.
        Secret = "secret", "Secret";
        /// Shown to whoever may read it.
        Plain = "plain", "Plain";
        /// Mounted as a file.
        File = "file", "File";
        /// Hides a wider definition of its key.
        Override = "override", "Override";
        /// Stands for another variable.
        Alias = "alias", "Alias";
    }
}

/// A word of a search that asks for something other than itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// `type:secret`
    Type(SearchType),
    /// `scope:project`
    Scope(Scope),
    /// `is:empty`
    Empty,
    /// `key:stripe`
    Key(String),
    /// `project:shop`
    Project(String),
    /// `env:production`
    Environment(String),
}

impl Qualifier {
    /// Reads a word. None for what only looks like a qualifier, and is text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let (sort, value) = word
            .split_once(':')
            .filter(|(_, value)| !value.is_empty())?;
        match sort.to_ascii_lowercase().as_str() {
            "type" => value.parse().ok().map(Self::Type),
            "scope" => value.parse().ok().map(Self::Scope),
            "is" if value.eq_ignore_ascii_case("empty") => Some(Self::Empty),
            "key" => Some(Self::Key(value.to_owned())),
            "project" => Some(Self::Project(value.to_owned())),
            "env" => Some(Self::Environment(value.to_owned())),
            _ => None,
        }
    }
}

/// A search over an organization, taken apart: words that must all occur, as they were typed, and qualifiers of which
/// one of each sort must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What must occur in a key, a description, a mount path or a name.
    pub words: Vec<String>,
    /// Parts of keys.
    pub keys: Vec<String>,
    /// Types of variables.
    pub types: Vec<SearchType>,
    /// Where variables are defined.
    pub scopes: Vec<Scope>,
    /// Parts of names of projects.
    pub projects: Vec<String>,
    /// Parts of names of environments.
    pub environments: Vec<String>,
}

impl Search {
    /// Reads what was typed. Quotation marks keep words together: `project:"web shop"`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut search = Self::default();
        for word in words(text) {
            match Qualifier::parse(&word) {
                Some(Qualifier::Type(one)) => search.types.push(one),
                Some(Qualifier::Scope(scope)) => search.scopes.push(scope),
                Some(Qualifier::Key(part)) => search.keys.push(part),
                Some(Qualifier::Project(part)) => search.projects.push(part),
                Some(Qualifier::Environment(part)) => search.environments.push(part),
                // Values are sealed: which of them are empty is known to the list of a level alone.
                Some(Qualifier::Empty) | None => search.words.push(word),
            }
        }
        search
    }
    /// True when nothing is searched for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// True when a qualifier asks for something that only variables have.
    #[must_use]
    pub const fn is_about_variables(&self) -> bool {
        !self.keys.is_empty() || !self.types.is_empty() || !self.scopes.is_empty()
    }
    /// The key that is probably meant, so that it comes first: `database url` means `DATABASE_URL`.
    #[must_use]
    pub fn wanted_key(&self) -> Option<String> {
        match (self.words.as_slice(), self.keys.as_slice()) {
            ([], []) => None,
            ([], [key, ..]) => Some(key.to_ascii_lowercase()),
            (words, _) => Some(words.join("_").to_ascii_lowercase()),
        }
    }
    /// Is a project of this name and slug among those that are asked for?
    #[must_use]
    pub fn admits_project(&self, name: &str, slug: &str) -> bool {
        one_is_in(&self.projects, name, slug)
    }
    /// Is this place within what the qualifiers ask for?
    #[must_use]
    pub fn admits(&self, place: &PlaceView) -> bool {
        let environment = place.environment.as_ref().map(|(named, _)| named);
        self.admits_project(&place.project.name, &place.project.slug)
            && (self.environments.is_empty()
                || environment
                    .is_some_and(|own| one_is_in(&self.environments, &own.name, &own.slug)))
    }
    /// How well a place fits, the least being the best; none when it is not among the found. All words occur in its path,
    /// one of them in its own name. Without words, a qualifier finds what it names.
    #[must_use]
    pub fn fit(&self, place: &PlaceView) -> Option<u8> {
        if self.is_about_variables() || !self.admits(place) {
            return None;
        }
        let own = place.own();
        if self.words.is_empty() {
            let named = match place.scope() {
                Scope::Project => !self.projects.is_empty() && self.environments.is_empty(),
                Scope::Environment => !self.environments.is_empty(),
                Scope::Service | Scope::BuiltIn => false,
            };
            return named.then_some(0);
        }
        let path: Vec<_> = place.names().collect();
        let fits = self
            .words
            .iter()
            .any(|word| is_in(word, &own.name, &own.slug))
            && self.words.iter().all(|word| {
                path.iter()
                    .any(|named| is_in(word, &named.name, &named.slug))
            });
        let (wanted, name) = (self.words.join(" ").to_lowercase(), own.name.to_lowercase());
        fits.then_some(match name.strip_prefix(&wanted) {
            Some("") => 0,
            Some(_) => 1,
            None => 2,
        })
    }
    /// Is a page of this name, with other words for what is on it, among the found?
    #[must_use]
    pub fn finds_page(&self, name: &str) -> bool {
        let plain = !self.is_about_variables()
            && self.projects.is_empty()
            && self.environments.is_empty()
            && !self.words.is_empty();
        let name = name.to_lowercase();
        plain
            && self
                .words
                .iter()
                .all(|word| name.contains(&word.to_lowercase()))
    }
    /// A text in pieces, and which of them were searched for, whatever their ASCII case.
    #[must_use]
    pub fn marked<'a>(&self, text: &'a str) -> Vec<(&'a str, bool)> {
        let lower = text.to_ascii_lowercase();
        let mut inside = vec![false; text.len()];
        for word in self.words.iter().chain(&self.keys) {
            for (start, found) in lower.match_indices(&word.to_ascii_lowercase()) {
                inside[start..start + found.len()].fill(true);
            }
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        for run in inside.chunk_by(|one, next| one == next) {
            let end = start + run.len();
            pieces.push((&text[start..end], run.first() == Some(&true)));
            start = end;
        }
        pieces
    }
}

/// The words of a text, apart by spaces where no quotation marks keep them together.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in text.chars().take(SEARCH_LIMIT) {
        match (character, words.last_mut()) {
            ('"', _) => quoted = !quoted,
            (other, Some(word)) if !other.is_control() && (quoted || !other.is_whitespace()) => {
                word.push(other);
            }
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.trim().is_empty());
    words
}

fn is_in(part: &str, name: &str, slug: &str) -> bool {
    let part = part.to_lowercase();
    name.to_lowercase().contains(&part) || slug.contains(&part)
}

fn one_is_in(parts: &[String], name: &str, slug: &str) -> bool {
    parts.is_empty() || parts.iter().any(|part| is_in(part, name, slug))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{EnvironmentType, ServiceKind, view::Named};

    fn named(name: &str) -> Named {
        Named {
            name: name.to_owned(),
            slug: crate::slug_of(name),
        }
    }

    fn place(names: &[&str]) -> PlaceView {
        PlaceView {
            project: named(names[0]),
            environment: names
                .get(1)
                .map(|name| (named(name), EnvironmentType::Production)),
            service: names
                .get(2)
                .map(|name| (named(name), ServiceKind::Application)),
        }
    }

    /// The paths of what is found, the best first.
    fn found(text: &str) -> Vec<String> {
        let search = Search::parse(text);
        let places = [
            place(&["Web Shop"]),
            place(&["Web Shop", "Production"]),
            place(&["Web Shop", "Production", "api"]),
            place(&["Web Shop", "Production", "api-worker"]),
            place(&["Billing"]),
            place(&["Billing", "Staging"]),
            place(&["Billing", "Staging", "my-api"]),
            place(&["Billing", "Staging", "api"]),
        ];
        let mut found: Vec<_> = places
            .iter()
            .filter_map(|place| Some((search.fit(place)?, place.path())))
            .collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn words_and_qualifiers_are_told_apart() {
        let search = Search::parse(
            r#"stripe key:API TYPE:Secret type:file scope:project project:"web shop" env:prod is:empty type:nonsense key: a:b"#,
        );
        assert_eq!(
            search.words,
            ["stripe", "is:empty", "type:nonsense", "key:", "a:b"]
        );
        assert_eq!(search.keys, ["API"]);
        assert_eq!(search.types, [SearchType::Secret, SearchType::File]);
        assert_eq!(search.scopes, [Scope::Project]);
        assert_eq!(search.projects, ["web shop"]);
        assert_eq!(search.environments, ["prod"]);
    }

    #[test]
    fn nothing_is_searched_for_with_spaces_quotes_and_control_characters_alone() {
        for text in ["", "  \t", "\"\"", "\" \"", "\0\u{7}"] {
            assert!(Search::parse(text).is_empty(), "{text:?}");
        }
        let long = "a".repeat(SEARCH_LIMIT + 50);
        assert_eq!(Search::parse(&long).words[0].len(), SEARCH_LIMIT);
    }

    #[test]
    fn the_key_that_is_meant_is_one_word() {
        let wanted = |text| Search::parse(text).wanted_key();
        assert_eq!(wanted("Database url").as_deref(), Some("database_url"));
        assert_eq!(wanted("key:STRIPE").as_deref(), Some("stripe"));
        assert_eq!(wanted("type:secret"), None);
    }

    #[test]
    fn places_are_found_by_their_names_and_those_above() {
        assert_eq!(
            found("api"),
            [
                "/p/web-shop/e/production/s/api",
                "/p/billing/e/staging/s/api",
                "/p/web-shop/e/production/s/api-worker",
                "/p/billing/e/staging/s/my-api",
            ]
        );
        assert_eq!(found("billing API").len(), 2);
        assert_eq!(found("web shop"), ["/p/web-shop"]);
        assert_eq!(found("web-shop"), ["/p/web-shop"]);
        assert_eq!(found("shop nothing").len(), 0);
    }

    #[test]
    fn qualifiers_narrow_places_name_them_and_leave_them_out() {
        assert_eq!(found("api env:prod").len(), 2);
        assert_eq!(found("project:SHOP"), ["/p/web-shop"]);
        assert_eq!(
            found("project:billing env:staging"),
            ["/p/billing/e/staging"]
        );
        assert_eq!(found("project:shop env:staging").len(), 0);
        assert_eq!(found("api type:secret").len(), 0);
    }

    #[test]
    fn pages_are_found_by_all_words_and_by_no_qualifier() {
        let finds = |text| Search::parse(text).finds_page("Members people invitations");
        assert!(finds("mem") && finds("PEOPLE members"));
        assert!(!finds("members roles") && !finds("") && !finds("members project:shop"));
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        let marked = |search: &str, text| -> String {
            Search::parse(search)
                .marked(text)
                .into_iter()
                .map(|(piece, found)| match found {
                    true => format!("[{piece}]"),
                    false => piece.to_owned(),
                })
                .collect()
        };
        assert_eq!(
            marked("api key:KEY", "STRIPE_API_KEY"),
            "STRIPE_[API]_[KEY]"
        );
        assert_eq!(marked("aa", "aaa"), "[aa]a");
        assert_eq!(marked("über", "über Ä"), "[über] Ä");
        assert_eq!(marked("x", ""), "");
    }

    proptest! {
        #[test]
        fn marking_keeps_every_character(search in ".{0,40}", text in ".{0,40}") {
            let search = Search::parse(&search);
            let again: String = search.marked(&text).into_iter().map(|(piece, _)| piece).collect();
            prop_assert_eq!(again, text);
        }
    }
}
