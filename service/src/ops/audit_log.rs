//! Reading the audit log.

use domain::{
    ApiError, EventType, Invalid, NameError, OrganizationId, TargetType, Timestamp,
    audit::{FieldChange, SubTargetType},
    view::{DiffRow, EventDetail, EventPage, EventView},
};
use serde_json::{Value, json};

use super::not_found;
use crate::{
    Caller, Result, Service, permits,
    store::{Chain, Cursor, EventFilter, EventRow, Tx},
};

/// Events on a page.
const PAGE: u32 = 50;

/// Filters as they stand in a URL. Empty means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// A moment, or relative: `-15m`, `-24h`, `-7d`.
    pub from: String,
    /// A moment.
    pub to: String,
    /// A word of [`EventType`].
    pub event_type: String,
    /// A word of [`TargetType`] or [`SubTargetType`].
    pub target_type: String,
    /// Part of the target's name.
    pub target_name: String,
    /// Only what is within this project, environment or service, by id.
    pub within: String,
    /// A page's cursor.
    pub cursor: String,
}

fn parse_moment(text: &str, now: Timestamp) -> Result<Option<Timestamp>, NameError> {
    const BAD: NameError =
        NameError("Enter a time like 2026-11-23T08:39, or -7d for the last seven days.");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(relative) = text.strip_prefix('-')
        && !relative.is_empty()
        && relative.is_ascii()
    {
        let (count, unit) = relative.split_at(relative.len() - 1);
        let seconds = match unit {
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(BAD),
        };
        let count: i64 = count.parse().map_err(|_| BAD)?;
        return if (1..=100_000).contains(&count) {
            Ok(Some(now.plus_seconds(-count * seconds)))
        } else {
            Err(BAD)
        };
    }
    Timestamp::parse(text).map(Some).ok_or(BAD)
}

fn parse_cursor(text: &str) -> Result<Cursor, ApiError> {
    let sequence = |digits: &str| {
        digits
            .parse::<i64>()
            .ok()
            .filter(|number| *number >= 0)
            .ok_or(ApiError::BadRequest)
    };
    match (text, text.split_at_checked(1)) {
        ("", _) => Ok(Cursor::Newest),
        (_, Some(("o", digits))) => sequence(digits).map(Cursor::OlderThan),
        (_, Some(("n", digits))) => sequence(digits).map(Cursor::NewerThan),
        _ => Err(ApiError::BadRequest),
    }
}

impl EventQuery {
    fn parse(&self, now: Timestamp) -> Result<(EventFilter, Cursor), ApiError> {
        let mut invalid = Invalid::new();
        let from = invalid
            .check("from", parse_moment(&self.from, now))
            .flatten();
        let to = invalid.check("to", parse_moment(&self.to, now)).flatten();
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            invalid.add("to", "The end must be after the beginning.");
        }
        let event_type = word::<EventType>(&mut invalid, "event_type", &self.event_type);
        let (target_type, sub_target_type) = match (
            self.target_type.parse::<TargetType>(),
            self.target_type.parse::<SubTargetType>(),
        ) {
            (Ok(target), _) => (Some(target), None),
            (_, Ok(part)) => (None, Some(part)),
            _ => (
                word::<TargetType>(&mut invalid, "target_type", &self.target_type),
                None,
            ),
        };
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if self.target_name.chars().count() > 255 {
            invalid.add("target_name", "Use at most 255 characters.");
        }
        let cursor = parse_cursor(&self.cursor)?;
        invalid.finish()?;
        let target_name = text(&self.target_name);
        Ok((
            EventFilter {
                from,
                to,
                event_type,
                target_type,
                sub_target_type,
                target_name,
                within: text(&self.within),
            },
            cursor,
        ))
    }
}

fn word<T: std::str::FromStr<Err = NameError>>(
    invalid: &mut Invalid,
    field: &str,
    text: &str,
) -> Option<T> {
    if text.is_empty() {
        None
    } else {
        invalid.check(field, text.parse())
    }
}

