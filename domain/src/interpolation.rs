//! Values that mention other variables: `{{KEY}}`. Anything else between braces is text, and so is `\{{`.

/// A part of a value as it was entered; the parts put together are the value again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// To be taken as it stands, a backslash before `{{` included.
    Text(&'a str),
    /// `{{KEY}}`, braces included.
    Reference(&'a str),
}

impl<'a> Segment<'a> {
    /// The key that is mentioned, if this mentions one.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        match self {
            Self::Text(_) => None,
            Self::Reference(raw) => Some(raw[2..raw.len() - 2].trim()),
        }
    }
    /// The part as it was entered.
    #[must_use]
    pub const fn raw(&self) -> &'a str {
        match self {
            Self::Text(raw) | Self::Reference(raw) => raw,
        }
    }
}

/// Takes a value apart at the variables it mentions.
#[must_use]
pub fn segments(value: &str) -> Vec<Segment<'_>> {
    let mut parts = Vec::new();
    let (mut text_from, mut at) = (0, 0);
    while let Some(found) = value[at..].find("{{") {
        let start = at + found;
        match reference_end(value, start) {
            Some(end) => {
                if text_from < start {
                    parts.push(Segment::Text(&value[text_from..start]));
                }
                parts.push(Segment::Reference(&value[start..end]));
                (text_from, at) = (end, end);
            }
            // One brace on, so that `{{{A}}}` still mentions A.
            None => at = start + 1,
        }
    }
    if text_from < value.len() {
        parts.push(Segment::Text(&value[text_from..]));
    }
    parts
}

/// The keys a value mentions, in its order.
pub fn mentioned(value: &str) -> impl Iterator<Item = &str> {
    segments(value)
        .into_iter()
        .filter_map(|segment| segment.key())
}

fn reference_end(value: &str, start: usize) -> Option<usize> {
    if value[..start].ends_with('\\') {
        return None;
    }
    // Nothing is looked for beyond what may belong to a key, so that a value full of braces is read in one go.
    let inside = value[start + 2..].trim_start();
    let length = inside
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let rest = inside[length..].trim_start();
    (is_key(&inside[..length]) && rest.starts_with("}}")).then(|| value.len() - rest.len() + 2)
}

/// Built-in keys can be mentioned too, so this is the alphabet alone and not what people may choose.
fn is_key(text: &str) -> bool {
    let start = text
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    start
        && text.len() <= 255
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(value: &str) -> Vec<&str> {
        mentioned(value).collect()
    }

    #[test]
    fn valid_keys_between_double_braces_are_mentioned() {
        assert_eq!(keys("https://{{HOST}}:{{ PORT }}/"), ["HOST", "PORT"]);
        assert_eq!(keys("{{{A}}}"), ["A"]);
        assert_eq!(
            keys("{{QOVERY_DATABASE_DB_HOST}}"),
            ["QOVERY_DATABASE_DB_HOST"]
        );
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "", "{{}}", "{{ }}", "{{1A}}", "{{A-B}}", "{{A", "{A}", r"\{{A}}", "{{A B}}", "}}{{",
        ] {
            assert_eq!(keys(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_value_full_of_braces_is_read_in_one_go() {
        // Quadratic work on this would take minutes.
        let braces = "{{".repeat(512 * 1024);
        assert_eq!(segments(&braces), [Segment::Text(&braces)]);
    }

    proptest! {
        #[test]
        fn the_parts_together_are_the_value(value in prop_oneof![any::<String>(), r"[{}A\\ ]{0,24}"]) {
            prop_assert_eq!(segments(&value).iter().map(Segment::raw).collect::<String>(), value);
        }
    }
}
