"""One of the projects: PROJECT_APP is its application (none: Django's own User), the rest is compat/site's."""

import os

from mysite.settings import *  # noqa: F403
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

TOKEN_MODEL = "authtoken.Token"
if APP == "staff":
    TOKEN_MODEL = "staff.Badge"
    REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["staff.authentication.BadgeAuthentication"]}
else:
    INSTALLED_APPS += ["rest_framework.authtoken"]
if APP:
    INSTALLED_APPS += [APP]
    AUTH_USER_MODEL = {"members": "members.Member", "staff": "staff.Person", "readers": "readers.Reader"}[APP]

# Further applications that bring tables of their own, and the search path of a PostgreSQL schema.
INSTALLED_APPS += [app for app in os.environ.get("PROJECT_MORE_APPS", "").split(",") if app]
if os.environ.get("PROJECT_SCHEMA"):
    DATABASES["default"]["OPTIONS"] = {"options": f"-c search_path={os.environ['PROJECT_SCHEMA']}"}

AUTHENTICATION_BACKENDS = [os.environ.get("PROJECT_BACKEND", "django.contrib.auth.backends.ModelBackend")]

ROOT_URLCONF = "project.urls"
