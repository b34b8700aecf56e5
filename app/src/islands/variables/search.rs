//! What the search field of the variables page understands. One set of rules: the server applies it to the page of a
//! URL, the browser to every keystroke.

use domain::{Scope, search::Qualifier};

/// What a row can be found by.
#[derive(Clone, Debug)]
pub struct Facts {
    text: String,
    kinds: String,
    scope: Scope,
}

impl Facts {
    /// `text`: everything that can be searched, in any case. `kinds`: words of `plain secret file override alias empty`.
    #[must_use]
    pub fn new(text: &str, kinds: &str, scope: Scope) -> Self {
        Self {
            text: text.to_lowercase(),
            kinds: kinds.to_owned(),
            scope,
        }
    }
    fn is(&self, kind: &str) -> bool {
        self.kinds.split(' ').any(|own| own == kind)
    }
}

/// A search, taken apart: free words that must all occur, and qualifiers of which one of each sort must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    kinds: Vec<String>,
    scopes: Vec<Scope>,
    empty: bool,
}

impl Query {
    /// Reads what was typed. What looks like a qualifier and is none is searched for as text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        for word in text.split_whitespace() {
            let word = word.to_lowercase();
            match Qualifier::parse(&word) {
                Some(Qualifier::Type(one)) => query.kinds.push(one.code().to_owned()),
                Some(Qualifier::Scope(scope)) => query.scopes.push(scope),
                Some(Qualifier::Empty) => query.empty = true,
                // A list of one level has no other places, and its text begins with the key.
                Some(Qualifier::Key(_) | Qualifier::Project(_) | Qualifier::Environment(_))
                | None => query.words.push(word),
            }
        }
        query
    }
    /// True when nothing is searched for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// Is this row among the found?
    #[must_use]
    pub fn matches(&self, facts: &Facts) -> bool {
        self.words
            .iter()
            .all(|word| facts.text.contains(word.as_str()))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| facts.is(kind)))
            && (self.scopes.is_empty() || self.scopes.contains(&facts.scope))
            && (!self.empty || facts.is("empty"))
    }
}

/// The same search with this qualifier, in place of another of its sort; without it where it was there already.
#[must_use]
pub fn toggled(text: &str, qualifier: &str) -> String {
    let sort = qualifier
        .split_once(':')
        .map_or(qualifier, |(sort, _)| sort);
    let is_of_sort = |word: &&str| {
        word.split_once(':')
            .is_some_and(|(other, _)| other.eq_ignore_ascii_case(sort))
    };
    let rest = text.split_whitespace().filter(|word| !is_of_sort(word));
    let add = (!contains(text, qualifier)).then_some(qualifier);
    rest.chain(add).collect::<Vec<_>>().join(" ")
}

/// Does the search hold this qualifier?
#[must_use]
pub fn contains(text: &str, qualifier: &str) -> bool {
    text.split_whitespace()
        .any(|word| word.eq_ignore_ascii_case(qualifier))
}

/// How many rows there are to see.
#[must_use]
pub fn count(shown: usize, all: usize) -> String {
    match (shown, all) {
        (1, 1) => "1 variable".to_owned(),
        _ if shown == all => format!("{all} variables"),
        _ => format!("{shown} of {all}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<&'static str> {
        let rows = [
            (
                "LOG_LEVEL",
                Facts::new("LOG_LEVEL debug", "plain override", Scope::Service),
            ),
            (
                "API_KEY",
                Facts::new(
                    "API_KEY Live key of the payment provider",
                    "secret",
                    Scope::Environment,
                ),
            ),
            (
                "TLS_CERT",
                Facts::new(
                    "TLS_CERT /etc/api/tls/client.pem",
                    "secret file",
                    Scope::Service,
                ),
            ),
            ("PROXY", Facts::new("PROXY", "plain empty", Scope::Project)),
        ];
        let query = Query::parse(query);
        rows.into_iter()
            .filter(|(_, facts)| query.matches(facts))
            .map(|(key, _)| key)
            .collect()
    }

    #[test]
    fn words_are_found_anywhere_in_any_case_and_in_any_order() {
        assert_eq!(found("payment KEY"), ["API_KEY"]);
        assert_eq!(found("client.pem"), ["TLS_CERT"]);
        assert_eq!(found("debug level"), ["LOG_LEVEL"]);
        assert_eq!(found("nothing").len(), 0);
        assert_eq!(found("  ").len(), 4);
    }

    #[test]
    fn qualifiers_narrow_and_repeated_ones_widen() {
        assert_eq!(found("type:secret"), ["API_KEY", "TLS_CERT"]);
        assert_eq!(found("type:file type:override"), ["LOG_LEVEL", "TLS_CERT"]);
        assert_eq!(found("TYPE:SECRET scope:service"), ["TLS_CERT"]);
        assert_eq!(found("is:empty"), ["PROXY"]);
        assert_eq!(found("type:nonsense").len(), 0);
    }

    #[test]
    fn a_menu_entry_replaces_its_like_and_takes_itself_away() {
        assert_eq!(toggled("log type:plain", "type:secret"), "log type:secret");
        assert_eq!(toggled("log type:secret", "type:secret"), "log");
        assert_eq!(toggled("", "scope:project"), "scope:project");
        assert!(contains("a Type:Secret", "type:secret"));
    }
}
