"""The preferred hasher, with the number of iterations that SITE_PBKDF2_ITERATIONS says."""

from django.contrib.auth import hashers

from . import environment


class PBKDF2PasswordHasher(hashers.PBKDF2PasswordHasher):
    """The way Django's documentation changes the work factor: a subclass with another number."""

    iterations = environment.number("PBKDF2_ITERATIONS", hashers.PBKDF2PasswordHasher.iterations)
