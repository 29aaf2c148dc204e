"""Charsets, for each of the three formats."""

import json

from ..forms import (
    FORM,
    JSON,
    LOGIN,
    OBTAIN,
    both,
    form_text,
    json_text,
    multipart,
    multipart_type,
    part,
    post,
)

ENCODED_AS = (
    "utf-8", "utf8", "UTF8", "utf_8", "U8", "utf-8-sig", "utf_8_sig", "cp65001", "ascii", "us-ascii", "646", "latin-1", "latin1",
    "iso-8859-1", "ISO8859-1", "l1", "L1", "8859", "cp819", "iso-8859-15",
    "cp1252", "windows-1252", "cp1250", "cp1251", "koi8-r", "koi8_u", "mac-roman", "macintosh", "cp437", "cp850", "cp037", "iso8859_2",
    "iso-8859-7", "iso-8859-8", "utf-16", "utf16", "U16", "utf-16le", "UTF-16BE", "utf-32",
    "utf-32-le", "utf_32_be", "u32", "utf-7", "utf7", "unicode-1-1-utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna",
    "shift_jis", "sjis", "euc_jp", "euc-kr", "gbk", "gb2312", "gb18030", "big5", "hz", "iso2022_jp", "cp932",
)  # fmt: skip


NO_TEXT = (
    "base64", "base64_codec", "bz2", "bz2_codec", "hex", "hex_codec", "quopri", "quoted-printable", "rot13", "rot_13", "uu", "uu_codec",
    "zip", "zlib", "zlib_codec", "undefined", "mbcs", "oem", "bogus", "x" * 100, "utf", "utf-9",
    "UTF_-8", "utf--8", "utf 8", " utf-8 ", "utf.8", "utf-8;", "ut\u00e9f", "none", "0", "-", "_", "encodings", "aliases", "os", "..",
    "/etc/passwd", "utf-8\t", "unknown-8bit", "unicode", "string_escape", "string-escape", "latin_1_", "us_ascii__", "__init__",
)  # fmt: skip


def charsets(of):
    """1.3: charsets, for each of the three formats."""
    accent = of.get("accent", of["plain"])
    for name in ENCODED_AS:
        for text in (
            json_text(of["plain"].username, of["plain"].password).decode(),
            json.dumps({"username": accent.username, "password": "caf\u00e9"}, ensure_ascii=False),
        ):
            try:
                body = text.encode(name)
            except (UnicodeError, LookupError):
                body = text.encode("utf-8")
            yield from both("1.3 charset", body, b"application/json; charset=" + name.encode(), account=of["plain"].key)
            yield (
                "1.3 charset of a truncated body",
                [post(OBTAIN, body[:-1], b"application/json; charset=" + name.encode())],
            )
            yield (
                "1.3 charset and other bytes",
                [
                    post(
                        OBTAIN,
                        b'{"username":"\x80\xff\xa4\xe9","password":"x"}',
                        b"application/json; charset=" + name.encode(),
                    )
                ],
            )
        yield (
            "1.4 charset of a form",
            [post(OBTAIN, form_text(accent.username, "x"), FORM + b"; charset=" + name.encode())],
        )
        yield (
            "1.4 charset of a form",
            [post(OBTAIN, b"username=%E9%80%FF&password=\xe9&\x80=1", FORM + b"; charset=" + name.encode())],
        )
        body = multipart([part(b"username", accent.username.encode()), part(b"password", b"\xe9\xff")])
        yield "1.4 charset of a multipart", [post(OBTAIN, body, multipart_type() + b"; charset=" + name.encode())]
    for name in NO_TEXT:
        for content_type, body in (
            (JSON, b'{"username":"x","password":"\xc3\xa9"}'),
            (FORM, b"username=x&password=%C3%A9"),
            (multipart_type(), multipart([part(b"username", b"x")])),
        ):
            yield (
                "1.3 no charset",
                [post(path, body, content_type + b"; charset=" + name.encode()) for path in (OBTAIN, LOGIN)],
            )
    for parameters in (
        b"; charset", b"; charset=", b';charset="utf-16"', b"; charset='utf-8'", b"; CHARSET=UTF-16", b"; charset=utf-16; charset=utf-8",
        b"; charset*=utf-8''utf-16", b"; charset=\xe9", b";;;charset=utf-16", b"; charset = utf-16", b"; charset=\"ut\\f-16\"",
        b"; charset=utf-16 ; x=y", b"; x=\"a;charset=utf-16\"", b"; charset*0=utf; charset*1=-16", b";charset=utf-8\x0b"[:-1],
        b"; charset=\"utf-8", b"; charset=%75tf-8",
    ):  # fmt: skip
        yield from both("1.3 charset parameter", json_text("a\u00e9", "x"), JSON + parameters)
