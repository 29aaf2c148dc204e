"""Projects of which no configuration can be made: each in a sentence, without a secret."""
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
    "settings that raise": ("PASSWORD = int('hunter2 hunter2')\n", SQLITE, "ValueError: "),
    "settings that want a variable": ("from django.core.exceptions import ImproperlyConfigured\nraise ImproperlyConfigured('Set the API_KEY')\n",
                                      SQLITE, "ImproperlyConfigured: Set the API_KEY"),
    "an error with a URL in it": ("raise ValueError('cannot parse postgres://u:hunter2@h/d')\n", SQLITE, "ValueError: (hidden"),
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
    tally.case("refused: a Python without Django", one, import_settings, binary, sys.executable, target, "has no Django", {})


def one(run, binary, python, target, said, environment):
    file = target.parent / (target.name + ".toml")
    ran = run(binary, python, target, "-o", file, **environment)
    assert ran.returncode == 1 and said in ran.stderr, (ran.returncode, ran.stderr)
    assert not file.exists() and "hunter2" not in ran.stderr, ran.stderr
