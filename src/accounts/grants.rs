//! What a user may do: staff, superuser, permissions and groups, as Django's `ModelBackend` sees them.

use std::fmt;

use async_trait::async_trait;

use super::{
    TokenOwner, UserId,
    store::{SchemaError, StoreError},
    verify::{VerifyError, VerifyToken},
};

/// A permission as `user.has_perm("app_label.codename")` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The application of the model that it is about.
    pub app_label: String,
    /// Its name there, such as `add_entry`.
    pub codename: String,
}

impl Permission {
    /// Reads `app_label.codename`. `None` where one of the two is missing.
    pub fn parse(name: &str) -> Option<Self> {
        let (app_label, codename) = name.split_once('.')?;
        let permission = Self { app_label: app_label.to_owned(), codename: codename.to_owned() };
        permission.has_two_parts().then_some(permission)
    }

    /// Whether a row could give it.
    pub(crate) fn has_two_parts(&self) -> bool {
        !self.app_label.is_empty() && !self.codename.is_empty()
    }

    /// As [`Permission::parse`]; what has no two parts is, as in Django, a permission that no row
    /// can give.
    pub(crate) fn named(name: &str) -> Self {
        let nobodys = || Self { app_label: name.to_owned(), codename: String::new() };
        Self::parse(name).unwrap_or_else(nobodys)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app_label, self.codename)
    }
}

/// What is asked of a user beside a token. All of it must be met; the default asks nothing.
///
/// ```
/// use drf_auth::accounts::grants::Requirement;
///
/// let editors = Requirement::default().permission("blog.change_entry").group("team").group("interns");
/// assert_eq!(editors.permissions[0].to_string(), "blog.change_entry");
/// assert!(!editors.staff);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// `is_staff`.
    pub staff: bool,
    /// `is_superuser`.
    pub superuser: bool,
    /// Every one of these. A superuser has them all.
    pub permissions: Vec<Permission>,
    /// Membership in one of these at least, a superuser's too; empty asks for none.
    pub groups: Vec<String>,
}

/// Which of Django's tables are asked, beside those of users and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantTables {
    /// Those of permissions.
    pub permissions: bool,
    /// Those of groups.
    pub groups: bool,
}

impl GrantTables {
    /// Whether any is.
    pub fn any(self) -> bool {
        self.permissions || self.groups
    }
}

/// Django's permission and group tables. Every method is one statement.
#[async_trait]
pub trait GrantStore: fmt::Debug + Send + Sync {
    /// Whether the user has the permission itself or by a group. Names are compared exactly, as
    /// Python does. Neither `is_active` nor `is_superuser` is looked at.
    async fn has_permission(
        &self,
        user: &UserId,
        permission: &Permission,
    ) -> Result<bool, StoreError>;

    /// The names of the user's groups, in the order of their code points.
    async fn groups_of(&self, user: &UserId) -> Result<Vec<String>, StoreError>;

    /// The permissions that the user has, each once, or all that there are. Neither `is_active` nor
    /// `is_superuser` is looked at.
    async fn permissions_of(&self, user: Option<&UserId>) -> Result<Vec<Permission>, StoreError>;

    /// Whether the live schema has these tables, and this account may read them.
    async fn check_grants(&self, tables: GrantTables) -> Result<(), SchemaError>;
}

impl Requirement {
    /// Asks for `is_staff`, too.
    #[must_use]
    pub fn staff(self) -> Self {
        Self { staff: true, ..self }
    }

    /// Asks for `is_superuser`, too.
    #[must_use]
    pub fn superuser(self) -> Self {
        Self { superuser: true, ..self }
    }

    /// Asks for a permission, too: `app_label.codename`. One without the two parts is, as in Django,
    /// nobody's but a superuser's.
    #[must_use]
    pub fn permission(mut self, name: &str) -> Self {
        self.permissions.push(Permission::named(name));
        self
    }

    /// Asks for membership in this group, or in another that was named before.
    #[must_use]
    pub fn group(mut self, name: &str) -> Self {
        self.groups.push(name.to_owned());
        self
    }

    /// Whether the owner meets it, as `ModelBackend` decides: an inactive user meets nothing, a
    /// superuser has every permission, and is in no group but their own.
    ///
    /// # Errors
    /// When `grants` cannot say.
    pub async fn is_met(
        &self,
        owner: &TokenOwner,
        grants: &dyn VerifyToken,
    ) -> Result<bool, VerifyError> {
        let Self { staff, superuser, permissions, groups } = self;
        let user = &owner.user;
        if !user.is_active || (*staff && !user.is_staff) || (*superuser && !user.is_superuser) {
            return Ok(false);
        }
        if !user.is_superuser {
            for permission in permissions {
                let given = permission.has_two_parts();
                if !given || !grants.has_permission(owner, permission).await? {
                    return Ok(false);
                }
            }
        }
        if groups.is_empty() {
            return Ok(true);
        }
        let of_owner = grants.groups_of(owner).await?;
        Ok(of_owner.iter().any(|name| groups.contains(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_has_two_parts() {
        let parsed = Permission::parse("blog.add_entry").unwrap();
        assert_eq!((parsed.app_label.as_str(), parsed.codename.as_str()), ("blog", "add_entry"));
        // A codename is any text.
        assert_eq!(Permission::parse("blog.a.b").unwrap().codename, "a.b");
        assert_eq!(parsed.to_string(), "blog.add_entry");
        for wrong in ["", ".", "blog", "blog.", ".add_entry"] {
            assert_eq!(Permission::parse(wrong), None, "{wrong}");
        }
    }
}
