//! A table of tokens, for tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use async_trait::async_trait;

use super::{Keyword, Permission, TokenKey, TokenOwner, User, UserId, VerifyError, VerifyToken};

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

    /// Adds an active user's token; each has the number after the highest there is.
    #[must_use]
    pub fn user(self, token: &str, username: &str) -> Self {
        let number = |owner: &Owner| match owner.user.id {
            UserId::Int(id) => id,
            UserId::Text(_) => 0,
        };
        let highest = self.owners.values().map(number).max().unwrap_or_default();
        self.owner(token, User::new(highest.saturating_add(1), username))
    }

    /// Adds a user's token. An inactive one's is refused.
    #[must_use]
    pub fn owner(mut self, token: &str, user: User) -> Self {
        let owner = Owner { user, groups: BTreeSet::new(), permissions: BTreeSet::new() };
        self.owners.insert(token.to_owned(), owner);
        self
    }

    /// Puts the token's owner into a group.
    ///
    /// # Panics
    /// Where the token is not in the table: a test would go on with a user who is not what it says.
    #[must_use]
    #[track_caller]
    pub fn group(self, token: &str, group: &str) -> Self {
        self.give(token, |owner| owner.groups.insert(group.to_owned()))
    }

    /// Gives the token's owner a permission, `app_label.codename`.
    ///
    /// # Panics
    /// As [`FixedTokens::group`].
    #[must_use]
    #[track_caller]
    pub fn permission(self, token: &str, permission: &str) -> Self {
        self.give(token, |owner| owner.permissions.insert(permission.to_owned()))
    }

    #[track_caller]
    fn give(mut self, token: &str, what: impl FnOnce(&mut Owner) -> bool) -> Self {
        let is_there = self.owners.get_mut(token).map(what).is_some();
        assert!(is_there, "there is no token {token:?} yet: add its user first");
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

    /// A superuser's are all that anybody has.
    async fn permissions_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        let Owner { user, permissions, .. } = self.find(owner.key.expose())?;
        let all = self.owners.values().flat_map(|owner| &owner.permissions);
        let held: BTreeSet<_> =
            if user.is_superuser { all.collect() } else { permissions.iter().collect() };
        Ok(held.into_iter().cloned().collect())
    }
}

impl fmt::Debug for FixedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users = self.owners.values().map(|owner| &owner.user.username);
        f.debug_set().entries(users).finish()
    }
}
