#!/bin/bash
# Runs a comparison of this folder on servers of its own:  run.sh PROGRAM.py --binary PATH [--engines a,b] [--django 4.2,5.2]
#
# Exit 0: no difference. Exit 1: differences. Exit 3: no Python that one of the Djangos runs on is here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
compat=$(dirname "$here")

program=$1; shift
binary=target/release/drf-auth engines=sqlite,postgres,mariadb djangos=4.2,5.2,6.1 rest=()
while [ $# -gt 0 ]; do
    case $1 in
        --binary) binary=$2; shift 2 ;;
        --engines) engines=$2; shift 2 ;;
        --django) djangos=$2; shift 2 ;;
        *) rest+=("$1"); shift ;;
    esac
done
binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")

venvs=() python=
for django in ${djangos//,/ }; do
    status=0
    venv=$("$compat/venv.sh" "$django") || status=$?
    [ $status = 0 ] || { echo "$program: Django $django needs a Python that is not here" >&2; exit 3; }
    venvs+=(--venv "$django=$venv")
    python=$venv/bin/python
done

work=$(mktemp -d "${TMPDIR:-/tmp}/operator.XXXXXX")
chmod 755 "$work"
stop() {
    for server in postgres mariadb; do
        if [ -d "$work/$server" ]; then bash "$compat/databases.sh" stop "$work/$server" >/dev/null 2>&1 || true; fi
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
for server in postgres mariadb; do
    case ,$engines, in *,$server,*) ;; *) continue ;; esac
    bash "$compat/databases.sh" start $server "$work/$server" >"$work/$server.log" 2>&1 || { cat "$work/$server.log" >&2; exit 1; }
    url=$(sed -n 's/^DRF_DB_URL=//p' "$work/$server/env")
    if [ $server = postgres ]; then export POSTGRES_URL=$url; else export MARIADB_URL=$url; fi
done
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/$program" --binary "$binary" --engines "$engines" "${venvs[@]}" ${rest[@]+"${rest[@]}"}
