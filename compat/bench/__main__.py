"""The command line of the figures."""

import argparse
import importlib
import sys
from contextlib import ExitStack

from compare.servers import Failure

from .stage import Gunicorn, binary_of, interrupts_unwind

FIGURES = ("verify", "login", "storm", "memory", "timing", "tune")


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="compat/bench/run.sh",
        description="Measures drf-auth beside Django REST framework; see compat/bench/README.md.",
    )
    parser.add_argument("figure", choices=FIGURES)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter measurements: a look, not a figure")
    parser.add_argument("--binary", help="drf-auth; default: target/release/drf-auth")
    parser.add_argument("--env", metavar="KEY=VALUE", action="append", default=[], help="for drf-auth; may be repeated")
    parser.add_argument("--label", default="", help="part of the results' name, and said in the report")
    parser.add_argument("--results", metavar="FOLDER", help="where table and chart go; default: compat/bench/results")
    parser.add_argument("--django", default="5.2", help="release series of Django")
    parser.add_argument("--python", help="of Django's virtual environment, X.Y")
    parser.add_argument(
        "--gunicorn", type=Gunicorn.parse, default=Gunicorn("gthread", 2, 8), metavar="KIND:WORKERS[:THREADS]",
        help="default: gthread:2:8, see `tune`",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--iterations", type=int, help="of PBKDF2; default: 1000000, for timing 100000")
    parser.add_argument("--login-path", default="/api-token-auth/", metavar="PATH", help="the view that logs in")
    parser.add_argument(
        "--refusal-floor", metavar="DURATION", help="drf-auth's passwords.refusal_floor, where it has it"
    )
    parser.add_argument(
        "--check-path", default="/profile/", metavar="PATH", help="drf-auth's token check in verify, memory"
    )
    login = parser.add_argument_group("login")
    login.add_argument("--engine", type=float, metavar="NUMBER", help="derivations a second a core, where it is known")
    login.add_argument("--bench", action="store_true", help="take that number from `cargo bench --bench lanes`")
    storm = parser.add_argument_group("storm")
    storm.add_argument("--check-clients", type=int, default=8, metavar="N", help="wrk's connections; default: 8")
    storm.add_argument(
        "--check-rate", type=int, default=0, metavar="N", help="token checks a second; default: all they can"
    )
    storm.add_argument("--storm-rate", type=float, metavar="N", help="logins a second; default: 20 times the capacity")
    timing = parser.add_argument_group("timing")
    timing.add_argument("--samples", type=int, help="refusals a class; default: 60, quick 20")
    timing.add_argument("--load", type=int, default=0, metavar="N", help="clients that log in meanwhile")
    timing.add_argument("--load-by", metavar="HASHER", help="they guess at rows of another hasher: argon2, bcrypt_sha256, …")
    return parser.parse_args()


def main():
    """Runs one figure; everything that it started is stopped when it ends, however it ends."""
    options = arguments()
    interrupts_unwind()
    options.env = dict(pair.partition("=")[::2] for pair in options.env)
    options.samples = options.samples or (20 if options.quick else 60)
    try:
        options.binary = binary_of(options)
        with ExitStack() as stack:
            importlib.import_module(f"bench.{options.figure}").run(options, stack)
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


main()
