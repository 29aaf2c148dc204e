import os
import sys
from pathlib import Path

print("loading .env")
for line in (Path(__file__).parent / ".env").read_text().splitlines():
    key, _, value = line.partition("=")
    os.environ.setdefault(key, value)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
