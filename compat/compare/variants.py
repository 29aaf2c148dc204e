"""Other settings than a default project's: what the site is told, and what drf-auth."""

import json
from dataclasses import dataclass, field


@dataclass
class Variant:
    """One set of settings, said to both sides."""

    settings: dict = field(default_factory=dict)  # Django's names
    django: dict = field(default_factory=dict)  # keys of [django]
    rest_framework: dict = field(default_factory=dict)  # keys of [rest_framework]
    only_logins: bool = False  # the token views have no meaning under it
    limit: int = 2621440

    def toml(self, **more):
        """The tables of the configuration file."""
        lines = []
        for table, keys in (("django", {**more, **self.django}), ("rest_framework", self.rest_framework)):
            lines += [f"[{table}]"] + [f"{key} = {json.dumps(value)}" for key, value in keys.items()] if keys else []
        return "\n".join(lines) + "\n"


VARIANTS = {
    "default": Variant(),
    "naive": Variant({"USE_TZ": False, "TIME_ZONE": "America/St_Johns"}, {"use_tz": False, "time_zone": "America/St_Johns"}),
    "zone": Variant({"TIME_ZONE": "Asia/Kathmandu"}, {"time_zone": "Asia/Kathmandu"}),
    "no-slash": Variant({"APPEND_SLASH": False}, {"append_slash": False}),
    "small": Variant(
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 300, "DATA_UPLOAD_MAX_NUMBER_FIELDS": 3},
        {"data_upload_max_memory_size": 300, "data_upload_max_number_fields": 3},
        limit=300,
    ),
    "no-authentication": Variant(
        {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": []}}, rest_framework={"authentication_classes": []}, only_logins=True
    ),
    "no-upgrade": Variant(django={"upgrade_passwords": False}),
}
