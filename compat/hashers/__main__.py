"""Compares hashers with a real Django: `compat/hashers.sh --help`."""

import sys

from .command import main

if __name__ == "__main__":
    sys.exit(main())
