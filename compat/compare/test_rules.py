"""Shows that each rule takes what its row says and nothing near it: `PYTHONPATH=compat python3 -m unittest compare.test_rules`."""

import unittest
from urllib.parse import quote

from . import rules
from .accounts import lane_accounts
from .forms import JSON, LOGIN, OBTAIN, PROFILE, login, post
from .http1 import Answer, Request
from .judge import Tokens, differences

BROKEN = "ant.broken0"
ACCOUNTS = {account.key: account for account in lane_accounts("ant", "sqlite")}
ACCOUNTS[BROKEN].malformed = True
MIDDLEWARE = [
    (b"x-frame-options", b"DENY"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]  # fmt: skip
REASONS = {200: b"OK", 204: b"No Content", 400: b"Bad Request", 401: b"Unauthorized", 500: b"Internal Server Error"}
HASHERS = "auth/backends.py:authenticate>auth/base_user.py:check_password>auth/hashers.py:check_password>auth/hashers.py:verify_password"
VIEW = "rest_framework/views.py:dispatch>mysite/views.py:post"


def json(status, body, *headers, vary=True, allow=b"POST, OPTIONS"):
    """drf-auth's answer of a view."""
    more = [(b"vary", b"Accept")] if vary else []
    return Answer(
        status,
        REASONS[status],
        [
            (b"content-type", JSON),
            (b"allow", allow),
            *more,
            *MIDDLEWARE,
            (b"cache-control", b"no-store"),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ],
        body,
    )


def raised(kind, frames, message=""):
    """Django's 500 with the cause that comparewsgi adds."""
    cause = quote(f"{kind}|{frames}|{message}").encode()
    return Answer(
        500,
        REASONS[500],
        [(b"content-type", b"text/html; charset=utf-8"), (b"x-compare-exception", cause), *MIDDLEWARE],
        b"<h1>Server Error (500)</h1>",
    )


def row(request, django, other, **more):
    """The row that explains the exchange."""
    return rules.explains(
        rules.Exchange(request, django, other, ACCOUNTS.get(request.account), Tokens(ACCOUNTS.values()), **more)
    )


class Rules(unittest.TestCase):
    wrong = b'{"non_field_errors":["Unable to log in with provided credentials."]}'
    invalid = b'{"error":"Invalid Credentials"}'

    def test_malformed(self):
        request = login(ACCOUNTS[BROKEN])
        good = json(400, self.wrong, vary=False)
        django = raised("ValueError", HASHERS + ">auth/hashers.py:decode")
        self.assertEqual(row(request, django, good), "a stored password that is malformed")
        self.assertIsNone(row(login(ACCOUNTS["ant.plain"]), django, good), "an account whose password is in order")
        self.assertIsNone(row(request, raised("ValueError", VIEW), good), "raised elsewhere")
        self.assertIsNone(row(request, django, json(400, self.invalid, vary=False)), "another view's text")
        self.assertIsNone(row(request, django, json(401, self.wrong, vary=False)), "another status")
        self.assertIsNone(
            row(request, django, json(400, self.wrong, (b"x-new", b"1"), vary=False)), "a header too many"
        )
        self.assertIsNone(row(request, json(200, b"{}", vary=False), good), "Django takes it")

    def test_raising_login(self):
        request = post(LOGIN, b"[]")
        django = raised("AttributeError", VIEW, "'list' object has no attribute 'get'")
        self.assertEqual(row(request, django, json(400, self.invalid)), "what makes the tutorial's login view raise")
        self.assertIsNone(row(post(OBTAIN, b"[]"), django, json(400, self.invalid)), "another view")
        self.assertIsNone(
            row(request, raised("AttributeError", VIEW + ">rest_framework/request.py:_parse"), json(400, self.invalid)),
            "while parsing",
        )
        self.assertIsNone(
            row(request, raised("OperationalError", VIEW, "database is locked"), json(400, self.invalid)),
            "a busy database",
        )
        self.assertIsNone(row(request, django, json(400, self.wrong)), "another text")

    def test_deep(self):
        said = b'{"detail":"JSON parse error - maximum recursion depth exceeded while decoding a JSON array from a unicode string"}'
        django = raised("RecursionError", "json/decoder.py:raw_decode")
        name = "JSON nested deeper than Python's own limit"
        self.assertEqual(row(post(OBTAIN, b"[" * 900), django, json(400, said, vary=False)), name)
        self.assertIsNone(row(post(OBTAIN, b"[" * 899), django, json(400, said, vary=False)), "not deep enough")
        self.assertIsNone(row(post(OBTAIN, b"[]" * 900), django, json(400, said, vary=False)), "many, but not deep")
        self.assertIsNone(
            row(post(OBTAIN, b'"' + b"[" * 900 + b'"'), django, json(400, said, vary=False)), "in a string"
        )
        self.assertIsNone(
            row(post(OBTAIN, b"[" * 900), django, json(400, b'{"detail":"JSON parse error - x"}', vary=False)),
            "another text",
        )

    def page(self, status, shown, sent=None):
        body = b"<div><b>HTTP %d %s</b>\n<b>Allow:</b> GET\n\n</span>%s</div>" % (status, REASONS[status], shown)
        return Answer(
            sent or status,
            REASONS[sent or status],
            [
                (b"content-type", b"text/html; charset=utf-8"),
                (b"allow", b"GET, HEAD, OPTIONS"),
                (b"vary", b"Accept, Cookie"),
                *MIDDLEWARE,
            ],
            body,
        )

    def test_browsable(self):
        request = Request(b"GET", PROFILE, [(b"Accept", b"text/html")])
        good = json(200, b'{"username":"<a>"}', allow=b"GET, HEAD, OPTIONS")
        page = self.page(200, b"{\n    &quot;username&quot;: &quot;&lt;a&gt;&quot;\n}")
        self.assertEqual(row(request, page, good), "a browser's wish for HTML")
        self.assertIsNone(
            row(request, page, json(200, b'{"username":"b"}', allow=b"GET, HEAD, OPTIONS")), "another value"
        )
        self.assertIsNone(
            row(request, page, json(401, b'{"username":"<a>"}', allow=b"GET, HEAD, OPTIONS")), "another status"
        )
        self.assertIsNone(row(request, page, json(200, b'{"username":"<a>"}')), "another Allow")
        self.assertIsNone(row(Request(b"GET", OBTAIN), page, good), "a view without the browsable API")

    def test_headers_and_targets(self):
        gunicorn = Answer(
            500, REASONS[500], [(b"content-type", b"text/html")], b"<h1><p>Internal Server Error</p></h1>"
        )
        html = Answer(
            400, REASONS[400], [(b"content-type", b"text/html; charset=utf-8")], b"<h1>Bad Request (400)</h1>"
        )
        name = "a Content-Type or Accept on which Python raises"
        self.assertEqual(row(post(OBTAIN, b"x", b"x/y; a*0=b; a*=c"), gunicorn, html), name)
        self.assertIsNone(row(post(OBTAIN, b"x", b"x/y; a=b"), gunicorn, html), "no such parameter")
        self.assertIsNone(row(post(OBTAIN, b"x", b"x/y; a*0=b"), gunicorn, json(200, b"{}", vary=False)), "taken")
        empty = Answer(400, REASONS[400], [], b"")
        self.assertEqual(row(Request(b"GET", b"/<"), html, empty), "a target with characters that no URI may hold")
        self.assertIsNone(row(Request(b"GET", b"/x"), html, empty), "an ordinary target")
        self.assertEqual(row(Request(b"GET", b"/x", host=None), html, empty), "no Host in HTTP/1.1")
        old = Request(b"GET", b"/x", host=None, version=b"HTTP/1.0")
        self.assertIsNone(row(old, html, empty), "which HTTP/1.0 may lack")

    def test_charsets(self):
        said = b'{"detail":"Unsupported charset \\"%s\\" in request Content-Type header."}'
        taken = json(200, b'{"token":"x"}', vary=False)
        self.assertEqual(
            row(post(OBTAIN, b"{}", JSON + b"; charset=idna"), taken, json(400, said % b"idna", vary=False)),
            "a charset that is idna or punycode",
        )
        self.assertIsNone(
            row(post(OBTAIN, b"{}", JSON + b"; charset=utf-16"), taken, json(400, said % b"utf-16", vary=False)),
            "another charset",
        )
        self.assertIsNone(
            row(
                post(OBTAIN, b"{}", JSON + b"; charset=hex"),
                raised("LookupError", "x"),
                json(400, said % b"hex", vary=False),
            ),
            "not under 3.16",
        )
        self.assertEqual(
            row(
                post(OBTAIN, b"{}", JSON + b"; charset=hex"),
                raised("LookupError", "x"),
                json(400, said % b"hex", vary=False),
                old=True,
            ),
            "under DRF 3.16, a charset that is not for text",
        )


class Judging(unittest.TestCase):
    def answers(self, one, two):
        left = Answer(200, b"OK", [(b"content-type", JSON)], b'{"token":"%s"}' % one)
        right = Answer(200, b"OK", [(b"content-type", JSON), (b"cache-control", b"no-store")], b'{"token":"%s"}' % two)
        return differences(Request(b"POST", OBTAIN), left, right, self.tokens, {"no-store": 0})

    def setUp(self):
        self.tokens = Tokens(ACCOUNTS.values())

    def test_tokens_belong_together(self):
        one, two, three = b"1" * 40, b"2" * 40, b"3" * 40
        self.assertEqual(self.answers(one, two), [])
        self.assertEqual(self.answers(one, two), [])
        self.assertNotEqual(self.answers(one, three), [], "another key for the same")
        self.assertNotEqual(self.answers(three, two), [], "the same key for another")
        self.assertNotEqual(self.answers(b"4" * 40, b"A" * 40), [], "upper case")
        self.assertNotEqual(self.answers(b"4" * 40, b"4" * 40), [], "two servers can't have drawn the same")
        first = ACCOUNTS["ant.fixed"].token.encode()
        self.assertEqual(self.answers(first, first), [])
        self.assertNotEqual(self.answers(first, b"5" * 40), [], "not the one in the table")


if __name__ == "__main__":
    unittest.main()
