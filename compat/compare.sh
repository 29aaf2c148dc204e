#!/bin/bash
# Compares drf-auth with Django REST framework, live: both servers on copies of one database.
#
#   compat/compare.sh --engine sqlite --django 5.2 --requests 5000 --seed 1 --binary target/release/drf-auth
#   compat/compare.sh … --only g4711          one case of that run again
#   compat/compare.sh --help
#
# Exit 0: no difference but the allowed ones. Exit 1: differences. Exit 3: a Python or a database server is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11 python3.10; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" -m compare "$@"
    fi
done
echo "compare.sh: no Python 3.10 or newer here" >&2
exit 3
