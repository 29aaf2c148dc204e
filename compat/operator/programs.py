"""Runs manage.py's and drf-auth's commands on a database."""

import argparse
import os
import subprocess
from pathlib import Path

COMPAT = Path(__file__).resolve().parent.parent

# The user's own would change what both say.
FORGOTTEN = ("DJANGO_SUPERUSER_", "DRF_AUTH_", "DATABASE_URL", "SITE_", "DJANGO_SETTINGS_MODULE", "LOGNAME", "LANG", "LC_")


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FORGOTTEN)}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "LOGNAME": "operator", "LANG": "C.UTF-8", **more}


class Django:
    """A virtual environment's manage.py."""

    def __init__(self, venv, series, settings="bare_settings"):
        self.venv, self.series, self.settings = venv, series, settings

    def command(self, *arguments):
        return [f"{self.venv}/bin/python", "-W", "ignore", "-m", "django", *arguments]

    def environment(self, url, **more):
        path = f"{COMPAT}/site:{COMPAT}/operator"
        return environment(
            PYTHONPATH=path, DJANGO_SETTINGS_MODULE=self.settings, SITE_DATABASE_URL=url,
            SITE_PBKDF2_ITERATIONS="100", **more,
        )


class DrfAuth:
    """The binary, configured as the site is."""

    def __init__(self, binary, series):
        self.binary, self.series = binary, series

    def command(self, *arguments):
        return [self.binary, *arguments]

    def environment(self, url, **more):
        return environment(
            DRF_AUTH_DATABASE_URL=url, DRF_AUTH_DJANGO__VERSION=self.series,
            DRF_AUTH_DJANGO__PBKDF2_ITERATIONS="100", **more,
        )


def run(program, url, *arguments, stdin="", **more):
    """Exit code, standard output, standard error; no terminal."""
    done = subprocess.run(
        program.command(*arguments), env=program.environment(url, **more), input=stdin,
        capture_output=True, text=True, cwd="/",
    )
    return done.returncode, done.stdout, done.stderr


def arguments():
    """What run.sh tells a comparison: the binary, the engines' names, and the virtual environments by Django's series."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--engines", default="sqlite,postgres,mariadb")
    parser.add_argument("--venv", action="append", required=True, metavar="SERIES=PATH")
    read = parser.parse_args()
    return read.binary, read.engines.split(","), dict(venv.split("=") for venv in read.venv)
