//! `django::hashers` against what a real Django says, and the commands that stand on it.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use drf_auth::django::{
    Release,
    hashers::{
        Hasher as _, Hashers, MalformedPassword, PBKDF2PasswordHasher, Parameters, Verdict,
        default_hashers, identify_algorithm,
    },
};
use serde_json::Value;

/// The lines of `fixtures/passwords.jsonl` that Rust's strings can hold.
fn lines() -> impl Iterator<Item = Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/passwords.jsonl");
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines
        .into_iter()
        .filter(|line| !line.contains("\\ud800"))
        .map(|line| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}")))
}

/// The parameters of `compat/hashers/profiles.py`.
fn cheap() -> Parameters {
    let mut parameters = Parameters::of(Release::V5_2);
    parameters.pbkdf2_sha256 = 40.try_into().unwrap();
    parameters.pbkdf2_sha1 = 30.try_into().unwrap();
    (parameters.bcrypt, parameters.bcrypt_sha256) = (5, 4);
    parameters.argon2.time_cost = 2;
    parameters.argon2.memory_cost = 64;
    parameters.argon2.parallelism = 2;
    parameters.scrypt.work_factor = 64;
    parameters.scrypt.block_size = 4;
    parameters.scrypt.parallelism = 2;
    parameters
}

fn preferring(preferred: &str) -> Hashers {
    const KNOWN: [&str; 7] =
        ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "md5", "scrypt"];
    let others = KNOWN.into_iter().filter(|name| *name != preferred);
    Hashers::named(std::iter::once(preferred).chain(others), &cheap()).unwrap()
}

fn verify(hashers: &Hashers, line: &Value) -> Result<Verdict, MalformedPassword> {
    let encoded = line["encoded"].as_str().unwrap();
    match line["password"].as_str() {
        Some(password) => hashers.verify_password(password, encoded),
        None => Ok(Verdict { is_correct: false, must_update: false }),
    }
}

#[test]
fn every_hasher_preferred_says_what_django_says() {
    let mut count = 0;
    for line in lines().filter(|line| !line["preferred"].is_null()) {
        let hashers = preferring(line["preferred"].as_str().unwrap());
        let verdict = verify(&hashers, &line);
        match (&line["raises"], verdict) {
            (Value::String(_), Err(_)) => {}
            // Longer than any hasher's, which Django reads all the same.
            (Value::Null, Err(MalformedPassword::TooLong)) => {
                assert_eq!(line["correct"], false, "{line}");
            }
            (Value::Null, Ok(Verdict { is_correct, must_update })) => {
                assert_eq!(line["correct"], is_correct, "{line}");
                assert_eq!(line["must_update"], must_update, "{line}");
            }
            (raises, verdict) => panic!("{line}: Django {raises}, here {verdict:?}"),
        }
        count += 1;
    }
    assert!(count > 300, "{count}");
}

#[test]
fn a_default_project_says_what_django_says() {
    let mut parameters = cheap();
    parameters.pbkdf2_sha256 = 1.try_into().unwrap();
    let names = default_hashers(Release::V5_2).iter().copied();
    let hashers = Hashers::named(names, &parameters).unwrap();
    let mut count = 0;
    for line in lines().filter(|line| line["preferred"].is_null()) {
        count += 1;
        let encoded = line["encoded"].as_str().unwrap();
        let dear = PBKDF2PasswordHasher::stored_iterations(encoded);
        if cfg!(debug_assertions) && dear.is_some_and(|iterations| iterations.get() > 200_000) {
            continue;
        }
        let verdict = verify(&hashers, &line);
        if !line["raises"].is_null() {
            assert!(verdict.is_err(), "{line}");
            continue;
        }
        let Verdict { is_correct, must_update } = verdict.unwrap();
        assert_eq!(line["correct"], is_correct, "{line}");
        for (iterations, said) in line["must_update"].as_object().unwrap() {
            let preferred = PBKDF2PasswordHasher::new(iterations.parse().unwrap());
            let own = identify_algorithm(encoded) == preferred.algorithm();
            let counts = own && !line["password"].is_null();
            let here = if counts { preferred.must_update(encoded).unwrap() } else { must_update };
            assert_eq!(*said, here, "{line}: {iterations} iterations");
        }
    }
    assert!(count > 250, "{count}");
}

