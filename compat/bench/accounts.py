"""The accounts of a run: rows for the comparison's own filler, with passwords that the run's Django encoded."""

import json
from dataclasses import dataclass
from pathlib import Path

from compare.servers import run

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery!!"
ENCODE = Path(__file__).resolve().parent / "django_side" / "encode.py"


@dataclass
class Account:
    """A row of auth_user, and its token."""

    username: str
    encoded: str
    token: str | None = None
    password: str = PASSWORD
    email: str = ""
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False
    opens: bool = True  # the filler then does not try the password
    malformed: bool = False


def encoded(database, wanted):
    """What the site's Django stores for PASSWORD, for each of (algorithm, parameter or None)."""
    said = run(
        [str(database.venv / "bin/python"), str(ENCODE)],
        env=database.site_env,
        stdin=json.dumps({"password": PASSWORD, "wanted": wanted}),
        what="encode.py",
    )
    return json.loads(said)


def plain(database, count, draw):
    """So many ordinary accounts with tokens; one encoded password serves all."""
    (stored,) = encoded(database, [["pbkdf2_sha256", None]])
    return [Account(f"user{number:05}", stored, f"{draw.getrandbits(160):040x}") for number in range(count)]
