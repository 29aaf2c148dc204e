//! The SQL of permissions and groups: what `ModelBackend` asks (Django 4.2 to 6.1).

use super::{Dialect, KEYS_AT_ONCE, Statement};
use crate::store::schema::UserModel;

/// The statements over Django's permission and group tables.
#[derive(Clone, Debug)]
pub(in crate::store) struct GrantStatements {
    /// By application, codename, user and user: both names of each permission that fits.
    pub(in crate::store) find_permission: Statement,
    /// By several of each, see [`PermissionsOfMany`]: user and both names of each permission that fits.
    pub(in crate::store) find_permissions: Vec<PermissionsOfMany>,
    /// By user and user: both names of each permission.
    pub(in crate::store) permissions_of: Statement,
    /// Both names of each permission that there is.
    pub(in crate::store) all_permissions: Statement,
    /// By user: the groups' names.
    pub(in crate::store) groups_of: Statement,
    /// By several users: how many, and the statement, the smaller first; user and name of each group.
    pub(in crate::store) groups_of_many: Vec<(usize, Statement)>,
    /// The columns of each table that permissions need.
    pub(in crate::store) permission_tables: Vec<TableColumns>,
    /// The columns of each table that groups need.
    pub(in crate::store) group_tables: Vec<TableColumns>,
}

/// The permissions of so many users among so many: applications, codenames, users, and all once more.
#[derive(Clone, Debug)]
pub(in crate::store) struct PermissionsOfMany {
    pub(in crate::store) users: usize,
    pub(in crate::store) permissions: usize,
    pub(in crate::store) statement: Statement,
}

/// A table, the columns that it must have, and the statement that asks for those it has.
#[derive(Clone, Debug)]
pub(in crate::store) struct TableColumns {
    pub(in crate::store) table: String,
    /// The configuration's key for its name, where there is one.
    pub(in crate::store) key: Option<&'static str>,
    pub(in crate::store) wanted: Vec<String>,
    pub(in crate::store) statement: (Statement, Vec<String>),
}

impl GrantStatements {
    pub(super) fn compose(dialect: Dialect, user: &UserModel) -> Self {
        let of_user = dialect.table(&user.user_permissions_table);
        let groups = dialect.table(&user.groups_table);
        let owner = dialect.quote(&user.relation_column);
        let [permission, content_type, group, of_group] =
            ["auth_permission", "django_content_type", "auth_group", "auth_group_permissions"]
                .map(|table| dialect.table(table));
        let [p1, p2, p3, p4] = [1, 2, 3, 4].map(|number| dialect.placeholder(number));
        let text = |column: &str| dialect.text(column);
        let list = |from: usize, count: usize| {
            let numbers = from + 1..=from + count;
            numbers.map(|number| dialect.placeholder(number)).collect::<Vec<_>>().join(", ")
        };
        let permissions_of_many = |users: usize, permissions: usize| {
            let once = 2 * permissions + users;
            let of = |from: usize, holder: &str, held: &str| {
                format!(
                    "SELECT {}, {}, {} FROM {permission} p \
                     INNER JOIN {content_type} c ON p.content_type_id = c.id {held} \
                     WHERE c.app_label IN ({}) AND p.codename IN ({}) AND {holder}.{owner} IN ({})",
                    text(&format!("{holder}.{owner}")),
                    text("c.app_label"),
                    text("p.codename"),
                    list(from, permissions),
                    list(from + permissions, permissions),
                    list(from + 2 * permissions, users),
                )
            };
            let own = format!("INNER JOIN {of_user} o ON o.permission_id = p.id");
            let by_group = format!(
                "INNER JOIN {of_group} gp ON gp.permission_id = p.id \
                 INNER JOIN {group} g ON gp.group_id = g.id \
                 INNER JOIN {groups} m ON m.group_id = g.id"
            );
            let (own, by_group) = (of(0, "o", &own), of(once, "m", &by_group));
            let statement = read(format!("{own} UNION ALL {by_group}"));
            PermissionsOfMany { users, permissions, statement }
        };
        let groups_of_many = |users: usize| {
            let member = format!("m.{owner}");
            let statement = read(format!(
                "SELECT {}, {} FROM {group} g INNER JOIN {groups} m ON m.group_id = g.id \
                 WHERE {member} IN ({})",
                text(&member),
                text("g.name"),
                list(0, users),
            ));
            (users, statement)
        };
        // A route asks for one permission, and a service has few such routes.
        let sizes = KEYS_AT_ONCE.into_iter().flat_map(|users| [(users, 1), (users, users)]);
        let permissions = format!(
            "SELECT {}, {} FROM {permission} p \
             INNER JOIN {content_type} c ON p.content_type_id = c.id",
            text("c.app_label"),
            text("p.codename"),
        );
        let held = |first: &str, second: &str| {
            format!(
                "(EXISTS (SELECT 1 FROM {of_user} o \
                 WHERE o.permission_id = p.id AND o.{owner} = {first}) OR \
                 EXISTS (SELECT 1 FROM {of_group} gp INNER JOIN {group} g ON gp.group_id = g.id \
                 INNER JOIN {groups} m ON m.group_id = g.id \
                 WHERE gp.permission_id = p.id AND m.{owner} = {second}))"
            )
        };
        Self {
            find_permissions: sizes
                .map(|(users, names)| permissions_of_many(users, names))
                .collect(),
            groups_of_many: KEYS_AT_ONCE.map(groups_of_many).into(),
            // A collation may find other spellings, which whoever asks sets aside.
            find_permission: read(format!(
                "{permissions} WHERE c.app_label = {p1} AND p.codename = {p2} AND {}",
                held(&p3, &p4),
            )),
            permissions_of: read(format!("{permissions} WHERE {}", held(&p1, &p2))),
            all_permissions: read(permissions),
            groups_of: read(format!(
                "SELECT {} FROM {group} g INNER JOIN {groups} m ON m.group_id = g.id \
                 WHERE m.{owner} = {p1}",
                text("g.name"),
            )),
            permission_tables: permission_tables(dialect, user),
            group_tables: group_tables(dialect, user),
        }
    }
}

fn read(sql: String) -> Statement {
    Statement { accounts: false, ..super::read(sql) }
}

fn permission_tables(dialect: Dialect, user: &UserModel) -> Vec<TableColumns> {
    vec![
        table(dialect, "auth_permission", None, &["id", "content_type_id", "codename"]),
        table(dialect, "django_content_type", None, &["id", "app_label"]),
        table(dialect, "auth_group_permissions", None, &["group_id", "permission_id"]),
        table(
            dialect,
            &user.user_permissions_table,
            Some("user_model.user_permissions_table"),
            &["permission_id", &user.relation_column],
        ),
    ]
}

fn group_tables(dialect: Dialect, user: &UserModel) -> Vec<TableColumns> {
    vec![
        table(dialect, "auth_group", None, &["id", "name"]),
        table(
            dialect,
            &user.groups_table,
            Some("user_model.groups_table"),
            &["group_id", &user.relation_column],
        ),
    ]
}

fn table(
    dialect: Dialect,
    table: &str,
    key: Option<&'static str>,
    wanted: &[&str],
) -> TableColumns {
    TableColumns {
        table: table.to_owned(),
        key,
        wanted: wanted.iter().map(|&column| column.to_owned()).collect(),
        statement: dialect.columns(table, ""),
    }
}
