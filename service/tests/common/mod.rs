//! A world per test: a real database of its own, a clock that stands still, seeded randomness and a folder that
//! mail falls into. Every test is written once and runs on SQLite and, where `GATEHOUSE_TEST_POSTGRES_URL` names a
//! server (`scripts/with-postgres` starts one), a second time on PostgreSQL.

mod access;
mod database;
mod engine;
mod organization;
mod sealed;
mod stage;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{ApiError, RequestId, SubmittedPassword, Timestamp, Tool, view::PersonView};
use rand::{SeedableRng, rngs::StdRng};
use service::{
    Actor, Caller, Entropy, Error, FixedClock, OpenError, Options, Service, mail::Transport,
    ops::SignedIn, store::Store,
};
use sqlx::AnyConnection;
use tempfile::TempDir;
use vault::{RootKey, password::PasswordParameters};

pub use access::{Levels, is_forbidden};
pub use database::{Snapshot, TABLES, difference};
pub use engine::Engine;
pub use organization::{Organization, Shop, file, hex, token_of, variable};
pub use sealed::{Sealed, key_status, key_versions, reencrypts, rotates, under};
pub use stage::{Operation, Stage};

/// Good enough for the rules, and nobody's name.
pub const PASSWORD: &str = "violet turbine marmalade";
/// Where links in mails lead.
pub const PUBLIC_URL: &str = "https://gatehouse.example";
/// The network that visitors come from.
pub const NETWORK: &str = "198.51.100.7";
/// When every test begins.
pub const BEGINNING: &str = "2026-11-23T08:00:00Z";

/// Runs a test once per engine at hand.
#[expect(clippy::print_stdout, reason = "says on which engine a test failed")]
pub fn on_every_engine(test: impl AsyncFn(&World)) {
    for engine in Engine::at_hand() {
        println!("on {engine:?}");
        on(engine, &test);
    }
}

/// Runs a test about something that only SQLite has.
pub fn on_sqlite(test: impl AsyncFn(&World)) {
    on(Engine::Sqlite, test);
}

fn on(engine: Engine, test: impl AsyncFn(&World)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new(engine).await;
        test(&world).await;
        world.end().await;
    });
}

/// One instance of Gatehouse and everything around it.
pub struct World {
    /// The one that is open from the beginning.
    pub service: Service,
    /// Stands still until it is moved.
    pub clock: Arc<FixedClock>,
    /// Which database this world is on.
    pub engine: Engine,
    directory: TempDir,
    url: String,
    opened: Mutex<Vec<Service>>,
    seed: AtomicU64,
    beside: tokio::sync::Mutex<Option<AnyConnection>>,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let directory = TempDir::new().unwrap();
        let url = engine.url(directory.path()).await;
        let clock = Arc::new(FixedClock::at(Timestamp::parse(BEGINNING).unwrap()));
        let (seed, opened) = (AtomicU64::new(1), Mutex::default());
        let outbox = directory.path().join("outbox");
        fs::create_dir(&outbox).unwrap();
        let service = open(&url, &clock, &seed, options(&outbox)).await.unwrap();
        Self {
            service,
            clock,
            engine,
            directory,
            url,
            opened,
            seed,
            beside: tokio::sync::Mutex::default(),
        }
    }

    async fn end(self) {
        drop(self.beside.into_inner());
        self.service.close().await;
        for service in self
            .opened
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
        {
            service.close().await;
        }
        self.engine.give_back(&self.url).await;
    }

    /// The same store, opened once more, as after a restart.
    pub async fn reopened(&self) -> Service {
        self.reopened_with(options(&self.outbox())).await
    }

    /// The same store under another configuration.
    pub async fn reopened_with(&self, options: Options) -> Service {
        let service = self.try_open(root_key(), options).await.unwrap();
        self.opened.lock().unwrap().push(service.clone());
        service
    }

    /// Opening that may be refused.
    pub async fn try_open(&self, root: RootKey, options: Options) -> Result<Service, OpenError> {
        let store = Store::connect(&self.url)
            .await
            .map_err(OpenError::Database)?;
        let outcome = Service::open(
            store.clone(),
            root,
            self.clock.clone(),
            entropy(&self.seed),
            options,
        )
        .await;
        if outcome.is_err() {
            store.close().await;
        }
        outcome
    }

    /// The configuration that worlds begin with.
    pub fn options(&self) -> Options {
        options(&self.outbox())
    }

    /// Where mail falls.
    pub fn outbox(&self) -> PathBuf {
        self.directory.path().join("outbox")
    }

    /// Where the SQLite file is.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The address of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Somebody in a browser who has not signed in.
    pub fn visitor(&self) -> Caller {
        Caller {
            actor: Actor::Nobody,
            session: None,
            tool: Tool::Console,
            request: self.service.request_id(),
            network: NETWORK.to_owned(),
            user_agent: "Test browser".to_owned(),
        }
    }

    /// The operator at the command line.
    pub fn operator(&self) -> Caller {
        Caller::system("test", self.service.request_id())
    }

    /// Signs somebody in and makes the caller their next request has.
    pub async fn signs_in(&self, email: &str) -> Caller {
        let signed_in = self
            .service
            .sign_in(&self.visitor(), email, password())
            .await
            .unwrap();
        self.caller(&self.visitor(), &signed_in).await
    }

    /// The caller of the request after one that signed somebody in.
    pub async fn caller(&self, visitor: &Caller, signed_in: &SignedIn) -> Caller {
        let (person, session) = self
            .service
            .authenticate(signed_in.token.expose())
            .await
            .unwrap()
            .unwrap();
        visitor.signed_in(person, Some(session))
    }

    /// An organization whose owner is signed in. Their address is `owner@<slug>.example`.
    pub async fn organization(&self, name: &str) -> Organization<'_> {
        let email = format!("owner@{}.example", domain::slug_of(name));
        let person = format!("Olivia of {name}");
        let id = self
            .service
            .create_owner(&self.operator(), &person, &email, password(), name)
            .await
            .unwrap();
        Organization::new(self, id, name, self.signs_in(&email).await)
    }

    /// Every mail that left so far, as text, oldest first.
    pub async fn delivered_mails(&self) -> Vec<String> {
        while self.service.deliver_due_mail().await.unwrap() > 0 {}
        let mut files: Vec<_> = fs::read_dir(self.outbox())
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| readable(&fs::read_to_string(file).unwrap()))
            .collect()
    }
}

