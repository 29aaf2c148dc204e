"""Run inside a Django project (3.2 to 6.1) by `manage.py shell -c`: says as JSON what drf-auth needs to know.

Looks and changes nothing: no statement reaches the database. Everything is gathered in parts, so that one
that fails takes no other with it. MARKER is put before this text by whoever runs it.
"""
import copy
import inspect
import json
import math
import os
import re
import sys

PARTS = {}
DATABASE_LIBRARIES = ("django.", "django_prometheus.", "timescale.", "dj_db_conn_pool.", "django_db_geventpool.",
                      "django_postgrespool2.", "mysql.connector.")


def part(gather):
    PARTS[gather.__name__] = gather
    return gather


def path_of(thing):
    thing = thing if inspect.isclass(thing) or inspect.isfunction(thing) else type(thing)
    return "%s.%s" % (thing.__module__, thing.__qualname__)


def definer(cls, name):
    """The class in whose body the attribute stands."""
    for base in cls.__mro__:
        if name in vars(base):
            return base
    return None


def from_elsewhere(cls, names, own):
    """Which of the names are said by a class that is not of the packages `own`, each as Class.name."""
    found = []
    for name in names:
        base = definer(cls, name)
        if base is not None and not base.__module__.startswith(own):
            found.append("%s.%s" % (path_of(base), name))
    return found


@part
def versions():
    import django
    try:
        import rest_framework
        drf = rest_framework.VERSION
    except ImportError:
        drf = None
    return {"django": "%d.%d" % django.VERSION[:2], "django_full": django.get_version(), "rest_framework": drf,
            "python": "%d.%d" % sys.version_info[:2], "settings_module": os.environ.get("DJANGO_SETTINGS_MODULE", "")}


# --- the database --------------------------------------------------------------------------------

def plain(value):
    """JSON of a setting; what has no JSON as its type's name."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    text = str(value) if hasattr(value, "__str__") and not inspect.isclass(value) and not callable(value) else ""
    if text and not text.startswith("<"):
        return text
    return {"object": path_of(value)}


def ini_section(name, section):
    import configparser
    parser = configparser.ConfigParser(allow_no_value=True, strict=False, interpolation=None)
    with open(os.path.expanduser(name), encoding="utf-8") as file:
        parser.read_string("\n".join(line for line in file.read().splitlines() if not line.startswith("!")))
    return dict(parser.items(section)) if parser.has_section(section) else {}


def expand_option_files(options, vendor):
    """What libpq's service file and MySQL's option file say, which only those libraries read."""
    said = {}
    if vendor == "postgresql" and options.get("service"):
        names = [os.environ.get("PGSERVICEFILE") or "~/.pg_service.conf"]
        names.append(os.path.join(os.environ.get("PGSYSCONFDIR") or "/etc/postgresql-common", "pg_service.conf"))
        for name in names:
            if os.path.exists(os.path.expanduser(name)):
                said = ini_section(name, options["service"])
            if said:
                break
    if vendor == "mysql" and options.get("read_default_file"):
        said = ini_section(str(options["read_default_file"]), options.get("read_default_group") or "client")
    return {key.replace("_", "-"): value for key, value in said.items()}


def one_database(alias):
    from django.db import connections
    connection = connections[alias]
    settings = connection.settings_dict
    options = settings.get("OPTIONS") or {}
    name = settings.get("NAME")
    name = os.fspath(name) if isinstance(name, os.PathLike) else name
    if connection.vendor == "sqlite" and isinstance(name, str) and name and ":memory:" not in name and not name.startswith("file:"):
        name = os.path.abspath(name)
    port = settings.get("PORT")
    return {
        "alias": alias, "engine": settings.get("ENGINE") or "", "vendor": connection.vendor,
        "is_known": str(settings.get("ENGINE") or "").startswith(DATABASE_LIBRARIES),
        "name": plain(name) or "", "user": plain(settings.get("USER")) or "", "host": plain(settings.get("HOST")) or "",
        "password": plain(settings.get("PASSWORD")) or "", "port": "" if port is None else str(port),
        "options": plain(options), "from_files": plain(expand_option_files(options, connection.vendor)),
        "time_zone": plain(settings.get("TIME_ZONE")) or "",
        "disable_server_side_cursors": bool(settings.get("DISABLE_SERVER_SIDE_CURSORS")),
    }


@part
def database():
    from django.contrib.auth import get_user_model
    from django.db import router
    user, token = get_user_model(), token_class()
    aliases = {"user_write": router.db_for_write(user), "user_read": router.db_for_read(user)}
    if token is not None:
        aliases.update(token_write=router.db_for_write(token), token_read=router.db_for_read(token))
    found = {"aliases": aliases, "user": one_database(aliases["user_write"])}
    found["url_in_environment"] = bool(os.environ.get("DATABASE_URL"))
    if aliases.get("token_write", aliases["user_write"]) != aliases["user_write"]:
        found["token"] = one_database(aliases["token_write"])
    return found


# --- the user and the token ----------------------------------------------------------------------

def column_of(model, name):
    from django.core.exceptions import FieldDoesNotExist
    try:
        return model._meta.get_field(name).column or ""
    except FieldDoesNotExist:
        return ""


def table_of(model):
    return model._meta.db_table


def many_to_many(model, name):
    from django.core.exceptions import FieldDoesNotExist
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    if not field.many_to_many:
        return None
    return {"table": field.m2m_db_table(), "user_column": field.m2m_column_name(), "other_column": field.m2m_reverse_name(),
            "other_table": field.related_model._meta.db_table, "other_model": field.related_model._meta.label}


class Refused(BaseException):
    """Raised where the project's code would ask the database: no `except Exception` may swallow it."""


