"""Token checks by wrk: as fast as so many clients can ask, each with one request under way, or at a rate."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from compare.servers import Failure

LUA = Path(__file__).resolve().parent / "lua" / "check.lua"


@dataclass
class Found:
    """What one run of wrk measured; latencies in milliseconds, None where nothing was answered."""

    requests: int
    seconds: float
    errors: int
    p50: float | None
    p99: float | None
    longest: float | None

    @property
    def rate(self):
        """Answers a second."""
        return self.requests / self.seconds


class Checks:
    """Token checks with the tokens of these accounts."""

    def __init__(self, stage, accounts, path="/profile/", rate=0):
        self.path, self.rate = path, rate
        self.tokens = stage.folder / "tokens"
        self.tokens.write_text("".join(f"{one.token}\n" for one in accounts if one.token))

    def command(self, port, clients, seconds, path=None):
        """wrk's command line."""
        pause = 1000 * clients / self.rate if self.rate else 0
        # One thread of wrk asks faster than any server here answers; the others' cores are the server's.
        return [
            "wrk", "-t", "1" if clients < 32 else "2", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "100s",
            "-s", str(LUA), f"http://127.0.0.1:{port}", "--", str(self.tokens), path or self.path, str(pause),
        ]  # fmt: skip

    def run(self, port, clients, seconds, path=None):
        """Runs wrk to its end."""
        command = self.command(port, clients, seconds, path)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 120)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            raise Failure(f"wrk failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        found = json.loads(lines[-1])
        if not found["requests"]:
            found |= {"p50": None, "p99": None, "longest": None}
        return Found(**found)
