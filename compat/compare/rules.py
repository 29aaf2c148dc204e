"""The allowed differences: one rule a row of "Differences from DRF", each by the input and by both answers.

A rule explains an answer whole, or not at all: status, headers and body must be what its row says.
"""

import encodings.aliases
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
BAD_REQUEST = b"<h1>Bad Request (400)</h1>"
RFC_2231 = re.compile(rb"\*\d*\*?\s*=")
# The codecs of Python that do not decode to text, under all their names.
NO_TEXT = {
    name
    for pair in encodings.aliases.aliases.items()
    for name in pair
    if pair[1] in ("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec")
}
NO_TEXT |= {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "undefined"}
WRONG = {
    "obtain": {"non_field_errors": ["Unable to log in with provided credentials."]},
    "login": {"error": "Invalid Credentials"},
}


def view_of(request):
    """Which view a request is for; None where it is for none."""
    path = request.target.split(b"?")[0]
    if b"://" in path:
        path = b"/" + path.split(b"://", 1)[1].partition(b"/")[2]
    return VIEWS.get(unquote_to_bytes(path))


@dataclass
class Exchange:
    """One request, both answers, and the account that the request is meant to log in."""

    request: Request
    django: Answer
    other: Answer
    account: object
    tokens: Tokens
    old: bool = False  # REST framework 3.16
    limit: int = 2621440  # DATA_UPLOAD_MAX_MEMORY_SIZE

    @property
    def view(self):
        """Which view answers; None where none does."""
        return view_of(self.request)

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
        # What Django's middleware says to broken cookies, it says on every answer.
        cookies = [pair for pair in headers if pair[0] == b"set-cookie"]
        if cookies != [pair for pair in comparable_headers(self.django) if pair[0] == b"set-cookie"]:
            return False
        names = sorted(name for name, _ in headers if name != b"set-cookie")
        expected = [b"allow", b"content-length", b"content-type", b"cross-origin-opener-policy", b"referrer-policy"]
        expected += [b"www-authenticate"] * (self.other.status == 401)
        expected += [b"vary"] * (self.view != "obtain" or bool(cookies)) + [
            b"x-content-type-options",
            b"x-frame-options",
        ]
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
        and cause.within(
            "auth/backends.py:authenticate", "base_user.py:check_password", "auth/hashers.py:check_password"
        )
        and exchange.other_says(400, WRONG[exchange.view])
        and exchange.drf_headers()
    )


def deep(exchange):
    """JSON nested deeper than 900 levels: Python raises from some depth on, drf-auth says that it can't parse."""
    return (
        exchange.posts
        and exchange.view in WRONG
        and nesting(exchange.request.body or b"") >= DEEP
        and exchange.other.status == 400
        and re.search(
            rb'"JSON parse error - maximum recursion depth exceeded while decoding a JSON (array|object) from a unicode string"',
            exchange.other.body,
        )
        is not None
        and exchange.drf_headers()
    )


def nesting(body):
    """How deep the brackets of a body go, those in strings left out."""
    depth = deepest = 0
    for bracket in re.findall(rb'"(?:[^"\\]|\\.)*"|[][{}]', body):
        if bracket[:1] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket[:1] in b"]}":
            depth -= 1
    return deepest