def no_database():
    """A context in which no connection opens a cursor."""
    from contextlib import contextmanager
    from unittest import mock
    from django.db.backends.base.base import BaseDatabaseWrapper

    def refuse(*args, **kwargs):
        raise Refused()

    @contextmanager
    def closed():
        with mock.patch.object(BaseDatabaseWrapper, "cursor", refuse), mock.patch.object(BaseDatabaseWrapper, "chunked_cursor", refuse):
            yield
    return closed()


def filters_of(queryset):
    """The filter of a query as {column: value}; None where it is more than that."""
    found = {}

    def column(node):
        lhs = node.lhs
        if type(lhs).__name__ != "Col" or lhs.alias not in (None, queryset.model._meta.db_table):
            raise ValueError
        return lhs.target

    def value(field, raw):
        if isinstance(raw, (bool, str)) or (isinstance(raw, int) and not isinstance(raw, bool)):
            return bool(raw) if field.get_internal_type() in ("BooleanField", "NullBooleanField") else raw
        raise ValueError

    def walk(node, negated):
        if hasattr(node, "children"):
            negated = negated != bool(node.negated)
            if node.connector != "AND" or (negated and len(node.children) != 1):
                raise ValueError
            for child in node.children:
                walk(child, negated)
            return
        field = column(node)
        lookup = node.lookup_name
        if lookup == "isnull" and isinstance(node.rhs, bool):
            pair = (field.column + "__isnull", node.rhs != negated)
        elif lookup == "exact" and not negated:
            pair = (field.column, value(field, node.rhs))
        elif lookup == "exact" and field.get_internal_type() == "BooleanField" and not field.null:
            pair = (field.column, not value(field, node.rhs))
        elif lookup == "in" and not negated and isinstance(node.rhs, (list, tuple, set)) and node.rhs:
            pair = (field.column + "__in", [value(field, item) for item in node.rhs])
        else:
            raise ValueError
        if pair[0] in found:
            raise ValueError
        found[pair[0]] = pair[1]

    query = queryset.query
    try:
        walk(query.where, False)
    except (ValueError, AttributeError):
        return None
    unusual = query.distinct or query.is_sliced or query.combinator or query.group_by is not None
    if unusual or len([count for count in query.alias_refcount.values() if count]) > 1:
        return None
    return found


