import os
import sys
from urllib.parse import unquote, urlsplit

print("settings are being read")
print("and warned about", file=sys.stderr)
SECRET_KEY = os.environ["SECRET_KEY"]
ROOT_URLCONF = "config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "rest_framework.authtoken"]
USE_TZ = True
url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "wrong.sqlite3"},
    "people": {
        "ENGINE": "django.db.backends." + {"postgres": "postgresql", "sqlite": "sqlite3"}[url.scheme],
        "NAME": unquote(url.path[1:]), "USER": unquote(url.username or ""), "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "", "PORT": url.port or "",
    },
}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
