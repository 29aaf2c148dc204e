//! The Django project's database, as a Rust backend has it.

use std::{
    fmt,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::OnceCell, time::sleep};

use crate::{
    accounts::{
        Credentials, Password, TokenKey, TokenOwner, UserId,
        authenticator::{Authenticator, LEARN_AGAIN, LoginError, issue_token},
        grants::{GrantTables, Permission},
        keyword::Keyword,
        passwords::{CheckError, Limits, PasswordWorker, available_memory},
        refusal_floor::RefusalFloor,
        store::{AccountStore, SchemaError, StoreError},
        verify::{VerifyError, VerifyToken, by_rows, permissions_by_rows},
    },
    django::{Release, hashers::Hashers},
    lanes::Engine,
    store::{self, ConnectError, SqlxPool, StoreOptions, Tables},
};

/// The Django project's database: verifies tokens, and logs users in where a backend does so itself.
///
/// It keeps a few connections of its own, opened when they are needed; token checks that are in
/// flight at the same time share queries. A database that is away is no error at start: requests
/// are answered 503 until it is back.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use drf_auth::guard::{Database, VerifyToken};
///
/// # fn main() -> Result<(), drf_auth::store::ConnectError> {
/// let database = Database::connect("postgres://app@db/app")?;
/// let tokens: Arc<dyn VerifyToken> = Arc::new(database);
/// # Ok(())
/// # }
/// ```
///
/// A backend that logs users in itself asks the same database:
///
/// ```no_run
/// # use drf_auth::{accounts::authenticator::LoginError, guard::Database};
/// # async fn log_in(database: Database) -> Result<(), LoginError> {
/// match database.authenticate("ayush", "mypassword").await {
///     Ok(user) => {
///         let token = database.issue_token(&user).await?;
///         println!("{}", token.expose());
///         database.revoke_token(&token).await?;
///     }
///     // Whatever it was: an answer must not tell.
///     Err(refused) if refused.is_refusal() => println!("Invalid Credentials"),
///     // Nobody can say: 503.
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    store: Arc<dyn AccountStore>,
    keyword: Keyword,
    key_length: u8,
    logins: LoginOptions,
    started: Arc<Started>,
}

/// What the first login starts.
#[derive(Default)]
struct Started {
    /// With threads that hash.
    authenticator: OnceCell<Authenticator>,
    /// Whether it is known, or being found out, what the stored passwords cost.
    learns: AtomicBool,
}

/// What a backend that logs users in knows of the Django project's passwords.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginOptions {
    /// Those of the project; every refusal costs what the first of them does.
    pub hashers: Arc<Hashers>,
    /// Whether a login encodes an outdated password anew, as Django's does. Only where the hashers are
    /// those of the Django that runs: two writers of different cost rewrite each other's.
    pub upgrade_passwords: bool,
    /// Threads that hash passwords; 0 is one a core.
    pub workers: usize,
    /// Logins that may wait for them; more are refused as overload.
    pub queue: usize,
    /// How long they may wait.
    pub queue_wait: Duration,
}

impl LoginOptions {
    /// The hashers of a release, and nothing rewritten.
    pub fn of(django: Release) -> Self {
        Self {
            hashers: Arc::new(Hashers::of(django)),
            upgrade_passwords: false,
            workers: 0,
            queue: 64,
            queue_wait: Duration::from_secs(10),
        }
    }
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self::of(Release::default())
    }
}

