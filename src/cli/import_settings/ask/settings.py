# What settings.py says, and who listens.

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


@part
def signals():
    from django.contrib.auth import get_user_model, signals as auth
    from django.db.models import signals as model
    token, user = token_class(), get_user_model()
    found = {"user_login_failed": receivers(auth.user_login_failed, None)}
    for sender, names in ((token, ("pre_save", "post_save", "pre_delete", "post_delete")), (user, ("pre_save", "post_save"))):
        if sender is not None:
            found.update({"%s of %s" % (name, sender._meta.label): receivers(getattr(model, name), sender) for name in names})
    return ["%s (%s)" % (name, ", ".join(paths)) for name, paths in found.items() if paths]


def receivers(signal, sender):
    """Who hears of it; Django 5.0 and later keep the asynchronous apart."""
    live = signal._live_receivers(sender)
    return sorted({path_of(receiver) for receiver in (live[0] + live[1] if isinstance(live, tuple) else live)})
