"""The command line: deals the cases out, compares the answers, prints what it found."""

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

from . import cases, django_side, profiles, rust_side

# Cases that one process makes and asks at a time.
SHARE = 1000
# Seconds in which a share must come: more than a hundred times what one takes.
PATIENCE = 300
# Where Django would answer: the limits of this program, which no hasher's own string reaches.
LIMITS = ("checking it would cost more than the limit", "it is longer than the limit")
ROOT = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(prog="compat/hashers.sh", description="Compares the hashers with those of a real Django.")
    parser.add_argument("--django", default="5.2", help="3.2, 4.2, 5.2, 6.0, 6.1, or an exact release")
    parser.add_argument("--count", type=int, default=10_000, help="cases, two thirds Django's strings and a third drf-auth's")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--binary", help="drf-auth; default: target/release or target/debug")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    return parser.parse_args()


def main():
    args = arguments()
    args.binary = args.binary or next((str(p) for p in (ROOT / "target/release/drf-auth", ROOT / "target/debug/drf-auth") if p.exists()), None)
    if not args.binary:
        raise SystemExit("hashers.sh: no binary in target; build it, or say --binary")
    args.binary = os.path.abspath(args.binary)
    series = django_side.series()
    every = list(profiles.profiles(series))
    shares = [(args, series, every[i % len(every)], i, min(SHARE, args.count - i * SHARE)) for i in range(-(-args.count // SHARE))]
    # Few cases still meet every profile.
    if len(shares) < len(every):
        shares = [(args, series, profile, i, max(1, args.count // len(every))) for i, profile in enumerate(every)]
    began, tally, differences = time.monotonic(), Counter(), []
    with multiprocessing.Pool(args.processes) as pool:
        answered = pool.imap_unordered(share, shares)
        for _ in shares:
            try:
                counted, found = answered.next(PATIENCE)
            except multiprocessing.TimeoutError:
                # A string that is_cheap should not let through, or a program that does not answer.
                raise SystemExit(f"hashers.sh: seed {args.seed}: no share came for {PATIENCE} s") from None
            tally += counted
            differences += found
    for difference in differences[: args.show]:
        print(difference)
    summary = ", ".join(f"{count} {name}" for name, count in sorted(tally.items()))
    print(f"Django {'.'.join(map(str, series))}, seed {args.seed}: {sum(tally.values())} cases in {time.monotonic() - began:.0f} s, {len(differences)} differences ({summary})")
    return 1 if differences else 0


def share(job):
    """One process's cases, with what drf-auth and Django say of them."""
    args, series, profile, index, count = job
    hashers = django_side.set_up(profile)
    # Some of the strings are of hashers that the project has not.
    dice = random.Random(f"{args.seed} {index}")
    tally, found = Counter(), []

    def differ(what, *details):
        found.append(f"{args.django} seed {args.seed} share {index}, preferred {profile.names[0]}: {what}\n    " + "\n    ".join(map(ascii, details)))

    asked = [cases.question(dice, hashers, profile.names) for _ in range(count - count // 3)]
    answers = rust_side.batch(args.binary, "check_password", profile, series, [{"password": p, "encoded": e} for _, p, e in asked])
    for (kind, password, encoded), answer in zip(asked, answers):
        django = django_side.verify(hashers, password, encoded)
        tally[verdict(kind, django)] += 1
        if not agrees(django, answer):
            differ(kind, password, encoded, f"Django: {django}", f"drf-auth: {answer}")

    orders = [cases.order(dice, profile.names) for _ in range(count // 3)]
    made = rust_side.batch(args.binary, "make_password", profile, series, [{key: value for key, value in zip(("password", "salt", "hasher"), order) if key == "password" or value is not None} for order in orders])
    for (password, salt, hasher), answer in zip(orders, made):
        problem, name = judge_made(hashers, password, salt, hasher, answer)
        tally[name] += 1
        if problem:
            differ("made: " + problem, password, salt, hasher, f"drf-auth: {answer}")
    return tally, found


def verdict(kind, django):
    return f"{kind}: " + ("raises" if isinstance(django, str) else "matches" if django[0] else "refused")


def agrees(django, answer):
    if isinstance(django, str):
        return answer["correct"] is False and "error" in answer
    if answer.get("error") in LIMITS:
        return django[0] is False and answer["correct"] is False
    return "error" not in answer and django == (answer["correct"], answer["must_update"])


def judge_made(hashers, password, salt, hasher, answer):
    """What is wrong with a string that drf-auth made, and a name for the tally."""
    django = django_side.make(hashers, password, salt, hasher)
    if isinstance(django, str):
        return (None if "error" in answer else f"Django raises {django}"), "made: raises"
    if "encoded" not in answer:
        return f"Django makes {django[0]!r}", "made"
    encoded = answer["encoded"]
    if password is None:
        return (None if not hashers.is_password_usable(encoded) and len(encoded) == 41 else "usable"), "made: unusable"
    if salt:
        return (None if encoded == django[0] else f"Django makes {django[0]!r}"), "made with a salt"
    known = hashers.get_hasher("default" if hasher is None else hasher)
    verified = django_side.outcome(lambda: (hashers.identify_hasher(encoded).algorithm, known.verify(password, encoded), known.must_update(encoded), len(encoded)))
    wanted = (known.algorithm, True, False, len(django[0]))
    return (None if verified == wanted else f"Django says {verified!r}"), "made"