#[test]
fn the_table_of_malformed_strings_is_true() {
    let table = include_str!("../../src/django/hashers/malformed.md");
    let mut rows = table.lines().skip(2);
    for line in lines() {
        let (Some(preferred), Some(encoded)) =
            (line["preferred"].as_str(), line["encoded"].as_str())
        else {
            continue;
        };
        if !line["name"].as_str().unwrap().contains("preferred: class: ") {
            continue;
        }
        let stored =
            if encoded.is_empty() { "(nothing)".to_owned() } else { format!("`{encoded}`") };
        let django = match line["raises"].as_str() {
            Some(exception) => format!("raises {exception}"),
            None => "refused".to_owned(),
        };
        let here = match verify(&preferring(preferred), &line) {
            Ok(Verdict { is_correct, .. }) => {
                assert!(!is_correct, "{line}");
                "refused".to_owned()
            }
            Err(error) => format!("malformed: {error}"),
        };
        assert_eq!(rows.next(), Some(&*format!("| {stored} | {django} | {here} |")));
    }
    assert_eq!(rows.next(), None, "a row without a line of the fixture");
}

/// Runs the binary on `input`, without a configuration file.
fn run(arguments: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_drf-auth"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn outcome(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

const ENCODED: &str = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";

/// So that no test waits for a million iterations.
const QUICK: (&str, &str) = ("DRF_AUTH_DJANGO__PBKDF2_ITERATIONS", "10");

#[test]
fn check_password_prints_a_python_boolean() {
    let check = |encoded: &str, input: &str| {
        outcome(&run(&["check_password", encoded], &[QUICK], input.as_bytes()))
    };
    let right = (0, "True\n".to_owned(), String::new());
    let wrong = (1, "False\n".to_owned(), String::new());
    assert_eq!(check(ENCODED, "l\u{e8}tmein"), right);
    assert_eq!(check(ENCODED, "l\u{e8}tmein\n"), right);
    assert_eq!(check(ENCODED, "l\u{e8}tmein\n\n"), wrong);
    assert_eq!(check(ENCODED, "letmein\n"), wrong);
    assert_eq!(check("-", &format!("{ENCODED}\nl\u{e8}tmein\n")), right);
    assert_eq!(check("-", &format!("{ENCODED}\n")), wrong);
    assert_eq!(check("!", "x"), wrong);
}

/// Runs the binary in a terminal of its own: what it ends with and all that is shown, where every question
/// is answered when it is asked. `None` where there is nothing to make terminals with.
fn talk(command: &str, answers: &[(&str, &str)]) -> Option<(Option<i32>, String)> {
    let child = Command::new("script")
        .args([
            "--quiet",
            "--return",
            "--flush",
            "--command",
            &format!("\"$PROGRAM\" {command}"),
            "/dev/null",
        ])
        .current_dir(std::env::temp_dir())
        .env_clear()
        .envs([QUICK, ("PROGRAM", env!("CARGO_BIN_EXE_drf-auth")), ("ENCODED", ENCODED)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, chunks) = mpsc::channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 1024];
        while let Ok(read @ 1..) = output.read(&mut chunk) {
            let _ = sender.send(chunk[..read].to_vec());
        }
    });
    let (mut shown, mut answers) = (String::new(), answers.iter());
    let mut next = answers.next();
    while let Ok(chunk) = chunks.recv_timeout(Duration::from_secs(30)) {
        shown += &String::from_utf8_lossy(&chunk);
        if let Some((_, answer)) = next.filter(|(question, _)| shown.ends_with(question)) {
            writeln!(input, "{answer}").unwrap();
            next = answers.next();
        }
    }
    let _ = child.kill();
    assert_eq!(next, None, "not asked; shown: {shown}");
    Some((child.wait().unwrap().code(), shown.replace("\r\n", "\n")))
}

#[test]
fn a_terminal_is_asked_and_shows_no_password() {
    let password = ("Password: ", "l\u{e8}tmein");
    let Some(checked) = talk("check_password \"$ENCODED\"", &[password]) else {
        eprintln!("skipped: there is no `script` (util-linux) here");
        return;
    };
    assert_eq!(checked, (Some(0), "Password: \nTrue\n".to_owned()));
    let stored = ("Stored password: ", ENCODED);
    let (code, shown) = talk("check_password -", &[stored, ("Password: ", "letmein")]).unwrap();
    assert_eq!(code, Some(1));
    assert_eq!(shown, format!("Stored password: {ENCODED}\nPassword: \nFalse\n"));

    let again = ("Password (again): ", "secret");
    let (code, shown) = talk("make_password", &[("Password: ", "secret"), again]).unwrap();
    assert_eq!(code, Some(0));
    let made = shown.strip_prefix("Password: \nPassword (again): \n").unwrap();
    let input = format!("{made}secret");
    assert_eq!(run(&["check_password", "-"], &[QUICK], input.as_bytes()).status.code(), Some(0));
    let (code, shown) = talk("make_password", &[("Password: ", "sceret"), again]).unwrap();
    assert_eq!(code, Some(1));
    let said = "Password: \nPassword (again): \ndrf-auth: the passwords do not match\n";
    assert_eq!(shown, said);
}

