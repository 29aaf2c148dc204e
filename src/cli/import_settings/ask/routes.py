# Which paths lead to a login.

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


@functools.lru_cache(maxsize=None)
def views():
    """Every view of the urlconf: its path where it has one, its pattern, and what is called."""
    from django.urls import get_resolver
    found = []
    views_of(get_resolver().url_patterns, ["/"], "/", found)
    return found


def view_class(callback):
    return getattr(callback, "cls", None) or getattr(callback, "view_class", None)


def view_option(callback, name):
    """What `as_view` was given, or else the class says."""
    given = getattr(callback, "initkwargs", None) or getattr(callback, "view_initkwargs", None) or {}
    return given.get(name, getattr(view_class(callback), name, None))


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
    for name in ("parser_classes", "renderer_classes", "throttle_classes", "permission_classes", "authentication_classes",
                 "versioning_class", "content_negotiation_class", "metadata_class", "serializer_class"):
        value = view_option(callback, name)
        if dotted(value) != dotted(getattr(ObtainAuthToken, name, None)) and list_of(value) != list_of(getattr(ObtainAuthToken, name, None)):
            said[name] = dotted(value)
    return {"view": path_of(view), "own": own, "said": said, "decorators": decorators_of(callback)}


def list_of(value):
    return [dotted(item) for item in value] if isinstance(value, (list, tuple)) else value


@part
def routes():
    try:
        from rest_framework.authtoken.views import ObtainAuthToken
        from rest_framework.views import APIView
    except Exception:
        ObtainAuthToken = APIView = None
    logins, others, seen = [], [], set()
    for path, pattern, callback in views():
        view = view_class(callback)
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
