//! Who may log in, and whose token is whose.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::time::timeout;

use super::{
    Credentials, StoredUser, TokenKey, TokenOwner,
    passwords::{Check, CheckError, PasswordWorker, Policy},
    store::{AccountStore, StoreError},
    verify::{VerifyError, VerifyToken},
};

/// Octets of the longest name that is looked for.
const LONGEST_NAME: usize = 16 * 1024;

/// How long a login waits for its upgrade, which Django may keep from a row by a lock.
const UPGRADE_WAIT: Duration = Duration::from_millis(500);

/// Logs users in and verifies tokens, over any [`AccountStore`].
#[derive(Clone, Debug)]
pub struct Authenticator {
    store: Arc<dyn AccountStore>,
    passwords: PasswordWorker,
    upgrade_passwords: bool,
}

impl Authenticator {
    /// Puts the parts together. `upgrade_passwords` lets a login rewrite an outdated hash.
    pub fn new(
        store: Arc<dyn AccountStore>,
        passwords: PasswordWorker,
        upgrade_passwords: bool,
    ) -> Self {
        Self { store, passwords, upgrade_passwords }
    }

    /// The user's token, made where there is none.
    ///
    /// Every refusal costs one hash of the preferred hasher, whatever its reason. No connection is
    /// held while a password is hashed. As in Django's `ModelBackend`, the password is checked (and
    /// its hash upgraded) before `is_active` is looked at.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn log_in(&self, credentials: Credentials) -> Result<TokenKey, LoginError> {
        let user = self.find_user(credentials.username).await?;
        let encoded = user.as_ref().map(|user| user.password.clone());
        let policy = Policy {
            upgrade: self.upgrade_passwords,
            refuse: user.as_ref().is_none_or(|user| !user.is_active),
            only_current: !credentials.password_is_text,
        };
        let outcome = self.passwords.check(credentials.password, encoded, policy).await?;
        let Some(user) = user else { return Err(LoginError::UnknownUser) };
        match outcome {
            Check::Wrong => return Err(LoginError::WrongPassword { user: user.id }),
            Check::Malformed(reason) => {
                return Err(LoginError::MalformedPassword { user: user.id, reason });
            }
            Check::Correct { upgrade: None } => {}
            Check::Correct { upgrade: Some(encoded) } => self.upgrade(&user, encoded).await,
        }
        if !user.is_active {
            return Err(LoginError::InactiveUser { user: user.id });
        }
        let fresh = TokenKey::generate().map_err(|_| LoginError::NoRandomness)?;
        let Some(key) = self.store.get_or_create_token(&user.id, &fresh).await? else {
            return Err(LoginError::VanishedUser { user: user.id });
        };
        tracing::info!(user.id = %user.id, "login accepted");
        Ok(key)
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
    async fn upgrade(&self, user: &StoredUser, encoded: super::EncodedPassword) {
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

#[async_trait]
impl VerifyToken for Authenticator {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        let owner = self.store.find_token_owner(key).await?.ok_or(VerifyError::UnknownToken)?;
        if owner.user.is_active { Ok(owner) } else { Err(VerifyError::InactiveUser) }
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
        user: super::UserId,
    },
    /// The row's hash cannot be checked: Django raises here.
    #[error("the stored password is malformed: {reason}")]
    MalformedPassword {
        /// Whose.
        user: super::UserId,
        /// What is wrong with it, without quoting it.
        reason: crate::django::hashers::MalformedPassword,
    },
    /// The right password of a user who may not log in.
    #[error("the user is inactive")]
    InactiveUser {
        /// Whose.
        user: super::UserId,
    },
    /// The user's row was deleted while the password was checked.
    #[error("the user has vanished")]
    VanishedUser {
        /// Whose.
        user: super::UserId,
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
