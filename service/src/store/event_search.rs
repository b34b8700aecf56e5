//! Finding the events of one page. The inner query finds their numbers in an index alone; everything else is read for
//! those few only.

use std::collections::BTreeSet;

use super::{Cursor, EventFilter};

/// With at most this many matching objects, their index leads to the events. With more, most events match, and going
/// through them in order finds a page sooner.
pub(super) const FEW_OBJECTS: usize = 500;

/// A value for a placeholder.
pub(super) enum Bound {
    Number(i64),
    Text(String),
}

/// What is looked for, as conditions with numbered placeholders. `$1` is the chain.
pub(super) struct Search {
    /// On `audit_object`; bound first, so that they can be asked alone.
    objects: String,
    bound_by_objects: usize,
    /// On `audit_event i`.
    events: String,
    bound: Vec<Bound>,
    order: &'static str,
}

impl Search {
    pub fn new(chain: i64, filter: &EventFilter, cursor: Cursor) -> Self {
        let mut search = Self {
            objects: String::new(),
            bound_by_objects: 0,
            events: String::new(),
            bound: vec![Bound::Number(chain)],
            order: "desc",
        };
        search.narrow_objects(filter);
        search.bound_by_objects = search.bound.len();
        search.narrow_events(filter);
        match cursor {
            Cursor::Newest => {}
            Cursor::OlderThan(sequence) => search.and("i.sequence < ?", sequence),
            Cursor::NewerThan(sequence) => {
                search.and("i.sequence > ?", sequence);
                search.order = "asc";
            }
        }
        search
    }

    /// `asc` when the page is read upwards.
    pub const fn order(&self) -> &'static str {
        self.order
    }
    /// The values of all placeholders.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }
    /// The values of the placeholders in [`objects`](Self::objects).
    pub fn bound_by_objects(&self) -> &[Bound] {
        &self.bound[..self.bound_by_objects]
    }

    /// Finds the objects in question, at most one more than few. None when any will do.
    pub fn objects(&self) -> Option<String> {
        let limit = FEW_OBJECTS + 1;
        (!self.objects.is_empty()).then(|| {
            format!(
                "select id from audit_object where chain = $1{} limit {limit}",
                self.objects
            )
        })
    }

    /// Finds the numbers of the events of a page.
    pub fn sequences(&self, few_objects: bool, limit: u32) -> String {
        let (events, order) = (&self.events, self.order);
        let objects = match self.objects.as_str() {
            "" => String::new(),
            conditions => format!(
                " and i.object in (select id from audit_object where chain = $1{conditions})"
            ),
        };
        // The plus keeps a planner from walking the whole chain because it is in the right order already.
        let plus = if few_objects { "+" } else { "" };
        format!(
            "select i.sequence from audit_event i where i.chain = $1{events}{objects} order by {plus}i.sequence {order} limit {limit}"
        )
    }

    fn and(&mut self, condition: &str, number: i64) {
        let condition = self.holding(condition, Bound::Number(number));
        self.events += &format!(" and {condition}");
    }

    /// The condition with the value's number in place of its question marks.
    fn holding(&mut self, condition: &str, value: Bound) -> String {
        self.bound.push(value);
        condition.replace('?', &format!("${}", self.bound.len()))
    }

    fn narrow_objects(&mut self, filter: &EventFilter) {
        if let Some(name) = &filter.target_name {
            // What a list shows as the target: the part if there is one, else the object.
            let shown = "lower(case when subject_name = '' then target_name else subject_name end) like ? escape '\\'";
            let alternatives: Vec<_> = like_patterns(name)
                .into_iter()
                .map(|pattern| self.holding(shown, Bound::Text(pattern)))
                .collect();
            self.objects += &format!(" and ({})", alternatives.join(" or "));
        }
        if let Some(id) = &filter.within {
            let inside = self.holding(
                "(target_id = ? or project_id = ? or environment_id = ? or subject_id = ?)",
                Bound::Text(id.clone()),
            );
            self.objects += &format!(" and {inside}");
        }
    }

    fn narrow_events(&mut self, filter: &EventFilter) {
        // A time until now ends at the newest events, where pages begin: no index is quicker than their order.
        let plus = if filter.to.is_none() { "+" } else { "" };
        if let Some(from) = filter.from {
            self.and(&format!("{plus}i.at >= ?"), from.micros());
        }
        if let Some(to) = filter.to {
            self.and("i.at < ?", to.micros());
        }
        if let Some(event) = filter.event_type {
            self.and("i.event = ?", event.number());
        }
        if let Some(target) = filter.target_type {
            self.and("i.target_type = ?", target.number());
        }
        if let Some(part) = filter.sub_target_type {
            self.and("i.sub_target_type = ?", part.number());
        }
    }
}

