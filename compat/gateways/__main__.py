"""Runs the cases for every gateway, and the permissions against Django's own."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from compare.servers import COMPAT, Failure

from . import framing, grants, selftest
from .cases import Cases
from .contracts import PLAYED
from .programs import BROKEN, HERE, PROGRAMS, Ports, changed, missing, renamed
from .service import CONFIG, Service
from .upstream import Upstream

# As the configuration of these says.
WITHOUT_BODY = ("caddy",)
# A header by another name, as a backend may want it.
RENAMED = ("X-Auth-Username", "Remote-User")
ALL = {**{name: start for name, (start, _) in PROGRAMS.items()}, **PLAYED}


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


def install(packages):
    """Installs Debian packages where that can be done; false where it can't."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-qq", "-y"]
    print(f"gateways: installing {' '.join(packages)}", flush=True)
    try:
        for words in (["update"], ["install", "--no-install-recommends", *packages]):
            subprocess.run(command + words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@contextmanager
def running(name, binary, config=CONFIG, names=None):
    """The cases for one gateway that runs in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix=f"drf-gateway-{name}-"))
    folder.chmod(0o755)
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        service = Service(binary, folder, config, body=name not in WITHOUT_BODY)
        ending.callback(service.stop)
        app, staff = Upstream("app"), Upstream("staff")
        ending.callback(app.stop)
        ending.callback(staff.stop)
        gateway = ALL[name](folder, Ports(service.port, app.port, staff.port))
        ending.callback(gateway.stop)
        yield Cases(gateway, service, app, staff, names)


def test(name, binary, report):
    """All cases for one gateway."""
    old, new = RENAMED
    config = CONFIG.replace("[verify]\n", f'[verify]\nusername_header = "{new}"\n')
    try:
        with running(name, binary) as cases:
            cases.run(report)
        with changed(*renamed(old, new)), running(name, binary, config, {old: new}) as cases:
            cases.run(report, "renamed")
        if name in BROKEN:
            with changed(BROKEN[name]), running(name, binary) as cases:
                cases.run(report, "broken")
    except Failure as failure:
        report(name, "it starts", str(failure))


def test_framing(binary, report):
    """Requests of odd framing through plain proxies."""
    folder = Path(tempfile.mkdtemp(prefix="drf-gateway-framing-"))
    folder.chmod(0o755)
    try:
        service = Service(binary, folder, framing.CONFIG)
        try:
            framing.test(folder, service, report)
        finally:
            service.stop()
    except Failure as failure:
        report("framing", "it starts", str(failure))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def readme_shows_nginx(report):
    """The README's block is a part of nginx.conf, word for word."""
    readme = (COMPAT.parent / "README.md").read_text()
    section = readme.partition("## Gateways")[2]
    block = section.partition("```nginx\n")[2].partition("```")[0]
    wrong = None if block and block in (HERE / "nginx.conf").read_text() else f"it is not in nginx.conf:\n{block}"
    report("nginx", "the README's block is what is tested", wrong)


def main():
    parser = argparse.ArgumentParser(prog="compat/gateways.sh", description=__doc__)
    parser.add_argument("--binary", required=True, help="drf-auth")
    parser.add_argument("--only", action="append", choices=(*ALL, "permissions", "framing"), help="default: all of them")
    parser.add_argument("--django", default="5.2", help="whose permissions are asked")
    parser.add_argument("--python", help="for Django")
    parser.add_argument("--self-test", action="store_true", help="spoil the configurations: the cases must see it")
    parser.add_argument("--no-install", action="store_true", help="skip what is not installed")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = args.only or [*ALL, "framing", "permissions"]
    lacking = missing(names)
    if lacking and (args.no_install or not install(lacking)):
        print(f"gateways: not installed: {' '.join(lacking)}")
    began = time.monotonic()
    report, skipped = Report(), []
    binary = Path(args.binary).resolve()
    if args.self_test:
        selftest.run(names, lambda name, note: test(name, binary, note), report)
        names = []
    for name in names:
        if name == "permissions":
            if not grants.compare(binary, args.django, args.python, report):
                skipped.append(name)
        elif name == "framing":
            test_framing(binary, report)
        elif missing([name]):
            skipped.append(name)
            print(f"skipped {name}: {' '.join(missing([name]))} cannot be installed")
        else:
            test(name, binary, report)
    if "nginx" in names:
        readme_shows_nginx(report)
    more = f", skipped: {' '.join(skipped)}" if skipped else ""
    print(f"{report.passed} passed, {report.failed} failed{more} ({time.monotonic() - began:.0f} s)")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
