"""The Django side, run inside a project: `make` its tables and users, `accepts` a token, `login` a user.

The last line on standard output is JSON.
"""
import json
import os
import runpy
import sys

sys.path.insert(0, os.getcwd())


def start():
    """As manage.py does, without a command."""
    from django.core import management
    management.execute_from_command_line = lambda argv: None
    runpy.run_path("manage.py", run_name="__main__")
    from django.conf import settings
    settings.MIGRATION_MODULES = {app.rpartition(".")[2]: None for app in settings.INSTALLED_APPS}
    import django
    django.setup()
    return settings


def make():
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import router
    user = get_user_model()
    call_command("migrate", database=router.db_for_write(user), run_syncdb=True, verbosity=0)
    fields = {field.name for field in user._meta.fields}
    for name in ("ayush@example.com", "other@example.com", "gone@example.com"):
        row = user(**{user.USERNAME_FIELD: name})
        if "email" in fields:
            row.email = name
        if name.startswith("gone") and "is_deleted" in fields:
            row.is_deleted = True
        row.set_password("mypassword")
        row.save()
    return {}


def login(path, name):
    from django.test import Client
    answer = Client(raise_request_exception=False).post(path, json.dumps({"username": name, "password": "mypassword"}), content_type="application/json")
    return {"status": answer.status_code, "body": answer.json()}


def accepts(key):
    from rest_framework.authtoken.models import Token
    return {"name": Token.objects.get(key=key).user.get_username(), "count": Token.objects.count()}


start()
print(json.dumps({"make": make, "login": login, "accepts": accepts}[sys.argv[1]](*sys.argv[2:])))
