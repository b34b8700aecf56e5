//! Finding variables over a whole organization.

use domain::{
    EnvironmentId, EnvironmentType, LevelRef, OrganizationId, ProjectId, Timestamp, VariableId,
    VariableKind,
    search::{Search, SearchType},
};

use super::{Tx, at, event_search::like_patterns, id, word};
use crate::{Error, Result};

/// Projects in which the same types of environments are in sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub kinds: Vec<EnvironmentType>,
    pub projects: Vec<ProjectId>,
}

/// A variable that was found, without its value.
#[derive(Clone, Debug)]
pub(crate) struct FoundRow {
    pub id: VariableId,
    pub level: LevelRef,
    pub key: String,
    pub kind: VariableKind,
    pub secret: bool,
    pub mount_path: Option<String>,
    pub description: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

/// A wider definition of the same key.
const HIDES: &str = "exists (select 1 from variable w where w.organization_id = v.organization_id \
     and w.level_id in (v.project_id, v.environment_id) and w.level_id <> v.level_id and w.key = v.key)";

impl Tx {
    /// The variables that a search finds where the caller may look, the best first: the key that is meant, keys that
    /// begin with it, keys that hold all words, then the others; by place among those. `environments` narrows further
    /// when there are some.
    pub(crate) async fn find_variables(
        &mut self,
        organization: OrganizationId,
        search: &Search,
        sight: &[Sight],
        environments: Option<&[EnvironmentId]>,
        limit: usize,
    ) -> Result<Vec<FoundRow>> {
        if sight.is_empty() || environments.is_some_and(<[_]>::is_empty) {
            return Ok(Vec::new());
        }
        let mut statement = Statement::new(organization);
        statement.within(sight, environments);
        statement.matching(search);
        let sql = statement.sql(search, limit);
        let query = sqlx::query_as::<_, FoundColumns>(sqlx::AssertSqlSafe(sql));
        let query = statement
            .bound
            .into_iter()
            .fold(query, |query, text| query.bind(text));
        let rows = query.fetch_all(self.connection()).await?;
        rows.into_iter().map(found_row).collect()
    }
}

type FoundColumns = (
    String,
    String,
    String,
    String,
    String,
    i64,
    Option<String>,
    String,
    i64,
    String,
);

fn found_row(row: FoundColumns) -> Result<FoundRow> {
    let (
        variable,
        scope,
        level,
        key,
        kind,
        secret,
        mount_path,
        description,
        updated_at,
        updated_by,
    ) = row;
    Ok(FoundRow {
        id: id(&variable)?,
        level: LevelRef::parse(&scope, &level).map_err(|_| Error::Malformed("scope"))?,
        key,
        kind: word(&kind)?,
        secret: secret != 0,
        mount_path,
        description,
        updated_at: at(updated_at),
        updated_by,
    })
}

/// A query that is put together: conditions on `variable v`, and the values of its placeholders.
struct Statement {
    conditions: String,
    bound: Vec<String>,
}

impl Statement {
    fn new(organization: OrganizationId) -> Self {
        Self {
            conditions: "v.organization_id = $1".to_owned(),
            bound: vec![organization.to_string()],
        }
    }

    /// A placeholder for this value.
    fn hold(&mut self, value: impl ToString) -> String {
        self.bound.push(value.to_string());
        format!("${}", self.bound.len())
    }

    fn hold_all<T: ToString>(&mut self, values: &[T]) -> String {
        let places: Vec<_> = values
            .iter()
            .map(|value| self.hold(value.to_string()))
            .collect();
        format!("({})", places.join(", "))
    }

    /// One of these must be true. Without any, nothing is asked.
    fn one_of(&mut self, alternatives: &[String]) {
        if !alternatives.is_empty() {
            self.conditions += &format!(" and ({})", alternatives.join(" or "));
        }
    }

    /// A text that occurs in one of these columns.
    fn occurs(&mut self, text: &str, columns: &[&str]) -> String {
        let mut alternatives = Vec::new();
        for pattern in like_patterns(text) {
            let place = self.hold(pattern);
            alternatives.extend(
                columns
                    .iter()
                    .map(|column| format!("lower({column}) like {place} escape '\\'")),
            );
        }
        format!("({})", alternatives.join(" or "))
    }

    /// Where to look.
    fn within(&mut self, sight: &[Sight], environments: Option<&[EnvironmentId]>) {
        let alternatives: Vec<_> = sight
            .iter()
            .map(|Sight { kinds, projects }| {
                let projects = format!("v.project_id in {}", self.hold_all(projects));
                if EnvironmentType::ALL.iter().all(|kind| kinds.contains(kind)) {
                    return projects;
                }
                let kinds: String = kinds
                    .iter()
                    .map(|kind| format!(" or e.kind = '{}'", kind.code()))
                    .collect();
                format!("({projects} and (v.environment_id is null{kinds}))")
            })
            .collect();
        self.one_of(&alternatives);
        if let Some(environments) = environments {
            let inside = format!("v.environment_id in {}", self.hold_all(environments));
            self.one_of(&[inside]);
        }
    }

