"""What the real Django says: one process for each profile's share of the cases."""

import sys
import types

from .profiles import CLASSES


def set_up(profile):
    """A Django with this profile's PASSWORD_HASHERS."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()
    from django.contrib.auth import hashers

    module = types.ModuleType("cheap_hashers")
    for algorithm in profile.names:
        name, attributes = CLASSES[algorithm]
        setattr(module, name, type(name, (getattr(hashers, name),), dict(attributes)))
    sys.modules["cheap_hashers"] = module
    settings.PASSWORD_HASHERS = [f"cheap_hashers.{CLASSES[algorithm][0]}" for algorithm in profile.names]
    hashers.get_hashers.cache_clear()
    hashers.get_hashers_by_algorithm.cache_clear()
    return hashers


def series():
    import django

    return django.VERSION[:2]


def outcome(function, *arguments):
    """What a call gives, or the name of what it raises; bcrypt's extension can panic with a BaseException."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001: whatever Django lets through is the answer
        return type(error).__name__


def verify(hashers, password, encoded):
    """`verify_password`: (correct, must_update), or the name of what is raised."""
    if hasattr(hashers, "verify_password"):
        return outcome(hashers.verify_password, password, encoded)

    # Django 4.2 has no name for it: check_password tells must_update only of a password that matches.
    def both():
        updates = []
        correct = hashers.check_password(password, encoded, updates.append)
        if correct:
            return True, bool(updates)
        preferred = hashers.get_hasher("default")
        try:
            hasher = hashers.identify_hasher(encoded)
        except ValueError:
            return False, False
        if password is None or not hashers.is_password_usable(encoded):
            return False, False
        return False, hasher.algorithm != preferred.algorithm or preferred.must_update(encoded)

    return outcome(both)


def make(hashers, password, salt, hasher):
    """`make_password`: the encoded string in a list, or the name of what is raised."""
    hasher = "default" if hasher is None else hasher
    if salt and (hashers.get_hasher().algorithm if hasher == "default" else hasher).startswith("bcrypt"):
        # Before 6.0 it takes only bytes, which is what its own salt() gives.
        salt = salt.encode()
    return outcome(lambda: [hashers.make_password(password, salt, hasher)])
