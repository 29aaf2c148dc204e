"""The settings of `startproject`, with REST framework's token authentication added.

What a run may change comes from the environment (README.md of this folder lists it).
"""

from pathlib import Path

from django.conf import global_settings

from . import environment

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = environment.text("SECRET_KEY", "not-secret-this-site-is-only-for-comparisons")
DEBUG = False
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", "*")
APPEND_SLASH = environment.flag("APPEND_SLASH", True)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{BASE_DIR}/db.sqlite3")}

# Django's own list, with the first of it under another number of iterations.
PASSWORD_HASHERS = ["mysite.hashers.PBKDF2PasswordHasher", *global_settings.PASSWORD_HASHERS[1:]]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = environment.text("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = environment.flag("USE_TZ", True)

STATIC_URL = "static/"

# Django 4.2 and 5.2 would otherwise ask for it; the tables of Django's own apps do not depend on it.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": environment.names(
        "AUTHENTICATION_CLASSES", "rest_framework.authentication.TokenAuthentication"
    ),
}

# Where DEBUG is off, Django mails errors to nobody; SITE_LOG=1 shows the tracebacks.
if environment.flag("LOG", False):
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"django": {"handlers": ["console"], "level": "INFO"}},
    }
