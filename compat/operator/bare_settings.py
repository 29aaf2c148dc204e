"""compat/site with the apps alone whose tables drf-auth knows."""

from mysite.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
]
MIDDLEWARE = []
TEMPLATES = []
