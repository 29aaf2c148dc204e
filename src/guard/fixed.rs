//! A table of tokens, for tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use async_trait::async_trait;

use super::{Keyword, Permission, TokenKey, TokenOwner, User, VerifyError, VerifyToken};

/// Tokens that are written down, for the tests of a backend: no database, no Django.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use drf_auth::guard::{FixedTokens, User, VerifyError, VerifyToken};
///
/// let tokens = FixedTokens::new()
///     .user("key", "ayush")
///     .group("key", "team")
///     .permission("key", "shop.view_order")
///     .owner("other", User::new(7, "root").staff());
/// assert_eq!(tokens.verify_token("other").await.unwrap().user.username, "root");
/// let refused = tokens.verify_token("unknown").await;
/// assert!(matches!(refused, Err(VerifyError::UnknownToken)));
/// # }
/// ```
#[derive(Clone, Default)]
pub struct FixedTokens {
    owners: BTreeMap<String, Owner>,
    keyword: Keyword,
    is_away: bool,
}

#[derive(Clone)]
struct Owner {
    user: User,
    groups: BTreeSet<String>,
    permissions: BTreeSet<String>,
}

impl FixedTokens {
    /// A table without a token.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an active user's token; the users are numbered as they come.
    #[must_use]
    pub fn user(self, token: &str, username: &str) -> Self {
        let id = i64::try_from(self.owners.len()).unwrap_or(i64::MAX).saturating_add(1);
        self.owner(token, User::new(id, username))
    }

    /// Adds a user's token. An inactive one's is refused.
    #[must_use]
    pub fn owner(mut self, token: &str, user: User) -> Self {
        let owner = Owner { user, groups: BTreeSet::new(), permissions: BTreeSet::new() };
        self.owners.insert(token.to_owned(), owner);
        self
    }

    /// Puts the token's owner into a group.
    #[must_use]
    pub fn group(mut self, token: &str, group: &str) -> Self {
        if let Some(owner) = self.owners.get_mut(token) {
            owner.groups.insert(group.to_owned());
        }
        self
    }

    /// Gives the token's owner a permission, `app_label.codename`.
    #[must_use]
    pub fn permission(mut self, token: &str, permission: &str) -> Self {
        if let Some(owner) = self.owners.get_mut(token) {
            owner.permissions.insert(permission.to_owned());
        }
        self
    }

    /// Another word than `Token` before a token.
    #[must_use]
    pub fn with_keyword(mut self, keyword: Keyword) -> Self {
        self.keyword = keyword;
        self
    }

    /// As if the database were away: every token is answered 503.
    #[must_use]
    pub fn away(mut self) -> Self {
        self.is_away = true;
        self
    }

    fn find(&self, token: &str) -> Result<&Owner, VerifyError> {
        if self.is_away {
            return Err(VerifyError::Unavailable("the fixed table is away".into()));
        }
        self.owners.get(token).ok_or(VerifyError::UnknownToken)
    }
}

#[async_trait]
impl VerifyToken for FixedTokens {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        let user = self.find(key)?.user.clone();
        if !user.is_active {
            return Err(VerifyError::InactiveUser);
        }
        Ok(TokenOwner::new(TokenKey::new(key), user))
    }

    fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        let owner = self.find(owner.key.expose())?;
        Ok(owner.permissions.contains(&permission.to_string()))
    }

    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        Ok(self.find(owner.key.expose())?.groups.iter().cloned().collect())
    }
}

impl fmt::Debug for FixedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = self.owners.values().map(|owner| &owner.user.username);
        f.debug_set().entries(users).finish()
    }
}
