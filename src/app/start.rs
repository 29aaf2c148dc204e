//! Builds the parts from the configuration, and looks at the database before the first request.

use std::{
    collections::{BTreeSet, HashMap},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use axum::Router;

use super::{cors, hashing, readiness::Readiness, verify};
use crate::{
    accounts::{
        EncodedPassword,
        authenticator::Authenticator,
        passwords::{Limits as PasswordLimits, PasswordWorker},
        refusal_floor::RefusalFloor,
        store::{AccountStore, SchemaError},
    },
    config::{Config, Listen, Misconfigured},
    django::{
        hashers::PBKDF2PasswordHasher,
        http::{Limits, Platform},
    },
    http::{self, Answers, AppState, Bodies, Settings},
    metrics::{self, Registry},
    python,
    store::{self, Clock, DatabaseUrl, StoreOptions, TokenModel, UserModel},
};

/// How many of the newest users say what a refusal costs where the configuration does not, and how many
/// of the newest and of the oldest which kinds of stored passwords are in use.
const SAMPLE: u32 = 200;

/// How often a database that was away at start is looked at again.
const RETRY: Duration = Duration::from_secs(2);

/// After how many silent looks it is said again that the database does not answer.
const REMIND: u32 = 30;

/// What [`parts`] builds.
pub(super) struct Parts {
    pub(super) store: Arc<dyn AccountStore>,
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) router: Router,
    pub(super) answers: Arc<Answers>,
}

/// Builds everything that answers requests. The database is not asked yet.
pub(super) fn parts(config: &Config) -> anyhow::Result<Parts> {
    let store = store::connect(&store_options(config)?).context(Misconfigured)?;
    let hashers = hashing::hashers(config)?;
    let passwords = PasswordWorker::start(hashers, hashing::engine()?, password_limits(config))
        .context("no threads for the passwords")?;
    let upgrade = config.django.upgrades_passwords();
    let floor = config.passwords.refusal_floor.map_or_else(RefusalFloor::auto, RefusalFloor::fixed);
    let authenticator = Arc::new(Authenticator::new(Arc::clone(&store), passwords, upgrade, floor));
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
    Ok(Parts { store, authenticator, router, answers })
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

/// Looks whether the tables fit. A database that is away is looked at again in the background.
pub(super) async fn check_at_start(
    config: &Config,
    store: &Arc<dyn AccountStore>,
    authenticator: &Arc<Authenticator>,
    readiness: &Arc<Readiness>,
) -> anyhow::Result<()> {
    if !config.django.cost_is_written() {
        tracing::warn!(
            "neither django.version nor django.pbkdf2_iterations is written: refusals cost what \
             the newest stored passwords do, and no hash is upgraded; write version = \"5.2\" (or \
             whichever Django it is) under [django]"
        );
    }
    match check(config, &**store).await {
        Ok(()) => {
            readiness.schema_is_known();
            look_around(config, &**store, authenticator).await;
            Ok(())
        }
        Err(SchemaError::Store(error)) => {
            tracing::error!(%error, "the database does not answer; requests get 503 until it does");
            let (store, authenticator) = (Arc::clone(store), Arc::clone(authenticator));
            tokio::spawn(check_again(store, authenticator, Arc::clone(readiness), config.clone()));
            Ok(())
        }
        Err(mismatch) => Err(anyhow!(mismatch).context(Misconfigured)),
    }
}

/// Whether the tables that this configuration needs are there.
async fn check(config: &Config, store: &dyn AccountStore) -> Result<(), SchemaError> {
    store.check_schema().await?;
    let tables = verify::tables(config);
    if tables.any() { store.check_grants(tables).await } else { Ok(()) }
}

/// Says what keeps the database from answering whenever that changes, and once in a while.
async fn check_again(
    store: Arc<dyn AccountStore>,
    authenticator: Arc<Authenticator>,
    readiness: Arc<Readiness>,
    config: Config,
) {
    let (mut said, mut silent) = (String::new(), 0);
    loop {
        tokio::time::sleep(RETRY).await;
        let Err(error) = check(&config, &*store).await else { break };
        let error = error.to_string();
        if error != said || silent >= REMIND {
            tracing::error!(%error, "requests get 503: the database does not answer, or not as configured");
            (said, silent) = (error, 0);
        } else {
            silent += 1;
        }
    }
    tracing::info!("the database answers");
    readiness.schema_is_known();
    look_around(&config, &*store, &authenticator).await;
}

/// What can be seen of a database that fits: whether this account may read it, and what its
/// passwords are.
async fn look_around(
    config: &Config,
    store: &dyn AccountStore,
    authenticator: &Arc<Authenticator>,
) {
    let user = store.find_user("").await.err();
    let token = store.find_token_owner("").await.err();
    if let Some(error) = user.or(token) {
        tracing::error!(
            %error,
            "requests get 503: the tables cannot be read; GRANT SELECT on the user table and \
             SELECT, INSERT, DELETE on the token table to this account"
        );
        return;
    }
    let (newest, oldest) = match store.recent_passwords(SAMPLE).await {
        Ok(newest) => (newest, store.oldest_passwords(SAMPLE).await.unwrap_or_default()),
        Err(error) => {
            tracing::warn!(%error, "the cost of the stored passwords is not known");
            return;
        }
    };
    match stored_cost(&newest) {
        Some(iterations) if !config.django.cost_is_written() => {
            follow_stored_cost(config, iterations, authenticator.passwords());
        }
        Some(stored) => warn_of_another_cost(config, stored),
        None => {}
    }
    let stored = [newest, oldest].concat();
    warn_of_unsupported(config, &stored);
    // It takes as long as some logins: nobody waits for it.
    let authenticator = Arc::clone(authenticator);
    tokio::spawn(async move { authenticator.learn_costs(&stored).await });
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
        keyword: config.token_model.keyword.clone(),
        platform: Platform::new(
            config.django.version(),
            python::Version::new(django.python.minor()),
        ),
    }
}

/// What the configuration says of the database.
pub(super) fn store_options(config: &Config) -> anyhow::Result<StoreOptions> {
    let url = config.database_url.as_ref().context("database_url is not written")?;
    let (database, user) = (&config.database, &config.user_model);
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
            password_column: user.password_column.clone(),
            is_active_column: user.is_active_column.clone().unwrap_or_default(),
            is_staff_column: user.is_staff_column.clone().unwrap_or_default(),
            is_superuser_column: user.is_superuser_column.clone().unwrap_or_default(),
            email_column: user.email_column.clone().unwrap_or_default(),
            groups_table: user.groups_table.clone(),
            user_permissions_table: user.user_permissions_table.clone(),
            relation_column: user.relation_column.clone(),
        },
        token_model: TokenModel { table: config.token_model.table.clone() },
        clock: Clock {
            use_tz: config.django.use_tz,
            time_zone: config.django.time_zone.clone(),
            database_time_zone: config.django.database_time_zone.clone().unwrap_or_default(),
        },
    })
}

fn usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
