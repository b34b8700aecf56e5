//! Events in words.

use domain::{
    EventType, Outcome, TargetType,
    audit::{FieldChange, SubTargetType},
    view::EventView,
};

/// Longest text a line of a list shows, in characters.
const SHORT: usize = 48;
/// Longest value a difference shows, in characters; a file can have a million.
const LONG: usize = 2_000;

/// What changed, in a few words for a list.
pub fn change_words(event: &EventView) -> String {
    let fields: Vec<_> = event.change.fields().collect();
    if event.outcome == Outcome::Denied {
        return "refused".to_owned();
    }
    if let Some(role) = fields.iter().find_map(|(name, change)| {
        (*name == "role")
            .then(|| short(change, Side::After))
            .flatten()
    }) {
        match (event.event_type, event.sub_target_type) {
            (EventType::Create, Some(SubTargetType::Invitation)) => {
                return format!("invited as {role}");
            }
            (EventType::Accept, _) => return format!("joined as {role}"),
            _ => {}
        }
    }
    match (event.event_type, event.sub_target_type) {
        (EventType::Update, Some(SubTargetType::Invitation)) => return "new link sent".to_owned(),
        (EventType::Delete, Some(SubTargetType::Invitation)) => return "revoked".to_owned(),
        (EventType::Delete, None) if event.target_type == TargetType::MembersAndRoles => {
            return "removed".to_owned();
        }
        _ => {}
    }
    match (event.event_type, fields.as_slice()) {
        (EventType::Create, _) => "created".to_owned(),
        (EventType::Delete, _) => "deleted".to_owned(),
        (EventType::Restore, _) => restored(&fields),
        (_, [(name, change)]) if *name != "value_version" => {
            match (short(change, Side::Before), short(change, Side::After)) {
                (Some(before), Some(after)) => format!("{}: {before} → {after}", in_words(name)),
                _ => format!("{} changed", in_words(name)),
            }
        }
        (_, []) => String::new(),
        _ => format!(
            "{} changed",
            event.change.summary().replace("value version", "value")
        ),
    }
}

/// Which version came back, or what a place was restored to.
fn restored(fields: &[(&str, &FieldChange)]) -> String {
    let after = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| *name == wanted);
        found.and_then(|(_, change)| short(change, Side::After))
    };
    match (after("restored_version"), after("point")) {
        (Some(version), _) => format!("version {version} restored"),
        (None, Some(point)) => format!("restored to {point}"),
        (None, None) => "restored".to_owned(),
    }
}

fn in_words(field: &str) -> String {
    field.replace('_', " ")
}

/// Which side of a change.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// One side of a change, when it is short enough for a line.
fn short(change: &FieldChange, side: Side) -> Option<String> {
    let FieldChange::Shown(before, after) = change else {
        return None;
    };
    let value = match side {
        Side::Before => before,
        Side::After => after,
    };
    if let Some(text) = value.as_str() {
        return match text {
            "" => Some("none".to_owned()),
            text if text.chars().count() <= SHORT && !text.contains(['[', '\n']) => {
                Some(text.to_owned())
            }
            _ => None,
        };
    }
    let yes_or_no = value
        .as_bool()
        .map(|yes| if yes { "yes" } else { "no" }.to_owned());
    yes_or_no.or_else(|| value.as_i64().map(|number| number.to_string()))
}

/// A value, without the end of a very long one.
pub fn cut(value: &str) -> String {
    let length = value.chars().count();
    if length <= LONG {
        return value.to_owned();
    }
    let start: String = value.chars().take(LONG).collect();
    format!("{start}… ({length} characters in all)")
}

/// A user agent in short words: "Firefox on Linux". None when there is none.
pub fn program(user_agent: &str) -> Option<String> {
    // Browsers name the ones they want to be taken for as well, so the rarer name decides.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    if user_agent.is_empty() {
        return None;
    }
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(browser), None) => Some(browser.to_owned()),
        (None, _) => Some(
            user_agent
                .split(['/', ' '])
                .next()
                .unwrap_or(user_agent)
                .chars()
                .take(SHORT)
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_told_in_short_words() {
        let told = |text: &str| program(text).unwrap_or_default();
        assert_eq!(
            told("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            told(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
            ),
            "Edge on Windows"
        );
        assert_eq!(
            told(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Safari/604.1"
            ),
            "Safari on iPhone"
        );
        assert_eq!(told("curl/8.5.0"), "curl");
        assert_eq!(program(""), None);
    }

    #[test]
    fn very_long_values_lose_their_end() {
        assert_eq!(cut("short"), "short");
        assert!(cut(&"ä".repeat(3_000)).ends_with("… (3000 characters in all)"));
    }
}
