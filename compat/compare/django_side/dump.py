"""Prints every table of the site's database as JSON, and which passwords Django's own check_password takes.

Runs with the site's environment; the accounts come as JSON on standard input. Dates and times are printed as the
engine itself writes them (on SQLite: the stored text), so that a wrong form shows.
"""

import json
import sqlite3
import sys

import django

django.setup()

from django.contrib.auth.hashers import check_password  # noqa: E402
from django.db import connection  # noqa: E402

TEXT = {"sqlite": "{}", "postgresql": "CAST({} AS text)", "mysql": "CAST({} AS char)"}[connection.vendor]
DATES = ("created", "date_joined", "last_login", "applied", "expire_date", "action_time")


def cursor_of():
    """A cursor that converts nothing."""
    if connection.vendor == "sqlite":
        return sqlite3.connect(connection.settings_dict["NAME"]).cursor()
    return connection.cursor()


def rows_of(cursor, table):
    """The table's columns, and its rows in a fixed order."""
    quote = connection.ops.quote_name
    cursor.execute(f"SELECT * FROM {quote(table)} WHERE 1 = 0")
    columns = [column[0] for column in cursor.description]
    wanted = [TEXT.format(quote(name)) if name in DATES else quote(name) for name in columns]
    cursor.execute(f"SELECT {', '.join(wanted)} FROM {quote(table)}")
    rows = [[value if isinstance(value, (int, str, type(None))) else repr(value) for value in row] for row in cursor]
    return {"columns": columns, "rows": sorted(rows, key=repr)}


def kept(password, encoded):
    """Whether the stored password still opens; None where Django itself raises on it."""
    try:
        return check_password(password, encoded)
    except Exception:
        return None


accounts = json.load(sys.stdin)
cursor = cursor_of()
tables = {name: rows_of(cursor, name) for name in sorted(connection.introspection.table_names())}
users = tables["auth_user"]
at = {name: index for index, name in enumerate(users["columns"])}
opens = {}
for row in users["rows"]:
    identity, stored = row[at["id"]], row[at["password"]]
    # Only what a run has changed: most rows are as they were, and known.
    if 1 <= identity <= len(accounts) and stored != accounts[identity - 1]["encoded"]:
        opens[identity] = kept(accounts[identity - 1]["password"], stored)
json.dump({"tables": tables, "opens": opens}, sys.stdout)
