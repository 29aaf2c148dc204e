"""The seeded generator: case number N of a seed is always the same, whatever ran before."""

import random

from . import grammar
from .accounts import LANES
from .forms import (
    FORM,
    JSON,
    LOGIN,
    LOGIN2,
    LOGIN_VIEWS,
    LOGOUT,
    OBTAIN,
    PROFILE,
    bearer,
    form_text,
    json_text,
    login,
    multipart,
    multipart_type,
    part,
    post,
)  # fmt: skip
from .grammar import chance
from .http1 import Request
from .run import Case

VIEWS = (OBTAIN, LOGIN, LOGIN2, PROFILE, LOGOUT)


class Generator:
    """Makes the cases of one seed for the accounts of a run."""

    def __init__(self, seed, accounts, lanes):
        self.seed, self.lanes = seed, lanes
        self.by_lane = [
            [account for account in accounts if account.key.split(".")[0] == LANES[lane]] for lane in range(lanes)
        ]

    def case(self, number):
        """Case `number`; it belongs to the lane `number % lanes`."""
        rng = random.Random(f"{self.seed}/{number}")
        accounts = self.by_lane[number % self.lanes]
        kind, make = rng.choices(KINDS, WEIGHTS)[0]
        return Case(f"g{number}", kind, make(rng, accounts))


def pick(rng, accounts):
    """An account: the ordinary ones more often than each of the many odd ones."""
    if chance(rng, 45):
        return accounts[rng.randrange(20)]
    return rng.choice(accounts)


def credentials(rng, account):
    """What is typed: mostly right, else nearly right."""
    username, password = account.username, account.password
    way = rng.randrange(15)
    if way == 14:
        username = grammar.alike(rng, username)
    elif way == 0:
        password += "x"
    elif way == 1:
        username = grammar.padded(rng, username)
    elif way == 2:
        password = grammar.padded(rng, password)
    elif way == 3:
        username = username.swapcase()
    elif way == 4:
        username, password = grammar.text(rng), grammar.text(rng)
    return username, password


def noise(rng):
    """Further headers that should change nothing."""
    if chance(rng, 80):
        return []
    values = (
        (b"X-HTTP-Method-Override", b"PUT"),
        (b"Cookie", b"sessionid=0123456789abcdefghijklmnopqrstuv; csrftoken=" + b"Zz09" * 8),
        (b"Accept-Language", b"de"), (b"Expect", b"100-continue"), (b"Origin", b"null"),
        (b"X-Forwarded-For", b"1.2.3.4"),
        (b"User-Agent", b"\xe9"), (b"If-None-Match", b'"x"'), (b"Accept-Encoding", b"gzip"), (b"X_Under_Score", b"1"),
        (b"Range", b"bytes=0-"), (b"Referer", b"http://x/"), (b"X-Long", b"y" * 3000), (b"TE", b"trailers"),
        (b"Content-Language", b"de"), (b"Content-Encoding", b"gzip"),
    )  # fmt: skip
    return rng.sample(values, rng.randrange(1, 4))


def a_body(rng, account):
    """A login's body in one of the three formats, with its Content-Type."""
    username, password = credentials(rng, account)
    way = rng.randrange(10)
    if way < 5:
        return grammar.encoded(rng, grammar.json_login(rng, username, password))
    if way < 8:
        return grammar.form_login(rng, username, password)
    return grammar.multipart_login(rng, username, password)


def grammar_login(rng, accounts):
    """A body made from the grammar, sent twice."""
    account = pick(rng, accounts)
    body, content_type = a_body(rng, account)
    chunks = [rng.randrange(1, 200)] if chance(rng, 4) and body else None
    request = post(rng.choice(LOGIN_VIEWS), body, content_type, *noise(rng), account=account.key, chunks=chunks)
    return [request, request]


def plain_login(rng, accounts):
    """An account's own name and password, twice, perhaps on two views."""
    account = rng.choice(accounts)
    form = rng.choice(("json", "form", "multipart"))
    return [login(account, rng.choice(LOGIN_VIEWS), form, *noise(rng)) for _ in range(2)]


