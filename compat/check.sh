#!/usr/bin/env bash
# The gate: says and installs what is missing, then formatting, lints, documentation, every test on three
# databases, the demo, and the live comparison with Django.
#
#   compat/check.sh           what every commit must pass (under 30 minutes on 2 cores)
#   compat/check.sh full      the same, and what takes hours: the comparison by the hundred thousand
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:-gate}
case $mode in gate | full) ;; *) echo "usage: compat/check.sh [full]" >&2; exit 2 ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-check.XXXXXX")
chmod 755 "$work"
stop() {
    local status=$?
    set +e
    for server in postgres mariadb; do
        [ -d "$work/$server" ] && bash compat/databases.sh stop "$work/$server" >/dev/null 2>&1
    done
    rm -rf "$work"
    [ $status -eq 0 ] && echo "check: all passed in $((SECONDS / 60)) min $((SECONDS % 60)) s" \
        || echo "check: FAILED after $((SECONDS / 60)) min $((SECONDS % 60)) s" >&2
    exit $status
}
trap stop EXIT
trap 'exit 130' INT TERM

step() { printf '\n== %s (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)); }

# --- what is needed beside a Rust toolchain ------------------------------------------------------
missing=()
need() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || missing+=("$2")
}
need python3 python3
need gcc gcc
need curl curl
need pkg-config pkg-config
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing+=(postgresql)
command -v mariadbd >/dev/null 2>&1 || command -v mysqld >/dev/null 2>&1 || missing+=(mariadb-server)
command -v mariadb_config >/dev/null 2>&1 || command -v mysql_config >/dev/null 2>&1 || missing+=(libmariadb-dev)
need pgbouncer pgbouncer
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
if [ ${#missing[@]} -gt 0 ]; then
    echo "check: missing Debian packages: ${missing[*]}"
    if [ "$(id -u)" -eq 0 ]; then as_root=(); else as_root=(sudo -n); fi
    if command -v apt-get >/dev/null 2>&1 && "${as_root[@]}" true 2>/dev/null; then
        "${as_root[@]}" apt-get update -qq
        # The package must not start a service of its own: the tests bring their own servers.
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq \
            --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 ||
            { tail -20 "$work/apt.log" >&2; exit 1; }
    else
        echo "check: install them (apt-get install ${missing[*]}) and run this again" >&2
        exit 1
    fi
fi

# --- the crate -----------------------------------------------------------------------------------
step "formatting"
cargo fmt --check

step "lints"
cargo clippy --locked --all-targets --all-features --quiet -- -D warnings

step "each feature alone"
bash compat/features.sh $mode

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --locked --all-features --no-deps --document-private-items --quiet

step "types of other crates in the public interface"
status=0
python3 compat/public_types.py || status=$?
case $status in 0) ;; 3) echo "skipped: this rustdoc is not known to compat/public_types.py" ;; *) exit $status ;; esac

if command -v cargo-deny >/dev/null 2>&1; then
    step "dependencies: licences, bans, sources"
    cargo deny --offline check licenses bans sources
else
    echo "skipped: cargo-deny is not installed (cargo install cargo-deny)"
fi

step "databases"
for server in postgres mariadb; do
    bash compat/databases.sh start "$server" "$work/$server" >"$work/$server.log" 2>&1 ||
        { cat "$work/$server.log" >&2; exit 1; }
done
# Each says where it is: DRF_AUTH_TEST_POSTGRES_URL, DRF_AUTH_TEST_MYSQL_URL.
. "$work/postgres/env"
. "$work/mariadb/env"

step "tests, on SQLite, PostgreSQL and MariaDB"
DRF_AUTH_TEST_REQUIRE=postgres,mysql cargo test --locked --all-features

for server in postgres mariadb; do bash compat/databases.sh stop "$work/$server"; done

step "the demo of the README"
cargo build --locked --release --quiet
bash compat/demo.sh target/release/drf-auth
bash compat/nginx.sh target/release/drf-auth

operator() { # migrate or commands, and what it is told
    step "beside manage.py: $1"
    local status=0 program=$1
    shift
    bash "compat/$program.sh" --binary target/release/drf-auth "$@" || status=$?
    case $status in 0) ;; 3) echo "skipped: a Django needs a Python that is not here" ;; *) exit $status ;; esac
}
operator migrate
operator commands $([ "$mode" = full ] || echo --django 5.2)

step "import-settings: projects of many kinds, asked, served and compared"
imports() {
    local status=0
    bash compat/import_settings.sh --binary target/release/drf-auth "$@" || status=$?
    case $status in 0) ;; 3) echo "skipped: import-settings needs Python 3.11 or newer" ;; *) exit $status ;; esac
}
if [ "$mode" = full ]; then imports --django "3.2 4.2 5.2 6.0 6.1"; else imports; fi

step "a fresh crate with the library"
bash compat/fresh_crate.sh $([ "$mode" = full ] && echo --server)

step "restarts under load"
bash compat/restarts.sh --binary target/release/drf-auth --restarts $([ "$mode" = full ] && echo 200 || echo 20)

step "what is deployed, and the OpenAPI document"
bash compat/deploy.sh
bash compat/openapi.sh --binary target/release/drf-auth "$mode"

