#!/usr/bin/env bash
# Does what the README's "In your Rust service" promises: a crate outside the repository, which depends on the library
# with `guard` and one database only and holds the README's program, compiles, runs, and takes a token of Django's.
# Prints how many crates it needs and how long they take to compile; with --server the same of the whole service.
#
#   compat/fresh_crate.sh [--server]
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-fresh.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill $pid 2>/dev/null || true; rm -rf "$folder"' EXIT
unset CARGO_TARGET_DIR

# --- the crate: the README's lines, with this folder in the place of a version -------------------
mkdir -p "$folder/shop/src"
section=$(sed -n '/^## In your Rust service/,/^## /p' README.md)
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" <<<"$section" | sed '1d;/^```$/,$d'; }
block toml | sed "s|path = \"[^\"]*\"|path = \"$root\"|" >"$folder/shop/dependencies"
grep -q "path = \"$root\"" "$folder/shop/dependencies" || { echo "fresh crate: the README names no path" >&2; exit 1; }
{
    printf '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2024"\n\n'
    sed 's/"postgres"/"sqlite"/' "$folder/shop/dependencies"
    printf '\n[workspace]\n'
} >"$folder/shop/Cargo.toml"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
block rust | sed "s|postgres://[^\"]*|sqlite:///$folder/db.sqlite3|; s|127.0.0.1:[0-9]*|127.0.0.1:$port|" >"$folder/shop/src/main.rs"
# The versions that everything else is tested with.
cp Cargo.lock "$folder/shop/Cargo.lock"
python3 - "$folder/db.sqlite3" fixtures/databases/django-5.2.sqlite3 <<'PYTHON'
import shutil, sqlite3, sys
shutil.copy(sys.argv[2], sys.argv[1])
rows = sqlite3.connect(sys.argv[1])
rows.execute("DELETE FROM authtoken_token")
rows.execute("DELETE FROM auth_user WHERE username = 'fresh'")
user = rows.execute(
    "INSERT INTO auth_user (username, email, password, first_name, last_name, is_active, is_staff, is_superuser, date_joined)"
    " VALUES ('fresh', '', '!', '', '', 1, 0, 0, '2024-01-02 03:04:05')"
).lastrowid
rows.execute("INSERT INTO authtoken_token (key, created, user_id) VALUES ('a1b2c3', '2024-01-02 03:04:05', ?)", (user,))
rows.commit()
PYTHON

# --- it compiles ---------------------------------------------------------------------------------
crates() { cargo tree --edges normal,build --prefix none --no-dedupe "$@" 2>/dev/null | sed 's/ (.*//' | sort -u | wc -l; }
timed() { # what, target folder, command …
    local what=$1 target=$2 began=$SECONDS
    shift 2
    CARGO_TARGET_DIR=$target "$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    echo "fresh crate: $what, compiled from nothing (debug) in $((SECONDS - began)) s on $(nproc) cores"
}
cd "$folder/shop"
# Fetches nothing where the repository's own dependencies are there.
cargo metadata --offline --format-version 1 >/dev/null 2>&1 || cargo fetch --quiet
echo "fresh crate: $(($(crates) - 1)) crates with guard and sqlite, axum and tokio; $(cd "$root" && crates --no-default-features --features guard,sqlite -p drf-auth) with guard and sqlite alone, $(cd "$root" && crates -p drf-auth) of the service with three databases"
timed "guard and sqlite" "$folder/target" cargo build
if [ "${1:-}" = --server ]; then
    # A crate like the first, so that both are compiled alike (the repository optimises what hashes).
    mkdir -p "$folder/service/src"
    printf '[package]\nname = "service"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\ndrf-auth = { path = "%s" }\n\n[workspace]\n' \
        "$root" >"$folder/service/Cargo.toml"
    echo 'fn main() -> std::process::ExitCode { drf_auth::cli::run(std::env::args_os()) }' >"$folder/service/src/main.rs"
    cp "$root/Cargo.lock" "$folder/service/Cargo.lock"
    (cd "$folder/service" && timed "the whole service" "$folder/server" cargo build)
fi

# --- it runs -------------------------------------------------------------------------------------
"$folder/target/debug/shop" >"$folder/out" 2>&1 &
pid=$!
for _ in $(seq 100); do
    curl -s -o /dev/null "http://127.0.0.1:$port/" && break
    kill -0 $pid 2>/dev/null || { cat "$folder/out" >&2; exit 1; }
    sleep 0.1
done
say() { curl -s -H "Authorization: $1" "http://127.0.0.1:$port/hello"; }
answer=$(say "Token a1b2c3")
[ "$answer" = "Hello fresh" ] || { echo "fresh crate: the answer is: $answer" >&2; exit 1; }
answer=$(say "Token b1b2c3")
[ "$answer" = '{"detail":"Invalid token."}' ] || { echo "fresh crate: the refusal is: $answer" >&2; exit 1; }
echo "fresh crate: it takes Django's token, and refuses another"
