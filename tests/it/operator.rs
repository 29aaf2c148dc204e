//! The operator's commands on each engine, as processes without a terminal. What they ask in one is compared with
//! Django's own by `compat/commands.sh`.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::harness::{self, Account, Backend, TestDatabase, empty_database};

type Outcome = (i32, String, String);

/// Where a test is to have no terminal, it has none: `setsid` gives that up.
fn run_with(
    database: &TestDatabase,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Outcome {
    let mut child = Command::new("setsid")
        .arg("--wait")
        .arg(env!("CARGO_BIN_EXE_drf-auth"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("DATABASE_URL", database.url())
        .env("DRF_AUTH_DJANGO__PBKDF2_ITERATIONS", "10")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that asks nothing reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn run_as(account: &Account, arguments: &[&str]) -> Outcome {
    let none = TestDatabase::named(Backend::Postgres, "", "");
    let outcome =
        run_with(&none, arguments, &[("DATABASE_URL", &account.url)], "a new pass\na new pass\n");
    // Nothing is there to be dropped.
    std::mem::forget(none);
    outcome
}

fn run(database: &TestDatabase, arguments: &[&str]) -> Outcome {
    run_with(database, arguments, &[], "")
}

fn said(text: &str) -> Outcome {
    (0, format!("{text}\n"), String::new())
}

fn refused(text: &str) -> Outcome {
    (1, String::new(), format!("CommandError: {text}\n"))
}

async fn databases() -> Vec<TestDatabase> {
    let mut databases = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        if let Some(database) = empty_database(backend).await {
            assert_eq!(run(&database, &["migrate"]).0, 0);
            databases.push(database);
        }
    }
    databases
}

async fn column(database: &TestDatabase, column: &str, username: &str) -> String {
    let name = database.literal(username);
    database.text(&format!("SELECT {column} FROM auth_user WHERE username = {name}")).await
}

#[tokio::test]
async fn migrate_says_what_django_says() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    assert_eq!(run(&database, &["migrate", "--check"]), (1, String::new(), String::new()));
    let (code, stdout, stderr) = run(&database, &["migrate", "--noinput"]);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(stdout.starts_with(
        "Operations to perform:\n  Apply all migrations: auth, authtoken, contenttypes\n\
         Running migrations:\n  Applying contenttypes.0001_initial... OK\n"
    ));
    assert!(run(&database, &["migrate"]).1.ends_with("\n  No migrations to apply.\n"));
    assert_eq!(run(&database, &["migrate", "--check"]).0, 0);
    let variables = [("DRF_AUTH_USER_MODEL__TABLE", "shop_user")];
    let (code, _, stderr) = run_with(&database, &["migrate"], &variables, "");
    assert_eq!(code, 2);
    assert!(stderr.contains("user_model.table is \"shop_user\""), "{stderr}");
}

#[tokio::test]
async fn superusers_are_made_as_django_makes_them() {
    for database in databases().await {
        let create = ["createsuperuser", "--noinput", "--username", "\u{fb01}ne", "--email"];
        let created = said("Superuser created successfully.");
        assert_eq!(run(&database, &[&create[..], &["A@EXAMPLE.com"]].concat()), created);
        assert_eq!(column(&database, "email", "fine").await, "A@example.com");
        assert!(column(&database, "password", "fine").await.starts_with('!'));
        let again = run(&database, &[&create[..], &["a@b.de"]].concat());
        assert_eq!(again, refused("Error: That username is already taken."));
        assert_eq!(
            run(&database, &["createsuperuser", "--noinput"]),
            refused("You must use --username with --noinput.")
        );
        let variables = [
            ("DJANGO_SUPERUSER_USERNAME", "root"),
            ("DJANGO_SUPERUSER_EMAIL", ""),
            ("DJANGO_SUPERUSER_PASSWORD", "x"),
        ];
        let create = ["createsuperuser", "--no-input"];
        assert_eq!(run_with(&database, &create, &variables, ""), created);
        assert!(column(&database, "password", "root").await.starts_with("pbkdf2_sha256$10$"));
        let before_5 = [&variables[1..], &[("DRF_AUTH_DJANGO__VERSION", "4.2")]].concat();
        let create = ["createsuperuser", "--noinput", "--username", "root2"];
        assert_eq!(
            run_with(&database, &create, &before_5, ""),
            refused("You must use --email with --noinput.")
        );
        assert_eq!(
            run(&database, &["createsuperuser"]),
            said(
                "Superuser creation skipped due to not running in a TTY. You can run `manage.py \
                 createsuperuser` in your project to create one manually."
            )
        );
    }
}

#[tokio::test]
async fn a_user_is_no_superuser() {
    for database in databases().await {
        let variables = [("DJANGO_USER_PASSWORD", "x"), ("DJANGO_SUPERUSER_PASSWORD", "y")];
        let create = ["createuser", "--noinput", "--username", "plain", "--email", ""];
        let created = run_with(&database, &create, &variables, "");
        assert_eq!(created, said("User created successfully."));
        let (_, stdout, _) = run(&database, &["users", "list", "--json"]);
        assert_eq!(
            stdout,
            "{\"id\":\"1\",\"username\":\"plain\",\"is_active\":true,\"is_staff\":false,\
             \"is_superuser\":false,\"has_token\":false}\n"
        );
    }
}

#[tokio::test]
async fn a_column_that_must_be_filled_is_named() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    database
        .execute(
            &Backend::Sqlite
                .ddl("5.2")
                .replace("\"last_name\"", "\"tenant\" text NOT NULL, \"last_name\""),
        )
        .await;
    let create = ["createuser", "--noinput", "--username", "x", "--email", ""];
    assert_eq!(
        run(&database, &create),
        refused(
            "the user table must have a value in tenant, and this command does not know which (a \
             default that models.py has is not in the database): create users with the project's own \
             manage.py"
        )
    );
}

#[tokio::test]
async fn other_models_get_what_they_have() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    database
        .execute(
            "CREATE TABLE member (id char(32) NOT NULL PRIMARY KEY, email varchar(40) NOT NULL UNIQUE, \
             pass varchar(128) NOT NULL, date_joined datetime NOT NULL, note text NULL); \
             CREATE TABLE authtoken_token (\"key\" varchar(40) NOT NULL PRIMARY KEY, \
             created datetime NOT NULL, user_id char(32) NOT NULL UNIQUE)",
        )
        .await;
    let variables = [
        ("DRF_AUTH_USER_MODEL__TABLE", "member"),
        ("DRF_AUTH_USER_MODEL__USERNAME_FIELD", "email"),
        ("DRF_AUTH_USER_MODEL__PASSWORD_COLUMN", "pass"),
        ("DRF_AUTH_USER_MODEL__IS_ACTIVE_COLUMN", ""),
        ("DRF_AUTH_USER_MODEL__IS_STAFF_COLUMN", ""),
        ("DRF_AUTH_USER_MODEL__IS_SUPERUSER_COLUMN", ""),
        ("DJANGO_SUPERUSER_EMAIL", "a@b.de"),
        ("DJANGO_SUPERUSER_PASSWORD", "x"),
    ];
    let run = |arguments: &[&str]| run_with(&database, arguments, &variables, "");
    let create = ["createsuperuser", "--noinput"];
    assert_eq!(run(&create), said("Superuser created successfully."));
    assert_eq!(database.text("SELECT length(id) || substr(id, 13, 1) FROM member").await, "324");
    assert_eq!(run(&create), refused("Error: That email address is already taken."));
    // As `normalize_email` leaves it: what comes before the @ may well tell two people apart.
    let boss = |email| [&create[..], &["--email", email]].concat();
    assert_eq!(run(&boss("Boss@Example.COM")), said("Superuser created successfully."));
    let stored = database.text("SELECT email FROM member WHERE email LIKE 'boss%'").await;
    assert_eq!(stored, "Boss@example.com");
    let taken = refused("Error: That email address is already taken.");
    assert_eq!(run(&boss("Boss@EXAMPLE.com")), taken);
    assert_eq!(
        run(&["createsuperuser", "--noinput", "--email", "x"]),
        refused("Enter a valid email address.")
    );
    let long = format!("{}@b.de", "x".repeat(40));
    assert_eq!(
        run(&["createsuperuser", "--noinput", "--email", &long]),
        refused("Ensure this value has at most 40 characters (it has 45).")
    );
    assert!(run(&["drf_create_token", "a@b.de"]).1.ends_with(" for user a@b.de\n"));
    let (code, _, stderr) = run(&["users", "deactivate", "a@b.de"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("user_model.is_active_column"), "{stderr}");
}

/// Neither a name nor a key is a line of its own, or moves a terminal's cursor.
#[tokio::test]
async fn users_are_listed_a_line_each() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    database
        .execute(
            "CREATE TABLE auth_user (id text PRIMARY KEY, username text UNIQUE, password text); \
             CREATE TABLE authtoken_token (\"key\" text PRIMARY KEY, created datetime, user_id text); \
             INSERT INTO auth_user VALUES ('1' || char(10) || '2' || char(27) || '[2J', 'a' || char(8238) \
             || char(10) || 'ü', 'in clear'), ('2' || char(10) || 'error    schema', 'b', 'in clear')",
        )
        .await;
    let columns = ["IS_ACTIVE", "IS_STAFF", "IS_SUPERUSER", "EMAIL"];
    let variables = columns.map(|column| format!("DRF_AUTH_USER_MODEL__{column}_COLUMN"));
    let variables = variables.each_ref().map(|name| (name.as_str(), ""));
    let run = |arguments: &[&str]| run_with(&database, arguments, &variables, "");
    assert_eq!(
        run(&["users", "list"]),
        said(
            "id\tusername\tactive\tstaff\tsuperuser\ttoken\n\
             1\\u{a}2\\u{1b}[2J\ta\\u{202e}\\u{a}ü\tyes\tno\tno\tno\n\
             2\\u{a}error    schema\tb\tyes\tno\tno\tno"
        )
    );
    let (_, lines, _) = run(&["users", "list", "--json"]);
    assert!(
        lines.starts_with("{\"id\":\"1\\n2\\u001b[2J\",\"username\":\"a\\u202e\\nü\""),
        "{lines}"
    );
    for check in [&["check"][..], &["check", "--json"]] {
        let (_, text, _) = run(check);
        assert!(
            text.contains("2\\u{a}error    schema") || text.contains("2\\nerror    schema"),
            "{text}"
        );
        assert!(!text.contains("\nerror    schema") && !text.contains('\u{1b}'), "{text}");
    }
}

