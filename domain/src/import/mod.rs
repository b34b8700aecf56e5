//! Reading many variables at once from a file that somebody pastes or drops: `.env`, JSON or YAML.
//!
//! Nothing is guessed and nothing is expanded: a value is the text that stands in the file. What cannot be read is an
//! [`Entry`] with an [`EntryProblem`], so that it is seen and corrected rather than lost. No error and no Debug output
//! here carries anything of the file: it is full of secrets, also where it is malformed.
//!
//! ```
//! use domain::import::{Format, parse};
//!
//! let entries = parse(Format::Dotenv, "# Where we listen\nPORT=8080").unwrap();
//! assert_eq!((entries[0].line, entries[0].key.as_str()), (2, "PORT"));
//! assert_eq!(entries[0].description, "Where we listen");
//! ```

mod dotenv;
mod structured;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{
    SubmittedValue, VALUE_LIMIT_BYTES, VariableKey,
    name::{NameError, parse_variable_description},
    variable::coded,
};

/// Largest file that is read.
pub const IMPORT_LIMIT_BYTES: usize = 1024 * 1024;
/// Most entries of one file.
pub const IMPORT_LIMIT_ENTRIES: usize = 1_000;
/// Longest description, in characters; a longer comment is cut.
const DESCRIPTION_LIMIT: usize = 255;

coded! {
    /// How a file of variables is written.
    Format {
        /// `KEY=value` lines, as shells and most tools read them.
        Dotenv = "DOTENV", ".env";
        /// One flat object.
        Json = "JSON", "JSON";
        /// One flat mapping.
        Yaml = "YAML", "YAML";
    }
}

impl Format {
    /// The format a text seems to have; [`Format::Dotenv`] in doubt.
    #[must_use]
    pub fn detect(text: &str) -> Self {
        let text = without_mark(text);
        if text.trim_start().starts_with(['{', '[']) {
            return Self::Json;
        }
        // Indented lines may belong to a block of YAML text, whatever they look like.
        let mut lines = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with(['#', ' ', '\t']))
            .peekable();
        let is_yaml = lines
            .peek()
            .is_some_and(|line| *line == "---" || dotenv::is_yaml_pair(line))
            && !lines.any(dotenv::is_pair);
        if is_yaml { Self::Yaml } else { Self::Dotenv }
    }
}

/// One variable of a file, or what stands where one should be.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it starts, from 1.
    pub line: u32,
    /// The key as it was written, which is a [`VariableKey`] unless there is a problem. Empty where none can be read.
    pub key: String,
    /// The value; none when there is none that could be saved.
    pub value: Option<SubmittedValue>,
    /// The comment above it, fit to be a description; empty when there is none.
    pub description: String,
    /// Why it cannot be imported as it stands.
    pub problem: Option<EntryProblem>,
}

impl Entry {
    fn new(line: u32, key: &str, value: Result<String, EntryProblem>, comment: &str) -> Self {
        let key = key.trim().to_owned();
        let value = value.and_then(saveable);
        let problem = match &value {
            Err(problem) => Some(*problem),
            Ok(_) => VariableKey::parse(&key).err().map(EntryProblem::InvalidKey),
        };
        Self {
            line,
            key,
            value: value.ok(),
            description: description(comment),
            problem,
        }
    }
}

/// Shows neither value, comment nor key: in a malformed file any of them may be a piece of a secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("line", &self.line)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

/// Why one entry cannot be imported as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryProblem {
    /// The key breaks this rule.
    InvalidKey(NameError),
    /// There is nothing that separates a key from a value, or the value is not readable text.
    NoValue,
    /// The value is a list, a mapping or null.
    NotText,
    /// The value is larger than [`VALUE_LIMIT_BYTES`].
    TooLong,
    /// The value contains a NUL character, which no environment can hold.
    ContainsNul,
    /// A quote or a PEM block is not closed; everything up to the last line of the file was taken for the value.
    Unclosed {
        /// The last line of the file.
        last_line: u32,
    },
    /// Something other than a comment follows the closing quote.
    TextAfterQuote,
    /// The same key stands further up.
    Repeated {
        /// The line of its first occurrence.
        first_line: u32,
    },
}

