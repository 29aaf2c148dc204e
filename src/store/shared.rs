//! What token checks ask for together: owners of tokens, permissions and groups.

use std::{sync::Arc, time::Duration};

use crate::accounts::{TokenOwner, store::StoreError};
#[cfg(feature = "server")]
use crate::metrics::Registry;

use super::{
    coalesce::{Coalescer, Limits, SharedQueries},
    driver::Driver,
    pool::PoolLimits,
    sql::{AnyKeys, Groups, Permissions, PlainKeys, SqlStore, is_plain},
    statements::{ANY_KEYS_AT_ONCE, KEYS_AT_ONCE},
};

/// How many look-ups are in flight before they share queries. For so few, sharing would take more time
/// than it saves: nobody is busy while all wait for one.
const OWN: usize = 8;

/// How many queries run where there are more: while one is on its way to the server and back, the other
/// keeps it busy.
const FEW: usize = 2;

/// What a server nearby needs for a query under load. Beyond it a connection more serves better than
/// waiting.
const SLOW: Duration = Duration::from_millis(1);

/// Look-ups that share queries, each kind with those of its own.
pub(super) struct Shared<D: Driver> {
    plain_keys: Arc<Coalescer<PlainKeys<D>>>,
    any_keys: Arc<Coalescer<AnyKeys<D>>>,
    pub(super) permissions: Arc<Coalescer<Permissions<D>>>,
    pub(super) groups: Arc<Coalescer<Groups<D>>>,
    tokens: SharedQueries,
    grants: SharedQueries,
}

impl<D: Driver> Shared<D> {
    pub(super) fn new(store: &Arc<SqlStore<D>>) -> Self {
        let PoolLimits { max_connections, acquire_timeout: late } = store.pool().limits();
        let most = max_connections.max(1);
        let limits = Limits {
            own: OWN,
            few: FEW.min(most),
            most,
            slow: SLOW,
            batch: greatest(&KEYS_AT_ONCE),
            alone: most.div_ceil(4),
            late,
        };
        // No client that DRF has given a token comes with such a key: whoever else does, be it by the
        // thousand, leaves others most of the connections.
        let of_any = Limits {
            own: limits.alone,
            few: 1,
            most: limits.alone,
            batch: greatest(&ANY_KEYS_AT_ONCE),
            ..limits
        };
        let (tokens, grants) = (SharedQueries::default(), SharedQueries::default());
        Self {
            plain_keys: Coalescer::new(PlainKeys(Arc::clone(store)), limits, tokens.clone()),
            any_keys: Coalescer::new(AnyKeys(Arc::clone(store)), of_any, tokens.clone()),
            permissions: Coalescer::new(Permissions(Arc::clone(store)), limits, grants.clone()),
            groups: Coalescer::new(Groups(Arc::clone(store)), limits, grants.clone()),
            tokens,
            grants,
        }
    }

    /// Whose a token is.
    pub(super) async fn token_owner(&self, key: &str) -> Result<Option<TokenOwner>, StoreError> {
        let key = key.to_owned();
        if is_plain(&key)
            && let Some(owner) = self.plain_keys.share(&key).await?
        {
            return Ok(owner);
        }
        self.any_keys.find(&key).await
    }

    #[cfg(feature = "server")]
    pub(super) fn register_metrics(&self, registry: &mut Registry) {
        self.tokens.register(registry, "token", "tokens");
        self.grants.register(registry, "grant", "permissions and groups");
    }
}

fn greatest(sizes: &[usize]) -> usize {
    sizes.iter().copied().max().unwrap_or(1)
}