def how_names_match(model, manager):
    """What get_by_natural_key asks for: exact, iexact, or None where it is something else."""
    from unittest import mock
    from django.db.models.query import QuerySet
    field, answers = model.USERNAME_FIELD, []
    for name in ("MixED@Example.COM", "\u00c9a B", "  padded\t", "plain"):
        for there in (True, False):
            asked, row = [], object()

            def get(queryset, *args, **kwargs):
                asked.append((args, dict(kwargs), filters_of(queryset)))
                if not there:
                    raise model.DoesNotExist()
                return row
            with mock.patch.object(QuerySet, "get", get), no_database():
                try:
                    answer = manager.get_by_natural_key(name)
                    same = there and answer is row
                except model.DoesNotExist:
                    same = not there
                except (Exception, Refused):
                    same = False
            if not same or len(asked) != 1 or asked[0][0] or asked[0][2] != filters_of(manager.get_queryset()):
                return None
            kinds = {field: "exact", field + "__exact": "exact", field + "__iexact": "iexact"}
            keys = list(asked[0][1].items())
            if len(keys) != 1 or keys[0][0] not in kinds or keys[0][1] != name:
                return None
            answers.append(kinds[keys[0][0]])
    return answers[0] if len(set(answers)) == 1 else None


def manager_of(model):
    manager = model._default_manager
    with no_database():
        try:
            where = filters_of(manager.get_queryset())
        except (Exception, Refused):
            where = None
    return {
        "filters": where,
        "hides": from_elsewhere(type(manager), ["get_queryset"], ("django.",)),
        "own_lookup": from_elsewhere(type(manager), ["get_by_natural_key"], ("django.",)),
        "matches": how_names_match(model, manager) if hasattr(manager, "get_by_natural_key") else None,
        "name": path_of(manager),
    }


@part
def user_model():
    from django.contrib.auth import get_user_model
    model = get_user_model()
    key, email = model._meta.pk, getattr(model, "EMAIL_FIELD", "email")
    active = getattr(model, "is_active", True)
    return {
        "label": model._meta.label, "table": table_of(model), "id_column": key.column, "id_type": key.get_internal_type(),
        "id_is_relation": bool(key.is_relation),
        "username_field": model.USERNAME_FIELD, "username_column": column_of(model, model.USERNAME_FIELD),
        "username_is_relation": bool(model._meta.get_field(model.USERNAME_FIELD).is_relation),
        "password_column": column_of(model, "password"), "is_active_column": column_of(model, "is_active"),
        "is_active_is_code": not column_of(model, "is_active") and active is not True,
        "is_staff_column": column_of(model, "is_staff"), "is_superuser_column": column_of(model, "is_superuser"),
        "is_staff_is_code": not column_of(model, "is_staff") and isinstance(getattr(model, "is_staff", False), property),
        "is_superuser_is_code": not column_of(model, "is_superuser") and isinstance(getattr(model, "is_superuser", False), property),
        "email_column": column_of(model, email), "email_field": email,
        "columns_elsewhere": [field.name for field in model._meta.fields if field.model._meta.concrete_model is not model._meta.concrete_model],
        "groups": many_to_many(model, "groups"), "user_permissions": many_to_many(model, "user_permissions"),
        "manager": manager_of(model),
        "check_password": from_elsewhere(model, ["check_password", "set_password"], ("django.",)),
        "permissions": from_elsewhere(model, ["has_perm", "has_perms", "get_group_permissions", "get_all_permissions"], ("django.",)),
        "save": from_elsewhere(model, ["save"], ("django.",)),
    }


