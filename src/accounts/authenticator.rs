//! Who may log in, and whose token is whose.

use std::{
    collections::BTreeMap,
    iter,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{
    Credentials, EncodedPassword, Password, StoredUser, TokenKey, TokenOwner, UserId,
    attempt::{Attempt, Attempts},
    grants::Permission,
    keyword::Keyword,
    passwords::{Check, CheckError, Checked, PasswordWorker, Policy},
    refusal_floor::{KINDS, RefusalFloor},
    sample::Sample,
    store::{AccountStore, StoreError, StoreErrorKind},
    verify::{VerifyError, VerifyToken, by_rows, permissions_by_rows},
};
#[cfg(feature = "server")]
use crate::metrics::Registry;
use crate::metrics::{Counter, Family, Labels};

/// Octets of the longest name that is looked for.
const LONGEST_NAME: usize = 16 * 1024;

/// How long a login waits for its upgrade, which Django may keep from a row by a lock.
const UPGRADE_WAIT: Duration = Duration::from_millis(500);

/// How long what was learned of them is left at that.
pub(crate) const LEARN_AGAIN: Duration = Duration::from_hours(1);

/// Why nobody is let in yet.
const UNSEEN: &str = "what guards Django's login has not been looked for yet";

/// How often each kind of stored password is tried out.
const ROUNDS: usize = 3;

/// Logs users in and verifies tokens, over any [`AccountStore`].
#[derive(Clone, Debug)]
pub struct Authenticator {
    store: Arc<dyn AccountStore>,
    passwords: PasswordWorker,
    upgrade_passwords: bool,
    refusal_floor: Arc<RefusalFloor>,
    inactive_may_log_in: bool,
    key_length: u8,
    keyword: Keyword,
    is_shut: Arc<AtomicBool>,
    attempts: Attempts,
    checks: TokenChecks,
}

/// How many token checks had which end.
#[derive(Clone, Debug)]
struct TokenChecks {
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "nobody asks"))]
    all: Family<Labels<1>, Counter>,
    accepted: Counter,
    unknown: Counter,
    inactive: Counter,
    unanswered: Counter,
}

impl Default for TokenChecks {
    fn default() -> Self {
        let all: Family<Labels<1>, Counter> = Family::default();
        let of = |result| all.get_or_create_owned(&[("result", result)]);
        let [accepted, unknown, inactive, unanswered] =
            ["accepted", "unknown", "inactive", "unanswered"].map(of);
        Self { all, accepted, unknown, inactive, unanswered }
    }
}

impl TokenChecks {
    fn count(&self, result: &Result<TokenOwner, VerifyError>) {
        let counter = match result {
            Ok(_) => &self.accepted,
            Err(VerifyError::UnknownToken) => &self.unknown,
            Err(VerifyError::InactiveUser) => &self.inactive,
            Err(
                VerifyError::Store(_) | VerifyError::Unavailable(_) | VerifyError::Unanswerable(_),
            ) => &self.unanswered,
        };
        counter.inc();
    }
}

/// What follows from a check.
struct Verdict {
    user: Result<UserId, LoginError>,
    /// Whose stored password is encoded anew, and to what: also where they may not log in.
    upgrade: Option<(StoredUser, EncodedPassword)>,
    /// Whether the row's own hasher was run.
    by_own_hasher: bool,
}

impl Verdict {
    fn of(row: Result<StoredUser, LoginError>, may_log_in: bool, check: Check) -> Self {
        let stored = match row {
            Ok(user) => user,
            Err(error) => return Self { user: Err(error), upgrade: None, by_own_hasher: false },
        };
        let by_own_hasher = matches!(check, Check::Wrong | Check::Correct { .. });
        let user = stored.id.clone();
        let (user, upgrade) = match check {
            Check::Wrong | Check::TooLong => (Err(LoginError::WrongPassword { user }), None),
            Check::UnknownHasher => (Err(LoginError::UnknownHasher { user }), None),
            Check::Malformed(reason) => (Err(LoginError::MalformedPassword { user, reason }), None),
            Check::Correct { upgrade } if may_log_in => (Ok(user), upgrade),
            Check::Correct { upgrade } => (Err(LoginError::InactiveUser { user }), upgrade),
        };
        Self { user, upgrade: upgrade.map(|encoded| (stored, encoded)), by_own_hasher }
    }
}

