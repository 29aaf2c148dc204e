"""Compares drf-auth with Django REST framework: `compat/compare.sh --help`."""

import sys

from .command import main

sys.exit(main())
