#!/bin/bash
# Compares [cors] with django-cors-headers, live: the same settings, the same requests, byte for byte.
#
#   compat/cors.sh --binary target/release/drf-auth [--django 5.2] [--python 3.11] [--seed N]
#           [--written 500] [--generated 400] [--settings 4]
#
# Exit 0: no difference. Exit 1: differences. Exit 3: a Python is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11 python3.10; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" "$here/cors.py" "$@"
    fi
done
echo "cors.sh: no Python 3.10 or newer here" >&2
exit 3
