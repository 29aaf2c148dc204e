//! Builds the parts from the configuration, and looks at the database before the first request.

use std::{
    collections::{BTreeSet, HashMap},
    num::NonZeroU32,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use axum::Router;

use super::{cors, hashing, readiness::Readiness, second_door, token_table, verify};
use crate::{
    accounts::{
        EncodedPassword,
        authenticator::Authenticator,
        inspection::Inspect,
        passwords::{Limits as PasswordLimits, PasswordWorker},
        refusal_floor::RefusalFloor,
        sample::Sample,
        store::{AccountStore, SchemaError, StoreError, StoreErrorKind},
    },
    config::{self, Config, Listen, Misconfigured},
    django::{
        hashers::PBKDF2PasswordHasher,
        http::{Limits, Platform},
    },
    http::{self, Answers, AppState, Bodies, Settings},
    metrics::{self, Registry},
    python,
    store::{self, Clock, DatabaseUrl, StoreOptions, TokenModel, UserModel},
};

/// How often what could not be seen at start is looked at again.
const RETRY: Duration = Duration::from_secs(2);

/// After how many silent looks what keeps it from being seen is said again.
const REMIND: u32 = 30;

/// What [`parts`] builds.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) store: Arc<dyn AccountStore>,
    pub(super) inspector: Arc<dyn Inspect>,
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) router: Router,
    pub(super) answers: Arc<Answers>,
    /// The most connections to the database.
    pub(super) to_database: u32,
}

/// Builds everything that answers requests. The database is not asked yet.
pub(super) fn parts(config: &Config) -> anyhow::Result<Parts> {
    let options = store_options(config)?;
    let store = store::connect(&options).context(Misconfigured)?;
    let inspector = store::inspector(&options).context(Misconfigured)?;
    let hashers = hashing::hashers(config)?;
    let passwords = PasswordWorker::start(hashers, hashing::engine()?, password_limits(config))
        .context("no threads for the passwords")?;
    let upgrade = config.django.upgrades_passwords();
    let floor = config.passwords.refusal_floor.map_or_else(RefusalFloor::auto, RefusalFloor::fixed);
    let authenticator = Authenticator::new(Arc::clone(&store), passwords, upgrade, floor)
        .with_key_length(config.token_model.key_length)
        .with_keyword(config.token_model.keyword.parse().context(Misconfigured)?)
        .let_inactive_log_in(config.second_door.inactive_may_log_in());
    let authenticator = Arc::new(authenticator);
    let answers = Arc::new(Answers::default());
    let router = http::router(AppState {
        authenticator: Arc::clone(&authenticator),
        settings: Arc::new(settings(config)),
        verify: Arc::new(verify::settings(config)?),
        routes: verify::routes(config)?,
        bodies: Bodies::default(),
        answers: Arc::clone(&answers),
        cors: cors::conf(config)?,
    });
    let to_database = options.connections();
    Ok(Parts { store, inspector, authenticator, router, answers, to_database })
}

impl Parts {
    /// Everything that these parts count.
    pub(super) fn metrics(&self) -> Registry {
        let mut registry = metrics::registry();
        let ours = metrics::ours(&mut registry);
        self.authenticator.register_metrics(ours);
        self.answers.register(ours);
        registry
    }
}

/// Says which database is served, and who named it: a variable of the shell may have taken the place of
/// the file's.
pub(super) fn tell_database(config: &Config) {
    let Some(url) = &config.database_url else { return };
    let Some(database) = url.told() else { return };
    if url.is_surprising() {
        tracing::warn!(database, "the database is another than the one written for this program");
    } else {
        tracing::info!(database, "the database");
    }
}

/// Ends with what keeps the service from going on, once it is found.
pub(super) type Late = Pin<Box<dyn Future<Output = anyhow::Error> + Send>>;

/// Looks whether the tables fit, and what else guards Django's login. A database that is away is
/// looked at again in the background, and what that finds comes late.
pub(super) async fn check_at_start(
    config: &Config,
    parts: &Parts,
    readiness: &Arc<Readiness>,
) -> anyhow::Result<Late> {
    if config.routes.log_in() && !config.django.cost_is_written() {
        tracing::warn!(
            "neither django.version nor django.pbkdf2_iterations is written: refusals cost what \
             the newest stored passwords do, and no hash is upgraded; write version = \"5.2\" (or \
             whichever Django it is) under [django]"
        );
    }
    let hashers = hashing::hashers(config).ok();
    let of_memory = hashers.iter().flat_map(|hashers| hashing::of_memory(config, hashers));
    for sentence in hashing::of_other_versions(config).chain(of_memory) {
        tracing::warn!("{sentence}");
    }
    let (config, parts, readiness) = (config.clone(), parts.clone(), Arc::clone(readiness));
    parts.authenticator.shut();
    let mut look = Look { config, parts, readiness, left: &STEPS };
    match look.go_on().await {
        Ok(()) => Ok(Box::pin(std::future::pending())),
        Err(SchemaError::Store(error)) => {
            tell(&error);
            Ok(Box::pin(look.finish()))
        }
        Err(mismatch) => Err(misfit(mismatch)),
    }
}

