"""What every case needs: environments, folders, drf-auth and its answers."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import traceback
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
QUIET = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


class Tally:
    """Counts the cases, one line each."""

    def __init__(self, only):
        self.only, self.passed, self.failed = only, 0, 0

    def case(self, name, run, *arguments):
        if not name.startswith(self.only):
            return
        try:
            run(*arguments)
        except Exception as error:
            self.failed += 1
            print(f"FAILED  {name}: {error}")
            if not isinstance(error, AssertionError):
                traceback.print_exc()
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)


def venv(django):
    """The Python of an environment with this Django; None where it cannot be made."""
    made = subprocess.run(["bash", HERE.parent / "venv.sh", django], stdout=subprocess.PIPE, text=True)
    if made.returncode == 3:
        return None
    assert made.returncode == 0, f"venv.sh {django} failed"
    return pathlib.Path(made.stdout.strip()) / "bin" / "python"


def project(folder, name, copy):
    """A copy of one of the projects."""
    target = folder / copy
    shutil.copytree(HERE / "projects" / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def import_settings(binary, python, project, *flags, **environment):
    return subprocess.run([binary, "import-settings", "--manage-py", project.name + "/manage.py", "--python", os.path.relpath(python, project.parent), *flags],
                          cwd=project.parent, env={**QUIET, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def django_side(python, project, step, *arguments):
    """Runs django_side.py inside the project; its last line is JSON."""
    ran = subprocess.run([python, HERE / "django_side.py", step, *arguments], cwd=project, env=QUIET, capture_output=True, text=True)
    assert ran.returncode == 0, f"django_side.py {step}: {ran.stderr[-2000:]}"
    return json.loads(ran.stdout.splitlines()[-1])


class Service:
    """drf-auth serving with a configuration file."""

    def __init__(self, binary, config):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        self.log = open(config.with_suffix(".log"), "w+")
        self.process = subprocess.Popen([binary, "serve", "--config", config, "--listen", self.address], env=QUIET,
                                        cwd="/", stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def __enter__(self):
        host, port = self.address.split(":")
        for _ in range(300):
            try:
                socket.create_connection((host, int(port)), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None, "serve ended: " + self.said()
                time.sleep(0.05)
        raise AssertionError("serve does not listen: " + self.said())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, path, body=None, authorization=None):
        """Status and JSON of a request; a POST where there is a body."""
        request = urllib.request.Request(f"http://{self.address}{path}", None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if authorization:
            request.add_header("Authorization", authorization)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


def refused(binary, config):
    """What `serve` says where it does not start."""
    ran = subprocess.run([binary, "serve", "--config", config, "--listen", "127.0.0.1:0"], env=QUIET, cwd="/",
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 2, f"serve ended with {ran.returncode}: {ran.stderr}"
    return ran.stderr


def decisions(text):
    """The decisions of a file and whether each is made."""
    section = text.partition("\n[decisions]\n")[2]
    return dict(re.findall(r'^(\w+) = "(.*)"$', section, re.M))


def decide(config):
    """Answers every decision that is open."""
    text = config.read_text()
    before, head, section = text.partition("\n[decisions]\n")
    section = re.sub(r'^(\w+) = ""$', r'\1 = "a test accepts it"', section, flags=re.M)
    config.write_text(before.replace('# "/verify/" = "verify"', '"/verify/" = "verify"') + head + section)
