#!/bin/bash
# The guide's pages: their nginx configuration, word for word but for ports and paths, before a live Django and a
# drf-auth; and every command, key, variable, metric and link that they name.
#
#   compat/guide.sh --binary target/release/drf-auth
#   compat/guide.sh --binary target/release/drf-auth --self-test    spoils the pages: the facts must see it
#
# One line a fact, then "N passed, N failed". Exit 0 where nothing failed, 3 where a Python is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" -m guide "$@"
    fi
done
echo "guide.sh: no Python 3.11 or newer here" >&2
exit 3
