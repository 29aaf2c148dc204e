#!/bin/bash
# Compares drf-auth's createsuperuser, changepassword and drf_create_token with manage.py's (compat/operator/commands.py).
#
#   compat/commands.sh --binary target/release/drf-auth [--engines sqlite,postgres,mariadb] [--django 4.2,5.2,6.1]
exec bash "$(dirname "$0")/operator/run.sh" commands.py "$@"