#[tokio::test]
async fn a_password_is_changed_from_standard_input() {
    for database in databases().await {
        let create = ["createuser", "--noinput", "--username", "ayush", "--email", "kumar@b.de"];
        run(&database, &create);
        let change = |input: &str| run_with(&database, &["changepassword", "ayush"], &[], input);
        let prompts = "Password: Password (again): ";
        let (code, stdout, stderr) = change("correct horse\ncorrect horse\n");
        assert_eq!((code, &*stderr), (0, prompts));
        assert_eq!(
            stdout,
            "Changing password for user 'ayush'\nPassword changed successfully for user 'ayush'\n"
        );
        let encoded = column(&database, "password", "ayush").await;
        assert!(encoded.starts_with("pbkdf2_sha256$10$"));
        let (code, stdout, stderr) = change("a\nb\nkumar12x\nkumar12x\n1\n1\n");
        assert_eq!(code, 1);
        assert!(stdout.ends_with("Passwords do not match. Please try again.\n"));
        assert_eq!(
            stderr,
            format!(
                "{prompts}{prompts}The password is too similar to the email address.\n{prompts}\
                 This password is too short. It must contain at least 8 characters.\n\
                 This password is too common.\nThis password is entirely numeric.\n\
                 CommandError: Aborting password change for user 'ayush' after 3 attempts\n"
            )
        );
        assert_eq!(change("\n").2, "Password: CommandError: aborted\n");
        assert_eq!(change("").0, 1);
        assert_eq!(column(&database, "password", "ayush").await, encoded);
        assert_eq!(
            run(&database, &["changepassword", "nobody"]),
            refused("user 'nobody' does not exist")
        );
    }
}

