"""Runs every case: see import_settings.sh."""
import argparse
import pathlib
import sys
import tempfile

from . import databases, projects, refusals
from .stage import Tally, venv


def main():
    parser = argparse.ArgumentParser(prog="import_settings.sh")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--django", default="4.2 5.2 6.1")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    flags = parser.parse_args()
    binary = pathlib.Path(flags.binary).resolve()
    tally, here = Tally(flags.only), False
    with tempfile.TemporaryDirectory(prefix="drf-auth-import.") as folder:
        folder = pathlib.Path(folder)
        series = flags.django.split()
        for django in series:
            python = venv(django)
            if python is None:
                print(f"skipped: Django {django} needs a Python that is not here")
                continue
            here = True
            projects.run(tally, folder, binary, python, django)
            if django == ("5.2" if "5.2" in series else series[-1]):
                databases.run(tally, folder, binary, python)
                refusals.run(tally, folder, binary, python)
    print(f"import-settings: {tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0 if here else 3


sys.exit(main())
