//! Writing variables into a file that [`import`](crate::import) reads back as they were, and other tools read alike.

use std::fmt;

use serde_json::Value;

use crate::import::Format;

const SECRET_NOTE: &str = "# The value of this secret is not exported.";

/// A variable as it goes into a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exported<'a> {
    /// A valid key.
    pub key: &'a str,
    /// The value; none for a secret.
    pub value: Option<&'a str>,
    /// The description; empty when there is none.
    pub description: &'a str,
}

/// Never shows the value.
impl fmt::Debug for Exported<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exported")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Writes variables in their order. Descriptions become comments where the format has them, and so do the keys of
/// secrets; JSON has no comments, and no secrets then. Of all that, reading takes back the values, and from `.env` the
/// descriptions, unless one looks like a commented-out pair itself.
///
/// ```
/// use domain::{export::{Exported, write}, import::Format};
///
/// let port = Exported { key: "PORT", value: Some("8080"), description: "Where we listen" };
/// assert_eq!(write(Format::Dotenv, &[port]), "# Where we listen\nPORT=8080\n");
/// assert_eq!(write(Format::Yaml, &[port]), "# Where we listen\nPORT: \"8080\"\n");
/// ```
#[must_use]
pub fn write(format: Format, variables: &[Exported<'_>]) -> String {
    match format {
        Format::Dotenv => commented(variables, "=", |key, value| {
            format!("{key}={}", dotenv_value(value))
        }),
        Format::Yaml => commented(variables, ":", |key, value| {
            format!("{}: {}", yaml_key(key), yaml_value(value))
        }),
        Format::Json => json(variables),
    }
}

fn json(variables: &[Exported<'_>]) -> String {
    let members: Vec<String> = variables
        .iter()
        .filter_map(|one| Some(format!("\n  \"{}\": {}", one.key, quoted(one.value?))))
        .collect();
    format!("{{{}\n}}\n", members.join(","))
}

/// Writes statements with their comments. A blank line keeps each comment with its statement.
fn commented(
    variables: &[Exported<'_>],
    separator: &str,
    statement: impl Fn(&str, &str) -> String,
) -> String {
    let paragraphs: Vec<String> = variables
        .iter()
        .map(|one| {
            let comment = comment(one.description);
            match one.value {
                Some(value) => format!("{comment}{}\n", statement(one.key, value)),
                None => format!("{comment}{SECRET_NOTE}\n# {}{separator}\n", one.key),
            }
        })
        .collect();
    let has_comments = paragraphs
        .iter()
        .any(|paragraph| paragraph.starts_with('#'));
    paragraphs.join(if has_comments { "\n" } else { "" })
}

/// A description as comment lines. Whatever some reader might take for a line break begins a new comment, since the
/// rest of the description must not become a statement.
fn comment(description: &str) -> String {
    if description.is_empty() {
        return String::new();
    }
    description
        .split(|c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}'))
        .map(|line| format!("{}\n", format!("# {line}").trim_end()))
        .collect()
}

/// Single quotes where they do, since nothing is special between them in any tool.
fn dotenv_value(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:,@%+=".contains(&byte);
    if value.bytes().all(is_plain) {
        value.to_owned()
    } else if !value.contains(['\'', '\n', '\r']) {
        format!("'{value}'")
    } else {
        format!("\"{}\"", dotenv_escaped(value))
    }
}

fn dotenv_escaped(value: &str) -> String {
    value
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n")
        .replace('\r', r"\r")
}

/// Words that some YAML readers take for a boolean or nothing. Whatever else a key can be is text to all of them.
fn yaml_key(key: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if WORDS.iter().any(|word| key.eq_ignore_ascii_case(word)) {
        quoted(key)
    } else {
        key.to_owned()
    }
}

/// Always in quotes, so that no reader computes a number, a date or a boolean. JSON's quotes are YAML's; what JSON
/// leaves as it is and YAML takes for unprintable or a line break is escaped as well.
fn yaml_value(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in quoted(value).chars() {
        match c {
            '\u{7F}'..='\u{9F}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{FEFF}'
            | '\u{FFFE}'
            | '\u{FFFF}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A JSON string.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::import::{Entry, parse};

    fn one<'a>(key: &'a str, value: &'a str) -> Exported<'a> {
        Exported {
            key,
            value: Some(value),
            description: "",
        }
    }

    fn secret<'a>(key: &'a str, description: &'a str) -> Exported<'a> {
        Exported {
            key,
            value: None,
            description,
        }
    }

    fn read_back(format: Format, variables: &[Exported<'_>]) -> Vec<Entry> {
        parse(format, &write(format, variables)).unwrap_or_default()
    }

    #[test]
    fn values_are_quoted_as_little_as_possible() {
        for (value, written) in [
            ("", "A=\n"),
            ("https://a.example:80/b?c", "A='https://a.example:80/b?c'\n"),
            ("8080", "A=8080\n"),
            ("$HOME # \\ \"b\"", "A='$HOME # \\ \"b\"'\n"),
            ("it's \\n\n\"b\"", "A=\"it's \\\\n\\n\\\"b\\\"\"\n"),
            (" b ", "A=' b '\n"),
        ] {
            assert_eq!(write(Format::Dotenv, &[one("A", value)]), written);
        }
    }

    #[test]
    fn secrets_are_mentioned_without_their_value_where_comments_exist() {
        let all = [one("A", "1"), secret("B", "The\ntoken"), one("C", "2")];
        let note = "# The\n# token\n# The value of this secret is not exported.";
        assert_eq!(
            write(Format::Dotenv, &all),
            format!("A=1\n\n{note}\n# B=\n\nC=2\n")
        );
        assert_eq!(
            write(Format::Yaml, &all),
            format!("A: \"1\"\n\n{note}\n# B:\n\nC: \"2\"\n")
        );
        assert_eq!(
            write(Format::Json, &all),
            "{\n  \"A\": \"1\",\n  \"C\": \"2\"\n}\n"
        );
    }

    #[test]
    fn yaml_is_left_nothing_to_compute() {
        for value in [
            "yes",
            "NO",
            "on",
            "1e3",
            "null",
            "~",
            "007",
            "0x1F",
            "1_000",
            "12:30:45",
            "2001-01-01",
            ".inf",
            "<<",
            "",
            "- a",
            "*a",
            "&a",
            "!a",
        ] {
            assert_eq!(
                write(Format::Yaml, &[one("A", value)]),
                format!("A: \"{value}\"\n")
            );
        }
        assert_eq!(
            write(Format::Yaml, &[one("No", "\u{85}\u{2028}")]),
            "\"No\": \"\\u0085\\u2028\"\n"
        );
    }

    #[test]
    fn a_description_cannot_become_a_statement() {
        for separator in [
            "\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\0",
        ] {
            let description = format!("a{separator}EVIL: b");
            for format in [Format::Dotenv, Format::Yaml] {
                let text = write(
                    format,
                    &[Exported {
                        description: &description,
                        ..one("A", "1")
                    }],
                );
                assert!(text.contains("# EVIL"), "{text}");
            }
        }
    }

    #[test]
    fn debug_output_shows_no_value() {
        assert!(!format!("{:?}", one("A", "canary")).contains("canary"));
    }

    fn values() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            r#"[a'"`\\nrt #=:$\n\r\t{}\u{85}\u{2028}\u{FEFF}]{0,24}"#,
            "(-----BEGIN X-----|yes|null|[0-9.e]{1,6}|\\PC{0,40})\n?",
        ]
        .prop_map(|value| value.replace('\0', ""))
    }

    fn variables() -> impl Strategy<Value = Vec<(String, Option<String>, String)>> {
        let keys = prop_oneof!["[A-Za-z][A-Za-z0-9_]{0,9}", "export|y|NO|null|true|_a"];
        let description = "([a-zé][a-zé ,.]{0,20}[a-z](\n[a-z]{1,9})?)?";
        proptest::collection::vec((keys, proptest::option::of(values()), description), 1..8)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_the_same(variables in variables()) {
            let all: Vec<Exported> = variables.iter().map(|(key, value, description)| Exported {
                key, value: value.as_deref(), description,
            }).collect();
            let plain: Vec<&Exported> = all.iter().filter(|one| one.value.is_some()).collect();
            for format in Format::ALL {
                let entries = read_back(format, &all);
                prop_assert_eq!(entries.len(), plain.len());
                for (entry, one) in entries.iter().zip(&plain) {
                    prop_assert_eq!(&entry.key, one.key);
                    prop_assert_eq!(entry.value.as_ref().map(crate::SubmittedValue::expose), one.value);
                    let description = if format == Format::Dotenv { one.description } else { "" };
                    prop_assert_eq!(&entry.description, description);
                }
            }
        }
    }
}
