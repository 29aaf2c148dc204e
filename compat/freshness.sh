#!/bin/bash
# Shows that no answer is older than its request: 64 clients ask drf-auth, and a few a live Django REST framework, while
# Django changes tokens and users on the same database; every answer is judged by when each change was committed.
#
#   compat/freshness.sh --binary target/release/drf-auth
#   compat/freshness.sh --binary target/release/drf-auth --engine postgres --seconds 600
#   compat/freshness.sh --binary target/release/drf-auth --self-test     # a cache in front of it is found out
#
# Exit 0: every answer was what DRF says of a state that the token had between the request and the answer.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec python3 -m freshness "$@"
