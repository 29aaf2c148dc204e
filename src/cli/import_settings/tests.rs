//! From what a project says to a file that the configuration's own reader takes.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::config::Config;

/// What a new project with DRF's token login says.
fn plain() -> Value {
    let hasher = |class: &str, algorithm: &str, parameters: Value| {
        json!({"path": format!("django.contrib.auth.hashers.{class}"), "algorithm": algorithm,
               "base": class, "overrides": [], "parameters": parameters, "own": []})
    };
    json!({
        "versions": {"django": "5.2", "django_full": "5.2.19", "rest_framework": "3.18.3",
                     "python": "3.11", "settings_module": "mysite.settings"},
        "database": {
            "aliases": {"user_write": "default", "user_read": "default", "token_write": "default"},
            "user": {"alias": "default", "engine": "django.db.backends.postgresql", "vendor": "postgresql",
                     "is_known": true, "name": "app", "user": "app", "host": "db", "password": "",
                     "port": "", "options": {}, "from_files": {}, "from_variables": {},
                     "time_zone": ""},
        },
        "user_model": {
            "label": "auth.User", "table": "auth_user", "id_column": "id", "id_type": "AutoField",
            "username_field": "username", "username_column": "username", "password_column": "password",
            "is_active_column": "is_active", "is_staff_column": "is_staff",
            "is_superuser_column": "is_superuser", "email_column": "email",
            "username_is_relation": false, "id_is_relation": false, "columns_elsewhere": [],
            "groups": {"table": "auth_user_groups", "user_column": "user_id", "other_table": "auth_group"},
            "user_permissions": {"table": "auth_user_user_permissions", "user_column": "user_id"},
            "manager": {"filters": {}, "hides": [], "own_lookup": [], "matches": "exact",
                        "name": "django.contrib.auth.models.UserManager"},
            "check_password": [], "permissions": [], "save": [],
        },
        "token_model": {"label": "authtoken.Token", "table": "authtoken_token", "key_column": "key",
                        "user_column": "user_id", "created_column": "created", "user_is_unique": true,
                        "refers_to_user_model": true, "refers_to_id": true, "columns_elsewhere": [],
                        "key_max_length": 40, "key_digits": 40, "further_columns": [], "own": [],
                        "manager": [], "readers": [{
                            "path": "rest_framework.authentication.TokenAuthentication",
                            "keyword": "Token", "model": "authtoken.Token", "views": [], "own": []}]},
        "hashers": {"hashers": [
            hasher("PBKDF2PasswordHasher", "pbkdf2_sha256", json!({"iterations": 1_000_000})),
            hasher("BCryptPasswordHasher", "bcrypt", json!({"rounds": 12})),
        ], "argon2_hash_length": 32, "bcrypt": "4.0.1"},
        "password_validators": [
            {"name": "django.contrib.auth.password_validation.MinimumLengthValidator",
             "options": {"min_length": 12}},
            {"name": "django.contrib.auth.password_validation.NumericPasswordValidator", "options": {}},
        ],
        "settings": {"debug": false, "use_tz": true, "time_zone": "UTC", "append_slash": true,
                     "allowed_hosts": ["example.com"], "use_x_forwarded_host": false,
                     "data_upload_max_memory_size": 2_621_440, "data_upload_max_number_fields": null,
                     "authentication_backends": ["django.contrib.auth.backends.ModelBackend"],
                     "installed_apps": ["django.contrib.auth", "rest_framework.authtoken"],
                     "middleware": [], "missing_middleware": [], "security": {}, "others": {}},
        "language": {"code": "en-us", "changed": [], "chosen_by_client": false},
        "rest_framework": {"authentication_classes": [{
            "path": "rest_framework.authentication.TokenAuthentication", "is_token": true}],
            "differing": {}},
        "cors": null,
        "signals": [],
        "routes": {"logins": [{"path": "/api-token-auth/", "pattern": "/api-token-auth/",
                               "view": "rest_framework.authtoken.views.ObtainAuthToken", "own": [],
                               "said": {}, "decorators": []}], "others": []},
        "failed": {},
    })
}

/// The answer with the value at a pointer put in its place.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut answer = plain();
    for (pointer, value) in changes {
        *answer.pointer_mut(pointer).unwrap() = value.clone();
    }
    answer
}

