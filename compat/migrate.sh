#!/bin/bash
# Compares drf-auth's migrate with Django's own, on three engines and three Djangos (compat/operator/migrate.py).
#
#   compat/migrate.sh --binary target/release/drf-auth [--engines sqlite,postgres,mariadb] [--django 4.2,5.2,6.1]
exec bash "$(dirname "$0")/operator/run.sh" migrate.py "$@"
