"""Puts the accounts, read as JSON from standard input, into the site's migrated database; prints on which passwords Django raises.

Runs with the site's environment. Rows are written as they are given: passwords already encoded, ids and dates fixed,
so that two databases that are filled alike are equal.
"""

import json
import sys
from datetime import datetime, timezone

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import check_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import transaction  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

THEN = datetime(2024, 2, 29, 12, 34, 56, 789012, tzinfo=timezone.utc)
COLUMNS = ("username", "email", "is_active", "is_staff", "is_superuser")

if not settings.USE_TZ:
    THEN = THEN.replace(tzinfo=None)
accounts = json.load(sys.stdin)
for field in Token._meta.fields:
    field.auto_now_add = False
users, tokens = [], []
for number, account in enumerate(accounts, 1):
    values = {name: account[name] for name in COLUMNS}
    users.append(User(id=number, password=account["encoded"], date_joined=THEN, **values))
    if account["token"] is not None:
        tokens.append(Token(key=account["token"], user_id=number, created=THEN))
with transaction.atomic():
    User.objects.bulk_create(users, batch_size=100)
    Token.objects.bulk_create(tokens, batch_size=100)


def raises(account):
    """Whether Django's own check raises on what is stored, rather than refuse or take the password."""
    if account["opens"]:
        return False
    try:
        check_password(account["password"], account["encoded"])
    except Exception:
        return True
    return False


json.dump([raises(account) for account in accounts], sys.stdout)
