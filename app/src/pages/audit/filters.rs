//! What the log is narrowed down to: a form that reloads the page, and a chip for everything that is set.

use domain::{ApiError, EventType, TargetType, Timestamp, audit::SubTargetType};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use service::ops::EventQuery;

use crate::{components::*, pages::Address};

/// Time ranges up to now: what stands in the address, and its name.
const RANGES: [(&str, &str); 6] = [
    ("15m", "Last 15 minutes"),
    ("1h", "Last hour"),
    ("24h", "Last 24 hours"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
    ("90d", "Last 90 days"),
];
/// The range of which both ends are given.
const CUSTOM: &str = "custom";

/// The filters of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    range: String,
    from: String,
    to: String,
    target_type: String,
    target_name: String,
    event_type: String,
}

impl Filters {
    pub fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
        let mut filters = Self {
            range: text("range"),
            from: text("from"),
            to: text("to"),
            target_type: text("target_type"),
            target_name: text("target_name"),
            event_type: text("event_type"),
        };
        if filters.range.is_empty() && !(filters.from.is_empty() && filters.to.is_empty()) {
            // An address written by hand may say `from=-7d`.
            let preset = filters
                .from
                .strip_prefix('-')
                .filter(|range| filters.to.is_empty() && known_range(range).is_some());
            filters.range = preset.unwrap_or(CUSTOM).to_owned();
        }
        if filters.range != CUSTOM {
            filters.from.clear();
            filters.to.clear();
        }
        filters
    }

    fn is_custom(&self) -> bool {
        self.range == CUSTOM
    }

    /// What the operation is asked.
    pub fn query(&self, within: String, cursor: &str) -> EventQuery {
        let from = match self.range.as_str() {
            "" => String::new(),
            CUSTOM => self.from.clone(),
            range => format!("-{range}"),
        };
        EventQuery {
            from,
            to: self.to.clone(),
            event_type: self.event_type.clone(),
            target_type: self.target_type.clone(),
            target_name: self.target_name.clone(),
            within,
            cursor: cursor.to_owned(),
        }
    }

    /// The log with these filters, at its newest page.
    pub fn address(&self, log: &Address) -> Address {
        log.with("range", self.range.clone())
            .with("from", self.from.clone())
            .with("to", self.to.clone())
            .with("target_type", self.target_type.clone())
            .with("target_name", self.target_name.clone())
            .with("event_type", self.event_type.clone())
    }

    fn range_words(&self) -> String {
        let moment = |text: &str| {
            Timestamp::parse(text).map_or_else(|| text.to_owned(), Timestamp::for_people)
        };
        match (
            known_range(&self.range),
            self.from.is_empty(),
            self.to.is_empty(),
        ) {
            (Some(name), ..) => name.to_owned(),
            (None, false, false) => format!("{} to {}", moment(&self.from), moment(&self.to)),
            (None, false, true) => format!("from {}", moment(&self.from)),
            (None, true, false) => format!("until {}", moment(&self.to)),
            (None, true, true) if self.is_custom() => String::new(),
            (None, true, true) => self.range.clone(),
        }
    }
}

fn known_range(range: &str) -> Option<&'static str> {
    RANGES
        .iter()
        .find(|(value, _)| *value == range)
        .map(|(_, name)| *name)
}

/// The filters as a form. Works by itself; where scripts run, a choice by mouse or touch reloads the
/// page at once.
pub fn filter_form(filters: &Filters, log: &Address, error: Option<&ApiError>) -> AnyView {
    let wrong = |field: &str| {
        error
            .and_then(|error| error.for_field(field))
            .map(str::to_owned)
    };
    // Without fields of its own, a range that cannot be read is one the list does not have.
    let (range_wrong, from_wrong) = if filters.is_custom() {
        (None, wrong("from"))
    } else {
        (
            wrong("from").map(|_| "Choose one from the list.".to_owned()),
            None,
        )
    };
    let mut ranges = vec![
        OptionGroup::plain([("", "Any time")]),
        OptionGroup::plain(RANGES),
    ];
    ranges.push(OptionGroup::plain([(CUSTOM, "Custom range")]));
    view! {
        <form class="filters" method="get" action=log.path().to_owned() role="search" aria-label="Events">
            {log.hidden()}
            {select("range", "Time range", ranges, &filters.range, range_wrong)}
            <div class="filters-custom">
                {moment("from", "From", &filters.from, from_wrong)} {moment("to", "To", &filters.to, wrong("to"))}
            </div>
            {select("target_type", "Target type", target_types(), &filters.target_type, wrong("target_type"))}
            <TextField
                label="Target name"
                name="target_name"
                value=filters.target_name.clone()
                error=wrong("target_name")
                placeholder="Part of a name or key"
                autocomplete="off"
                max_length=255
            />
            {select("event_type", "Event type", event_types(), &filters.event_type, wrong("event_type"))}
            <div class="filters-apply"><SubmitButton look=Look::Secondary icon=IconName::Filter>"Apply filters"</SubmitButton></div>
        </form>
    }
    .into_any()
}

