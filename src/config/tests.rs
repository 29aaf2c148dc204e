//! The whole of a configuration, from its sources on.

use std::{collections::BTreeMap, ffi::OsString, fs, time::Duration};

use super::*;

/// A folder of its own for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("drf-auth-config-{}-{test}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, content: &str) -> Self {
        fs::write(self.0.join(name), content).unwrap();
        self
    }

    fn load(&self, flags: &Overrides, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        let environment: BTreeMap<String, OsString> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        Config::load(flags, &environment, &self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(test: &str, toml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Folder::new(test).with("drf-auth.toml", toml).load(&Overrides::default(), variables)
}

const URL: (&str, &str) = ("DATABASE_URL", "postgres://app:hunter2@db/app");

/// The example of the contract, in what is built.
const COMPLETE: &str = r#"
database_url = "postgres://app@db/app"
listen = "127.0.0.1:8001"
admin_listen = "127.0.0.1:9001"
drain_delay = "0s"

[database]
max_connections = 10
acquire_timeout = "2s"
statement_timeout = "5s"
prepared_statements = true

[django]
version = "5.2"
python = "3.13"
password_hashers = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt"]
password_validators = ["UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator"]
pbkdf2_iterations = 1000000
upgrade_passwords = true
authentication_backends = ["django.contrib.auth.backends.ModelBackend"]
installed_apps = []
acknowledge = []
use_tz = true
time_zone = "UTC"
database_time_zone = ""
append_slash = true
allowed_hosts = []
data_upload_max_memory_size = 2621440
data_upload_max_number_fields = 1000

[rest_framework]
authentication_classes = ["TokenAuthentication"]

[user_model]
table = "auth_user"
id_column = "id"
username_field = "username"
username_match = "exact"
require = {}
password_column = "password"
is_active_column = "is_active"
is_staff_column = "is_staff"
is_superuser_column = "is_superuser"
email_column = "email"
groups_table = "auth_user_groups"
user_permissions_table = "auth_user_user_permissions"
relation_column = "user_id"

[token_model]
table = "authtoken_token"
key_column = "key"
user_column = "user_id"
created_column = "created"
key_length = 40
keyword = "Token"

[passwords]
workers = 0
queue = 64
queue_wait = "10s"

[log]
level = "info"
format = "auto"

[verify]
keywords = []
user_id_header = "X-Auth-User-Id"
username_header = "X-Auth-Username"
email_header = "X-Auth-Email"
staff_header = "X-Auth-Staff"
superuser_header = "X-Auth-Superuser"
groups_header = ""
body = true

[routes]
"/api-token-auth/" = "obtain_auth_token"
"/login/" = "login"
"/api/token/login" = "login"
"/logout/" = "logout"
"/profile/" = { view = "profile" }
"/verify/" = "verify"
"#;

#[test]
fn the_example_writes_out_the_defaults() {
    let mut written = load("example", COMPLETE, &[]).unwrap();
    let defaults = load("defaults", "", &[("DATABASE_URL", "postgres://app@db/app")]).unwrap();
    assert_eq!(written.django.version, Some(Release::V5_2));
    assert_eq!(written.django.version(), defaults.django.version());
    assert_eq!(written.database_url.as_ref().unwrap().expose(), "postgres://app@db/app");
    let unwritten = Django {
        version: None,
        pbkdf2_iterations: None,
        upgrade_passwords: None,
        ..written.django.clone()
    };
    written.second_door.is_told = false;
    assert_eq!(
        Config { database_url: defaults.database_url.clone(), django: unwritten, ..written },
        defaults
    );
}

#[test]
fn it_is_known_who_named_the_database() {
    let file = "database_url = \"postgres://app@db/app\"\n";
    let own = ("DRF_AUTH_DATABASE_URL", "postgres://own:hunter2@db/own?password=hunter2");
    let told = |toml: &str, variables: &[(&str, &str)]| {
        let url = load("named", toml, variables).unwrap().database_url.unwrap();
        (url.told().unwrap(), url.is_surprising())
    };
    for (toml, variables, said, is_surprising) in [
        (file, &[][..], "postgres://app@db/app (from drf-auth.toml, line 1)", false),
        ("", &[URL], "postgres://app:…@db/app (from DATABASE_URL)", false),
        (
            file,
            &[URL],
            "postgres://app:…@db/app (from DATABASE_URL, in place of drf-auth.toml, line 1)",
            true,
        ),
        (
            "database_url_file = \"nowhere\"\n",
            &[URL],
            "postgres://app:…@db/app (from DATABASE_URL, in place of drf-auth.toml, line 1)",
            true,
        ),
        (
            file,
            &[URL, own],
            "postgres://own:…@db/own (from DRF_AUTH_DATABASE_URL, in place of DATABASE_URL)",
            false,
        ),
    ] {
        assert_eq!(told(toml, variables), (said.to_owned(), is_surprising));
    }
    assert_eq!(DatabaseUrl::new("sqlite:////x").told(), None);
}

#[test]
fn what_logins_would_bypass_is_no_mistake_but_open() {
    let text = "[django]\nauthentication_backends = [\"app.ldap.Backend\"]\n";
    let config = load("open", text, &[URL]).unwrap();
    let open = config.check_decided().unwrap_err().to_string();
    assert!(open.contains("write django.acknowledge = [\"app.ldap.Backend\"]"), "{open}");
    assert_eq!(Config::check(text).unwrap_err().to_string(), open);
    let told = format!("{text}acknowledge = [\"app.ldap.Backend\"]\n");
    load("told", &told, &[URL]).unwrap().check_decided().unwrap();
    let decisions = format!("{text}[decisions]\nlanguage = \"\"\n");
    let open = load("both", &decisions, &[URL]).unwrap().check_decided().unwrap_err();
    assert_eq!(open.iter().count(), 2, "{open}");
}

#[test]
fn every_key_of_the_example_is_a_variable() {
    let document: toml::Table = COMPLETE.parse().unwrap();
    let mut variables = Vec::new();
    for (section, value) in &document {
        match value {
            toml::Value::Table(keys) if section != "routes" => {
                variables
                    .extend(keys.iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            value => variables.push((section.clone(), value)),
        }
    }
    let variables: Vec<(String, String)> = variables
        .into_iter()
        .map(|(key, value)| (environment::variable_of(&key), as_variable(value)))
        .collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    let by_file = load("by-file", COMPLETE, &[]).unwrap();
    let by_variable = load("by-variable", "", &variables).unwrap();
    let database_url = by_file.database_url.clone();
    assert_eq!(Config { database_url, ..by_variable }, by_file);
}

/// As the documentation says that variables are written.
fn as_variable(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(as_variable).collect::<Vec<_>>().join(","),
        toml::Value::Table(routes) => {
            let pair = |(path, view): (&String, &toml::Value)| {
                format!("{path}={}", as_variable(view.get("view").unwrap_or(view)))
            };
            routes.iter().map(pair).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

#[test]
fn what_is_written_is_read() {
    let toml = r#"
        listen = "unix:/run/x.sock"
        [database]
        max_connections = 3
        acquire_timeout = "500ms"
        statement_timeout = "1m"
        prepared_statements = false
        [django]
        python = "3.10"
        use_tz = false
        time_zone = "Europe/Berlin"
        database_time_zone = "America/Lima"
        append_slash = false
        allowed_hosts = [".example.com"]
        data_upload_max_memory_size = "none"
        data_upload_max_number_fields = 0
        [rest_framework]
        authentication_classes = []
        [user_model]
        table = "app.users_user"
        username_field = "email"
        is_active_column = ""
        [token_model]
        keyword = "Bearer"
        [passwords]
        workers = 2
        queue = 0
        refusal_floor = "250ms"
        [log]
        level = "warn,drf_auth=debug"
        format = "json"
        [verify]
        keywords = ["Bearer"]
        user_id_header = "Remote-User"
        email_header = ""
        groups_header = "Remote-Groups"
        body = false
        [routes]
        "/in/" = "login"
        "/who/" = "verify"
        "/who/staff/" = { view = "verify", staff = true, group = ["a", "b"] }
    "#;
    let config = load("written", toml, &[URL]).unwrap();
    assert_eq!(config.listen, Listen::Unix("/run/x.sock".into()));
    assert_eq!(config.database.max_connections, 3);
    assert_eq!(config.database.acquire_timeout, Duration::from_millis(500));
    assert_eq!(config.database.statement_timeout, Duration::from_mins(1));
    assert!(!config.database.prepared_statements);
    assert_eq!(config.django.python.minor(), 10);
    assert!(!config.django.use_tz && !config.django.append_slash);
    assert_eq!(config.django.time_zone, "Europe/Berlin");
    assert_eq!(config.django.database_time_zone.as_deref(), Some("America/Lima"));
    assert_eq!(config.django.allowed_hosts, [".example.com"]);
    assert_eq!(config.django.data_upload_max_memory_size, None);
    assert_eq!(config.django.data_upload_max_number_fields, Some(0));
    assert!(!config.rest_framework.token_authentication());
    assert_eq!(config.user_model.table, "app.users_user");
    assert_eq!(config.user_model.username_field, "email");
    assert_eq!(config.user_model.is_active_column, None);
    assert_eq!(config.token_model.keyword, "Bearer");
    assert_eq!((config.passwords.workers, config.passwords.queue), (2, 0));
    assert_eq!(config.passwords.refusal_floor, Some(Duration::from_millis(250)));
    assert_eq!(config.log.level, "warn,drf_auth=debug");
    assert_eq!(config.log.format, LogFormat::Json);
    // Django names the tables of a custom model's relations by the model.
    assert_eq!(config.user_model.groups_table, "app.users_user_groups");
    assert_eq!(config.user_model.user_permissions_table, "app.users_user_user_permissions");
    assert_eq!(config.user_model.relation_column, "user_id");
    assert_eq!(config.verify.keywords, ["Bearer"]);
    assert_eq!(config.verify.user_id_header.as_deref(), Some("Remote-User"));
    assert_eq!(config.verify.email_header, None);
    assert_eq!(config.verify.staff_header.as_deref(), Some("X-Auth-Staff"));
    assert_eq!(config.verify.groups_header.as_deref(), Some("Remote-Groups"));
    assert!(!config.verify.body);
    let routes: Vec<_> = config.routes.iter().map(|route| (&*route.path, route.view)).collect();
    let who = [("/who/", View::Verify), ("/who/staff/", View::Verify)];
    assert_eq!(routes, [("/in/", View::Login), who[0], who[1]]);
    let asked: Vec<_> = config.routes.iter().map(|route| &route.requirement).collect();
    assert!(asked[0].is_none() && asked[1].is_none());
    assert!(asked[2].staff && !asked[2].superuser && asked[2].permissions.is_empty());
    assert_eq!(asked[2].groups, ["a", "b"]);
}

#[test]
fn only_the_database_url_has_no_default() {
    let errors = load("missing", "", &[]).unwrap_err();
    assert_eq!(errors.iter().map(ConfigError::key).collect::<Vec<_>>(), ["database_url"]);
    assert!(errors.to_string().contains("DRF_AUTH_DATABASE_URL or DATABASE_URL"), "{errors}");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let toml = "listne = \"x\"\nadmin_listen = \"9001\"\n[django]\nversion = 5.2\ntime_zone = \"Mars\"\n\
        [database]\nacquire_timeout = 2\nmax_connections = 0\n[routes]\nlogin = \"signup\"\n\
        [cors]\norigins = []\n[passwords]\nrefusal_floor = \"6s\"\n";
    let variables = [("DRF_AUTH_LOG__LEVEL", "loud"), ("DRF_AUTH_LISTEN", "8001")];
    let errors = load("many", toml, &variables).unwrap_err();
    let expected = [
        "admin_listen (drf-auth.toml, line 2): \"9001\" is no IP address with a port; write \"127.0.0.1:9001\"",
        "cors.origins (drf-auth.toml, line 12): there is no such key",
        "database.acquire_timeout (drf-auth.toml, line 7): 2 has no unit; write \"2s\" for seconds",
        "database.max_connections (drf-auth.toml, line 8): 0 is out of range; write a whole number",
        "database_url: is not written anywhere, and has no default; write database_url =",
        "django.time_zone (drf-auth.toml, line 5): the time zone \"Mars\" is not known; write a name",
        "django.version (drf-auth.toml, line 4): is a string in quotes, here it is a TOML float; write",
        "listen (DRF_AUTH_LISTEN): \"8001\" is no IP address with a port; write \"127.0.0.1:8001\"",
        "listne (drf-auth.toml, line 1): there is no such key; did you mean listen?",
        "log.level (DRF_AUTH_LOG__LEVEL): \"loud\" is no level; write one of \"off\", \"error\"",
        "passwords.refusal_floor (drf-auth.toml, line 14): \"6s\" is out of range; write a whole number \
         and ms, s or m, from \"0s\" to \"5s\", or \"auto\"",
        "routes.\"login\" (drf-auth.toml, line 10): does not begin with a slash; write \"/login\"",
        "routes.\"login\" (drf-auth.toml, line 10): the view \"signup\" is not known; write one",
    ];
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), expected.len(), "{errors}");
    for (shown, expected) in shown.iter().zip(expected) {
        assert!(shown.starts_with(expected), "{expected}\n{shown}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = Folder::new("named").with("a.toml", "listen = \"127.0.0.1:1\"");
    let named = |name: &str| Overrides { config: Some(name.into()), ..Overrides::default() };
    let variable = |name| ("DRF_AUTH_CONFIG", name);

    let config = folder.load(&named("a.toml"), &[URL, variable("gone.toml")]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:1");
    let config = folder.load(&Overrides::default(), &[URL, variable("a.toml")]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:1");
    let config = folder.load(&Overrides::default(), &[URL, variable("")]).unwrap();
    assert_eq!(config.listen, Listen::default());

    let errors = folder.load(&named("gone.toml"), &[URL]).unwrap_err().to_string();
    assert!(errors.contains("gone.toml (--config): cannot be read"), "{errors}");
    let errors = folder.load(&Overrides::default(), &[variable("gone.toml")]).unwrap_err();
    assert!(errors.to_string().contains("gone.toml (DRF_AUTH_CONFIG): cannot be read"));
}

#[test]
fn the_url_may_be_in_a_file() {
    let folder = Folder::new("twin")
        .with("url", "mysql://app:hunter2@db/app\r\n")
        .with("bad", "hunter2")
        .with("drf-auth.toml", "database_url_file = \"url\"");
    let none = Overrides::default();
    let url = |config: Config| config.database_url.unwrap();

    let from_file = url(folder.load(&none, &[]).unwrap());
    assert_eq!(from_file.expose(), "mysql://app:hunter2@db/app");
    assert_eq!(from_file.origin().unwrap().to_string(), "drf-auth.toml, line 1");
    assert_eq!(url(folder.load(&none, &[URL]).unwrap()).expose(), URL.1);
    let twin = ("DRF_AUTH_DATABASE_URL_FILE", "url");
    assert_eq!(url(folder.load(&none, &[URL, twin]).unwrap()).redacted(), "mysql://app:…@db/app");
    let flag = Overrides { database_url: Some("sqlite:///x".into()), ..Overrides::default() };
    assert_eq!(url(folder.load(&flag, &[URL, twin]).unwrap()).expose(), "sqlite:///x");

    let both = [("DRF_AUTH_DATABASE_URL", "sqlite:///x"), twin];
    let errors = folder.load(&none, &both).unwrap_err().to_string();
    assert!(errors.contains("is written beside database_url_file"), "{errors}");
    for file in ["bad", "gone", "", URL.1] {
        let variables = [("DRF_AUTH_DATABASE_URL_FILE", file)];
        let errors = folder.load(&none, &variables).unwrap_err().to_string();
        assert!(errors.contains("database_url_file (DRF_AUTH_DATABASE_URL_FILE): "), "{errors}");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
}

#[test]
fn a_password_in_the_wrong_place_is_not_shown() {
    for key in [
        "config",
        "listen",
        "admin_listen",
        "cors.allowed_origins",
        "cors.allow_headers",
        "django.version",
        "django.use_tz",
        "django.allowed_hosts",
        "django.time_zone",
        "user_model.table",
        "token_model.keyword",
        "passwords.queue",
        "passwords.queue_wait",
        "log.level",
        "routes",
        "rest_framework.authentication_classes",
    ] {
        let variables = [(&*environment::variable_of(key), URL.1)];
        let errors = load(key, "", &variables).unwrap_err().to_string();
        assert!(!errors.contains("hunter2"), "{errors}");
    }
}

#[test]
fn a_mistake_in_the_file_does_not_matter_where_a_variable_wins() {
    let config = load("overridden", "listen = 1", &[URL, ("DRF_AUTH_LISTEN", "127.0.0.1:2")]);
    assert_eq!(config.unwrap().listen.to_string(), "127.0.0.1:2");
}

#[test]
fn the_demonstration_keeps_to_its_own_project() {
    let toml = "listen = \"127.0.0.1:3\"\n[user_model]\ntable = \"x\"\n[passwords]\nqueue = 5\n\
        [routes]\n\"/x/\" = \"login\"\n[django]\nversion = \"4.2\"\n";
    let folder = Folder::new("demo").with("drf-auth.toml", toml);
    let demo = Overrides { demo: true, ..Overrides::default() };
    for variables in [&[][..], &[URL], &[("DATABASE_URL", "oracle://x")]] {
        let config = folder.load(&demo, variables).unwrap();
        assert_eq!(config.database_url, None);
        assert_eq!(config.listen.to_string(), "127.0.0.1:3");
        assert_eq!(config.passwords.queue, 5);
        assert_eq!(config.django.version, Some(Release::V5_2));
        assert_eq!(config.user_model, UserModel::default());
        assert_eq!(config.routes, Routes::default());
    }
}

#[test]
fn the_relations_are_named_after_the_model() {
    let relations = |toml: &str| {
        let user = load("relations", toml, &[URL]).unwrap().user_model;
        [user.groups_table, user.user_permissions_table, user.relation_column]
    };
    assert_eq!(
        relations("[user_model]\ntable = \"my_app_member\"\n"),
        ["my_app_member_groups", "my_app_member_user_permissions", "member_id"]
    );
    let written = "[user_model]\ntable = \"people\"\nrelation_column = \"person_id\"\n";
    assert_eq!(relations(written), ["people_groups", "people_user_permissions", "person_id"]);
}

#[test]
fn a_header_of_the_verify_view_has_a_name_of_its_own() {
    let toml = "[verify]\nemail_header = \"x-auth-username\"\ngroups_header = \"Content-Type\"\n";
    let errors = load("headers", toml, &[URL]).unwrap_err().to_string();
    for part in [
        "verify.email_header: the header \"x-auth-username\" is that of verify.username_header, too",
        "verify.groups_header (drf-auth.toml, line 3): the header \"Content-Type\" has a meaning",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
}

#[test]
fn what_a_verify_route_asks_can_be_met() {
    for (test, toml, part) in [
        (
            "staff",
            "[user_model]\nis_staff_column = \"\"\n[routes]\n\"/v/\" = { view = \"verify\", staff = true }",
            "routes.\"/v/\" (drf-auth.toml, line 4): asks what the user model cannot say: \
             user_model.is_staff_column is \"\"",
        ),
        (
            "perm",
            "[routes]\n\"/v/\" = { view = \"verify\", perm = \"add_user\" }",
            "perm cannot be asked for as \"add_user\"; write \"app_label.codename\"",
        ),
        (
            "false",
            "[routes]\n\"/v/\" = { view = \"verify\", superuser = false }",
            "superuser asks for nothing with false; write true",
        ),
        (
            "login",
            "[routes]\n\"/in/\" = { view = \"login\", staff = true }",
            "\"staff\" is for the view \"verify\" alone",
        ),
        (
            "below",
            "[routes]\n\"/v/\" = \"verify\"\n\"/v/out\" = \"logout\"",
            "routes.\"/v/out\": is below \"/v/\", where the verify view answers",
        ),
        (
            "root",
            "[routes]\n\"/\" = \"verify\"\n\"/out\" = \"logout\"",
            "routes.\"/out\": is below \"/\"",
        ),
    ] {
        let errors = load(test, toml, &[URL]).unwrap_err().to_string();
        assert!(errors.contains(part), "{errors}");
    }
}

#[test]
fn the_password_column_is_for_nothing_else() {
    for key in ["id_column", "username_field", "email_column"] {
        let toml = format!("[user_model]\n{key} = \"Password\"\n");
        let errors = load(key, &toml, &[URL]).unwrap_err().to_string();
        assert!(errors.contains("user_model.password_column: the column \"password\""), "{errors}");
    }
}

#[test]
fn debug_shows_no_password() {
    let shown = format!("{:?}", load("debug", "", &[URL]).unwrap());
    assert!(shown.contains("postgres://app:…@db/app"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn sections_are_not_keys_and_keys_are_not_sections() {
    for (test, toml, part) in [
        ("section", "django = \"5.2\"", "is a section, not a key; write its keys: django.version,"),
        ("array", "[[django]]\nversion = \"5.2\"", "is a section, not a key"),
        ("key", "[listen]\nx = 1", "listen.x (drf-auth.toml, line 2): there is no such key"),
        ("routes", "routes = []", "is a section, here it is a TOML list"),
        ("empty", "[routes]", "has no route"),
        ("deeper", "[django.version]\nx = 1", "here it is a TOML table"),
        ("quoted", "\"log.level\" = \"info\"\n[log]\nlevel = \"warn\"", "is written twice"),
    ] {
        let errors = load(test, toml, &[URL]).unwrap_err().to_string();
        assert!(errors.contains(part), "{errors}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// Nothing that an operator can write makes the program panic.
    #[test]
    fn no_value_panics(text in "\\PC{0,24}", key in 0_usize..40) {
        let document: toml::Table = COMPLETE.parse().unwrap();
        let keys: Vec<String> = document
            .iter()
            .flat_map(|(section, value)| match value {
                toml::Value::Table(keys) if section != "routes" => {
                    keys.keys().map(|key| format!("{section}.{key}")).collect()
                }
                _ => vec![section.clone()],
            })
            .collect();
        let name = environment::variable_of(&keys[key % keys.len()]);
        let environment = BTreeMap::from([(name, OsString::from(text))]);
        let flags = Overrides { config: Some("/dev/null".into()), ..Overrides::default() };
        let _ = Config::load(&flags, &environment, Path::new("/")).map_err(|e| e.to_string());
    }
}

#[test]
fn there_is_no_cors_where_nothing_of_it_is_written() {
    assert_eq!(load("cors", "[cors]\n", &[URL]).unwrap().cors, None);
    let written = load("cors", "[cors]\nallow_credentials = false\n", &[URL]).unwrap();
    assert_eq!(written.cors, Some(Cors::default()));
    let origins = ("DRF_AUTH_CORS__ALLOWED_ORIGINS", "https://a.example,https://b.example");
    let cors = load("cors", "", &[URL, origins]).unwrap().cors.unwrap();
    assert_eq!(cors.allowed_origins, ["https://a.example", "https://b.example"]);
}