def raising_login(exchange):
    """What makes the tutorial's login raise: drf-auth says Invalid Credentials."""
    cause = Cause(exchange.django)
    return (
        exchange.posts
        and exchange.view == "login"
        and exchange.django.status == 500
        and cause.within("mysite/views.py:post")
        and not cause.within("rest_framework/request.py:_parse")
        and cause.kind
        in ("AttributeError", "TypeError", "ValueError", "UnicodeEncodeError", "DataError", "RecursionError")
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
    same = {
        b"allow",
        b"www-authenticate",
        b"x-frame-options",
        b"x-content-type-options",
        b"referrer-policy",
        b"cross-origin-opener-policy",
    }
    ours, _ = without_no_store(other)
    if [pair for pair in comparable_headers(django) if pair[0] in same] != [pair for pair in ours if pair[0] in same]:
        return False
    if {name for name, _ in ours} - same - {b"content-type", b"content-length", b"vary"} or other.get(
        b"vary"
    ) != b"Accept":
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
        one, two = normal(json.dumps(value).encode(), json.dumps(json.loads(other.body)).encode(), exchange.tokens) or (
            b"",
            b"-",
        )
        return one == two
    except ValueError:
        return False


def unreadable_header(exchange):
    """A Content-Type or Accept on which Python raises: Django answers 500, drf-auth does not.

    Before its handler, so that the WSGI server answers: broken RFC 2231 parameters (`a*0=b; a*=c`) of a Content-Type before
    Django 6.1, whose 400 drf-auth answers for every Django; and a charset that is not for texts, together with a query.
    Inside of it: such parameters in an Accept.
    """
    cause, other = Cause(exchange.django), exchange.other
    content_type = b"".join(exchange.request.header(b"content-type"))
    if exchange.django.status != 500 or other.status >= 500:
        return False
    if cause.known:
        accept = b",".join(exchange.request.header(b"accept"))
        return (
            RFC_2231.search(accept) is not None
            and cause.within("rest_framework/negotiation.py:select_renderer", "utils/http.py:parse_header_parameters")
            and exchange.drf_headers()
        )
    # gunicorn's own page: none of Django's middleware has been here.
    if b"<h1><p>Internal Server Error</p></h1>" not in exchange.django.body and exchange.request.method != b"HEAD":
        return False
    if RFC_2231.search(content_type):
        return (
            other.status == 400
            and other.get(b"content-type") == b"text/html; charset=utf-8"
            and (BAD_REQUEST in other.body or exchange.request.method == b"HEAD")
        )
    return charset_of(exchange.request) in NO_TEXT and b"?" in exchange.request.target


def charset_of(request):
    """The charset that a request names, as Python's table of codecs spells it."""
    found = re.search(rb'charset="?([^";\s]+)', b"".join(request.header(b"content-type")), re.IGNORECASE)
    return found[1].decode("latin-1").lower().replace("-", "_") if found else ""


def unsupported(exchange, names):
    """Whether the other server refuses the request's charset, and that is one of these."""
    found = re.search(rb'charset="?([^";\s]+)', b"".join(exchange.request.header(b"content-type")), re.IGNORECASE)
    if not (found and exchange.posts and exchange.view in WRONG):
        return False
    charset = found[1].decode("latin-1")
    said = {"detail": f'Unsupported charset "{charset}" in request Content-Type header.'}
    return charset_of(exchange.request) in names and exchange.other_says(400, said) and exchange.drf_headers()


def odd_charset(exchange):
    """The charsets idna and punycode: Django decodes, or raises on the way; drf-auth says that they are unsupported."""
    return unsupported(exchange, ("idna", "punycode"))


def charset_of_old(exchange):
    """REST framework 3.16 decodes what is not for texts, or raises; drf-auth says what REST framework 3.18 does."""
    return exchange.old and unsupported(exchange, NO_TEXT)


def big(exchange):
    """A body over four times the limit: Django spools it to a disk (or holds it), drf-auth answers with Django's own 400 page."""
    return (
        len(exchange.request.body or b"") > 4 * exchange.limit
        and exchange.other.status == 400
        and BAD_REQUEST in exchange.other.body
    )


def no_uri(exchange):
    """A target with characters that no URI may hold: the HTTP parser of drf-auth refuses it."""
    target = exchange.request.target
    return (
        any(byte in b'<>"`\\^{}|' for byte in target)
        and exchange.other.status == 400
        and exchange.other.body == b""
        and exchange.other.get(b"x-frame-options") is None
    )


def no_host(exchange):
    """HTTP/1.1 without a Host, which gunicorn lets through: drf-auth refuses it."""
    request = exchange.request
    return (
        request.version == b"HTTP/1.1"
        and request.host is None
        and not request.header(b"host")
        and exchange.other.status == 400
        and exchange.other.body == b""
    )


def unheld(exchange):
    """A name or key with characters that the column's character set can't hold (MySQL): Django raises, drf-auth finds no row."""
    cause = Cause(exchange.django)
    if (
        exchange.django.status != 500
        or cause.kind != "OperationalError"
        or "Illegal mix of collations" not in cause.message
    ):
        return False
    if cause.within("rest_framework/authentication.py:authenticate_credentials"):
        if exchange.request.method == b"HEAD":
            return exchange.other.status == 401 and exchange.drf_headers()
        return exchange.other_says(401, {"detail": "Invalid token."}) and exchange.drf_headers()
    return (
        cause.within("auth/backends.py:authenticate")
        and exchange.other_says(400, WRONG.get(exchange.view))
        and exchange.drf_headers()
    )


RULES = {
    "a stored password that is malformed": malformed,
    "JSON nested deeper than Python's own limit": deep,
    "what makes the tutorial's login view raise": raising_login,
    "a browser's wish for HTML": browsable,
    "a body over four times the limit": big,
    "a charset that is idna or punycode": odd_charset,
    "under DRF 3.16, a charset that is not for text": charset_of_old,
    "a Content-Type or Accept on which Python raises": unreadable_header,
    "a target with characters that no URI may hold": no_uri,
    "no Host in HTTP/1.1": no_host,
    "a name or key that the column's character set can't hold": unheld,
}


def twin_pages(exchange):
    """Only where Django is compared with itself: the browsable API's pages hold a secret each, and gunicorn's own page nothing of ours."""
    one, two = exchange.django, exchange.other
    pages = (b"text/html; charset=utf-8", b"text/html")
    return (
        one.status == two.status
        and one.get(b"content-type") == two.get(b"content-type")
        and one.get(b"content-type") in pages
    )


OLD_ONLY = "under DRF 3.16, a charset that is not for text"
COLLATION_ONLY = "a name or key that the column's character set can't hold"
# Under these Django may log in, and drf-auth refuse.
LEAVES_ROWS = (
    OLD_ONLY,
    "JSON nested deeper than Python's own limit",
    "a body over four times the limit",
    "a charset that is idna or punycode",
    "no Host in HTTP/1.1",
)


def explains(exchange, rules=RULES):
    """The row that allows this exchange to differ; None where none does."""
    return next((row for row, rule in rules.items() if rule(exchange)), None)
