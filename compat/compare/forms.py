"""How requests are put together: logins in the three body formats, and the token views."""

import json
from urllib.parse import quote_plus

from .http1 import Request

OBTAIN, LOGIN, LOGIN2, PROFILE, LOGOUT = b"/api-token-auth/", b"/login/", b"/api/token/login", b"/profile/", b"/logout/"
LOGIN_VIEWS = (OBTAIN, LOGIN, LOGIN2)
JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"
BOUNDARY = b"----WebKitFormBoundaryx3k9aT0fZ1"


def multipart_type(boundary=BOUNDARY):
    """The Content-Type of a multipart body."""
    return b"multipart/form-data; boundary=" + boundary


def post(path, body, content_type=JSON, *headers, account=None, **more):
    """A POST with a body; no Content-Type header where that is None."""
    typed = [] if content_type is None else [(b"Content-Type", content_type)]
    return Request(b"POST", path, [*typed, *headers], body, account=account, **more)


def json_text(username, password):
    """The body that most clients send."""
    return json.dumps({"username": username, "password": password}).encode()


def form_text(username, password):
    """The body that `curl -d` sends."""
    return f"username={quote_plus(username)}&password={quote_plus(password)}".encode()


def part(name, value, extra=b"", headers=b""):
    """One part of a multipart body, without its boundary."""
    return b'Content-Disposition: form-data; name="' + name + b'"' + extra + b"\r\n" + headers + b"\r\n" + value


def multipart(parts, boundary=BOUNDARY, end=b"--\r\n"):
    """Parts to a body."""
    return b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts) + b"--" + boundary + end


def login(account, path=OBTAIN, form="json", *headers, password=None, **more):
    """A login of an account as an ordinary client sends it."""
    password = account.password if password is None else password
    if form == "json":
        body, content_type = json_text(account.username, password), JSON
    elif form == "form":
        body, content_type = form_text(account.username, password), FORM
    else:
        parts = [part(b"username", account.username.encode()), part(b"password", password.encode())]
        body, content_type = multipart(parts), multipart_type()
    return post(path, body, content_type, *headers, account=account.key, **more)


def bearer(account, keyword=b"Token"):
    """The Authorization header with what that server issued to the account."""
    return b"Authorization", keyword + b" {token:" + account.key.encode() + b"}"


def both(name, body, content_type=JSON, *headers, **more):
    """The same body for both login views."""
    yield f"{name}: obtain", [post(OBTAIN, body, content_type, *headers, **more)]
    yield f"{name}: login", [post(LOGIN, body, content_type, *headers, **more)]