fn misfit(mismatch: SchemaError) -> anyhow::Error {
    anyhow!(mismatch).context(Misconfigured)
}

fn tell(error: &StoreError) {
    if error.kind() == StoreErrorKind::Denied {
        tracing::error!(
            %error,
            "requests get 503 for which this account would have to read what it may not; GRANT SELECT \
             on it (drf-auth check prints all that is needed)"
        );
    } else {
        tracing::error!(%error, "requests get 503: the database does not answer, or not as configured");
    }
}

/// A part of the look at the database.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Whether its tables fit, and what else guards Django's login: before it no login is answered.
    Door,
    /// Whether this account may read them, and what the passwords are.
    Passwords,
    /// Whether what verify routes ask for can be read.
    Grants,
}

/// In this order: what keeps one of them from being taken must not open the door.
const STEPS: [Step; 3] = [Step::Door, Step::Passwords, Step::Grants];

/// The look at the database.
struct Look {
    config: Config,
    parts: Parts,
    readiness: Arc<Readiness>,
    left: &'static [Step],
}

impl Look {
    /// Takes the steps that are left, up to one that the database keeps from being taken.
    async fn go_on(&mut self) -> Result<(), SchemaError> {
        while let [step, left @ ..] = self.left {
            match step {
                Step::Door => self.door().await?,
                Step::Passwords => look_around(&self.config, &self.parts).await?,
                Step::Grants => self.grants().await?,
            }
            self.left = left;
        }
        self.readiness.schema_is_known();
        Ok(())
    }

    /// Goes on until all steps are taken. Says what keeps the database from answering whenever that
    /// changes, and once in a while. Ends only where the database, once it answers, shows that the
    /// service must not go on.
    async fn finish(mut self) -> anyhow::Error {
        let (mut said, mut silent) = (String::new(), 0);
        loop {
            tokio::time::sleep(RETRY).await;
            let error = match self.go_on().await {
                Ok(()) => break,
                Err(SchemaError::Store(error)) => error,
                Err(mismatch) => return misfit(mismatch),
            };
            if error.to_string() != said || silent >= REMIND {
                tell(&error);
                (said, silent) = (error.to_string(), 0);
            } else {
                silent += 1;
            }
        }
        tracing::info!("the database answers");
        std::future::pending().await
    }

    async fn door(&self) -> Result<(), SchemaError> {
        let Self { config, parts, .. } = self;
        parts.store.check_schema().await?;
        let mut wrong = token_table::unfit(config, &*parts.inspector).await?;
        let guards = second_door::guards(config, &*parts.inspector).await?;
        wrong.extend(guards.unacknowledged);
        if !wrong.is_empty() {
            return Err(SchemaError::Mismatch(wrong));
        }
        if let Some(sentence) = guards.unseen {
            tracing::warn!("{sentence}");
        }
        parts.authenticator.open();
        parts.inspector.close().await;
        Ok(())
    }

    async fn grants(&self) -> Result<(), SchemaError> {
        let tables = verify::tables(&self.config);
        if tables.any() { self.parts.store.check_grants(tables).await } else { Ok(()) }
    }
}

/// What can be seen of a database that fits: whether this account may read it, and what its
/// passwords are.
async fn look_around(config: &Config, parts: &Parts) -> Result<(), StoreError> {
    let Parts { store, authenticator, .. } = parts;
    let logs_in = config.routes.log_in();
    if logs_in {
        unless_damaged(store.find_user("").await)?;
    }
    unless_damaged(store.find_token_owner("").await)?;
    if !logs_in {
        return Ok(());
    }
    if let Some(sample) = unless_damaged(Sample::read(&**store).await)? {
        match stored_cost(&sample.newest) {
            Some(iterations) if !config.django.cost_is_written() => {
                follow_stored_cost(config, iterations, authenticator.passwords());
            }
            Some(stored) => warn_of_another_cost(config, stored),
            None => {}
        }
        warn_of_unsupported(config, &sample.into_all());
    }
    // It takes as long as some logins: nobody waits for it.
    let authenticator = Arc::clone(authenticator);
    tokio::spawn(async move { authenticator.follow_costs().await });
    Ok(())
}

