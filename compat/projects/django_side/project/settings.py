"""One of the projects: PROJECT_APP is its application (none: Django's own User), the rest is compat/site's."""

import os

from mysite.settings import *  # noqa: F403
from django.contrib.auth import hashers
from mysite.settings import DATABASES, INSTALLED_APPS, REST_FRAMEWORK

APP = os.environ.get("PROJECT_APP", "")
# The admin asks more of a user model than a login does.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in ("django.contrib.admin", "rest_framework.authtoken")]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TOKEN_MODEL = {"staff": "staff.Badge", "folk": "folk.Pass"}.get(APP, "authtoken.Token")
if TOKEN_MODEL == "authtoken.Token":
    INSTALLED_APPS += ["rest_framework.authtoken"]
else:
    REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [f"{APP}.authentication.OwnAuthentication"]}
if APP:
    INSTALLED_APPS += [APP]
    models = {"members": "Member", "staff": "Person", "readers": "Reader", "folk": "Someone"}
    AUTH_USER_MODEL = f"{APP}.{models[APP]}"

# Further applications that bring tables of their own, and the search path of a PostgreSQL schema.
INSTALLED_APPS += [app for app in os.environ.get("PROJECT_MORE_APPS", "").split(",") if app]
if os.environ.get("PROJECT_SEARCH_PATH"):
    DATABASES["default"]["OPTIONS"] = {"options": f"-c search_path={os.environ['PROJECT_SEARCH_PATH']}"}

AUTHENTICATION_BACKENDS = os.environ["PROJECT_BACKENDS"].split(",")
if "axes" in INSTALLED_APPS:
    MIDDLEWARE += ["axes.middleware.AxesMiddleware"]
    # It is there and does nothing: both sides are asked with wrong passwords.
    AXES_ENABLED = False

# Whatever this Django has, at its own cost.
if os.environ.get("PROJECT_EVERY_HASHER"):
    names = ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5", "SHA1", "UnsaltedSHA1", "UnsaltedMD5", "Crypt")
    PASSWORD_HASHERS = [
        f"django.contrib.auth.hashers.{name}PasswordHasher" for name in names if hasattr(hashers, f"{name}PasswordHasher")
    ]

ROOT_URLCONF = "project.urls"