#[test]
fn check_password_names_what_is_not_supported() {
    let said = |encoded: &str| {
        let (code, stdout, stderr) = outcome(&run(&["check_password", encoded], &[QUICK], b"x"));
        assert_eq!((code, &*stdout), (1, "False\n"));
        stderr
    };
    assert_eq!(
        said("pbkdf2_wrapped_sha1$10$a$3q2+7w0xQ9p1m5vJc8sLr4Tz6yKd2bHf"),
        "drf-auth: the hasher \"pbkdf2_wrapped_sha1\" is not supported\n"
    );
    // It has no digest: it may be a password that somebody stored as it was.
    assert_eq!(said("letmein$10$a$b"), "");
    assert_eq!(
        said("bcrypt$$2b$12$abc"),
        "drf-auth: the hasher \"bcrypt\" is not among django.password_hashers\n"
    );
    assert_eq!(said("sha1$a$b"), "drf-auth: Django 5.2 has no hasher \"sha1\"\n");
    assert_eq!(
        said("pbkdf2_sha256$x"),
        "drf-auth: the stored password cannot be checked: it does not have the algorithm's number \
         of parts\n"
    );
    // It may be a password in clear: not repeated.
    assert_eq!(said("hunter2"), "");
}

#[test]
fn a_hasher_that_django_gave_up_is_taken_where_it_is_listed() {
    let variables = [
        QUICK,
        ("DRF_AUTH_DJANGO__VERSION", "6.1"),
        ("DRF_AUTH_DJANGO__PASSWORD_HASHERS", "pbkdf2_sha256,sha1,unsalted_sha1,unsalted_md5"),
    ];
    for encoded in [
        "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
        "sha1$$6d138ca3ae545631b3abd71a4f076ce759c5700b",
        "88a434c88cca4e900f7874cd98123f43",
    ] {
        let output = run(&["check_password", encoded], &variables, "l\u{e8}tmein".as_bytes());
        assert_eq!(outcome(&output), (0, "True\n".to_owned(), String::new()), "{encoded}");
    }
}

#[test]
fn make_password_makes_what_check_password_takes() {
    let variables = [QUICK, ("DRF_AUTH_DJANGO__PASSWORD_HASHERS", "pbkdf2_sha256,md5,bcrypt")];
    let (code, made, _) = outcome(&run(&["make_password"], &variables, b"secret\n"));
    assert_eq!(code, 0);
    assert!(made.starts_with("pbkdf2_sha256$10$"), "{made}");
    let input = format!("{made}secret");
    assert_eq!(run(&["check_password", "-"], &variables, input.as_bytes()).status.code(), Some(0));

    let arguments = ["make_password", "--hasher", "md5", "--salt", "seasalt"];
    let made = outcome(&run(&arguments, &variables, "l\u{e8}tmein".as_bytes()));
    let expected = "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3\n";
    assert_eq!(made, (0, expected.to_owned(), String::new()));

    let (code, _, stderr) =
        outcome(&run(&["make_password", "--hasher", "argon2"], &variables, b""));
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no such hasher among the configured ones"), "{stderr}");
}

