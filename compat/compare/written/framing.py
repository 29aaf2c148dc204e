"""Sizes, chunks, and bodies where nobody asks for one."""

from ..forms import (
    FORM,
    JSON,
    LOGIN,
    LOGOUT,
    OBTAIN,
    PROFILE,
    bearer,
    both,
    form_text,
    json_text,
    login,
    multipart,
    multipart_type,
    part,
    post,
)
from ..http1 import Request

LIMIT = 2621440


def sizes(of):
    """2.12: around DATA_UPLOAD_MAX_MEMORY_SIZE; few, for they are big."""
    for size in (LIMIT - 1, LIMIT, LIMIT + 1):
        yield from both("2.12 size of JSON", b'{"username":"' + b"x" * (size - 15) + b'"}')
        yield from both("2.12 size of a form", b"username=" + b"x" * (size - 9), FORM)
        yield from both(
            "2.12 size of a file", multipart([part(b"password", b"x" * size, b'; filename="f"')]), multipart_type()
        )
        yield from both("2.12 size of a field", multipart([part(b"password", b"x" * (size - 8))]), multipart_type())
        yield (
            "2.12 size of what nobody reads",
            [
                post(PROFILE, b"x" * size, JSON),
                post(LOGOUT, b"x" * size, FORM),
                Request(b"PUT", OBTAIN, [], b"x" * size),
                post(OBTAIN, b"x" * size, b"text/plain"),
                post(b"/nowhere/", b"x" * size),
            ],
        )
    yield from both(
        "2.12 size of a field",
        multipart([part(b"username", b"x" * (LIMIT // 2)), part(b"password", b"y" * (LIMIT // 2))]),
        multipart_type(),
    )
    yield (
        "2.12 four times the size",
        [post(OBTAIN, multipart([part(b"password", b"x" * (4 * LIMIT + 1), b'; filename="f"')]), multipart_type())],
    )
    yield from both("2.12 spaces around", b" " * (LIMIT - 2) + b"{}")
    yield from both("2.12 long password", json_text(of["plain"].username, "p" * 1000000), account=of["plain"].key)
    yield from both("2.12 long name", form_text("n" * 1000000, "x"), FORM)


def chunked(of):
    """A chunked body is read; the same as with its length."""
    plain = of["plain"]
    for sizes_of_chunks in ([1], [3, 5, 7], [65536], [1, 4096]):
        for form in ("json", "form", "multipart"):
            yield (
                "chunked",
                [
                    login(plain, OBTAIN, form, chunks=sizes_of_chunks),
                    login(plain, LOGIN, form, chunks=sizes_of_chunks),
                    login(plain, OBTAIN, form, password="wrong", chunks=sizes_of_chunks),
                ],
            )
    yield (
        "chunked: size",
        [
            post(OBTAIN, b" " * (LIMIT + 1), JSON, chunks=[60000]),
            post(OBTAIN, b'{"username":"' + b"x" * (LIMIT - 15) + b'"}', JSON, chunks=[50000]),
            post(OBTAIN, b"x" * (LIMIT + 1), b"text/plain", chunks=[60000]),
            post(PROFILE, b"x" * 100000, JSON, bearer(of["fixed"]), chunks=[10000]),
        ],
    )
    yield (
        "chunked: broken bodies",
        [
            post(path, body, JSON, chunks=[2])
            for path in (OBTAIN, LOGIN)
            for body in (b"{", b"[]", b"null", b"\xff", b" ", b'{"username":1}')
        ],
    )


def bodies_elsewhere(of):
    """A body where nobody asks for one."""
    fixed = of["fixed"]
    for body, content_type in (
        (b"{", JSON),
        (b"x", b"text/plain"),
        (b"username=a", FORM),
        (b"", JSON),
        (b"--x", b"multipart/form-data"),
    ):
        for method in (b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"PATCH"):
            yield (
                "1.6 body of another method",
                [
                    Request(method, path, [(b"Content-Type", content_type), bearer(fixed)], body)
                    for path in (OBTAIN, LOGIN, PROFILE, LOGOUT)
                ],
            )
