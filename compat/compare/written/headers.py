"""Content-Type, Accept, Authorization, and headers that change nothing."""

from ..forms import (
    JSON,
    LOGIN,
    LOGIN_VIEWS,
    LOGOUT,
    OBTAIN,
    PROFILE,
    bearer,
    both,
    json_text,
    login,
    post,
)
from ..http1 import Request


def content_types(of):
    """1.5, 2.12: Content-Type."""
    plain = of["plain"]
    good = json_text(plain.username, plain.password)
    for value in (
        None, b"", b" ", b"text/plain", b"TEXT/plain; Charset=X", b"application/vnd.api+json", b"Application/JSON", b"application/json;",
        b"application/json;;;", b";;;", b"application/json ; a=b", b" application/json\t", b"application/*",
        b"*/*", b"*/json", b"*", b"application", b"application/", b"/json", b"/", b"json", b"application/json/x",
        b"application/json,text/plain", b"text/html", b"application/xml", b"application/octet-stream", b"application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded; x=y", b"APPLICATION/X-WWW-FORM-URLENCODED", b"multipart/form-data",
        b"multipart/form-data; boundary=", b"multipart/form-data; boundary=x", b"multipart/*; boundary=x", b"multipart/mixed; boundary=x",
        b"MULTIPART/FORM-DATA; BOUNDARY=x", b"application/json; indent=4", b"application/json; q=0", b'application/json; a="b;c"',
        b"application/json\xe9", b"\xe9\xff", b"caf\xc3\xa9/json", b'te"xt/pl\\ain', b"text/\tplain", b"<b>&'\"",
        b"application/json; " + b"x" * 238, b"application/json; " + b"x" * 237, b"application/json; " + b"x" * 300, b"x" * 256, b"x" * 257,
        b"x" * 5000, b"application/json; a=\"" + b"\\\"" * 50 + b"\"", b"application/json; " + b"a=b;" * 50,
        b"application/json;charset=utf-8", b"application/json; version=1.0", b"application/jsonx", b"xapplication/json",
        b"application /json", b"application/ json", b"a\xc3\xa9\xe2\x82\xac/\xf0\x9f\x98\x80",
    ):  # fmt: skip
        yield from both("1.5 content type", good, value, account=plain.key)
        yield "1.5 content type without a body", [post(path, b"", value) for path in LOGIN_VIEWS]
        yield "1.5 content type without a length", [post(path, None, value) for path in LOGIN_VIEWS]
        yield (
            "1.5 content type at the token views",
            [post(path, b"x", value, bearer(of["fixed"])) for path in (PROFILE,)],
        )
    for name in (b"content-type", b"CONTENT-TYPE", b"Content_Type"):
        yield "1.5 content type's name", [post(OBTAIN, good, None, (name, JSON), account=plain.key)]


