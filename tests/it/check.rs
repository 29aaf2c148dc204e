//! `drf-auth check`, the real binary: what it sees of a database with every kind of row, on each engine.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use crate::harness::{self, Backend, NewUser, TestDatabase};

const KEY: &str = "0123456789abcdef0123456789abcdef01234567";

/// Stored passwords with parts that must never be shown, and what is said of them.
const PASSWORDS: [(&str, &str); 11] = [
    ("pbkdf2_sha256$20$SECRETSALTSECRETSALTSE$SECRETHASH=", "1 of pbkdf2_sha256$20: as the"),
    ("pbkdf2_sha256$10$SECRETSALTSECRETSALTSE$SECRETHASH=", "1 of pbkdf2_sha256$10: encoded anew"),
    ("pbkdf2_sha256$9999$SECRETSALTSECRETSALTSE$SECRETHA", "1 of pbkdf2_sha256$9999: costs more"),
    ("md5$SECRETSALT$SECRETHASH", "1 that no password matches: the hasher \"md5\" is not among"),
    ("!SECRETunusable", "1 unusable"),
    ("SECRETplain", "it is no password that Django has encoded"),
    ("pbkdf2_sha256$SECRET$x$y", "a part that must be a number is none"),
    ("", "1 that no password matches: it is empty"),
    ("inclear$1$2", "it is no password that Django has encoded"),
    ("sha1$SECRETSALT$SECRET", "Django 5.2 has no hasher \"sha1\""),
    ("shop_v2$SECRETSALT$SECRETSECRETSECRETSECRET=", "the hasher \"shop_v2\" is not supported"),
];

struct Checked {
    code: Option<i32>,
    text: String,
    json: Value,
}

impl Checked {
    fn says(&self, level: &str, part: &str) -> bool {
        let findings = self.json["findings"].as_array().unwrap();
        findings.iter().any(|finding| {
            finding["level"] == level && finding["text"].as_str().unwrap().contains(part)
        })
    }
}

fn check(database: &TestDatabase, more: &str) -> Checked {
    check_as(database, &database.url(), more)
}

