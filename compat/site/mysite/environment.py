"""Reads the SITE_… environment variables; the only file that does."""

import os
from urllib.parse import parse_qsl, unquote, urlsplit

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}


def text(name, default):
    return os.environ.get(f"SITE_{name}", default)


def flag(name, default):
    return text(name, str(default)).lower() in ("1", "true", "yes", "on")


def number(name, default):
    return int(text(name, default))


def names(name, default):
    return [part for part in text(name, default).split(",") if part]


def database(name, default):
    """A DATABASES entry from sqlite:////absolute/path, postgres://… or mysql://…

    A host with %2F is the folder (PostgreSQL) or file (MySQL) of a Unix socket; the query is OPTIONS.
    """
    url = urlsplit(text(name, default))
    engine = ENGINES[url.scheme]
    options = dict(parse_qsl(url.query))
    if url.scheme == "sqlite":
        return {"ENGINE": engine, "NAME": unquote(url.path[1:]), "OPTIONS": {"timeout": 30}}
    if url.scheme == "mysql":
        # What Django's documentation advises; releases before 5.2 would speak the three-byte utf8.
        options.setdefault("charset", "utf8mb4")
    user, _, host = url.netloc.rpartition("@")
    user, _, password = user.partition(":")
    host, _, port = host.partition(":")
    return {
        "ENGINE": engine,
        "NAME": unquote(url.path[1:]),
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": unquote(host),
        "PORT": port,
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
    }