def negotiation(of):
    """1.5, 2.12: Accept and ?format=."""
    plain, fixed = of["plain"], of["fixed"]
    accepts = (
        b"*/*", b"application/*", b"application/json", b"Application/JSON",
        b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", b"application/json; indent=4", b"application/json;indent=0",
        b"application/json; indent=8", b"application/json; indent=9", b"application/json; indent=-1",
        b"application/json; indent=x", b"application/json; indent=", b"application/json; indent", b"application/json; indent=1.5",
        b"application/json; indent= 4", b'application/json; indent="4"', b"application/json; indent=+4", b"application/json; indent=0004",
        b"application/json; indent=1_0", b"application/json; indent=\xb2",
        b"application/json; indent=99999999999999999999", b"application/json; INDENT=4", b"*/*; indent=4", b"application/*; indent=2",
        b"application/json; indent=4; q=0.5", b"application/json;q=0", b"application/json; version=1", b"text/*", b"application/xml",
        b"text/html", b"", b" ", b",", b",,,", b", application/json", b"application/json,", b";",
        b";q=1", b"json", b"application", b"application/", b"/json", b"*/json", b"*", b"*/*x", b"application/json/x", b"application/jsonx",
        b"application/json;", b"application/json;;", b"application/json ; charset=utf-8", b"application/json,text/html",
        b"text/html,application/json", b"text/html;q=1,application/json;q=0.1", b"text/html; x=y, application/json",
        b"text/plain, */*", b"text/plain,application/json;q=0.5,*/*;q=0.1", b"text/html;level=1", b"\xe9", b"application/json\xe9",
        b"application/json; a=\xe9", b'application/json; a="b,c"', b"application/json; a=\"b;c\"", b"x" * 256, b"x" * 257,
        b"x/y," * 63 + b"application/json", b"x/y," * 64 + b"application/json", b"x/y," * 200 + b"application/json",
        b"application/json," + b"x/y," * 3000, b"x/y," * 2047 + b"*/*", b"x/y," * 3000 + b"application/json", b"y" * 8193,
        b"y" * 9000 + b",application/json", b"application/json; x=" + b"y" * 236, b"application/json; x=" + b"y" * 237,
        b"application/json" + b";a=b" * 60, b"application/json; indent=2; x=" + b"y" * 300 + b", application/json",
        b"application/json; indent=4, text/plain", b"*/*;q=0", b"*/*; q=0.1; indent=3", b"application/json\t;\tindent=1",
        b"application/json; indent=4, application/json", b"application/json, */*; indent=4",
    )  # fmt: skip
    for accept in accepts:
        header = b"Accept", accept
        yield (
            "1.5 accept: obtain",
            [
                login(plain, OBTAIN, "json", header),
                Request(b"OPTIONS", OBTAIN, [header]),
                post(OBTAIN, b"", JSON, header),
            ],
        )
        yield (
            "1.5 accept: login",
            [
                login(plain, LOGIN, "json", header),
                Request(b"OPTIONS", LOGIN, [header]),
                post(LOGIN, b"[", JSON, header),
            ],
        )
        yield (
            "1.5 accept: profile",
            [
                Request(b"GET", PROFILE, [header, bearer(fixed)]),
                Request(b"GET", PROFILE, [header]),
                Request(b"HEAD", PROFILE, [header, bearer(fixed)]),
            ],
        )
        yield (
            "1.5 accept: logout",
            [Request(b"GET", LOGOUT, [header, bearer(fixed)]), Request(b"POST", LOGOUT, [header])],
        )
    for query in (
        b"format=json", b"format=api", b"format=xml", b"format=", b"format", b"format=JSON", b"format=json&format=xml",
        b"format=xml&format=json", b"format=admin", b"format=json%00", b"format=%6Ason", b"format=json%20", b"format=+json", b"Format=xml",
        b"x=1;format=xml", b"format=\xe9"[:-1] + b"%e9", b"format=%ff", b"format[]=xml", b"",
        b"&", b"?", b"?format=xml", b"%66ormat=xml", b"format=json#x", b"a=" + b"b" * 4000, b"&".join([b"a=1"] * 999),
        b"&".join([b"a=1"] * 1000), b"&".join([b"a=1"] * 1001) + b"&format=xml", b"format=j&format=", b"format=html", b"format=text/html",
        b"format=.json",
    ):  # fmt: skip
        yield (
            "1.5 format: obtain",
            [
                login(plain, OBTAIN + b"?" + query),
                Request(b"GET", OBTAIN + b"?" + query),
                login(plain, OBTAIN + b"?" + query, "json", (b"Accept", b"application/xml")),
            ],
        )
        yield "1.5 format: login", [login(plain, LOGIN + b"?" + query), Request(b"OPTIONS", LOGIN + b"?" + query)]
        yield (
            "1.5 format: profile",
            [
                Request(b"GET", PROFILE + b"?" + query, [bearer(fixed)]),
                Request(b"GET", PROFILE + b"?" + query),
                Request(b"GET", PROFILE + b"?" + query, [bearer(fixed), (b"Accept", b"application/json; indent=2")]),
            ],
        )
    yield (
        "1.5 several Accept headers",
        [
            Request(
                b"GET", PROFILE, [(b"Accept", b"application/xml"), (b"Accept", b"application/json"), bearer(fixed)]
            ),
            Request(b"GET", PROFILE, [(b"Accept", b"a/b"), (b"Accept", b"c/d")]),
        ],
    )