impl Database {
    /// The database that the URL names, in dj-database-url's form, with a default project's tables.
    ///
    /// # Errors
    /// When the URL cannot be right.
    pub fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::new(&StoreOptions::new(url.parse()?))
    }

    /// The database of these options: other tables, other limits.
    ///
    /// # Errors
    /// When they cannot be right.
    pub fn new(options: &StoreOptions) -> Result<Self, ConnectError> {
        store::connect(options).map(Self::over)
    }

    /// The database that a pool of the backend's own leads to: one of sqlx 0.9, as this crate's is.
    ///
    /// ```no_run
    /// # #[cfg(feature = "postgres")]
    /// # async fn pool() -> Result<(), Box<dyn std::error::Error>> {
    /// use drf_auth::{guard::Database, store::Tables};
    ///
    /// let pool = sqlx::PgPool::connect("postgres://app@db/app").await?;
    /// let database = Database::from_pool(pool.clone(), &Tables::default())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When a table's or column's name cannot be right, or a time zone.
    pub fn from_pool(pool: impl Into<SqlxPool>, tables: &Tables) -> Result<Self, ConnectError> {
        store::connect_pool(pool, tables).map(Self::over)
    }

    /// Any other store.
    pub fn over(store: Arc<dyn AccountStore>) -> Self {
        let (logins, started) = (LoginOptions::default(), Arc::default());
        let keyword = Keyword::default();
        Self { store, keyword, key_length: TokenKey::LENGTH, logins, started }
    }

    /// Another word than `Token` before a token (`TokenAuthentication.keyword`).
    #[must_use]
    pub fn with_keyword(mut self, keyword: Keyword) -> Self {
        self.keyword = keyword;
        self
    }

    /// Another length of the keys that are made, in hexadecimal digits (`generate_key` of a token model of the
    /// project's own).
    #[must_use]
    pub fn with_key_length(mut self, key_length: u8) -> Self {
        self.key_length = key_length;
        self
    }

    /// What [`Database::authenticate`] needs to know where the project is not one of Django 5.2's
    /// defaults.
    #[must_use]
    pub fn with_logins(mut self, logins: LoginOptions) -> Self {
        (self.logins, self.started) = (logins, Arc::default());
        self
    }

    /// Looks whether the tables fit, those of groups and permissions among them where they are asked
    /// for: worth a look at start, for then the error says what to change.
    ///
    /// # Errors
    /// When they do not fit, or the database does not answer.
    pub async fn check(&self, tables: GrantTables) -> Result<(), SchemaError> {
        self.store.check_schema().await?;
        if tables.any() { self.store.check_grants(tables).await } else { Ok(()) }
    }

    /// The user of these credentials (Django's `authenticate`), who may have a token.
    ///
    /// The password is hashed on threads of its own, and every refusal costs as much as another.
    ///
    /// # Errors
    /// See [`LoginError`]: a refusal where [`LoginError::is_refusal`]; else nobody can say.
    pub async fn authenticate(
        &self,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<UserId, LoginError> {
        let credentials = Credentials {
            username: username.into(),
            password: Password::new(password.into()),
            password_is_text: true,
        };
        self.authenticator().await?.authenticate(credentials).await
    }

    /// The user's token, made where there is none (`Token.objects.get_or_create`).
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn issue_token(&self, user: &UserId) -> Result<TokenKey, LoginError> {
        // No thread that hashes passwords has to be there for it.
        issue_token(&*self.store, user, self.key_length).await
    }

    /// Deletes a token; `false` where there was none. Django and every backend refuse it from now on.
    ///
    /// `false`, too, where the connection broke off after the row was gone: the second attempt finds none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn revoke_token(&self, token: &TokenKey) -> Result<bool, StoreError> {
        self.store.delete_token(token).await
    }

    /// Closes every connection of its own.
    pub async fn close(&self) {
        self.store.close().await;
    }

    async fn authenticator(&self) -> Result<&Authenticator, LoginError> {
        let started = &self.started;
        let authenticator =
            started.authenticator.get_or_try_init(|| async { self.start() }).await?;
        // Nobody waits for it; where the database is away, the next login tries again.
        if !started.learns.swap(true, Ordering::Relaxed) {
            tokio::spawn(learn(Arc::downgrade(started)));
        }
        Ok(authenticator)
    }

    fn start(&self) -> Result<Authenticator, LoginError> {
        let LoginOptions { hashers, upgrade_passwords, workers, queue, queue_wait } = &self.logins;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if *workers == 0 { cores() } else { *workers };
        let memory = available_memory() / 4;
        let limits = Limits { workers, queue: *queue, queue_wait: *queue_wait, memory };
        let engine = Engine::detect().clone();
        let hashers = Hashers::clone(hashers).with_most_memory(available_memory() / 2);
        let passwords = PasswordWorker::start(Arc::new(hashers), engine, limits)
            .map_err(|_| LoginError::Overloaded(CheckError::NoThread))?;
        let floor = RefusalFloor::auto();
        let store = Arc::clone(&self.store);
        Ok(Authenticator::new(store, passwords, *upgrade_passwords, floor))
    }
}

/// What a refusal costs for each kind of stored password, before somebody measures it, and again every
/// hour for as long as there is somebody to log in with.
async fn learn(started: Weak<Started>) {
    while let Some(started) = started.upgrade() {
        if let Some(authenticator) = started.authenticator.get()
            && authenticator.sample_costs().await.is_err()
        {
            started.learns.store(false, Ordering::Relaxed);
            return;
        }
        drop(started);
        sleep(LEARN_AGAIN).await;
    }
}

#[async_trait]
impl VerifyToken for Database {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        by_rows(&*self.store, key).await
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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("store", &self.store).finish_non_exhaustive()
    }
}
