//! What the form of a variable says while one types. Only advice: the server decides, and nothing is changed unasked.

use domain::{FILE_LIMIT_BYTES, Scope, VALUE_LIMIT_BYTES, VariableKey};

/// How a remark about a key is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Can be used as it is.
    Free,
    /// Can be used, with something to know.
    Known,
    /// Can only be used as an override.
    Hides,
    /// Cannot be used.
    Bad,
}

/// What to say about a key that is about to be defined at `chosen`, where `defined` lists the scopes that have it
/// already and `offered` counts the scopes one may choose from.
#[must_use]
pub fn about_key(key: &str, chosen: Scope, defined: &[Scope], offered: usize) -> (Verdict, String) {
    if let Err(reason) = VariableKey::parse(key) {
        return (Verdict::Bad, reason.to_string());
    }
    let wider = defined.iter().filter(|scope| **scope < chosen).max();
    let narrower = defined.iter().filter(|scope| **scope > chosen).min();
    if defined.contains(&chosen) {
        return (
            Verdict::Bad,
            format!("The {} defines this key already.", lower(chosen)),
        );
    }
    if let Some(scope) = wider {
        return (
            Verdict::Hides,
            format!("Hides the value from the {}.", lower(*scope)),
        );
    }
    if let Some(scope) = narrower {
        return (
            Verdict::Known,
            format!("The {} keeps its own value of this key.", lower(*scope)),
        );
    }
    let free = match offered {
        0 | 1 => "Free.",
        2 => "Free in both scopes.",
        _ => "Free in all three scopes.",
    };
    (Verdict::Free, free.to_owned())
}

