# REST_FRAMEWORK and django-cors-headers.

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
        classes.append({"path": path_of(cls), "is_token": is_token_authentication(cls)})
    differing = {}
    for name, expected in list(REST_SETTINGS.items()) + list(REST_CLASSES.items()):
        value = dotted(getattr(api_settings, name))
        if value != expected:
            differing[name] = value
    return {"authentication_classes": classes, "differing": differing}


# What some settings were called before django-cors-headers 3.5, which knows no others.
CORS_BEFORE_3_5 = {"ALLOWED_ORIGINS": "ORIGIN_WHITELIST", "ALLOWED_ORIGIN_REGEXES": "ORIGIN_REGEX_WHITELIST",
                   "ALLOW_ALL_ORIGINS": "ORIGIN_ALLOW_ALL"}


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
        said = [getattr(place, "CORS_" + known) for place in (conf, settings) for known in (name, CORS_BEFORE_3_5.get(name, name))
                if hasattr(place, "CORS_" + known)]
        value = said[0] if said else None
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
    """A pattern with its flags before it, as they are written in one."""
    if not isinstance(value, re.Pattern):
        return value
    flags = [letter for letter, flag in (("a", re.A), ("i", re.I), ("L", re.L), ("m", re.M), ("s", re.S), ("x", re.X)) if value.flags & flag]
    text = value.pattern if isinstance(value.pattern, str) else repr(value.pattern)
    return "(?%s)%s" % ("".join(flags), text) if flags else text