impl Authenticator {
    /// Puts the parts together. `upgrade_passwords` lets a login rewrite an outdated hash.
    pub fn new(
        store: Arc<dyn AccountStore>,
        passwords: PasswordWorker,
        upgrade_passwords: bool,
        refusal_floor: RefusalFloor,
    ) -> Self {
        let refusal_floor = Arc::new(refusal_floor);
        Self {
            store,
            passwords,
            upgrade_passwords,
            refusal_floor,
            inactive_may_log_in: false,
            key_length: TokenKey::LENGTH,
            keyword: Keyword::default(),
            is_shut: Arc::default(),
            attempts: Attempts::default(),
            checks: TokenChecks::default(),
        }
    }

    /// Lets users log in who are not active, as Django's `AllowAllUsersModelBackend`.
    #[must_use]
    pub fn let_inactive_log_in(self, inactive_may_log_in: bool) -> Self {
        Self { inactive_may_log_in, ..self }
    }

    /// Makes keys of so many hexadecimal digits.
    #[must_use]
    pub fn with_key_length(self, key_length: u8) -> Self {
        Self { key_length, ..self }
    }

    /// Another word than `Token` before a token.
    #[must_use]
    pub fn with_keyword(self, keyword: Keyword) -> Self {
        Self { keyword, ..self }
    }

    /// Answers no login before [`Authenticator::open`]: whether something else guards Django's is not
    /// known yet.
    pub fn shut(&self) {
        self.is_shut.store(true, Ordering::Relaxed);
    }

    /// Answers logins.
    pub fn open(&self) {
        self.is_shut.store(false, Ordering::Relaxed);
    }