/// A key one could have meant: `stripe-key` → `STRIPE_KEY`. None when the text is a key, or nothing like one.
#[must_use]
pub fn suggested_key(text: &str) -> Option<String> {
    if VariableKey::parse(text).is_ok() {
        return None;
    }
    let mut key = String::new();
    for character in text.trim().chars() {
        if character.is_ascii_alphanumeric() {
            key.push(character.to_ascii_uppercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    let key = key.trim_end_matches('_');
    VariableKey::parse(key).is_ok().then(|| key.to_owned())
}

/// The two halves of a pasted `KEY=value`, an `export ` before it and the end of the line left out. None for several
/// lines: they are several variables, or a value that needs more than a cut at the first `=`.
#[must_use]
pub fn assignment(text: &str) -> Option<(&str, &str)> {
    let line = text.trim_matches(['\r', '\n']);
    if line.contains(['\r', '\n']) {
        return None;
    }
    let (key, value) = line.trim_start().split_once('=')?;
    let key = key.trim();
    let key = key.strip_prefix("export ").unwrap_or(key).trim();
    VariableKey::parse(key).ok().map(|_| (key, value))
}

/// What is odd about a value and probably not meant. The text as it would be without is [`tidied`].
#[must_use]
pub fn oddity(value: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        return (!value.is_empty()).then_some("Holds nothing but white space.");
    }
    if value.starts_with(char::is_whitespace) && value.ends_with(char::is_whitespace) {
        return Some("Starts and ends with white space.");
    }
    if value.starts_with(char::is_whitespace) {
        return Some(if value.starts_with(' ') {
            "Starts with a space."
        } else {
            "Starts with white space."
        });
    }
    // A last line break belongs to a text of several lines.
    let is_text = value.trim_end_matches('\n').contains('\n');
    if value.ends_with('\n') && !is_text {
        return Some("Ends with a line break.");
    }
    if value.ends_with(char::is_whitespace) && !value.ends_with('\n') {
        return Some(if value.ends_with(' ') {
            "Ends with a space."
        } else {
            "Ends with white space."
        });
    }
    if unquoted(value).is_some() {
        return Some("The quotes around it become part of the value.");
    }
    value
        .contains('\r')
        .then_some("Has line breaks of Windows.")
}

/// The value without what [`oddity`] found.
#[must_use]
pub fn tidied(value: &str) -> String {
    let value = value.replace("\r\n", "\n");
    let trimmed = value.trim();
    unquoted(trimmed).unwrap_or(trimmed).to_owned()
}

fn unquoted(value: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| {
        value
            .strip_prefix(quote)?
            .strip_suffix(quote)
            .filter(|inner| !inner.contains(quote))
    })
}

/// What stands under the value: how long it is, and how much more fits where that matters.
#[must_use]
pub fn length(value: &str, is_file: bool) -> (bool, String) {
    let (bytes, limit) = (
        value.len(),
        if is_file {
            FILE_LIMIT_BYTES
        } else {
            VALUE_LIMIT_BYTES
        },
    );
    let characters = value.chars().count();
    let noun = if characters == 1 {
        "character"
    } else {
        "characters"
    };
    let lines = value.lines().count();
    let limit_words = if is_file { "1 MiB" } else { "64 KiB" };
    if bytes > limit {
        return (
            true,
            format!("{} too long: at most {limit_words}.", size(bytes - limit)),
        );
    }
    let text = match (characters, lines) {
        (0, _) => String::new(),
        (_, 2..) => format!("{characters} {noun} in {lines} lines."),
        _ => format!("{characters} {noun}."),
    };
    match bytes * 10 >= limit * 9 {
        true => (false, format!("{text} {} more fit.", size(limit - bytes))),
        false => (false, text),
    }
}

/// A number of bytes in words.
#[must_use]
pub fn size(bytes: usize) -> String {
    match bytes {
        1 => "1\u{a0}byte".to_owned(),
        0..1024 => format!("{bytes}\u{a0}bytes"),
        1024..1_048_576 => format!("{:.1}\u{a0}KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1}\u{a0}MiB", bytes as f64 / 1_048_576.0),
    }
}

fn lower(scope: Scope) -> String {
    scope.label().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_judged_by_where_it_is_to_be_defined() {
        use Scope::{Environment, Project, Service};
        let verdict = |chosen, defined: &[Scope]| about_key("LOG_LEVEL", chosen, defined, 3).0;
        assert_eq!(verdict(Service, &[]), Verdict::Free);
        assert_eq!(verdict(Service, &[Service, Project]), Verdict::Bad);
        assert_eq!(verdict(Service, &[Project]), Verdict::Hides);
        assert_eq!(verdict(Environment, &[Service]), Verdict::Known);
        assert_eq!(about_key("LOG-LEVEL", Service, &[], 3).0, Verdict::Bad);
        assert_eq!(
            about_key("A", Service, &[Project, Environment], 3).1,
            "Hides the value from the environment."
        );
    }

    #[test]
    fn a_key_with_foreign_characters_gets_a_proposal() {
        assert_eq!(
            suggested_key("stripe-secret.key ").as_deref(),
            Some("STRIPE_SECRET_KEY")
        );
        for text in ["LOG_LEVEL", "lower_is_fine", "", "---", "1st", "qovery-x"] {
            assert_eq!(suggested_key(text), None, "{text}");
        }
    }

    #[test]
    fn a_pasted_assignment_is_taken_apart() {
        assert_eq!(assignment("A=b=c"), Some(("A", "b=c")));
        assert_eq!(assignment("export TOKEN=x"), Some(("TOKEN", "x")));
        assert_eq!(assignment("no-key=x"), None);
    }

    #[test]
    fn what_was_pasted_stays_as_it_is_and_several_lines_stay_together() {
        assert_eq!(assignment("A=\"  x \"\r\n"), Some(("A", "\"  x \"")));
        assert_eq!(assignment("A= x "), Some(("A", " x ")));
        assert_eq!(assignment("A=1\nB=2"), None);
        assert_eq!(assignment("A=1\r\nB=2\r\n"), None);
    }

    #[test]
    fn white_space_and_quotes_at_the_ends_are_noticed_and_can_be_taken_off() {
        for (value, tidy) in [
            (" a", "a"),
            ("a ", "a"),
            ("\ta\t", "a"),
            ("\"a b\"", "a b"),
            ("'a'", "a"),
            ("a\n", "a"),
            ("  ", ""),
            ("a\r\nb", "a\nb"),
        ] {
            assert!(oddity(value).is_some(), "{value:?}");
            assert_eq!(tidied(value), tidy, "{value:?}");
        }
        for value in ["", "a", "a b", "\"a\" \"b\"", "it's", "line\nline\n"] {
            assert_eq!(oddity(value), None, "{value:?}");
        }
    }

    #[test]
    fn the_length_is_told_and_its_limit_only_when_near() {
        assert_eq!(length("", false).1, "");
        assert_eq!(length("abc", false).1, "3 characters.");
        assert_eq!(length("a\nb", false).1, "3 characters in 2 lines.");
        assert!(
            length(&"a".repeat(VALUE_LIMIT_BYTES - 10), false)
                .1
                .ends_with("10\u{a0}bytes more fit.")
        );
        assert!(length(&"a".repeat(VALUE_LIMIT_BYTES + 1), false).0);
        assert!(!length(&"a".repeat(VALUE_LIMIT_BYTES + 1), true).0);
    }
}
