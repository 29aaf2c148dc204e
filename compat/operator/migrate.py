"""Shows that drf-auth's migrate leaves the database that Django's own leaves.

For each engine and Django, on empty databases: the same words, the same schema (columns, indexes, constraints) and
the same rows as `manage.py migrate` of contenttypes, auth and authtoken, but for the time; afterwards `manage.py
migrate` has nothing to do and changes nothing, neither does drf-auth after Django; and a whole project's migrate goes
on from there to the schema that it makes by itself. What is in the way is refused and left alone.
"""

import difflib
import sys
import tempfile

import databases
import programs

ROWS = {
    "django_migrations": "SELECT id, app, name FROM django_migrations ORDER BY id",
    "django_content_type": "SELECT id, app_label, model FROM django_content_type ORDER BY id",
    "auth_permission": "SELECT id, name, content_type_id, codename FROM auth_permission ORDER BY id",
}

failures = []


def same(what, wanted, got):
    if wanted == got:
        return
    failures.append(what)
    print(f"DIFFERENT: {what}")
    lines = (text if isinstance(text, list) else str(text).splitlines() for text in (wanted, got))
    print("\n".join(difflib.unified_diff(*lines, "Django", "drf-auth", lineterm="", n=1)))


def state(engine, url):
    """Schema and rows as lines."""
    rows = [f"{table} {row}" for table, sql in ROWS.items() for row in engine.rows(url, sql)]
    return engine.schema(url), rows


def finds_faults(engine, django, drf_auth):
    """The rows of another release are told apart, and so is a missing index."""
    theirs, ours = engine.create("migrate_theirs"), engine.create("migrate_ours")
    for program, url in ((django, theirs), (drf_auth, ours)):
        assert programs.run(program, url, "migrate")[0] == 0
    before = state(engine, theirs)
    assert before[0] == engine.schema(ours) and before != state(engine, ours), "other rows were not seen"
    engine.execute(ours, "DROP INDEX auth_user_groups_group_id_97559544;\n")
    assert before[0] != engine.schema(ours), "a missing index was not seen"


def compare(engine, django, drf_auth):
    where = f"{engine.name}, Django {django.series}"
    theirs, ours = engine.create("migrate_theirs"), engine.create("migrate_ours")
    (code, said, error), answer = programs.run(django, theirs, "migrate"), programs.run(drf_auth, ours, "migrate")
    assert code == 0, error
    same(f"{where}: what is said", (code, said, error), answer)
    (schema, rows), (our_schema, our_rows) = state(engine, theirs), state(engine, ours)
    same(f"{where}: schema", schema, our_schema)
    same(f"{where}: rows", rows, our_rows)
    assert len(rows) == 18 + 6 + 24, rows

    before = state(engine, ours)
    for program, name in ((django, "Django"), (drf_auth, "drf-auth")):
        for url, whose in ((ours, "drf-auth's"), (theirs, "Django's")):
            code, said, error = programs.run(program, url, "migrate")
            nothing = code == 0 and "No migrations to apply." in said
            same(f"{where}: {name} finds nothing to do after {whose}", True, nothing or (said, error))
    same(f"{where}: nothing is changed by it", before, state(engine, ours))
    same(f"{where}: --check of what is done", 0, programs.run(drf_auth, ours, "migrate", "--check")[0])

    whole = programs.Django(django.venv, django.series, "mysite.settings")
    code, _, error = programs.run(whole, ours, "migrate")
    same(f"{where}: a whole project goes on", (0, ""), (code, error))
    alone = engine.create("migrate_theirs")
    assert programs.run(whole, alone, "migrate")[0] == 0
    same(f"{where}: to the schema of its own", engine.schema(alone), engine.schema(ours))
    return our_schema


def refuse(engine, drf_auth):
    """What this program did not make is left alone."""
    url = engine.create("migrate_ours")
    engine.execute(url, "CREATE TABLE auth_user (id integer);\nCREATE TABLE authtoken_token (id integer);\n")
    before = engine.schema(url)
    code, said, error = programs.run(drf_auth, url, "migrate")
    named = "auth_user" in error and "InTheWay" not in error
    same(f"{engine.name}: what is in the way is refused", (1, "", True), (code, said, named))
    same(f"{engine.name}: and left alone", before, engine.schema(url))
    engine.execute(url, "DROP TABLE auth_user;\nDROP TABLE authtoken_token;\n")
    same(f"{engine.name}: --check of what is to be done", 1, programs.run(drf_auth, url, "migrate", "--check")[0])
    same(f"{engine.name}: which does nothing", [], [line for line in engine.schema(url) if "auth_" in line])


def main():
    binary, engines, venvs = programs.arguments()
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in engines:
            engine = databases.engine(name, folder)
            for series, path in venvs.items():
                drf_auth = programs.DrfAuth(binary, series)
                lines = len(compare(engine, programs.Django(path, series), drf_auth))
                print(f"{name}, Django {series}: {lines} lines of schema, 48 rows", flush=True)
                compared += 1
            refuse(engine, drf_auth)
            if name == "sqlite":
                finds_faults(engine, programs.Django(path, series), programs.DrfAuth(binary, "4.2" if series == "6.1" else "6.1"))
            for database in ("migrate_theirs", "migrate_ours"):
                engine.drop(database)
    print(f"migrate: {compared} pairs of databases, {len(failures)} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