impl EntryProblem {
    /// What is wrong and what to do, for the person who imports. Without anything of the file.
    #[must_use]
    pub fn sentence(&self) -> String {
        let fixed = match self {
            Self::InvalidKey(rule) => rule.0,
            Self::NoValue => "No value can be read here. Write KEY=value.",
            Self::NotText => "The value is a list, an object or null. Write it as text in quotes.",
            Self::TooLong => "The value is larger than 64 KiB.",
            Self::ContainsNul => "The value contains a NUL character. Leave it out.",
            Self::TextAfterQuote => {
                "There is text behind the closing quote. Put the whole value in one pair of quotes."
            }
            Self::Unclosed { last_line } => {
                return format!(
                    "The value opened here is never closed, so everything up to line {last_line} belongs to it. Close it."
                );
            }
            Self::Repeated { first_line } => {
                return format!("This key is already on line {first_line}. Keep one of them.");
            }
        };
        fixed.to_owned()
    }
}

/// Why a file as a whole is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than [`IMPORT_LIMIT_BYTES`].
    #[error("This is larger than 1 MiB. Import it in parts.")]
    TooLarge,
    /// More than [`IMPORT_LIMIT_ENTRIES`].
    #[error("These are more than 1,000 entries. Import them in parts.")]
    TooMany,
    /// No entry at all.
    #[error("There are no variables in it.")]
    Nothing,
    /// It does not follow the grammar, or is no flat object or mapping.
    #[error(
        "This is not one flat list of keys and values in {format}. Look at line {line}, column {column}."
    )]
    Malformed {
        /// The format it was read as.
        format: Format,
        /// Where reading stopped, from 1.
        line: u32,
        /// Where on the line, from 1.
        column: u32,
    },
    /// YAML that stands for more than it says: an anchor, an alias, a tag or a second document.
    #[error(
        "Line {line} has an anchor, an alias, a tag or a second document, which are not imported. Write plain keys and values."
    )]
    NotPlain {
        /// Where it stands, from 1.
        line: u32,
    },
}

/// Reads a file into its entries, in its order. Entries that cannot be imported are among them, and so is every
/// occurrence of a repeated key.
///
/// # Errors
/// The file as a whole cannot be read: see [`ImportError`].
pub fn parse(format: Format, text: &str) -> Result<Vec<Entry>, ImportError> {
    if text.len() > IMPORT_LIMIT_BYTES {
        return Err(ImportError::TooLarge);
    }
    let text = without_mark(text);
    let mut entries = match format {
        Format::Dotenv => dotenv::read(text),
        Format::Json => structured::json(text)?,
        Format::Yaml => structured::yaml(text)?,
    };
    match entries.len() {
        0 => return Err(ImportError::Nothing),
        1..=IMPORT_LIMIT_ENTRIES => mark_repeated(&mut entries),
        _ => return Err(ImportError::TooMany),
    }
    Ok(entries)
}

/// The text behind the byte order mark that some editors put at the beginning.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{FEFF}').unwrap_or(text)
}

fn saveable(value: String) -> Result<SubmittedValue, EntryProblem> {
    if value.len() > VALUE_LIMIT_BYTES {
        return Err(EntryProblem::TooLong);
    }
    if value.contains('\0') {
        return Err(EntryProblem::ContainsNul);
    }
    Ok(SubmittedValue::new(value))
}

/// A comment as a description, or nothing when it has characters that a description cannot have.
fn description(comment: &str) -> String {
    let cut: String = comment.trim().nfc().take(DESCRIPTION_LIMIT).collect();
    parse_variable_description(&cut).unwrap_or_default()
}

fn mark_repeated(entries: &mut [Entry]) {
    let mut first_lines: HashMap<&str, u32> = HashMap::new();
    for entry in entries.iter_mut().filter(|entry| !entry.key.is_empty()) {
        match first_lines.get(entry.key.as_str()) {
            Some(&first_line) => {
                entry.problem = entry
                    .problem
                    .or(Some(EntryProblem::Repeated { first_line }));
            }
            None => {
                first_lines.insert(&entry.key, entry.line);
            }
        }
    }
}

/// Lines and columns are shown, so a number too large to be one does no harm.
fn position(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
