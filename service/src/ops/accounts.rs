//! Set-up, signing in and out, and what a session is worth.

use std::time::Duration;

use domain::{
    ApiError, BuiltInRole, EmailAddress, EventType, Invalid, OrganizationId, OrganizationName,
    PersonId, PersonName, RoleRef, SessionId, SubmittedPassword, Timestamp, audit::Change,
    view::PersonView,
};
use vault::{Place, Plaintext, Purpose, Sealed, Token, password};

use super::{signed_in, throttling::Throttle, variables::DELETED_KEPT_DAYS};
use crate::{
    Caller, Error, Result, Service,
    audit::{EventTarget, NewEvent},
    service::{SESSION, SETUP},
    store::{Chain, NewPerson, NewSession, PersonRow, SessionRow, Tx, WriteTx},
};

/// A session ends after this long without use.
const IDLE_SECONDS: i64 = 60 * 60;
/// A session ends after this long in any case.
const ABSOLUTE_SECONDS: i64 = 12 * 60 * 60;
/// Use is noted at most this often.
pub(super) const TOUCH_SECONDS: i64 = 60;
/// For how long a password given in a session counts for what takes a fresh proof.
const STEP_UP_SECONDS: i64 = 10 * 60;
const STEP_UP: &str = "Enter your password: it is more than ten minutes since you gave it.";
/// How long a request waits for its use to be noted. Its answer does not depend on that.
const TOUCH_PATIENCE: Duration = Duration::from_millis(250);

/// Somebody just proved who they are.
pub struct SignedIn {
    /// What the browser keeps. Shown once, stored hashed.
    pub token: Token,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// Who.
    pub person: PersonView,
    /// The slug of the organization to show first, if there is one.
    pub organization: Option<String>,
}

pub(super) const fn password_place(person: PersonId, version: u64) -> Place {
    Place {
        purpose: Purpose::InstancePassword,
        organization: None,
        table: "person",
        row: person.uuid(),
        column: "password",
        version,
    }
}

/// Somebody whose password fitted, and who is not let in yet.
pub(super) struct Proven {
    pub account: PersonRow,
    throttle: Throttle,
    /// The password hashed anew, where the stored hash is weaker than today's.
    stronger: Option<Plaintext>,
}

/// What an account is made from, checked.
pub(super) struct AccountForm {
    pub email: EmailAddress,
    pub name: PersonName,
    pub password: SubmittedPassword,
}

