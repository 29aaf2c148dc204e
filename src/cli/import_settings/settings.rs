//! `[django]`: versions, hashers, and what settings.py says.

use super::{
    facts::Facts,
    literal::Literal,
    sheet::{Sheet, is_taken},
};

/// Django's own hashers: class, algorithm.
const HASHERS: [(&str, &str); 10] = [
    ("PBKDF2PasswordHasher", "pbkdf2_sha256"),
    ("PBKDF2SHA1PasswordHasher", "pbkdf2_sha1"),
    ("Argon2PasswordHasher", "argon2"),
    ("BCryptSHA256PasswordHasher", "bcrypt_sha256"),
    ("BCryptPasswordHasher", "bcrypt"),
    ("ScryptPasswordHasher", "scrypt"),
    ("MD5PasswordHasher", "md5"),
    ("SHA1PasswordHasher", "sha1"),
    ("UnsaltedSHA1PasswordHasher", "unsalted_sha1"),
    ("UnsaltedMD5PasswordHasher", "unsalted_md5"),
];

/// Which key holds which parameter of which algorithm.
const PARAMETERS: [(&str, &str, &str); 11] = [
    ("pbkdf2_sha256", "iterations", "pbkdf2_iterations"),
    ("pbkdf2_sha1", "iterations", "pbkdf2_sha1_iterations"),
    ("argon2", "time_cost", "argon2_time_cost"),
    ("argon2", "memory_cost", "argon2_memory_cost"),
    ("argon2", "parallelism", "argon2_parallelism"),
    ("bcrypt_sha256", "rounds", "bcrypt_sha256_rounds"),
    ("bcrypt", "rounds", "bcrypt_rounds"),
    ("scrypt", "work_factor", "scrypt_work_factor"),
    ("scrypt", "block_size", "scrypt_block_size"),
    ("scrypt", "parallelism", "scrypt_parallelism"),
    ("scrypt", "maxmem", "scrypt_maxmem"),
];

/// What a login here asks of `AUTHENTICATION_BACKENDS`.
const REPRODUCED: [&str; 2] = [
    "django.contrib.auth.backends.ModelBackend",
    "django.contrib.auth.backends.AllowAllUsersModelBackend",
];

/// Writes the section.
///
/// # Errors
/// A sentence, where no password of this project can be checked here.
pub(super) fn write(sheet: &mut Sheet, answer: Facts<'_>) -> Result<(), String> {
    let (versions, settings) = (answer.at("versions"), answer.at("settings"));
    sheet.section("django");
    sheet.set_essential("version", versions.text("django"));
    sheet.set("python", versions.text("python"));
    hashers(sheet, answer.at("hashers"))?;
    validators(sheet, answer);
    backends(sheet, settings);
    installed_apps(sheet, settings);
    sheet.set("use_tz", settings.flag("use_tz"));
    sheet.set("time_zone", settings.text("time_zone"));
    sheet.set("database_time_zone", answer.at("database").at("user").text("time_zone"));
    append_slash(sheet, settings);
    allowed_hosts(sheet, settings);
    for (key, highest) in [
        ("data_upload_max_memory_size", i64::from(i32::MAX)),
        ("data_upload_max_number_fields", 1_000_000),
    ] {
        match settings.number(key) {
            Some(number) if number <= highest => sheet.set(key, number),
            _ => sheet.set(key, "none"),
        }
    }
    others(sheet, settings, answer);
    Ok(())
}

