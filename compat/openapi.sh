#!/usr/bin/env bash
# Validates the OpenAPI document of the default routes, and has the running demo tested by it with schemathesis.
#
#   openapi.sh --binary PROGRAM [gate | full]
#
# Exit 0: valid, and the service answers as the document says.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ "${1:-}" = --binary ] || { echo "usage: openapi.sh --binary PROGRAM [gate | full]" >&2; exit 2; }
binary=$(realpath "$2")
mode=${3:-gate}
cache=${DRF_AUTH_CACHE:-$here/.cache}
venv=$cache/venv-openapi
work=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-openapi.XXXXXX")
service=
stop() {
    [ -z "$service" ] || kill "$service" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

if [ ! -f "$venv/complete" ]; then
    rm -rf "$venv"
    mkdir -p "$cache"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'openapi-spec-validator==0.9.*' 'schemathesis==4.*'
    touch "$venv/complete"
fi

cd "$work"
"$binary" openapi >openapi.json
"$venv/bin/python" -m openapi_spec_validator openapi.json

port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env DRF_AUTH_ADMIN_LISTEN= DRF_AUTH_LISTEN=127.0.0.1:"$port" DRF_AUTH_PASSWORDS__REFUSAL_FLOOR=0ms \
    "$binary" serve --demo >demo.log 2>&1 &
service=$!
for _ in $(seq 100); do
    curl -s -o /dev/null "http://127.0.0.1:$port/profile/" && break
    sleep 0.1
done
token=$(curl -s -d 'username=ayush&password=mypassword' "http://127.0.0.1:$port/api-token-auth/" | sed 's/.*"token":"\([0-9a-f]*\)".*/\1/')
[ ${#token} = 40 ] || { echo "openapi.sh: the demo gives no token" >&2; cat demo.log >&2; exit 1; }

# Whatever method a gateway's client uses: verify takes them all, those that no document can name among them.
cat >schemathesis.toml <<'END'
[[operations]]
include-path = "/verify/"
checks.unsupported_method.enabled = false
END
if [ "$mode" = full ]; then examples=200; else examples=15; fi
# Credentials that fit the schema are no user's: 400 is right. DRF reads a number for a text: 400 or not, both are right.
# The operations with a token, but for the one that would delete it; then all without one.
run() {
    "$venv/bin/python" -m schemathesis.cli run openapi.json --url "http://127.0.0.1:$port" --max-examples "$examples" \
        --generation-database none --exclude-checks positive_data_acceptance,negative_data_rejection "$@" >"$work/report" ||
        { cat "$work/report" >&2; exit 1; }
    # What it was, how many requests, and the verdict.
    sed -n '/Tested:/p; /^Test cases:/,/^$/{/./p}; $p' "$work/report"
}
run --header "Authorization: Token $token" --include-path /profile/ --include-path /verify/
run
