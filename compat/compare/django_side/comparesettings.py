"""The site's settings with what COMPARE_SETTINGS, a JSON object, says otherwise."""

import json
import os

from mysite.settings import *  # noqa: F403

globals().update(json.loads(os.environ.get("COMPARE_SETTINGS", "{}")))
