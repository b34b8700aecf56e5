//! The grammar of `.env` files, which has no standard: this is what the tools people come from agree on.
//!
//! - A statement is `KEY=value` or `KEY: value`, with `export ` before it or not. Only its first separator counts.
//! - Without quotes the value ends with the line, or at a `#` behind white space. White space around it does not count.
//! - Between single quotes or backticks everything stands for itself, line breaks included. Between double quotes
//!   `\n`, `\r`, `\t`, `\\` and `\"` are escapes, and any other backslash stands for itself.
//! - Line breaks are those of any system, and line feeds in the value.
//! - A PEM block needs no quotes: from `-----BEGIN` it goes to the line with `-----END`.
//! - Comments directly above a statement describe it. `$` is text: nothing is expanded.

use super::{Entry, EntryProblem, IMPORT_LIMIT_ENTRIES, position};

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";

/// A value that was read, and how many bytes it took.
type Taken = (Result<String, EntryProblem>, usize);

/// The entries of a text, one more than the limit at most.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let reader = Reader {
        rest: &text,
        line: 1,
        last_line: position(text.trim_end().split('\n').count()),
        comments: Vec::new(),
    };
    reader.take(IMPORT_LIMIT_ENTRIES + 1).collect()
}

/// True when a line is `KEY=…`.
pub(super) fn is_pair(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, _)| is_key(bare(key)))
}

/// True when a line is `KEY: …`.
pub(super) fn is_yaml_pair(line: &str) -> bool {
    colon(line).is_some_and(|end| is_key(line[..end].trim_matches(['"', '\''])))
}

/// Walks through the statements of a text.
struct Reader<'a> {
    rest: &'a str,
    line: u32,
    last_line: u32,
    /// The comment lines directly above.
    comments: Vec<&'a str>,
}

impl Iterator for Reader<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while !self.rest.is_empty() {
            let line = first_line(self.rest);
            let statement = line.trim();
            if statement.is_empty() {
                self.comments.clear();
                self.advance(line.len());
            } else if let Some(comment) = statement.strip_prefix('#') {
                self.comments
                    .push(comment.strip_prefix(' ').unwrap_or(comment));
                self.advance(line.len());
            } else {
                return Some(self.entry(line));
            }
        }
        None
    }
}

impl<'a> Reader<'a> {
    /// Reads the statement that begins on this line.
    fn entry(&mut self, line: &'a str) -> Entry {
        let at = self.line;
        let comment = describing(&std::mem::take(&mut self.comments));
        let Some((key, value_from)) = key_and_start(line) else {
            self.advance(line.len());
            // What is no key either is likely a stray piece of a value, so it is not put where keys are shown.
            let key = Some(bare(line))
                .filter(|key| is_key(key))
                .unwrap_or_default();
            return Entry::new(at, key, Err(EntryProblem::NoValue), &comment);
        };
        let (value, taken) = self.value(&self.rest[value_from..]);
        self.advance(value_from + taken);
        Entry::new(at, key, value, &comment)
    }

    fn value(&self, text: &str) -> Taken {
        let line = first_line(text);
        let start = line.len() - line.trim_start().len();
        let begun = &text[start..];
        let (value, taken) = match begun.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(begun, quote),
            _ if is_open_pem(line) => self.pem(begun),
            _ => return (Ok(unquoted(line).to_owned()), line.len()),
        };
        (value, start + taken)
    }

    fn quoted(&self, text: &str, quote: char) -> Taken {
        let inside = &text[1..];
        let Some(length) = closing(inside, quote) else {
            return self.unclosed(text);
        };
        let tail = first_line(&inside[length + 1..]);
        let taken = 1 + length + 1 + tail.len();
        if !matches!(tail.trim_start().chars().next(), None | Some('#')) {
            return (Err(EntryProblem::TextAfterQuote), taken);
        }
        let value = match quote {
            '"' => unescaped(&inside[..length]),
            _ => inside[..length].to_owned(),
        };
        (Ok(value), taken)
    }

    fn pem(&self, text: &str) -> Taken {
        let Some(end) = text.find(PEM_END) else {
            return self.unclosed(text);
        };
        let taken = end + first_line(&text[end..]).len();
        (Ok(text[..taken].trim_end().to_owned()), taken)
    }

    const fn unclosed(&self, text: &str) -> Taken {
        let last_line = self.last_line;
        (Err(EntryProblem::Unclosed { last_line }), text.len())
    }

    /// Goes on behind so many bytes and the line break that follows them.
    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        self.line += position(passed.matches('\n').count() + 1);
        self.rest = rest;
    }
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(line, _)| line)
}

/// The key of a statement, and where on its line the value starts.
fn key_and_start(line: &str) -> Option<(&str, usize)> {
    let equals = line.find('=');
    let end = equals.into_iter().chain(colon(line)).min()?;
    Some((bare(&line[..end]), end + 1))
}

/// Where a key may end with a colon: before a space or at the end of the line, so that addresses stay whole.
fn colon(line: &str) -> Option<usize> {
    let at_end = || line.trim_end().strip_suffix(':').map(str::len);
    line.find(": ").or_else(at_end)
}

/// A key without white space and `export` before it.
fn bare(key: &str) -> &str {
    let key = key.trim();
    match key.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => key,
    }
}

/// The alphabet of keys alone: to tell statements from other text, not to judge what people may choose.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Comments as one text. A block with a commented-out pair in it describes nothing: its lines may be about that pair,
/// or the rest of an old secret, which must not end up in a description for all to read.
fn describing(comments: &[&str]) -> String {
    if comments.iter().any(|comment| is_pair(comment)) {
        return String::new();
    }
    comments.join("\n")
}

/// The value on the rest of a line, without a comment behind it.
fn unquoted(line: &str) -> &str {
    let comment = line
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|&at| line[..at].ends_with(char::is_whitespace));
    line[..comment.unwrap_or(line.len())].trim()
}

/// Where the quote is closed, if it is.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if c == quote && !escaped {
            return Some(at);
        }
        escaped = quote == '"' && c == '\\' && !escaped;
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek().copied().and_then(meaning) {
            Some(meant) if c == '\\' => {
                value.push(meant);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    value
}

/// What a character means behind a backslash, if anything.
const fn meaning(escaped: char) -> Option<char> {
    match escaped {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '\\' | '"' => Some(escaped),
        _ => None,
    }
}

/// True when a value begins a PEM block that does not end on the same line.
fn is_open_pem(line: &str) -> bool {
    line.trim_start().starts_with(PEM_BEGIN) && !line.contains(PEM_END)
}
