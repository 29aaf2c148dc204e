"""Projects of which no configuration can be made: each in a sentence, without a secret."""
import os
import sys

from .stage import import_settings, project

BASE = '{"default": {"ENGINE": "django.db.backends.%s", "NAME": "%s"}}'
SPLIT = """
DATABASES["tokens"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "tokens.sqlite3"}
class Router:
    def db_for_write(self, model, **hints):
        return "tokens" if model._meta.app_label == "authtoken" else "default"
    db_for_read = db_for_write
DATABASE_ROUTERS = ["settings.Router"]
"""
SQLITE = '{"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}'

# What is added to settings.py, DATABASES["default"], what is said.
CASES = {
    "settings that raise": ("PASSWORD = int('hunter2 hunter2')\n", SQLITE, "in <module>\n  ValueError\n"),
    "settings that want a variable": ("import os\nos.environ['API_KEY']\n", SQLITE, "KeyError: 'API_KEY'\n"),
    "an application that is not here": ("INSTALLED_APPS.append('hidden_app')\n", SQLITE, "ModuleNotFoundError: No module named 'hidden_app'\n"),
    "a value in words": ("from django.core.exceptions import ImproperlyConfigured\nraise ImproperlyConfigured('no key: hunter2')\n",
                         SQLITE, "ImproperlyConfigured\n"),
    "a complaint on standard output": ("import sys\nprint('DB_PASS=hunter2')\nsys.exit(3)\n", SQLITE, "ended (exit status: 3) without an answer\n"),
    "a complaint on standard error": ("import sys\nprint('DB_PASS=hunter2', file=sys.stderr)\nsys.exit(3)\n", SQLITE, "see it by: "),
    "no token model": ("INSTALLED_APPS.remove('rest_framework.authtoken')\n", SQLITE, "it has no token model"),
    "no Django REST framework in use": ("INSTALLED_APPS = INSTALLED_APPS[:2]\n", SQLITE, "it has no token model"),
    "users and tokens apart": (SPLIT, SQLITE, "this service reads one database"),
    "a database in memory": ("", '{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}', "no plain file"),
    "no hasher of Django's": ("PASSWORD_HASHERS = ['gone.Hasher']\n", SQLITE, "no hasher of its PASSWORD_HASHERS"),
    "a urlconf that raises": ("ROOT_URLCONF = 'gone'\n", SQLITE, "its routes cannot be told: ModuleNotFoundError"),
}


def run(tally, folder, binary, python):
    for number, (name, (more, database, said)) in enumerate(CASES.items()):
        target = project(folder, "databases", f"refusal{number}")
        with open(target / "settings.py", "a") as settings:
            settings.write(more)
        tally.case(f"refused: {name}", one, import_settings, binary, python, target, said, {"FORM": database})
    target = folder / "refusal0"
    tally.case("refused: no manage.py", one, import_settings, binary, python, folder / "none", "there is no " + str(folder / "none" / "manage.py"), {})
    tally.case("refused: no such Python", one, import_settings, binary, folder / "none" / "python", target, "there is no Python", {})
    tally.case("refused: an output that is no file", no_file, binary, python, target)
    tally.case("refused: a Python without Django", one, import_settings, binary, sys.executable, target, "has no Django", {})


def no_file(binary, python, target):
    """Neither a pipe, of which a reader would wait for ever, nor what is no configuration; a hyphen is no name."""
    pipe, other = target / "pipe", target / "settings.py"
    os.mkfifo(pipe)
    before = other.read_text()
    for file, said in ((pipe, "is no plain file; -o - writes to standard output"), (target, "is no plain file"), (other, "is no TOML")):
        ran = import_settings(binary, python, target, "-o", file, FORM=SQLITE)
        assert ran.returncode == 1 and said in ran.stderr, (file, ran.returncode, ran.stderr)
    assert other.read_text() == before
    fine = project(target.parent, "databases", "hyphen")
    ran = import_settings(binary, python, fine, "-o", "-", FORM=SQLITE.replace("db.sqlite3", "x.sqlite3"))
    assert ran.returncode == 0 and "\ndatabase_url = " in ran.stdout and not (fine.parent / "-").exists(), ran.stderr


def one(run, binary, python, target, said, environment):
    file = target.parent / (target.name + ".toml")
    ran = run(binary, python, target, "-o", file, **environment)
    assert ran.returncode == 1 and said in ran.stderr, (ran.returncode, ran.stderr)
    assert not file.exists() and "hunter2" not in ran.stderr, ran.stderr