def authorization(of):
    """1.7: the Authorization header, on every view."""
    fixed, inactive = of["fixed"], of["inactive-token"]
    key = fixed.token.encode()
    values = [
        None, b"", b" ", b"Token", b"token", b"TOKEN", b"Token ", b"Token\t", b"Bearer " + key, b"Basic x", b"Basic", b"Basic YTpi",
        b"Digest x=y", b"Token a b", b"Token " + key + b" x", b"Token  " + key, b"Token\t" + key, b"token " + key,
        b"TOKEN   " + key + b"  ", b"tOkEn \t " + key, b"Token" + key, b"Token:" + key, b"Token=" + key,
        b"Token " + key.upper(), b"Token " + key + b"," + key, b"Token " + key + b",", b'Token "' + key + b'"', b"Token token=" + key,
        b"Token \xff", b"Token \xc3\xa9", b"Token \xe9", b"Token \xc3", b"Token \xf0\x9f\x98\x80", b"Token \xc2\xa0" + key,
        b"Token " + key + b"\xc2\xa0", b"\xff", b"\xff " + key, b"\xc3\xa9 x", b"T\xc3\xb6ken " + key, b"Token\xa0" + key,
        b"Token\xc2\xa0" + key, b"Token\x85" + key,
        b"Token x", b"Token 0", b"Token " + b"0" * 40, b"Token " + b"f" * 4000, b"Token %00", b"Token " + inactive.token.encode(),
        b"Token a b c d", b"Token \xff b", b"Token a \xff", b"Token, Token", b"Token " + key[:39], b"Token " + key + b"0", b"Token null",
        b"Token ' OR 1=1 --", b"Token %", b"Token _" + key[1:], b"Token \\", b"Tok en", b"Tokenn " + key,
        b"Bearer", b"JWT a.b.c", b",", b"Token ,", b", Token " + key, b"Token " + key + b";x", b"\"Token\" " + key,
        b"Token\xe3\x80\x80" + key, b"Token \xed\xa0\x80", b"Token \xef\xbb\xbf" + key, b"\xef\xbb\xbfToken " + key,
    ]  # fmt: skip
    for value in values:
        header = [] if value is None else [(b"Authorization", value)]
        yield (
            "1.7 authorization: profile",
            [
                Request(b"GET", PROFILE, header),
                Request(b"POST", PROFILE, header),
                Request(b"OPTIONS", PROFILE, header),
                Request(b"HEAD", PROFILE, header),
            ],
        )
        yield "1.7 authorization: logout", [Request(b"GET", LOGOUT, header), Request(b"OPTIONS", LOGOUT, header)]
        yield (
            "1.7 authorization: logins",
            [login(of["plain"], path, "json", *header) for path in LOGIN_VIEWS]
            + [
                Request(b"OPTIONS", OBTAIN, header),
                Request(b"GET", LOGIN, header),
                post(OBTAIN, b"x", b"text/plain", *header),
            ],
        )
    for names in (
        (b"authorization",),
        (b"AUTHORIZATION",),
        (b"X-Authorization",),
        (b"Proxy-Authorization",),
        (b"Authorization", b"Authorization"),
        (b"Authorization", b"authorization"),
    ):
        yield (
            "2.9 authorization's name",
            [
                Request(b"GET", PROFILE, [(name, b"Token " + key) for name in names]),
                login(of["plain"], OBTAIN, "json", *[(name, b"Token " + key) for name in names]),
            ],
        )
    yield (
        "2.9 no Host",
        [
            Request(b"GET", PROFILE, [bearer(fixed)], host=None),
            Request(b"GET", b"/login", host=None),
            login(of["plain"], host=None),
        ],
    )
    yield "2.9 several authorizations", [
        Request(b"GET", PROFILE, [(b"Authorization", b"Token " + key), (b"Authorization", b"")]),
        Request(b"GET", PROFILE, [(b"Authorization", b""), (b"Authorization", b"Token " + key)]),
        Request(b"GET", PROFILE, [(b"Authorization", b"Bearer x"), (b"Authorization", b"Token " + key)]),
        Request(b"GET", PROFILE, [(b"Authorization", b"Token"), (b"Authorization", key)]),
        Request(b"GET", PROFILE, [(b"Authorization", b"Token " + key)] * 3),
        login(of["plain"], LOGIN, "json", (b"Authorization", b"Basic x"), (b"Authorization", b"Basic y")),
    ]  # fmt: skip
    for kind, account in of.items():
        if account.token is not None and account.stays:
            yield (
                "1.7 every stored key",
                [
                    Request(b"GET", PROFILE, [(b"Authorization", b"Token " + account.token.encode())]),
                    Request(
                        b"GET",
                        PROFILE + b"?format=json",
                        [
                            (b"Authorization", b"Token " + account.token.encode()),
                            (b"Accept", b"application/json; indent=3"),
                        ],
                    ),
                ],
            )


