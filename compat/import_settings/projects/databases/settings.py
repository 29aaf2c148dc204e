import json
import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["example.com"]
ROOT_URLCONF = "settings"
urlpatterns = []
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "rest_framework.authtoken"]
DATABASES = {"default": json.loads(os.environ["FORM"])}
USE_TZ = True
