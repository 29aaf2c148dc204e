//! What is left to do in a database, or why nothing may be done.

use super::apps::{APPS, App};

/// A table that is there.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// Whether a run before has made it, and not come to its end.
    pub(super) is_unfinished: bool,
}

/// What is left to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The apps to be made, in order.
    pub(super) missing: Vec<&'static App>,
    /// Their tables that a run before has left, in the order in which they were made.
    pub(super) unfinished: Vec<&'static str>,
    /// Tables of finished apps that still have the comment of unfinished ones.
    pub(super) uncommented: Vec<String>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Tables are there, and no migration says that Django made them.
    #[error(
        "the database holds {} already, and no migration of {app} is recorded in \
         django_migrations: this command did not make what is there, and leaves it alone; name \
         another database, or drop what is in the way",
        named(.tables)
    )]
    InTheWay {
        /// The app's label.
        app: &'static str,
        /// Their names.
        tables: Vec<String>,
    },
    /// Some migrations of an app are applied, some not.
    #[error(
        "the migrations of {app} are applied in part; missing: {}; bring the database up to date \
         with Django's own manage.py migrate",
        .missing.join(", ")
    )]
    InPart {
        /// The app's label.
        app: &'static str,
        /// Those that are not applied, as Django names them.
        missing: Vec<String>,
    },
    /// Migrations are recorded, but the tables are not there.
    #[error(
        "the migrations of {app} are recorded in django_migrations, but the database has no {}: \
         a project with a user model of its own makes its tables with Django's manage.py migrate",
        named(.tables)
    )]
    TablesMissing {
        /// The app's label.
        app: &'static str,
        /// Their names.
        tables: Vec<String>,
    },
}

fn named(names: &[String]) -> String {
    let what = if names.len() == 1 { "table" } else { "tables" };
    format!("the {what} {}", names.join(", "))
}

/// What is left to do where these tables are there and these migrations recorded.
pub(super) fn plan(live: &[Table], recorded: &[(String, String)]) -> Result<Plan, Refusal> {
    let find = |name: &str| live.iter().find(|table| table.name.eq_ignore_ascii_case(name));
    let mut plan = Plan { missing: Vec::new(), unfinished: Vec::new(), uncommented: Vec::new() };
    for app in &APPS {
        let is_recorded = |name: &str| recorded.iter().any(|(a, n)| a == app.label && n == name);
        let (applied, open): (Vec<&str>, Vec<&str>) =
            app.migrations.iter().partition(|name| is_recorded(name));
        let there = app.tables.iter().filter_map(|name| find(name));
        if applied.is_empty() {
            if let Some(tables) = some(there.filter(|table| !table.is_unfinished)) {
                return Err(Refusal::InTheWay { app: app.label, tables });
            }
            plan.unfinished.extend(app.tables.iter().copied().filter(|name| find(name).is_some()));
            plan.missing.push(app);
            continue;
        }
        let needed = app.migrations.iter().take(app.needed);
        if open.iter().any(|open| needed.clone().any(|needed| needed == open)) {
            let missing = open.iter().map(|name| format!("{}.{name}", app.label)).collect();
            return Err(Refusal::InPart { app: app.label, missing });
        }
        let gone = app.tables.iter().filter(|name| find(name).is_none());
        let gone: Vec<String> = gone.map(|name| (*name).to_owned()).collect();
        if !gone.is_empty() {
            return Err(Refusal::TablesMissing { app: app.label, tables: gone });
        }
        let unfinished = there.filter(|table| table.is_unfinished);
        plan.uncommented.extend(unfinished.map(|table| table.name.clone()));
    }
    Ok(plan)
}

fn some<'a>(tables: impl Iterator<Item = &'a Table>) -> Option<Vec<String>> {
    let names: Vec<String> = tables.map(|table| table.name.clone()).collect();
    (!names.is_empty()).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(names: &[&str]) -> Vec<Table> {
        let table = |name: &&str| Table { name: (*name).to_owned(), is_unfinished: false };
        names.iter().map(table).collect()
    }

    fn recorded(apps: &[&App]) -> Vec<(String, String)> {
        let names = |app: &&App| {
            let label = app.label.to_owned();
            app.migrations.iter().map(move |name| (label.clone(), (*name).to_owned()))
        };
        apps.iter().flat_map(names).collect()
    }

    fn labels(plan: &Plan) -> Vec<&str> {
        plan.missing.iter().map(|app| app.label).collect()
    }

    #[test]
    fn an_app_without_migrations_and_tables_is_made() {
        let empty = plan(&[], &[]).unwrap();
        assert_eq!(labels(&empty), ["contenttypes", "auth", "authtoken"]);
        // Another program's tables are in nobody's way.
        assert_eq!(plan(&live(&["orders", "django_migrations"]), &[]).unwrap(), empty);
        let [contenttypes, auth, authtoken] = &APPS;
        let tables = live(&[contenttypes.tables, auth.tables].concat());
        let plan = plan(&tables, &recorded(&[contenttypes, auth])).unwrap();
        assert_eq!(labels(&plan), [authtoken.label]);
        assert_eq!(plan.unfinished, [""; 0]);
    }

    #[test]
    fn nothing_is_left_to_do_where_all_is_recorded() {
        let [contenttypes, auth, authtoken] = &APPS;
        let tables = live(&[contenttypes.tables, auth.tables, authtoken.tables].concat());
        let mut rows = recorded(&[contenttypes, auth, authtoken]);
        assert_eq!(labels(&plan(&tables, &rows).unwrap()), [""; 0]);
        // REST framework 3.14 has not the last of them, which changes no table.
        rows.pop();
        assert_eq!(labels(&plan(&tables, &rows).unwrap()), [""; 0]);
        rows.pop();
        let missing = ["authtoken.0003_tokenproxy", "authtoken.0004_alter_tokenproxy_options"];
        let missing = missing.map(str::to_owned).to_vec();
        let refusal = Refusal::InPart { app: "authtoken", missing };
        assert_eq!(plan(&tables, &rows), Err(refusal));
    }

    #[test]
    fn what_others_made_is_left_alone() {
        let refusal = plan(&live(&["auth_user", "AUTH_GROUP"]), &[]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the database holds the tables AUTH_GROUP, auth_user already, and no migration of auth \
             is recorded in django_migrations: this command did not make what is there, and leaves \
             it alone; name another database, or drop what is in the way"
        );
        let [contenttypes, auth, authtoken] = &APPS;
        let tables = live(&[contenttypes.tables, authtoken.tables, &["shop_user"]].concat());
        let refusal = plan(&tables, &recorded(&[contenttypes, auth, authtoken])).unwrap_err();
        assert!(matches!(refusal, Refusal::TablesMissing { app: "auth", .. }), "{refusal}");
    }

    #[test]
    fn what_a_run_before_has_left_is_made_anew() {
        let mut tables = live(&["auth_group", "auth_permission"]);
        for table in &mut tables {
            table.is_unfinished = true;
        }
        let made = plan(&tables, &[]).unwrap();
        assert_eq!(made.unfinished, ["auth_permission", "auth_group"]);
        // The rows were written, the comment not taken away.
        let [contenttypes, auth, authtoken] = &APPS;
        let mut tables = live(&[contenttypes.tables, auth.tables, authtoken.tables].concat());
        tables[0].is_unfinished = true;
        let done = plan(&tables, &recorded(&[contenttypes, auth, authtoken])).unwrap();
        assert_eq!(labels(&done), [""; 0]);
        assert_eq!(done.uncommented, ["django_content_type"]);
    }
}
