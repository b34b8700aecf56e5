//! JSON and YAML: one flat object or mapping. Numbers and booleans are kept as they are written, so that `1.10` and
//! `yes` stay what they are.

use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Entry, EntryProblem, Format, IMPORT_LIMIT_ENTRIES, ImportError, position};

/// Reads a JSON object. The line of an entry is the one its value starts on.
pub(super) fn json(text: &str) -> Result<Vec<Entry>, ImportError> {
    let Pairs(pairs) = serde_json::from_str(text).map_err(|error| ImportError::Malformed {
        format: Format::Json,
        line: position(error.line()),
        // The beginning of a line is column 0 to the parser.
        column: position(error.column().max(1)),
    })?;
    let (mut line, mut passed) = (1, 0);
    let entries = pairs.into_iter().map(|(key, raw)| {
        // The value is a part of the text, so the difference of their addresses is its place.
        let at = raw.get().as_ptr().addr() - text.as_ptr().addr();
        line += position(text[passed..at].matches('\n').count());
        passed = at;
        Entry::new(line, &key, written(raw), "")
    });
    Ok(entries.take(IMPORT_LIMIT_ENTRIES + 1).collect())
}

/// The members of an object in their order, each of them: a map would keep only one of those with the same key.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor).map(Pairs)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// The text of a JSON value.
fn written(raw: &RawValue) -> Result<String, EntryProblem> {
    let raw = raw.get();
    match raw.as_bytes().first() {
        // Half of a surrogate pair is grammatical, but no text.
        Some(b'"') => serde_json::from_str(raw).map_err(|_| EntryProblem::NoValue),
        Some(b'{' | b'[' | b'n') | None => Err(EntryProblem::NotText),
        Some(_) => Ok(raw.to_owned()),
    }
}

/// Reads a YAML mapping. The line of an entry is the one its key starts on.
pub(super) fn yaml(text: &str) -> Result<Vec<Entry>, ImportError> {
    // The parser takes NUL for the end of the text, and would leave the rest out without a word.
    if let Some(at) = text.find('\0') {
        return Err(malformed(text[..at].matches('\n').count() + 1, 0));
    }
    let mut events = Events {
        parser: Parser::new_from_str(text),
        documents: 0,
    };
    let (event, at) = events.next_node()?;
    match event {
        Event::MappingStart(..) => {}
        Event::StreamEnd => return Ok(Vec::new()),
        Event::Scalar(text, ..) if text.is_empty() => return Ok(Vec::new()),
        _ => return Err(malformed(at.line(), at.col())),
    }
    let mut entries = Vec::new();
    while let Some(entry) = events.next_entry()? {
        entries.push(entry);
        if entries.len() > IMPORT_LIMIT_ENTRIES {
            return Ok(entries);
        }
    }
    events.end()?;
    Ok(entries)
}

/// The events of a YAML text, without those that stand for more than they say.
struct Events<'a> {
    parser: Parser<'a, StrInput<'a>>,
    documents: u32,
}

impl<'a> Events<'a> {
    /// The next key or value of the mapping; none at its end.
    fn next_entry(&mut self) -> Result<Option<Entry>, ImportError> {
        let (event, at) = self.next_node()?;
        let key = match event {
            Event::MappingEnd => return Ok(None),
            Event::Scalar(key, ..) => key,
            _ => return Err(malformed(at.line(), at.col())),
        };
        let value = match self.next_node()?.0 {
            Event::Scalar(text, style, ..) if is_null(&text, style) => Err(EntryProblem::NotText),
            Event::Scalar(text, ..) => Ok(text.into_owned()),
            _ => {
                self.skip_nested()?;
                Err(EntryProblem::NotText)
            }
        };
        Ok(Some(Entry::new(position(at.line()), &key, value, "")))
    }

    /// Passes over the rest of a list or mapping that has begun.
    fn skip_nested(&mut self) -> Result<(), ImportError> {
        let mut depth = 1;
        while depth > 0 {
            match self.next_node()?.0 {
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => depth -= 1,
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes sure that nothing follows.
    fn end(&mut self) -> Result<(), ImportError> {
        match self.next_node()? {
            (Event::StreamEnd, _) => Ok(()),
            (_, at) => Err(malformed(at.line(), at.col())),
        }
    }

    /// The next event that is content or its end, and where it starts.
    fn next_node(&mut self) -> Result<(Event<'a>, Marker), ImportError> {
        loop {
            let (event, at) = match self.parser.next_event() {
                Some(Ok((event, span))) => (event, span.start),
                Some(Err(error)) => {
                    return Err(malformed(error.marker().line(), error.marker().col()));
                }
                None => return Err(malformed(1, 0)),
            };
            if matches!(event, Event::DocumentStart(_)) {
                self.documents += 1;
            }
            if self.documents > 1 || stands_for_more(&event) {
                let line = position(at.line());
                return Err(ImportError::NotPlain { line });
            }
            match event {
                Event::Nothing
                | Event::StreamStart
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                node => return Ok((node, at)),
            }
        }
    }
}

/// True for what other places can refer to or expand: a few lines of it can become gigabytes.
const fn stands_for_more(event: &Event) -> bool {
    match event {
        Event::Alias(_) => true,
        Event::Scalar(_, _, anchor, tag) => *anchor > 0 || tag.is_some(),
        Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
            *anchor > 0 || tag.is_some()
        }
        _ => false,
    }
}

fn is_null(text: &str, style: ScalarStyle) -> bool {
    style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The parser counts lines from 1 and columns from 0.
fn malformed(line: usize, column: usize) -> ImportError {
    ImportError::Malformed {
        format: Format::Yaml,
        line: position(line),
        column: position(column + 1),
    }
}