def mutated(rng, data):
    """Bytes with a few of them changed, put in, taken out, doubled or cut off."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(data) + 1)
        way = rng.randrange(8)
        if way == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif way == 1 and at < len(data):
            data[at] = rng.randrange(256)
        elif way == 2:
            data[at:at] = rng.choice(
                (
                    b"\x00",
                    b"\xff",
                    b"\xc3",
                    b"\xe2\x80\xa8",
                    b'"',
                    b"\\",
                    b"\\u",
                    b"{",
                    b"[",
                    b",",
                    b":",
                    b"&",
                    b"=",
                    b"%",
                    b"+",
                    b";",
                    b"\r\n",
                    b"--",
                    b"1e9",
                    b"\xed\xa0\x80",
                    b" ",
                    b"NaN",
                    b"\xef\xbb\xbf",
                )
            )
        elif way == 3:
            del data[at : at + rng.choice((1, 1, 2, 5, 20))]
        elif way == 4:
            data[at:at] = data[at : at + rng.randrange(1, 30)]
        elif way == 5 and chance(rng, 40):
            del data[at:]
        elif way == 6:
            other = rng.randrange(len(data) + 1)
            data[at:at] = data[other : other + rng.randrange(1, 20)]
        else:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 4)))
    return bytes(data)


def mutated_login(rng, accounts):
    """A login's body, broken."""
    account = pick(rng, accounts)
    if chance(rng, 50):
        body, content_type = a_body(rng, account)
    else:
        body, content_type = rng.choice((
            (json_text(account.username, account.password), JSON), (form_text(account.username, account.password), FORM),
            (multipart([part(b"username", account.username.encode()), part(b"password", account.password.encode())]), multipart_type()),
        ))  # fmt: skip
    body = mutated(rng, body[:20000])
    return [post(rng.choice(LOGIN_VIEWS), body, content_type, *noise(rng), account=account.key)]


def mutated_header(rng, value):
    """A header's value, broken, but HTTP."""
    return grammar.clean(mutated(rng, value))


def cookies(rng, accounts):
    """The cookies that Django's own middleware reads: a session's key and a CSRF secret, whole and broken."""
    pairs = []
    for _ in range(rng.randrange(1, 4)):
        name = rng.choice(
            (
                b"sessionid",
                b"sessionid",
                b"csrftoken",
                b"csrftoken",
                b"SessionID",
                b" csrftoken ",
                b'"sessionid"',
                b"other",
                b"",
                b"sessionid\xe9",
            )
        )
        value = rng.choice((
            b"", b"x", b"1234567", b"12345678", b"0123456789abcdefghijklmnopqrstuv", b"A" * 32, b"b" * 64, b"c" * 33,
            b"d" * 31 + b"-", b'"' + b"e" * 32 + b'"', b'"' + b"f" * 30 + b'\\"\\""', b'"\\101' + b"g" * 31 + b'"',
            b" " + b"h" * 32 + b" ", b"i" * 31 + b"\xe9", b"j" * 30 + b"\xc3\xa9", b"k" * 32 + b"=", b"%41" * 11,
            b'"', b'""', b'"1234567', b"l" * 16 + b"," + b"m" * 15,
            grammar.clean(grammar.text(rng, 40).encode(errors="surrogatepass")),
        ))  # fmt: skip
        pairs.append(
            rng.choice(
                (
                    name + b"=" + value,
                    name + b"=" + value,
                    name + b"=" + value,
                    name,
                    b"=" + value,
                    name + b" = " + value,
                )
            )
        )
    headers = [(b"Cookie", grammar.clean(rng.choice((b"; ", b";", b" ; ", b",", b"; ; ")).join(pairs)))]
    if chance(rng, 8):
        headers.append((b"Cookie", b"csrftoken=x"))
    account = pick(rng, accounts)
    way = rng.randrange(4)
    if way == 0:
        return [login(account, rng.choice(LOGIN_VIEWS), "json", *headers)]
    target = rng.choice(
        (*VIEWS, b"/login", b"/nowhere/", b"/profile?x", PROFILE + b"?format=xml", b"/" + target_noise(rng))
    )
    host = b"evil.test" if chance(rng, 10) else b"testserver"
    return [Request(rng.choice((b"GET", b"OPTIONS", b"HEAD", b"PUT")), target, [*headers, bearer(account)], host=host)]


def charsets(rng, accounts):
    """Bytes of all kinds under any charset, in any of the formats, on a target whose query is read with that charset too."""
    account = pick(rng, accounts)
    charset = grammar.spelt(rng, rng.choice(grammar.CHARSETS))
    text = rng.choice(
        (
            json_text(account.username, account.password).decode(),
            grammar.json_login(rng, account.username, account.password),
            form_text(account.username, account.password).decode(),
        )
    )
    try:
        body = text.encode(charset.decode().strip('"'))
    except Exception:  # not every codec is one of texts, and not every one knows every character
        body = text.encode(errors="surrogatepass")
    if chance(rng, 40):
        body = mutated(rng, body)
    way = rng.randrange(6)
    if way == 0:
        body, base = (
            multipart([part(b"username", body[:60]), part(b"password", account.password.encode())]),
            multipart_type(),
        )
    elif way < 3:
        base = FORM
        if chance(rng, 50):
            body = b"username=" + b"".join(b"%%%02X" % byte for byte in body[:60]) + b"&password=x"
    else:
        base = JSON
    query = (
        b""
        if chance(rng, 60)
        else b"?format="
        + rng.choice(
            (
                b"json",
                b"api",
                b"%6A%73%6F%6E",
                b"%FE%FFj%00",
                b"%E9",
                b"j%00s%00o%00n%00",
                b"%C3%A9",
                b"json%80",
                b"+",
                b"%A4%A2",
            )
        )
    )
    return [post(rng.choice(LOGIN_VIEWS) + query, body, base + b"; charset=" + charset, account=account.key)]