/// The file; every file that is made is one that the service takes, but for what stands to be answered.
fn made(answer: &Value) -> Result<(String, Option<String>), String> {
    let Import { mut sheet, secret } =
        read(answer, Some(Path::new("/x/drf-auth.toml.database-url")), &Former::default())?;
    let standing = sheet.settle()?;
    let text = sheet.text(&[]);
    let refused = Config::check(&text).err().map(|errors| errors.iter().len());
    assert_eq!(refused.unwrap_or_default(), standing.len(), "{text}");
    Ok((text, secret))
}

fn text(answer: &Value) -> String {
    made(answer).unwrap().0
}

#[test]
fn a_plain_project_needs_no_decision() {
    let (text, secret) = made(&plain()).unwrap();
    assert!(!text.contains("[decisions]") && !text.contains("Left out"), "{text}");
    let config = Config::check(&text).unwrap();
    assert_eq!(config.django.version().as_str(), "5.2");
    assert_eq!(config.django.python.minor(), 11);
    assert_eq!(config.django.password_hashers, ["pbkdf2_sha256", "bcrypt"]);
    assert_eq!(config.django.pbkdf2_iterations, Some(1_000_000));
    assert_eq!(
        format!("{:?}", config.django.password_validators),
        "[MinimumLength { min_length: 12 }, NumericPassword]"
    );
    assert_eq!(config.django.hashers.bcrypt_truncates, Some(true));
    assert_eq!(config.django.data_upload_max_number_fields, None);
    assert_eq!(config.django.allowed_hosts, ["example.com"]);
    let routes: Vec<_> =
        config.routes.iter().map(|route| (&*route.path, route.view.name())).collect();
    assert_eq!(routes, [("/api-token-auth/", "obtain_auth_token")]);
    assert!(text.contains("\ndatabase_url = \"postgres://app@db/app\"\n"), "{text}");
    assert_eq!(secret, None);
}

