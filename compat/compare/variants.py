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
    cheap: bool = False  # the preferred hasher costs less than any other: nothing is rewritten
    upgraded: str = ""  # a pattern: what a password of another hasher is rewritten to; "" as by default

    def toml(self, **more):
        """The tables of the configuration file."""
        lines = []
        for table, keys in (("django", {**more, **self.django}), ("rest_framework", self.rest_framework)):
            lines += [f"[{table}]"] + [f"{key} = {json.dumps(value)}" for key, value in keys.items()] if keys else []
        return "\n".join(lines) + "\n"


HASHERS = {
    "pbkdf2_sha256": "mysite.hashers.PBKDF2PasswordHasher",
    "argon2": "django.contrib.auth.hashers.Argon2PasswordHasher",
    "bcrypt_sha256": "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "bcrypt": "django.contrib.auth.hashers.BCryptPasswordHasher",
    "scrypt": "django.contrib.auth.hashers.ScryptPasswordHasher",
    "md5": "django.contrib.auth.hashers.MD5PasswordHasher",
}


def preferring(upgraded, *names, cheap=False):
    """Other hashers, the first preferred. Slow ones make for small runs."""
    return Variant(
        {"PASSWORD_HASHERS": [HASHERS[name] for name in names]},
        {"password_hashers": list(names)},
        upgraded=upgraded,
        cheap=cheap,
    )


VARIANTS = {
    "default": Variant(),
    "naive": Variant(
        {"USE_TZ": False, "TIME_ZONE": "America/St_Johns"}, {"use_tz": False, "time_zone": "America/St_Johns"}
    ),
    "zone": Variant({"TIME_ZONE": "Asia/Kathmandu"}, {"time_zone": "Asia/Kathmandu"}),
    "no-slash": Variant({"APPEND_SLASH": False}, {"append_slash": False}),
    "small": Variant(
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 300, "DATA_UPLOAD_MAX_NUMBER_FIELDS": 3},
        {"data_upload_max_memory_size": 300, "data_upload_max_number_fields": 3},
        limit=300,
    ),
    "no-authentication": Variant(
        {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": []}},
        rest_framework={"authentication_classes": []},
        only_logins=True,
    ),
    "md5": preferring(
        r"md5\$[a-zA-Z0-9]{22}\$[0-9a-f]{32}", "md5", "pbkdf2_sha256", "bcrypt", "bcrypt_sha256", cheap=True
    ),
    "scrypt": preferring(
        r"scrypt\$16384\$[a-zA-Z0-9]{22}\$8\$[15]\$[A-Za-z0-9+/]{86}==", "scrypt", "pbkdf2_sha256", "argon2"
    ),
    "bcrypt": preferring(r"bcrypt_sha256\$\$2b\$12\$[./A-Za-z0-9]{53}", "bcrypt_sha256", "pbkdf2_sha256", "scrypt"),
    "argon2": preferring(
        r"argon2\$argon2id\$v=19\$m=102400,t=2,p=8\$[A-Za-z0-9+/]{30}\$[A-Za-z0-9+/]{43}",
        "argon2",
        "pbkdf2_sha256",
        "bcrypt",
    ),
    "no-upgrade": Variant(django={"upgrade_passwords": False}),
}