def old_http(rng, accounts):
    """HTTP/1.0, with and without a Host."""
    account = pick(rng, accounts)
    headers = [*([(b"Connection", rng.choice((b"keep-alive", b"close")))] if chance(rng, 50) else []), *noise(rng)]
    request = (
        login(account, rng.choice((*LOGIN_VIEWS, b"/login")), "json", *headers)
        if chance(rng, 50)
        else Request(
            rng.choice((b"GET", b"OPTIONS", b"HEAD")),
            rng.choice((*VIEWS, b"/login", b"/nowhere/")),
            [*headers, bearer(account)],
        )
    )
    request.version = b"HTTP/1.0"
    request.host = rng.choice((b"testserver", None, b"evil.test"))
    request.headers = [pair for pair in request.headers if pair[0] != b"Expect"]
    return [request]


def content_types(rng, accounts):
    """A good body under a Content-Type that may not fit."""
    account = pick(rng, accounts)
    body, content_type = a_body(rng, account)
    content_type = rng.choice(
        (
            grammar.clean(grammar.media_type(rng)),
            mutated_header(rng, content_type),
            mutated_header(rng, content_type),
            JSON + b";" + grammar.clean(b"charset=" + rng.choice(grammar.CHARSETS).encode()),
        )
    )
    return [post(rng.choice(LOGIN_VIEWS), body, content_type, *noise(rng), account=account.key)]


def negotiation(rng, accounts):
    """Accept headers and formats on any view."""
    account = pick(rng, accounts)
    accept = grammar.clean(grammar.accept(rng))
    if chance(rng, 25) and b"indent" not in accept and b";" not in accept:
        accept = mutated_header(rng, accept)
    headers = [(b"Accept", accept), *noise(rng)]
    query = rng.choice(
        (
            b"",
            b"",
            b"",
            b"?format=json",
            b"?format=api",
            b"?format=",
            b"?format=xml",
            b"?format=json&format=",
            b"?a=b",
            b"?" + target_noise(rng),
        )
    )
    way = rng.randrange(5)
    if way == 0:
        return [login(account, rng.choice(LOGIN_VIEWS) + query, "json", *headers)]
    if way == 1:
        return [Request(b"OPTIONS", rng.choice(VIEWS) + query, headers)]
    if way == 2:
        body, content_type = a_body(rng, account)
        return [post(rng.choice(LOGIN_VIEWS) + query, body, content_type, *headers, account=account.key)]
    return [
        Request(
            rng.choice((b"GET", b"HEAD", b"GET", b"PUT")),
            rng.choice(VIEWS) + query,
            [*headers, *([bearer(account)] if chance(rng, 80) else [])],
        )
    ]


def token_views(rng, accounts):
    """The Authorization header on any view."""
    account = rng.choice([one for one in accounts if one.token] if chance(rng, 60) else accounts)
    value = grammar.authorization(rng, account)
    if chance(rng, 20):
        value = mutated_header(rng, value) if b"{token" not in value else value
    if account.stays and chance(rng, 40):
        value = grammar.clean(b"Token " + grammar.alike(rng, account.token).encode())
    headers = [(b"Authorization", value), *noise(rng)]
    if chance(rng, 6):
        headers.append((b"Authorization", rng.choice((value, b"", b"Token x", b"Basic y"))))
    way = rng.randrange(6)
    if way == 0:
        return [login(account, rng.choice(LOGIN_VIEWS), "json", *headers)]
    if way == 1 and not account.stays:
        return [Request(b"POST", LOGOUT, headers)]
    return [Request(rng.choice((b"GET", b"GET", b"HEAD", b"OPTIONS", b"POST")), PROFILE, headers)]