#[test]
fn a_password_is_not_in_the_file() {
    let password = "hunter2/@:# é";
    let answer = with(&[("/database/user/password", json!(password))]);
    let (text, secret) = made(&answer).unwrap();
    let secret = secret.unwrap();
    assert_eq!(secret, "postgres://app:hunter2%2F%40%3A%23%20%C3%A9@db/app");
    assert!(text.contains("\ndatabase_url_file = \"/x/drf-auth.toml.database-url\"\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    // On standard output there is no file to name: the service does not start without one.
    let Import { mut sheet, .. } = read(&answer, None, &Former::default()).unwrap();
    sheet.settle().unwrap();
    let text = sheet.text(&[]);
    assert!(text.contains("\n# database_url_file = ") && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_account_of_its_own_stays() {
    let folder = std::env::temp_dir().join(format!("drf-auth-former-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (path, file) = (folder.join("x.toml"), folder.join("x.database-url"));
    let again = |text: &str, secret: &str| {
        std::fs::write(&path, text).unwrap();
        std::fs::write(&file, secret).unwrap();
        let answer = with(&[("/database/user/password", json!("hunter2"))]);
        let former = Former::read(&path).unwrap();
        let Import { mut sheet, secret } = read(&answer, Some(Path::new("/new")), &former).unwrap();
        sheet.settle().unwrap();
        let text = sheet.text(&[]);
        assert!(!text.contains("hunter2") && !text.contains("s3cret"), "{text}");
        (text, secret)
    };
    let names = format!("database_url_file = {file:?}\n");
    let (text, secret) = again(&names, "postgres://door:s3cret@db/app\n");
    assert!(text.contains(&names) && secret.is_none(), "{text}");
    let (text, secret) = again("database_url = \"postgres://door@db/app?sslmode=require\"\n", "");
    assert!(
        text.contains("\"postgres://door@db/app?sslmode=require\"") && secret.is_none(),
        "{text}"
    );
    let (text, secret) = again("database_url = \"postgres://door:s3cret@db/app\"\n", "");
    assert!(text.contains("\ndatabase_url_file = \"/new\"\n"), "{text}");
    assert_eq!(secret.unwrap(), "postgres://door:s3cret@db/app");
    let (text, secret) = again(&names, "postgres://door:s3cret@elsewhere/app");
    assert!(text.contains("\ndatabase_url_file = \"/new\"\n") && secret.is_some(), "{text}");
    let (text, secret) = again(&names, "postgres://app:old@db/app");
    assert!(text.contains("\ndatabase_url_file = \"/new\"\n"), "{text}");
    assert_eq!(secret.unwrap(), "postgres://app:hunter2@db/app");
    std::fs::write(&path, "database_url_file = \"/nowhere/url\"\n").unwrap();
    let sentence = Former::read(&path).unwrap_err().to_string();
    assert!(sentence.starts_with("/nowhere/url, which database_url_file of "), "{sentence}");
    std::fs::write(&path, "no toml: s3cret").unwrap();
    let sentence = Former::read(&path).unwrap_err().to_string();
    assert!(sentence.ends_with("x.toml is no TOML; name another file"), "{sentence}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_not_reproduced_is_a_decision() {
    for (pointer, value, name) in [
        ("/user_model/manager/filters", Value::Null, "manager"),
        ("/user_model/manager/filters", json!({"my column": 1}), "manager"),
        ("/user_model/manager/matches", Value::Null, "username_lookup"),
        ("/user_model/check_password", json!(["a.User.check_password"]), "check_password"),
        ("/language/changed", json!(["Invalid token."]), "language"),
        ("/rest_framework/differing", json!({"EXCEPTION_HANDLER": "a.b"}), "exception_handler"),
        ("/rest_framework/differing", json!({"NON_FIELD_ERRORS_KEY": "x"}), "non_field_errors_key"),
        ("/rest_framework/differing", json!({"UNICODE_JSON": false}), "rest_framework"),
        ("/routes/logins/0/own", json!(["a.Login.post"]), "obtain_auth_token"),
        ("/routes/logins/0/said", json!({"throttle_classes": ["a.T"]}), "throttles"),
        ("/routes/logins/0/said", json!({"renderer_classes": ["a.R"]}), "obtain_auth_token"),
        ("/routes/logins/0/decorators", json!(["limited (x.py)"]), "obtain_auth_token"),
        ("/routes/logins", json!([]), "routes"),
        ("/settings/middleware", json!(["a.Middleware"]), "middleware"),
        ("/settings/security", json!({"SECURE_HSTS_SECONDS": 60}), "security_headers"),
        ("/settings/others", json!({"DEFAULT_CHARSET": "latin-1"}), "settings"),
        ("/settings/allowed_hosts", json!([]), "allowed_hosts"),
        ("/settings/time_zone", json!("Mars/Olympus"), "left_out"),
        ("/signals", json!(["user_login_failed"]), "signals"),
        ("/failed", json!({"cors": "TypeError (x.py, line 1)"}), "left_out"),
        ("/database/user/is_known", json!(false), "database_engine"),
        (
            "/database/user/options",
            json!({"target_session_attrs": "read-write"}),
            "database_options",
        ),
        ("/database/user/options", json!({"options": "-d 5"}), "database_options"),
        ("/token_model/own", json!(["a.Token.generate_key"]), "token_model"),
        ("/token_model/readers/0/own", json!(["a.B.authenticate"]), "token_authentication"),
        ("/token_model/key_digits", Value::Null, "token_model"),
        ("/token_model/key_digits", json!(20), "token_model"),
        ("/token_model/user_is_unique", json!(false), "token_model"),
        (
            "/rest_framework/authentication_classes/0",
            json!({"path": "jwt.JWTAuthentication", "is_token": false}),
            "authentication_classes",
        ),
        (
            "/hashers/hashers/1",
            json!({"path": "a.Own", "algorithm": "own", "base": "", "overrides": []}),
            "password_hashers",
        ),
        (
            "/password_validators/1",
            json!({"name": "a.Zxcvbn", "options": {}}),
            "password_validators",
        ),
        ("/password_validators/1/options", json!({"at_most": 3}), "password_validators"),
    ] {
        let text = text(&with(&[(pointer, value)]));
        let decisions =
            text.split("\n[decisions]\n").nth(1).unwrap_or_else(|| panic!("{name}: {text}"));
        let names: Vec<&str> =
            decisions.lines().filter_map(|line| line.strip_suffix(" = \"\"")).collect();
        assert_eq!(names, [name], "{text}");
        let config = Config::check(&text).unwrap();
        let refusal = config.decisions.check().unwrap_err().to_string();
        assert!(refusal.contains(&format!("decisions.{name} (")), "{refusal}");
    }
}

#[test]
fn what_cannot_be_served_is_refused_in_a_sentence() {
    for (pointer, value, part) in [
        ("/versions/django", json!("2.2"), "django.version would be \"2.2\": \"2.2\" is not known"),
        ("/versions/django", json!("7.0"), "django.version would be \"7.0\""),
        ("/token_model", Value::Null, "it has no token model"),
        (
            "/token_model/refers_to_id",
            json!(false),
            "does not refer to the user model's primary key",
        ),
        ("/user_model/table", json!("my-users"), "user_model.table would be \"my-users\""),
        ("/user_model/username_is_relation", json!(true), "a relation to another table"),
        ("/user_model/password_column", json!(""), "user_model.password_column would be \"\""),
        ("/hashers/hashers", json!([]), "no hasher of its PASSWORD_HASHERS"),
        ("/database/user/vendor", json!("oracle"), "in a database of the kind \"oracle\""),
        ("/database/user/name", json!(""), "names no database"),
        (
            "/database/user/name",
            json!("postgres://u:hunter2@h/d"),
            "the NAME of its database is a URL",
        ),
        (
            "/failed",
            json!({"routes": "ImportError (urls.py, line 3)"}),
            "its routes cannot be told: ImportError",
        ),
    ] {
        let answer = with(&[(pointer, value)]);
        let sentence = made(&answer).unwrap_err();
        assert!(sentence.contains(part), "{sentence}");
    }
    let mut answer = plain();
    answer["user_model"]["columns_elsewhere"] = json!(["password"]);
    assert!(made(&answer).unwrap_err().contains("another model's table"));
    let mut answer = plain();
    answer["token_model"]["columns_elsewhere"] = json!(["key"]);
    assert!(made(&answer).unwrap_err().contains("multi-table inheritance"));
    let mut answer = plain();
    answer["database"]["token"] = answer["database"]["user"].clone();
    assert!(made(&answer).is_ok());
    answer["database"]["token"]["name"] = json!("other");
    assert!(made(&answer).unwrap_err().contains("this service reads one database"));
}

#[test]
fn what_guards_django_s_login_is_refused_until_it_is_acknowledged() {
    let answer = with(&[("/settings/installed_apps", json!(["django.contrib.auth", "axes"]))]);
    let text = text(&answer);
    assert!(!text.contains("[decisions]"), "{text}");
    let refused = Config::check(&text).unwrap_err().to_string();
    assert!(refused.contains("django.acknowledge = [\"axes\"]"), "{refused}");
    let text = text.replace("[django]", "[django]\nacknowledge = [\"axes\"]");
    assert!(Config::check(&text).is_ok(), "{text}");
}

#[test]
fn keys_are_as_long_as_the_project_s() {
    let answer =
        with(&[("/token_model/key_digits", json!(64)), ("/token_model/key_max_length", json!(64))]);
    let text = text(&answer);
    assert_eq!(Config::check(&text).unwrap().token_model.key_length, 64);
    let text = self::text(&with(&[("/token_model/further_columns", json!(["scope"]))]));
    assert!(text.contains("# Rows must have a value in scope,"), "{text}");
    assert!(!text.contains("[decisions]"), "{text}");
}

#[test]
fn who_else_reads_tokens_is_a_decision_where_it_reads_others() {
    let reader = |keyword, model| json!({"path": "a.Reader", "keyword": keyword, "model": model, "views": ["/api/x/"], "own": []});
    for (other, decision) in [
        (reader("Token", "authtoken.Token"), ""),
        (reader("Bearer", "authtoken.Token"), "token_authentication"),
        (reader("Token", "a.Badge"), "token_model"),
    ] {
        let mut answer = plain();
        answer["token_model"]["readers"].as_array_mut().unwrap().push(other);
        let text = text(&answer);
        let open = text.split("[decisions]").nth(1).unwrap_or_default();
        assert_eq!(open.contains("a.Reader (at /api/x/)"), !decision.is_empty(), "{text}");
        assert!(text.contains(&format!("\n{decision}")), "{text}");
        assert_eq!(Config::check(&text).unwrap().token_model.keyword, "Token");
    }
}

#[test]
fn a_regular_expression_that_cannot_be_used_leaves_the_others() {
    let cors = json!({"settings": {
        "allowed_origin_regexes": ["^https://(?!evil)", "(?i)^https://x$"], "urls_regex": r"(a)\1",
    }, "before": [], "signals": false});
    let text = text(&with(&[("/cors", cors)]));
    let cors = Config::check(&text).unwrap().cors.unwrap();
    assert_eq!(cors.allowed_origin_regexes, ["(?i)^https://x$"]);
    assert_eq!(cors.urls_regex, "^.*$");
    let open = text.split("[decisions]").nth(1).unwrap();
    assert!(open.contains("(?!evil)") && open.contains("\ncors = \"\"\n"), "{text}");
}

#[test]
fn without_a_login_only_tokens_are_taken() {
    let text = text(&with(&[("/routes/logins", json!([]))]));
    let routes = Config::check(&text).unwrap().routes;
    let routes: Vec<_> = routes.iter().map(|route| (&*route.path, route.view.name())).collect();
    assert_eq!(routes, [("/verify/", "verify")]);
    assert!(text.contains("\nroutes = \"\"\n"), "{text}");
}

#[test]
fn validators_are_django_s_with_their_options() {
    const OF: &str = "django.contrib.auth.password_validation.";
    let validators = |validators: Value| {
        let text = text(&with(&[("/password_validators", validators)]));
        (Config::check(&text).unwrap().django.password_validators, text)
    };
    let (none, text) = validators(json!([]));
    assert!(none.is_empty() && text.contains("\npassword_validators = []\n"), "{text}");
    let (read, text) = validators(json!([
        {"name": format!("{OF}UserAttributeSimilarityValidator"),
         "options": {"max_similarity": 0.5, "user_attributes": ["email"]}},
        {"name": format!("{OF}CommonPasswordValidator"), "options": {"password_list_path": "/x.gz"}},
        {"name": "pwned.Validator", "options": {"api_key": "s3cret", "limit": 3}},
    ]));
    assert_eq!(
        format!("{read:?}"),
        "[UserAttributeSimilarity { user_attributes: [\"email\"], max_similarity: 0.5 }]"
    );
    assert!(text.contains("\npassword_validators = \"\"\n"), "{text}");
    assert!(
        text.contains("# pwned.Validator with the OPTIONS api_key, limit is not asked"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_foreign_preferred_hasher_is_never_replaced() {
    let answer = with(&[("/hashers/hashers/0/overrides", json!(["encode"]))]);
    let config = Config::check(&text(&answer)).unwrap();
    assert_eq!(config.django.password_hashers, ["bcrypt"]);
    assert!(!config.django.upgrades_passwords());
}

#[test]
fn databases_of_many_forms() {
    let database = |changes: &Value| {
        let mut answer = plain();
        for (key, value) in changes.as_object().unwrap() {
            answer["database"]["user"][key] = value.clone();
        }
        answer
    };
    for (changes, url) in [
        (json!({"host": "", "user": "", "port": ""}), "postgres:///app"),
        (
            json!({"host": "/var/run/postgresql", "port": "5433"}),
            "postgres://app@%2Fvar%2Frun%2Fpostgresql:5433/app",
        ),
        (json!({"host": "::1", "port": "5432"}), "postgres://app@[::1]:5432/app"),
        (
            json!({"options": {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem", "connect_timeout": 3}}),
            "postgres://app@db/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
        ),
        (
            json!({"options": {"options": "-c search_path=tenant,public", "assume_role": "reader", "pool": true}}),
            "postgres://app@db/app?options=-c%20search_path%3Dtenant%2Cpublic%20-c%20role%3Dreader",
        ),
        (
            json!({"host": "", "user": "", "name": "", "options": {"service": "s"},
                   "from_files": {"host": "pg", "dbname": "d", "user": "u", "port": "6432", "sslmode": "require"}}),
            "postgres://u@pg:6432/d?sslmode=require",
        ),
        (
            json!({"options": {"service": "s", "options": "-c a=1"}, "from_files": {"sslmode": "require"},
                   "from_variables": {"host": "other", "port": "6432", "sslmode": "disable",
                                      "sslrootcert": "/ca.pem", "options": "-c a=2"}}),
            "postgres://app@db:6432/app?sslmode=require&sslrootcert=%2Fca.pem&options=-c%20a%3D1",
        ),
        (
            json!({"user": "ünï@x", "name": "a b/c?"}),
            "postgres://%C3%BCn%C3%AF%40x@db/a%20b%2Fc%3F",
        ),
        (
            json!({"vendor": "mysql", "host": "/run/mysqld/mysqld.sock", "options": {"charset": "utf8mb4",
                   "init_command": "SET sql_mode='STRICT_TRANS_TABLES'"}}),
            "mysql://app@%2Frun%2Fmysqld%2Fmysqld.sock/app?charset=utf8mb4",
        ),
        (
            json!({"vendor": "mysql", "options": {"ssl": {"ca": "/ca.pem"}, "unix_socket": "/s"}}),
            "mysql://app@db/app?ssl-ca=%2Fca.pem&unix_socket=%2Fs",
        ),
        (
            json!({"vendor": "mysql", "options": {"ssl_mode": "REQUIRED", "isolation_level": "read committed"}}),
            "mysql://app@db/app?ssl-mode=REQUIRED",
        ),
        (
            json!({"vendor": "mysql", "user": "", "host": "", "options": {"read_default_file": "/my.cnf"},
                   "from_files": {"user": "u", "host": "m", "default-character-set": "utf8mb4",
                                  "prompt": "x", "init-command": "SET NAMES utf8mb4"}}),
            "mysql://u@m/app?charset=utf8mb4",
        ),
    ] {
        let text = text(&database(&changes));
        assert!(text.contains(&format!("\ndatabase_url = \"{url}\"\n")), "{url}\n{text}");
        assert!(!text.contains("[decisions]"), "{text}");
    }
    for (changes, decision) in [
        (json!({"host": "a,b", "port": "1,2"}), "HOST names several servers"),
        (json!({"options": {"passfile": "/p"}}), "set PGPASSFILE=/p"),
        (
            json!({"options": {"service": "s"}, "from_variables": {"port": "1"}}),
            "its file was not found",
        ),
        (json!({"from_variables": {"require_auth": "scram-sha-256"}}), "# require_auth."),
        (json!({"vendor": "mysql", "options": {"charset": "latin1"}}), "# charset."),
        (
            json!({"vendor": "mysql", "options": {"read_default_group": "x"}}),
            "# read_default_group: ",
        ),
        (
            json!({"vendor": "mysql", "options": {"read_default_file": "/my.cnf"},
                   "from_files": {"!includedir": true, "ssl-cipher": "x"}}),
            "# !includedir. # ssl-cipher.",
        ),
        (json!({"vendor": "mysql", "options": {"init_command": "SET ROLE x"}}), "# init_command."),
    ] {
        let text = text(&database(&changes));
        let comments = text.replace('\n', " ");
        assert!(comments.contains(decision), "{text}");
        assert!(text.contains("\ndatabase_options = \"\"\n"), "{text}");
    }
    let pooled = database(&json!({"disable_server_side_cursors": true}));
    assert!(text(&pooled).contains("\nprepared_statements = false\n"));
    let pooled = database(&json!({"options": {"prepare_threshold": null}}));
    assert!(text(&pooled).contains("\nprepared_statements = false\n"));
}

/// Any JSON in the place of any value.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("\\PC{0,6}|path|[a-z_]{1,8}", inner), 0..4)
                .prop_map(|pairs| pairs.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let mut below = |key: &str, value| pointers(value, &format!("{at}/{key}"), found);
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| below(&n.to_string(), item));
        }
        _ => {}
    }
}

#[test]
fn any_answer_makes_a_file_that_is_taken_or_a_sentence() {
    let mut places = Vec::new();
    pointers(&plain(), "", &mut places);
    let place = 0..places.len();
    let changes = proptest::collection::vec((place, any_json()), 1..4);
    proptest!(ProptestConfig::with_cases(500), |(changes in changes)| {
        let mut answer = plain();
        for (place, value) in changes {
            if let Some(target) = answer.pointer_mut(&places[place]) {
                *target = value;
            }
        }
        // `made` proves the file.
        let _ = made(&answer);
    });
}
