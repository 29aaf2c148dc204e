#!/usr/bin/env bash
# Checks compat/deploy with what this machine has: systemd's own verifier, promtool, a container engine. What is
# not here is skipped by name. (That dashboard, alerts and table name metrics that there are is a test of the crate.)
set -euo pipefail
here=$(cd "$(dirname "$0")/deploy" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/drf-auth-deploy.XXXXXX")
trap 'rm -rf "$work"' EXIT

if command -v systemd-analyze >/dev/null; then
    # The program need not be installed to verify the unit.
    sed 's#^ExecStart=/usr/local/bin/drf-auth#ExecStart=/bin/true#' "$here/drf-auth.service" >"$work/drf-auth.service"
    cp "$here/drf-auth.socket" "$work"
    said=$(systemd-analyze verify "$work/drf-auth.service" "$work/drf-auth.socket" 2>&1) || { echo "$said" >&2; exit 1; }
    if [ -n "$said" ]; then echo "$said" >&2; exit 1; fi
    if systemd-analyze security --help 2>&1 | grep -q -- --offline; then
        # Exposure in tenths: 0 is none, 100 all.
        systemd-analyze security --offline=true --threshold=20 "$work/drf-auth.service" | tail -1
    else
        echo "skipped: this systemd-analyze cannot judge a unit that is not loaded"
    fi
else
    echo "skipped: systemd-analyze is not installed"
fi

if command -v promtool >/dev/null; then
    promtool check rules "$here/alerts.yml"
else
    echo "skipped: promtool is not installed (Debian: prometheus)"
fi

engine=
for candidate in podman docker; do
    # A client without its daemon is no engine.
    if [ -z "$engine" ] && "$candidate" info >/dev/null 2>&1; then engine=$candidate; fi
done
if [ -n "$engine" ]; then
    "$engine" build --quiet -f "$here/Containerfile" "$here/../.."
else
    echo "skipped: no container engine is here; the Containerfile was not built"
fi
