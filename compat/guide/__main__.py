"""Tests what the guide's pages say; one line a fact."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from compare.command import find_binary
from compare.servers import Failure, make_venv

from . import pages as guide
from . import selftest
from .front import PAGE, Front, Site, Steps, counted
from .words import Words, links


class Report:
    """One line a fact, and their number; what failed by its title."""

    def __init__(self, quiet=False):
        self.quiet, self.passed, self.failed = quiet, 0, []

    def __call__(self, where, title, fact, *arguments):
        """Whether the fact holds."""
        try:
            note = fact(*arguments)
        except Exception as error:  # whatever it is, the fact does not hold
            self.failed.append(title)
            said = str(error) if isinstance(error, (AssertionError, Failure)) else repr(error)
            line = f"FAILED  {where}: {title}\n        " + said.replace("\n", "\n        ")
        else:
            self.passed += 1
            line = f"ok      {where}: {title}" + (f" ({note})" if note else "")
        if not self.quiet:
            print(line, flush=True)


def test_words(words, pages, report):
    """What the pages name."""
    for name, page in pages.items():
        report(name, "every drf-auth command is one", words.commands, page)
        report(name, "every block of TOML is a configuration", words.files, page)
        report(name, "every key is one", words.keys, page)
        report(name, "every variable is one", words.variables, page)
        report(name, "every link leads somewhere", links, pages, page)


def test_front(site, pages, report):
    """What the nginx configuration does."""

    def elsewhere():
        others = [name for name, page in pages.items() if name != PAGE and page.blocks("nginx")]
        assert not others, f"nobody runs the nginx blocks of {', '.join(others)}"

    report("guide", "every nginx block is run", elsewhere)
    report("guide", "every metric and result is one", counted, site, pages)
    made = []
    report("nginx", "the page has the blocks that are run", lambda: made.append(Front(site, pages[PAGE])))
    for front in made:
        try:
            for fact in Steps(site, front).all():
                report("nginx", fact.__doc__, fact)
        finally:
            front.stop()


def failures(test, tested, pages):
    """The titles of what fails."""
    report = Report(quiet=True)
    test(tested, pages, report)
    return report.failed


def main():
    parser = argparse.ArgumentParser(prog="compat/guide.sh", description=__doc__)
    parser.add_argument("--binary", required=True, help="drf-auth")
    parser.add_argument("--django", default="5.2")
    parser.add_argument("--python", help="for Django")
    parser.add_argument("--self-test", action="store_true", help="spoil the pages: the facts must see it")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="drf-guide-"))
    folder.chmod(0o755)
    report, site = Report(), None
    try:
        binary = find_binary(args.binary)
        words, pages = Words(binary, folder), guide.read()
        site = Site(binary, folder, args.django, make_venv(args.django, args.python, None))
        site.begin()
        if args.self_test:
            selftest.run(partial(failures, test_words, words), partial(failures, test_front, site), pages, report)
        else:
            test_words(words, pages, report)
            test_front(site, pages, report)
    except Failure as failure:
        print(f"guide: {failure}", file=sys.stderr)
        return 2
    finally:
        if site is not None:
            site.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{report.passed} passed, {len(report.failed)} failed ({time.monotonic() - began:.0f} s)")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
