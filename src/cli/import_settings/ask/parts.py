"""Run inside a Django project (3.2 to 6.1) by `manage.py shell -c`: says as JSON what drf-auth needs to know.

Looks and changes nothing: no statement reaches the database. Everything is gathered in parts, so that one
that fails takes no other with it. MARKER is put before this text by whoever runs it.
"""
import functools
import inspect
import json
import math
import os
import re
import sys

PARTS = {}
DATABASE_LIBRARIES = ("django.", "django_prometheus.", "timescale.", "dj_db_conn_pool.", "django_db_geventpool.",
                      "django_postgrespool2.", "mysql.connector.")


def part(gather):
    PARTS[gather.__name__] = gather
    return gather


def path_of(thing):
    thing = getattr(thing, "__func__", thing)
    thing = thing if inspect.isclass(thing) or inspect.isfunction(thing) else type(thing)
    return "%s.%s" % (thing.__module__, thing.__qualname__)


def definer(cls, name):
    """The class in whose body the attribute stands."""
    for base in cls.__mro__:
        if name in vars(base):
            return base
    return None


def from_elsewhere(cls, names, own):
    """Which of the names are said by a class that is not of the packages `own`, each as Class.name."""
    found = []
    for name in names:
        base = definer(cls, name)
        if base is not None and not base.__module__.startswith(own):
            found.append("%s.%s" % (path_of(base), name))
    return found


@part
def versions():
    import django
    try:
        import rest_framework
        drf = rest_framework.VERSION
    except ImportError:
        drf = None
    return {"django": "%d.%d" % django.VERSION[:2], "django_full": django.get_version(), "rest_framework": drf,
            "python": "%d.%d" % sys.version_info[:2], "settings_module": os.environ.get("DJANGO_SETTINGS_MODULE", "")}


def plain(value):
    """JSON of a setting; what has no JSON as its type's name."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    text = str(value) if hasattr(value, "__str__") and not inspect.isclass(value) and not callable(value) else ""
    if text and not text.startswith("<"):
        return text
    return {"object": path_of(value)}
