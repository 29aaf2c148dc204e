"""The allowed differences: one rule a row of "Differences from DRF", each by the input and by both answers.

A rule explains an answer whole, or not at all: status, headers and body must be what its row says.
"""

import html
import json
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from .http1 import Answer, Request
from .judge import Cause, Tokens, comparable_headers, normal, without_no_store

LOGINS = {b"/api-token-auth/": "obtain", b"/login/": "login", b"/api/token/login": "login"}
VIEWS = {**LOGINS, b"/profile/": "profile", b"/logout/": "logout"}
DEEP = 900
WRONG = {
    "obtain": {"non_field_errors": ["Unable to log in with provided credentials."]},
    "login": {"error": "Invalid Credentials"},
}


@dataclass
class Exchange:
    """One request, both answers, and the account that the request is meant to log in."""

    request: Request
    django: Answer
    other: Answer
    account: object
    tokens: Tokens

    @property
    def view(self):
        """Which view answers; None where none does."""
        path = self.request.target.split(b"?")[0]
        if b"://" in path:
            path = b"/" + path.split(b"://", 1)[1].partition(b"/")[2]
        return VIEWS.get(unquote_to_bytes(path))

    @property
    def posts(self):
        """Whether it is a POST, in Django's eyes."""
        return self.request.method.upper() == b"POST"

    def other_says(self, status, value):
        """Whether the other server answers exactly this JSON, with a DRF answer's headers."""
        if self.other.status != status or self.other.get(b"content-type") != b"application/json":
            return False
        try:
            # The spaces depend on the indent that was asked for.
            return json.loads(self.other.body) == value
        except ValueError:
            return False

    def drf_headers(self):
        """Whether the other server sends, beside the type and length, the headers that a DRF answer of this view has."""
        headers, _ = without_no_store(self.other)
        names = sorted(name for name, _ in headers)
        expected = [b"allow", b"content-length", b"content-type", b"cross-origin-opener-policy", b"referrer-policy"]
        expected += [b"vary"] * (self.view != "obtain") + [b"x-content-type-options", b"x-frame-options"]
        return names == sorted(expected)


def malformed(exchange):
    """A stored password that is malformed: Django raises in its hashers, drf-auth refuses as for a wrong password."""
    cause = Cause(exchange.django)
    return (
        exchange.posts
        and exchange.view in WRONG
        and exchange.account is not None
        and exchange.account.malformed
        and exchange.django.status == 500
        and cause.within("auth/backends.py:authenticate", "base_user.py:check_password", "auth/hashers.py:verify_password")
        and exchange.other_says(400, WRONG[exchange.view])
        and exchange.drf_headers()
    )


def deep(exchange):
    """JSON nested deeper than Python's limit: Django raises (or just not yet), drf-auth says that it can't parse."""
    body = exchange.request.body or b""
    cause = Cause(exchange.django)
    return (
        exchange.posts
        and exchange.view in WRONG
        and body.count(b"[") + body.count(b"{") >= DEEP
        and (cause.kind == "RecursionError" or body.count(b"[") + body.count(b"{") <= 1100)
        and exchange.other.status == 400
        and b'"JSON parse error - ' in exchange.other.body
        and exchange.drf_headers()
    )


def raising_login(exchange):
    """What makes the tutorial's login raise: drf-auth says Invalid Credentials."""
    cause = Cause(exchange.django)
    return (
        exchange.posts
        and exchange.view == "login"
        and exchange.django.status == 500
        and cause.within("mysite/views.py:post")
        and not cause.within("rest_framework/request.py:_parse")
        and cause.kind in ("AttributeError", "TypeError", "ValueError", "UnicodeEncodeError", "DataError", "RecursionError")
        # The database that is not there or busy is another row.
        and not re.search("locked|timeout|connect|server", cause.message)
        and exchange.other_says(400, WRONG["login"])
        and exchange.drf_headers()
    )


def browsable(exchange):
    """A browser's wish for HTML: Django renders the same answer as a page, drf-auth as JSON."""
    django, other = exchange.django, exchange.other
    if exchange.view in (None, "obtain") or django.get(b"content-type") != b"text/html; charset=utf-8":
        return False
    same = {b"allow", b"www-authenticate", b"x-frame-options", b"x-content-type-options", b"referrer-policy", b"cross-origin-opener-policy"}
    ours, _ = without_no_store(other)
    if [pair for pair in comparable_headers(django) if pair[0] in same] != [pair for pair in ours if pair[0] in same]:
        return False
    if {name for name, _ in ours} - same - {b"content-type", b"content-length", b"vary"} or other.get(b"vary") != b"Accept":
        return False
    if exchange.request.method == b"HEAD":
        return (django.status, django.reason) == (other.status, other.reason) and other.body == b""
    return _page_shows(exchange, html.unescape(re.sub(r"<[^>]*>", "", django.body.decode(errors="replace"))))


def _page_shows(exchange, page):
    """Whether the text of the browsable API's page shows the other server's answer."""
    other = exchange.other
    start = page.find(f"HTTP {other.status} {other.reason.decode()}\n")
    if start < 0:
        return False
    if other.status == 204:
        # The page of an answer without content goes out as 200.
        return exchange.django.status == 200 and other.body == b"" and other.get(b"content-type") is None
    if exchange.django.status != other.status or other.get(b"content-type") != b"application/json":
        return False
    try:
        value, _ = json.JSONDecoder().raw_decode(page[page.find("{", start) :])
        one, two = normal(json.dumps(value).encode(), json.dumps(json.loads(other.body)).encode(), exchange.tokens) or (b"", b"-")
        return one == two
    except ValueError:
        return False


BAD_REQUEST = b"<h1>Bad Request (400)</h1>"


def unreadable_type(exchange):
    """A Content-Type that Django before 6.1 can't read raises before its handler; drf-auth answers as Django 6.1."""
    django, other = exchange.django, exchange.other
    return (
        bool(exchange.request.header(b"content-type"))
        and b"*" in b"".join(exchange.request.header(b"content-type"))
        and django.status == 500
        # gunicorn's own page: it hangs up, and none of Django's middleware has been here.
        and b"<h1><p>Internal Server Error</p></h1>" in django.body
        and django.get(b"x-frame-options") is None
        and other.status == 400
        and other.get(b"content-type") == b"text/html; charset=utf-8"
        and (BAD_REQUEST in other.body or exchange.request.method == b"HEAD")
    )


RULES = {
    "a stored password that is malformed": malformed,
    "JSON nested deeper than Python's own limit": deep,
    "what makes the tutorial's login view raise": raising_login,
    "a browser's wish for HTML": browsable,
    "a Content-Type that Django before 6.1 can't read": unreadable_type,
}


def twin_pages(exchange):
    """Only where Django is compared with itself: the browsable API's pages hold a secret of their own."""
    return exchange.django.status == exchange.other.status and exchange.django.get(b"content-type") == exchange.other.get(b"content-type") == b"text/html; charset=utf-8"


def explains(exchange, rules=RULES):
    """The row that allows this exchange to differ; None where none does."""
    return next((row for row, rule in rules.items() if rule(exchange)), None)
