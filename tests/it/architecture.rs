//! Reads `src/` and fails where a room imports upwards, or lets in what it must not know.
//! The map itself is in `src/lib.rs`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms it may use, its own always among them. The mirror rooms stand on each
/// other as upstream does: DRF on Django, Django on Python.
const ROOMS: &[(&str, &[&str])] = &[
    ("python", &[]),
    ("lanes", &[]),
    ("django", &["python", "lanes"]),
    ("drf", &["python", "django"]),
    ("corsheaders", &["python"]),
    ("telemetry", &[]),
    ("metrics", &[]),
    ("config", &["python", "django"]),
    ("accounts", &["django", "lanes", "metrics"]),
    ("store", &["accounts", "metrics"]),
    ("remote", &["accounts"]),
    ("guard", &["store", "accounts", "drf", "django", "lanes", "python", "telemetry"]),
    (
        "http",
        &["guard", "accounts", "drf", "django", "corsheaders", "python", "metrics", "telemetry"],
    ),
    (
        "app",
        &[
            "http",
            "guard",
            "store",
            "accounts",
            "config",
            "corsheaders",
            "drf",
            "django",
            "lanes",
            "metrics",
            "python",
            "telemetry",
        ],
    ),
    ("cli", &["app", "config", "telemetry"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// What may stand only in some places: the text, the places, the reason.
const STRANGERS: &[(&str, &[&str], &str)] = &[
    ("spawn_blocking", &["src/http/body.rs"], "work is bounded"),
    ("thread::spawn", &["src/accounts/passwords"], "hashing is bounded in one place"),
    (
        "thread::Builder",
        &["src/accounts/passwords", "src/telemetry"],
        "hashing is bounded in one place",
    ),
    ("std::env", &["src/config/", "src/cli", "src/main.rs"], "configuration is read in one place"),
    ("env::var", &["src/config/"], "configuration is read in one place"),
    ("AssertSqlSafe", &["src/store/"], "SQL is composed in one room"),
    ("sqlx::", &["src/store"], "only the store knows the driver"),
    ("prometheus_client", &["src/metrics"], "one room knows the library"),
    ("unsafe", &["src/lanes/x86_64"], "instructions that not every processor has"),
    ("axum::Json", &[], "its texts are not DRF's"),
    (
        "header::AUTHORIZATION",
        &["src/guard/authentication.rs", "src/remote/client.rs"],
        "read in one place",
    ),
    (
        "\"authorization\"",
        &["src/config/verify.rs", "src/config/cors.rs"],
        "read in one place, by its constant",
    ),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join("src"), &mut found);
    assert!(found.len() > 20, "src/ was not read");
    found.into_iter().map(|(p, t)| (p.strip_prefix(root).unwrap().to_owned(), t)).collect()
}

/// A file's code, without its comments and without its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn room_of(path: &Path) -> String {
    let first = path.components().nth(1).unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The rooms that a file names: `crate::room`, and `crate::{a::…, b::…}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                used.insert(identifier(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in group.char_indices() {
                    if start && depth == 0 && c.is_alphabetic() {
                        used.insert(identifier(&group[i..]));
                        start = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ => {}
                    }
                }
            }
        }
    }
    used
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn no_room_imports_upwards() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room_of(&path);
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{}: no room of the map", path.display()));
            continue;
        };
        for used in rooms_used(&code(&text)) {
            let known = ROOMS.iter().any(|(name, _)| *name == used);
            if known && used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_groups() {
    let used = rooms_used("use crate::{a::{x, y}, b, c::d};\nlet z = crate::e::f();");
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["a", "b", "c", "e"]);
}

#[test]
fn strangers_stay_out() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.display().to_string();
        let code = code(&text);
        for (stranger, places, reason) in STRANGERS {
            let lawful = places.iter().any(|place| name.starts_with(place));
            if !lawful && code.contains(stranger) {
                wrong.push(format!("{name}: {stranger} ({reason})"));
            }
        }
        let mirror = matches!(room_of(&path).as_str(), "drf" | "django" | "corsheaders" | "python");
        if mirror && [".trim()", ".trim_start()", ".trim_end()"].iter().any(|t| code.contains(t)) {
            wrong.push(format!("{name}: str::trim (Python's strip is another set)"));
        }
        if mirror && (code.contains("async fn") || code.contains(".await")) {
            wrong.push(format!("{name}: async in a pure room"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
