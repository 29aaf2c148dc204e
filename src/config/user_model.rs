//! `[user_model]`: the table of `AUTH_USER_MODEL` and its columns.

use super::{
    condition::{self, Condition, UsernameMatch},
    error::Problem,
    identifier::{column, no_or_column, table},
    reader::Reader,
};

/// `[user_model]`. Names are letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserModel {
    /// The table, `schema.table` where it is not in the connection's own schema.
    ///
    /// Default: `auth_user`. In the model: `Meta.db_table`.
    pub table: String,
    /// The primary key: integer, bigint, uuid or char.
    ///
    /// Default: `id`. In the model: the field with `primary_key=True`.
    pub id_column: String,
    /// The column that a login's username is compared with.
    ///
    /// Default: `username`. In the model: `USERNAME_FIELD`.
    pub username_field: String,
    /// How a login's username is compared with that column.
    ///
    /// Unit: `exact` or `iexact`. Default: `exact`. In the model's manager: `get_by_natural_key`.
    pub username_match: UsernameMatch,
    /// What a row must hold: others do not exist for logins.
    ///
    /// Unit: columns with their values, as the arguments of Django's `filter`. Default: nothing.
    /// In the model's manager: `get_queryset`.
    pub require: Vec<Condition>,
    /// The column of the encoded password.
    ///
    /// Default: `password`. In the model: `AbstractBaseUser.password`.
    pub password_column: String,
    /// The column that says who may log in. `None`, written `""`: everyone may.
    ///
    /// Default: `is_active`. In the model: `is_active`.
    pub is_active_column: Option<String>,
    /// `None`, written `""`: nobody is.
    ///
    /// Default: `is_staff`. In the model: `is_staff`.
    pub is_staff_column: Option<String>,
    /// `None`, written `""`: nobody is.
    ///
    /// Default: `is_superuser`. In the model: `PermissionsMixin.is_superuser`.
    pub is_superuser_column: Option<String>,
    /// `None`, written `""`: the profile's email is empty.
    ///
    /// Default: `email`. In the model: `EMAIL_FIELD`.
    pub email_column: Option<String>,
    /// The table of the user's groups; only asked where a verify route or header needs it.
    ///
    /// Default: `table` with `_groups` after it. In the model: `groups` of `PermissionsMixin`.
    pub groups_table: String,
    /// The table of the user's own permissions; only asked where a verify route needs it.
    ///
    /// Default: `table` with `_user_permissions` after it. In the model: `user_permissions`.
    pub user_permissions_table: String,
    /// The column of these two tables that refers to the user: `<model>_id`.
    ///
    /// Default: what stands after the last underscore of `table`, with `_id`.
    pub relation_column: String,
}

impl Default for UserModel {
    fn default() -> Self {
        Self {
            table: "auth_user".to_owned(),
            id_column: "id".to_owned(),
            username_field: "username".to_owned(),
            username_match: UsernameMatch::Exact,
            require: Vec::new(),
            password_column: "password".to_owned(),
            is_active_column: Some("is_active".to_owned()),
            is_staff_column: Some("is_staff".to_owned()),
            is_superuser_column: Some("is_superuser".to_owned()),
            email_column: Some("email".to_owned()),
            groups_table: "auth_user_groups".to_owned(),
            user_permissions_table: "auth_user_user_permissions".to_owned(),
            relation_column: "user_id".to_owned(),
        }
    }
}

impl UserModel {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        reader.set(&mut read.table, "user_model.table", table);
        reader.set(&mut read.id_column, "user_model.id_column", column);
        reader.set(&mut read.username_field, "user_model.username_field", column);
        reader.set(
            &mut read.username_match,
            "user_model.username_match",
            condition::username_match,
        );
        reader.set(&mut read.require, "user_model.require", condition::require);
        reader.set(&mut read.password_column, "user_model.password_column", column);
        reader.set(&mut read.is_active_column, "user_model.is_active_column", no_or_column);
        reader.set(&mut read.is_staff_column, "user_model.is_staff_column", no_or_column);
        reader.set(&mut read.is_superuser_column, "user_model.is_superuser_column", no_or_column);
        reader.set(&mut read.email_column, "user_model.email_column", no_or_column);
        read.name_the_relations();
        reader.set(&mut read.groups_table, "user_model.groups_table", table);
        reader.set(&mut read.user_permissions_table, "user_model.user_permissions_table", table);
        reader.set(&mut read.relation_column, "user_model.relation_column", column);
        read.keep_the_password_to_itself(reader);
        read
    }

    /// As Django names them: the model's name is its table's without the application before it.
    fn name_the_relations(&mut self) {
        let model = self.table.rsplit(['_', '.']).next().unwrap_or_default().to_lowercase();
        self.groups_table = format!("{}_groups", self.table);
        self.user_permissions_table = format!("{}_user_permissions", self.table);
        self.relation_column = format!("{model}_id");
    }

    /// What stands in any other column is shown to clients, or to logs.
    fn keep_the_password_to_itself(&self, reader: &mut Reader) {
        let others =
            [Some(&self.id_column), Some(&self.username_field), self.email_column.as_ref()];
        if others
            .into_iter()
            .flatten()
            .any(|other| other.eq_ignore_ascii_case(&self.password_column))
        {
            let problem = Problem::new(
                format!("the column {:?} is named as another one, too", self.password_column),
                "name the column of the encoded passwords here, and nowhere else",
            );
            reader.refuse("user_model.password_column", None, problem);
        }
    }
}
