#!/bin/bash
# Django projects with user and token models of their own, made by Django's own migrations on SQLite, PostgreSQL and
# MariaDB, and drf-auth beside each: import-settings, check, serve, logins, tokens both ways, and the right refusals.
#
#   compat/projects.sh --binary target/release/drf-auth
#   compat/projects.sh --binary target/release/drf-auth --full      passwords of all ages on every engine, too
#   compat/projects.sh --binary target/release/drf-auth --only staff --engine postgres
#
# One line a case, then "N passed, N failed". Exit 0 where nothing failed, 3 where a Python is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" -m projects "$@"
    fi
done
echo "projects.sh: no Python 3.11 or newer here" >&2
exit 3
