//! The least that an account must be granted.

use super::{
    schema::{Schema, UserModel},
    statements::Dialect,
};
use crate::accounts::{grants::GrantTables, inspection::Deed};

/// What is needed on one table.
pub(super) struct Grant {
    pub(super) table: String,
    /// The schema that is written, or in which the session finds the table, as soon as that is known.
    pub(super) schema: String,
    /// Each with its columns; with none where it is needed on the whole table.
    privileges: Vec<(&'static str, Vec<String>)>,
}

/// What is needed on each table.
pub(super) fn wanted(schema: &Schema, deeds: &[Deed], tables: GrantTables) -> Vec<Grant> {
    let does = |deed| deeds.contains(&deed);
    let grant = |table: &str, privileges| Grant {
        table: table.to_owned(),
        schema: table.split_once('.').map_or("", |(schema, _)| schema).to_owned(),
        privileges,
    };
    let (user, token) = (&schema.user, &schema.token);
    let mut of_user = vec![("SELECT", user_columns(user, does(Deed::ReadUsers)))];
    if does(Deed::UpgradePasswords) {
        of_user.push(("UPDATE", vec![user.password_column.clone()]));
    }
    let mut of_token = vec![("SELECT", Vec::new())];
    if does(Deed::AddTokens) {
        of_token.push(("INSERT", Vec::new()));
    }
    if does(Deed::DeleteTokens) {
        of_token.push(("DELETE", Vec::new()));
    }
    let mut grants = vec![grant(&user.table, of_user), grant(&token.table, of_token)];
    let mut read = Vec::new();
    if tables.permissions {
        read.extend(["auth_permission", "django_content_type", "auth_group_permissions"]);
        read.push(&user.user_permissions_table);
    }
    if tables.any() {
        read.extend(["auth_group", &user.groups_table]);
    }
    grants.extend(read.into_iter().map(|table| grant(table, vec![("SELECT", Vec::new())])));
    grants
}

/// The columns that are ever read: those of a token's owner, and where users log in those of a login.
pub(super) fn user_columns(user: &UserModel, logs_in: bool) -> Vec<String> {
    let password = logs_in.then_some(&user.password_column);
    let required = user.require.iter().filter(|_| logs_in).map(|condition| &condition.column);
    let mut columns: Vec<String> = [&user.id_column, &user.username_field]
        .into_iter()
        .chain(password)
        .chain([&user.is_active_column, &user.is_staff_column, &user.is_superuser_column])
        .chain([&user.email_column])
        .chain(required)
        .cloned()
        .collect();
    let mut seen = Vec::new();
    columns.retain(|column| {
        let is_new = !column.is_empty() && !seen.contains(column);
        seen.push(column.clone());
        is_new
    });
    columns
}

/// The statements that grant it.
pub(super) fn statements(dialect: Dialect, grants: &[Grant], account: &str) -> Vec<String> {
    let mut schemas: Vec<_> = grants.iter().map(|grant| grant.schema.as_str()).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let usage = schemas
        .into_iter()
        .filter(|schema| dialect == Dialect::Postgres && !matches!(*schema, "" | "public"))
        .map(|schema| format!("GRANT USAGE ON SCHEMA {} TO {account};", dialect.quote(schema)));
    let of_tables = grants.iter().map(|grant| {
        let privilege = |(verb, columns): &(&'static str, Vec<String>)| {
            let columns: Vec<_> = columns.iter().map(|column| dialect.quote(column)).collect();
            match columns.len() {
                0 => (*verb).to_owned(),
                _ => format!("{verb} ({})", columns.join(", ")),
            }
        };
        let privileges: Vec<_> = grant.privileges.iter().map(privilege).collect();
        let name = grant.table.rsplit('.').next().unwrap_or(&grant.table);
        let place = match grant.schema.as_str() {
            "" => String::new(),
            schema => format!("{}.", dialect.quote(schema)),
        };
        format!("GRANT {} ON {place}{} TO {account};", privileges.join(", "), dialect.quote(name))
    });
    usage.chain(of_tables).collect()
}

/// An account as a grant names it.
pub(super) fn account(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
        Dialect::MySql => match name.rsplit_once('@') {
            Some((user, host)) => format!("'{}'@'{host}'", user.replace('\'', "''")),
            None => format!("'{}'", name.replace('\'', "''")),
        },
        Dialect::Sqlite => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::TokenModel;

    fn granted(dialect: Dialect, deeds: &[Deed], tables: GrantTables) -> Vec<String> {
        let schema = Schema::new(dialect, UserModel::default(), TokenModel::default()).unwrap();
        let mut wanted = wanted(&schema, deeds, tables);
        for grant in &mut wanted {
            grant.schema = "shop".to_owned();
        }
        statements(dialect, &wanted, &account(dialect, "app@%"))
    }

    #[test]
    fn no_more_than_is_needed() {
        let none = GrantTables::default();
        assert_eq!(
            granted(Dialect::Postgres, &[Deed::ReadTokens], none),
            [
                "GRANT USAGE ON SCHEMA \"shop\" TO \"app@%\";",
                "GRANT SELECT (\"id\", \"username\", \"is_active\", \"is_staff\", \
                 \"is_superuser\", \"email\") ON \"shop\".\"auth_user\" TO \"app@%\";",
                "GRANT SELECT ON \"shop\".\"authtoken_token\" TO \"app@%\";",
            ]
        );
        let login = granted(Dialect::Postgres, &[Deed::ReadTokens, Deed::ReadUsers], none);
        assert!(login[1].contains("\"username\", \"password\", \"is_active\""), "{}", login[1]);
        let deeds = [Deed::AddTokens, Deed::DeleteTokens, Deed::UpgradePasswords];
        let all = granted(Dialect::MySql, &deeds, GrantTables { permissions: true, groups: true });
        assert!(
            all[0].ends_with(", `email`), UPDATE (`password`) ON `shop`.`auth_user` TO 'app'@'%';"),
            "{}",
            all[0]
        );
        assert_eq!(
            all[1],
            "GRANT SELECT, INSERT, DELETE ON `shop`.`authtoken_token` TO 'app'@'%';"
        );
        assert_eq!(all.len(), 8);
    }
}