    /// Adds what it does, its passwords' threads and its store to a registry.
    #[cfg(feature = "server")]
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.attempts.register(registry);
        registry.register("token_checks", "Token checks by result", self.checks.all.clone());
        self.passwords.register_metrics(registry);
        self.store.register_metrics(registry);
    }

    /// The user's token, made where there is none: [`Authenticator::authenticate`], then
    /// [`Authenticator::issue_token`].
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn log_in(&self, credentials: Credentials) -> Result<TokenKey, LoginError> {
        let attempt = self.attempts.begin(&credentials.username);
        let logged_in = async {
            let user = self.check_credentials(&attempt, credentials).await?;
            let key = self.issue_token(&user).await?;
            Ok((user, key))
        };
        let logged_in = logged_in.await;
        attempt.end(logged_in.as_ref().map(|(user, _)| user));
        logged_in.map(|(_, key)| key)
    }

    /// The user whom the credentials name, where they are good (Django's `authenticate`).
    ///
    /// Every refusal costs at least one hash of the preferred hasher, whatever its reason, and none
    /// leaves before the [`RefusalFloor`]. No connection is held while a password is hashed. As in
    /// Django's `ModelBackend`, the password is checked (and its hash upgraded) before `is_active`
    /// is looked at. However it ends, one event of the target [`AUDIT`](super::attempt::AUDIT) says so;
    /// a refusal's as soon as it is known, though the client may have hung up.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn authenticate(&self, credentials: Credentials) -> Result<UserId, LoginError> {
        let attempt = self.attempts.begin(&credentials.username);
        let user = self.check_credentials(&attempt, credentials).await;
        attempt.end(user.as_ref());
        user
    }

    async fn check_credentials(
        &self,
        attempt: &Arc<Attempt>,
        credentials: Credentials,
    ) -> Result<UserId, LoginError> {
        let began = Instant::now();
        if self.is_shut.load(Ordering::Relaxed) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, UNSEEN).into());
        }
        // In a storm most logins end here, and cost the database nothing.
        self.passwords.has_room()?;
        let row = match self.find_user(credentials.username).await {
            Ok(user) => user.ok_or(LoginError::UnknownUser),
            // Whose row is damaged, or is there twice, must not be told from who is not there.
            Err(error) if error.kind() == StoreErrorKind::Row => Err(LoginError::DamagedRow(error)),
            Err(error) => return Err(error.into()),
        };
        let may_log_in = row.as_ref().is_ok_and(|user| self.may_log_in(user));
        let encoded = row.as_ref().ok().map(|user| user.password.clone());
        if let Some(kind) = encoded.as_ref().and_then(|encoded| self.passwords.kind(encoded)) {
            attempt.meets(kind);
        }
        let policy = Policy {
            upgrade: self.upgrade_passwords,
            refuse: !may_log_in,
            only_current: !credentials.password_is_text,
        };
        let conclude = {
            let attempt = Arc::clone(attempt);
            move |check| {
                let verdict = Verdict::of(row, may_log_in, check);
                if let Err(error) = &verdict.user {
                    attempt.end(Err(error));
                }
                verdict
            }
        };
        let checked =
            self.passwords.check(&credentials.password, encoded.as_ref(), policy, conclude).await?;
        let done = Instant::now();
        let Verdict { user, upgrade, by_own_hasher } = checked.conclusion;
        // To encode a password anew is no part of what refusals of its kind cost.
        let took = checked.took.filter(|_| upgrade.is_none());
        if let Some((user, encoded)) = upgrade {
            self.upgrade(&user, encoded).await;
        }
        if user.is_err() {
            // Otherwise the work was the preferred hasher's.
            let encoded = encoded.filter(|_| by_own_hasher);
            let kind = encoded.and_then(|encoded| self.passwords.extra_cost(&encoded));
            if let Some(took) = took {
                self.refusal_floor.observe(kind.as_deref(), took.time);
            }
            sleep_until(self.refusal_floor.leave_at(kind.as_deref(), began, done)).await;
        }
        user
    }

    /// Django's `user_can_authenticate`.
    fn may_log_in(&self, user: &StoredUser) -> bool {
        user.is_active || self.inactive_may_log_in
    }

    /// The token of a user who is logged in, made where there is none (`Token.objects.get_or_create`).
    ///
    /// # Errors
    /// [`LoginError::VanishedUser`] where the user's row is gone, and where the database or the
    /// operating system gives nothing.
    pub async fn issue_token(&self, user: &UserId) -> Result<TokenKey, LoginError> {
        issue_token(&*self.store, user, self.key_length).await
    }

    /// Learns the costs of the kinds among the newest and the oldest rows, now and every hour.
    pub async fn follow_costs(&self) {
        loop {
            // Said already.
            let _ = self.sample_costs().await;
            sleep(LEARN_AGAIN).await;
        }
    }

    /// Learns the costs of the kinds among the newest and the oldest rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sample_costs(&self) -> Result<(), StoreError> {
        let sample = Sample::read(&*self.store).await.inspect_err(|error| {
            tracing::warn!(%error, "the cost of the stored passwords is not known");
        })?;
        self.learn_costs(&sample.into_all()).await;
        Ok(())
    }

    /// Refuses one stored password of each kind, so that the [`RefusalFloor`] knows what they cost
    /// before a client asks. Does nothing where all of them are of one kind.
    ///
    /// Each a few times, by turns: at start a machine is often busy, and one measurement is none.
    pub async fn learn_costs(&self, stored: &[EncodedPassword]) {
        let kinds: BTreeMap<_, _> = stored
            .iter()
            .filter_map(|encoded| Some((Some(self.passwords.extra_cost(encoded)?), Some(encoded))))
            .take(KINDS)
            .chain([(None, None)])
            .collect();
        if kinds.len() < 2 {
            return;
        }
        let policy = Policy { upgrade: false, refuse: true, only_current: false };
        for (kind, encoded) in iter::repeat_n(&kinds, ROUNDS).flatten() {
            // Whether the machine is too busy for it shows soon enough.
            let nobody = Password::new(String::new());
            let checked = self.passwords.check(&nobody, *encoded, policy, drop).await;
            match checked {
                Ok(Checked { took: Some(took), .. }) => {
                    // What other programs take from a start is no part of it, and might stay for long.
                    self.refusal_floor.observe(kind.as_deref(), took.ran);
                }
                _ => self.refusal_floor.keep(kind.as_deref()),
            }
        }
    }

    /// The threads that check its passwords.
    pub fn passwords(&self) -> &PasswordWorker {
        &self.passwords
    }

    /// The user of a name; of one that is too long for any column there is none, and the database
    /// is not bothered with it.
    async fn find_user(&self, username: String) -> Result<Option<StoredUser>, StoreError> {
        if username.len() > LONGEST_NAME {
            return Ok(None);
        }
        self.store.find_user(&username).await
    }

    /// Deletes a token. Whether there was one is of no interest: afterwards there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn log_out(&self, key: &TokenKey) -> Result<(), StoreError> {
        self.store.delete_token(key).await.map(|_| ())
    }

    /// The login stands whatever becomes of its upgrade: a lost one is made by the next login.
    async fn upgrade(&self, user: &StoredUser, encoded: EncodedPassword) {
        let upgrade = self.store.upgrade_password(&user.id, &user.password, &encoded);
        let Ok(upgraded) = timeout(UPGRADE_WAIT, upgrade).await else {
            tracing::info!(user.id = %user.id, "password hash not upgraded: the row is busy");
            return;
        };
        match upgraded {
            Ok(true) => tracing::info!(user.id = %user.id, "password hash upgraded"),
            Ok(false) => {
                tracing::info!(user.id = %user.id, "password hash changed meanwhile, left alone");
            }
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "password hash could not be upgraded");
            }
        }
    }
}

