"""Compares createsuperuser, changepassword and drf_create_token with manage.py's, in a terminal and without one.

Both work on equal databases: every scenario must show the same, end with the same exit code, and leave the same rows
but for salts, times and keys. Passwords that one has set are checked by the other.
"""

import difflib
import re
import subprocess
import sys
import tempfile

import databases
import programs
from pty_run import CTRL_C, talk

GOOD = "correct horse battery"
LONG = "x" * 151

USERS = """
INSERT INTO auth_user (username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined)
VALUES ('ayush', 'pbkdf2_sha256$100$salt$x', 'ayush.kumar@example.com', 'Ayush', 'Kumar', true, false, false, '2024-01-02 03:04:05');
INSERT INTO auth_user (username, password, email, first_name, last_name, is_active, is_staff, is_superuser, date_joined)
VALUES ('bea', '!unusable', '', '', '', false, true, false, '2024-01-02 03:04:05');
"""


# What every engine and every Django is asked; one of each is asked everything.
ESSENTIAL = {
    "no terminal", "no password", "taken", "from the environment", "an empty email", "compatibility characters",
    "their other form is taken", "all questions", "another writing", "changed", "one's own", "weak", "at last", "a token", "the same",
    "another", "a first one",
}  # fmt: skip


class Scenario:
    def __init__(self, name, *arguments, answers=None, **environment):
        self.name, self.arguments, self.answers, self.environment = name, arguments, answers, environment

    def run(self, program, url):
        """Exit code and what is shown; standard error behind standard output where there is no terminal."""
        if self.answers is None:
            code, output, error = programs.run(program, url, *self.arguments, **self.environment)
            return code, f"{output}--\n{error}"
        environment = program.environment(url, DJANGO_COLORS="nocolor", **self.environment)
        return talk(program.command(*self.arguments), environment, self.answers)


def no_terminal():
    create = ("createsuperuser", "--noinput")
    yield Scenario("no terminal", "createsuperuser")
    yield Scenario("no username", *create)
    yield Scenario("no email", *create, "--username", "root1")
    yield Scenario("no password", *create, "--username", "root1", "--email", "Root@EXAMPLE.com")
    yield Scenario("taken", *create, "--username", "root1", "--email", "")
    yield Scenario("--no-input", "createsuperuser", "--no-input", "--username=root2", "--email=r@example.com")
    variables = {"DJANGO_SUPERUSER_USERNAME": "root3", "DJANGO_SUPERUSER_PASSWORD": "1", "DJANGO_SUPERUSER_EMAIL": "a@b.de"}
    yield Scenario("from the environment", *create, **variables)
    yield Scenario("flags win", *create, "--username", "root4", "--email", "x@y.de", **variables)
    yield Scenario("an empty email", *create, "--username", "root5", "--email", "")
    yield Scenario("an empty variable", *create, "--username", "root6", DJANGO_SUPERUSER_EMAIL="")
    yield Scenario("an empty flag", *create, "--username", "root7", "--email", "", DJANGO_SUPERUSER_EMAIL="e@f.de")
    yield Scenario("an empty name", *create, "--username", "", "--email", "x@y.de")
    yield Scenario("a name that is none", *create, "--username", "a b", "--email", "x@y.de")
    yield Scenario("a name too long", *create, "--username", LONG, "--email", "x@y.de")
    yield Scenario("two mistakes", *create, "--username", "!" * 151, "--email", "x@y.de")
    yield Scenario("an email that is none", *create, "--username", "root8", "--email", "x@y")
    yield Scenario("an email too long", *create, "--username", "root8", "--email", "x" * 250 + "@y.de")
    yield Scenario("compatibility characters", *create, "--username", "ﬁne①", "--email", "A@Ü.DE")
    yield Scenario("their other form is taken", *create, "--username", "fine1", "--email", "a@b.de")


def interactive():
    create = "createsuperuser"
    yield Scenario(
        "all questions", create,
        answers=["", "", "a", "b", " ", " ", "password", "password", "n", "123", "123", "", GOOD, GOOD],
    )
    yield Scenario(
        "mistakes", create,
        answers=["", "ayush", "a b", LONG, "root10", "nobody", "Nobody@Example.COM", "root10", "root10", "x", "12345", "12345", "Y"],
    )
    yield Scenario("similar to the email", create, "--username", "root11", answers=["zaphod@beeble.de", "beeble12", "beeble12", "n", GOOD, GOOD])
    yield Scenario("a flag is empty", create, "--username", "", answers=[])
    yield Scenario("a flag is taken", create, "--username", "ayush", "--email", "", answers=["root12", GOOD, GOOD])
    yield Scenario("a flag is no name", create, "--username", "a b", answers=["root13", "", GOOD, GOOD])
    yield Scenario("an email's flag is none", create, "--username", "root14", "--email", "x", answers=[])
    yield Scenario("cancelled at the name", create, answers=[CTRL_C])
    yield Scenario("cancelled at the email", create, answers=["root15", CTRL_C])
    yield Scenario("cancelled at the password", create, "--username", "root15", answers=["", CTRL_C])
    yield Scenario("cancelled at the second", create, "--username", "root15", answers=["", GOOD, CTRL_C])
    yield Scenario("cancelled at the bypass", create, "--username", "root15", answers=["", "1", "1", CTRL_C])
    yield Scenario("another writing", create, answers=["Größe", "", "パスワードです長い", "パスワードです長い"])


