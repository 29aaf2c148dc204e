"""Compares two answers to one request, byte for byte but for what no client can rely on."""

import re
from urllib.parse import unquote

# What belongs to the WSGI server or the connection, not to Django.
IGNORED = {b"date", b"server", b"connection", b"keep-alive", b"transfer-encoding", b"x-compare-exception"}
TOKEN = re.compile(rb'("token":\s*)"([0-9a-f]{40})"')
KEY = re.compile(rb"[0-9a-f]{40}")
# A new secret in answer to a CSRF cookie that can't be one.
CSRF_COOKIE = re.compile(
    rb"csrftoken=[A-Za-z0-9]{32}; expires=[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT; (.*)"
)


class Tokens:
    """Which key of Django's belongs to which of the other server's; both issue their own."""

    def __init__(self, accounts):
        self.first = {account.token for account in accounts if account.token}
        self.pairs, self.backs = {}, {}

    def same(self, ours, theirs):
        """Whether two keys are one user's token of one life. Keys first seen become a pair."""
        if ours in self.first or theirs in self.first:
            return ours == theirs
        if not KEY.fullmatch(ours.encode()) or not KEY.fullmatch(theirs.encode()) or ours == theirs:
            return False
        if ours not in self.pairs and theirs not in self.backs:
            self.pairs[ours], self.backs[theirs] = theirs, ours
        return self.pairs.get(ours) == theirs and self.backs.get(theirs) == ours


class Cause:
    """Why Django raised: the type, the frames from the outside in, and the message."""

    def __init__(self, answer):
        value = answer.get(b"x-compare-exception")
        self.known = value is not None
        kind, frames, message = ("", "", "") if value is None else unquote(value.decode()).split("|", 2)
        self.kind, self.frames, self.message = kind, frames.split(">"), message

    def within(self, *names):
        """Whether each named frame is among them, in this order."""
        frames = iter(self.frames)
        return self.known and all(any(frame.endswith(name) for frame in frames) for name in names)

    def __str__(self):
        return f"{self.kind}: {self.message} [{' > '.join(self.frames[-6:])}]" if self.known else ""


def comparable_headers(answer, head=False):
    """The headers to compare: without framing, in one order, duplicates kept."""
    # Chunked, or ended by hanging up: the body's length is what a Content-Length would say.
    unsaid = answer.get(b"content-length") is None and not head and answer.status not in (204, 304)
    kept = [_without_secret(*pair) for pair in answer.headers if pair[0] not in IGNORED]
    if unsaid:
        kept.append((b"content-length", b"%d" % len(answer.body)))
    return sorted(kept)


def _without_secret(name, value):
    match = CSRF_COOKIE.fullmatch(value) if name == b"set-cookie" else None
    return (name, b"csrftoken=SECRET; expires=THEN; " + match[1]) if match else (name, value)


def without_no_store(answer, head=False):
    """The headers without the one `Cache-Control: no-store` that drf-auth adds, and whether it was there."""
    extra = (b"cache-control", b"no-store")
    headers = comparable_headers(answer, head)
    if extra in headers:
        headers.remove(extra)
        return headers, True
    return headers, False


def differences(request, django, other, tokens, uses):
    """Texts of what differs; empty where the answers agree. Counts the use of the Cache-Control row in `uses`."""
    found = []
    if django.problem or other.problem:
        if django.problem and other.problem:
            return [f"neither server answers: {django.problem} / {other.problem}"]
        return [f"no answer: {'Django' if django.problem else 'the other'}: {django.problem or other.problem}"]
    if (django.status, django.reason) != (other.status, other.reason):
        found.append(f"status: {django.status} {django.reason.decode()} / {other.status} {other.reason.decode()}")
    head = request.method == b"HEAD"
    expected = comparable_headers(django, head)
    headers, extra = without_no_store(other, head)
    if head and not any(name == b"content-length" for name, _ in expected):
        # Django names no length: a server may, for there is no body whose framing it could be.
        headers = [pair for pair in headers if pair[0] != b"content-length"]
    if extra:
        uses["no-store"] += 1
    else:
        found.append("header: the other sends no Cache-Control: no-store")
    left = normal(django.body, other.body, tokens)
    if left is None:
        found.append("token: the keys do not belong together")
    elif left[0] != left[1]:
        found.append("body")
    for name, value in _only(expected, headers):
        found.append(f"header only from Django: {name.decode('latin-1')}: {value.decode('latin-1')[:200]}")
    for name, value in _only(headers, expected):
        found.append(f"header only from the other: {name.decode('latin-1')}: {value.decode('latin-1')[:200]}")
    return found


def normal(django, other, tokens):
    """Both bodies with the tokens that belong together made equal; None where they do not belong together."""
    one, two = TOKEN.search(django), TOKEN.search(other)
    if one and two and one[2] != two[2]:
        if not tokens.same(one[2].decode(), two[2].decode()):
            return None
        return TOKEN.sub(rb'\1"T"', django), TOKEN.sub(rb'\1"T"', other)
    if one and one[2].decode() not in tokens.first:
        return None
    return django, other


def _only(these, those):
    left = list(those)
    missing = []
    for pair in these:
        if pair in left:
            left.remove(pair)
        else:
            missing.append(pair)
    return missing