/// One end of a range. The browser's picker where it can show what is asked for, else the text as it is.
fn moment(name: &'static str, label: &'static str, text: &str, error: Option<String>) -> AnyView {
    let at = Timestamp::parse(text);
    let kind = if at.is_some() || text.is_empty() {
        InputKind::DateTime
    } else {
        InputKind::Text
    };
    // `2026-11-23T08:39`, as the picker wants it.
    let value = at.map_or_else(
        || text.to_owned(),
        |at| at.rfc3339().chars().take(16).collect(),
    );
    view! { <TextField label name kind value error hint="UTC" autocomplete="off" /> }.into_any()
}

/// Choices that stand together.
struct OptionGroup {
    title: Option<&'static str>,
    options: Vec<(&'static str, &'static str)>,
}

impl OptionGroup {
    fn plain<const N: usize>(options: [(&'static str, &'static str); N]) -> Self {
        Self {
            title: None,
            options: options.to_vec(),
        }
    }
    fn titled(
        title: &'static str,
        options: impl Iterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        Self {
            title: Some(title),
            options: options.collect(),
        }
    }
}

/// A select whose choices stand in groups.
fn select(
    name: &'static str,
    label: &'static str,
    groups: Vec<OptionGroup>,
    value: &str,
    error: Option<String>,
) -> AnyView {
    let described = describedby(name, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    let options = groups
        .into_iter()
        .map(|group| {
            let options = group
                .options
                .into_iter()
                .map(|(code, label)| view! { <option value=code selected=code == value>{label}</option> })
                .collect_view();
            match group.title {
                Some(title) => view! { <optgroup label=title>{options}</optgroup> }.into_any(),
                None => options.into_any(),
            }
        })
        .collect_view();
    view! {
        <Field id=name label error>
            <span class="control -select">
                <select class="input" id=name name=name aria-invalid=invalid aria-describedby=described data-autosubmit>{options}</select>
                <Icon name=IconName::ChevronDown />
            </span>
        </Field>
    }
    .into_any()
}

fn target_types() -> Vec<OptionGroup> {
    vec![
        OptionGroup::plain([("", "Any")]),
        OptionGroup::titled(
            "Objects",
            TargetType::ALL
                .into_iter()
                .map(|one| (one.code(), one.label())),
        ),
        OptionGroup::titled(
            "Parts of them",
            SubTargetType::ALL
                .into_iter()
                .map(|one| (one.code(), one.label())),
        ),
    ]
}

fn event_types() -> Vec<OptionGroup> {
    let group = |title, numbers: std::ops::Range<i64>| {
        OptionGroup::titled(
            title,
            EventType::ALL
                .into_iter()
                .filter(move |one| numbers.contains(&one.number()))
                .map(|one| (one.code(), one.label())),
        )
    };
    vec![
        OptionGroup::plain([("", "Any")]),
        group("Changes and sessions", 0..20),
        group("Requests to deploy", 20..40),
        group("Results", 40..100),
        group("Access and upkeep", 100..i64::MAX),
    ]
}

/// What is set, each with a way to take it off.
pub fn chips(filters: &Filters, log: &Address) -> AnyView {
    let now = filters.address(log);
    let target_type = target_label(&filters.target_type);
    let event_type = filters
        .event_type
        .parse::<EventType>()
        .map_or(filters.event_type.clone(), |known| known.label().to_owned());
    let set = [
        (
            "Time range",
            filters.range_words(),
            now.without("range").without("from").without("to"),
        ),
        ("Target type", target_type, now.without("target_type")),
        (
            "Target name",
            filters.target_name.clone(),
            now.without("target_name"),
        ),
        ("Event type", event_type, now.without("event_type")),
    ];
    let chips: Vec<_> = set
        .into_iter()
        .filter(|(_, value, _)| !value.is_empty())
        .map(|(name, value, without)| view! { <FilterChip id=format!("chip-{}", name.replace(' ', "-")) name value clear=without.href() /> })
        .collect();
    let clear = log.href();
    (!chips.is_empty()).then(|| {
        view! {
            <div class="audit-chips" role="group" aria-label="Filters that are set">
                {chips} <ButtonLink href=clear look=Look::Quiet size=Size::Small>"Clear filters"</ButtonLink>
            </div>
        }
    }).into_any()
}

fn target_label(code: &str) -> String {
    let object = code.parse::<TargetType>().map(TargetType::label);
    object
        .or_else(|_| code.parse::<SubTargetType>().map(SubTargetType::label))
        .map_or_else(|_| code.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(query: &[(&'static str, &'static str)]) -> Filters {
        Filters::of(
            &query
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_range_is_asked_for_relative_to_now() {
        let query =
            filters(&[("range", "7d"), ("from", "2026-11-23T08:39")]).query(String::new(), "");
        assert_eq!((query.from.as_str(), query.to.as_str()), ("-7d", ""));
    }

    #[test]
    fn ends_without_a_range_are_a_custom_one() {
        let custom = filters(&[("from", "2026-11-23T08:39")]);
        assert_eq!(
            (custom.range.as_str(), custom.range_words().as_str()),
            (CUSTOM, "from 23 Nov 2026, 08:39")
        );
        assert_eq!(filters(&[("from", "-7d")]).range, "7d");
        assert_eq!(
            filters(&[("from", "-3d")]).query(String::new(), "").from,
            "-3d"
        );
    }

    #[test]
    fn every_event_type_can_be_chosen() {
        let offered: usize = event_types().iter().map(|group| group.options.len()).sum();
        assert_eq!(offered, EventType::ALL.len() + 1);
    }
}