/// [`Authenticator::issue_token`], for whoever has the store alone.
pub(crate) async fn issue_token(
    store: &dyn AccountStore,
    user: &UserId,
    key_length: u8,
) -> Result<TokenKey, LoginError> {
    let fresh = TokenKey::generate_of(key_length).map_err(|_| LoginError::NoRandomness)?;
    let key = store.get_or_create_token(user, &fresh).await?;
    key.ok_or_else(|| LoginError::VanishedUser { user: user.clone() })
}

#[async_trait]
impl VerifyToken for Authenticator {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        let result = by_rows(&*self.store, key).await;
        self.checks.count(&result);
        result
    }

    fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        Ok(self.store.has_permission(&owner.user.id, permission).await?)
    }

    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        Ok(self.store.groups_of(&owner.user.id).await?)
    }

    async fn permissions_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        Ok(permissions_by_rows(&*self.store, &owner.user).await?)
    }
}

/// Why nobody was logged in. Many reasons; a client learns none of the refusals apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// No row has this username.
    #[error("no such user")]
    UnknownUser,
    /// The row's hash is of another password.
    #[error("wrong password")]
    WrongPassword {
        /// Whose.
        user: UserId,
    },
    /// The row's hash is of a hasher that is not configured: no password matches it.
    #[error("the stored password is of a hasher that is not configured")]
    UnknownHasher {
        /// Whose.
        user: UserId,
    },
    /// The row's hash cannot be checked: Django raises here.
    #[error("the stored password is malformed: {reason}")]
    MalformedPassword {
        /// Whose.
        user: UserId,
        /// What is wrong with it, without quoting it.
        reason: crate::django::hashers::MalformedPassword,
    },
    /// Two rows have this username, or the row holds what its column should not: Django raises here.
    #[error("the user's row cannot be used: {0}")]
    DamagedRow(#[source] StoreError),
    /// The right password of a user who may not log in.
    #[error("the user is inactive")]
    InactiveUser {
        /// Whose.
        user: UserId,
    },
    /// The user's row was deleted while the password was checked.
    #[error("the user has vanished")]
    VanishedUser {
        /// Whose.
        user: UserId,
    },
    /// More logins wait than can be hashed in time.
    #[error(transparent)]
    Overloaded(#[from] CheckError),
    /// The operating system gave no randomness for a key.
    #[error("no randomness for a token's key")]
    NoRandomness,
    /// The database could not say: never a refusal.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LoginError {
    /// Whether it was refused or not answered, as metrics and the log say it.
    pub fn result(&self) -> &'static str {
        if self.is_refusal() { "refused" } else { "unanswered" }
    }

    /// The reason in one word, as metrics and the log say it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword { .. } => "wrong_password",
            Self::UnknownHasher { .. } => "unknown_hasher",
            Self::MalformedPassword { .. } => "malformed_password",
            Self::DamagedRow(_) => "damaged_row",
            Self::InactiveUser { .. } => "inactive_user",
            Self::VanishedUser { .. } => "vanished_user",
            Self::Overloaded(CheckError::QueueFull) => "queue_full",
            Self::Overloaded(CheckError::QueueWait) => "queue_wait",
            Self::Overloaded(CheckError::NoMemory) => "no_memory",
            Self::Overloaded(CheckError::NoThread) => "no_thread",
            Self::Overloaded(CheckError::Broken) => "broken",
            Self::NoRandomness => "no_randomness",
            Self::Store(error) => match error.kind() {
                // One user's, or every first login's: nobody is to be woken for the database.
                StoreErrorKind::Row => "row",
                StoreErrorKind::Constraint => "constraint",
                StoreErrorKind::Unavailable | StoreErrorKind::Schema | StoreErrorKind::Denied => {
                    "database"
                }
            },
        }
    }

    /// Whose password was tried, where there is such a user.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::WrongPassword { user }
            | Self::UnknownHasher { user }
            | Self::MalformedPassword { user, .. }
            | Self::InactiveUser { user }
            | Self::VanishedUser { user } => Some(user),
            Self::UnknownUser
            | Self::DamagedRow(_)
            | Self::Overloaded(_)
            | Self::NoRandomness
            | Self::Store(_) => None,
        }
    }

    /// Whether the credentials were found to be bad, in contrast to not being looked at.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::UnknownUser
            | Self::WrongPassword { .. }
            | Self::UnknownHasher { .. }
            | Self::MalformedPassword { .. }
            | Self::DamagedRow(_)
            | Self::InactiveUser { .. }
            | Self::VanishedUser { .. } => true,
            Self::Overloaded(_) | Self::NoRandomness | Self::Store(_) => false,
        }
    }
}