/// As an account of that URL.
fn check_as(database: &TestDatabase, url: &str, more: &str) -> Checked {
    let folder: PathBuf = std::env::temp_dir().join(format!("drf-auth-check-{}", database.name()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("drf-auth.toml");
    std::fs::write(
        &file,
        format!("database_url = {url:?}\n[django]\npbkdf2_iterations = 20\n{more}"),
    )
    .unwrap();
    let run = |json: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_drf-auth"))
            .args(["check", "--config"])
            .arg(&file)
            .args(json)
            .env_remove("DATABASE_URL")
            .output()
            .unwrap()
    };
    let (plain, json) = (run(&[]), run(&["--json"]));
    let text = String::from_utf8(plain.stdout).unwrap();
    assert_eq!(plain.status.code(), json.status.code());
    let said = String::from_utf8(json.stdout).unwrap();
    for secret in ["SECRET", "inclear", KEY] {
        assert!(!text.contains(secret) && !said.contains(secret), "{text}");
    }
    let _ = std::fs::remove_dir_all(&folder);
    let json = serde_json::from_str(&said).unwrap_or_else(|error| {
        panic!("{error}: {said} {}", String::from_utf8_lossy(&json.stderr))
    });
    Checked { code: plain.status.code(), text, json }
}

async fn sees_every_kind_of_row(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    for (number, (password, _)) in PASSWORDS.iter().enumerate() {
        database.insert_user(NewUser::new(&format!("user {number}"), password)).await;
    }
    let id =
        database.insert_user(NewUser { is_active: false, ..NewUser::new("inactive", "!") }).await;
    database.insert_token(KEY, id).await;
    let rows = "SELECT username, password FROM auth_user ORDER BY id";
    let before = (database.rows(rows).await, database.tokens().await);

    let checked = check(&database, "");
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    assert_eq!(checked.json["ok"], true);
    assert!(checked.says("ok", "drf-auth.toml, line 1)"), "{}", checked.text);
    for (_, said) in &PASSWORDS {
        // The inactive user's is unusable, too.
        let said = said.replace("1 unusable", "2 unusable");
        assert!(checked.text.contains(&said), "{said}\n{}", checked.text);
    }
    for said in ["users: 12", "tokens: 1", "tokens of users who are not active: 1"] {
        assert!(checked.text.contains(said), "{said}\n{}", checked.text);
    }
    let grants = checked.json["grants"].as_array().unwrap();
    assert_eq!(grants.len(), if backend == Backend::Sqlite { 0 } else { 2 });
    assert_eq!((database.rows(rows).await, database.tokens().await), before, "something changed");
}

#[tokio::test]
async fn names_a_hasher_that_the_version_has_not() {
    let Some(database) = harness::database(Backend::Sqlite).await else { return };
    database.insert_user(NewUser::new("old", "sha1$SECRETSALT$SECRETHASH")).await;
    let checked =
        check(&database, "version = \"5.2\"\npassword_hashers = [\"pbkdf2_sha256\", \"sha1\"]\n");
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    assert!(
        checked.says("note", "Django 5.2 has no hasher \"sha1\": users who"),
        "{}",
        checked.text
    );
    assert!(checked.says("note", "1 of sha1: encoded anew"), "{}", checked.text);
}

#[tokio::test]
async fn shows_parameters_and_no_text_in_their_place() {
    let Some(database) = harness::database(Backend::Sqlite).await else { return };
    let hash = "SECRETSALTSECRETSALTSuSECRETHASHSECRETHASHSECRETHASHS";
    for (number, password) in [
        // Argon2 1.2 wrote no version.
        "argon2$argon2i$m=512,t=2,p=2$U0VDUkVUU0FMVA$U0VDUkVUU0FMVA",
        &format!("bcrypt_sha256$2b$08${hash}"),
        &format!("bcrypt_sha256$$2b$13${hash}"),
        "pbkdf2_sha1$SECRET$20$h",
        "scrypt$SECRETSALT$16384$8$1$h",
        "pbkdf2_sha1$1000001$SECRETSALT$h",
        "pbkdf2_sha1$1000000$SECRETSALT$h",
    ]
    .into_iter()
    .enumerate()
    {
        database.insert_user(NewUser::new(&format!("user {number}"), password)).await;
    }
    let more = "pbkdf2_sha1_iterations = 1000000\n";
    let checked = check(&database, more);
    for (level, said) in [
        ("note", "1 of argon2$argon2i$v=16$m=512,t=2,p=2: encoded anew"),
        ("warning", "1 of bcrypt_sha256$2b$13: costs more"),
        ("warning", "1 of pbkdf2_sha1$1000001: costs more"),
        ("warning", "1 of pbkdf2_sha1$1000000: costs more"),
        ("warning", "1 that no password matches: its hasher never writes such a text"),
        ("warning", "2 that no password matches: a part that must be a number is none"),
    ] {
        assert!(checked.says(level, said), "{said}\n{}", checked.text);
    }
    assert!(!checked.text.contains("U0VDUkVU"), "{}", checked.text);
}

async fn says_what_is_in_the_way(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    database.execute("CREATE TABLE axes_accessattempt (id integer)").await;
    let checked = check(&database, "");
    assert_eq!(checked.code, Some(1), "{}", checked.text);
    assert!(checked.says("error", "axes_accessattempt"), "{}", checked.text);
    let checked = check(&database, "acknowledge = [\"axes\"]\n");
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    assert!(checked.says("note", "may bypass axes"), "{}", checked.text);

    let wrong = "[user_model]\nemail_column = \"mail\"\n";
    let checked = check(&database, &format!("acknowledge = [\"axes\"]\n{wrong}"));
    assert_eq!(checked.code, Some(1));
    assert!(checked.says("error", "user_model.email_column"), "{}", checked.text);
    let grants = checked.json["grants"].as_array().unwrap();
    assert_eq!(grants.is_empty(), backend == Backend::Sqlite, "whoever has none needs them most");
    database.execute("ALTER TABLE authtoken_token ADD note varchar(9)").await;
    let long = "[token_model]\nkey_length = 64\n";
    let checked = check(&database, &format!("acknowledge = [\"axes\"]\n{long}"));
    // SQLite keeps no limit that is declared.
    let code = i32::from(backend != Backend::Sqlite);
    assert_eq!(checked.code, Some(code), "{}", checked.text);
    assert_eq!(checked.says("error", "token_model.key_length"), code == 1, "{}", checked.text);
}

/// What is open is a finding like others, in one round with the guard's tables.
async fn says_what_nobody_has_acknowledged(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    database.execute("CREATE TABLE axes_accessattempt (id integer)").await;
    let backends = "authentication_backends = [\"axes.backends.AxesStandaloneBackend\", \
                    \"django.contrib.auth.backends.ModelBackend\"]\n";
    let decision = "[decisions]\nlanguage = \"\"\n";
    let checked = check(&database, &format!("{backends}{decision}"));
    assert_eq!(checked.code, Some(1), "{}", checked.text);
    assert!(checked.says("error", "AxesStandaloneBackend"), "{}", checked.text);
    assert!(checked.says("error", "the table axes_accessattempt"), "{}", checked.text);
    assert!(checked.says("error", "decisions.language"), "{}", checked.text);
    assert_eq!(checked.text.matches("acknowledge = [\"axes\"]").count(), 2, "{}", checked.text);
    let checked = check(&database, &format!("{backends}acknowledge = [\"axes\"]\n"));
    assert_eq!(checked.code, Some(0), "{}", checked.text);
}

/// MySQL shows an account only tables on which it has a privilege.
async fn says_that_it_may_see_too_little(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    let Some(account) = database.account().await else { return };
    database.execute("CREATE TABLE axes_accessattempt (id integer)").await;
    for grant in check(&database, "acknowledge = [\"axes\"]\n").json["grants"].as_array().unwrap() {
        let (grant, _) = grant.as_str().unwrap().rsplit_once(" TO ").unwrap();
        database.execute(&format!("{grant} TO {}", account.grantee)).await;
    }
    let checked = check_as(&database, &account.url, "");
    if backend == Backend::MySql {
        assert_eq!(checked.code, Some(0), "{}", checked.text);
        assert!(
            checked.says("warning", "is not known; look into INSTALLED_APPS"),
            "{}",
            checked.text
        );
    } else {
        assert!(checked.says("error", "axes_accessattempt"), "{}", checked.text);
    }
    // Whoever sees all need not be told.
    assert!(!check(&database, "").text.contains("INSTALLED_APPS"));
    for told in ["acknowledge = []\n", "[routes]\n\"/verify/\" = \"verify\"\n"] {
        let checked = check_as(&database, &account.url, told);
        assert!(!checked.text.contains("INSTALLED_APPS"), "{}", checked.text);
    }
    account.remove(&database).await;
}

async fn counts_whom_the_requirement_hides(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    database.insert_user(NewUser::new("Ann", "!")).await;
    let staff = NewUser { is_staff: true, ..NewUser::new("staff", "!") };
    let id = database.insert_user(staff).await;
    database.insert_token(KEY, id).await;
    let mut more = "[user_model]\nrequire = { is_staff = false }\n".to_owned();
    let checked = check(&database, &more);
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    assert!(
        checked.says("note", "users who do not meet user_model.require and cannot log in: 1"),
        "{}",
        checked.text
    );
    assert!(
        checked.says(
            "warning",
            "tokens of users whom user_model.require hides, which are good, as in Django: 1"
        ),
        "{}",
        checked.text
    );
    if backend == Backend::MySql {
        return;
    }
    database.insert_user(NewUser::new("ANN", "!")).await;
    assert!(check(&database, &more).says("note", "names differ by case alone: 1 (users 1 and 3)"));
    more.push_str("username_match = \"iexact\"\n");
    assert!(
        check(&database, &more)
            .says("warning", "(username_match is \"iexact\"): 1 (users 1 and 3)")
    );
}

macro_rules! on_each {
    ($($name:ident),*) => { $(
        mod $name {
            use crate::harness::Backend;

            #[tokio::test]
            async fn on_postgres() {
                super::$name(Backend::Postgres).await;
            }

            #[tokio::test]
            async fn on_mysql() {
                super::$name(Backend::MySql).await;
            }

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(Backend::Sqlite).await;
            }
        }
    )* };
}

