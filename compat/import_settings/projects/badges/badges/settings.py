SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
ROOT_URLCONF = "badges.urls"
AUTH_USER_MODEL = "badges.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Both token models are installed; axes is a stand-in beside manage.py.
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "rest_framework.authtoken", "axes", "badges"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "crm", "HOST": "nowhere.example"}}
USE_TZ = True
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["badges.authentication.BadgeAuthentication"]}
