#!/bin/bash
# Serves the Django site of compat/site with gunicorn, in the foreground; TERM ends it.
#
#   serve_django.sh VENV LISTEN [WORKERS [THREADS]]      e.g. serve_django.sh "$(compat/venv.sh 5.2 3.11)" 127.0.0.1:8000
#
# LISTEN is HOST:PORT or unix:/path. The site reads SITE_DATABASE_URL and the other variables that
# site/README.md lists. Threads, because gunicorn's sync workers close the connection after every answer.
set -euo pipefail

venv=${1:?usage: serve_django.sh VENV LISTEN [WORKERS [THREADS]]}
listen=${2:?usage: serve_django.sh VENV LISTEN [WORKERS [THREADS]]}
here=$(cd "$(dirname "$0")" && pwd)

# Limits wider than gunicorn's own, so that Django and REST framework get to answer.
exec "$venv/bin/gunicorn" --chdir "$here/site" --bind "$listen" \
    --worker-class gthread --workers "${3:-2}" --threads "${4:-4}" --keep-alive 75 --timeout 120 \
    --limit-request-line 0 --limit-request-fields 1000 --limit-request-field_size 65536 --permit-unconventional-http-method \
    --log-level "${SITE_GUNICORN_LOG:-warning}" mysite.wsgi:application
