from .base import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", ".example.com"]
DATABASE_ROUTERS = ["config.routers.People"]
