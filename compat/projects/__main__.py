"""Makes the projects, starts drf-auth beside each, and shows what README.md says."""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compare.servers import COMPAT, Failure, make_venv, run

from . import ages
from .catalogue import AGES, ALL, PROJECTS
from .databases import ENGINES
from .proofs import Proofs
from .stage import Stage, environment

HERE = Path(__file__).resolve().parent


class Report:
    """One line a case, and their number."""

    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, where, case, wrong):
        if wrong is None:
            self.passed += 1
            print(f"ok      {where}: {case}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {where}: {case}\n        " + wrong.replace("\n", "\n        "), flush=True)


def make_migrations(venv, work, projects):
    """The projects' own migrations, as `manage.py makemigrations` writes them."""
    shutil.copytree(HERE / "django_side", work)
    for project in projects:
        if project.app:
            env = environment(work, project, f"sqlite:///{work}/none.sqlite3")
            command = [str(venv / "bin/python"), str(work / "manage.py"), "makemigrations", "-v", "0", project.app]
            run(command, env=env, what="makemigrations")


def packages(venv, project):
    """Where the packages of the project's further applications are; None where they cannot be had."""
    if not project.packages:
        return ()
    folder = venv.parent / f"{venv.name}-{project.name}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        pip = [str(venv / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--target", str(folder), *project.packages], check=False)
        if done.returncode:
            return None
        (folder / "complete").touch()
    return (folder,)


def prove(stage, report, older):
    """All cases of one project on one engine."""
    try:
        stage.create()
        if stage.project is AGES:
            stage.users = ages.fill(stage, older)
        else:
            stage.manage("migrate", "-v", "0")
        stage.configure()
        stage.start()
        (ages.Ages if stage.project is AGES else Proofs)(stage).run(report)
    except Failure as failure:
        report(stage.name, "it starts", str(failure))
    finally:
        stage.stop()


def main():
    parser = argparse.ArgumentParser(prog="compat/projects.sh", description=__doc__)
    parser.add_argument("--binary", required=True, help="drf-auth")
    parser.add_argument("--only", action="append", choices=[project.name for project in PROJECTS])
    parser.add_argument("--engine", action="append", choices=ALL)
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python", help="for Django")
    parser.add_argument("--full", action="store_true", help="what takes long on every engine, too")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    venv = make_venv(args.django, args.python, None)
    binary = Path(args.binary).resolve()
    projects = [project for project in PROJECTS if not args.only or project.name in args.only]
    began, report = time.monotonic(), Report()
    folder = Path(tempfile.mkdtemp(prefix="drf-projects-"))
    folder.chmod(0o755)
    try:
        work = folder / "work"
        make_migrations(venv, work, projects)
        for name in args.engine or ALL:
            # Its passwords cost what Django's own do.
            is_short = args.full or name == ALL[0] or args.only
            wanted = [project for project in projects if name in project.engines and (is_short or project is not AGES)]
            if not wanted:
                continue
            engine = ENGINES[name](folder)
            try:
                for project in wanted:
                    path = packages(venv, project)
                    if path is None:
                        print(f"skipped: {project.name} needs {' '.join(project.packages)}")
                        continue
                    older = ages.older_venvs() if project is AGES else {}
                    if older is None:
                        print(f"skipped: {project.name} needs Pythons that are not here")
                        continue
                    place = folder / f"{project.name}-{name}"
                    prove(Stage(project, engine, venv, work, binary, place, path, args.full), report, older)
            finally:
                engine.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{report.passed} passed, {report.failed} failed ({time.monotonic() - began:.0f} s)")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