step "gateways"
gateways() {
    local status=0
    bash compat/gateways.sh --binary target/release/drf-auth "$@" || status=$?
    case $status in 0) ;; 3) echo "skipped: the gateways need Python 3.11 or newer" ;; *) exit $status ;; esac
}
gateways
if [ "$mode" = full ]; then gateways --self-test; fi

step "Django projects with models of their own"
bash compat/projects.sh --binary target/release/drf-auth $([ "$mode" = full ] && echo --full)
if [ "$mode" = full ]; then bash compat/projects.sh --binary target/release/drf-auth --django 6.1; fi

# --- against the real thing ----------------------------------------------------------------------
binary=target/release/drf-auth
compare() { # engine, Django, Python, requests
    step "comparison: $1, Django $2 on Python $3, $4 requests"
    if ! bash compat/venv.sh "$2" "$3" >/dev/null; then
        echo "skipped: Django $2 needs Python $3, which is not here"
        return
    fi
    bash compat/compare.sh --engine "$1" --django "$2" --python "$3" --requests "$4" \
        --seed "${DRF_AUTH_SEED:-$(date +%s)}" --binary "$binary"
}
hashers() { # Django, count
    step "hashers: Django $1, $2 passwords and their encodings, both directions"
    local status=0
    bash compat/hashers.sh --django "$1" --count "$2" --seed "${DRF_AUTH_SEED:-$(date +%s)}" --binary "$binary" || status=$?
    case $status in 0) ;; 3) echo "skipped: Django $1 needs a Python that is not here" ;; *) exit $status ;; esac
}
main_python=$(for v in 3.11 3.12 3.13 3.10; do bash compat/venv.sh 5.2 $v >/dev/null 2>&1 && { echo $v; break; }; done)
[ -n "$main_python" ] || { echo "check: Django 5.2 needs a Python from 3.10 on" >&2; exit 1; }

if [ "$mode" = full ]; then many=200000 few=50000; else many=5000 few=1500; fi
if [ "$mode" = full ]; then
    step "the engine's tests on an emulated processor with AVX-512"
    status=0
    bash compat/emulate.sh || status=$?
    case $status in 0) ;; 3) echo "skipped: there is no emulator here" ;; *) exit $status ;; esac
    for django in 3.2 4.2 5.2 6.0 6.1; do hashers $django 200000; done
else
    for django in 4.2 5.2 6.1; do hashers $django 10000; done
fi
step "hashers: every path of the engine that this processor has, forced one by one"
for path in portable sha-ni sha-ni-x2 sha-ni-rotates avx2 avx512vl avx512; do
    if said=$(echo '{"password":"secret"}' | DRF_AUTH_TEST_ENGINE=$path "$binary" make_password --batch 2>&1); then
        echo "$path:"
        DRF_AUTH_TEST_ENGINE=$path bash compat/hashers.sh --django 5.2 --count 500 --binary "$binary"
    elif grep -q "this processor has no" <<<"$said"; then
        echo "skipped: this processor has no $path"
    else
        echo "$said" >&2
        exit 1
    fi
done
step "the comparison finds faults that are put before it"
bash compat/compare.sh --self-test
for engine in sqlite postgres mariadb; do compare $engine 5.2 "$main_python" $many; done
compare sqlite 6.1 3.13 $few
compare postgres 4.2 3.10 $few
if [ "$mode" = full ]; then
    for engine in postgres mariadb; do compare $engine 6.1 3.13 $few; done
    for engine in sqlite mariadb; do compare $engine 4.2 3.10 $few; done
    compare sqlite 6.0 3.12 $few
fi

step "a Rust backend beside Django"
# The tests have built the examples.
cargo build --locked --all-features --quiet --example orders --example guarded
python3 compat/orders.py --django 5.2 --python "$main_python" --example target/debug/examples/orders

for by in extractor layer; do
    step "comparison of the profile, guarded by the $by"
    GUARDED_BY=$by bash compat/compare.sh --engine sqlite --django 5.2 --python "$main_python" --view profile \
        --requests $few --written-share 1 --seed "${DRF_AUTH_SEED:-$(date +%s)}" --binary target/debug/examples/guarded
done

step "cross-origin requests beside django-cors-headers"
if [ "$mode" = full ]; then cors=(--generated 5000 --settings 60); else cors=(--written 300 --generated 150 --settings 2); fi
bash compat/cors.sh --binary "$binary" --django 5.2 --python "$main_python" --seed "${DRF_AUTH_SEED:-$(date +%s)}" "${cors[@]}"

step "the guide: its nginx configuration, commands and keys"
guide() { bash compat/guide.sh --binary "$binary" --django 5.2 --python "$main_python" "$@"; }
guide
if [ "$mode" = full ]; then guide --self-test; fi

for engine in sqlite postgres mariadb; do
    step "sharing: $engine"
    python3 compat/sharing.py --engine $engine --django 5.2 --python "$main_python" --binary "$binary" $([ "$mode" = full ] && echo --rounds 1000)
done

step "no answer older than its request"
bash compat/freshness.sh --django 5.2 --python "$main_python" --binary "$binary" --seconds $([ "$mode" = full ] && echo 300 || echo 20)
step "a cache in front of it is found out"
bash compat/freshness.sh --self-test --engine sqlite --seconds 4 --django 5.2 --python "$main_python" --binary "$binary"
step "the database's restart"
python3 compat/outage.py --django 5.2 --python "$main_python" --binary "$binary" $([ "$mode" = full ] || echo --restarts 1)
