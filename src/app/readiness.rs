//! Whether requests should come here: what `/readyz` says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::timeout};

use crate::accounts::store::AccountStore;

/// How long the database may take to show that it answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// What keeps requests from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unready {
    /// The service ends.
    Draining,
    /// Whether the tables fit has not been seen yet.
    SchemaUnknown,
    /// The tables cannot be read.
    Database,
}

impl Unready {
    /// In fixed words: whoever asks need not be trusted.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::SchemaUnknown => "the tables have not been looked at yet",
            Self::Database => "the database does not answer",
        }
    }
}

/// Whether the service ends, for whoever must know.
#[derive(Clone, Debug, Default)]
pub(super) struct Draining(Arc<AtomicBool>);

impl Draining {
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Whether requests can be answered.
#[derive(Debug)]
pub(super) struct Readiness {
    store: Arc<dyn AccountStore>,
    draining: Draining,
    schema_known: AtomicBool,
    /// However many ask, one question at a time goes to the database.
    turn: Mutex<()>,
}

impl Readiness {
    pub(super) fn new(store: Arc<dyn AccountStore>) -> Self {
        let (draining, schema_known) = (Draining::default(), AtomicBool::new(false));
        Self { store, draining, schema_known, turn: Mutex::default() }
    }

    pub(super) fn draining(&self) -> &Draining {
        &self.draining
    }

    /// The tables were seen to fit.
    pub(super) fn schema_is_known(&self) {
        self.schema_known.store(true, Ordering::Relaxed);
    }

    /// Whether a token can be looked up, and nothing else is in the way.
    pub(super) async fn look(&self) -> Result<(), Unready> {
        if self.draining.has_begun() {
            return Err(Unready::Draining);
        }
        if !self.schema_known.load(Ordering::Relaxed) {
            return Err(Unready::SchemaUnknown);
        }
        let look_up = async {
            let _turn = self.turn.lock().await;
            // As every token check asks; there is no such token.
            self.store.find_token_owner("").await
        };
        match timeout(PATIENCE, look_up).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Unready::Database),
        }
    }
}
