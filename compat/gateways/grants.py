"""What verify routes ask of a user, beside what Django's own has_perms() says, for users of every right."""

import json
import shutil
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

from compare.http1 import Connection
from compare.servers import COMPAT, SITE, Failure, run, site_environment

from .service import Service

SCRIPT = Path(__file__).resolve().parent / "django_side/permissions.py"
PERMISSIONS = [
    ["auth.add_user"], ["auth.change_user"], ["auth.delete_user"], ["authtoken.add_token"], ["authtoken.view_token"],
    ["auth.ADD_USER"], ["auth.nothing"], ["nowhere.add_user"], ["contenttypes.add_user"],
    ["auth.add_user", "auth.change_user"], ["auth.add_user", "authtoken.add_token"],
    ["auth.change_user", "auth.nothing"],
]  # fmt: skip
HEAD = """
database_url = "sqlite:///{file}"
listen = "127.0.0.1:{port}"
[verify]
groups_header = "X-Auth-Groups"
[routes]
"/verify/" = "verify"
"/staff/" = {{ view = "verify", staff = true }}
"/superuser/" = {{ view = "verify", superuser = true }}
"""


def compare(binary, django, python, report):
    """Reports one case a user; false where that Django is not here."""
    made = subprocess.run(
        [str(COMPAT / "venv.sh"), django, *([python] if python else [])], stdout=subprocess.PIPE, text=True, check=False
    )
    if made.returncode == 3:
        print(f"skipped permissions: Django {django} needs another Python")
        return False
    if made.returncode:
        raise Failure(f"venv.sh {django} failed")
    interpreter = f"{made.stdout.strip()}/bin/python"
    folder = Path(tempfile.mkdtemp(prefix="drf-gateway-permissions-"))
    users = []

    def make(file):
        env = {**site_environment(), "SITE_DATABASE_URL": f"sqlite:///{file}"}
        file.unlink(missing_ok=True)
        run([interpreter, str(SITE / "manage.py"), "migrate", "-v", "0"], env=env, what="migrate")
        asked = json.dumps({"permissions": PERMISSIONS})
        said = run([interpreter, str(SCRIPT)], env=env, stdin=asked, what=SCRIPT.name)
        users[:] = [json.loads(line) for line in said.splitlines()]

    routes = "".join(
        f'"/perm/{number}/" = {{{{ view = "verify", perm = {json.dumps(names)} }}}}\n'
        for number, names in enumerate(PERMISSIONS)
    )
    service = None
    try:
        service = Service(binary, folder, HEAD + routes, make)
        for user in users:
            wrong = [*_differences(service.port, user)]
            report(f"Django {django}", f"permissions of {user['username']}", "\n".join(wrong) or None)
    finally:
        if service:
            service.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _differences(port, user):
    connection = Connection(port)

    def ask(path):
        line = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Token {user['token']}\r\n\r\n"
        connection.send(line.encode())
        return connection.receive(b"GET")

    expected = {f"/perm/{number}/": allowed for number, allowed in enumerate(user["permissions"])}
    expected |= {"/staff/": user["staff"], "/superuser/": user["superuser"], "/verify/": user["active"]}
    refusal = 403 if user["active"] else 401
    for path, allowed in expected.items():
        answer = ask(path)
        if answer.problem or answer.status != (200 if allowed else refusal):
            asked = PERMISSIONS[int(path.split("/")[2])] if path.startswith("/perm/") else ""
            yield f"{path} {asked}: Django says {allowed}, the answer is {answer.status} {answer.problem or ''}"
    if user["active"]:
        told = ask("/verify/").get(b"x-auth-groups").decode()
        groups = sorted(urllib.parse.unquote(name) for name in told.split(",") if name)
        if groups != user["groups"]:
            yield f"the groups are {groups}, in Django {user['groups']}"
    connection.close()
