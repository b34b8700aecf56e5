//! Small pieces the blocks share: optional wording, class lists, ids.

use std::sync::atomic::{AtomicU32, Ordering};

/// Wording that may be absent. A prop of this type accepts `"text"`, a `String` or an `Option` of either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaybeText(pub Option<String>);

impl MaybeText {
    /// Whether there is something to show. Blank wording counts as none.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.0
            .as_deref()
            .is_some_and(|text| !text.trim().is_empty())
    }

    /// The wording, if there is something to show.
    #[must_use]
    pub fn shown(self) -> Option<String> {
        self.0.filter(|text| !text.trim().is_empty())
    }
}

impl From<&str> for MaybeText {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for MaybeText {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<Option<String>> for MaybeText {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

impl From<Option<&str>> for MaybeText {
    fn from(text: Option<&str>) -> Self {
        Self(text.map(str::to_owned))
    }
}

/// Joins the class names that are not empty.
pub(super) fn classes(names: &[&str]) -> String {
    let mut list = String::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        if !list.is_empty() {
            list.push(' ');
        }
        list.push_str(name);
    }
    list
}

/// An id no other element of the page has, to tie a control to its explanation.
///
/// Server and browser count apart, under different letters, so an island never repeats an id of its page.
pub(super) fn fresh_id(stem: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let side = if cfg!(target_arch = "wasm32") {
        'w'
    } else {
        's'
    };
    format!("{stem}-{side}{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// `5 variables`, `1 variable`: a count with its noun, the number and the noun on one line.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count}\u{a0}{}", if count == 1 { one } else { many })
}
