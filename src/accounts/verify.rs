//! What whoever protects a route needs: whose token is this, and what may they do?

use std::{error::Error, fmt};

use super::{
    TokenOwner, User,
    grants::Permission,
    keyword::Keyword,
    store::{AccountStore, StoreError},
};

/// The attribute that an implementation of [`VerifyToken`] is written with.
pub use async_trait::async_trait;

/// Answers whose token a key is. The database does ([`Authenticator`]), a remote service that it is
/// near to, or a table in a test.
///
/// A backend may put something of its own before it, a cache for instance, where it can live with what
/// that means. All the questions are handed on, for what is not is answered as the trait's own words
/// say: that nobody can tell.
///
/// ```
/// use std::sync::Arc;
///
/// use drf_auth::accounts::{
///     TokenOwner,
///     grants::Permission,
///     keyword::Keyword,
///     verify::{VerifyError, VerifyToken, async_trait},
/// };
///
/// /// Says who asks.
/// #[derive(Debug)]
/// struct Told(Arc<dyn VerifyToken>);
///
/// #[async_trait]
/// impl VerifyToken for Told {
///     async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
///         println!("a token is checked");
///         self.0.verify_token(key).await
///     }
///
///     fn keyword(&self) -> &Keyword {
///         self.0.keyword()
///     }
///
///     async fn has_permission(
///         &self,
///         owner: &TokenOwner,
///         permission: &Permission,
///     ) -> Result<bool, VerifyError> {
///         self.0.has_permission(owner, permission).await
///     }
///
///     async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
///         self.0.groups_of(owner).await
///     }
///
///     async fn permissions_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
///         self.0.permissions_of(owner).await
///     }
/// }
///
/// # #[cfg(feature = "guard")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # use drf_auth::guard::FixedTokens;
/// # let inner = FixedTokens::new().user("key", "ayush").group("key", "team");
/// # let inner = inner.permission("key", "shop.view_order").with_keyword("Bearer".parse().unwrap());
/// # let told: Arc<dyn VerifyToken> = Arc::new(Told(Arc::new(inner)));
/// # assert_eq!(told.keyword().as_str(), "Bearer");
/// # let owner = told.verify_token("key").await.unwrap();
/// # let permission = Permission::parse("shop.view_order").unwrap();
/// # assert!(told.has_permission(&owner, &permission).await.unwrap());
/// # assert_eq!(told.groups_of(&owner).await.unwrap(), ["team"]);
/// # assert_eq!(told.permissions_of(&owner).await.unwrap(), ["shop.view_order"]);
/// # }
/// # #[cfg(not(feature = "guard"))]
/// # fn main() {}
/// ```
///
/// [`Authenticator`]: super::authenticator::Authenticator
#[async_trait]
pub trait VerifyToken: fmt::Debug + Send + Sync {
    /// The token's owner, read after the call began. One who may not log in is an error.
    ///
    /// # Errors
    /// See [`VerifyError`].
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError>;

    /// The word before a token in the `Authorization` header (`TokenAuthentication.keyword`).
    fn keyword(&self) -> &Keyword;

    /// Whether the owner has the permission itself or by a group, by the rows that say so:
    /// [`Requirement::is_met`](super::grants::Requirement::is_met) looks at the flags.
    ///
    /// # Errors
    /// Where it cannot be said; without an implementation it never can.
    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        let _ = owner;
        Err(VerifyError::Unanswerable(format!("who has the permission {permission}")))
    }

    /// The names of the owner's groups, in the order of their code points.
    ///
    /// # Errors
    /// Where it cannot be said; without an implementation it never can.
    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        let _ = owner;
        Err(VerifyError::Unanswerable("who is in which group".to_owned()))
    }

    /// All that the owner may do, each as `app_label.codename`, in the order of their code points
    /// (Django's `get_all_permissions`): a superuser everything there is, one who is inactive nothing.
    ///
    /// # Errors
    /// Where it cannot be said; without an implementation it never can.
    async fn permissions_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        let _ = owner;
        Err(VerifyError::Unanswerable("which permissions there are".to_owned()))
    }
}

/// [`VerifyToken::verify_token`] of whoever asks the database.
pub(crate) async fn by_rows(
    store: &dyn AccountStore,
    key: &str,
) -> Result<TokenOwner, VerifyError> {
    let owner = store.find_token_owner(key).await?.ok_or(VerifyError::UnknownToken)?;
    if owner.user.is_active { Ok(owner) } else { Err(VerifyError::InactiveUser) }
}

/// [`VerifyToken::permissions_of`] of whoever asks the database.
pub(crate) async fn permissions_by_rows(
    store: &dyn AccountStore,
    user: &User,
) -> Result<Vec<String>, StoreError> {
    if !user.is_active {
        return Ok(Vec::new());
    }
    let holder = (!user.is_superuser).then_some(&user.id);
    let permissions = store.permissions_of(holder).await?;
    let mut names: Vec<_> = permissions.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    Ok(names)
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// No row has this key.
    #[error("no such token")]
    UnknownToken,
    /// The key's owner may not log in.
    #[error("the token's owner is inactive")]
    InactiveUser,
    /// The database could not say: never a refusal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever is asked in the database's place could not say: never a refusal.
    #[error("{0}")]
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Nobody here can ever say; what asks has to be changed.
    #[error("there is nobody here to ask {0}")]
    Unanswerable(String),
}
