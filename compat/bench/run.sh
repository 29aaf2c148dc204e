#!/usr/bin/env bash
# Measures drf-auth beside Django REST framework on this machine, and draws it (compat/bench/README.md).
#
#   compat/bench/run.sh [verify|login|storm|memory|timing|tune] [--quick] [--binary PATH]
#   compat/bench/run.sh --help
#
# Without a figure: all five, one after the other. Starts its own servers and leaves nothing behind but
# compat/bench/results/. Needs target/release/drf-auth (cargo build --release); says and, as root on Debian, installs
# what else is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
compat=$(dirname "$here")

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need wrk wrk
need python3 python3
need psql postgresql-client
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing+=(postgresql)
if [[ " $* " == *" verify "* || $# = 0 || ${1:-} == --* ]]; then
    command -v mariadbd >/dev/null 2>&1 || command -v mysqld >/dev/null 2>&1 || missing+=(mariadb-server)
fi
if [ ${#missing[@]} -gt 0 ]; then
    echo "bench: missing Debian packages: ${missing[*]}" >&2
    if [ "$(id -u)" -eq 0 ]; then as_root=(); else as_root=(sudo -n); fi
    if ! command -v apt-get >/dev/null 2>&1 || ! "${as_root[@]}" true 2>/dev/null; then
        echo "bench: install them (apt-get install ${missing[*]}) and run this again" >&2
        exit 1
    fi
    "${as_root[@]}" apt-get update -qq >&2
    # The packages must not start services of their own: a run brings its own servers.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >&2
fi

python=
for one in python3 python3.13 python3.12 python3.11 python3.10; do
    if command -v "$one" >/dev/null && "$one" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then python=$one; break; fi
done
[ -n "$python" ] || { echo "bench: no Python 3.10 or newer here" >&2; exit 1; }
export PYTHONPATH=$compat PYTHONDONTWRITEBYTECODE=1

case ${1:-} in
    -h | --help) exec "$python" -m bench --help ;;
    "" | -*)
        for figure in verify login storm memory timing; do "$python" -m bench "$figure" "$@"; done ;;
    *) exec "$python" -m bench "$@" ;;
esac
