//! Names, parsed once and valid ever after. The reasons are sentences for the person who typed.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a text is not the name it should be: a sentence for the person who typed it, without what they typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(pub &'static str);

/// Longest name, in characters after normalization.
pub const NAME_LIMIT: usize = 64;
/// Longest description, in characters.
pub const DESCRIPTION_LIMIT: usize = 500;

/// Characters that look like nothing or turn text around: control, bidirectional, zero-width.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

pub(crate) fn clean_name(text: &str) -> Result<String, NameError> {
    let name: String = text.nfc().collect::<String>().trim().to_owned();
    if name.is_empty() {
        return Err(NameError("Enter a name."));
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(NameError("Use at most 64 characters."));
    }
    if name.chars().any(is_deceptive) {
        return Err(NameError("Leave out invisible and control characters."));
    }
    Ok(name)
}

/// The form in which names are compared: compatibility-normalized, without case.
#[must_use]
pub fn comparison_key(name: &str) -> String {
    name.nfkc()
        .collect::<String>()
        .trim()
        .to_lowercase()
        .nfkc()
        .collect()
}

/// Makes the part of a URL that stands for a name: lower-case ASCII words joined by hyphens.
/// Empty when the name has no letter or digit that survives; the caller then uses a word of its own.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.nfkd().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-')
            && !slug.is_empty()
            && !unicode_normalization::char::is_combining_mark(c)
        {
            slug.push('-');
        }
    }
    slug.truncate(48);
    slug.trim_end_matches('-').to_owned()
}

/// The name as an upper-case word for built-in variables: `my-postgres` becomes `MY_POSTGRES`.
#[must_use]
pub fn upper_snake(name: &str) -> String {
    slug_of(name).replace('-', "_").to_ascii_uppercase()
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Reads a name: 1 to 64 characters, normalized, nothing invisible.
            ///
            /// # Errors
            /// Says which rule it breaks.
            pub fn parse(text: &str) -> Result<Self, NameError> { clean_name(text).map(Self) }
            /// The name as it is shown.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )+};
}

names! {
    /// What an organization is called; unique on the instance without case.
    OrganizationName,
    /// What a project is called; unique in its organization without case.
    ProjectName,
    /// What an environment is called; unique in its project without case.
    EnvironmentName,
    /// What a service is called; unique in its environment without case.
    ServiceName,
    /// What a cluster entry is called; unique in its organization without case.
    ClusterName,
    /// What a person is called.
    PersonName,
}

/// Free text about something.
///
/// # Errors
/// Too long, or with control characters other than line breaks and tabs.
pub fn parse_description(text: &str) -> Result<String, NameError> {
    parse_text(text, DESCRIPTION_LIMIT, "Use at most 500 characters.")
}

/// A variable's description, which API clients limit to 255 characters.
///
/// # Errors
/// Like [`parse_description`].
pub fn parse_variable_description(text: &str) -> Result<String, NameError> {
    parse_text(text, 255, "Use at most 255 characters.")
}

fn parse_text(text: &str, limit: usize, too_long: &'static str) -> Result<String, NameError> {
    let text = text.replace("\r\n", "\n").trim().nfc().collect::<String>();
    if text.chars().count() > limit {
        return Err(NameError(too_long));
    }
    if text
        .chars()
        .any(|c| is_deceptive(c) && !matches!(c, '\n' | '\t' | '\u{200D}' | '\u{FE0F}'))
    {
        return Err(NameError("Leave out invisible and control characters."));
    }
    Ok(text)
}

/// A link people may click: absolute, http or https, nothing hidden in it. Empty is allowed and means none.
///
/// # Errors
/// Not such a link, or too long.
pub fn parse_website(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let sound = !host.is_empty()
        && !host.contains('@')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || is_deceptive(c) || matches!(c, '"' | '<' | '>' | '\\'));
    if !sound || text.len() > 2048 {
        return Err(NameError(
            "Enter a full address, for example https://example.com.",
        ));
    }
    Ok(text.to_owned())
}

/// An e-mail address: as it was written, and in the one form that every comparison uses.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EmailAddress {
    written: String,
    canonical: String,
}

impl EmailAddress {
    /// Reads one address. The canonical form is trimmed, compatibility-normalized and lower-case, with the domain in ASCII.
    ///
    /// # Errors
    /// It is not an address, or more than one.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const BAD: NameError = NameError("Enter an e-mail address like name@example.com.");
        let written: String = text.trim().nfkc().collect();
        let (local, domain) = written.rsplit_once('@').ok_or(BAD)?;
        let local_is_sound = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| {
                (c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c)) && !is_deceptive(c)
            });
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| BAD)?;
        let domain_is_sound = ascii == "localhost"
            || (ascii.contains('.')
                && !ascii.split('.').any(str::is_empty)
                && !ascii
                    .rsplit('.')
                    .next()
                    .is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit())));
        let canonical = format!("{}@{ascii}", local.to_lowercase());
        if !local_is_sound || !domain_is_sound || written.len() > 254 || canonical.len() > 254 {
            return Err(BAD);
        }
        Ok(Self { written, canonical })
    }
    /// As it was written; where mail is sent and what people see.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }
    /// The form for every look-up, uniqueness and throttle.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}
/// Addresses do not belong into logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_mailbox_has_one_canonical_form() {
        let canonical =
            |text: &str| EmailAddress::parse(text).map(|email| email.canonical().to_owned());
        assert_eq!(
            canonical(" Ana.Novak@Example.COM "),
            Ok("ana.novak@example.com".into())
        );
        assert_eq!(
            canonical("ana@bücher.example"),
            Ok("ana@xn--bcher-kva.example".into())
        );
        assert_eq!(
            canonical("ANA@BÜCHER.EXAMPLE"),
            canonical("ana@xn--bcher-kva.example")
        );
    }

    #[test]
    fn what_is_not_one_address_is_refused() {
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "a b@example.com",
            "ana@exa mple.com",
            "ana@example",
            "a@b@example.com,",
            "ana@example.com,bo@example.com",
            "ana@example.com\nbcc: x@example.com",
            ".a@example.com",
            "a..b@example.com",
            "ana@127.0.0.1",
            "<ana@example.com>",
            &format!("{}@example.com", "a".repeat(300)),
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_hide_nothing() {
        assert_eq!(
            ProjectName::parse("  Shop "),
            Ok(ProjectName("Shop".into()))
        );
        for bad in [
            "",
            "   ",
            "a\u{200B}b",
            "a\u{202E}b",
            "a\nb",
            &"x".repeat(65),
        ] {
            assert!(ProjectName::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(comparison_key("ＳＨＯＰ "), comparison_key("shop"));
    }

    #[test]
    fn addresses_are_readable() {
        assert_eq!(slug_of("My  Postgres (main)"), "my-postgres-main");
        assert_eq!(slug_of("Café Ünïcode"), "cafe-unicode");
        assert_eq!(slug_of("日本"), "");
        assert_eq!(upper_snake("my-postgres"), "MY_POSTGRES");
    }

    #[test]
    fn only_web_links_are_links() {
        for good in ["", "https://acme.example", "http://acme.example:8080/a?b#c"] {
            assert!(parse_website(good).is_ok(), "{good}");
        }
        for bad in [
            "acme.example",
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://u:p@acme.example",
            "https:///x",
        ] {
            assert!(parse_website(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in any::<String>()) {
            if let Ok(email) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email));
            }
            if let Ok(name) = ProjectName::parse(&text) { prop_assert_eq!(ProjectName::parse(name.as_str()), Ok(name)); }
            let slug = slug_of(&text);
            prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            let _ = parse_website(&text);
        }
    }
}
