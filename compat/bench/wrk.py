"""Token checks by wrk: as fast as so many clients can ask, each with one request under way."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from compare.servers import Failure

LUA = Path(__file__).resolve().parent / "lua" / "check.lua"


@dataclass
class Found:
    """What one run of wrk measured; latencies in milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p99: float
    longest: float

    @property
    def rate(self):
        """Answers a second."""
        return self.requests / self.seconds


class Checks:
    """Token checks with the tokens of these accounts."""

    def __init__(self, stage, accounts, path="/profile/"):
        self.path = path
        self.tokens = stage.folder / "tokens"
        self.tokens.write_text("".join(f"{one.token}\n" for one in accounts if one.token))

    def command(self, port, clients, seconds, path=None):
        """wrk's command line."""
        # One thread of wrk asks faster than any server here answers; the others' cores are the server's.
        return [
            "wrk", "-t", "1" if clients < 32 else "2", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "100s",
            "-s", str(LUA), f"http://127.0.0.1:{port}", "--", str(self.tokens), path or self.path,
        ]  # fmt: skip

    def run(self, port, clients, seconds, path=None):
        """Runs wrk to its end."""
        command = self.command(port, clients, seconds, path)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 120)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            raise Failure(f"wrk failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
        return Found(**json.loads(lines[-1]))
