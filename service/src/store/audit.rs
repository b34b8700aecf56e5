use domain::{
    EnvironmentId, Outcome, PersonId, ProjectId, Timestamp, Tool,
    audit::{Change, EventType, SubTargetType, TargetType},
    view::EventView,
};
use sqlx::{Row, any::AnyRow};

use super::{
    Chain, Tx, WriteTx, at,
    event_search::{Bound, FEW_OBJECTS, Search},
};
use crate::{
    Actor, Caller, Error, Result,
    audit::{Canonical, NewEvent},
};

/// What a chain starts from.
const GENESIS: [u8; 32] = [0; 32];

/// Which events a reader asks for. Everything that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// What happened.
    pub event_type: Option<EventType>,
    /// To what kind of object.
    pub target_type: Option<TargetType>,
    /// To what kind of part.
    pub sub_target_type: Option<SubTargetType>,
    /// Part of the target's name, without case.
    pub target_name: Option<String>,
    /// Everything below this project, environment or service, by id.
    pub within: Option<String>,
}

/// Where a page of events starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest.
    Newest,
    /// Below this sequence.
    OlderThan(i64),
    /// Above this sequence.
    NewerThan(i64),
}

/// An event as it is stored, with its names.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// What lists show.
    pub view: EventView,
    /// The part's id.
    pub subject_id: String,
    /// Kind of actor: person, system or nobody.
    pub actor_kind: String,
    /// The actor's id.
    pub actor_id: String,
    /// The network address.
    pub network: String,
    /// The program.
    pub user_agent: String,
    /// The request's id.
    pub request: Vec<u8>,
    /// The chain's hash up to here.
    pub hash: Vec<u8>,
    project_id: String,
    environment_id: String,
    change_text: String,
}

impl EventRow {
    /// The project's and the environment's ids, empty where there is none.
    #[must_use]
    pub fn place_ids(&self) -> (&str, &str) {
        (&self.project_id, &self.environment_id)
    }

    /// The hash this event must have after `previous` in the chain of `owner`.
    #[must_use]
    pub fn expected_hash(&self, owner: &str, previous: &[u8]) -> [u8; 32] {
        let view = &self.view;
        let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
        let (subject, project, environment) = (
            text(&view.subject),
            text(&view.project),
            text(&view.environment),
        );
        Canonical {
            owner,
            sequence: view.sequence,
            at: view.at.micros(),
            event: view.event_type.code(),
            target_type: view.target_type.code(),
            sub_target_type: view.sub_target_type.map_or("", SubTargetType::code),
            target: [
                &view.target_id,
                &view.target_name,
                &self.subject_id,
                &subject,
                &self.project_id,
                &project,
                &self.environment_id,
                &environment,
            ],
            actor: [&self.actor_kind, &self.actor_id, &view.actor],
            tool: view.tool.code(),
            outcome: view.outcome.code(),
            client: [&self.network, &self.user_agent],
            request: &self.request,
            change: &self.change_text,
        }
        .chained_to(previous)
    }
}

const EVENT_COLUMNS: &str = "e.sequence, e.at, e.event, e.target_type, e.sub_target_type, o.target_id, o.target_name, o.subject_id, \
    o.subject_name, o.project_id, o.project_name, o.environment_id, o.environment_name, a.kind, a.actor_id, a.name, e.tool, e.outcome, \
    c.network, c.user_agent, e.request, e.change, e.hash \
    from audit_event e join audit_object o on o.id = e.object join audit_actor a on a.id = e.actor join audit_client c on c.id = e.client";

fn event_row(row: &AnyRow) -> Result<EventRow> {
    let text = |index: usize| row.try_get::<String, _>(index);
    let number = |index: usize| row.try_get::<i64, _>(index);
    let named = |index: usize| text(index).map(|name| (!name.is_empty()).then_some(name));
    let change_text = text(21)?;
    Ok(EventRow {
        view: EventView {
            sequence: number(0)?,
            at: at(number(1)?),
            event_type: EventType::from_number(number(2)?).ok_or(Error::Malformed("event type"))?,
            target_type: TargetType::from_number(number(3)?)
                .ok_or(Error::Malformed("target type"))?,
            sub_target_type: SubTargetType::from_number(number(4)?),
            target_id: text(5)?,
            target_name: text(6)?,
            subject: named(8)?,
            project: named(10)?,
            environment: named(12)?,
            actor: text(15)?,
            tool: Tool::from_number(number(16)?).ok_or(Error::Malformed("tool"))?,
            outcome: Outcome::from_number(number(17)?).ok_or(Error::Malformed("outcome"))?,
            change: Change::from_text(&change_text),
        },
        subject_id: text(7)?,
        project_id: text(9)?,
        environment_id: text(11)?,
        actor_kind: text(13)?,
        actor_id: text(14)?,
        network: text(18)?,
        user_agent: text(19)?,
        request: row.try_get(20)?,
        hash: row.try_get(22)?,
        change_text,
    })
}

