#!/bin/bash
# Makes a virtual environment with a named Django, REST framework and Python, once, and prints its path.
#
#   venv.sh DJANGO [PYTHON [DRF]]      e.g. venv.sh 5.2 3.11
#
# DJANGO and DRF are release series ("5.2") or exact releases ("5.2.19"). Without PYTHON the newest
# Python that the Django runs on and that is here is taken; without DRF the one that fits the Django.
# The path goes to standard output, all else to standard error. It is kept below
# ${DRF_AUTH_CACHE:-compat/.cache}. Exit 3: that Python is not here.
set -euo pipefail

django=${1:?usage: venv.sh DJANGO [PYTHON [DRF]]}
here=$(cd "$(dirname "$0")" && pwd)
cache=${DRF_AUTH_CACHE:-$here/.cache}

say() { echo "venv.sh: $*" >&2; }

# The Pythons that this Django supports, best first; and its REST framework.
case $django in
    3.2*) pythons="3.9 3.10 3.8"; drf=3.14 ;;
    4.2*) pythons="3.10 3.11 3.12"; drf=3.16 ;;
    5.2*) pythons="3.11 3.12 3.13 3.10"; drf=3.18 ;;
    6.0* | 6.1*) pythons="3.13 3.12 3.14"; drf=3.18 ;;
    *) say "Django $django is not one of 3.2, 4.2, 5.2, 6.0, 6.1"; exit 2 ;;
esac
drf=${3:-$drf}
pythons=${2:-$pythons}

is_version() { [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]; }

# find_python X.Y: the path of such an interpreter, or nothing.
find_python() {
    local candidate
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python "$(command -v "python$1" || true)" "$(command -v python3 || true)"; do
        if [ -x "$candidate" ] && is_version "$candidate" "$1"; then echo "$candidate"; return; fi
    done
}

python=
for version in $pythons; do
    python=$(find_python "$version")
    [ -z "$python" ] || break
done
if [ -z "$python" ]; then
    say "no Python $pythons here (looked in pyenv's versions, then for pythonX.Y and python3 on PATH); install one of them"
    exit 3
fi

venv=$cache/venv-django$django-python$version-drf$drf
mkdir -p "$cache"

# One at a time; the lock goes with the process.
exec 9>"$venv.lock"
flock 9
if [ -f "$venv/complete" ]; then echo "$venv"; exit; fi

# series NAME X.Y -> "NAME==X.Y.*"; series NAME X.Y.Z -> "NAME==X.Y.Z"
series() { case $2 in *.*.*) echo "$1==$2" ;; *) echo "$1==$2.*" ;; esac; }

say "making $(basename "$venv") with $python"
rm -rf "$venv"
if ! "$python" -m venv "$venv" >&2; then
    rm -rf "$venv"
    say "$python -m venv failed; on Debian and Ubuntu its part is a package of its own: apt-get install python3-venv"
    exit 1
fi
pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }
case $django in 3.2*) postgres=psycopg2-binary ;; *) postgres='psycopg[binary]' ;; esac
pip "$(series Django "$django")" "$(series djangorestframework "$drf")" gunicorn "$postgres" argon2-cffi bcrypt

# mysqlclient has to be compiled; PyMySQL speaks for it where that is not possible.
if ! pip mysqlclient 2>"$venv/mysqlclient.log"; then
    say "mysqlclient could not be built (it needs gcc, pkg-config, libmariadb-dev and Python's headers); taking PyMySQL"
    pip PyMySQL
    site_packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo 'import pymysql; pymysql.version_info = (2, 2, 7, "final", 0); pymysql.install_as_MySQLdb()' >"$site_packages/pymysql_as_mysqldb.pth"
fi
touch "$venv/complete"
echo "$venv"
