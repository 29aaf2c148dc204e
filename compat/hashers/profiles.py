"""Projects with cheap hashers: each has another preferred one, and says the same to Django and to drf-auth."""

from collections import namedtuple

# What the subclasses say. Low enough for a thousand a second, and nobody's defaults.
ITERATIONS, SHA1_ITERATIONS, ROUNDS, SHA256_ROUNDS = 40, 30, 5, 4
ARGON2 = {"time_cost": 2, "memory_cost": 64, "parallelism": 2}
SCRYPT = {"work_factor": 64, "block_size": 4, "parallelism": 2}

ALWAYS = ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "md5")
OLD = ("sha1", "unsalted_sha1", "unsalted_md5")

CLASSES = {
    "pbkdf2_sha256": ("PBKDF2PasswordHasher", {"iterations": ITERATIONS}),
    "pbkdf2_sha1": ("PBKDF2SHA1PasswordHasher", {"iterations": SHA1_ITERATIONS}),
    "argon2": ("Argon2PasswordHasher", ARGON2),
    "bcrypt_sha256": ("BCryptSHA256PasswordHasher", {"rounds": SHA256_ROUNDS}),
    "bcrypt": ("BCryptPasswordHasher", {"rounds": ROUNDS}),
    "scrypt": ("ScryptPasswordHasher", SCRYPT),
    "md5": ("MD5PasswordHasher", {}),
    "sha1": ("SHA1PasswordHasher", {}),
    "unsalted_sha1": ("UnsaltedSHA1PasswordHasher", {}),
    "unsalted_md5": ("UnsaltedMD5PasswordHasher", {}),
}

# names: the algorithms of PASSWORD_HASHERS, the preferred one first.
Profile = namedtuple("Profile", "names")


def known(series):
    """The algorithms of a release series, (5, 2)."""
    scrypt = ("scrypt",) if series >= (4, 0) else ()
    old = OLD if series < (5, 1) else ()
    return ALWAYS + scrypt + old


def profiles(series):
    """One for each algorithm to prefer; and a default project's list, in which half of them are unknown."""
    names = known(series)
    for preferred in names:
        yield Profile((preferred, *(name for name in names if name != preferred)))
    default = ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt")
    yield Profile(tuple(name for name in default if name in names))


def environment(profile, series):
    """The same project as drf-auth's configuration."""
    said = {
        "VERSION": ".".join(map(str, series)),
        "PASSWORD_HASHERS": ",".join(profile.names),
        "PBKDF2_ITERATIONS": ITERATIONS,
        "PBKDF2_SHA1_ITERATIONS": SHA1_ITERATIONS,
        "BCRYPT_ROUNDS": ROUNDS,
        "BCRYPT_SHA256_ROUNDS": SHA256_ROUNDS,
        **{f"ARGON2_{key.upper()}": value for key, value in ARGON2.items()},
        **{f"SCRYPT_{key.upper()}": value for key, value in SCRYPT.items()},
    }
    return {f"DRF_AUTH_DJANGO__{key}": str(value) for key, value in said.items()}
