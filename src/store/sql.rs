//! The account store over any of the three engines.

#[cfg(feature = "server")]
mod admin;
mod grants;
mod inspection;
mod shared_grants;
mod token_owners;

use std::{
    error::Error as _,
    fmt,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::{
    condition,
    created::CreatedFormat,
    driver::{Driver, Failure, Reply, Value},
    metrics::{self, StatementMetrics},
    pool::{AcquireError, Pool, Start},
    schema::{Column, IdKind, Schema},
    statements::{Statement, Statements},
};
use crate::accounts::{
    EncodedPassword, StoredUser, TokenKey, TokenOwner, User, UserId,
    store::{AccountStore, SchemaError, StoreError, StoreErrorKind},
};

#[cfg(all(feature = "server", feature = "_database"))]
pub(super) use admin::SqlAdmin;
pub(super) use shared_grants::{Groups, Permissions};
pub(super) use token_owners::{AnyKeys, PlainKeys, is_plain};

/// Rounds of select and insert before a token that is always another's is called an error.
const ROUNDS: usize = 3;
/// Attempts at a statement whose connections prove dead: one that the server took while it was ending
/// is lost like those that it had before.
const LOST_ATTEMPTS: u32 = 4;
/// The pause before the third of them, growing. The second is made at once.
const LOST_PAUSE: Duration = Duration::from_millis(50);
/// Attempts at a statement that other transactions keep undoing.
const CONFLICT_ATTEMPTS: u32 = 6;
/// The pause before the next of them, growing.
const CONFLICT_PAUSE: Duration = Duration::from_millis(20);

/// Django's tables on one engine.
pub(super) struct SqlStore<D: Driver> {
    pool: Arc<Pool<D>>,
    schema: Schema,
    statements: Statements,
    created: CreatedFormat,
    /// The last resort where the server does not keep its own limits.
    patience: Duration,
    metrics: metrics::Statements,
    /// Known as soon as the live schema was seen to fit.
    id_kind: Mutex<Option<IdKind>>,
}

/// Why a statement gave no answer.
struct Unanswered {
    failure: Failure,
    cause: Cause,
}

/// What the log may know of a database error. The engines' own errors quote values, tokens among them.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Cause {
    message: String,
}

impl<D: Driver> SqlStore<D> {
    pub(super) fn new(
        pool: Pool<D>,
        schema: Schema,
        created: CreatedFormat,
        patience: Duration,
    ) -> Self {
        let statements = Statements::compose(D::DIALECT, &schema);
        let pool = Arc::new(pool);
        let metrics = StatementMetrics::default().of(metrics::CHECKS);
        Self { pool, schema, statements, created, patience, metrics, id_kind: Mutex::new(None) }
    }

    /// Counts its statements there.
    pub(super) fn with_metrics(mut self, metrics: metrics::Statements) -> Self {
        self.metrics = metrics;
        self
    }

    /// The connections.
    pub(super) fn pool(&self) -> Arc<Pool<D>> {
        Arc::clone(&self.pool)
    }