def passwords():
    change = "changepassword"
    yield Scenario("nobody", change, "nobody", answers=[])
    yield Scenario("changed", change, "ayush", answers=[GOOD, GOOD])
    yield Scenario("one's own", change, answers=["another horse", "another horse"])
    yield Scenario("unequal", change, "ayush", answers=["a", "b", "a", "c", "a", "d"])
    yield Scenario("weak", change, "ayush", answers=["ayush", "ayush", "kumar123", "kumar123", "1", "1"])
    yield Scenario("at last", change, "bea", answers=["a", "b", "password", "password", "bea's own words", "bea's own words"])
    yield Scenario("nothing", change, "ayush", answers=[""])
    yield Scenario("nothing the second time", change, "ayush", answers=["x", ""])


def tokens():
    create = "drf_create_token"
    yield Scenario("nobody's token", create, "nobody")
    yield Scenario("a token", create, "ayush")
    yield Scenario("the same", create, "ayush")
    yield Scenario("another", create, "-r", "ayush")
    yield Scenario("a first one", create, "--reset", "bea")
    yield Scenario("no name", create)


def rows(engine, url):
    """Users and tokens, without what must differ."""
    users = engine.rows(
        url,
        "SELECT id, username, password, email, first_name, last_name, is_active, is_staff, is_superuser, "
        "last_login, date_joined FROM auth_user ORDER BY id",
    )
    lines = []
    for user in users:
        user = list(user)
        algorithm = user[2].split("$")
        user[2] = ("unusable", len(user[2])) if user[2].startswith("!") else (*algorithm[:2], len(user[2]))
        user[6:9] = map(bool, user[6:9])
        joined = str(user[10])
        user[10] = joined if joined.startswith("2024") else re.sub(r"\d", "9", joined)[:19]
        lines.append(repr(user))
    found = engine.rows(url, 'SELECT user_id, "key" FROM authtoken_token ORDER BY user_id')
    return lines + [f"token of {user}: {re.fullmatch('[0-9a-f]{40}', key) is not None}" for user, key in found]


def keys(engine, url):
    return dict(engine.rows(url, 'SELECT user_id, "key" FROM authtoken_token'))


class Comparison:
    def __init__(self, engine, django, drf_auth, quiet=False):
        self.engine, self.django, self.drf_auth, self.quiet = engine, django, drf_auth, quiet
        self.where = f"{engine.name}, Django {django.series}"
        self.differences = self.count = 0
        self.urls = []
        for name in ("commands_theirs", "commands_ours"):
            url = engine.create(name)
            code, _, error = programs.run(drf_auth, url, "migrate")
            assert code == 0, error
            engine.execute(url, USERS)
            self.urls.append(url)

    def same(self, what, wanted, got):
        if wanted == got:
            return
        self.differences += 1
        if self.quiet:
            return
        print(f"DIFFERENT: {self.where}: {what}")
        texts = [text.splitlines() if isinstance(text, str) else list(map(str, text)) for text in (wanted, got)]
        print("\n".join(difflib.unified_diff(*texts, "Django", "drf-auth", lineterm="", n=30)))

    def run(self, scenarios):
        for scenario in scenarios:
            self.count += 1
            before = [keys(self.engine, url) for url in self.urls]
            (code, shown), (our_code, our_shown) = (
                scenario.run(program, url) for program, url in zip((self.django, self.drf_auth), self.urls)
            )
            after = [keys(self.engine, url) for url in self.urls]
            what = f"{' '.join(scenario.arguments)[:60]} ({scenario.name})"
            if scenario.name == "no name":
                # argparse and clap have words of their own.
                shown = our_shown = ""
            self.same(f"{what}: exit code", (code,), (our_code,))
            self.same(f"{what}: shown", *(re.sub("[0-9a-f]{40}", "KEY", text) for text in (shown, our_shown)))
            self.same(f"{what}: rows", *(rows(self.engine, url) for url in self.urls))
            kept = [{user: old == now.get(user) for user, old in then.items()} for then, now in zip(before, after)]
            self.same(f"{what}: keys that stay", kept[:1], kept[1:])

    def interchange(self):
        """What one has set, the other accepts."""
        known = {"ayush": GOOD, "operator": "another horse", "bea": "bea's own words", "root3": "1", "root10": "12345", "Größe": "パスワードです長い"}
        for url, whose in zip(self.urls, ("Django's", "drf-auth's")):
            stored = dict(self.engine.rows(url, "SELECT username, password FROM auth_user"))
            known = {name: password for name, password in known.items() if name in stored}
            for name, password in known.items():
                self.count += 1
                code, said, error = programs.run(self.drf_auth, url, "check_password", stored[name], stdin=password)
                self.same(f"{whose} password of {name}, by drf-auth", "True\n", said + error)
            program = (
                "import django, json, sys; django.setup(); from django.contrib.auth.models import User; "
                f"print([User.objects.get(username=n).check_password(p) for n, p in {known!r}.items()])"
            )
            done = subprocess.run(
                [f"{self.django.venv}/bin/python", "-c", program], env=self.django.environment(url), capture_output=True, text=True
            )
            self.same(f"{whose} passwords, by Django", f"{[True] * len(known)}\n", done.stdout + done.stderr)