impl Service {
    /// A page of events, newest first, as far as the plan's retention reaches.
    ///
    /// # Errors
    /// `Forbidden` without the right to read the log; every filter that needs attention.
    pub async fn events(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        query: &EventQuery,
    ) -> Result<EventPage> {
        let mut tx = self.store.read().await?;
        self.may_read_log(&mut tx, caller, organization).await?;
        let (mut filter, cursor) = query.parse(self.now())?;
        let retention_days = tx.retention_days(organization).await?;
        let oldest = self.now().plus_days(-i64::from(retention_days));
        filter.from = Some(filter.from.map_or(oldest, |from| from.max(oldest)));
        // One more than a page says whether there is another.
        let mut rows = tx
            .events(Chain::Organization(organization), &filter, cursor, PAGE + 1)
            .await?;
        let more = rows.len() > PAGE as usize;
        if more {
            match cursor {
                Cursor::NewerThan(_) => drop(rows.remove(0)),
                Cursor::Newest | Cursor::OlderThan(_) => rows.truncate(PAGE as usize),
            }
        }
        let first = rows.first().map(|row| format!("n{}", row.view.sequence));
        let last = rows.last().map(|row| format!("o{}", row.view.sequence));
        let (newer, older) = match cursor {
            Cursor::Newest => (None, last.filter(|_| more)),
            Cursor::OlderThan(_) => (first, last.filter(|_| more)),
            Cursor::NewerThan(_) => (first.filter(|_| more), last),
        };
        Ok(EventPage {
            events: rows.into_iter().map(|row| row.view).collect(),
            older,
            newer,
            retention_days,
        })
    }

    /// One event with everything there is to know.
    ///
    /// # Errors
    /// `Forbidden`, or `NotFound` for an unknown or no longer kept one.
    pub async fn event(
        &self,
        caller: &Caller,
        organization: OrganizationId,
        sequence: i64,
    ) -> Result<EventDetail> {
        let mut tx = self.store.read().await?;
        self.may_read_log(&mut tx, caller, organization).await?;
        let retention_days = tx.retention_days(organization).await?;
        let oldest = self.now().plus_days(-i64::from(retention_days));
        let row = not_found(
            tx.event(Chain::Organization(organization), sequence)
                .await?
                .filter(|row| row.view.at >= oldest),
        )?;
        let rows = self.diff(&mut tx, organization, &row).await?;
        let request = uuid::Uuid::from_slice(&row.request)
            .map(|id| id.to_string())
            .unwrap_or_default();
        Ok(EventDetail {
            sentence: sentence(&row.view),
            rows,
            network: row.network.clone(),
            user_agent: row.user_agent.clone(),
            json: json_of(&row, &request),
            request,
            event: row.view,
        })
    }

    async fn may_read_log(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        organization: OrganizationId,
    ) -> Result<()> {
        let seen = tx.belongs(caller, organization).await?;
        let _proof = tx
            .authorize::<permits::ReadAudit>(caller, seen.target().clone())
            .await?;
        Ok(())
    }

    /// The changed fields, ready to show. Values of plain variables are read from the version store; they are not in the event.
    async fn diff(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        row: &EventRow,
    ) -> Result<Vec<DiffRow>> {
        let mut rows = Vec::new();
        for (field, change) in row.view.change.fields() {
            rows.push(match change {
                FieldChange::Hidden(_) => DiffRow {
                    field: in_words(field),
                    before: None,
                    after: Some("changed (hidden)".to_owned()),
                },
                FieldChange::Shown(before, after) if field == "value_version" => DiffRow {
                    field: "value".to_owned(),
                    before: self.value_of(tx, organization, row, before).await?,
                    after: self.value_of(tx, organization, row, after).await?,
                },
                FieldChange::Shown(before, after) => DiffRow {
                    field: in_words(field),
                    before: shown(before),
                    after: shown(after),
                },
            });
        }
        Ok(rows)
    }