impl Tx {
    async fn chain_id(&mut self, chain: Chain) -> Result<Option<i64>> {
        let row: Option<(i64,)> = sqlx::query_as("select id from audit_chain where owner = $1")
            .bind(chain.owner())
            .fetch_optional(self.connection())
            .await?;
        Ok(row.map(|(id,)| id))
    }

    /// One page of events in descending order, and at most `limit` of them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn events(
        &mut self,
        chain: Chain,
        filter: &EventFilter,
        cursor: Cursor,
        limit: u32,
    ) -> Result<Vec<EventRow>> {
        let Some(chain) = self.chain_id(chain).await? else {
            return Ok(Vec::new());
        };
        let search = Search::new(chain, filter, cursor);
        let few = match search.objects() {
            Some(sql) => self.found(sql, search.bound_by_objects()).await?.len() <= FEW_OBJECTS,
            None => false,
        };
        let (page, order) = (search.sequences(few, limit), search.order());
        let sql = format!(
            "select {EVENT_COLUMNS} where e.chain = $1 and e.sequence in ({page}) order by e.sequence {order}"
        );
        let rows = self.found(sql, search.bound()).await?;
        let mut events = rows.iter().map(event_row).collect::<Result<Vec<_>>>()?;
        if order == "asc" {
            events.reverse();
        }
        Ok(events)
    }

    async fn found(&mut self, sql: String, bound: &[Bound]) -> Result<Vec<AnyRow>> {
        // Safe: the text is made of constants and placeholders; every value is bound.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for value in bound {
            query = match value {
                Bound::Number(number) => query.bind(*number),
                Bound::Text(text) => query.bind(text),
            };
        }
        Ok(query.fetch_all(self.connection()).await?)
    }

    /// One event by its sequence.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn event(&mut self, chain: Chain, sequence: i64) -> Result<Option<EventRow>> {
        let Some(chain) = self.chain_id(chain).await? else {
            return Ok(None);
        };
        let sql = format!("select {EVENT_COLUMNS} where e.chain = $1 and e.sequence = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chain)
            .bind(sequence)
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(event_row).transpose()
    }

    /// The head of a chain: last sequence and its hash.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn chain_head(&mut self, chain: Chain) -> Result<Option<(i64, Vec<u8>)>> {
        Ok(
            sqlx::query_as("select head_sequence, head_hash from audit_chain where owner = $1")
                .bind(chain.owner())
                .fetch_optional(self.connection())
                .await?,
        )
    }
}

/// What somebody did once, as far as a preview asks.
#[derive(Clone, Debug)]
pub struct UsedRow {
    /// What happened.
    pub event: EventType,
    /// To what kind of object.
    pub target: TargetType,
    /// To what part.
    pub part: Option<SubTargetType>,
    /// The object's id.
    pub target_id: String,
    /// In which project.
    pub project: Option<ProjectId>,
    /// In which environment.
    pub environment: Option<EnvironmentId>,
    /// When last.
    pub at: Timestamp,
}

/// How far back a person's uses are looked for: their newest events.
const USES: i64 = 2_000;

impl Tx {
    /// What a person did among their newest events, each kind of thing with its last time.
    pub(crate) async fn uses_of(&mut self, chain: Chain, person: PersonId) -> Result<Vec<UsedRow>> {
        type Columns = (i64, i64, i64, String, String, String, i64);
        let Some(chain) = self.chain_id(chain).await? else {
            return Ok(Vec::new());
        };
        let rows: Vec<Columns> = sqlx::query_as(
            "select u.event, u.target_type, u.sub_target_type, o.target_id, o.project_id, o.environment_id, max(u.at) from \
             (select e.event, e.target_type, e.sub_target_type, e.object, e.at from audit_event e where e.chain = $1 and e.outcome = $4 \
             and e.actor in (select id from audit_actor where chain = $1 and kind = 'person' and actor_id = $2) order by e.sequence desc limit $3) u \
             join audit_object o on o.id = u.object group by u.event, u.target_type, u.sub_target_type, o.target_id, o.project_id, o.environment_id",
        )
        .bind(chain)
        .bind(person.to_string())
        .bind(USES)
        .bind(Outcome::Success.number())
        .fetch_all(self.connection())
        .await?;
        rows.into_iter()
            .map(
                |(event, target, part, target_id, project, environment, last)| {
                    Ok(UsedRow {
                        event: EventType::from_number(event)
                            .ok_or(Error::Malformed("event type"))?,
                        target: TargetType::from_number(target)
                            .ok_or(Error::Malformed("target type"))?,
                        part: SubTargetType::from_number(part),
                        target_id,
                        project: project.parse().ok(),
                        environment: environment.parse().ok(),
                        at: at(last),
                    })
                },
            )
            .collect()
    }
}