on_each!(
    sees_every_kind_of_row,
    says_what_is_in_the_way,
    says_what_nobody_has_acknowledged,
    says_that_it_may_see_too_little,
    asks_no_more_than_the_routes_do,
    counts_whom_the_requirement_hides
);

#[tokio::test]
async fn a_database_that_is_away_is_an_error() {
    let Some(database) = harness::empty_database(Backend::Sqlite).await else { return };
    std::fs::write(database.file(), "no database at all, whatever it is").unwrap();
    let checked = check(&database, "");
    assert_eq!(checked.code, Some(1), "{}", checked.text);
    assert_eq!(checked.json["ok"], false);
}

/// Where only tokens are checked, an account needs no right to the passwords, and is told of nothing
/// that concerns logins alone.
async fn asks_no_more_than_the_routes_do(backend: Backend) {
    let Some(database) = harness::database(backend).await else { return };
    let id = database.insert_user(NewUser::new("ann", "SECRETplain")).await;
    database.insert_token(KEY, id).await;
    let routes =
        "[routes]\n\"/verify/\" = \"verify\"\n[user_model]\nrequire = { last_name = \"x\" }\n";
    let grants = check(&database, routes).json["grants"].clone();
    let Some(account) = database.account().await else { return };
    for grant in grants.as_array().unwrap() {
        let grant = grant.as_str().unwrap();
        assert!(!grant.contains("password") && !grant.contains("last_name"), "{grant}");
        let (grant, _) = grant.rsplit_once(" TO ").unwrap();
        database.execute(&format!("{grant} TO {}", account.grantee)).await;
    }
    let checked = check_as(&database, &account.url, routes);
    assert_eq!(checked.code, Some(0), "{}", checked.text);
    assert!(checked.says("ok", "the account may do all"), "{}", checked.text);
    assert!(checked.says("ok", "tokens: 1"), "{}", checked.text);
    for level in ["warning", "error"] {
        assert!(!checked.says(level, ""), "{}", checked.text);
    }
    assert!(!checked.text.contains("that no password matches"), "{}", checked.text);

    // What may not be looked at is one line, whatever there was to see.
    let checked = check_as(&database, &account.url, "");
    assert_eq!(checked.code, Some(1), "{}", checked.text);
    if backend == Backend::Postgres {
        for subject in ["names", "passwords"] {
            let lines = checked.text.lines();
            let told = lines.filter(|line| line.contains(&format!(" {subject} ")));
            assert_eq!(
                told.filter(|line| line.contains("not looked at")).count(),
                1,
                "{}",
                checked.text
            );
        }
    }
    account.remove(&database).await;
}

