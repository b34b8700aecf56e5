//! A sample organization, made through the same operations that people use, so that its rights, secrets and audit log
//! are real. Thirty days of history are written by moving a clock that stands still otherwise.

use domain::{
    ApiError, EnvironmentType, LevelRef, OrganizationId, SubmittedPassword, SubmittedValue,
    Timestamp, view::PersonView,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use service::{
    Caller, Error, FixedClock, Result, Service,
    ops::{ConsolePath, Joining, NewVariable, RoleForm, ServiceForm, VariableEdit},
};

/// The one password of every sample account. The sample store holds nothing real.
pub const PASSWORD: &str = "lantern-harbour-violet-42";
const EVENTS: u32 = 5_000;
const DAYS: i64 = 30;
const VARIABLES: usize = 400;

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The role's name.
    pub role: &'static str,
    /// The person's name.
    pub name: String,
    /// The address to sign in with; the password is [`PASSWORD`].
    pub email: String,
}

const PEOPLE: [(&str, &str); 40] = [
    ("Olive Tran", "owner"),
    ("Ana Novak", "admin"),
    ("Samir Haddad", "admin"),
    ("Ingrid Solberg", "admin"),
    ("Ian Walsh", "devops"),
    ("Mei Lin", "devops"),
    ("Tomas Vega", "devops"),
    ("Priya Raman", "devops"),
    ("Jonas Brandt", "devops"),
    ("Aiko Mori", "devops"),
    ("Lucia Ferri", "devops"),
    ("Noah Okafor", "devops"),
    ("Bea Laurent", "billing"),
    ("Hugo Martin", "billing"),
    ("Karin Holm", "billing"),
    ("Vera Kowalska", "viewer"),
    ("Omar Aziz", "viewer"),
    ("Ella Jansen", "viewer"),
    ("Rafael Souza", "viewer"),
    ("Nina Petrova", "viewer"),
    ("David Cohen", "viewer"),
    ("Chloe Dubois", "viewer"),
    ("Yusuf Demir", "viewer"),
    ("Hana Sato", "viewer"),
    ("Liam Byrne", "viewer"),
    ("Sofia Rossi", "viewer"),
    ("Marek Dvorak", "viewer"),
    ("Amara Diallo", "viewer"),
    ("Erik Lund", "viewer"),
    ("Zoe Papadaki", "viewer"),
    ("Pavel Horak", "viewer"),
    ("Ruth Meyer", "viewer"),
    ("Diego Alvarez", "viewer"),
    ("Freya Olsen", "viewer"),
    ("Kofi Mensah", "viewer"),
    ("Leila Karimi", "viewer"),
    ("Mateo Silva", "viewer"),
    ("Anya Sharma", "viewer"),
    ("Bjorn Hansen", "viewer"),
    ("Clara Weiss", "viewer"),
];

/// Project, environment, type, services as `name:KIND`.
const PLACES: [(&str, &str, &str, &[&str]); 8] = [
    (
        "shop",
        "production",
        "PRODUCTION",
        &[
            "api:APPLICATION",
            "web:APPLICATION",
            "worker:CONTAINER",
            "nightly-report:JOB",
            "orders-db:DATABASE",
        ],
    ),
    (
        "shop",
        "staging",
        "STAGING",
        &[
            "api:APPLICATION",
            "web:APPLICATION",
            "worker:CONTAINER",
            "orders-db:DATABASE",
        ],
    ),
    (
        "shop",
        "development",
        "DEVELOPMENT",
        &["api:APPLICATION", "web:APPLICATION", "orders-db:DATABASE"],
    ),
    (
        "shop",
        "pr-1482",
        "PREVIEW",
        &["api:APPLICATION", "web:APPLICATION"],
    ),
    (
        "billing",
        "production",
        "PRODUCTION",
        &[
            "invoicer:APPLICATION",
            "ledger:CONTAINER",
            "ledger-db:DATABASE",
        ],
    ),
    (
        "billing",
        "staging",
        "STAGING",
        &["invoicer:APPLICATION", "ledger-db:DATABASE"],
    ),
    (
        "data-platform",
        "production",
        "PRODUCTION",
        &["ingest:CONTAINER", "warehouse:DATABASE", "compaction:JOB"],
    ),
    (
        "data-platform",
        "development",
        "DEVELOPMENT",
        &[
            "ingest:CONTAINER",
            "warehouse:DATABASE",
            "notebook:APPLICATION",
        ],
    ),
];

