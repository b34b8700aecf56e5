use std::fmt;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// A moment in UTC, in microseconds since 1970. The domain never asks what time it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// This moment moved by whole seconds, which may be negative.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
    /// This moment moved by whole days, which may be negative.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(86_400))
    }
    /// Whole seconds from `earlier` to this moment; negative when it lies before.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0.saturating_sub(earlier.0)) / 1_000_000
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
    /// RFC 3339 with microseconds as needed, `2026-11-23T08:39:07.5Z`; for machines.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.civil().format(&Rfc3339).unwrap_or_default()
    }
    /// `23 Nov 2026, 08:39`; for people.
    #[must_use]
    pub fn for_people(self) -> String {
        self.civil()
            .format(format_description!(
                "[day padding:none] [month repr:short] [year], [hour]:[minute]"
            ))
            .unwrap_or_default()
    }
    /// `23 Nov 2026, 08:39:07`; where seconds matter.
    #[must_use]
    pub fn for_people_exact(self) -> String {
        self.civil()
            .format(format_description!(
                "[day padding:none] [month repr:short] [year], [hour]:[minute]:[second]"
            ))
            .unwrap_or_default()
    }
    /// Reads RFC 3339, or a date and time as a browser's `datetime-local` field sends it (taken as UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let full = match text.len() {
            10 => format!("{text}T00:00:00Z"),
            16 => format!("{text}:00Z"),
            19 => format!("{text}Z"),
            _ => text.to_owned(),
        };
        let parsed = OffsetDateTime::parse(&full, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000)
            .ok()
            .map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_machines_read_the_same_moment() {
        let at = Timestamp::parse("2026-11-23T08:39:07Z").expect("a valid time");
        assert_eq!(at.for_people(), "23 Nov 2026, 08:39");
        assert_eq!(at.for_people_exact(), "23 Nov 2026, 08:39:07");
        assert_eq!(Timestamp::parse(&at.rfc3339()), Some(at));
        assert_eq!(
            Timestamp::parse("2026-11-23T08:39"),
            Timestamp::parse("2026-11-23T08:39:00Z")
        );
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in [
            "2026-02-30",
            "2026-13-01T00:00",
            "yesterday",
            "",
            "99999999999999999999",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