fn hashers(sheet: &mut Sheet, facts: Facts<'_>) -> Result<(), String> {
    let mut names: Vec<&str> = Vec::new();
    let mut foreign: Vec<String> = Vec::new();
    let mut parameters: Vec<(&str, i64)> = Vec::new();
    let mut first_is_foreign = false;
    for (number, hasher) in facts.list("hashers").enumerate() {
        let overrides = hasher.texts("overrides");
        let known = HASHERS.iter().find(|(class, _)| *class == hasher.text("base"));
        let twice = known.is_some_and(|(_, algorithm)| names.contains(algorithm));
        let Some((_, algorithm)) = known.filter(|_| overrides.is_empty() && !twice) else {
            first_is_foreign |= number == 0;
            foreign.push(why(hasher, twice));
            continue;
        };
        names.push(algorithm);
        let own = PARAMETERS.iter().filter(|(of, ..)| of == algorithm);
        parameters.extend(
            own.filter_map(|(_, name, key)| Some((*key, hasher.at("parameters").number(name)?))),
        );
    }
    if names.is_empty() {
        return Err(format!(
            "no hasher of its PASSWORD_HASHERS is one of Django's own: {}",
            foreign.join("; ")
        ));
    }
    sheet.comment(
        "PASSWORD_HASHERS by algorithm, and their numbers, of subclasses of Django's too.",
    );
    sheet.set("password_hashers", Literal::texts(&names));
    for (key, number) in parameters {
        sheet.set(key, number);
    }
    libraries(sheet, facts, &names);
    for foreign in foreign {
        sheet.decide("password_hashers", foreign);
    }
    if first_is_foreign {
        sheet.comment(
            "The project's preferred hasher is not among them: no login here rewrites a password.",
        );
        sheet.set_essential("upgrade_passwords", false);
    }
    Ok(())
}

fn why(hasher: Facts<'_>, twice: bool) -> String {
    let path = hasher.text("path");
    let overrides = hasher.texts("overrides");
    if twice {
        return format!(
            "{path}: another hasher before it has the same algorithm {:?}.",
            hasher.text("algorithm")
        );
    }
    if overrides.is_empty() {
        return format!(
            "{path}: its algorithm {:?} is not computed here.",
            hasher.text("algorithm")
        );
    }
    format!("{path}: {} is the project's own.", overrides.join(", "))
}

/// What Python's libraries of argon2 and bcrypt decide.
fn libraries(sheet: &mut Sheet, facts: Facts<'_>, names: &[&str]) {
    if let Some(length) = facts.number("argon2_hash_length").filter(|_| names.contains(&"argon2")) {
        sheet.set("argon2_hash_length", length);
    }
    let major = facts.text("bcrypt").split('.').next().and_then(|major| major.parse::<u32>().ok());
    if let Some(major) = major.filter(|_| names.contains(&"bcrypt")) {
        sheet.set("bcrypt_truncates", major < 5);
    }
}

/// What a new password must be, for the commands that take one.
fn validators(sheet: &mut Sheet, answer: Facts<'_>) {
    if !answer.at("password_validators").is_there() {
        return;
    }
    let key = "password_validators";
    let is_reproduced =
        |validator: &Literal| is_taken("django", key, &Literal::List(vec![validator.clone()]));
    let mut validators = Vec::new();
    for validator in answer.list("password_validators") {
        let (path, options) = (validator.text("name"), validator.at("options"));
        match validator_of(path, options).filter(is_reproduced) {
            Some(validator) => validators.push(validator),
            None => sheet.decide(
                "password_validators",
                match names(options).as_str() {
                    "" => format!("{path} is not asked here."),
                    names => format!("{path} with the OPTIONS {names} is not asked here."),
                },
            ),
        }
    }
    sheet.set(key, Literal::List(validators));
}

