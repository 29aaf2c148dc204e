"""Logins with every kind of account, and names and keys in spellings that some collations take for the same."""

from ..forms import (
    JSON,
    LOGIN,
    LOGIN2,
    LOGOUT,
    OBTAIN,
    PROFILE,
    bearer,
    json_text,
    login,
    post,
)
from ..http1 import Request


def logins(of):
    """1.1, 2.3, 2.4: every kind of account, in every format, each twice."""
    for kind, account in of.items():
        if kind == "inf":
            continue
        form = ("json", "form", "multipart")[len(kind) % 3]
        for path in (OBTAIN, LOGIN):
            yield (
                "1.1 login",
                [login(account, path, form), login(account, path, form), login(account, path, form, password="wrong")],
            )
        if len(account.username) < 140 and account.username.isascii() and not account.malformed:
            yield "1.1 login by the path without a slash", [login(account, LOGIN2, form)]
        upper = account.username.swapcase()
        yield "2.9 names of another case", [post(OBTAIN, json_text(upper, account.password), account=account.key)]
    for kind in ("plain", "accent", "chinese", "emoji", "greek", "outer-spaces", "spaces-password", "plus", "long"):
        if kind not in of:
            continue  # some collations can't hold it
        for form in ("json", "form", "multipart"):
            yield "1.2 every format", [login(of[kind], OBTAIN, form), login(of[kind], LOGIN, form)]
    for name in ("nobody", "", " ", "root", "\u00e9", "x" * 151, "x" * 5000, "'; --", "%", "_", "a\\", "NULL", "0"):
        yield "1.2 unknown name", [post(path, json_text(name, "x"), JSON) for path in (OBTAIN, LOGIN)]


def collation(of):
    """2.9 and 2.5 of security: spellings that some collations take for the same name or key."""
    plain, fixed = of["plain"], of["fixed"]
    for name in (
        plain.username.upper(), plain.username.title(), plain.username.replace("a", "\u00e1"), plain.username.replace("a", "\uff41"),
        plain.username.replace("i", "\u0131"), plain.username.replace("l", "l\u200b"), plain.username.replace("l", "l\u00ad"),
        plain.username.replace("l", "l\u0001"), plain.username + "\u200b", plain.username + " ", " " + plain.username,
        plain.username + "\u00a0",
        plain.username + "\u0085", "\u001c" + plain.username + "\u001f", plain.username + "\u3000", plain.username + "\x00",
        plain.username.replace("c", "\u00e7"), "A\u030alice", plain.username + "\ufeff", "\u2028" + plain.username + "\u2029",
        "\u180e" + plain.username,
        "\x0b\x0c\t\n\r" + plain.username, plain.username.replace("a", "\u0430"), plain.username.replace("ss", "\u00df"),
    ):  # fmt: skip
        yield (
            "2.9 spelling of a name",
            [post(path, json_text(name, plain.password), account=plain.key) for path in (OBTAIN, LOGIN)],
        )
    key = fixed.token
    for spelt in (
        key.upper(), key.title(), key.replace("a", "\u00e1"), key.replace("a", "\uff41"), key.replace("0", "\u0660"),
        key.replace("1", "\u00b9"),
        key + "\u3000", key + "\u200b", key[:20] + "\u00ad" + key[20:], key + "x", key[:-1], key * 2, key + "\u00a0", "\u00a0" + key,
        key.replace("e", "\u00e8"),
    ):  # fmt: skip
        yield "2.9 spelling of a key", [Request(b"GET", PROFILE, [(b"Authorization", b"Token " + spelt.encode())])]


def life(of):
    """1.1, 1.10: login, use, logout, use again, login again."""
    for kind in ("plain", "second", "accent", "staff", "super", "bearer", "high-token", "low5", "script", "number"):
        account = of.get(kind)
        if account is None or account.stays:
            continue
        use = Request(b"GET", PROFILE, [bearer(account)])
        out = Request(b"POST", LOGOUT, [bearer(account)])
        yield (
            "1.10 life of a token",
            [
                login(account),
                use,
                out,
                use,
                out,
                login(account, LOGIN, "form"),
                use,
                login(account, OBTAIN, "multipart"),
                use,
                login(account, LOGIN2),
            ],
        )
    second = of["third"]
    out = [bearer(second)]
    yield "1.10 logout's body and headers", [
        login(second), Request(b"POST", LOGOUT, out, b"garbage"), login(second), post(LOGOUT, b"{", JSON, *out), login(second),
        Request(b"POST", LOGOUT, [*out, (b"Accept", b"application/json; indent=4")]), login(second),
        Request(b"POST", LOGOUT, [*out, (b"Accept", b"application/xml")]),
        Request(b"POST", LOGOUT + b"?format=json", out), login(second), Request(b"POST", LOGOUT, [*out, (b"Accept", b"text/html")]),
        login(second), Request(b"POST", LOGOUT + b"?format=xml", out), Request(b"GET", PROFILE, out), Request(b"DELETE", LOGOUT, out),
        Request(b"post", LOGOUT, out), login(second),
    ]  # fmt: skip