impl Service {
    /// True while no account exists.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn needs_setup(&self) -> Result<bool> {
        Ok(self
            .store
            .read()
            .await?
            .instance()
            .await?
            .is_some_and(|row| row.completed_at.is_none()))
    }

    /// Says whether this set-up link works.
    ///
    /// # Errors
    /// `LinkVoid` when it does not.
    pub async fn check_setup_link(&self, token: &str) -> Result<()> {
        let mut tx = self.store.read().await?;
        let hash = self.token_hash(&mut tx, token, SETUP).await?;
        match tx.instance().await? {
            Some(row) if row.completed_at.is_none() && row.setup_hash.as_deref() == Some(&hash) => {
                Ok(())
            }
            _ => Err(ApiError::LinkVoid.into()),
        }
    }

    /// The first account, the first organization, and the first session. Works once.
    ///
    /// # Errors
    /// `LinkVoid`, or every field that needs attention.
    pub async fn complete_setup(
        &self,
        caller: &Caller,
        token: &str,
        name: &str,
        email: &str,
        password: SubmittedPassword,
        organization: &str,
    ) -> Result<SignedIn> {
        self.check_setup_link(token).await?;
        let mut invalid = Invalid::new();
        let organization_name =
            invalid.check("organization", OrganizationName::parse(organization));
        let form = self.check_account(invalid, email, name, password).await?;
        let organization_name = organization_name.ok_or(Error::Malformed("checked name"))?;
        let hash = self.hash_password(&form.password).await?;

        let now = self.now();
        let mut tx = self.store.write().await?;
        let token_hash = self.token_hash(&mut tx, token, SETUP).await?;
        if !tx.consume_setup(token_hash, now).await? {
            return Err(ApiError::LinkVoid.into());
        }
        let person = self.insert_account(&mut tx, &form, &hash, true).await?;
        let made = self
            .insert_organization(&mut tx, &organization_name, person.id)
            .await?;
        let (session_token, session, expires_at) =
            self.start_session(&mut tx, caller, person.id).await?;
        let you = caller.signed_in(person.clone(), Some(session));
        let chain = Chain::Organization(made.target.id);
        let created = NewEvent::done(
            EventType::Create,
            (&made.target).into(),
            Change::none().set("name", made.target.name.as_str()),
        );
        let signed_in = NewEvent::done(
            EventType::SignIn,
            EventTarget::member(person.id, &person.name),
            Change::none(),
        );
        tx.commit_all(&you, now, vec![(chain, created), (chain, signed_in)])
            .await?;
        self.keys.adopt(made.key);
        Ok(SignedIn {
            token: session_token,
            expires_at,
            person,
            organization: Some(made.target.slug),
        })
    }

    /// An owner and an organization made by the operator, beside a running server or before the first start.
    ///
    /// # Errors
    /// Every field that needs attention; a clash when the address has an account already.
    pub async fn create_owner(
        &self,
        caller: &Caller,
        name: &str,
        email: &str,
        password: SubmittedPassword,
        organization: &str,
    ) -> Result<OrganizationId> {
        let mut invalid = Invalid::new();
        let organization_name =
            invalid.check("organization", OrganizationName::parse(organization));
        let form = self.check_account(invalid, email, name, password).await?;
        let organization_name = organization_name.ok_or(Error::Malformed("checked name"))?;
        let hash = self.hash_password(&form.password).await?;
        let now = self.now();
        let mut tx = self.store.write().await?;
        let person = self.insert_account(&mut tx, &form, &hash, true).await?;
        let made = self
            .insert_organization(&mut tx, &organization_name, person.id)
            .await?;
        tx.close_setup(now).await?;
        let change = Change::none()
            .set("name", made.target.name.as_str())
            .set("owner", person.name.as_str());
        let event = NewEvent::done(EventType::Create, (&made.target).into(), change);
        tx.commit(caller, now, Chain::Organization(made.target.id), event)
            .await?;
        self.keys.adopt(made.key);
        Ok(made.target.id)
    }

    /// Signs in. Unknown, disabled and throttled accounts get the answers, and cause the work, of known ones.
    ///
    /// # Errors
    /// `WrongCredentials`, `Throttled` or `Busy`.
    pub async fn sign_in(
        &self,
        caller: &Caller,
        email: &str,
        password: SubmittedPassword,
    ) -> Result<SignedIn> {
        let proven = self.prove(caller, email, password).await?;
        self.let_in(caller, &proven).await
    }

    /// Finds out whether a password fits. A failure is counted and recorded; a success changes nothing yet.
    ///
    /// # Errors
    /// `WrongCredentials`, `Throttled` or `Busy`.
    pub(super) async fn prove(
        &self,
        caller: &Caller,
        email: &str,
        password: SubmittedPassword,
    ) -> Result<Proven> {
        let email = EmailAddress::parse(email);
        let canonical = email
            .as_ref()
            .map_or("", |email| email.canonical())
            .to_owned();
        let mut reading = self.store.read().await?;
        let ring = self.keys.instance(&mut reading).await?;
        let throttle = Throttle::of(&ring, &canonical, &caller.network);
        self.check_throttle(&mut reading, &throttle, self.now())
            .await?;
        let account = reading
            .person_by_email(&canonical)
            .await?
            .filter(|account| !account.disabled);
        drop(reading);

        let (fits, weak) = self
            .try_password(account.as_ref(), password.clone())
            .await?;
        let Some(account) = account.filter(|_| fits) else {
            self.turn_away(caller, &canonical, &throttle).await?;
            return Err(ApiError::WrongCredentials.into());
        };
        let stronger = match weak {
            true => Some(self.hash_password(&password).await?),
            false => None,
        };
        Ok(Proven {
            account,
            throttle,
            stronger,
        })
    }

    /// Makes sure that whoever holds the session also knows the password, before something that cannot be taken back.
    /// Failures count and are recorded as those of signing in.
    ///
    /// # Errors
    /// A sentence beside the password; `Throttled` or `Busy`.
    pub(super) async fn confirm_password(
        &self,
        caller: &Caller,
        password: SubmittedPassword,
    ) -> Result<()> {
        let (_, person) = signed_in(caller)?;
        match self.prove(caller, &person.email, password).await {
            // Once more, now one at a time, in the queue behind the failures before it: many guesses that came at once are
            // worth no more than one after the other.
            Ok(proven) => {
                let mut tx = self.store.write().await?;
                self.check_throttle(&mut tx, &proven.throttle, self.now())
                    .await?;
                if let Some(session) = caller.session {
                    tx.note_step_up(session, self.now()).await?;
                }
                tx.commit_unaudited("password given again").await
            }
            Err(Error::Api(ApiError::WrongCredentials)) => {
                Err(ApiError::field("password", "This is not your password.").into())
            }
            Err(error) => Err(error),
        }
    }

    /// True when something that takes a fresh proof has to ask the caller for the password.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn needs_step_up(&self, caller: &Caller) -> Result<bool> {
        let mut tx = self.store.read().await?;
        Ok(!self.is_fresh(&mut tx, caller).await?)
    }

    async fn is_fresh(&self, tx: &mut Tx, caller: &Caller) -> Result<bool> {
        let Some(session) = caller.session else {
            return Ok(false);
        };
        let proven = tx.proven_at(session).await?;
        Ok(proven.is_some_and(|at| self.now().seconds_since(at) < STEP_UP_SECONDS))
    }

    /// Refuses what takes a fresh proof when there is none. Pages ask for the password first.
    pub(super) async fn fresh_proof(&self, tx: &mut Tx, caller: &Caller) -> Result<()> {
        if self.is_fresh(tx, caller).await? {
            Ok(())
        } else {
            Err(Error::refused(
                "Confirm your password first: it is more than ten minutes since you gave it. Then try again.",
            ))
        }
    }

    /// Gives the password again, for what takes a fresh proof in the next ten minutes.
    ///
    /// # Errors
    /// `Unauthenticated`; a sentence beside the password; `Throttled` or `Busy`.
    pub async fn give_password(&self, caller: &Caller, password: SubmittedPassword) -> Result<()> {
        self.confirm_password(caller, password).await
    }

    /// Makes sure that the password was given in this session within ten minutes: asks for it otherwise
    /// (security reference, 4.1).
    ///
    /// # Errors
    /// A sentence beside the password; `Throttled` or `Busy`.
    pub(super) async fn step_up(&self, caller: &Caller, password: SubmittedPassword) -> Result<()> {
        if !self.needs_step_up(caller).await? {
            return Ok(());
        }
        if password.expose().is_empty() {
            return Err(ApiError::field("password", STEP_UP).into());
        }
        self.confirm_password(caller, password).await
    }

    /// What follows from a password that fitted, as part of whatever it was given for.
    pub(super) async fn note_proof(
        &self,
        tx: &mut WriteTx,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<()> {
        let account = &proven.account;
        // Once more, now one at a time: many guesses that came at once are worth no more than one after the other.
        self.check_throttle(tx, &proven.throttle, now).await?;
        self.note_success(tx, &proven.throttle).await?;
        if let Some(hash) = &proven.stronger {
            let version = super::super::store::count(account.password_version) + 1;
            let ring = self.keys.instance(tx).await?;
            let place = password_place(account.view.id, version);
            let sealed = tx.seal(&ring, &self.entropy, &place, hash)?;
            tx.set_password(
                account.view.id,
                account.password_version,
                sealed.into_bytes(),
            )
            .await?;
        }
        Ok(())
    }

    async fn let_in(&self, caller: &Caller, proven: &Proven) -> Result<SignedIn> {
        let account = &proven.account;
        let now = self.now();
        let mut tx = self.store.write().await?;
        self.note_proof(&mut tx, proven, now).await?;
        let (token, session, expires_at) =
            self.start_session(&mut tx, caller, account.view.id).await?;
        let organizations = tx.organizations_of(account.view.id).await?;
        let you = caller.signed_in(account.view.clone(), Some(session));
        let events = sign_in_events(&account.view, &organizations);
        tx.commit_all(&you, now, events).await?;
        let organization = organizations.into_iter().next().map(|one| one.slug);
        Ok(SignedIn {
            token,
            expires_at,
            person: account.view.clone(),
            organization,
        })
    }

    /// A failure is counted and recorded: in the log of each organization the person belongs to, otherwise in the instance's.
    async fn turn_away(&self, caller: &Caller, canonical: &str, throttle: &Throttle) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        self.check_throttle(&mut tx, throttle, now).await?;
        self.note_failure(&mut tx, throttle, now).await?;
        let known = tx.person_by_email(canonical).await?;
        let (organizations, target) = match &known {
            Some(account) => (
                tx.organizations_of(account.view.id).await?,
                EventTarget::member(account.view.id, &account.view.name),
            ),
            None => (Vec::new(), EventTarget::instance()),
        };
        let event = NewEvent::failed(EventType::SignInFailed, target, Change::none());
        tx.commit_all(caller, now, in_every_log(&organizations, &event))
            .await
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        let (Ok((id, person)), Some(session)) = (signed_in(caller), caller.session) else {
            return Ok(());
        };
        let mut tx = self.store.write().await?;
        tx.delete_session(session).await?;
        let organizations = tx.organizations_of(id).await?;
        let event = NewEvent::done(
            EventType::SignOut,
            EventTarget::member(id, &person.name),
            Change::none(),
        );
        tx.commit_all(caller, self.now(), in_every_log(&organizations, &event))
            .await
    }

    /// The person and session of a cookie; none when it is not good any more.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn authenticate(&self, cookie: &str) -> Result<Option<(PersonView, SessionId)>> {
        let Some(session) = self.session_of(cookie).await? else {
            return Ok(None);
        };
        let now = self.now();
        if now.seconds_since(session.seen_at) >= TOUCH_SECONDS {
            self.try_to_note("the use of a session", session.person.id, async || {
                let mut tx = self.store.write().await?;
                tx.touch_session(session.id, now).await?;
                tx.commit_unaudited("last seen").await
            })
            .await;
        }
        Ok(Some((session.person, session.id)))
    }

    /// As [`authenticate`](Self::authenticate), for what a page asks by itself while nobody touches it: that keeps no
    /// session alive (security reference, 4.1).
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn recognize(&self, cookie: &str) -> Result<Option<(PersonView, SessionId)>> {
        let session = self.session_of(cookie).await?;
        Ok(session.map(|session| (session.person, session.id)))
    }

    async fn session_of(&self, cookie: &str) -> Result<Option<SessionRow>> {
        let Some(token) = Token::parse(cookie) else {
            return Ok(None);
        };
        let now = self.now();
        let mut tx = self.store.read().await?;
        let ring = self.keys.instance(&mut tx).await?;
        // A session outlives the key version it began under.
        for version in ring.versions() {
            let hash = token.hash_with(&ring, version, SESSION);
            let idle_since = now.plus_seconds(-IDLE_SECONDS);
            if let Some(hash) = hash
                && let Some(session) = tx.live_session(&hash, now, idle_since).await?
            {
                return Ok(Some(session));
            }
        }
        Ok(None)
    }

    /// Best effort: pages can be read while the disk is full or somebody else writes for long. A session ends early
    /// at worst, or somebody seems to have been away.
    pub(super) async fn try_to_note(
        &self,
        what: &str,
        person: PersonId,
        noting: impl AsyncFnOnce() -> Result<()>,
    ) {
        match tokio::time::timeout(TOUCH_PATIENCE, noting()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(actor = %person, %error, "{what} was not noted"),
            Err(_) => tracing::warn!(actor = %person, "{what} was not noted in time"),
        }
    }

    /// Forgets sessions, counters, what waited for its creator and what deleted variables were, where they have had their
    /// time.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn expire(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        tx.expire_sessions(now, now.plus_seconds(-IDLE_SECONDS))
            .await?;
        tx.expire_throttles(now).await?;
        tx.expire_handovers(now).await?;
        tx.prune_deleted_variables(now.plus_days(-DELETED_KEPT_DAYS))
            .await?;
        tx.commit_unaudited("expiry").await
    }

    // What the other account operations share.

    pub(super) async fn check_account(
        &self,
        mut invalid: Invalid,
        email: &str,
        name: &str,
        password: SubmittedPassword,
    ) -> Result<AccountForm> {
        let email = invalid.check("email", EmailAddress::parse(email));
        let name = invalid.check("name", PersonName::parse(name));
        let mut about: Vec<String> = vec!["gatehouse".to_owned()];
        about.extend(email.iter().map(|email| email.canonical().to_owned()));
        about.extend(name.iter().map(|name| name.as_str().to_owned()));
        let candidate = password.clone();
        let verdict = self
            .hashing
            .run(move || {
                let about: Vec<&str> = about.iter().map(String::as_str).collect();
                password::check_new_password(candidate.expose(), &about)
                    .map_err(|weakness| weakness.to_string())
            })
            .await?;
        invalid.check("password", verdict);
        match (email, name) {
            (Some(email), Some(name)) if invalid.is_empty() => Ok(AccountForm {
                email,
                name,
                password,
            }),
            _ => Err(invalid.into_error().into()),
        }
    }

    pub(super) async fn hash_password(&self, password: &SubmittedPassword) -> Result<Plaintext> {
        let (password, parameters) = (password.clone(), self.options.passwords);
        let salt_seed = self.entropy.with(|rng| {
            let mut seed = [0; 32];
            rng.fill_bytes(&mut seed);
            seed
        });
        self.hashing
            .run(move || {
                use rand::SeedableRng;
                password::hash(
                    password.expose(),
                    &parameters,
                    &mut rand::rngs::StdRng::from_seed(salt_seed),
                )
            })
            .await?
            .map_err(|error| Error::Internal(format!("hashing: {error}")))
    }

    /// Whether a password fits, and whether its hash is weaker than today's. Always does the work of one verification.
    pub(super) async fn try_password(
        &self,
        account: Option<&PersonRow>,
        submitted: SubmittedPassword,
    ) -> Result<(bool, bool)> {
        let parameters = self.options.passwords;
        let stored = match account {
            Some(account) => {
                let mut tx = self.store.read().await?;
                let ring = self.keys.instance(&mut tx).await?;
                let place = password_place(
                    account.view.id,
                    crate::store::count(account.password_version),
                );
                Sealed::from_bytes(account.password.clone())
                    .and_then(|sealed| ring.open(&place, &sealed))
                    .map_err(|cause| Error::Integrity {
                        table: "person",
                        row: account.view.id.to_string(),
                        cause,
                    })?
            }
            None => password::dummy(&parameters),
        };
        let known = account.is_some();
        self.hashing
            .run(move || {
                (
                    password::verify(submitted.expose(), &stored) && known,
                    known && password::needs_rehash(&stored, &parameters),
                )
            })
            .await
    }

    pub(super) async fn insert_account(
        &self,
        tx: &mut WriteTx,
        form: &AccountForm,
        hash: &Plaintext,
        verified: bool,
    ) -> Result<PersonView> {
        let id: PersonId = self.id();
        let ring = self.keys.instance(tx).await?;
        let sealed = tx.seal(&ring, &self.entropy, &password_place(id, 1), hash)?;
        let person = NewPerson {
            id,
            email: &form.email,
            verified,
            name: &form.name,
            password: sealed.into_bytes(),
        };
        match tx.insert_person(&person, self.now()).await {
            Err(error) if error.is_duplicate() => {
                Err(ApiError::field("email", "This address has an account already.").into())
            }
            Err(error) => Err(error),
            Ok(()) => Ok(PersonView {
                id,
                name: form.name.as_str().to_owned(),
                email: form.email.as_str().to_owned(),
            }),
        }
    }

    pub(super) async fn start_session(
        &self,
        tx: &mut WriteTx,
        caller: &Caller,
        person: PersonId,
    ) -> Result<(Token, SessionId, Timestamp)> {
        // Whoever signs in again from the same browser leaves no second key lying around.
        if let Some(former) = caller.session {
            tx.delete_session(former).await?;
        }
        let now = self.now();
        let token = self.entropy.token();
        let ring = self.keys.instance(tx).await?;
        let id: SessionId = self.id();
        let expires_at = now.plus_seconds(ABSOLUTE_SECONDS);
        let session = NewSession {
            id,
            person,
            token_hash: token.hash(&ring, SESSION),
            key_version: ring.active_version(),
            expires_at,
            network: &caller.network,
            user_agent: &caller.user_agent,
        };
        tx.insert_session(&session, now).await?;
        Ok((token, id, expires_at))
    }

    /// The stored form of a link's token, under the key version it was made with; `LinkVoid` when the text cannot be one.
    pub(super) async fn token_hash(
        &self,
        tx: &mut Tx,
        token: &str,
        label: &'static str,
    ) -> Result<[u8; 32]> {
        let token = Token::parse(token).ok_or(ApiError::LinkVoid)?;
        let ring = self.keys.instance(tx).await?;
        for older in ring.versions().skip(1) {
            if let Some(hash) = token.hash_with(&ring, older, label)
                && tx.link_exists(&hash).await?
            {
                return Ok(hash);
            }
        }
        Ok(token.hash(&ring, label))
    }
}

/// That somebody came in, for each log that tells of it.
pub(super) fn sign_in_events(
    person: &PersonView,
    organizations: &[domain::view::OrganizationSummary],
) -> Vec<(Chain, NewEvent)> {
    let event = NewEvent::done(
        EventType::SignIn,
        EventTarget::member(person.id, &person.name),
        Change::none(),
    );
    in_every_log(organizations, &event)
}

fn in_every_log(
    organizations: &[domain::view::OrganizationSummary],
    event: &NewEvent,
) -> Vec<(Chain, NewEvent)> {
    if organizations.is_empty() {
        return vec![(Chain::Instance, event.clone())];
    }
    organizations
        .iter()
        .map(|one| (Chain::Organization(one.id), event.clone()))
        .collect()
}

/// The role everybody's own organization gives them.
pub(super) const FOUNDER: RoleRef = RoleRef::BuiltIn(BuiltInRole::Admin);
