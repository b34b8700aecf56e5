//! Points in time, written out on the server in UTC.

use domain::Timestamp;
use leptos::prelude::*;

/// How much of a point in time is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeStyle {
    /// `23 Nov 2026, 08:39`
    #[default]
    Minute,
    /// `23 Nov 2026, 08:39:07`
    Second,
    /// `23 Nov 2026`
    Day,
    /// `08:39:07`
    Clock,
}

/// A point in time; the exact one is in `datetime` and on hover.
#[component]
pub fn Time(
    at: Timestamp,
    #[prop(optional)] style: TimeStyle,
    /// The present: writes "5 min ago", "yesterday", "in 7 days" while that is the plainer way to say it.
    #[prop(optional)]
    now: Option<Timestamp>,
) -> impl IntoView {
    let text = now
        .and_then(|now| relative(at, now))
        .unwrap_or_else(|| written(at, style));
    view! { <time datetime=at.rfc3339() title=format!("{} UTC", at.for_people_exact())>{text}</time> }.into_any()
}

fn written(at: Timestamp, style: TimeStyle) -> String {
    let exact = at.for_people_exact();
    let (day, clock) = exact.split_once(", ").unwrap_or((&exact, ""));
    match style {
        TimeStyle::Minute => at.for_people(),
        TimeStyle::Day => day.to_owned(),
        TimeStyle::Clock => clock.to_owned(),
        TimeStyle::Second => exact,
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Words for a distance of less than about three months; farther points are better told by their date.
fn relative(at: Timestamp, now: Timestamp) -> Option<String> {
    let seconds = now.seconds_since(at);
    let (distance, past) = (seconds.abs(), seconds >= 0);
    let amount = match distance {
        ..MINUTE => return Some(if past { "just now" } else { "in a moment" }.to_owned()),
        MINUTE..HOUR => format!("{}\u{a0}min", distance / MINUTE),
        HOUR..DAY => format!("{}\u{a0}h", distance / HOUR),
        _ if distance < 2 * DAY => {
            return Some(if past { "yesterday" } else { "tomorrow" }.to_owned());
        }
        _ if distance < 92 * DAY => {
            // What is good for seven days says so from its first second on.
            let rounded = if past { distance } else { distance + DAY / 2 };
            format!("{}\u{a0}days", rounded / DAY)
        }
        _ => return None,
    };
    Some(if past {
        format!("{amount} ago")
    } else {
        format!("in {amount}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_times_are_told_relatively_and_far_ones_by_date() {
        let now = Timestamp::from_micros(1_795_423_147_000_000);
        let told = |seconds| relative(now.plus_seconds(seconds), now);
        assert_eq!(told(-90).as_deref(), Some("1\u{a0}min ago"));
        assert_eq!(told(7 * DAY).as_deref(), Some("in 7\u{a0}days"));
        assert_eq!(told(7 * DAY - 1).as_deref(), Some("in 7\u{a0}days"));
        assert_eq!(told(-DAY).as_deref(), Some("yesterday"));
        assert_eq!(told(-100 * DAY), None);
    }

    #[test]
    fn a_day_and_a_clock_are_parts_of_the_exact_time() {
        let at = Timestamp::from_micros(1_795_423_147_000_000);
        assert_eq!(written(at, TimeStyle::Day), "23 Nov 2026");
        assert_eq!(written(at, TimeStyle::Clock), "08:39:07");
    }
}