    /// Runs a statement. Every statement of this store may run twice: what the first run did makes the
    /// second do nothing. So a connection that proved dead is no error yet.
    async fn ask(&self, statement: &Statement, values: &[Value<'_>]) -> Result<Reply, Unanswered> {
        self.ask_from(&self.pool.start(), statement, values).await
    }

    /// As [`SqlStore::ask`], for those whose wait for a connection has begun before.
    async fn ask_from(
        &self,
        start: &Start,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, Unanswered> {
        let mut again: Option<Start> = None;
        let mut renewed = false;
        let (mut losses, mut conflicts) = (0, 0);
        loop {
            let began = Instant::now();
            let start = again.as_ref().unwrap_or(start);
            let unanswered = match self.attempt(start, statement, values).await {
                Ok(reply) => return Ok(reply),
                Err(unanswered) => unanswered,
            };
            self.metrics.failed(unanswered.failure);
            match unanswered.failure {
                Failure::Lost => {
                    // Its neighbours in the pool will have fared alike. Those that are younger than
                    // the attempt may be the server's that came back.
                    self.pool.renew(began);
                    losses += 1;
                    if losses == LOST_ATTEMPTS {
                        return Err(unanswered);
                    }
                    sleep(LOST_PAUSE * (losses - 1)).await;
                }
                Failure::Stale | Failure::Pooled | Failure::ReadOnly => {
                    self.pool.renew(Instant::now());
                    if std::mem::replace(&mut renewed, true) {
                        return Err(unanswered);
                    }
                }
                Failure::Conflict => {
                    conflicts += 1;
                    if conflicts == CONFLICT_ATTEMPTS {
                        return Err(unanswered);
                    }
                    sleep(CONFLICT_PAUSE * conflicts).await;
                }
                _ => return Err(unanswered),
            }
            tracing::debug!(error = %unanswered.cause, "store.retry");
            again = Some(self.pool.start());
        }
    }

    async fn attempt(
        &self,
        start: &Start,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Reply, Unanswered> {
        let driver = self.pool.driver();
        let mut lease = match caught(self.pool.acquire(start)).await? {
            Ok(lease) => lease,
            Err(AcquireError::Connect(error)) => {
                return Err(Unanswered::of(driver, Failure::Unavailable, &error));
            }
            Err(error) => return Err(Unanswered::new(Failure::Unavailable, &error)),
        };
        let Some(connection) = lease.connection() else {
            return Err(Unanswered::new(Failure::Unavailable, &"no connection"));
        };
        let began = Instant::now();
        let running = timeout(self.patience, driver.run(connection, statement, values));
        let answer = caught(running).await;
        self.metrics.took(began.elapsed());
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                lease.discard();
                return Err(Unanswered::new(
                    Failure::Unavailable,
                    &format_args!("no answer within {:?}", self.patience),
                ));
            }
            Err(broken_off) => {
                lease.discard();
                return Err(broken_off);
            }
        };
        match answer {
            Ok(reply) => {
                lease.give_back();
                Ok(reply)
            }
            Err(error) => {
                let failure = driver.classify(&error);
                match failure {
                    Failure::Lost => lease.discard(),
                    Failure::Stale | Failure::Pooled | Failure::ReadOnly => lease.retire(),
                    // The server answered, if with an error; but only a rest makes sure of what it
                    // has still to say.
                    _ => drop(lease),
                }
                if failure == Failure::Schema && statement.accounts {
                    *self.lock_id_kind() = None;
                }
                Err(Unanswered::of(driver, failure, &error))
            }
        }
    }

    async fn passwords(
        &self,
        statement: &Statement,
        limit: u32,
    ) -> Result<Vec<EncodedPassword>, StoreError> {
        let rows = self.read(statement, &[Value::Int(i64::from(limit))]).await?;
        Ok(rows.into_iter().map(|row| EncodedPassword::new(Row(row.into_iter()).text())).collect())
    }

    /// A read: text that the column cannot hold is in no row.
    async fn read(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        self.read_from(&self.pool.start(), statement, values).await
    }

    /// A read for several at once. `None` where the value or the row of one may be to blame: each is
    /// to be asked for alone.
    async fn read_shared(
        &self,
        start: &Start,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Vec<Vec<Option<String>>>>, StoreError> {
        match self.ask_from(start, statement, values).await {
            Ok(reply) => Ok(Some(reply.rows)),
            Err(Unanswered {
                failure: Failure::Row | Failure::Schema | Failure::Unencodable,
                ..
            }) => Ok(None),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    async fn read_from(
        &self,
        start: &Start,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        match self.ask_from(start, statement, values).await {
            Ok(reply) => Ok(reply.rows),
            Err(Unanswered { failure: Failure::Unencodable, .. }) => Ok(Vec::new()),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    /// How the primary key is bound; before the first statement, whether the live schema fits at all.
    async fn id_kind(&self) -> Result<IdKind, StoreError> {
        if let Some(kind) = *self.lock_id_kind() {
            return Ok(kind);
        }
        match self.inspect().await {
            Ok(kind) => Ok(kind),
            Err(SchemaError::Store(error)) => Err(error),
            Err(mismatch) => Err(StoreError::new(StoreErrorKind::Schema, mismatch)),
        }
    }

    async fn inspect(&self) -> Result<IdKind, SchemaError> {
        let user = self.columns(&self.statements.user_columns).await?;
        let token = self.columns(&self.statements.token_columns).await?;
        let kind = self.schema.compare(D::DIALECT, &user, &token);
        *self.lock_id_kind() = kind.as_ref().ok().copied();
        kind.map_err(SchemaError::Mismatch)
    }

    async fn columns(
        &self,
        (statement, values): &(Statement, Vec<String>),
    ) -> Result<Vec<Column>, StoreError> {
        let values: Vec<_> = values.iter().map(|value| Value::Exact(value)).collect();
        let rows = self.ask(statement, &values).await?.rows;
        let column = |row: Vec<Option<String>>| {
            let mut row = row.into_iter().map(Option::unwrap_or_default);
            Some(Column { name: row.next()?, sql_type: row.next()? })
        };
        Ok(rows.into_iter().filter_map(column).collect())
    }

    fn lock_id_kind(&self) -> std::sync::MutexGuard<'_, Option<IdKind>> {
        self.id_kind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user's primary key as a value. `None`: no row can have such a key.
    async fn bind_id<'a>(&self, id: &'a UserId) -> Result<Option<Value<'a>>, StoreError> {
        Ok(bind(self.id_kind().await?, id))
    }

    async fn token_of(&self, user: Value<'_>) -> Result<Option<TokenKey>, StoreError> {
        let rows = self.read(&self.statements.token_of_user, &[user]).await?;
        let Some(mut row) = one(rows, "two tokens of one user")? else { return Ok(None) };
        Ok(Some(TokenKey::new(row.text())))
    }

    /// What `insert_token` binds.
    fn new_token<'a>(&self, key: &'a str, created: &'a str, user: Value<'a>) -> Vec<Value<'a>> {
        let has_created = !self.schema.token.created_column.is_empty();
        let created = has_created.then_some(Value::Exact(created));
        std::iter::once(Value::Exact(key)).chain(created).chain([user]).collect()
    }

    /// What became of an attempt to insert the user's token.
    async fn insert_token(&self, user: Value<'_>, fresh: &TokenKey) -> Result<Insert, StoreError> {
        let created = self.created.text(Timestamp::now());
        let values = self.new_token(fresh.expose(), &created, user);
        match self.ask(&self.statements.insert_token, &values).await {
            Ok(Reply { affected: 0, .. }) | Err(Unanswered { failure: Failure::Unique, .. }) => {
                Ok(Insert::Refused)
            }
            Ok(_) => Ok(Insert::Done),
            Err(Unanswered { failure: Failure::ForeignKey, .. }) => Ok(Insert::UserVanished),
            Err(unanswered) => Err(unanswered.into()),
        }
    }
}

/// The driver panics on some replies of a damaged server: that is no answer either, be it to a
/// statement or while a connection is opened.
async fn caught<T>(asking: impl Future<Output = T>) -> Result<T, Unanswered> {
    let panicked = |_| Unanswered::new(Failure::Unavailable, &"the driver broke off in a panic");
    AssertUnwindSafe(asking).catch_unwind().await.map_err(panicked)
}

enum Insert {
    Done,
    /// Another row has the user or the key; or there is no such user.
    Refused,
    UserVanished,
}

#[async_trait]
impl<D: Driver> AccountStore for SqlStore<D> {
    async fn find_user(&self, username: &str) -> Result<Option<StoredUser>, StoreError> {
        let kind = self.id_kind().await?;
        let how = self.schema.user.username_match;
        let name = condition::bound_name(D::DIALECT, how, username);
        let (statement, texts) = &self.statements.find_user;
        let texts = texts.iter().map(|text| Value::Text(text));
        let values: Vec<_> = std::iter::once(Value::Text(&name)).chain(texts).collect();
        let rows = self.read(statement, &values).await?;
        let Some(mut row) = one(rows, "two users of one name")? else { return Ok(None) };
        Ok(Some(StoredUser {
            id: row.id(kind)?,
            password: EncodedPassword::new(row.text()),
            is_active: row.flag(),
        }))
    }

    async fn find_token_owner(&self, key: &str) -> Result<Option<TokenOwner>, StoreError> {
        self.token_owner(&self.pool.start(), key).await
    }

    async fn get_or_create_token(
        &self,
        user: &UserId,
        fresh: &TokenKey,
    ) -> Result<Option<TokenKey>, StoreError> {
        let Some(id) = self.bind_id(user).await? else { return Ok(None) };
        for _ in 0..ROUNDS {
            if let Some(key) = self.token_of(id).await? {
                return Ok(Some(key));
            }
            match self.insert_token(id, fresh).await? {
                Insert::Done => return Ok(Some(fresh.clone())),
                Insert::UserVanished => return Ok(None),
                Insert::Refused => {}
            }
            // Someone else was first, which the next round will see; or the user has vanished.
            if self.read(&self.statements.user_exists, &[id]).await?.is_empty() {
                return Ok(None);
            }
        }
        Err(StoreError::new(StoreErrorKind::Row, "the new key is another user's token already"))
    }

    async fn upgrade_password(
        &self,
        user: &UserId,
        old: &EncodedPassword,
        new: &EncodedPassword,
    ) -> Result<bool, StoreError> {
        let Some(id) = self.bind_id(user).await? else { return Ok(false) };
        let values = [Value::Exact(new.expose()), id, Value::Exact(old.expose())];
        Ok(self.ask(&self.statements.upgrade_password, &values).await?.affected > 0)
    }

    async fn delete_token(&self, key: &TokenKey) -> Result<bool, StoreError> {
        self.id_kind().await?;
        let values = [Value::Text(key.expose()), Value::Exact(key.expose())];
        match self.ask(&self.statements.delete_token, &values).await {
            Ok(reply) => Ok(reply.affected > 0),
            Err(Unanswered { failure: Failure::Unencodable, .. }) => Ok(false),
            Err(unanswered) => Err(unanswered.into()),
        }
    }

    async fn recent_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        self.passwords(&self.statements.recent_passwords, limit).await
    }

    async fn oldest_passwords(&self, limit: u32) -> Result<Vec<EncodedPassword>, StoreError> {
        self.passwords(&self.statements.oldest_passwords, limit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.ask(&self.statements.ping, &[]).await?;
        Ok(())
    }

    async fn check_schema(&self) -> Result<(), SchemaError> {
        self.inspect().await.map(|_| ())
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

impl<D: Driver> fmt::Debug for SqlStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("dialect", &D::DIALECT)
            .field("pool", &self.pool)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

/// A row's columns, taken one after the other.
struct Row(std::vec::IntoIter<Option<String>>);

impl Row {
    /// Text; empty where the column holds NULL.
    fn text(&mut self) -> String {
        self.nullable_text().unwrap_or_default()
    }

    fn nullable_text(&mut self) -> Option<String> {
        self.0.next().flatten()
    }

    /// A boolean as any of the engines writes it; false where the column holds NULL.
    fn flag(&mut self) -> bool {
        let text = self.text();
        text == "true" || text.parse::<i64>().is_ok_and(|number| number != 0)
    }

    /// What the token statements select.
    fn token_owner(mut self, kind: IdKind) -> Result<TokenOwner, StoreError> {
        let key = TokenKey::new(self.text());
        let user = User {
            id: self.id(kind)?,
            username: self.text(),
            email: self.nullable_text(),
            is_active: self.flag(),
            is_staff: self.flag(),
            is_superuser: self.flag(),
        };
        Ok(TokenOwner::new(key, user))
    }

    fn id(&mut self, kind: IdKind) -> Result<UserId, StoreError> {
        let text = self.text();
        if kind != IdKind::Int {
            return Ok(UserId::Text(text));
        }
        text.parse().map(UserId::Int).map_err(|_| {
            StoreError::new(StoreErrorKind::Row, "a user's primary key is no 64-bit integer")
        })
    }
}

/// The only row, if any.
fn one(rows: Vec<Vec<Option<String>>>, two: &'static str) -> Result<Option<Row>, StoreError> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (None, _) => Ok(None),
        (Some(row), None) => Ok(Some(Row(row.into_iter()))),
        (Some(_), Some(_)) => Err(StoreError::new(StoreErrorKind::Row, two)),
    }
}

fn bind(kind: IdKind, id: &UserId) -> Option<Value<'_>> {
    match (kind, id) {
        (IdKind::Int, UserId::Int(id)) => Some(Value::Int(*id)),
        (IdKind::Text, UserId::Text(id)) => Some(Value::Text(id)),
        (IdKind::Uuid, UserId::Text(id)) => uuid(id).map(Value::Uuid),
        (IdKind::Int, UserId::Text(_)) | (IdKind::Text | IdKind::Uuid, UserId::Int(_)) => None,
    }
}

/// The statement for at least so many values, and for how many it is.
fn for_so_many(statements: &[(usize, Statement)], count: usize) -> Option<(usize, &Statement)> {
    statements.iter().find(|(size, _)| *size >= count).map(|(size, statement)| (*size, statement))
}

/// So many values: the last stands for those that are missing.
fn padded<'a, T: Copy>(
    items: impl IntoIterator<Item = T>,
    size: usize,
    value: impl Fn(T) -> Value<'a>,
) -> Vec<Value<'a>> {
    let mut values: Vec<_> = items.into_iter().map(value).collect();
    if let Some(&last) = values.last() {
        values.resize(size, last);
    }
    values
}

