"""Compares the two databases after a run: every table, every row."""

import re
from datetime import datetime, timedelta, timezone

from .accounts import ITERATIONS

CREATED = {
    "sqlite": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"),
    "mariadb": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}"),
    # PostgreSQL's own text drops closing zeros.
    "postgres": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00"),
}
UPGRADED = re.compile(rf"pbkdf2_sha256\${ITERATIONS}\$[a-zA-Z0-9]{{22}}\$[A-Za-z0-9+/]{{43}}=")
KEY = re.compile(r"[0-9a-f]{40}")
NOT_COMPARED = ("auth_user", "authtoken_token", "sqlite_sequence")


def rows(dump, table):
    """The rows as dictionaries."""
    columns = dump["tables"][table]["columns"]
    return [dict(zip(columns, row)) for row in dump["tables"][table]["rows"]]


def compare(accounts, engine, before, django, other, tokens, uses, variant, excused=()):
    """Texts of what differs between the dumps of both databases and, elsewhere than in the two tables, from before."""
    found = []
    for table in sorted({*before["tables"], *django["tables"], *other["tables"]}):
        if table in NOT_COMPARED:
            continue
        contents = [dump["tables"].get(table) for dump in (before, django, other)]
        if contents[0] != contents[2] or contents[1] != contents[2]:
            found.append(f"table {table}: changed by {'the other' if contents[0] != contents[2] else 'Django'}")
    found += _users(accounts, before, django, other, uses, variant, excused)
    found += _tokens(accounts, engine, before, django, other, tokens, variant, excused)
    return found


def _users(accounts, before, django, other, uses, variant, excused):
    found = []
    was = {row["id"]: row for row in rows(before, "auth_user")}
    one = {row["id"]: row for row in rows(django, "auth_user")}
    two = {row["id"]: row for row in rows(other, "auth_user")}
    if set(one) != set(two) or set(was) != set(two):
        found.append("auth_user: other ids than before")
    for account, identity in zip(accounts, sorted(was)):
        old, left, right = was[identity], dict(one.get(identity, {})), dict(two.get(identity, {}))
        stored = old["password"], left.pop("password", None), right.pop("password", None)
        if left != right:
            found.append(f"auth_user {account.key}: {left} / {right}")
        if account.key not in excused and (
            problem := _password(account, *stored, django["opens"], other["opens"], str(identity), uses, variant)
        ):
            found.append(f"auth_user {account.key}: password {problem}: {stored[0]} -> {stored[1]} / {stored[2]}")
    return found


def _password(account, old, left, right, left_opens, right_opens, identity, uses, variant):
    """What is wrong with the stored password, given what it was and what each server left; None where nothing is."""
    if variant.django.get("upgrade_passwords") is False:
        return None if right == old else "upgraded by the other, which was told not to"
    if left == right:
        return None if left == old else "the same new salt"
    upgraded = re.compile(variant.upgraded) if variant.upgraded else UPGRADED
    costlier = variant.cheap or account.costlier
    if costlier and right == old and upgraded.fullmatch(left or ""):
        uses["a stored password that costs more"] += 1
        return None
    if left == old:
        return "changed only by the other"
    if right == old:
        return "not upgraded by the other"
    if not upgraded.fullmatch(left or ""):
        return "of an unexpected form from Django"
    if not upgraded.fullmatch(right or ""):
        return "of another form"
    if not (left_opens.get(identity) and right_opens.get(identity)):
        return "no longer opens"
    return None


def _tokens(accounts, engine, before, django, other, tokens, variant, excused):
    found = []
    keys = [{row["user_id"]: row for row in rows(dump, "authtoken_token")} for dump in (before, django, other)]
    was, one, two = keys
    names = {number: account.key for number, account in enumerate(accounts, 1)}
    for identity in sorted({*one, *two}):
        name = names.get(identity, identity)
        left, right = one.get(identity), two.get(identity)
        if name in excused:
            continue
        if left is None or right is None:
            found.append(f"authtoken_token {name}: only {'the other' if left is None else 'Django'} has a row")
        elif not tokens.same(left["key"], right["key"]):
            found.append(f"authtoken_token {name}: keys {left['key']} / {right['key']} do not belong together")
        elif left["key"] in tokens.first:
            if left != right or left != was.get(identity):
                found.append(f"authtoken_token {name}: {was.get(identity)} -> {left} / {right}")
        elif problem := _created(engine, left["created"], right["created"], variant):
            found.append(f"authtoken_token {name}: created {problem}: {left['created']} / {right['created']}")
    if engine == "sqlite" and one and two:
        found += _fractions(was, two)
    return found


def _created(engine, left, right, variant):
    pattern = CREATED[engine]
    if not pattern.fullmatch(str(left)):
        return "of an unexpected form from Django"
    if not pattern.fullmatch(str(right)):
        return "of another form"
    times = [datetime.fromisoformat(_full(text)) for text in (left, right)]
    if abs(times[0] - times[1]) > timedelta(minutes=2):
        return "far apart"
    if variant.settings.get("USE_TZ") is False:
        return None  # local time
    now = datetime.now(timezone.utc)
    return None if abs(times[1] - now) < timedelta(hours=3) else "far from now"


def _full(text):
    """The text as Python before 3.11 reads it too."""
    text = text.removesuffix("+00")
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<6}+00:00"


def _fractions(was, two):
    """On SQLite the text shows whether the microseconds are real."""
    new = [row["created"] for identity, row in two.items() if row != was.get(identity)]
    if len(new) >= 20 and all(text.endswith("000") for text in new):
        return ["authtoken_token: created has no microseconds"]
    return []
