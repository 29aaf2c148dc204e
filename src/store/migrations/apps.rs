//! The three apps: their migrations, tables, models and permissions.

use std::fmt::Write as _;

use crate::store::statements::Dialect;

/// Where Django records the migrations that are applied.
pub(super) const MIGRATIONS_TABLE: &str = "django_migrations";

/// What differs between the releases of Django. The tables are otherwise the same from 3.2 to 6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Whether a number that counts up is an identity column on PostgreSQL (from 4.1 on), or `serial`.
    pub identity_columns: bool,
    /// Whether new content types come in the order of their names (from 6.1 on), or of the models.
    pub sorted_content_types: bool,
}

/// One app of Django or REST framework.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct App {
    pub(super) label: &'static str,
    /// In the order in which Django applies them.
    pub(super) migrations: &'static [&'static str],
    /// How many of them change tables: REST framework before 3.15 is without the last.
    pub(super) needed: usize,
    /// In an order in which each refers to those before it.
    pub(super) tables: &'static [&'static str],
    /// Name, and what the permissions call it; in the order of the models.
    models: &'static [(&'static str, &'static str)],
    /// The place in `INSTALLED_APPS`, as `startproject` writes it.
    pub(super) installed: u8,
    /// On PostgreSQL, MySQL, SQLite.
    ddl: [&'static str; 3],
}

/// The apps, in the order in which Django applies their migrations.
pub(super) static APPS: [App; 3] = [
    App {
        label: "contenttypes",
        migrations: &["0001_initial", "0002_remove_content_type_name"],
        needed: 2,
        tables: &["django_content_type"],
        models: &[("contenttype", "content type")],
        installed: 1,
        ddl: [
            include_str!("postgres/contenttypes.sql"),
            include_str!("mysql/contenttypes.sql"),
            include_str!("sqlite/contenttypes.sql"),
        ],
    },
    App {
        label: "auth",
        migrations: &[
            "0001_initial",
            "0002_alter_permission_name_max_length",
            "0003_alter_user_email_max_length",
            "0004_alter_user_username_opts",
            "0005_alter_user_last_login_null",
            "0006_require_contenttypes_0002",
            "0007_alter_validators_add_error_messages",
            "0008_alter_user_username_max_length",
            "0009_alter_user_last_name_max_length",
            "0010_alter_group_name_max_length",
            "0011_update_proxy_permissions",
            "0012_alter_user_first_name_max_length",
        ],
        needed: 12,
        tables: &[
            "auth_permission",
            "auth_group",
            "auth_group_permissions",
            "auth_user",
            "auth_user_groups",
            "auth_user_user_permissions",
        ],
        models: &[("permission", "permission"), ("group", "group"), ("user", "user")],
        installed: 0,
        ddl: [
            include_str!("postgres/auth.sql"),
            include_str!("mysql/auth.sql"),
            include_str!("sqlite/auth.sql"),
        ],
    },
    App {
        label: "authtoken",
        migrations: &[
            "0001_initial",
            "0002_auto_20160226_1747",
            "0003_tokenproxy",
            "0004_alter_tokenproxy_options",
        ],
        needed: 3,
        tables: &["authtoken_token"],
        models: &[("token", "Token"), ("tokenproxy", "Token")],
        installed: 2,
        ddl: [
            include_str!("postgres/authtoken.sql"),
            include_str!("mysql/authtoken.sql"),
            include_str!("sqlite/authtoken.sql"),
        ],
    },
];

/// What makes `django_migrations`.
pub(super) fn migrations_table(dialect: Dialect, release: Release) -> String {
    let ddl = [
        include_str!("postgres/django_migrations.sql"),
        include_str!("mysql/django_migrations.sql"),
        include_str!("sqlite/django_migrations.sql"),
    ];
    for_release(dialect, release, ddl)
}

impl App {
    /// Its migrations as Django names them.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.migrations.iter().map(|name| format!("{}.{name}", self.label))
    }

    /// What makes its tables.
    pub(super) fn ddl(&self, dialect: Dialect, release: Release) -> String {
        for_release(dialect, release, self.ddl)
    }

    /// What makes its content types, those that are there already left alone.
    pub(super) fn content_types(&self, release: Release) -> String {
        let mut models: Vec<_> = self.models.iter().map(|(model, _)| model).collect();
        if release.sorted_content_types {
            models.sort_unstable();
        }
        let mut script = String::new();
        for model in models {
            let label = self.label;
            let _ = writeln!(
                script,
                "INSERT INTO django_content_type (app_label, model) \
                 SELECT '{label}', '{model}' FROM (SELECT 1 AS one) one WHERE NOT EXISTS (\
                 SELECT 1 FROM django_content_type \
                 WHERE app_label = '{label}' AND model = '{model}');"
            );
        }
        script
    }

    /// What makes its permissions, after its content types.
    pub(super) fn permissions(&self) -> String {
        let mut script = String::new();
        for (model, verbose_name) in self.models {
            for action in ["add", "change", "delete", "view"] {
                let (label, codename) = (self.label, format!("{action}_{model}"));
                let _ = writeln!(
                    script,
                    "INSERT INTO auth_permission (name, content_type_id, codename) \
                     SELECT 'Can {action} {verbose_name}', c.id, '{codename}' \
                     FROM django_content_type c \
                     WHERE c.app_label = '{label}' AND c.model = '{model}' AND NOT EXISTS (\
                     SELECT 1 FROM auth_permission p \
                     WHERE p.content_type_id = c.id AND p.codename = '{codename}');"
                );
            }
        }
        script
    }
}

fn for_release(dialect: Dialect, release: Release, ddl: [&str; 3]) -> String {
    let [postgres, mysql, sqlite] = ddl;
    match dialect {
        Dialect::Postgres if release.identity_columns => postgres.to_owned(),
        Dialect::Postgres => {
            let generated = " NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY";
            postgres
                .replace(&format!("integer{generated}"), "serial NOT NULL PRIMARY KEY")
                .replace(&format!("bigint{generated}"), "bigserial NOT NULL PRIMARY KEY")
        }
        Dialect::MySql => mysql.to_owned(),
        Dialect::Sqlite => sqlite.to_owned(),
    }
}
