#!/usr/bin/env bash
# Does what the README's first command promises: the demo starts, and the three curl lines it prints work.
#
#   compat/demo.sh target/release/drf-auth
set -euo pipefail
binary=${1:?usage: compat/demo.sh BINARY}
folder=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-demo-check.XXXXXX")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$binary" serve --demo --listen "127.0.0.1:$port" >"$folder/out" 2>"$folder/err" &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$folder"' EXIT

fail() { echo "demo: $1" >&2; cat "$folder/out" "$folder/err" >&2; exit 1; }

for _ in $(seq 100); do
    curl -s -o /dev/null "http://127.0.0.1:$port/" && break
    kill -0 $pid 2>/dev/null || fail "it ended"
    sleep 0.1
done
# The lines as printed, with the token that the first one gives.
mapfile -t lines < <(grep -o 'curl .*' "$folder/out")
[ ${#lines[@]} -eq 3 ] || fail "it prints ${#lines[@]} curl lines, not 3"
answer=$(eval "${lines[0]/curl/curl -sS}") || fail "no answer to: ${lines[0]}"
token=$(sed -n 's/^{"token":"\([0-9a-f]\{40\}\)"}$/\1/p' <<<"$answer")
[ -n "$token" ] || fail "no token in: $answer"
line=${lines[1]//PASTE-THE-TOKEN-HERE/$token}
profile=$(eval "${line/curl/curl -sS}")
[ "$profile" = '{"username":"ayush","email":"ayush@example.com"}' ] || fail "the profile is: $profile"
line=${lines[2]//PASTE-THE-TOKEN-HERE/$token}
status=$(eval "${line/curl/curl -sS -o /dev/null -w '%{http_code}'}")
[ "$status" = 204 ] || fail "logout answers $status"
line=${lines[1]//PASTE-THE-TOKEN-HERE/$token}
[ "$(eval "${line/curl/curl -sS}")" = '{"detail":"Invalid token."}' ] || fail "the token lives on after logout"

database=$(sed -n 's/^A Django database.*: \(.*\)$/\1/p' "$folder/out")
[ -f "$database" ] || fail "no database at $database"
kill $pid && wait $pid || fail "it did not end well"
[ ! -e "$database" ] || fail "the database is still there: $database"
echo "demo: login, profile, logout and the end of it work"
