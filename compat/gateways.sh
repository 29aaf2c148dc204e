#!/bin/bash
# drf-auth's verify view behind gateways: nginx, HAProxy, Caddy and Apache themselves (installed from Debian where they
# are missing), Envoy, Traefik and Oathkeeper as their documentation says; and its permissions beside Django's own.
#
#   compat/gateways.sh --binary target/release/drf-auth
#   compat/gateways.sh --binary target/release/drf-auth --only nginx
#
# One line a case, then "N passed, N failed". Exit 0 where nothing failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for python in python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$python" -m gateways "$@"
    fi
done
echo "gateways.sh: no Python 3.11 or newer here" >&2
exit 3