/// Whatever stands in the column, as with Django's own command.
#[tokio::test]
async fn a_password_that_is_none_is_changed() {
    for database in databases().await {
        let backend = database.backend;
        let create = ["createuser", "--noinput", "--username", "ayush", "--email", ""];
        run(&database, &create);
        database
            .execute(match backend {
                Backend::Postgres => {
                    "ALTER TABLE auth_user ALTER password DROP NOT NULL, ALTER password TYPE text"
                }
                Backend::MySql => "ALTER TABLE auth_user MODIFY password longtext NULL",
                // Its own statements have no word for it.
                Backend::Sqlite => {
                    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, \
                     '\"password\" varchar(128) NOT NULL', '\"password\" text') WHERE name = 'auth_user'"
                }
            })
            .await;
        let mut stored = vec!["NULL", "''", "concat('pbkdf2_sha256$', repeat('x', 3000))"];
        if backend == Backend::Sqlite {
            stored.pop();
            stored.extend(["x'70617373'", "printf('%3000s', 'x')", "CAST(x'61ff62' AS text)"]);
        }
        for stored in stored {
            database.execute(&format!("UPDATE auth_user SET password = {stored}")).await;
            let input = "correct horse\ncorrect horse\n";
            let (code, _, stderr) = run_with(&database, &["changepassword", "ayush"], &[], input);
            assert_eq!(code, 0, "{backend:?} {stored}: {stderr}");
            let encoded = column(&database, "password", "ayush").await;
            assert!(encoded.starts_with("pbkdf2_sha256$10$"), "{backend:?} {stored}: {encoded}");
        }
    }
}

/// Names are no URLs, however much some look like one with a password.
#[tokio::test]
async fn a_name_may_have_a_colon_and_an_at_in_it() {
    let database = empty_database(Backend::Sqlite).await.unwrap();
    run(&database, &["migrate"]);
    for name in ["acme:bob@example.com", "passwd=x"] {
        let nobody = refused(&format!("user '{name}' does not exist"));
        assert_eq!(run(&database, &["changepassword", name]), nobody);
        assert_eq!(run(&database, &["users", "activate", name]), nobody);
    }
}

