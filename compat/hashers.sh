#!/bin/bash
# Compares the hashers of drf-auth with those of a real Django, both directions, through the --batch commands.
#
#   compat/hashers.sh --django 5.2 --count 10000 --seed 1 --binary target/release/drf-auth
#   compat/hashers.sh --help
#
# Exit 0: no difference. Exit 1: differences. Exit 3: a Python that this Django runs on is not here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

django=5.2
want=
for word in "$@"; do
    if [ "$want" = django ]; then django=$word; want=; fi
    case $word in --django) want=django ;; --django=*) django=${word#*=} ;; esac
done

# The oldest Django that a database may belong to has no REST framework here: only its hashers are asked.
venv_32() {
    local venv=${DRF_AUTH_CACHE:-$here/.cache}/venv-django3.2-hashers python
    if [ ! -f "$venv/complete" ]; then
        for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.9.*/bin/python python3.9 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python python3.10; do
            if command -v "$python" >/dev/null; then
                rm -rf "$venv"
                "$python" -m venv "$venv" >&2
                "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'Django==3.2.*' 'argon2-cffi' 'bcrypt' >&2
                touch "$venv/complete"
                break
            fi
        done
    fi
    [ -f "$venv/complete" ] || { echo "hashers.sh: no Python 3.9 or 3.10 here, which Django 3.2 needs" >&2; exit 3; }
    echo "$venv"
}

case $django in 3.2*) venv=$(venv_32) ;; *) venv=$("$here/venv.sh" "$django") ;; esac
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" -W ignore -m hashers "$@"
