#!/bin/bash
# Django projects of many kinds: drf-auth asks each with import-settings, serves with the file that it wrote, and both
# accept each other's tokens; or the right refusal.
#
#   compat/import_settings.sh --binary target/release/drf-auth            Django 4.2, 5.2, 6.1
#   compat/import_settings.sh --binary target/release/drf-auth --django "3.2 5.2"
#
# One line a case, then "N passed, N failed". Exit 0 where nothing failed, 3 where a Python is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" -m import_settings "$@"
    fi
done
echo "import_settings.sh: no Python 3.11 or newer here" >&2
exit 3