/// A mail without its quoted-printable encoding.
fn readable(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part
            .get(..2)
            .and_then(|code| u8::from_str_radix(code, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            None => bytes.extend(format!("={part}").as_bytes()),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn entropy(seed: &AtomicU64) -> Entropy {
    // Never the same twice for one store: ids and nonces would repeat.
    Entropy::from_rng(StdRng::seed_from_u64(seed.fetch_add(1, Ordering::SeqCst)))
}

async fn open(
    url: &str,
    clock: &Arc<FixedClock>,
    seed: &AtomicU64,
    options: Options,
) -> Result<Service, OpenError> {
    let store = Store::connect(url).await.map_err(OpenError::Database)?;
    Service::open(store, root_key(), clock.clone(), entropy(seed), options).await
}

/// The key of every world; the same each time it is made.
pub fn root_key() -> RootKey {
    RootKey::generate(&mut StdRng::seed_from_u64(0))
}

fn options(outbox: &Path) -> Options {
    Options {
        public_url: PUBLIC_URL.to_owned(),
        transport: Transport::folder(outbox.to_owned(), "Gatehouse <gatehouse@example.com>")
            .unwrap(),
        passwords: PasswordParameters::for_tests(),
    }
}

/// What everybody here types.
pub fn password() -> SubmittedPassword {
    SubmittedPassword::from(PASSWORD.to_owned())
}

/// Another password, which is nobody's.
pub fn wrong_password() -> SubmittedPassword {
    SubmittedPassword::from("granite umbrella sonata".to_owned())
}

/// Expecting a refusal.
pub trait Refused {
    /// What the asker is told. Fails when there was no refusal.
    fn refusal(self) -> ApiError;
}

impl<T> Refused for Result<T, Error> {
    fn refusal(self) -> ApiError {
        match self {
            Ok(_) => panic!("it was not refused"),
            Err(error) => error.for_wire(RequestId::new(uuid::Uuid::nil())),
        }
    }
}

/// The person of a caller.
pub fn person(caller: &Caller) -> &PersonView {
    match &caller.actor {
        Actor::Person(person) => person,
        other => panic!("{other:?} is no person"),
    }
}

/// Asserts that the form was refused because of exactly these fields.
#[track_caller]
pub fn assert_fields(refusal: &ApiError, expected: &[&str]) {
    let ApiError::Invalid { fields } = refusal else {
        panic!("{refusal:?} names no fields")
    };
    let names: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(names, expected, "{fields:?}");
}

/// Short cuts for tests.
pub trait Everybody {
    /// Every member on the first page.
    async fn everybody(
        &self,
        caller: &Caller,
        organization: domain::OrganizationId,
    ) -> service::Result<Vec<domain::view::MemberView>>;
}

impl Everybody for Service {
    async fn everybody(
        &self,
        caller: &Caller,
        organization: domain::OrganizationId,
    ) -> service::Result<Vec<domain::view::MemberView>> {
        let filter = service::store::MemberFilter::default();
        let page = self
            .members(
                caller,
                organization,
                &filter,
                service::store::MemberCursor::Start,
            )
            .await?;
        Ok(page.members)
    }
}

/// What tests ask of the one invitation they sent.
pub trait OneInvitation {
    /// Its id.
    fn id(&self) -> domain::InvitationId;
    /// Its link, when there is no mail server.
    fn link(&self) -> Option<String>;
}

impl OneInvitation for service::ops::Invited {
    fn id(&self) -> domain::InvitationId {
        self.first().unwrap().id.unwrap()
    }
    fn link(&self) -> Option<String> {
        self.first().unwrap().link.clone()
    }
}
