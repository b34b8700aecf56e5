//! What a service gets: for every key the value that counts, with what it mentions put in.

use std::collections::BTreeMap;

use crate::interpolation::segments;

/// Longest chain of mentions, so that nothing a person enters exhausts the stack.
const DEEPEST: usize = 32;
/// Largest value after everything is put in, in bytes: a few short values that mention each other twice grow without end.
pub const RESOLVED_LIMIT_BYTES: usize = 1024 * 1024;
/// Most that is put into all values together, in bytes: many short values that mention one long one grow together.
const PUT_IN_LIMIT_BYTES: usize = 16 * RESOLVED_LIMIT_BYTES;

/// The definition of a key that counts.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The key.
    pub key: &'a str,
    /// The value as it was entered.
    pub value: &'a str,
    /// Is it a secret?
    pub secret: bool,
    /// Are `{{KEY}}` in it put in? Not in every file.
    pub interpolated: bool,
}

/// Why a value cannot be delivered. The keys are those on the way, the first being the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The last key is defined nowhere.
    Unknown(Vec<String>),
    /// The last key mentions one before it.
    Cycle(Vec<String>),
    /// More than 32 values in a row mention another.
    TooDeep(String),
    /// More than 1 MiB together.
    TooLong(String),
    /// More than 16 MiB put into this value and the others together.
    TooMuch(String),
}

impl Problem {
    /// What is wrong, naming the way there.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown(path) => match path.as_slice() {
                [.., by, unknown] => {
                    format!("{unknown} is not defined, and {by} mentions it.")
                }
                _ => "A key is not defined.".to_owned(),
            },
            Self::Cycle(path) => format!("These mention each other: {}.", path.join(" → ")),
            Self::TooDeep(key) => {
                format!("{key} mentions others that mention others, more than {DEEPEST} deep.")
            }
            Self::TooLong(key) => {
                format!("{key} would be longer than 1 MiB once everything is put in.")
            }
            Self::TooMuch(key) => {
                format!(
                    "{key} and the others together would be longer than 16 MiB once everything is put in."
                )
            }
        }
    }
}

/// A value with everything put in.
#[derive(Clone, PartialEq, Eq)]
pub struct Effective {
    /// The value; none where it cannot be delivered.
    pub value: Result<String, Problem>,
    /// True when it is a secret, or holds one: a plain value that mentions a secret is treated as one everywhere.
    pub secret: bool,
}

/// Never shows the value: it may hold secrets.
impl std::fmt::Debug for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Effective")
            .field("problem", &self.value.as_ref().err())
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// Resolves every key. `winners` has each key once: the definition of the narrowest scope.
#[must_use]
pub fn effective<'a>(
    winners: impl IntoIterator<Item = Definition<'a>>,
) -> BTreeMap<&'a str, Effective> {
    let by_key: BTreeMap<&str, Definition<'_>> =
        winners.into_iter().map(|one| (one.key, one)).collect();
    let mut resolver = Resolver {
        by_key: &by_key,
        done: BTreeMap::new(),
        path: Vec::new(),
        held: 0,
    };
    for key in by_key.keys() {
        resolver.resolve(key);
    }
    resolver.done
}

struct Resolver<'d, 'a> {
    by_key: &'d BTreeMap<&'a str, Definition<'a>>,
    done: BTreeMap<&'a str, Effective>,
    path: Vec<&'a str>,
    /// How many bytes of other values the finished ones hold.
    held: usize,
}

impl<'a> Resolver<'_, 'a> {
    /// Depth-first; what is finished is not looked at again.
    fn resolve(&mut self, key: &'a str) -> Effective {
        if let Some(done) = self.done.get(key) {
            return done.clone();
        }
        let Some(definition) = self.by_key.get(key).copied() else {
            return failed(Problem::Unknown(self.way_to(key)));
        };
        if self.path.contains(&key) {
            return failed(Problem::Cycle(self.way_to(key)));
        }
        if self.path.len() >= DEEPEST {
            return failed(Problem::TooDeep(
                self.path
                    .first()
                    .map_or_else(|| key.to_owned(), |first| (*first).to_owned()),
            ));
        }
        self.path.push(key);
        let resolved = self.put_in(&definition);
        self.path.pop();
        // A problem that was met half-way down names the way from where the search began; it is found again from here.
        if resolved.value.is_ok() || self.path.is_empty() {
            self.done.insert(key, resolved.clone());
        }
        resolved
    }

    fn put_in(&mut self, definition: &Definition<'a>) -> Effective {
        if !definition.interpolated || !definition.value.contains("{{") {
            return Effective {
                value: Ok(definition.value.to_owned()),
                secret: definition.secret,
            };
        }
        let (mut text, mut secret) = (String::new(), definition.secret);
        let mut put_in = 0;
        for segment in segments(definition.value) {
            let Some(key) = segment.key() else {
                text += &segment.raw().replace("\\{{", "{{");
                continue;
            };
            let mentioned = self.resolve(key);
            secret |= mentioned.secret;
            match mentioned.value {
                Ok(value) => {
                    put_in += value.len();
                    text += &value;
                }
                Err(problem) => {
                    return Effective {
                        value: Err(problem),
                        secret,
                    };
                }
            }
            if text.len() > RESOLVED_LIMIT_BYTES {
                return Effective {
                    value: Err(Problem::TooLong(definition.key.to_owned())),
                    secret,
                };
            }
        }
        if self.held + put_in > PUT_IN_LIMIT_BYTES {
            return Effective {
                value: Err(Problem::TooMuch(definition.key.to_owned())),
                secret,
            };
        }
        self.held += put_in;
        Effective {
            value: Ok(text),
            secret,
        }
    }

    fn way_to(&self, key: &str) -> Vec<String> {
        let way = self.path.iter().copied().chain([key]);
        way.map(str::to_owned).collect()
    }
}

