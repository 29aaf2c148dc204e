#!/bin/bash
# Makes everything in fixtures/ again, by the real Django and REST framework.
#
#   fixtures.sh              all of it (some minutes)
#   fixtures.sh PART...      ddl, databases, passwords, validators, common_passwords, exchanges
#
# Needs the Pythons below, and for ddl the programs of a PostgreSQL (with pg_dump) and a MariaDB server. The same
# releases of Django make the same files, so `git diff fixtures` shows what a new release has changed.
set -euo pipefail

compat=$(cd "$(dirname "$0")" && pwd)
# Each Django with the Python that it is recorded on; 5.2 first, since the others' exchanges are told by their difference.
versions=("5.2 3.11" "6.1 3.13" "4.2 3.10")
parts=("$@")
[ $# -gt 0 ] || parts=(ddl databases passwords validators common_passwords exchanges)

# make MAKER ARGUMENT...: by the virtual environment at hand.
make() { "$venv/bin/python" -B "$compat/fixtures/$1.py" "${@:2}"; }

ddl() {
    local folder
    folder=$(mktemp -d)
    chmod 755 "$folder"
    # Both are stopped whatever happens.
    trap 'for engine in postgres mariadb; do "$compat/databases.sh" stop "'"$folder"'/$engine" 2>/dev/null || true; done; rm -rf "'"$folder"'"' EXIT
    make make_ddl sqlite
    make make_ddl postgres "$("$compat/databases.sh" start postgres "$folder/postgres" | sed -n 's/^DRF_DB_URL=//p')"
    make make_ddl mysql "$("$compat/databases.sh" start mariadb "$folder/mariadb" | sed -n 's/^DRF_DB_URL=//p')"
}

for version in "${versions[@]}"; do
    # shellcheck disable=SC2086
    venv=$("$compat/venv.sh" $version)
    for part in "${parts[@]}"; do
        echo "Django ${version% *}: $part" >&2
        case $part in
            ddl) (ddl) ;;
            databases) make make_databases ;;
            # One file, by the Django that drf-auth follows first.
            passwords) [ "${version% *}" != 5.2 ] || make make_passwords ;;
            validators) [ "${version% *}" != 5.2 ] || make make_validators ;;
            common_passwords)
                [ "${version% *}" != 5.2 ] || make make_common_passwords "$(echo "$("$compat/venv.sh" 4.2 3.10)"/lib/python*/site-packages)" ;;
            exchanges) make record_exchanges ;;
            *) echo "fixtures.sh: there is no part $part" >&2; exit 2 ;;
        esac
    done
done
