"""Methods, paths and hosts."""

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

METHODS = (
    b"GET",
    b"HEAD",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"TRACE",
    b"OPTIONS",
    b"POST",
    b"FOO",
    b"PROPFIND",
    b"LINK",
    b"get",
    b"post",
    b"Options",
    b"HTTP_METHOD_NOT_ALLOWED",
    b"DISPATCH",
    b"INITIAL",
    b"SETUP",
    b"AS_VIEW",
    b"M-SEARCH",
    b"X",
    b"FOO'BAR",
    b"PURGE!",
)


def methods(of):
    """1.6: methods on every view and on paths that no view has."""
    fixed = of["fixed"]
    for method in METHODS:
        for path in (OBTAIN, LOGIN, LOGIN2, PROFILE, LOGOUT, b"/nowhere/", b"/login", b"/"):
            if method.upper() == b"POST" and path == LOGOUT:
                continue
            yield "1.6 method", [
                Request(method, path), Request(method, path, [bearer(fixed)]), Request(method, path, [(b"Authorization", b"Token bad")]),
                Request(method, path, [(b"Content-Type", JSON)], b"{}"), Request(method, path, [(b"Content-Type", b"text/plain")], b"x"),
                Request(method, path, [(b"Accept", b"a/b")]),
            ]  # fmt: skip


PATHS = (
    b"/", b"//", b"/api-token-auth", b"/api-token-auth//", b"//api-token-auth/", b"/api-token-auth/x", b"/api-token-auth/x/",
    b"/API-TOKEN-AUTH/", b"/api-token-auth/.", b"/api-token-auth/..", b"/./api-token-auth/", b"/x/../api-token-auth/",
    b"/api%2Dtoken%2Dauth/", b"/api-token-auth%2F", b"/api-token-auth%2f", b"/%61pi-token-auth/", b"/api-token-auth/%00",
    b"/api-token-auth%00/",
    b"/api-token-auth/%20", b"/api-token-auth/%0A", b"/api-token-auth%0A", b"/api-token-auth/;x=y", b"/api-token-auth;/",
    b"/api-token-auth/%3Fformat=xml", b"/login", b"/login/", b"/login%2F", b"/login?x=1", b"/login?", b"/login??",
    b"/login?next=/a%20b&c=\xc3"[:-1] + b"%C3%A9", b"/login?%ff", b"/login?a=b+c", b"/login?a=%2B", b"/login?{}|", b"/login?a[]=1",
    b"/login?a='b'", b"/login?a=;b",
    b"/login?next=http://x/", b"/api/token/login", b"/api/token/login/", b"/api/token/login?", b"/api/token", b"/api/token/", b"/logout",
    b"/profile", b"/profile?x", b"/profile%20", b"/profile/%E9", b"/%FF", b"/%C3%A9", b"/%C3%A9/", b"/caf%E9/", b"/%E2%80%A8", b"/%",
    b"/%2", b"/%zz", b"/login%", b"/a%20b", b"/a+b", b"/nowhere", b"/nowhere/", b"/nowhere?x", b"/favicon.ico", b"/static/x",
    b"/admin", b"/a/b/c", b"/a//b", b"//login", b"//login/", b"///login", b"/%2Flogin", b"/%2Flogin/", b"//evil.example/login", b"/\\login",
    b"/login\\", b"/log%69n", b"/LOGIN", b"/login/?", b"/login/#x", b"/login#", b"/verify", b"/verifyx/", b"/<", b"/nowhere%3Cscript%3E/",
    b"/'\"", b"/" + b"x" * 3000, b"/" + b"x/" * 1000, b"/login/" + b"x" * 2000, b"/login?" + b"x" * 3000, b"/.", b"/..", b"/../login/",
    b"/%2e%2e/login/",
    b"/login/%2e", b"/%5Clogin", b"/login%09", b"/\x7e", b"/login%C2%A0", b"/login%E2%80%8B/", b"/api-token-auth?format=json",
    b"/api-token-auth?username=a&password=b", b"/profile?token=x", b"http://testserver/profile/", b"http://other.example.com/login",
    b"http://evil.test/profile", b"HTTP://testserver/login/", b"http://testserver", b"http://testserver?x", b"https://testserver/profile/",
    b"/login;x", b"/login,", b"/login/,", b"/:", b"/login:", b"/@", b"/login?@:!$&'()*+,;=-._~%", b"/@:!$&'()*+,;=-._~",
    b"/login%0D%0ASet-Cookie:x", b"/login?x=%0D%0A",
)  # fmt: skip


def paths(of):
    """APPEND_SLASH, decoded paths, 404."""
    fixed = of["fixed"]
    for path in PATHS:
        if b"<" in path:
            continue  # hyper refuses the byte in a target
        yield (
            "paths",
            [
                Request(b"GET", path),
                Request(b"GET", path, [bearer(fixed)]),
                Request(b"HEAD", path),
                Request(b"OPTIONS", path),
                post(path, json_text(of["plain"].username, of["plain"].password), account=of["plain"].key),
                Request(b"PUT", path, [], b"x"),
            ],
        )
    for path in (
        b"/<",
        b"/login?<b>",
        b'/login?"',
        b"/`",
        b"/login?`",
        b"/profile^",
        b"/login?^",
        b"/{x}",
        b"/login?{x}|",
        b"/\\",
    ):
        yield "paths: what no URI may hold", [Request(b"GET", path), Request(b"POST", path, [], b"x")]
    yield "paths: the asterisk", [Request(b"OPTIONS", b"*")]


def hosts(of):
    """Host and ALLOWED_HOSTS, with redirects and answers of views."""
    for host in (
        b"testserver", b"TESTSERVER", b"testserver:80", b"testserver:8000", b"testserver:", b"testserver:x", b"testserver.",
        b"testserver.:80", b"example.com", b"www.example.com", b"a.b.example.com", b".example.com", b"xexample.com", b"example.com.",
        b"127.0.0.1", b"127.0.0.1:1", b"[::1]", b"[::1]:80", b"[::2]", b"::1", b"localhost", b"LocalHost:99999", b"",
        b"evil.test", b"testserver,evil", b"testserver evil"[:10] + b"_x", b"testserver/", b"testserver?x", b"testserver#x",
        b"user@testserver", b"test_server", b"\xe9", b"xn--e1afmkfd", b"*.star", b"a.star", b"*", b"testserver:80:80", b"-", b".", b"..",
        b"0", b"[", b"[]", b"testserver\t", b"example.com:443", b"testserver:080", b"%74estserver",
    ):  # fmt: skip
        yield (
            "hosts",
            [
                Request(b"GET", PROFILE, host=host),
                login(of["plain"], host=host),
                Request(b"GET", b"/login?x", host=host),
                Request(b"GET", b"/nowhere/", host=host),
                Request(b"OPTIONS", OBTAIN, host=host),
                Request(b"GET", PROFILE, [(b"X-Forwarded-Host", b"testserver")], host=host),
            ],
        )