def ours_alone(engine, drf_auth, url):
    """createuser and users, which Django has not."""
    run = lambda *arguments, **more: programs.run(drf_auth, url, *arguments, **more)
    before = rows(engine, url)
    code, said, error = run("createuser", "--noinput", "--username", "plain", "--email", "p@q.de", DJANGO_USER_PASSWORD="x")
    assert (code, said, error) == (0, "User created successfully.\n", ""), (code, said, error)
    (row,) = set(rows(engine, url)) - set(before)
    assert "True, False, False" in row and "pbkdf2_sha256" in row, row
    assert run("createuser")[:2] == (0, "User creation skipped due to not running in a TTY. You can run `drf-auth createuser` in a terminal to create one manually, or with --noinput.\n")
    code, shown = talk(drf_auth.command("createuser"), drf_auth.environment(url), ["plain2", "", GOOD, GOOD])
    assert code == 0 and shown.endswith("User created successfully.\n"), shown
    code, said, _ = run("users", "list")
    listed = [line.split("\t") for line in said.splitlines()]
    assert ["ayush", "yes", "no", "no", "yes"] in [line[1:] for line in listed], said
    assert run("users", "list", "--json")[1].count("\n") == len(listed) - 1
    assert run("users", "deactivate", "ayush")[:2] == (0, "User 'ayush' is inactive now\n")
    assert run("users", "deactivate", "ayush")[:2] == (0, "User 'ayush' is inactive already\n")
    assert run("users", "activate", "ayush")[:2] == (0, "User 'ayush' is active now\n")
    assert run("users", "revoke_token", "ayush")[:2] == (0, "Token of user 'ayush' deleted\n")
    assert run("users", "revoke_token", "ayush")[:2] == (0, "User 'ayush' has no token\n")
    assert run("users", "activate", "nobody") == (1, "", "CommandError: user 'nobody' does not exist\n")


class Faulty(programs.DrfAuth):
    """As it would be if it asked less of passwords, and hashed them otherwise."""

    def environment(self, url, **more):
        wrong = {"DRF_AUTH_DJANGO__PASSWORD_VALIDATORS": "", "DRF_AUTH_DJANGO__PBKDF2_ITERATIONS": "1000"}
        return {**super().environment(url, **more), **wrong}


def finds_faults(engine, django, binary):
    comparison = Comparison(engine, django, Faulty(binary, django.series), quiet=True)
    for scenario in (*no_terminal(), *passwords()):
        if scenario.name in ("from the environment", "weak"):
            before = comparison.differences
            comparison.run([scenario])
            assert comparison.differences > before, f"nothing was found in {scenario.name!r}"


def required_column(engine, drf_auth):
    """A model that asks for more is refused, and the column named."""
    url = engine.create("commands_ours")
    assert programs.run(drf_auth, url, "migrate")[0] == 0
    engine.execute(url, "ALTER TABLE auth_user ADD COLUMN tenant_id integer;\nDELETE FROM auth_user;\n")
    if engine.name == "sqlite":
        return
    change = "ALTER tenant_id SET NOT NULL" if engine.name == "postgres" else "MODIFY tenant_id integer NOT NULL"
    engine.execute(url, f"ALTER TABLE auth_user {change}")
    code, said, error = programs.run(drf_auth, url, "createsuperuser", "--noinput", "--username", "x", "--email", "x@y.de")
    assert code == 1 and said == "" and "tenant_id" in error and error.startswith("CommandError: "), error


def main():
    binary, engines, venvs = programs.arguments()
    differences = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in engines:
            engine = databases.engine(name, folder)
            for series, path in venvs.items():
                # Every engine with one Django, every Django with one engine.
                if name != "sqlite" and series != "5.2":
                    continue
                drf_auth = programs.DrfAuth(binary, series)
                comparison = Comparison(engine, programs.Django(path, series), drf_auth)
                everything = name == "sqlite" and series == "5.2"
                for scenarios in (no_terminal, interactive, passwords, tokens):
                    comparison.run(s for s in scenarios() if everything or s.name in ESSENTIAL)
                comparison.interchange()
                ours_alone(engine, drf_auth, comparison.urls[1])
                print(f"{comparison.where}: {comparison.count} scenarios, {comparison.differences} differences", flush=True)
                differences += comparison.differences
                count += comparison.count
            required_column(engine, drf_auth)
            if name == "sqlite":
                finds_faults(engine, programs.Django(path, series), binary)
            for database in ("commands_theirs", "commands_ours"):
                engine.drop(database)
    print(f"commands: {count} scenarios, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
