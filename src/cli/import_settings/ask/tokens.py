# The token model, and the classes that read tokens.

def authentication_classes():
    try:
        from rest_framework.settings import api_settings
    except ImportError:
        return []
    return list(api_settings.DEFAULT_AUTHENTICATION_CLASSES or [])


def is_token_authentication(cls):
    from rest_framework.authentication import TokenAuthentication
    return inspect.isclass(cls) and issubclass(cls, TokenAuthentication)


@functools.lru_cache(maxsize=None)
def token_readers():
    """Every token authentication of the project, with the patterns of views that name it; the defaults are first."""
    try:
        seen = views()
    except Exception:  # The routes are a part of their own, which says so.
        seen = []
    found = {cls: [] for cls in authentication_classes() if is_token_authentication(cls)}
    for _, pattern, callback in seen:
        classes = view_option(callback, "authentication_classes")
        for cls in classes if isinstance(classes, (list, tuple)) else ():
            if is_token_authentication(cls):
                found.setdefault(cls, []).append(pattern)
    return found


def model_of(reader):
    """The model whose rows it reads; None where that has no table."""
    model = reader().get_model()
    return None if model._meta.abstract else model


def token_class():
    """The token model that is in use: that of the project's first token authentication, or DRF's."""
    for reader in list(token_readers())[:1]:
        if model_of(reader) is not None:
            return model_of(reader)
    from django.apps import apps
    if not apps.is_installed("rest_framework.authtoken"):
        return None
    from rest_framework.authtoken.models import Token
    return Token


def one_reader(reader, patterns):
    try:
        model = model_of(reader)
    except Exception:
        model = None
    return {"path": path_of(reader), "keyword": str(reader.keyword), "model": model._meta.label if model else "", "views": patterns[:5],
            "own": from_elsewhere(reader, ["authenticate", "authenticate_credentials", "authenticate_header"], ("rest_framework.authentication",))}


def digits_of_keys(token):
    """How many lower-case hexadecimal digits a new key has; None where it is made of something else, or only by a save."""
    with no_database():
        try:
            key = token().key or token().generate_key()
        except (Exception, Refused):
            return None
    return len(key) if isinstance(key, str) and re.match(r"[0-9a-f]+\Z", key) else None


def is_left_empty(field):
    """Whether the database takes a row that says nothing for this field."""
    from django.db import models
    has_default = getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
    return has_default or field.null or isinstance(field, models.AutoField) or getattr(field, "generated", False)


@part
def token_model():
    token = token_class()
    if token is None:
        return None
    from django.contrib.auth import get_user_model
    key, user, digits = token._meta.get_field("key"), token._meta.get_field("user"), digits_of_keys(token)
    written = ("key", "user", "created")
    return {
        "label": token._meta.label, "table": table_of(token), "key_column": key.column, "user_column": user.column,
        "created_column": column_of(token, "created"), "user_is_unique": bool(user.unique),
        "refers_to_user_model": user.related_model is get_user_model(),
        "refers_to_id": user.target_field.column == get_user_model()._meta.pk.column,
        "columns_elsewhere": [name for name in written if column_is_elsewhere(token, name)],
        "key_max_length": key.max_length, "key_digits": digits,
        "further_columns": [field.column for field in token._meta.concrete_fields if field.name not in written and not is_left_empty(field)],
        "own": from_elsewhere(token, ["save"] if digits else ["generate_key", "save"], ("django.", "rest_framework.")),
        "manager": from_elsewhere(type(token._default_manager), ["get_queryset"], ("django.",)),
        "readers": [one_reader(reader, patterns) for reader, patterns in token_readers().items()],
    }