    async fn value_of(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        row: &EventRow,
        version: &Value,
    ) -> Result<Option<String>> {
        let Some(version) = version.as_u64() else {
            return Ok(None);
        };
        let value = self
            .plain_version(tx, organization, &row.subject_id, version)
            .await?;
        Ok(Some(value.unwrap_or_else(|| {
            format!("version {version} (not shown: secret or deleted since)")
        })))
    }
}

fn in_words(field: &str) -> String {
    field.replace('_', " ")
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A sentence people can read: who did what to what.
fn sentence(event: &EventView) -> String {
    let did = match event.event_type {
        EventType::Create if event.sub_target_type == Some(SubTargetType::Invitation) => "invited",
        EventType::Update if event.sub_target_type == Some(SubTargetType::Invitation) => {
            "sent a new link to"
        }
        EventType::Delete if event.sub_target_type == Some(SubTargetType::Invitation) => {
            "revoked the invitation of"
        }
        EventType::Delete
            if event.sub_target_type.is_none()
                && event.target_type == TargetType::MembersAndRoles =>
        {
            "removed"
        }
        EventType::Create => "created",
        EventType::Update => "changed",
        EventType::Delete => "deleted",
        EventType::Restore => "restored",
        EventType::Accept => "accepted the invitation of",
        EventType::SignIn => return format!("{} signed in", event.actor),
        EventType::SignOut => return format!("{} signed out", event.actor),
        EventType::SignInFailed => {
            return format!("Somebody failed to sign in as {}", event.target());
        }
        other => return format!("{}: {} on {}", event.actor, other.label(), event.target()),
    };
    format!("{} {did} {}", event.actor, event.target())
}

fn json_of(row: &EventRow, request: &str) -> Value {
    let view = &row.view;
    let (project_id, environment_id) = row.place_ids();
    let id = |id: &str| {
        if id.is_empty() {
            Value::Null
        } else {
            Value::from(id)
        }
    };
    json!({
        "sequence": view.sequence,
        "timestamp": view.at.rfc3339(),
        "event_type": view.event_type.code(),
        "target_type": view.target_type.code(),
        "sub_target_type": view.sub_target_type.map(SubTargetType::code),
        "target_id": id(&view.target_id),
        "target_name": view.target_name,
        "sub_target_id": id(&row.subject_id),
        "sub_target_name": view.subject,
        "project_id": id(project_id),
        "project_name": view.project,
        "environment_id": id(environment_id),
        "environment_name": view.environment,
        "triggered_by": view.actor,
        "triggered_by_type": row.actor_kind,
        "origin": view.tool.code(),
        "outcome": view.outcome.code(),
        "change": view.change,
        "network": row.network,
        "user_agent": row.user_agent,
        "request_id": request,
        "hash": row.hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_relative() {
        let now = Timestamp::parse("2026-11-23T12:00:00Z").expect("valid");
        assert_eq!(parse_moment("-7d", now), Ok(Some(now.plus_days(-7))));
        assert_eq!(parse_moment("-15m", now), Ok(Some(now.plus_seconds(-900))));
        assert_eq!(
            parse_moment("2026-11-23T08:39", now),
            Ok(Timestamp::parse("2026-11-23T08:39:00Z"))
        );
        for bad in [
            "-",
            "-d",
            "-0d",
            "-9999999999d",
            "-7w",
            "2026-02-30",
            "soon",
            "-ä",
        ] {
            assert!(parse_moment(bad, now).is_err(), "{bad}");
        }
    }

    #[test]
    fn forged_cursors_are_refused() {
        assert_eq!(parse_cursor(""), Ok(Cursor::Newest));
        assert_eq!(parse_cursor("o12"), Ok(Cursor::OlderThan(12)));
        for bad in ["x1", "o", "o-1", "o1 or 1=1", "n99999999999999999999", "ö1"] {
            assert_eq!(parse_cursor(bad), Err(ApiError::BadRequest), "{bad}");
        }
    }
}