#[test]
fn batches_answer_in_order_and_go_on_after_a_bad_line() {
    let line =
        |password: &str| format!("{{\"password\":\"{password}\",\"encoded\":\"{ENCODED}\"}}\n");
    let mut input = line("letmein") + "nonsense\n{\"encoded\":\"x\"}\n\n";
    input += "{\"password\":null,\"encoded\":\"x\"}\n{\"password\":\"x\",\"encoded\":\"md5$$\"}\n";
    input += "{\"password\":\"x\",\"encoded\":\"pbkdf2_sha1$1\"}\n";
    for _ in 0..200 {
        input += &line("l\u{e8}tmein");
    }
    let (code, stdout, stderr) =
        outcome(&run(&["check_password", "--batch"], &[QUICK], input.as_bytes()));
    assert_eq!((code, &*stderr), (0, ""));
    let answers: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(stdout.lines().next(), Some("{\"correct\":false,\"must_update\":true}"));
    for bad in &answers[1..4] {
        assert!(bad["error"].is_string() && bad["correct"].is_null(), "{bad}");
    }
    assert_eq!(answers[4]["must_update"], false);
    assert_eq!(answers[5]["error"], Value::Null);
    assert_eq!(answers[6]["correct"], false);
    assert!(answers[6]["error"].is_string());
    assert_eq!(answers.len(), 207);
    assert!(answers[7..].iter().all(|answer| answer["correct"] == true));

    let orders = "{\"password\":\"x\",\"salt\":\"s\"}\n{\"password\":\"x\",\"hasher\":\"crypt\"}\n\
                  {\"password\":null}\n{}";
    let made = run(&["make_password", "--batch"], &[QUICK], orders.as_bytes());
    let (code, stdout, _) = outcome(&made);
    let made: Vec<&str> = stdout.lines().collect();
    assert_eq!((code, made.len()), (0, 4));
    assert!(made[0].starts_with("{\"encoded\":\"pbkdf2_sha256$10$s$"), "{stdout}");
    assert!(made[1].starts_with("{\"error\":") && made[3].starts_with("{\"error\":"), "{stdout}");
    assert!(made[2].starts_with("{\"encoded\":\"!"), "{stdout}");
}

#[test]
fn the_limits_of_stored_passwords_are_configured() {
    let own = [
        QUICK,
        ("DRF_AUTH_DJANGO__PASSWORD_HASHERS", "pbkdf2_sha256,argon2,bcrypt,scrypt"),
        ("DRF_AUTH_DJANGO__ARGON2_MEMORY_COST", "8"),
        ("DRF_AUTH_DJANGO__ARGON2_TIME_COST", "1"),
        ("DRF_AUTH_DJANGO__ARGON2_PARALLELISM", "1"),
        ("DRF_AUTH_DJANGO__BCRYPT_ROUNDS", "4"),
        ("DRF_AUTH_DJANGO__SCRYPT_WORK_FACTOR", "2"),
    ];
    let bcrypt = "bcrypt$$2b$05$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG";
    let argon2 = "argon2$argon2id$v=19$m=64,t=11,p=2$c2Vhc2FsdHNhbHQ$aaaaaaaa";
    let long = format!("pbkdf2_sha256$10${}$h", "s".repeat(300));
    let cost = "checking it would cost more than the limit";
    for (variable, value, encoded, reason) in [
        ("DRF_AUTH_HASH_LIMITS__ENCODED_LENGTH", "256", &*long, "it is longer than the limit"),
        ("DRF_AUTH_HASH_LIMITS__PBKDF2_ITERATIONS", "999", ENCODED, cost),
        ("DRF_AUTH_HASH_LIMITS__ARGON2_MEMORY_COST", "63", argon2, cost),
        ("DRF_AUTH_HASH_LIMITS__ARGON2_PARALLELISM", "1", argon2, cost),
        ("DRF_AUTH_HASH_LIMITS__ARGON2_WORK", "703", argon2, cost),
        ("DRF_AUTH_HASH_LIMITS__BCRYPT_ROUNDS", "4", bcrypt, cost),
        ("DRF_AUTH_HASH_LIMITS__SCRYPT_WORK", "2175", "scrypt$16$salt$8$17$h", cost),
    ] {
        let said = |variables: &[(&str, &str)]| {
            let output = run(&["check_password", encoded], variables, b"x");
            let (code, _, stderr) = outcome(&output);
            assert_eq!(code, 1, "{stderr}");
            stderr
        };
        assert!(said(&[&own[..], &[(variable, value)]].concat()).contains(reason), "{variable}");
        assert_eq!(said(&own), "", "{variable}");
    }
}

#[test]
fn a_configuration_that_names_no_hasher_of_django_s_is_refused() {
    let variables = [("DRF_AUTH_DJANGO__PASSWORD_HASHERS", "pbkdf2_sha256,site.hashers.Wrapped")];
    let (code, _, stderr) = outcome(&run(&["make_password"], &variables, b"x"));
    assert_eq!(code, 2);
    assert!(stderr.contains("\"site.hashers.Wrapped\" is not one of Django's own"), "{stderr}");
    let variables = [("DRF_AUTH_DJANGO__SCRYPT_WORK_FACTOR", "1000")];
    let (code, _, stderr) = outcome(&run(&["make_password"], &variables, b"x"));
    assert_eq!(code, 2);
    assert!(stderr.contains("scrypt is not defined for these parameters"), "{stderr}");
}
