use domain::{PersonId, RequestId, SessionId, Tool, view::PersonView};

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has proved who they are.
    Nobody,
    /// A person, by name at this moment.
    Person(PersonView),
    /// Gatehouse itself or its operator at the command line. The text names the job or command.
    System(&'static str),
}

/// Who is asking, and how they came in. The first argument of every operation. Identity only: what the
/// actor may do is read when asked, in the transaction that does it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The session that proved it, for people in a browser.
    pub session: Option<SessionId>,
    /// The way in, derived on the server.
    pub tool: Tool,
    /// Names this request in logs and errors.
    pub request: RequestId,
    /// The network address it came from; empty for the command line.
    pub network: String,
    /// The program that sent it, cut to 200 characters.
    pub user_agent: String,
}

impl Caller {
    /// Gatehouse itself or its operator.
    #[must_use]
    pub fn system(job: &'static str, request: RequestId) -> Self {
        Self {
            actor: Actor::System(job),
            session: None,
            tool: Tool::System,
            request,
            network: String::new(),
            user_agent: String::new(),
        }
    }
    /// The signed-in person's id.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match &self.actor {
            Actor::Person(person) => Some(person.id),
            Actor::Nobody | Actor::System(_) => None,
        }
    }
    /// The name that events carry.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.actor {
            Actor::Nobody => "Nobody",
            Actor::Person(person) => &person.name,
            Actor::System(_) => "System",
        }
    }
    /// This caller after proving to be `person`.
    #[must_use]
    pub fn signed_in(&self, person: PersonView, session: Option<SessionId>) -> Self {
        Self {
            actor: Actor::Person(person),
            session,
            ..self.clone()
        }
    }
}
