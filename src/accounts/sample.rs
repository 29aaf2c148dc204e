//! Some of the stored passwords: they say which kinds are in use, and so what refusals must cost.

use super::{
    EncodedPassword,
    store::{AccountStore, StoreError},
};

/// How many at each end.
const SIZE: u32 = 200;

/// The stored passwords of the newest and of the oldest users: whatever Django once wrote, and has not
/// rewritten since, is at one of the ends.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Newest first.
    pub newest: Vec<EncodedPassword>,
    /// Oldest first.
    pub oldest: Vec<EncodedPassword>,
}

impl Sample {
    /// Reads them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(store: &dyn AccountStore) -> Result<Self, StoreError> {
        let newest = store.recent_passwords(SIZE).await?;
        let oldest = store.oldest_passwords(SIZE).await?;
        Ok(Self { newest, oldest })
    }

    /// Those of both ends.
    pub fn into_all(self) -> Vec<EncodedPassword> {
        [self.newest, self.oldest].concat()
    }
}