/// A damaged row shows that the table can be read.
fn unless_damaged<T>(answer: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == StoreErrorKind::Row => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whoever has such a password cannot log in here, and should not be the first to say so.
fn warn_of_unsupported(config: &Config, stored: &[EncodedPassword]) {
    let Ok(hashers) = hashing::hashers(config) else { return };
    let reasons: BTreeSet<String> = stored
        .iter()
        .filter_map(|encoded| hashing::unsupported(config, &hashers, encoded.expose()))
        .collect();
    for reason in reasons {
        tracing::warn!(reason, "some of the stored passwords match nothing here");
    }
}

/// Two writers of different cost rewrite each other's hashes at every login, and each rewrite ends
/// that user's browser sessions.
fn warn_of_another_cost(config: &Config, stored: NonZeroU32) {
    let configured = hashing::iterations(config);
    let preferred = config.django.password_hashers.first().map(String::as_str);
    if stored != configured && preferred == Some("pbkdf2_sha256") {
        tracing::warn!(
            stored,
            configured,
            upgrade_passwords = config.django.upgrades_passwords(),
            "the newest stored passwords have another number of iterations than django.version or \
             django.pbkdf2_iterations says: right after an upgrade of Django that is so; else \
             Django and this service rewrite each other's hashes, and each time end the user's \
             browser sessions: write what Django's settings say, or upgrade_passwords = false"
        );
    }
}

/// Makes refusals cost what is most common among the newest stored passwords.
fn follow_stored_cost(config: &Config, iterations: NonZeroU32, passwords: &PasswordWorker) {
    tracing::info!(iterations, "refusals follow the stored passwords");
    match hashing::hashers_with(config, iterations) {
        Ok(hashers) => passwords.set_hashers(hashers),
        Err(error) => tracing::error!(%error, "no hashers for that cost"),
    }
}

fn stored_cost(stored: &[EncodedPassword]) -> Option<NonZeroU32> {
    let mut counts: HashMap<NonZeroU32, usize> = HashMap::new();
    for encoded in stored {
        if let Some(iterations) = PBKDF2PasswordHasher::stored_iterations(encoded.expose()) {
            *counts.entry(iterations).or_default() += 1;
        }
    }
    // Of equally common ones the dearer.
    counts.into_iter().max_by_key(|(iterations, count)| (*count, *iterations)).map(|(i, _)| i)
}

fn password_limits(config: &Config) -> PasswordLimits {
    let passwords = &config.passwords;
    PasswordLimits {
        workers: hashing::workers(config),
        queue: usize(passwords.queue),
        queue_wait: passwords.queue_wait,
        memory: hashing::memory(config),
    }
}

fn settings(config: &Config) -> Settings {
    let django = &config.django;
    Settings {
        append_slash: django.append_slash,
        allowed_hosts: django.allowed_hosts.clone(),
        server_name: match &config.listen {
            Listen::Tcp(address) => address.ip().to_string(),
            Listen::Unix(_) => String::new(),
        },
        limits: Limits {
            max_memory_size: django.data_upload_max_memory_size.map(usize),
            max_number_fields: django.data_upload_max_number_fields.map(usize),
            ..Limits::default()
        },
        authenticate_logins: !config.rest_framework.authentication_classes.is_empty(),
        platform: Platform::new(
            config.django.version(),
            python::Version::new(django.python.minor()),
        ),
    }
}

/// What the configuration says of the database.
pub(super) fn store_options(config: &Config) -> anyhow::Result<StoreOptions> {
    let url = config.database_url.as_ref().context("database_url is not written")?;
    let (database, user, token) = (&config.database, &config.user_model, &config.token_model);
    Ok(StoreOptions {
        url: url.expose().parse::<DatabaseUrl>().context(Misconfigured)?,
        max_connections: database.max_connections,
        acquire_timeout: database.acquire_timeout,
        statement_timeout: database.statement_timeout,
        prepared_statements: database.prepared_statements,
        user_model: UserModel {
            table: user.table.clone(),
            id_column: user.id_column.clone(),
            username_field: user.username_field.clone(),
            username_match: match user.username_match {
                config::UsernameMatch::Exact => store::UsernameMatch::Exact,
                config::UsernameMatch::IExact => store::UsernameMatch::IExact,
            },
            require: user.require.iter().map(condition).collect(),
            password_column: user.password_column.clone(),
            password_length: config.django.hashers.limits.encoded_length,
            is_active_column: user.is_active_column.clone().unwrap_or_default(),
            is_staff_column: user.is_staff_column.clone().unwrap_or_default(),
            is_superuser_column: user.is_superuser_column.clone().unwrap_or_default(),
            email_column: user.email_column.clone().unwrap_or_default(),
            groups_table: user.groups_table.clone(),
            user_permissions_table: user.user_permissions_table.clone(),
            relation_column: user.relation_column.clone(),
        },
        token_model: TokenModel {
            table: token.table.clone(),
            key_column: token.key_column.clone(),
            user_column: token.user_column.clone(),
            created_column: token.created_column.clone().unwrap_or_default(),
        },
        clock: Clock {
            use_tz: config.django.use_tz,
            time_zone: config.django.time_zone.clone(),
            database_time_zone: config.django.database_time_zone.clone().unwrap_or_default(),
        },
        logs_in: config.routes.log_in(),
    })
}

fn condition(condition: &config::Condition) -> store::Condition {
    let literal = |literal: &config::Literal| match literal {
        config::Literal::Bool(value) => store::Literal::Bool(*value),
        config::Literal::Int(number) => store::Literal::Int(*number),
        config::Literal::Text(text) => store::Literal::Text(text.clone()),
    };
    store::Condition {
        column: condition.column.clone(),
        test: match &condition.test {
            config::Test::In(literals) => store::Test::In(literals.iter().map(literal).collect()),
            config::Test::IsNull(is_null) => store::Test::IsNull(*is_null),
        },
    }
}

fn usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