def token_class():
    """The token model that is in use: that of the project's own token authentication, or DRF's."""
    for cls in authentication_classes():
        if is_token_authentication(cls) and getattr(cls, "model", None) is not None:
            return cls.model
    from django.apps import apps
    if not apps.is_installed("rest_framework.authtoken"):
        return None
    from rest_framework.authtoken.models import Token
    return Token


def authentication_classes():
    try:
        from rest_framework.settings import api_settings
    except ImportError:
        return []
    return list(api_settings.DEFAULT_AUTHENTICATION_CLASSES or [])


def is_token_authentication(cls):
    from rest_framework.authentication import TokenAuthentication
    return inspect.isclass(cls) and issubclass(cls, TokenAuthentication)


@part
def token_model():
    token = token_class()
    if token is None:
        return None
    from django.contrib.auth import get_user_model
    key = token._meta.get_field("key")
    user = token._meta.get_field("user")
    return {
        "label": token._meta.label, "table": table_of(token), "key_column": key.column, "user_column": user.column,
        "created_column": column_of(token, "created"), "user_is_unique": bool(user.unique),
        "refers_to_user_model": user.related_model is get_user_model(),
        "refers_to_id": user.target_field.column == get_user_model()._meta.pk.column,
        "key_max_length": key.max_length,
        "further_columns": [field.column for field in token._meta.fields
                            if field.name not in ("key", "user", "created") and not field.primary_key
                            and not field.has_default() and not field.null],
        "own": from_elsewhere(token, ["generate_key", "save"], ("django.", "rest_framework.")),
        "manager": from_elsewhere(type(token._default_manager), ["get_queryset"], ("django.",)),
    }


# --- passwords -----------------------------------------------------------------------------------

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
    parameters = {name: getattr(cls, name) for name in PARAMETERS if isinstance(getattr(cls, name, None), int)}
    if base is not None:
        own = {name for name in parameters if parameters[name] != getattr(base, name, None)}
    else:
        own = set()
    return {"path": path, "algorithm": str(getattr(cls, "algorithm", "")), "base": base.__name__ if base else "",
            "overrides": overrides, "parameters": parameters, "own": sorted(own)}


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


# --- settings ------------------------------------------------------------------------------------

DEFAULT_MIDDLEWARE = ("django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
                      "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                      "django.contrib.auth.middleware.AuthenticationMiddleware",
                      "django.contrib.messages.middleware.MessageMiddleware",
                      "django.middleware.clickjacking.XFrameOptionsMiddleware")
SECURITY = ("SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT", "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_REFERRER_POLICY",
            "SECURE_CROSS_ORIGIN_OPENER_POLICY", "X_FRAME_OPTIONS", "SECURE_CSP", "SECURE_CSP_REPORT_ONLY")
EXPECTED = {"SECURE_HSTS_SECONDS": 0, "SECURE_SSL_REDIRECT": False, "SECURE_CONTENT_TYPE_NOSNIFF": True,
            "SECURE_REFERRER_POLICY": "same-origin", "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin", "X_FRAME_OPTIONS": "DENY"}
OTHERS = {"DATA_UPLOAD_MAX_NUMBER_FILES": 100, "DEFAULT_CHARSET": "utf-8", "DISALLOWED_USER_AGENTS": [], "PREPEND_WWW": False,
          "FORCE_SCRIPT_NAME": None, "DEFAULT_EXCEPTION_REPORTER": "django.views.debug.ExceptionReporter"}