/// Nobody can say that it holds no secret.
const fn failed(problem: Problem) -> Effective {
    Effective {
        value: Err(problem),
        secret: true,
    }
}

/// Whether a key can be resolved, from what each key mentions alone: values need not be opened for that.
///
/// # Errors
/// The first problem met on the way from `key`.
pub fn check_mentions(mentions: &BTreeMap<&str, Vec<&str>>, key: &str) -> Result<(), Problem> {
    let mut path = Vec::new();
    walk(mentions, key, &mut path, &mut Vec::new())
}

fn walk<'a>(
    mentions: &BTreeMap<&'a str, Vec<&'a str>>,
    key: &'a str,
    path: &mut Vec<&'a str>,
    sound: &mut Vec<&'a str>,
) -> Result<(), Problem> {
    let way = |path: &[&str]| {
        path.iter()
            .chain([&key])
            .map(|&key| key.to_owned())
            .collect()
    };
    if sound.contains(&key) {
        return Ok(());
    }
    let Some(mentioned) = mentions.get(key) else {
        return Err(Problem::Unknown(way(path)));
    };
    if path.contains(&key) {
        return Err(Problem::Cycle(way(path)));
    }
    if path.len() >= DEEPEST {
        return Err(Problem::TooDeep(
            path.first().map_or(key, |first| first).to_owned(),
        ));
    }
    path.push(key);
    for next in mentioned {
        walk(mentions, next, path, sound)?;
    }
    path.pop();
    sound.push(key);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use proptest::prelude::*;

    use super::*;

    fn plain<'a>(key: &'a str, value: &'a str) -> Definition<'a> {
        Definition {
            key,
            value,
            secret: false,
            interpolated: true,
        }
    }

    fn secret<'a>(key: &'a str, value: &'a str) -> Definition<'a> {
        Definition {
            secret: true,
            ..plain(key, value)
        }
    }

    fn value(all: &[Definition<'_>], key: &str) -> Result<String, Problem> {
        effective(all.iter().copied())[key].value.clone()
    }

    #[test]
    fn what_is_mentioned_is_put_in_however_deep() {
        let all = [
            plain("URL", "https://{{HOST}}:{{ PORT }}/"),
            plain("HOST", "{{NAME}}.example"),
            plain("NAME", "shop"),
            plain("PORT", "8080"),
        ];
        assert_eq!(value(&all, "URL").unwrap(), "https://shop.example:8080/");
    }

    #[test]
    fn braces_behind_a_backslash_are_text() {
        assert_eq!(
            value(&[plain("A", r"x \{{B}} y")], "A").unwrap(),
            "x {{B}} y"
        );
    }

    #[test]
    fn a_file_without_interpolation_stays_as_it_is() {
        let file = Definition {
            interpolated: false,
            ..plain("TEMPLATE", r"{{MISSING}} \{{")
        };
        assert_eq!(value(&[file], "TEMPLATE").unwrap(), r"{{MISSING}} \{{");
    }

    #[test]
    fn whatever_holds_a_secret_is_one() {
        let all = [
            plain("URL", "postgres://{{USER}}:{{PASSWORD}}@db"),
            plain("COPY", "{{URL}}"),
            plain("USER", "app"),
            secret("PASSWORD", "s3cret"),
        ];
        let resolved = effective(all);
        assert!(resolved["COPY"].secret && resolved["URL"].secret && !resolved["USER"].secret);
        assert!(!format!("{resolved:?}").contains("s3cret"));
    }

    #[test]
    fn unknown_keys_and_cycles_are_named_with_the_way_there() {
        let all = [
            plain("A", "{{B}}"),
            plain("B", "{{C}}"),
            plain("X", "{{Y}}"),
            plain("Y", "{{Z}}"),
            plain("Z", "{{Y}}"),
            plain("SELF", "{{SELF}}"),
        ];
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            value(&all, "A").unwrap_err(),
            Problem::Unknown(path(&["A", "B", "C"]))
        );
        assert_eq!(
            value(&all, "X").unwrap_err(),
            Problem::Cycle(path(&["X", "Y", "Z", "Y"]))
        );
        assert_eq!(
            value(&all, "SELF").unwrap_err(),
            Problem::Cycle(path(&["SELF", "SELF"]))
        );
    }

    #[test]
    fn chains_and_growth_without_end_are_refused() {
        let keys: Vec<String> = (0..64).map(|n| format!("K{n}")).collect();
        let doubled: Vec<String> = (0..64)
            .map(|n| format!("{{{{K{}}}}}{{{{K{}}}}}", n + 1, n + 1))
            .collect();
        let mut all: Vec<_> = keys
            .iter()
            .zip(&doubled)
            .take(24)
            .map(|(key, value)| plain(key, value))
            .collect();
        all.push(plain("K24", "x"));
        assert!(matches!(value(&all, "K0"), Err(Problem::TooLong(_))));
        let mut deep: Vec<_> = keys
            .iter()
            .zip(&doubled)
            .map(|(key, value)| plain(key, value))
            .collect();
        deep.push(plain("K64", ""));
        assert!(matches!(value(&deep, "K0"), Err(Problem::TooDeep(_))));
    }

    #[test]
    fn many_values_that_hold_a_long_one_are_refused_beyond_what_all_may_hold() {
        let long = "x".repeat(RESOLVED_LIMIT_BYTES);
        let keys: Vec<String> = (10..40).map(|n| format!("K{n}")).collect();
        let mut all: Vec<_> = keys.iter().map(|key| plain(key, "{{BIG}}")).collect();
        all.extend([plain("BIG", &long), plain("TEXT", "as it is")]);
        let resolved = effective(all);
        let held = |key: &String| resolved[key.as_str()].value.is_ok();
        assert_eq!(keys.iter().filter(|key| held(key)).count(), 16);
        // Each is finished in the order of keys, and says so of itself.
        let refused = resolved["K26"].value.clone().unwrap_err();
        assert_eq!(refused, Problem::TooMuch("K26".to_owned()));
        assert_eq!(
            refused.sentence(),
            "K26 and the others together would be longer than 16 MiB once everything is put in."
        );
        // Nothing is put into these.
        assert!(resolved["BIG"].value.is_ok() && resolved["TEXT"].value.is_ok());
    }

    /// What somebody would write who never heard of depth-first search: put in, again and again, until nothing changes.
    fn naive(all: &BTreeMap<String, String>, key: &str) -> Option<String> {
        let mut text = all.get(key)?.clone();
        for _ in 0..=all.len() {
            if !text.contains("{{") {
                return Some(text);
            }
            for (other, value) in all {
                text = text.replace(&format!("{{{{{other}}}}}"), value);
                if text.len() > 4096 {
                    return None;
                }
            }
        }
        None
    }

    proptest! {
        #[test]
        fn resolving_is_putting_in_until_nothing_changes(
            all in prop::collection::btree_map("[A-F]", "([a-c]|\\{\\{[A-G]\\}\\}){0,3}", 1..6)
        ) {
            let definitions: Vec<_> = all.iter().map(|(key, value)| plain(key, value)).collect();
            let resolved = effective(definitions);
            for key in all.keys() {
                let expected = naive(&all, key);
                prop_assert_eq!(resolved[key.as_str()].value.as_ref().ok(), expected.as_ref(), "{}", key);
            }
        }

        #[test]
        fn the_check_before_saving_agrees_with_resolving(
            all in prop::collection::btree_map("[A-F]", "([a-c]|\\{\\{[A-G]\\}\\}){0,3}", 1..6)
        ) {
            let definitions: Vec<_> = all.iter().map(|(key, value)| plain(key, value)).collect();
            let resolved = effective(definitions);
            let mentions: BTreeMap<&str, Vec<&str>> = all
                .iter()
                .map(|(key, value)| (key.as_str(), crate::interpolation::mentioned(value).collect()))
                .collect();
            for key in all.keys() {
                let checked = check_mentions(&mentions, key);
                let refused = checked.as_ref().err().map(std::mem::discriminant);
                let failed = resolved[key.as_str()].value.as_ref().err();
                prop_assert_eq!(refused, failed.map(std::mem::discriminant), "{}", key);
            }
        }
    }
}
