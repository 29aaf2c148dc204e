"""Django projects with models of their own, and drf-auth beside each: see README.md."""