/// Key, kind, description. `*` in a key becomes a word of its own.
const TEMPLATES: [(&str, &str, &str); 24] = [
    ("LOG_LEVEL", "plain", "How much the service writes"),
    ("LOG_FORMAT", "plain", ""),
    ("PORT", "plain", "Where it listens"),
    ("PUBLIC_URL", "plain", "What customers type"),
    ("DATABASE_URL", "secret", "With user and password"),
    ("DATABASE_POOL_SIZE", "plain", ""),
    (
        "PAYMENT_PROVIDER_KEY",
        "secret",
        "Live key of the payment provider",
    ),
    ("SENTRY_DSN", "secret", ""),
    ("SMTP_PASSWORD", "secret", "Mail relay"),
    ("FEATURE_NEW_CHECKOUT", "plain", "Rolled out by product"),
    ("FEATURE_*", "plain", ""),
    ("SESSION_SIGNING_KEY", "secret", "Rotate every quarter"),
    ("REQUEST_TIMEOUT_MS", "plain", ""),
    ("CACHE_TTL_SECONDS", "plain", ""),
    ("REGION", "plain", ""),
    ("QUEUE_NAME", "plain", ""),
    ("TLS_CLIENT_CERT", "file", "Mounted for the payment network"),
    ("RATE_LIMIT_PER_MINUTE", "plain", ""),
    ("OAUTH_CLIENT_SECRET", "secret", ""),
    ("*_API_TOKEN", "secret", ""),
    ("*_ENDPOINT", "plain", ""),
    ("*_CONFIG", "file", ""),
    ("MAX_UPLOAD_MB", "plain", ""),
    ("TIMEZONE", "plain", ""),
];
const WORDS: [&str; 24] = [
    "SEARCH",
    "MAPS",
    "WAREHOUSE",
    "PARTNER",
    "TAX",
    "FRAUD",
    "STOCK",
    "REPORTS",
    "COUPONS",
    "ADDRESS",
    "LOYALTY",
    "GEO",
    "MAIL",
    "CHAT",
    "EXPORT",
    "SCORING",
    "METRICS",
    "TRACKING",
    "PRICING",
    "CARRIER",
    "IDENTITY",
    "ARCHIVE",
    "CATALOG",
    "PUSH",
];

/// Fills an empty store: an organization with 3 projects, 8 environments, 25 services, 40 members, 400 variables and
/// 5,000 events over the 30 days before the clock's present moment. Says who can sign in.
///
/// # Errors
/// The store is not empty, or cannot be written.
pub async fn seed(
    service: &Service,
    clock: &FixedClock,
    mut progress: impl FnMut(&str),
) -> Result<Vec<Account>> {
    let now = service.now();
    clock.set(now.plus_days(-DAYS));
    let mut demo = Demo {
        service,
        clock,
        rng: StdRng::seed_from_u64(7),
        people: Vec::new(),
        organization: OrganizationId::new(uuid::Uuid::nil()),
        written: 0,
    };
    progress("organization and 40 members");
    let mut accounts = demo.members().await?;
    progress("3 projects, 8 environments, 25 services");
    let levels = demo.registry().await?;
    progress("custom roles");
    demo.roles(&mut accounts).await?;
    progress("400 variables and secrets");
    let variables = demo.variables(&levels).await?;
    progress("30 days of history");
    demo.history(&variables, now).await?;
    clock.set(now);
    Ok(accounts)
}