@part
def settings():
    from django.apps import apps
    from django.conf import settings
    middleware = list(settings.MIDDLEWARE or [])
    security = {name: plain(getattr(settings, name)) for name in SECURITY
                if hasattr(settings, name) and plain(getattr(settings, name)) not in (EXPECTED.get(name), {}, None)
                or name in EXPECTED and hasattr(settings, name) and getattr(settings, name) is None and EXPECTED[name] is not None}
    return {
        "debug": bool(settings.DEBUG), "use_tz": bool(settings.USE_TZ), "time_zone": plain(settings.TIME_ZONE) or "",
        "append_slash": bool(settings.APPEND_SLASH), "allowed_hosts": plain(list(settings.ALLOWED_HOSTS or [])),
        "use_x_forwarded_host": bool(settings.USE_X_FORWARDED_HOST),
        "data_upload_max_memory_size": plain(settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        "data_upload_max_number_fields": plain(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS),
        "authentication_backends": plain(list(settings.AUTHENTICATION_BACKENDS)),
        "installed_apps": [app.name for app in apps.get_app_configs()],
        "middleware": [path for path in middleware if path not in DEFAULT_MIDDLEWARE],
        "missing_middleware": [path for path in DEFAULT_MIDDLEWARE if path not in middleware],
        "security": security,
        "others": {name: plain(getattr(settings, name)) for name in OTHERS
                   if hasattr(settings, name) and plain(getattr(settings, name)) != OTHERS[name]},
    }


@part
def language():
    """Which of the texts that an answer may hold are not English under LANGUAGE_CODE."""
    from django.conf import settings
    from django.utils import translation
    texts = ("Unable to log in with provided credentials.", 'Must include "username" and "password".', "This field is required.",
             "This field may not be blank.", "Invalid token.", "User inactive or deleted.", "Authentication credentials were not provided.",
             "Invalid token header. No credentials provided.", "Not a valid string.", "Malformed request.",
             "Unsupported media type \"{media_type}\" in request.", "Method \"{method}\" not allowed.")
    changed = []
    if settings.USE_I18N:
        with translation.override(settings.LANGUAGE_CODE):
            changed = [text for text in texts if translation.gettext(text) != text]
    chosen = "django.middleware.locale.LocaleMiddleware" in (settings.MIDDLEWARE or []) and settings.USE_I18N
    others = [code for code, _ in settings.LANGUAGES if not code.startswith("en")] if chosen else []
    return {"code": str(settings.LANGUAGE_CODE), "changed": changed, "chosen_by_client": bool(others)}


# What a view has from REST_FRAMEWORK and shows to clients of a login, with DRF's own values.
REST_SETTINGS = {
    "EXCEPTION_HANDLER": "rest_framework.views.exception_handler", "NON_FIELD_ERRORS_KEY": "non_field_errors",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rest_framework.negotiation.DefaultContentNegotiation",
    "DEFAULT_METADATA_CLASS": "rest_framework.metadata.SimpleMetadata", "DEFAULT_VERSIONING_CLASS": None,
    "UNICODE_JSON": True, "COMPACT_JSON": True, "STRICT_JSON": True, "URL_FORMAT_OVERRIDE": "format",
    "FORMAT_SUFFIX_KWARG": "format", "VIEW_NAME_FUNCTION": "rest_framework.views.get_view_name",
    "VIEW_DESCRIPTION_FUNCTION": "rest_framework.views.get_view_description", "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_CLASSES = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer", "rest_framework.renderers.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.FormParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_THROTTLE_CLASSES": [],
}


def dotted(value):
    if isinstance(value, (list, tuple)):
        return [dotted(item) for item in value]
    return path_of(value) if inspect.isclass(value) or inspect.isfunction(value) else plain(value)


@part
def rest_framework():
    try:
        from rest_framework.settings import api_settings
    except ImportError:
        return None
    classes = []
    for cls in authentication_classes():
        token = is_token_authentication(cls)
        classes.append({
            "path": path_of(cls), "is_token": token, "keyword": str(getattr(cls, "keyword", "")) if token else "",
            "own": from_elsewhere(cls, ["authenticate", "authenticate_credentials", "authenticate_header", "get_model"],
                                  ("rest_framework.authentication",)) if token else [],
        })
    differing = {}
    for name, expected in list(REST_SETTINGS.items()) + list(REST_CLASSES.items()):
        value = dotted(getattr(api_settings, name))
        if value != expected:
            differing[name] = value
    return {"authentication_classes": classes, "differing": differing}


@part
def cors():
    from django.apps import apps
    from django.conf import settings
    middleware = list(settings.MIDDLEWARE or [])
    if not any(path.startswith("corsheaders.") for path in middleware):
        return None
    names = ("ALLOWED_ORIGINS", "ALLOWED_ORIGIN_REGEXES", "ALLOW_ALL_ORIGINS", "ALLOW_CREDENTIALS", "ALLOW_METHODS", "ALLOW_HEADERS",
             "EXPOSE_HEADERS", "PREFLIGHT_MAX_AGE", "URLS_REGEX", "ALLOW_PRIVATE_NETWORK")
    try:
        from corsheaders.conf import conf
    except ImportError:
        conf = None
    found = {}
    for name in names:
        value = getattr(conf, "CORS_" + name, getattr(settings, "CORS_" + name, None))
        if name in ("ALLOWED_ORIGIN_REGEXES", "URLS_REGEX"):
            value = [regex_text(item) for item in value] if isinstance(value, (list, tuple)) else regex_text(value)
        if value is not None:
            found[name.lower()] = plain(list(value) if isinstance(value, (tuple, set, frozenset)) else value)
    from corsheaders import signals
    before = middleware[:[path.startswith("corsheaders.") for path in middleware].index(True)]
    # These answer nothing themselves; a redirect to https is a decision of its own.
    silent = ("django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware")
    return {"settings": found, "before": [path for path in before if path not in silent], "signals": signals.check_request_enabled.has_listeners(),
            "installed": apps.is_installed("corsheaders")}


def regex_text(value):
    return value.pattern if hasattr(value, "pattern") else value


@part
def signals():
    from django.contrib.auth import get_user_model, signals as auth
    from django.db.models import signals as model
    token, found = token_class(), []
    if auth.user_login_failed.has_listeners():
        found.append("user_login_failed")
    if token is not None:
        found += [name + " of " + token._meta.label for name in ("pre_save", "post_save", "pre_delete", "post_delete")
                  if getattr(model, name).has_listeners(token)]
    user = get_user_model()
    found += [name + " of " + user._meta.label for name in ("pre_save",) if getattr(model, name).has_listeners(user)]
    return found


# --- routes --------------------------------------------------------------------------------------

PLAIN_DECORATORS = ("django/views/decorators/csrf.py", "django/views/generic/base.py", "rest_framework/views.py", "django/contrib/auth/decorators.py",
                    "django/utils/deprecation.py")


def literals_of(pattern):
    """The texts that a pattern matches and nothing else; none where it matches more than two."""
    kind = type(pattern).__name__
    if kind == "LocalePrefixPattern":
        return [] if pattern.language_prefix else [""]
    if kind == "RoutePattern":
        route = str(pattern._route)
        return [] if "<" in route else [route]
    if kind != "RegexPattern":
        return []
    regex = str(pattern._regex)
    regex = regex[1:] if regex.startswith("^") else regex
    regex = re.sub(r"(\$|\\Z|\\z)\Z", "", regex)
    both = regex.endswith("/?")
    regex = regex[:-2] if both else regex
    if re.search(r"(?<!\\)[.\[\](){}*+?|^$]|\\[A-Za-z0-9]", regex):
        return []
    text = re.sub(r"\\([^A-Za-z0-9])", r"\1", regex)
    return [text, text + "/"] if both else [text]


def shown(pattern):
    return str(getattr(pattern, "_route", None) or getattr(pattern, "_regex", None) or pattern)


def views_of(patterns, prefixes, above, found):
    from django.urls import URLResolver
    for entry in patterns:
        whole = [prefix + text for prefix in prefixes for text in literals_of(entry.pattern)]
        seen = above + shown(entry.pattern)
        if isinstance(entry, URLResolver):
            views_of(entry.url_patterns, whole, seen, found)
        else:
            found.extend((path, seen, entry.callback) for path in whole or [None])


def decorators_of(callback):
    """What is wrapped around a view beside what every view has."""
    found = []
    while callback is not None:
        code = getattr(callback, "__code__", None)
        file = code.co_filename.replace(os.sep, "/") if code else ""
        if not file.endswith(PLAIN_DECORATORS):
            found.append("%s (%s)" % (getattr(callback, "__qualname__", callback), os.path.basename(file)))
        callback = getattr(callback, "__wrapped__", None)
    return found


def one_login(view, callback):
    own = from_elsewhere(view, ["post", "dispatch", "initial", "initialize_request", "finalize_response", "handle_exception",
                                "get_serializer", "get_serializer_context", "perform_authentication", "get_exception_handler",
                                "get_throttles", "check_throttles", "get_authenticators", "get_renderers", "get_parsers",
                                "get_permissions", "serializer_class", "http_method_names", "get", "put", "patch", "delete"],
                         ("rest_framework.", "django."))
    said = {}
    from rest_framework.authtoken.views import ObtainAuthToken
    initial = getattr(callback, "initkwargs", None) or getattr(callback, "view_initkwargs", None) or {}
    for name in ("parser_classes", "renderer_classes", "throttle_classes", "permission_classes", "authentication_classes",
                 "versioning_class", "content_negotiation_class", "metadata_class", "serializer_class"):
        value = initial.get(name, getattr(view, name, None))
        if dotted(value) != dotted(getattr(ObtainAuthToken, name, None)) and list_of(value) != list_of(getattr(ObtainAuthToken, name, None)):
            said[name] = dotted(value)
    return {"view": path_of(view), "own": own, "said": said, "decorators": decorators_of(callback)}


def list_of(value):
    return [dotted(item) for item in value] if isinstance(value, (list, tuple)) else value


@part
def routes():
    from django.urls import get_resolver
    try:
        from rest_framework.authtoken.views import ObtainAuthToken
        from rest_framework.views import APIView
    except Exception:
        ObtainAuthToken = APIView = None
    found, logins, others, seen = [], [], [], set()
    views_of(get_resolver().url_patterns, ["/"], "/", found)
    for path, pattern, callback in found:
        view = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        is_class = inspect.isclass(view)
        if ObtainAuthToken is not None and is_class and issubclass(view, ObtainAuthToken):
            if path is None or path not in seen:
                logins.append(dict(one_login(view, callback), path=path, pattern=pattern))
            seen.add(path)
            continue
        name = path_of(view) if is_class else path_of(callback) if callable(callback) else str(callback)
        about = re.search(r"log.?in|log.?out|token|auth|jwt|knox", (pattern + " " + name).lower())
        if about and not name.startswith("django.contrib.admin") and "admin" not in pattern.split("/")[1:2] and not (path and path in seen):
            others.append({"pattern": pattern, "view": name})
            seen.add(path)
    return {"logins": logins, "others": others[:40]}


# --- the answer ----------------------------------------------------------------------------------

def answer():
    from django.conf import settings
    # Commands swallow what keeps settings from being read; whoever reads this should not.
    settings.INSTALLED_APPS
    said, failed = {}, {}
    for name, gather in PARTS.items():
        try:
            said[name] = gather()
            json.dumps(said[name])
        except Exception as error:
            said[name] = None
            frame = error.__traceback__
            while frame is not None and frame.tb_next is not None:
                frame = frame.tb_next
            where = "%s, line %d" % (os.path.basename(frame.tb_frame.f_code.co_filename), frame.tb_lineno) if frame else ""
            failed[name] = "%s (%s)" % (type(error).__name__, where)
    said["failed"] = failed
    return json.dumps(said)


text = ("\n%s%s%s\n" % (MARKER, answer(), MARKER)).encode("ascii")
sys.stdout.flush()
while text:
    text = text[os.write(1, text):]