/// The same error for each that has waited for the query.
fn again<T>(count: usize, error: &StoreError) -> Vec<Option<Result<T, StoreError>>> {
    let message = error.source().map(ToString::to_string).unwrap_or_default();
    let again = || StoreError::new(error.kind(), Cause { message: message.clone() });
    (0..count).map(|_| Some(Err(again()))).collect()
}

fn too_late() -> StoreError {
    let message = "the queries before this one took too long".to_owned();
    StoreError::new(StoreErrorKind::Unavailable, Cause { message })
}

/// A UUID's bytes from its text, with or without hyphens.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|&character| character != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}

/// What an error of a driver is to the rest.
#[cfg(feature = "server")]
pub(super) fn told<D: Driver>(driver: &D, error: &sqlx::Error) -> StoreError {
    Unanswered::of(driver, driver.classify(error), error).into()
}

impl Unanswered {
    fn of<D: Driver>(driver: &D, failure: Failure, error: &sqlx::Error) -> Self {
        // A server's own answer: its text and code, without the details that quote rows.
        let text = match error {
            sqlx::Error::Database(error) => match error.code() {
                Some(code) => format!("{} ({code})", error.message()),
                None => error.message().to_owned(),
            },
            error => error.to_string(),
        };
        match driver.hint(error) {
            Some(hint) => Self::new(failure, &format_args!("{text}: {hint}")),
            None => Self::new(failure, &text),
        }
    }

    fn new(failure: Failure, cause: &dyn fmt::Display) -> Self {
        Self { failure, cause: Cause { message: cause.to_string() } }
    }
}

impl From<Unanswered> for StoreError {
    fn from(unanswered: Unanswered) -> Self {
        let kind = match unanswered.failure {
            Failure::Stale | Failure::Schema => StoreErrorKind::Schema,
            Failure::Row | Failure::Unique | Failure::ForeignKey | Failure::Unencodable => {
                StoreErrorKind::Row
            }
            Failure::Constraint => StoreErrorKind::Constraint,
            Failure::Denied => StoreErrorKind::Denied,
            Failure::Lost
            | Failure::Pooled
            | Failure::ReadOnly
            | Failure::Conflict
            | Failure::Unavailable => StoreErrorKind::Unavailable,
        };
        StoreError::new(kind, unanswered.cause)
    }
}