struct Demo<'a> {
    service: &'a Service,
    clock: &'a FixedClock,
    rng: StdRng,
    people: Vec<(Caller, &'static str)>,
    organization: OrganizationId,
    written: u32,
}

impl Demo<'_> {
    fn nobody(&mut self) -> Caller {
        const AGENTS: [&str; 4] = [
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        ];
        Caller {
            actor: service::Actor::Nobody,
            session: None,
            tool: domain::Tool::Console,
            request: self.service.request_id(),
            network: format!("198.51.100.{}", self.rng.random_range(2..60)),
            user_agent: (*AGENTS.choose(&mut self.rng).unwrap_or(&AGENTS[0])).to_owned(),
        }
    }
    fn by(&mut self, who: usize) -> Caller {
        let caller = self.people[who].0.clone();
        Caller {
            request: self.service.request_id(),
            ..caller
        }
    }
    /// Somebody who may change variables.
    fn somebody(&mut self) -> Caller {
        let able: Vec<usize> = (0..self.people.len())
            .filter(|one| matches!(self.people[*one].1, "owner" | "admin" | "devops"))
            .collect();
        let who = *able.choose(&mut self.rng).unwrap_or(&0);
        self.by(who)
    }
    fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    async fn members(&mut self) -> Result<Vec<Account>> {
        let mut accounts = Vec::new();
        for (name, role) in PEOPLE {
            let email = format!(
                "{}@acme.example",
                name.split(' ').next().unwrap_or(name).to_lowercase()
            );
            let nobody = self.nobody();
            let password = SubmittedPassword::new(PASSWORD.to_owned());
            let person = if role == "owner" {
                let system = Caller::system("demo", self.service.request_id());
                self.organization = self
                    .service
                    .create_owner(&system, name, &email, password, "Acme")
                    .await?;
                self.service
                    .sign_in(&nobody, &email, SubmittedPassword::new(PASSWORD.to_owned()))
                    .await?
                    .person
            } else {
                self.join(&nobody, name, &email, role).await?
            };
            self.written += 2;
            self.people.push((nobody.signed_in(person, None), role));
            accounts.push(Account {
                role: label(role),
                name: name.to_owned(),
                email,
            });
            let pause = self.rng.random_range(60..900);
            self.later(pause);
        }
        let owner = self.by(0);
        self.service
            .create_organization(&owner, "Umbra Labs")
            .await?;
        Ok(accounts)
    }

    async fn join(
        &mut self,
        nobody: &Caller,
        name: &str,
        email: &str,
        role: &str,
    ) -> Result<PersonView> {
        let inviter = self.by(0);
        let invited = self
            .service
            .invite(
                &inviter,
                self.organization,
                &service::ops::InviteForm::one(email, role),
            )
            .await?;
        let link = invited.first().and_then(|one| one.link.clone());
        let link = link.ok_or_else(|| {
            Error::Internal("the sample needs an instance without a mail server".to_owned())
        })?;
        let token = link.rsplit('/').next().unwrap_or_default().to_owned();
        let joining = Joining::NewAccount {
            name: name.to_owned(),
            password: SubmittedPassword::new(PASSWORD.to_owned()),
        };
        Ok(self
            .service
            .accept_invitation(nobody, &token, joining)
            .await?
            .person)
    }

    /// Two roles of the organization's own, with some of those who were viewers.
    async fn roles(&mut self, accounts: &mut [Account]) -> Result<()> {
        /// A project, an environment type or all of it, and the level there.
        type Level = (&'static str, Option<EnvironmentType>, &'static str);
        const ROLES: [(&str, &str, &[Level]); 2] = [
            (
                "Payments team",
                "Runs billing, reads the shop.",
                &[
                    ("billing", Some(EnvironmentType::Production), "DEPLOYER"),
                    ("billing", Some(EnvironmentType::Staging), "MANAGER"),
                    ("billing", Some(EnvironmentType::Development), "MANAGER"),
                    ("billing", Some(EnvironmentType::Preview), "MANAGER"),
                    ("shop", None, "VIEWER"),
                ],
            ),
            (
                "Data engineering",
                "Owns the data platform.",
                &[("data-platform", None, "FULL")],
            ),
        ];
        let owner = self.by(0);
        let organization = self.organization;
        let projects = self.service.projects(&owner, organization).await?;
        let mut viewers: Vec<usize> = (0..self.people.len())
            .filter(|one| self.people[*one].1 == "viewer")
            .skip(1)
            .collect();
        for (name, description, levels) in ROLES {
            let role = self
                .service
                .create_role(
                    &owner,
                    organization,
                    name,
                    description,
                    "",
                    SubmittedPassword::new(PASSWORD.to_owned()),
                )
                .await?;
            let levels = levels.iter().filter_map(|(project, kind, level)| {
                let project = projects.iter().find(|one| one.name == *project)?;
                Some((project.id, *kind, (*level).to_owned()))
            });
            let form = RoleForm {
                name: name.to_owned(),
                description: description.to_owned(),
                version: 1,
                clusters: Vec::new(),
                projects: levels.collect(),
            };
            self.service
                .draft_role(&owner, organization, role, &form)
                .await?;
            let review = self.service.review_role(&owner, organization, role).await?;
            let fingerprint = &review.preview.fingerprint;
            self.service
                .save_role(&owner, organization, role, fingerprint, 1)
                .await?;
            let some: Vec<usize> = viewers.drain(..viewers.len().min(4)).collect();
            let people: Vec<_> = some
                .iter()
                .filter_map(|one| self.people[*one].0.person())
                .collect();
            self.service
                .change_roles(&owner, organization, &people, &role.to_string(), None)
                .await?;
            for one in some {
                accounts[one].role = name;
            }
            self.written += 6;
        }
        Ok(())
    }

    /// Every level variables can be defined at.
    async fn registry(&mut self) -> Result<Vec<LevelRef>> {
        let owner = self.by(0);
        let organization = self.organization;
        for (name, provider, region) in [
            ("paris", "SCW", "fr-par"),
            ("frankfurt", "AWS", "eu-central-1"),
        ] {
            self.service
                .create_cluster(
                    &owner,
                    organization,
                    &service::ops::ClusterForm::new(name, provider, region),
                )
                .await?;
        }
        let clusters = self.service.clusters(&owner, organization).await?;
        let mut levels = Vec::new();
        for (project, environment, kind, services) in PLACES {
            let project_path = ConsolePath {
                organization: "acme".to_owned(),
                project: Some(project.to_owned()),
                ..ConsolePath::default()
            };
            let here = match self.service.console(&owner, &project_path).await {
                Ok(view) => view.here,
                Err(Error::Api(ApiError::NotFound)) => {
                    self.service
                        .create_project(&owner, organization, project, description(project))
                        .await?;
                    let here = self.service.console(&owner, &project_path).await?.here;
                    levels.extend(here.level().map(|level| level.reference()));
                    here
                }
                Err(error) => return Err(error),
            };
            let Some(project) = here.project else {
                continue;
            };
            let cluster = clusters[usize::from(kind != "PRODUCTION")].id.to_string();
            self.service
                .create_environment(
                    &owner,
                    organization,
                    project.id,
                    environment,
                    kind,
                    &cluster,
                )
                .await?;
            let path = ConsolePath {
                environment: Some(environment.to_owned()),
                ..project_path
            };
            let here = self.service.console(&owner, &path).await?.here;
            levels.extend(here.level().map(|level| level.reference()));
            let Some(environment) = here.environment else {
                continue;
            };
            for service in services {
                let (name, kind) = service.split_once(':').unwrap_or((service, "APPLICATION"));
                let form = ServiceForm {
                    name: name.to_owned(),
                    kind: kind.to_owned(),
                    description: String::new(),
                };
                self.service
                    .create_service(&owner, organization, environment.id, &form)
                    .await?;
                let path = ConsolePath {
                    service: Some(name.to_owned()),
                    ..path.clone()
                };
                levels.extend(
                    self.service
                        .console(&owner, &path)
                        .await?
                        .here
                        .level()
                        .map(|level| level.reference()),
                );
                self.written += 1;
                self.later(45);
            }
            self.written += 1;
        }
        Ok(levels)
    }

    async fn variables(&mut self, levels: &[LevelRef]) -> Result<Vec<(domain::VariableId, bool)>> {
        let mut made = Vec::new();
        let mut turn = 0_usize;
        while made.len() < VARIABLES {
            let level = levels[turn % levels.len()];
            let (key, kind, about) = TEMPLATES[(turn / levels.len() + turn * 5) % TEMPLATES.len()];
            let word = WORDS[self.rng.random_range(0..WORDS.len())];
            let key = key.replace('*', word);
            turn += 1;
            let form = NewVariable {
                from: level,
                scope: level.scope().code().to_owned(),
                value: SubmittedValue::new(self.value(&key, kind)),
                mount_path: if kind == "file" {
                    format!("/etc/app/{}.conf", key.to_lowercase().replace('_', "-"))
                } else {
                    String::new()
                },
                as_is: false,
                secret_file: kind == "file" && key.contains("CERT"),
                key,
                kind: kind.to_owned(),
                description: about.to_owned(),
                overrides: true,
            };
            let caller = self.somebody();
            let secret = kind == "secret";
            match self
                .service
                .add_variable(&caller, self.organization, form)
                .await
            {
                Ok(id) => {
                    made.push((id, secret));
                    self.written += 1;
                    self.later(20);
                }
                // The same key twice at one level: draw again.
                Err(Error::Api(ApiError::Invalid { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(made)
    }

    fn value(&mut self, key: &str, kind: &str) -> String {
        let random = |rng: &mut StdRng, length: usize| -> String {
            const ALPHABET: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
            (0..length)
                .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
                .collect()
        };
        let pick =
            |rng: &mut StdRng, choices: &[&str]| (*choices.choose(rng).unwrap_or(&"")).to_owned();
        match (kind, key) {
            ("secret", "DATABASE_URL") => format!(
                "postgres://app:{}@orders-db.internal:5432/app",
                random(&mut self.rng, 20)
            ),
            ("secret", "PAYMENT_PROVIDER_KEY") => format!("pk_live_{}", random(&mut self.rng, 28)),
            ("secret", _) => random(&mut self.rng, 32),
            ("file", key) if key.contains("CERT") => format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                random(&mut self.rng, 64)
            ),
            ("file", _) => format!(
                "workers = {}\nretries = {}\n",
                self.rng.random_range(1..16),
                self.rng.random_range(1..6)
            ),
            (_, "LOG_LEVEL") => pick(&mut self.rng, &["info", "warn", "debug", "error"]),
            (_, "LOG_FORMAT") => pick(&mut self.rng, &["json", "text"]),
            (_, "PORT") => pick(&mut self.rng, &["8080", "3000", "9000"]),
            (_, "PUBLIC_URL") => pick(
                &mut self.rng,
                &[
                    "https://shop.acme.example",
                    "https://shop.acme.example/{{QOVERY_ENVIRONMENT_NAME}}",
                    "https://billing.acme.example",
                ],
            ),
            (_, "REGION") => pick(&mut self.rng, &["eu-central-1", "fr-par"]),
            (_, "TIMEZONE") => pick(&mut self.rng, &["UTC", "Europe/Berlin"]),
            (_, "QUEUE_NAME") => pick(&mut self.rng, &["orders", "mails", "exports"]),
            (_, key) if key.starts_with("FEATURE") => pick(&mut self.rng, &["on", "off", "canary"]),
            (_, key) if key.ends_with("ENDPOINT") => format!(
                "https://{}.partner.example/v{}",
                random(&mut self.rng, 6).to_lowercase(),
                self.rng.random_range(1..4)
            ),
            _ => self.rng.random_range(1..600).to_string(),
        }
    }

    /// Work days: people sign in, change values, rotate secrets, mistype passwords.
    async fn history(
        &mut self,
        variables: &[(domain::VariableId, bool)],
        now: Timestamp,
    ) -> Result<()> {
        let start = self.service.now();
        let left = i64::from(EVENTS.saturating_sub(self.written)).max(1);
        let span = now.seconds_since(start) - 120;
        for step in 0..left {
            self.clock.set(
                working_hours(
                    start.plus_seconds(span * step / left),
                    self.rng.random_range(0..3_000),
                )
                .min(now.plus_seconds(-60)),
            );
            match self.rng.random_range(0..100) {
                0..=2 => self.sign_in().await?,
                3 => self.mistype().await?,
                _ => self.change(variables).await?,
            }
        }
        Ok(())
    }

    async fn sign_in(&mut self) -> Result<()> {
        let who = self.rng.random_range(0..self.people.len());
        let email = self.email(who);
        let nobody = self.nobody();
        self.service
            .sign_in(&nobody, &email, SubmittedPassword::new(PASSWORD.to_owned()))
            .await
            .map(drop)
    }

    async fn mistype(&mut self) -> Result<()> {
        let who = self.rng.random_range(0..self.people.len());
        let email = self.email(who);
        let nobody = self.nobody();
        match self
            .service
            .sign_in(
                &nobody,
                &email,
                SubmittedPassword::new("not the password at all".to_owned()),
            )
            .await
        {
            Err(Error::Api(ApiError::WrongCredentials | ApiError::Throttled { .. })) => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::Internal("a wrong password worked".to_owned())),
        }
    }

    async fn change(&mut self, variables: &[(domain::VariableId, bool)]) -> Result<()> {
        let caller = self.somebody();
        let (id, secret) = variables[self.rng.random_range(0..variables.len())];
        let before = self
            .service
            .variable(&caller, self.organization, id)
            .await?;
        let kind = match (secret, before.is_file) {
            (true, _) => "secret",
            (false, true) => "file",
            (false, false) => "plain",
        };
        let mut value = self.value(&before.key, kind);
        if before.value.as_deref() == Some(value.as_str()) {
            // A change that changes nothing leaves no event.
            value = self.rng.random_range(600..9_000).to_string();
        }
        let form = VariableEdit {
            id,
            version: before.version,
            value: Some(SubmittedValue::new(value)),
            set_empty: false,
            make_secret: false,
            as_is: None,
            mount_path: before.mount_path,
            description: before.description,
        };
        self.service
            .edit_variable(&caller, self.organization, form)
            .await
    }

    fn email(&self, who: usize) -> String {
        match &self.people[who].0.actor {
            service::Actor::Person(person) => person.email.clone(),
            service::Actor::Nobody | service::Actor::System(_) => String::new(),
        }
    }
}

/// Most work happens between eight and eighteen.
fn working_hours(moment: Timestamp, jitter: i64) -> Timestamp {
    const DAY: i64 = 86_400;
    let second_of_day = (moment.micros() / 1_000_000).rem_euclid(DAY);
    let day = moment.plus_seconds(-second_of_day);
    day.plus_seconds(8 * 3_600 + second_of_day * 10 / 24 + jitter % 60)
}

fn label(code: &str) -> &'static str {
    code.parse::<domain::BuiltInRole>()
        .map_or("", domain::BuiltInRole::label)
}

fn description(project: &str) -> &'static str {
    match project {
        "shop" => "What customers see and buy in.",
        "billing" => "Invoices, taxes and the ledger.",
        _ => "Events in, tables out.",
    }
}
