#!/usr/bin/env bash
# Restarts the service again and again under load, as a service manager does that holds its socket, and
# fails where one request does.
#
#   restarts.sh --binary PROGRAM [--restarts 20] [--seed N]
set -euo pipefail
exec python3 "$(dirname "$0")/restarts.py" "$@"