OTHER_HEADERS = (
    (b"X-CSRFToken", b"x"), (b"Origin", b"https://evil.example"), (b"Referer", b"https://evil.example/"),
    (b"X-Requested-With", b"XMLHttpRequest"), (b"If-None-Match", b"*"),
    (b"If-Modified-Since", b"Tue, 24 Nov 2026 00:00:00 GMT"), (b"Range", b"bytes=0-1"),
    (b"Accept-Encoding", b"gzip, br"), (b"X-Forwarded-For", b"1.2.3.4"), (b"X-Forwarded-Host", b"evil"),
    (b"X-Forwarded-Proto", b"https"), (b"Forwarded", b"for=1"), (b"User-Agent", b"\xff"),
    (b"Access-Control-Request-Method", b"POST"), (b"Upgrade-Insecure-Requests", b"1"), (b"Accept-Charset", b"utf-16"),
    (b"Expect", b"100-continue"), (b"X_Forwarded_Host", b"evil"),
)  # fmt: skip


def other_headers(of):
    """1.6: cookies, languages and other headers on every view; no Host."""
    fixed = of["fixed"]
    for name, value in (
        (b"X-HTTP-Method-Override", b"PUT"),
        (b"X-HTTP-Method-Override", b"POST"),
        (b"X-Method-Override", b"DELETE"),
        (b"X-HTTP-Method", b"GET"),
    ):
        yield (
            "1.6 method override",
            [
                login(of["plain"], OBTAIN, "json", (name, value)),
                Request(b"GET", OBTAIN, [(name, value)]),
                Request(b"POST", PROFILE, [(name, value), bearer(fixed)]),
            ],
        )
    for language in (b"de", b"fr-FR,fr;q=0.9", b"xx", b"\xe9", b"de;q=0", b"zh-hant," * 100):
        yield (
            "1.6 language",
            [
                post(OBTAIN, b"{}", JSON, (b"Accept-Language", language)),
                Request(b"GET", PROFILE, [(b"Accept-Language", language)]),
            ],
        )
    for cookie in (
        b"sessionid=abc",
        b"csrftoken=x",
        b"sessionid=" + b"x" * 32,
        b"a=b; a=c",
        b";;;",
        b"\xe9=\xff",
        b"x",
        b"django_language=de",
    ):
        yield (
            "1.6 cookie",
            [
                login(of["plain"], OBTAIN, "json", (b"Cookie", cookie)),
                Request(b"GET", PROFILE, [(b"Cookie", cookie), bearer(fixed)]),
                Request(b"GET", PROFILE, [(b"Cookie", cookie)]),
            ],
        )
    yield (
        "1.6 cookie",
        [
            Request(b"GET", PROFILE, [(b"Cookie", b"a=b"), (b"Cookie", b"csrftoken=x"), bearer(fixed)]),
            Request(b"GET", PROFILE, [(b"Cookie", b"sessionid=12345678"), (b"Cookie", b"sessionid=1"), bearer(fixed)]),
        ],
    )
    for host in (b"testserver", None, b"evil.test"):
        yield (
            "2.9 no Host, HTTP/1.0",
            [
                login(of["plain"], OBTAIN, host=host, version=b"HTTP/1.0"),
                Request(b"GET", PROFILE, [bearer(fixed)], host=host, version=b"HTTP/1.0"),
                Request(b"GET", b"/login", host=host, version=b"HTTP/1.0"),
                Request(b"HEAD", b"/nowhere/", host=host, version=b"HTTP/1.0"),
            ],
        )
    for name, value in OTHER_HEADERS:
        yield (
            "1.6 other header",
            [
                login(of["plain"], OBTAIN, "json", (name, value)),
                login(of["plain"], LOGIN, "form", (name, value)),
                Request(b"GET", PROFILE, [(name, value), bearer(fixed)]),
                Request(b"OPTIONS", OBTAIN, [(name, value)]),
                Request(b"GET", b"/login", [(name, value)]),
            ],
        )