    /// What to look for.
    fn matching(&mut self, search: &Search) {
        for word in &search.words {
            let occurs = self.occurs(word, &["v.key", "v.description", "v.mount_path"]);
            self.one_of(&[occurs]);
        }
        let keys: Vec<_> = search
            .keys
            .iter()
            .map(|key| self.occurs(key, &["v.key"]))
            .collect();
        self.one_of(&keys);
        let scopes: Vec<_> = search
            .scopes
            .iter()
            .map(|scope| format!("v.scope = '{}'", scope.code()))
            .collect();
        self.one_of(&scopes);
        let types: Vec<_> = search.types.iter().map(|one| is_of(*one)).collect();
        self.one_of(&types);
    }

    /// How well a key fits, the least being the best.
    fn fit(&mut self, search: &Search) -> Option<String> {
        let wanted = search.wanted_key()?;
        let (whole, start) = (self.hold(&wanted), self.hold(beginning(&wanted)));
        let everywhere: Vec<_> = search
            .words
            .iter()
            .map(|word| self.occurs(word, &["v.key"]))
            .collect();
        let inside = match everywhere.is_empty() {
            true => String::new(),
            false => format!(" when {} then 2", everywhere.join(" and ")),
        };
        Some(format!(
            "case when lower(v.key) = {whole} then 0 when lower(v.key) like {start} escape '\\' then 1{inside} else 3 end, "
        ))
    }

    fn sql(&mut self, search: &Search, limit: usize) -> String {
        let fit = self.fit(search).unwrap_or_default();
        let conditions = &self.conditions;
        format!(
            "select v.id, v.scope, v.level_id, v.key, case when v.kind <> 'ALIAS' and {HIDES} then 'OVERRIDE' else v.kind end, \
             v.secret, v.mount_path, v.description, v.updated_at, v.updated_by from variable v \
             join project p on p.organization_id = v.organization_id and p.id = v.project_id \
             left join environment e on e.organization_id = v.organization_id and e.id = v.environment_id \
             left join service s on s.organization_id = v.organization_id and s.id = v.service_id \
             where {conditions} \
             order by {fit}p.name_key, {}, coalesce(e.name_key, ''), coalesce(s.name_key, ''), lower(v.key), v.key, v.id limit {limit}",
            order_of_types()
        )
    }
}

/// As the rail lists them: a project's own first, then by type.
fn order_of_types() -> String {
    let cases: String = EnvironmentType::ALL
        .iter()
        .zip(1..)
        .map(|(kind, place)| format!(" when '{}' then {place}", kind.code()))
        .collect();
    format!("case e.kind{cases} else 0 end")
}

fn is_of(kind: SearchType) -> String {
    match kind {
        SearchType::Secret => "v.secret = 1".to_owned(),
        SearchType::Plain => "v.secret = 0".to_owned(),
        SearchType::File => "v.mount_path is not null".to_owned(),
        SearchType::Alias => "v.kind = 'ALIAS'".to_owned(),
        SearchType::Override => {
            format!("(v.kind = 'OVERRIDE' or (v.kind <> 'ALIAS' and {HIDES}))")
        }
    }
}

/// A pattern of texts that begin with this one, which is in lower case.
fn beginning(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> (String, Vec<String>) {
        let search = Search::parse(text);
        let mut statement = Statement::new(OrganizationId::new(uuid::Uuid::nil()));
        statement.matching(&search);
        let sql = statement.sql(&search, 3);
        (sql, statement.bound)
    }

    #[test]
    fn what_was_typed_is_bound_and_never_part_of_the_text() {
        let (sql, bound) = statement(r#"o'brien key:a_b% "; drop table variable""#);
        for typed in ["brien", "a_b", "drop"] {
            assert!(!sql.contains(typed), "{sql}");
            assert!(
                bound
                    .iter()
                    .any(|value| value.replace('\\', "").contains(typed))
            );
        }
        assert!(bound.contains(&"%a\\_b\\%%".to_owned()), "{bound:?}");
    }

    #[test]
    fn every_placeholder_has_a_value() {
        for text in [
            "a",
            "a b key:c",
            "type:secret type:override scope:project",
            "Ü",
        ] {
            let (sql, bound) = statement(text);
            for number in 1..=bound.len() {
                assert!(
                    sql.contains(&format!("${number}")),
                    "{text}: ${number} in {sql}"
                );
            }
            assert!(!sql.contains(&format!("${}", bound.len() + 1)), "{text}");
        }
    }
}
