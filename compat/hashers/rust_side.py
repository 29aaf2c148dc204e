"""What drf-auth says: its --batch commands, a profile's cases through one process."""

import json
import os
import subprocess
import tempfile
import threading

from . import profiles


def batch(binary, command, profile, series, lines):
    """The answers to lines, in order."""
    environment = {"PATH": os.environ.get("PATH", ""), **profiles.environment(profile, series)}
    # The switch that forces a path of the engine.
    environment |= {name: value for name, value in os.environ.items() if name == "DRF_AUTH_TEST_ENGINE"}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([binary, command, "--batch"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def feed():
            with process.stdin as stdin:
                for line in lines:
                    stdin.write(json.dumps(line).encode() + b"\n")

        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = [json.loads(line) for line in process.stdout]
        feeder.join()
        if process.wait() != 0:
            raise SystemExit(f"{command} --batch ended with {process.returncode}")
    if len(answers) != len(lines):
        raise SystemExit(f"{command} --batch gave {len(answers)} answers to {len(lines)} lines")
    return answers