impl WriteTx {
    /// Appends one event: the next number, the names, the row, the new head.
    pub(super) async fn append_event(
        &mut self,
        caller: &Caller,
        now: Timestamp,
        chain: Chain,
        event: &NewEvent,
    ) -> Result<()> {
        let owner = chain.owner();
        let (chain_id, sequence, previous): (i64, i64, Vec<u8>) = sqlx::query_as(
            "insert into audit_chain (owner, head_sequence, head_hash) values ($1, 1, $2) \
             on conflict (owner) do update set head_sequence = audit_chain.head_sequence + 1 returning id, head_sequence, head_hash",
        )
        .bind(&owner)
        .bind(GENESIS.to_vec())
        .fetch_one(self.connection())
        .await?;
        let (actor_kind, actor_id) = match &caller.actor {
            Actor::Nobody => ("nobody", String::new()),
            Actor::Person(person) => ("person", person.id.to_string()),
            Actor::System(job) => ("system", (*job).to_owned()),
        };
        let target = &event.target;
        let target_type = target.kind.unwrap_or(TargetType::Organization);
        let (project_id, project) = target
            .project
            .as_ref()
            .map(|(id, name)| (id.to_string(), name.as_str()))
            .unwrap_or_default();
        let (environment_id, environment) = target
            .environment
            .as_ref()
            .map(|(id, name)| (id.to_string(), name.as_str()))
            .unwrap_or_default();
        let change = event.change.to_text();
        let request = caller.request.uuid();
        let names = [
            &*target.id,
            &*target.name,
            &*target.subject_id,
            &*target.subject,
            &*project_id,
            project,
            &*environment_id,
            environment,
        ];
        let hash = Canonical {
            owner: &owner,
            sequence,
            at: now.micros(),
            event: event.event.code(),
            target_type: target_type.code(),
            sub_target_type: target.part.map_or("", SubTargetType::code),
            target: names,
            actor: [actor_kind, &actor_id, caller.name()],
            tool: caller.tool.code(),
            outcome: event.outcome.code(),
            client: [&caller.network, &caller.user_agent],
            request: request.as_bytes(),
            change: &change,
        }
        .chained_to(&previous);

        let actor = self
            .audit_actor(chain_id, actor_kind, &actor_id, caller.name())
            .await?;
        let object = self.audit_object(chain_id, names).await?;
        let client = self
            .audit_client(chain_id, &caller.network, &caller.user_agent)
            .await?;
        sqlx::query(
            "insert into audit_event (chain, sequence, at, event, target_type, sub_target_type, object, actor, client, tool, outcome, request, change, hash) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        )
        .bind(chain_id)
        .bind(sequence)
        .bind(now.micros())
        .bind(event.event.number())
        .bind(target_type.number())
        .bind(target.part.map_or(0, SubTargetType::number))
        .bind(object)
        .bind(actor)
        .bind(client)
        .bind(caller.tool.number())
        .bind(event.outcome.number())
        .bind(request.as_bytes().to_vec())
        .bind(change)
        .bind(hash.to_vec())
        .execute(self.connection())
        .await?;
        sqlx::query("update audit_chain set head_hash = $2 where id = $1")
            .bind(chain_id)
            .bind(hash.to_vec())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn audit_actor(&mut self, chain: i64, kind: &str, id: &str, name: &str) -> Result<i64> {
        let (row,): (i64,) = sqlx::query_as(
            "insert into audit_actor (chain, kind, actor_id, name) values ($1, $2, $3, $4) \
             on conflict (chain, kind, actor_id, name) do update set chain = excluded.chain returning id",
        )
        .bind(chain)
        .bind(kind)
        .bind(id)
        .bind(name)
        .fetch_one(self.connection())
        .await?;
        Ok(row)
    }

    async fn audit_object(&mut self, chain: i64, names: [&str; 8]) -> Result<i64> {
        let mut query = sqlx::query_as(
            "insert into audit_object (chain, target_id, target_name, subject_id, subject_name, project_id, project_name, environment_id, environment_name) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             on conflict (chain, target_id, subject_id, target_name, subject_name, project_name, environment_name, project_id, environment_id) \
             do update set chain = excluded.chain returning id",
        )
        .bind(chain);
        for name in names {
            query = query.bind(name);
        }
        let (row,): (i64,) = query.fetch_one(self.connection()).await?;
        Ok(row)
    }

    async fn audit_client(&mut self, chain: i64, network: &str, user_agent: &str) -> Result<i64> {
        let (row,): (i64,) = sqlx::query_as(
            "insert into audit_client (chain, network, user_agent) values ($1, $2, $3) \
             on conflict (chain, network, user_agent) do update set chain = excluded.chain returning id",
        )
        .bind(chain)
        .bind(network)
        .bind(user_agent)
        .fetch_one(self.connection())
        .await?;
        Ok(row)
    }
}