/// Whoever sources another project's `.env` is told whose database was looked at.
#[tokio::test]
async fn a_variable_of_the_shell_does_not_replace_the_file_silently() {
    let (Some(database), Some(other)) =
        (harness::database(Backend::Sqlite).await, harness::database(Backend::Sqlite).await)
    else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("drf-auth-check-{}", database.name()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("drf-auth.toml"), format!("database_url = {:?}\n", database.url()))
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .arg("check")
        .current_dir(&folder)
        .env("DATABASE_URL", format!("{}?conn_max_age=600", other.url()))
        .output()
        .unwrap();
    let _ = std::fs::remove_dir_all(&folder);
    let text = String::from_utf8(output.stdout).unwrap();
    let url = other.url();
    let line = format!(
        "warning  database     {url} (from DATABASE_URL, in place of drf-auth.toml, line 1)\n"
    );
    assert!(text.starts_with(&line), "{text} {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_program_is_told_of_mistakes_too() {
    let Some(database) = harness::database(Backend::Sqlite).await else { return };
    for (more, said) in [
        ("acknowledge = [\"axs\"]\nversion = \"5.9\"\n", "\"5.9\" is not known"),
        ("[user_model]\nemail_column = \"e-mail\"\n", "user_model.email_column"),
    ] {
        let checked = check(&database, more);
        assert_eq!((checked.code, &*checked.text), (Some(2), ""));
        assert_eq!(checked.json["ok"], false);
        assert!(checked.says("error", said), "{}", checked.json);
        assert_eq!(checked.json["findings"][0]["subject"], "configuration");
    }
}