/// Of options that nobody knows the names alone: a value may be a secret.
fn names(options: Facts<'_>) -> String {
    options.entries().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// As the configuration writes it: a name, or a table where it has options.
fn validator_of(path: &str, options: Facts<'_>) -> Option<Literal> {
    let name = path.strip_prefix("django.contrib.auth.password_validation.");
    let name = Literal::from(name.unwrap_or(path));
    let Literal::Table(options) = Literal::of_json(options.value())? else { return None };
    if options.is_empty() {
        return Some(name);
    }
    let mut table = vec![("name".to_owned(), name)];
    table.extend(options);
    Some(Literal::Table(table))
}

fn backends(sheet: &mut Sheet, settings: Facts<'_>) {
    let backends = settings.texts("authentication_backends");
    let foreign = backends.iter().any(|backend| !REPRODUCED.contains(backend));
    let list = Literal::texts(&backends);
    if !foreign && backends == [REPRODUCED[0]] {
        sheet.set_beside_default("authentication_backends", list.clone(), list);
        return;
    }
    if foreign {
        sheet.comment(
            "Others than ModelBackend are not asked here. Where logins may bypass them, name them in \
             acknowledge = [ … ].",
        );
    }
    sheet.set_standing("authentication_backends", list);
}

fn installed_apps(sheet: &mut Sheet, settings: Facts<'_>) {
    sheet.comment(
        "INSTALLED_APPS. What guards Django's login does not guard logins here: where that is right, name \
         it in acknowledge = [ … ].",
    );
    sheet.set_standing("installed_apps", Literal::texts(settings.texts("installed_apps")));
}

fn append_slash(sheet: &mut Sheet, settings: Facts<'_>) {
    let common = "django.middleware.common.CommonMiddleware";
    let has_common = !settings.texts("missing_middleware").contains(&common);
    if !has_common {
        sheet.comment("CommonMiddleware, which redirects, is not in MIDDLEWARE.");
    }
    sheet.set("append_slash", has_common && settings.flag("append_slash"));
}

fn allowed_hosts(sheet: &mut Sheet, settings: Facts<'_>) {
    let hosts = settings.texts("allowed_hosts");
    if settings.flag("use_x_forwarded_host") {
        sheet.comment("USE_X_FORWARDED_HOST is set: here the Host header alone counts, let the proxy send it.");
    }
    if hosts.is_empty() && settings.flag("debug") {
        sheet.comment(
            "ALLOWED_HOSTS is empty and DEBUG is true: these are what Django then serves.",
        );
        sheet.set(
            "allowed_hosts",
            Literal::texts(["localhost", ".localhost", "127.0.0.1", "[::1]"]),
        );
        return;
    }
    if hosts.is_empty() {
        sheet.decide("allowed_hosts", "ALLOWED_HOSTS is empty and DEBUG is false.");
    }
    sheet.set("allowed_hosts", Literal::texts(hosts));
}

/// What no key holds.
fn others(sheet: &mut Sheet, settings: Facts<'_>, answer: Facts<'_>) {
    let added: Vec<&str> = settings
        .texts("middleware")
        .into_iter()
        .filter(|path| !path.starts_with("corsheaders.") && !path.starts_with("whitenoise."))
        .filter(|path| *path != "django.middleware.locale.LocaleMiddleware")
        .collect();
    if !added.is_empty() {
        sheet.decide("middleware", format!("MIDDLEWARE has {}.", added.join(", ")));
    }
    let mut headers: Vec<String> = settings
        .at("security")
        .entries()
        .map(|(name, value)| format!("{name} = {}", value.shown()))
        .collect();
    let sends = |path: &&str| {
        path.ends_with("SecurityMiddleware") || path.ends_with("XFrameOptionsMiddleware")
    };
    headers.extend(
        settings
            .texts("missing_middleware")
            .into_iter()
            .filter(sends)
            .map(|path| format!("MIDDLEWARE is without {path}")),
    );
    if !headers.is_empty() {
        sheet.decide(
            "security_headers",
            format!(
                "{}. Here are sent what a new project of Django sends, and no redirect to https is made; the proxy \
                 in front can do both.",
                headers.join("; ")
            ),
        );
    }
    for (name, value) in settings.at("others").entries() {
        sheet.decide("settings", format!("{name} = {}.", value.shown()));
    }
    language(sheet, answer.at("language"));
    let signals = answer.texts("signals");
    if !signals.is_empty() {
        sheet.decide(
            "signals",
            format!(
                "There are receivers of {}. In Django a refused login sends user_login_failed, a new token \
                 saves its model, and a login that encodes a password anew saves the user's.",
                signals.join(", ")
            ),
        );
    }
}

fn language(sheet: &mut Sheet, facts: Facts<'_>) {
    let changed = facts.texts("changed");
    if !changed.is_empty() {
        sheet.decide("language", format!("LANGUAGE_CODE is {:?}.", facts.text("code")));
    }
    if facts.flag("chosen_by_client") {
        sheet
            .decide("language", "LocaleMiddleware answers in the language that a client asks for.");
    }
}