def target_noise(rng):
    """Bytes for a target that both servers take as HTTP."""
    pieces = (
        b"a",
        b"1",
        b"/",
        b"//",
        b"..",
        b"%2F",
        b"%20",
        b"%00",
        b"%ff",
        b"%C3%A9",
        b"%",
        b"%zz",
        b"+",
        b";",
        b"&",
        b"=",
        b"?",
        b":",
        b"@",
        b"'",
        b"login",
        b"format=xml",
        b"format=json",
        b"%0A",
        b"%3F",
        b"%E2%80%A8",
        b"\\",
        b"{",
        b"~",
        b"|",
    )
    return b"".join(rng.choice(pieces) for _ in range(rng.randrange(6)))


def paths(rng, accounts):
    """Targets near and far from the views."""
    base = rng.choice(
        (
            *VIEWS,
            b"/login",
            b"/logout",
            b"/profile",
            b"/api-token-auth",
            b"/",
            b"/nowhere",
            b"/api/token/login/",
            b"/admin",
        )
    )
    way = rng.randrange(6)
    if way == 0:
        target = base + target_noise(rng)
    elif way == 1:
        target = base.rstrip(b"/") + b"?" + target_noise(rng)
    elif way == 2:
        at = rng.randrange(1, len(base) + 1)
        target = base[:at] + target_noise(rng) + base[at:]
    elif way == 3:
        target = b"".join(b"%%%02X" % byte if byte != 47 and chance(rng, 20) else bytes([byte]) for byte in base)
    elif way == 4:
        target = b"/" + target_noise(rng)
    else:
        target = rng.choice(
            (
                base.upper(),
                base + b"/",
                b"/" + base,
                base.replace(b"-", b"_"),
                base[:-1],
                base + b"%20",
                base + b"%0a",
                base.replace(b"/", b"%2F"),
                b"http://testserver" + base,
                base + b"?" + b"x" * rng.randrange(3000),
            )
        )
    if not target.startswith((b"/", b"http://")):
        target = b"/" + target
    account = pick(rng, accounts)
    method = rng.choice((b"GET", b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"FOO"))
    if chance(rng, 30):
        return [login(account, target, rng.choice(("json", "form")), *noise(rng))]
    return [Request(method, target, [*([bearer(account)] if chance(rng, 40) else []), *noise(rng)])]


def methods(rng, accounts):
    """Any method on any view."""
    account = pick(rng, accounts)
    method = rng.choice(
        (
            b"GET",
            b"HEAD",
            b"PUT",
            b"PATCH",
            b"DELETE",
            b"TRACE",
            b"OPTIONS",
            b"FOO",
            b"PROPFIND",
            b"get",
            b"Post",
            b"head",
            b"A",
            b"A1-_.!~*'|`^$#%&+"[:14],
        )
    )
    view = rng.choice(VIEWS)
    if view == LOGOUT and method.upper() == b"POST" and account.stays:
        view = PROFILE
    headers = [*([bearer(account)] if chance(rng, 50) else []), *noise(rng)]
    if chance(rng, 30):
        body, content_type = a_body(rng, account)
        return [Request(method, view, [(b"Content-Type", content_type), *headers], body, account=account.key)]
    return [Request(method, view, headers)]


def hosts(rng, accounts):
    """The Host header."""
    base = rng.choice(
        (
            b"testserver",
            b"www.example.com",
            b"example.com",
            b"127.0.0.1",
            b"[::1]",
            b"localhost",
            b"evil.test",
            b"*.star",
        )
    )
    host = (
        mutated_header(rng, base)
        if chance(rng, 60)
        else base + rng.choice((b"", b":80", b".", b":", b":x", b"/", b" "))
    )
    return [
        Request(
            rng.choice((b"GET", b"OPTIONS")),
            rng.choice((OBTAIN, PROFILE, b"/login", b"/nowhere/")),
            noise(rng),
            host=grammar.clean(host),
        )
    ]


def life(rng, accounts):
    """Login, use, logout, use, login."""
    account = rng.choice([one for one in accounts if not one.stays and not one.malformed])
    use, out = Request(b"GET", PROFILE, [bearer(account)]), Request(b"POST", LOGOUT, [bearer(account)])
    form = rng.choice(("json", "form", "multipart"))
    steps = [
        login(account, rng.choice(LOGIN_VIEWS), form),
        use,
        out,
        use,
        login(account, rng.choice(LOGIN_VIEWS), form),
        use,
    ]
    return steps[rng.randrange(3) :]


TABLE = (
    (grammar_login, 26), (plain_login, 10), (mutated_login, 22), (content_types, 8), (negotiation, 10),
    (token_views, 9), (paths, 7), (methods, 4), (hosts, 2), (life, 4), (cookies, 4), (charsets, 6), (old_http, 1),
)  # fmt: skip
KINDS = [("generated " + make.__name__.replace("_", " "), make) for make, _ in TABLE]
WEIGHTS = [weight for _, weight in TABLE]
