"""Encodes a password as the site's hashers would: JSON in, a list of encoded strings out.

Each wanted string is an algorithm with a number of iterations, or with null for what the site's own hasher takes.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth.hashers import get_hasher  # noqa: E402

asked = json.load(sys.stdin)
made = []
for algorithm, iterations in asked["wanted"]:
    hasher = get_hasher(algorithm)
    more = {} if iterations is None else {"iterations": iterations}
    made.append(hasher.encode(asked["password"], hasher.salt(), **more))
json.dump(made, sys.stdout)