#[tokio::test]
async fn tokens_are_made_and_revoked_and_users_kept_out() {
    for database in databases().await {
        let create = ["createuser", "--noinput", "--username", "ayush", "--email", ""];
        run(&database, &create);
        let first = run(&database, &["drf_create_token", "ayush"]);
        let [(key, user)] = &database.tokens().await[..] else { panic!("one token") };
        assert_eq!((first, *user), (said(&format!("Generated token {key} for user ayush")), 1));
        assert!(run(&database, &["drf_create_token", "ayush"]).1.contains(key));
        assert!(!run(&database, &["drf_create_token", "-r", "ayush"]).1.contains(key));
        assert_eq!(database.tokens().await.len(), 1);
        assert_eq!(
            run(&database, &["drf_create_token", "nobody"]),
            refused("Cannot create the Token: user nobody does not exist")
        );
        let users = |action| run(&database, &["users", action, "ayush"]);
        assert_eq!(users("deactivate"), said("User 'ayush' is inactive now"));
        assert_eq!(users("deactivate"), said("User 'ayush' is inactive already"));
        assert_eq!(
            run(&database, &["users", "list"]),
            said("id\tusername\tactive\tstaff\tsuperuser\ttoken\n1\tayush\tno\tno\tno\tyes")
        );
        assert_eq!(users("activate"), said("User 'ayush' is active now"));
        assert_eq!(users("revoke-token"), said("Token of user 'ayush' deleted"));
        assert_eq!(users("revoke_token"), said("User 'ayush' has no token"));
        assert_eq!(database.tokens().await, []);
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_said() {
    let database = TestDatabase::named(Backend::MySql, "mysql://nobody@127.0.0.1:1/", "x");
    let (code, _, stderr) = run(&database, &["users", "list"]);
    assert_eq!(code, 1);
    assert!(stderr.starts_with("drf-auth: the database is not available"), "{stderr}");
    // Nothing is there to be dropped.
    std::mem::forget(database);
}

fn denied(account: &Account, arguments: &[&str], needs: &str) {
    let (code, _, stderr) = run_as(account, arguments);
    let said = stderr.rsplit_once("drf-auth: ").unwrap().1;
    assert!(said.starts_with("the database does not let this account: "), "{stderr}");
    assert!(said.contains("denied"), "{stderr}");
    assert!(said.ends_with(&format!("; this needs {needs}\n")), "{stderr}");
    assert!(!stderr.contains("at line"), "{stderr}");
    assert_eq!(code, 1);
}

/// What is not allowed is said as that, with what the command needs; not as a database that is away.
#[tokio::test]
async fn what_an_account_may_not_do_is_said_plainly() {
    for backend in [Backend::Postgres, Backend::MySql] {
        let Some(database) = harness::database(backend).await else { continue };
        run(&database, &["createuser", "--noinput", "--username", "ayush", "--email", ""]);
        let account = database.account().await.unwrap();
        let (grantee, name) = (&account.grantee, database.name());
        let place = if backend == Backend::MySql { format!("{name}.") } else { String::new() };
        // Without any right MySQL does not even let it in.
        database.execute(&format!("GRANT SELECT ON {place}auth_group TO {grantee}")).await;
        let select = |table: &str| format!("GRANT SELECT ON {place}{table} TO {grantee}");
        if backend == Backend::Postgres {
            denied(&account, &["users", "list"], "SELECT on auth_user and authtoken_token");
        }
        database.execute(&format!("{}; {}", select("auth_user"), select("authtoken_token"))).await;
        let create = ["createuser", "--noinput", "--username", "new", "--email", ""];
        denied(&account, &create, "INSERT on auth_user");
        let change = "SELECT and UPDATE of the column password of auth_user";
        denied(&account, &["changepassword", "ayush"], change);
        let activate = "SELECT and UPDATE of the column is_active of auth_user";
        denied(&account, &["users", "deactivate", "ayush"], activate);
        denied(&account, &["drf_create_token", "ayush"], "INSERT on authtoken_token");
        denied(&account, &["users", "revoke_token", "ayush"], "DELETE on authtoken_token");
        account.remove(&database).await;

        let Some(new) = empty_database(backend).await else { continue };
        let account = new.account().await.unwrap();
        let grant = match backend {
            Backend::MySql => format!("GRANT SELECT ON {}.* TO {}", new.name(), account.grantee),
            _ => "REVOKE CREATE ON SCHEMA public FROM public".to_owned(),
        };
        new.execute(&grant).await;
        let needs = "an account that may make tables, as manage.py migrate does";
        denied(&account, &["migrate"], needs);
        account.remove(&new).await;
    }
}
