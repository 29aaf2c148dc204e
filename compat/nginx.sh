#!/usr/bin/env bash
# Runs the nginx example of the README, word for word but for its ports, in front of a drf-auth and a stand-in
# for Django: logins go to the one, everything else to the other, and a storm of logins is limited.
#
#   compat/nginx.sh target/release/drf-auth
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:?usage: compat/nginx.sh BINARY}
folder=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-nginx.XXXXXX")
pids=()
stop() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$folder"; }
trap stop EXIT
fail() { echo "nginx: $1" >&2; cat "$folder"/*.log >&2 || true; exit 1; }

read -r front login rest < <(python3 - <<'PY'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PY
)
{
    echo "daemon off; pid $folder/pid; error_log $folder/error.log;"
    echo "events {}"
    echo "http { access_log off;"
    for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $folder/$kind;"; done
    sed -n '/^```nginx$/,/^```$/p' README.md | sed '1d;/^```$/,$d' |
        sed -e "s/127.0.0.1:8001/127.0.0.1:$login/; s/127.0.0.1:8000/127.0.0.1:$rest/; s/^server {/server { listen 127.0.0.1:$front;/"
    echo "}"
} >"$folder/nginx.conf"
[ "$(id -u)" -ne 0 ] || sed -i '1i user root;' "$folder/nginx.conf"

"$binary" serve --demo --listen "127.0.0.1:$login" >"$folder/drf-auth.log" 2>&1 & pids+=($!)
mkdir "$folder/rest" && echo "this is Django" >"$folder/rest/index.html"
python3 -m http.server "$rest" --bind 127.0.0.1 --directory "$folder/rest" >"$folder/rest.log" 2>&1 & pids+=($!)
"$(command -v nginx || echo /usr/sbin/nginx)" -c "$folder/nginx.conf" -p "$folder" >"$folder/nginx.log" 2>&1 & pids+=($!)
for port in $front $login $rest; do
    for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/" && break; sleep 0.1; done
done

answer=$(curl -sS "http://127.0.0.1:$front/api-token-auth/" -d 'username=ayush&password=mypassword')
[[ $answer =~ ^\{\"token\":\"[0-9a-f]{40}\"\}$ ]] || fail "a login answers: $answer"
[ "$(curl -sS "http://127.0.0.1:$front/")" = "this is Django" ] || fail "the rest does not go to Django"
statuses=$(for _ in $(seq 40); do
    curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$front/api-token-auth/" -d 'username=ayush'
done | sort | uniq -c | tr -s ' \n' ' ')
[[ $statuses == *" 400 "*" 429"* ]] || fail "forty logins in a row answer: $statuses"
kill "${pids[0]}" && wait "${pids[0]}" || fail "drf-auth did not end well"
status=$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$front/api-token-auth/")
[ "$status" = 404 ] || [ "$status" = 429 ] || fail "with drf-auth away Django's stand-in does not answer: $status"
echo "nginx: the README's example works (forty logins in a row:$statuses)"