/// Makes a text match itself inside `lower(…) like … escape '\'`, whatever its case. SQLite's `lower` knows ASCII letters
/// alone, so others are tried as they were typed, all small, and all large.
pub(super) fn like_patterns(text: &str) -> BTreeSet<String> {
    [text.to_owned(), text.to_lowercase(), text.to_uppercase()]
        .into_iter()
        .map(|text| {
            format!(
                "%{}%",
                text.to_ascii_lowercase()
                    .replace('\\', "\\\\")
                    .replace('%', "\\%")
                    .replace('_', "\\_")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use domain::{
        Timestamp,
        audit::{EventType, SubTargetType, TargetType},
    };

    use super::*;
    use crate::store::Store;

    const TIME: Option<Timestamp> = Some(Timestamp::from_micros(0));

    /// Which indexes SQLite uses on events, and whether it has to sort.
    async fn plan(filter: EventFilter, few: bool) -> String {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::connect(&Store::sqlite_url(&directory.path().join("plan.db")))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let sql = Search::new(1, &filter, Cursor::Newest).sequences(few, 51);
        let mut tx = store.read().await.unwrap();
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("explain query plan {sql}")))
                .fetch_all(tx.connection())
                .await
                .unwrap();
        drop(tx);
        store.close().await;
        let steps: Vec<_> = rows
            .into_iter()
            .map(|row| row.3)
            .filter(|step| step.contains(" i ") || step.contains("TEMP B-TREE FOR ORDER"))
            .collect();
        steps.join("; ")
    }

    #[tokio::test]
    async fn every_filter_has_an_index_that_answers_it() {
        let with = |filter: EventFilter| EventFilter {
            from: TIME,
            ..filter
        };
        let cases = [
            (
                EventFilter::default(),
                "SEARCH i USING PRIMARY KEY (chain=?)",
            ),
            (
                EventFilter {
                    event_type: Some(EventType::Create),
                    ..Default::default()
                },
                "SEARCH i USING COVERING INDEX audit_event_event (chain=? AND event=?)",
            ),
            (
                EventFilter {
                    target_type: Some(TargetType::Project),
                    ..Default::default()
                },
                "SEARCH i USING COVERING INDEX audit_event_target (chain=? AND target_type=?)",
            ),
            (
                EventFilter {
                    sub_target_type: Some(SubTargetType::Secret),
                    ..Default::default()
                },
                "SEARCH i USING COVERING INDEX audit_event_part (chain=? AND sub_target_type=?)",
            ),
            (
                EventFilter {
                    event_type: Some(EventType::Create),
                    sub_target_type: Some(SubTargetType::Secret),
                    ..Default::default()
                },
                "SEARCH i USING COVERING INDEX audit_event_part (chain=? AND sub_target_type=?)",
            ),
        ];
        for (filter, expected) in cases {
            assert_eq!(
                plan(with(filter.clone()), false).await,
                expected,
                "{filter:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_past_time_range_is_found_by_time() {
        let steps = plan(
            EventFilter {
                from: TIME,
                to: TIME,
                ..Default::default()
            },
            false,
        )
        .await;
        assert!(
            steps.starts_with(
                "SEARCH i USING COVERING INDEX audit_event_at (chain=? AND at>? AND at<?)"
            ),
            "{steps}"
        );
    }

    #[tokio::test]
    async fn few_objects_lead_to_their_events_and_many_are_met_on_the_way() {
        for filter in [
            EventFilter {
                from: TIME,
                target_name: Some("shop".to_owned()),
                ..Default::default()
            },
            EventFilter {
                from: TIME,
                within: Some("an id".to_owned()),
                ..Default::default()
            },
        ] {
            let steps = plan(filter.clone(), true).await;
            assert!(
                steps.starts_with(
                    "SEARCH i USING COVERING INDEX audit_event_object (chain=? AND object=?)"
                ),
                "{steps}"
            );
            assert_eq!(
                plan(filter, false).await,
                "SEARCH i USING PRIMARY KEY (chain=?)"
            );
        }
    }

    #[test]
    fn signs_of_patterns_mean_themselves() {
        assert_eq!(Vec::from_iter(like_patterns("a_b%")), ["%a\\_b\\%%"]);
        assert_eq!(like_patterns("Über").len(), 2);
    }
}
