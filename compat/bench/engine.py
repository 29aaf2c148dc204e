"""How many derivations a second a core the engine makes by itself, without a server around it."""

import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from compare.servers import COMPAT, run, say

from .accounts import PASSWORD, encoded

BENCH = COMPAT.parent / "benches" / "lanes.rs"
# What the bench prints, one line: the most that one core does at Django's iterations of the run.
SAID = re.compile(r"derivations a second a core\D*([0-9]+(?:\.[0-9]+)?)")


@dataclass
class Engine:
    """What one core does, and how many there are."""

    per_core: float
    cores: int


def derivations(stage):
    """(Engine, where the number is from): the option, `cargo bench --bench lanes`, or check_password --batch."""
    cores = len(os.sched_getaffinity(0))
    if stage.options.engine:
        return Engine(stage.options.engine, cores), "as given"
    if BENCH.is_file() and stage.options.bench and (found := _by_bench()):
        return Engine(found, cores), "cargo bench --bench lanes"
    return Engine(_by_batch(stage) / cores, cores), "drf-auth check_password --batch, on all cores"


def _by_bench():
    """From the engine's own bench, where it prints the number."""
    say("cargo bench --bench lanes")
    said = run(["cargo", "bench", "--manifest-path", str(COMPAT.parent / "Cargo.toml"), "--bench", "lanes"])
    found = SAID.findall(said)
    return max(map(float, found)) if found else None


def _by_batch(stage):
    """Derivations a second of all cores, by the command that checks lines of passwords."""
    (stored,) = encoded(stage.database, [["pbkdf2_sha256", None]])
    line = json.dumps({"password": PASSWORD, "encoded": stored}) + "\n"
    seconds, count = _batch(stage, line, 4), 4
    # As many as take about four seconds, in whole fillings of sixteen lanes a core.
    count = max(32, round(4 * count / seconds / 32) * 32)
    return count / _batch(stage, line, count)


def _batch(stage, line, count):
    env = {k: v for k, v in os.environ.items() if not k.startswith("DRF_AUTH_") and k != "DATABASE_URL"}
    env.update(stage.options.env)
    begun = time.perf_counter()
    done = subprocess.run(
        [str(stage.options.binary), "check_password", "--batch"],
        input=line * count, env=env, text=True, capture_output=True, check=True, cwd=Path(stage.folder),
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if done.stdout.count('"correct":true') != count:
        raise RuntimeError(f"check_password --batch: {done.stdout[:200]} {done.stderr[:500]}")
    return seconds
