# Hashers and validators.

PARAMETERS = ("iterations", "rounds", "time_cost", "memory_cost", "parallelism", "work_factor", "block_size", "maxmem")
HARMLESS = {"__module__", "__doc__", "__qualname__", "__firstlineno__", "__static_attributes__", "__annotations__", "__classdictcell__"}


def one_hasher(path):
    from django.utils.module_loading import import_string
    try:
        cls = import_string(path)
    except ImportError:
        return {"path": path, "algorithm": "", "base": "", "overrides": ["it cannot be imported"], "parameters": {}}
    base = next((c for c in cls.__mro__ if c.__module__ == "django.contrib.auth.hashers" and getattr(c, "algorithm", None)), None)
    overrides = []
    for own in cls.__mro__:
        if own is base or base is None:
            break
        for name in vars(own):
            same = name == "algorithm" and vars(own)[name] == base.algorithm
            if name not in HARMLESS and name not in PARAMETERS and not same:
                overrides.append(name)
    parameters = {}
    for name in PARAMETERS:
        try:
            # Of an instance: a subclass may say its number by a property.
            value = getattr(cls(), name, None)
        except Exception:
            overrides.append(name)
            continue
        if isinstance(value, int):
            parameters[name] = value
    return {"path": path, "algorithm": str(getattr(cls, "algorithm", "")), "base": base.__name__ if base else "",
            "overrides": overrides, "parameters": parameters}


@part
def hashers():
    from django.conf import settings
    found = {"hashers": [one_hasher(path) for path in settings.PASSWORD_HASHERS]}
    try:
        import argon2
        found["argon2_hash_length"] = argon2.DEFAULT_HASH_LENGTH
    except (ImportError, AttributeError):
        found["argon2_hash_length"] = None
    try:
        import bcrypt
        found["bcrypt"] = str(getattr(bcrypt, "__version__", ""))
    except ImportError:
        found["bcrypt"] = None
    return found


@part
def password_validators():
    from django.conf import settings
    return [{"name": str(validator.get("NAME", "")), "options": plain(validator.get("OPTIONS") or {})}
            for validator in settings.AUTH_PASSWORD_VALIDATORS]
