"""The written list: every class of input of the reference's sections, each case named after its section.

Each function takes the accounts of a lane by kind and yields (name, requests).
"""

import codecs
import json

from .forms import (
    BOUNDARY, FORM, JSON, LOGIN, LOGIN2, LOGIN_VIEWS, LOGOUT, OBTAIN, PROFILE,
    bearer, form_text, json_text, login, multipart, multipart_type, part, post,
)  # fmt: skip
from .http1 import Request

LIMIT = 2621440


def both(name, body, content_type=JSON, *headers, **more):
    """The same body for both login views."""
    yield f"{name}: obtain", [post(OBTAIN, body, content_type, *headers, **more)]
    yield f"{name}: login", [post(LOGIN, body, content_type, *headers, **more)]


def logins(of):
    """1.1, 2.3, 2.4: every kind of account, in every format, each twice."""
    for kind, account in of.items():
        if kind == "inf":
            continue
        form = ("json", "form", "multipart")[len(kind) % 3]
        for path in (OBTAIN, LOGIN):
            yield "1.1 login", [login(account, path, form), login(account, path, form), login(account, path, form, password="wrong")]
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
        plain.username.replace("l", "l\u0001"), plain.username + "\u200b", plain.username + " ", " " + plain.username, plain.username + "\u00a0",
        plain.username + "\u0085", "\u001c" + plain.username + "\u001f", plain.username + "\u3000", plain.username + "\x00",
        plain.username.replace("c", "\u00e7"), "A\u030alice", plain.username + "\ufeff", "\u2028" + plain.username + "\u2029", "\u180e" + plain.username,
        "\x0b\x0c\t\n\r" + plain.username, plain.username.replace("a", "\u0430"), plain.username.replace("ss", "\u00df"),
    ):  # fmt: skip
        yield "2.9 spelling of a name", [post(path, json_text(name, plain.password), account=plain.key) for path in (OBTAIN, LOGIN)]
    key = fixed.token
    for spelt in (
        key.upper(), key.title(), key.replace("a", "\u00e1"), key.replace("a", "\uff41"), key.replace("0", "\u0660"), key.replace("1", "\u00b9"),
        key + "\u3000", key + "\u200b", key[:20] + "\u00ad" + key[20:], key + "x", key[:-1], key * 2, key + "\u00a0", "\u00a0" + key, key.replace("e", "\u00e8"),
    ):  # fmt: skip
        yield "2.9 spelling of a key", [Request(b"GET", PROFILE, [(b"Authorization", b"Token " + spelt.encode())])]


JSON_VALUES = (
    "null", "true", "false", "0", "-0", "1", "-1", "123", "1.0", "1.50", "1e3", "1E3", "1e+16", "1e16", "1e15", "123456789012345678", "1e22", "1e23",
    "0.1", "0.0001", "0.00001", "1e-5", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1e308", "1e309", "1e400", "-1e400", "-0.0", "-0e5",
    "9007199254740993", "9007199254740993.0", "0.30000000000000004", "100000000000000000000", "1" * 40, "1" * 4300, "1" * 4301, "-" + "1" * 4301, "9" * 5000,
    "1." + "3" * 50, "1e-400", "[]", "{}", '["x"]', '{"a":1}', '""', '" "', '"\\t\\n"', '"\\u001c"', '"\\u00a0\\u3000"', '"\\u200b"', '"\\u0000"', '"a\\u0000b"',
    '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\ud83d"', '"\\ud83d\\u0041"', '"\\uD800\\u0000"', '"\\u0000\\udfff"', '"x\\/y"',
    '"\\b\\f\\n\\r\\t\\"\\\\"', '"\\u00e9"', '"\u00e9"', '"\\u2028"', '"\u2028"', '"\U0001f600"', "NaN", "Infinity", "-Infinity", "-NaN", "nan", "inf", "+1", "01", "-01",
    ".5", "1.", "1.e5", "1e", "1e+", "0x10", "1_000", "--1", "-", "tru", "truex", "nul", "True", "None", "undefined", "'x'", '"\\x"', '"\\u12"', '"\\u12g4"', '"\\u+123"',
    '"\\U0041"', '"\\"', '"', '"\x01"', '"\x1f"', '"\x7f"', '"\t"', '"a\nb"', "\u0661", "1\u0661", "", " ", "[1,]", "[,1]", "[1 2]", '{"a"}', '{"a":}', "{,}", '{"a":1,}', "/*x*/1",
)  # fmt: skip

JSON_TEXTS = (
    "", " ", "\n", "\t \r\n", "{", "}", "[", "]", "{}", "[]", "null", "true", "false", "0", "1", "-1", "1.5", '"x"', '""', "[1,2]", "[[]]", "[null]", "NaN", "-Infinity", "Infinity", "1e999",
    '{"username":', '{"username"', '{"username', "{} x", "{}{}", "[] []", "{}\n\n", " \n{} ", "\x0b{}", "\u00a0{}", "\ufeff{}", "\x00{}", "{}\x00", "\x00", "{'a':1}", "{a:1}",
    '{"a":1,}', "[1,]", "[1,\n]", '{"a":1,\n\n  }', '{"a" 1}', '{"a":1 "b":2}', '{"a":01}', '{"a":1.}', "[1 2]", '{"a":"x', '{"a":"x\n', '{"a":"x\ny"}', '{"a"\n:\n1\n,\n}',
    '{"a":1,,"b":2}', '{,"a":1}', '{"a"::1}', '{1:2}', "{null:1}", '{"a":1;"b":2}', '{"a"=1}', "// x\n{}", "/* */{}", "#\n{}", "{}//", '{"\u00e9\u20ac\U0001f600": x}', '["\u00e9\U0001f600" x]',
    '{"\\ud83d\\ude00": x}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\ud800\\u12"}', '{"a":"\\u123', '{"a":"\\', '{"a":"\\u', "[1e5, -1.5E-3, 0.0, x]", "[-]", "[-x]", "[1.x]", "[1ex]", "[Nan]", "[Infinit]", "[-Infinit]",
    "[-infinity]", "[nULL]", "[tru]", "[\u2028]", "[\x7f]", '{"username":{"username":"a"}}', "\r{x", "\r\n\r\n{x", "\n\n\n  {x", '{"a":"\u2028\n', "{\"a\":\u2028}",
)  # fmt: skip


def json_values(of):
    """1.2, 1.3, 2.12: each kind of JSON value as name and as password."""
    for text in JSON_VALUES:
        yield from both("1.3 value as name", f'{{"username":{text},"password":"x"}}'.encode())
        yield from both("1.3 value as password", f'{{"username":"{of["plain"].username}","password":{text}}}'.encode(), account=of["plain"].key)
        yield from both("1.3 value ignored", f'{{"z":{text},"username":"{of["plain"].username}","password":"correct horse"}}'.encode(), account=of["plain"].key)
    yield from both("1.3 both wrong", b'{"username":null,"password":[]}')
    yield from both("1.3 both blank", b'{"username":"","password":""}')
    for kind in ("number", "float", "exponent"):
        name = of[kind]
        for username, password in ((name.username, name.password), (f'"{name.username}"', f'"{name.password}"'), (f" {name.username}0", name.password)):
            yield from both("1.2 number as name", f'{{"username":{username},"password":{password}}}'.encode(), account=name.key)
    yield from both("1.2 number as password", f'{{"username":"{of["number"].username}","password":98765.0}}'.encode(), account=of["number"].key)
    infinite = of.get("inf", of["plain"])  # one lane has it, and every lane this case
    yield from both("1.2 infinite name", b'{"username":1e999,"password":"nan"}', account=infinite.key)


def json_texts(of):
    """1.3, 2.12: whole bodies."""
    plain = of["plain"]
    good = json_text(plain.username, plain.password)
    for text in JSON_TEXTS:
        yield from both("1.3 text", text.encode())
    yield from both("1.3 duplicate keys", b'{"username":"x","username":' + json.dumps(plain.username).encode() + b',"password":"y","password":"correct horse"}', account=plain.key)
    yield from both("1.3 duplicate keys", b'{"password":"correct horse","username":"x","password":1,"username":null}')
    yield from both("1.3 escaped keys", b'{"us\\u0065rname":' + json.dumps(plain.username).encode() + b',"p\\u0061ssword":"correct\\u0020horse"}', account=plain.key)
    yield from both("1.3 other keys", b'{"Username":"a","PASSWORD":"b","token":"c","__proto__":{},"":1}')
    yield from both("1.3 BOM", codecs.BOM_UTF8 + good)
    yield from both("1.3 BOM twice", codecs.BOM_UTF8 * 2 + good)
    for raw in (b"\xff", b"\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3", b"\xe2\x28\xa1", b"\xf8\x88\x80\x80\x80", b"\xc3\x28", b"\xfe\xff"):
        yield from both("1.3 invalid UTF-8 in a name", b'{"username":"' + raw + b'","password":"x"}')
        yield from both("1.3 invalid UTF-8 at the end", good + raw)
        yield from both("1.3 invalid UTF-8 at the start", raw + good)
        yield from both("1.3 invalid UTF-8 later", b'{"username":"' + b"\xc3\xa9" * 100 + raw + b'","password":"x"}')
    for depth in (1, 10, 100, 500, 800, 890):
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            middle = opening * depth + b"1" + closing * depth
            yield from both("1.3 nested", b'{"z":' + middle + b',"username":1}')
            yield from both("1.3 nested, not closed", opening * depth)
            yield from both("1.3 nested value", b'{"username":' + middle + b',"password":"x"}')
    for depth in (1200, 5000, 100000):
        yield from both("1.3 nested too deep", b"[" * depth)
        yield from both("1.3 nested too deep", b'{"z":' + b"[" * depth + b"]" * depth + b"}")
        yield from both("1.3 nested too deep", b'{"a":' * depth)
    yield from both("1.3 many keys", b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(20000)) + b"}")
    yield from both("1.3 spaces", b" \t\r\n" * 300 + good + b" \t\r\n" * 300, account=plain.key)
    for name in ("/a", "\u00e9" * 150, "a" * 150, "\U0001f600" * 150, "\x01\x02", "\\", '"', "<script>", "\x7f\x80\x9f"):
        yield from both("1.2 odd name", json_text(name, "x"))


ENCODED_AS = (
    "utf-8", "utf8", "UTF8", "utf_8", "U8", "utf-8-sig", "utf_8_sig", "cp65001", "ascii", "us-ascii", "646", "latin-1", "latin1", "iso-8859-1", "ISO8859-1", "l1", "L1", "8859", "cp819", "iso-8859-15",
    "cp1252", "windows-1252", "cp1250", "cp1251", "koi8-r", "koi8_u", "mac-roman", "macintosh", "cp437", "cp850", "cp037", "iso8859_2", "iso-8859-7", "iso-8859-8", "utf-16", "utf16", "U16", "utf-16le", "UTF-16BE", "utf-32",
    "utf-32-le", "utf_32_be", "u32", "utf-7", "utf7", "unicode-1-1-utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "shift_jis", "sjis", "euc_jp", "euc-kr", "gbk", "gb2312", "gb18030", "big5", "hz", "iso2022_jp", "cp932",
)  # fmt: skip
NO_TEXT = (
    "base64", "base64_codec", "bz2", "bz2_codec", "hex", "hex_codec", "quopri", "quoted-printable", "rot13", "rot_13", "uu", "uu_codec", "zip", "zlib", "zlib_codec", "undefined", "mbcs", "oem", "bogus", "x" * 100, "utf", "utf-9",
    "UTF_-8", "utf--8", "utf 8", " utf-8 ", "utf.8", "utf-8;", "ut\u00e9f", "none", "0", "-", "_", "encodings", "aliases", "os", "..", "/etc/passwd", "utf-8\t", "unknown-8bit", "unicode", "string_escape", "string-escape", "latin_1_", "us_ascii__", "__init__",
)  # fmt: skip


def charsets(of):
    """1.3: charsets, for each of the three formats."""
    accent = of.get("accent", of["plain"])
    for name in ENCODED_AS:
        for text in (json_text(of["plain"].username, of["plain"].password).decode(), json.dumps({"username": accent.username, "password": "caf\u00e9"}, ensure_ascii=False)):
            try:
                body = text.encode(name)
            except (UnicodeError, LookupError):
                body = text.encode("utf-8")
            yield from both("1.3 charset", body, b"application/json; charset=" + name.encode(), account=of["plain"].key)
            yield "1.3 charset of a truncated body", [post(OBTAIN, body[:-1], b"application/json; charset=" + name.encode())]
            yield "1.3 charset and other bytes", [post(OBTAIN, b'{"username":"\x80\xff\xa4\xe9","password":"x"}', b"application/json; charset=" + name.encode())]
        yield "1.4 charset of a form", [post(OBTAIN, form_text(accent.username, "x"), FORM + b"; charset=" + name.encode())]
        yield "1.4 charset of a form", [post(OBTAIN, b"username=%E9%80%FF&password=\xe9&\x80=1", FORM + b"; charset=" + name.encode())]
        body = multipart([part(b"username", accent.username.encode()), part(b"password", b"\xe9\xff")])
        yield "1.4 charset of a multipart", [post(OBTAIN, body, multipart_type() + b"; charset=" + name.encode())]
    for name in NO_TEXT:
        for content_type, body in ((JSON, b'{"username":"x","password":"\xc3\xa9"}'), (FORM, b"username=x&password=%C3%A9"), (multipart_type(), multipart([part(b"username", b"x")]))):
            yield "1.3 no charset", [post(path, body, content_type + b"; charset=" + name.encode()) for path in (OBTAIN, LOGIN)]
    for parameters in (
        b"; charset", b"; charset=", b';charset="utf-16"', b"; charset='utf-8'", b"; CHARSET=UTF-16", b"; charset=utf-16; charset=utf-8", b"; charset*=utf-8''utf-16", b"; charset=\xe9", b";;;charset=utf-16", b"; charset = utf-16", b"; charset=\"ut\\f-16\"",
        b"; charset=utf-16 ; x=y", b"; x=\"a;charset=utf-16\"", b"; charset*0=utf; charset*1=-16", b";charset=utf-8\x0b"[:-1], b"; charset=\"utf-8", b"; charset=%75tf-8",
    ):  # fmt: skip
        yield from both("1.3 charset parameter", json_text("a\u00e9", "x"), JSON + parameters)


def content_types(of):
    """1.5, 2.12: Content-Type."""
    plain = of["plain"]
    good = json_text(plain.username, plain.password)
    for value in (
        None, b"", b" ", b"text/plain", b"TEXT/plain; Charset=X", b"application/vnd.api+json", b"Application/JSON", b"application/json;", b"application/json;;;", b";;;", b"application/json ; a=b", b" application/json\t", b"application/*",
        b"*/*", b"*/json", b"*", b"application", b"application/", b"/json", b"/", b"json", b"application/json/x", b"application/json,text/plain", b"text/html", b"application/xml", b"application/octet-stream", b"application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded; x=y", b"APPLICATION/X-WWW-FORM-URLENCODED", b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=x", b"multipart/*; boundary=x", b"multipart/mixed; boundary=x",
        b"MULTIPART/FORM-DATA; BOUNDARY=x", b"application/json; indent=4", b"application/json; q=0", b'application/json; a="b;c"', b"application/json\xe9", b"\xe9\xff", b"caf\xc3\xa9/json", b'te"xt/pl\\ain', b"text/\tplain", b"<b>&'\"",
        b"application/json; " + b"x" * 238, b"application/json; " + b"x" * 237, b"application/json; " + b"x" * 300, b"x" * 256, b"x" * 257, b"x" * 5000, b"application/json; a=\"" + b"\\\"" * 50 + b"\"", b"application/json; " + b"a=b;" * 50,
        b"application/json;charset=utf-8", b"application/json; version=1.0", b"application/jsonx", b"xapplication/json", b"application /json", b"application/ json", b"a\xc3\xa9\xe2\x82\xac/\xf0\x9f\x98\x80",
    ):  # fmt: skip
        yield from both("1.5 content type", good, value, account=plain.key)
        yield "1.5 content type without a body", [post(path, b"", value) for path in LOGIN_VIEWS]
        yield "1.5 content type without a length", [post(path, None, value) for path in LOGIN_VIEWS]
        yield "1.5 content type at the token views", [post(path, b"x", value, bearer(of["fixed"])) for path in (PROFILE,)]
    for name in (b"content-type", b"CONTENT-TYPE", b"Content_Type"):
        yield "1.5 content type's name", [post(OBTAIN, good, None, (name, JSON), account=plain.key)]


def urlencoded(of):
    """1.4, 2.12: forms."""
    plain = of["plain"]
    name = plain.username.encode()
    for body in (
        b"", b"&", b"&&&", b"=", b"==", b"username", b"username=", b"username=&password=", b"username&password", b"username=a", b"password=b", b"username=%s;password=x" % name, b"username=%s&password=correct+horse" % name,
        b"username=%s&password=correct%%20horse" % name, b"username=x&username=%s&password=y&password=correct+horse" % name, b"password=correct+horse&username=%s&" % name, b"&username=%s&&password=correct+horse" % name,
        b"username=%00&password=x", b"username=a%00b&password=%00", b"username=%ff&password=%fe", b"username=%e9&password=x", b"username=%C3%A9&password=x", b"username=%ED%A0%80&password=x", b"username=%&password=%2", b"username=%zz&password=%u0041",
        b"username=+&password=+", b"username=%20&password=%20", b"username=%1C&password=%1c", b"username=a=b&password==", b"USERNAME=a&Password=b", b"user%%6eame=%s&p%%61ssword=correct+horse" % name, b"username[]=a&password[]=b", b"username=\xe9&password=\xff",
        b"username=\xc3\xa9&password=\x00", b" username=a& password=b", b"username =a&password =b", b"username=a\r\n&password=b\r\n", b"username=a\n&password=b\n", b'{"username":"a","password":"b"}', b"username=" + b"%41" * 2000 + b"&password=x", b"username=%s&password=correct+horse#x" % name,
        b"username=%s&password=correct+horse;" % name, b"username=1&password=2&token=3", b"username=None&password=null", b"%%75%%73%%65%%72%%6E%%61%%6D%%65=%s&password=correct%%20horse" % name, b"username=%F0%9F%98%80&password=%F0%9F%94%91", b"\xef\xbb\xbfusername=a&password=b",
        b"_content=%7B%7D&_content_type=application/json", b"_method=PUT&username=a&password=b", b"username%3Da&password=b", b"username=a%26password%3Db", b"username=%E2%80%A8&password=x", b"+username=a&password+=b",
    ):  # fmt: skip
        yield from both("1.4 form", body, FORM, account=plain.key)
    for count in (998, 999, 1000, 1001, 1500):
        yield from both("1.4 form fields", b"&".join([b"x=1"] * count), FORM)
        yield from both("1.4 form fields", b"username=%s&password=correct+horse" % name + b"&x" * (count - 2), FORM, account=plain.key)
        yield from both("1.4 empty fields", b"username=%s&password=correct+horse" % name + b"&" * count, FORM, account=plain.key)
        yield from both("1.4 multipart fields", multipart([part(b"f%d" % n, b"v") for n in range(count)]), multipart_type())


def multiparts(of):
    """1.4, 2.12: multipart bodies."""
    plain = of["plain"]
    name = plain.username.encode()
    user, word = part(b"username", name), part(b"password", b"correct horse")
    bodies = [
        b"", b"x", b"--" + BOUNDARY, b"--" + BOUNDARY + b"--", b"--" + BOUNDARY + b"--\r\n", multipart([]), multipart([user, word]), multipart([word, user]), multipart([user]), multipart([user, user, word]),
        multipart([user, word], end=b""), multipart([user, word], end=b"\r\n"), multipart([user, word], end=b"--"), multipart([user, word])[:-20], multipart([user, word])[:-40], multipart([user, word])[:-60], multipart([user, word])[:60], multipart([user, word])[:100],
        b"preamble\r\n" + multipart([user, word]) + b"epilogue", b"\r\n" + multipart([user, word]), multipart([user, word]).replace(b"\r\n", b"\n"), multipart([user, word]).replace(b"\r\n", b"\r"),
        multipart([part(b"username", name, b'; filename="a.txt"'), word]), multipart([user, part(b"password", b"x", b'; filename="a.txt"')]), multipart([user, part(b"password", b"correct horse", b'; filename=""')]), multipart([user, part(b"password", b"correct horse", b"; filename=a")]),
        multipart([user, part(b"password", b"x", b'; filename="a"', b"Content-Type: text/plain\r\n")]), multipart([user, part(b"password", b"correct horse", b"", b"Content-Type: text/plain; charset=latin-1\r\n")]),
        multipart([user, part(b"password", b"Y29ycmVjdCBob3JzZQ==", b"", b"Content-Transfer-Encoding: base64\r\n")]), multipart([user, part(b"password", b"Y29y\r\ncmVjdCBob3JzZQ", b"", b"Content-Transfer-Encoding: base64\r\n")]), multipart([user, part(b"password", b"!!!!", b"", b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([user, part(b"password", b"=63orrect horse", b"", b"Content-Transfer-Encoding: quoted-printable\r\n")]), multipart([user, part(b"password", b"Y29y", b'; filename="x"', b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([b'content-disposition: FORM-DATA; NAME="username"\r\n\r\n' + name, word]), multipart([b"Content-Disposition: form-data; name=username\r\n\r\n" + name, word]), multipart([b"Content-Disposition: form-data\r\n\r\nx", word]), multipart([b"Content-Disposition: attachment; name=\"username\"\r\n\r\nx", word]),
        multipart([b"X-Other: y\r\n\r\nx", word]), multipart([b"\r\nx", user, word]), multipart([b"", user, word]), multipart([b'Content-Disposition: form-data; name="username"', word]), multipart([b'Content-Disposition: form-data; name="username"\r\nx', word]), multipart([b'Content-Disposition: form-data; name="us\xc3\xa9r"\r\n\r\nx', word]),
        multipart([b'Content-Disposition: form-data; name="us\xffr"\r\n\r\nx', word]), multipart([b"Content-Disposition: form-data; name*=utf-8''username\r\n\r\n" + name, word]), multipart([b'Content-Disposition: form-data; name="username\r\n\r\n' + name, word]), multipart([b'Content-Disposition:form-data;name="username"\r\n\r\n' + name, word]),
        multipart([b'Content-Disposition: form-data; name="username"; filename*=utf-8\'\'x\r\n\r\n' + name, word]), multipart([b"X: " + b"y" * 900 + b"\r\n" + user, word]), multipart([b"X: " + b"y" * 1100 + b"\r\n" + user, word]), multipart([b"X: " + b"y" * 5000 + b"\r\n" + user, word]),
        multipart([part(b"username", b""), part(b"password", b"")]), multipart([part(b"username", b"\x00"), part(b"password", b"\x00")]), multipart([part(b"username", b"\xff\xfe"), word]), multipart([part(b"username", b"  " + name + b"\r\n"), word]), multipart([part(b"username", b"\r\n" + name), word]),
        multipart([part(b"username", name + b"\r\n--" + BOUNDARY[:-3]), word]), multipart([part(b"username", b"x" * 70000), word]), multipart([part(b"username", b"x" * 65520), word]), multipart([part(b"username", b"y" * 131072, b'; filename="f"'), word]), multipart([user, word] + [part(b"f", b"x", b'; filename="%d"' % n) for n in range(100)]),
        multipart([user, word] + [part(b"f", b"x", b'; filename="%d"' % n) for n in range(101)]), multipart([user, word] + [part(b"f", b"", b'; filename=""') for n in range(101)]), multipart([part(b"_charset_", b"latin-1"), part(b"username", b"\xe9"), word]), multipart([part(b"", b"x"), user, word]), multipart([part(b"username", multipart([user], b"inner"), b"", b"Content-Type: multipart/mixed; boundary=inner\r\n"), word]),
        multipart([part(b"password", b"x", b'; filename="a"'), part(b"password", b"correct horse"), user]), multipart([part(b"password", b"correct horse"), part(b"password", b"x", b'; filename="a"'), user]), multipart([part(b"password", b"x", b'; filename="../../"'), user]), multipart([part(b"password", b"x", b'; filename="C:\\\\x\\\\"'), user]),
        multipart([b"Content-Length: 5\r\n" + user, word]), multipart([user + b"\r\n", word]), multipart([b" " + user, word]), multipart([user.replace(b": ", b" : ", 1), word]), multipart([user, word], boundary=BOUNDARY + b"x"), multipart([part(b"&#117;sername", name), part(b"pass&amp;word", b"x")]), multipart([part(b"user\\\"name", b"x"), word]),
    ]  # fmt: skip
    for body in bodies:
        yield from both("1.4 multipart", body, multipart_type(), account=plain.key)
    good = multipart([user, word])
    for value in (
        b"multipart/form-data", b"multipart/form-data; boundary", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=\"\"", b'multipart/form-data; boundary="' + BOUNDARY + b'"', b"multipart/form-data; BOUNDARY=" + BOUNDARY, b"multipart/form-data;boundary=" + BOUNDARY + b";x=y",
        b"Multipart/Form-Data; boundary=" + BOUNDARY, b"multipart/form-data; boundary=" + b"b" * 70, b"multipart/form-data; boundary=" + b"b" * 200, b"multipart/form-data; boundary=" + b"b" * 202, b"multipart/form-data; boundary=a b", b"multipart/form-data; boundary=\"a b \"", b"multipart/form-data; boundary=\xe9",
        b"multipart/form-data; boundary=" + BOUNDARY + b"; charset=\xe9", b"multipart/form-data; boundary*=utf-8''" + BOUNDARY, b"multipart/form-data; boundary=" + BOUNDARY + b"; boundary=x", b"multipart/mixed; boundary=" + BOUNDARY, b"multipart/*; boundary=" + BOUNDARY, b"multipart/form-data; charset=utf-16; boundary=" + BOUNDARY,
    ):  # fmt: skip
        yield from both("1.4 boundary", good, value, account=plain.key)
    for boundary in (b"x", b"--", b"-", b"'()+_,-./:=?", b"b" * 70, b"b" * 201, b"a b", b"\\"):
        yield from both("1.4 boundary", multipart([user, word], boundary), b'multipart/form-data; boundary="' + boundary + b'"', account=plain.key)


def negotiation(of):
    """1.5, 2.12: Accept and ?format=."""
    plain, fixed = of["plain"], of["fixed"]
    accepts = (
        b"*/*", b"application/*", b"application/json", b"Application/JSON", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", b"application/json; indent=4", b"application/json;indent=0", b"application/json; indent=8", b"application/json; indent=9", b"application/json; indent=-1",
        b"application/json; indent=x", b"application/json; indent=", b"application/json; indent", b"application/json; indent=1.5", b"application/json; indent= 4", b'application/json; indent="4"', b"application/json; indent=+4", b"application/json; indent=0004", b"application/json; indent=1_0", b"application/json; indent=\xb2",
        b"application/json; indent=99999999999999999999", b"application/json; INDENT=4", b"*/*; indent=4", b"application/*; indent=2", b"application/json; indent=4; q=0.5", b"application/json;q=0", b"application/json; version=1", b"text/*", b"application/xml", b"text/html", b"", b" ", b",", b",,,", b", application/json", b"application/json,", b";",
        b";q=1", b"json", b"application", b"application/", b"/json", b"*/json", b"*", b"*/*x", b"application/json/x", b"application/jsonx", b"application/json;", b"application/json;;", b"application/json ; charset=utf-8", b"application/json,text/html", b"text/html,application/json", b"text/html;q=1,application/json;q=0.1", b"text/html; x=y, application/json",
        b"text/plain, */*", b"text/plain,application/json;q=0.5,*/*;q=0.1", b"text/html;level=1", b"\xe9", b"application/json\xe9", b"application/json; a=\xe9", b'application/json; a="b,c"', b"application/json; a=\"b;c\"", b"x" * 256, b"x" * 257, b"x/y," * 63 + b"application/json", b"x/y," * 64 + b"application/json", b"x/y," * 200 + b"application/json",
        b"application/json," + b"x/y," * 3000, b"x/y," * 2047 + b"*/*", b"x/y," * 3000 + b"application/json", b"y" * 8193, b"y" * 9000 + b",application/json", b"application/json; x=" + b"y" * 236, b"application/json; x=" + b"y" * 237, b"application/json" + b";a=b" * 60, b"application/json; indent=2; x=" + b"y" * 300 + b", application/json",
        b"application/json; indent=4, text/plain", b"*/*;q=0", b"*/*; q=0.1; indent=3", b"application/json\t;\tindent=1", b"application/json; indent=4, application/json", b"application/json, */*; indent=4",
    )  # fmt: skip
    for accept in accepts:
        header = b"Accept", accept
        yield "1.5 accept: obtain", [login(plain, OBTAIN, "json", header), Request(b"OPTIONS", OBTAIN, [header]), post(OBTAIN, b"", JSON, header)]
        yield "1.5 accept: login", [login(plain, LOGIN, "json", header), Request(b"OPTIONS", LOGIN, [header]), post(LOGIN, b"[", JSON, header)]
        yield "1.5 accept: profile", [Request(b"GET", PROFILE, [header, bearer(fixed)]), Request(b"GET", PROFILE, [header]), Request(b"HEAD", PROFILE, [header, bearer(fixed)])]
        yield "1.5 accept: logout", [Request(b"GET", LOGOUT, [header, bearer(fixed)]), Request(b"POST", LOGOUT, [header])]
    for query in (
        b"format=json", b"format=api", b"format=xml", b"format=", b"format", b"format=JSON", b"format=json&format=xml", b"format=xml&format=json", b"format=admin", b"format=json%00", b"format=%6Ason", b"format=json%20", b"format=+json", b"Format=xml", b"x=1;format=xml", b"format=\xe9"[:-1] + b"%e9", b"format=%ff", b"format[]=xml", b"",
        b"&", b"?", b"?format=xml", b"%66ormat=xml", b"format=json#x", b"a=" + b"b" * 4000, b"&".join([b"a=1"] * 999), b"&".join([b"a=1"] * 1000), b"&".join([b"a=1"] * 1001) + b"&format=xml", b"format=j&format=", b"format=html", b"format=text/html", b"format=.json",
    ):  # fmt: skip
        yield "1.5 format: obtain", [login(plain, OBTAIN + b"?" + query), Request(b"GET", OBTAIN + b"?" + query), login(plain, OBTAIN + b"?" + query, "json", (b"Accept", b"application/xml"))]
        yield "1.5 format: login", [login(plain, LOGIN + b"?" + query), Request(b"OPTIONS", LOGIN + b"?" + query)]
        yield "1.5 format: profile", [Request(b"GET", PROFILE + b"?" + query, [bearer(fixed)]), Request(b"GET", PROFILE + b"?" + query), Request(b"GET", PROFILE + b"?" + query, [bearer(fixed), (b"Accept", b"application/json; indent=2")])]
    yield "1.5 several Accept headers", [Request(b"GET", PROFILE, [(b"Accept", b"application/xml"), (b"Accept", b"application/json"), bearer(fixed)]), Request(b"GET", PROFILE, [(b"Accept", b"a/b"), (b"Accept", b"c/d")])]


METHODS = (b"GET", b"HEAD", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"OPTIONS", b"POST", b"FOO", b"PROPFIND", b"LINK", b"get", b"post", b"Options", b"HTTP_METHOD_NOT_ALLOWED", b"DISPATCH", b"INITIAL", b"SETUP", b"AS_VIEW", b"M-SEARCH", b"X", b"FOO'BAR", b"PURGE!")


def methods(of):
    """1.6: methods on every view and on paths that no view has."""
    fixed = of["fixed"]
    for method in METHODS:
        for path in (OBTAIN, LOGIN, LOGIN2, PROFILE, LOGOUT, b"/nowhere/", b"/login", b"/"):
            if method.upper() == b"POST" and path == LOGOUT:
                continue
            yield "1.6 method", [
                Request(method, path), Request(method, path, [bearer(fixed)]), Request(method, path, [(b"Authorization", b"Token bad")]),
                Request(method, path, [(b"Content-Type", JSON)], b"{}"), Request(method, path, [(b"Content-Type", b"text/plain")], b"x"), Request(method, path, [(b"Accept", b"a/b")]),
            ]  # fmt: skip
    for name, value in ((b"X-HTTP-Method-Override", b"PUT"), (b"X-HTTP-Method-Override", b"POST"), (b"X-Method-Override", b"DELETE"), (b"X-HTTP-Method", b"GET")):
        yield "1.6 method override", [login(of["plain"], OBTAIN, "json", (name, value)), Request(b"GET", OBTAIN, [(name, value)]), Request(b"POST", PROFILE, [(name, value), bearer(fixed)])]
    for language in (b"de", b"fr-FR,fr;q=0.9", b"xx", b"\xe9", b"de;q=0", b"zh-hant," * 100):
        yield "1.6 language", [post(OBTAIN, b"{}", JSON, (b"Accept-Language", language)), Request(b"GET", PROFILE, [(b"Accept-Language", language)])]
    for cookie in (b"sessionid=abc", b"csrftoken=x", b"sessionid=" + b"x" * 32, b"a=b; a=c", b";;;", b"\xe9=\xff", b"x", b"django_language=de"):
        yield "1.6 cookie", [login(of["plain"], OBTAIN, "json", (b"Cookie", cookie)), Request(b"GET", PROFILE, [(b"Cookie", cookie), bearer(fixed)]), Request(b"GET", PROFILE, [(b"Cookie", cookie)])]
    yield "1.6 cookie", [Request(b"GET", PROFILE, [(b"Cookie", b"a=b"), (b"Cookie", b"csrftoken=x"), bearer(fixed)]), Request(b"GET", PROFILE, [(b"Cookie", b"sessionid=12345678"), (b"Cookie", b"sessionid=1"), bearer(fixed)])]
    for host in (b"testserver", None, b"evil.test"):
        yield "2.9 no Host, HTTP/1.0", [login(of["plain"], OBTAIN, host=host, version=b"HTTP/1.0"), Request(b"GET", PROFILE, [bearer(fixed)], host=host, version=b"HTTP/1.0"), Request(b"GET", b"/login", host=host, version=b"HTTP/1.0"), Request(b"HEAD", b"/nowhere/", host=host, version=b"HTTP/1.0")]
    for name, value in ((b"X-CSRFToken", b"x"), (b"Origin", b"https://evil.example"), (b"Referer", b"https://evil.example/"), (b"X-Requested-With", b"XMLHttpRequest"), (b"If-None-Match", b"*"), (b"If-Modified-Since", b"Tue, 24 Nov 2026 00:00:00 GMT"), (b"Range", b"bytes=0-1"), (b"Accept-Encoding", b"gzip, br"), (b"X-Forwarded-For", b"1.2.3.4"), (b"X-Forwarded-Host", b"evil"), (b"X-Forwarded-Proto", b"https"), (b"Forwarded", b"for=1"), (b"User-Agent", b"\xff"), (b"Access-Control-Request-Method", b"POST"), (b"Upgrade-Insecure-Requests", b"1"), (b"Accept-Charset", b"utf-16"), (b"Expect", b"100-continue"), (b"X_Forwarded_Host", b"evil")):  # fmt: skip
        yield "1.6 other header", [login(of["plain"], OBTAIN, "json", (name, value)), login(of["plain"], LOGIN, "form", (name, value)), Request(b"GET", PROFILE, [(name, value), bearer(fixed)]), Request(b"OPTIONS", OBTAIN, [(name, value)]), Request(b"GET", b"/login", [(name, value)])]


def authorization(of):
    """1.7: the Authorization header, on every view."""
    fixed, inactive = of["fixed"], of["inactive-token"]
    key = fixed.token.encode()
    values = [
        None, b"", b" ", b"Token", b"token", b"TOKEN", b"Token ", b"Token\t", b"Bearer " + key, b"Basic x", b"Basic", b"Basic YTpi", b"Digest x=y", b"Token a b", b"Token " + key + b" x", b"Token  " + key, b"Token\t" + key, b"token " + key, b"TOKEN   " + key + b"  ", b"tOkEn \t " + key, b"Token" + key, b"Token:" + key, b"Token=" + key,
        b"Token " + key.upper(), b"Token " + key + b"," + key, b"Token " + key + b",", b'Token "' + key + b'"', b"Token token=" + key, b"Token \xff", b"Token \xc3\xa9", b"Token \xe9", b"Token \xc3", b"Token \xf0\x9f\x98\x80", b"Token \xc2\xa0" + key, b"Token " + key + b"\xc2\xa0", b"\xff", b"\xff " + key, b"\xc3\xa9 x", b"T\xc3\xb6ken " + key, b"Token\xa0" + key, b"Token\xc2\xa0" + key, b"Token\x85" + key,
        b"Token x", b"Token 0", b"Token " + b"0" * 40, b"Token " + b"f" * 4000, b"Token %00", b"Token " + inactive.token.encode(), b"Token a b c d", b"Token \xff b", b"Token a \xff", b"Token, Token", b"Token " + key[:39], b"Token " + key + b"0", b"Token null", b"Token ' OR 1=1 --", b"Token %", b"Token _" + key[1:], b"Token \\", b"Tok en", b"Tokenn " + key,
        b"Bearer", b"JWT a.b.c", b",", b"Token ,", b", Token " + key, b"Token " + key + b";x", b"\"Token\" " + key, b"Token\xe3\x80\x80" + key, b"Token \xed\xa0\x80", b"Token \xef\xbb\xbf" + key, b"\xef\xbb\xbfToken " + key,
    ]  # fmt: skip
    for value in values:
        header = [] if value is None else [(b"Authorization", value)]
        yield "1.7 authorization: profile", [Request(b"GET", PROFILE, header), Request(b"POST", PROFILE, header), Request(b"OPTIONS", PROFILE, header), Request(b"HEAD", PROFILE, header)]
        yield "1.7 authorization: logout", [Request(b"GET", LOGOUT, header), Request(b"OPTIONS", LOGOUT, header)]
        yield "1.7 authorization: logins", [login(of["plain"], path, "json", *header) for path in LOGIN_VIEWS] + [Request(b"OPTIONS", OBTAIN, header), Request(b"GET", LOGIN, header), post(OBTAIN, b"x", b"text/plain", *header)]
    for names in ((b"authorization",), (b"AUTHORIZATION",), (b"X-Authorization",), (b"Proxy-Authorization",), (b"Authorization", b"Authorization"), (b"Authorization", b"authorization")):
        yield "2.9 authorization's name", [Request(b"GET", PROFILE, [(name, b"Token " + key) for name in names]), login(of["plain"], OBTAIN, "json", *[(name, b"Token " + key) for name in names])]
    yield "2.9 no Host", [Request(b"GET", PROFILE, [bearer(fixed)], host=None), Request(b"GET", b"/login", host=None), login(of["plain"], host=None)]
    yield "2.9 several authorizations", [
        Request(b"GET", PROFILE, [(b"Authorization", b"Token " + key), (b"Authorization", b"")]), Request(b"GET", PROFILE, [(b"Authorization", b""), (b"Authorization", b"Token " + key)]), Request(b"GET", PROFILE, [(b"Authorization", b"Bearer x"), (b"Authorization", b"Token " + key)]),
        Request(b"GET", PROFILE, [(b"Authorization", b"Token"), (b"Authorization", key)]), Request(b"GET", PROFILE, [(b"Authorization", b"Token " + key)] * 3), login(of["plain"], LOGIN, "json", (b"Authorization", b"Basic x"), (b"Authorization", b"Basic y")),
    ]  # fmt: skip
    for kind, account in of.items():
        if account.token is not None and account.stays:
            yield "1.7 every stored key", [Request(b"GET", PROFILE, [(b"Authorization", b"Token " + account.token.encode())]), Request(b"GET", PROFILE + b"?format=json", [(b"Authorization", b"Token " + account.token.encode()), (b"Accept", b"application/json; indent=3")])]


def life(of):
    """1.1, 1.10: login, use, logout, use again, login again."""
    for kind in ("plain", "second", "accent", "staff", "super", "bearer", "high-token", "low5", "script", "number"):
        account = of.get(kind)
        if account is None or account.stays:
            continue
        use = Request(b"GET", PROFILE, [bearer(account)])
        out = Request(b"POST", LOGOUT, [bearer(account)])
        yield "1.10 life of a token", [login(account), use, out, use, out, login(account, LOGIN, "form"), use, login(account, OBTAIN, "multipart"), use, login(account, LOGIN2)]
    second = of["third"]
    out = [bearer(second)]
    yield "1.10 logout's body and headers", [
        login(second), Request(b"POST", LOGOUT, out, b"garbage"), login(second), post(LOGOUT, b"{", JSON, *out), login(second), Request(b"POST", LOGOUT, [*out, (b"Accept", b"application/json; indent=4")]), login(second), Request(b"POST", LOGOUT, [*out, (b"Accept", b"application/xml")]),
        Request(b"POST", LOGOUT + b"?format=json", out), login(second), Request(b"POST", LOGOUT, [*out, (b"Accept", b"text/html")]), login(second), Request(b"POST", LOGOUT + b"?format=xml", out), Request(b"GET", PROFILE, out), Request(b"DELETE", LOGOUT, out), Request(b"post", LOGOUT, out), login(second),
    ]  # fmt: skip


PATHS = (
    b"/", b"//", b"/api-token-auth", b"/api-token-auth//", b"//api-token-auth/", b"/api-token-auth/x", b"/api-token-auth/x/", b"/API-TOKEN-AUTH/", b"/api-token-auth/.", b"/api-token-auth/..", b"/./api-token-auth/", b"/x/../api-token-auth/", b"/api%2Dtoken%2Dauth/", b"/api-token-auth%2F", b"/api-token-auth%2f", b"/%61pi-token-auth/", b"/api-token-auth/%00", b"/api-token-auth%00/",
    b"/api-token-auth/%20", b"/api-token-auth/%0A", b"/api-token-auth%0A", b"/api-token-auth/;x=y", b"/api-token-auth;/", b"/api-token-auth/%3Fformat=xml", b"/login", b"/login/", b"/login%2F", b"/login?x=1", b"/login?", b"/login??", b"/login?next=/a%20b&c=\xc3"[:-1] + b"%C3%A9", b"/login?%ff", b"/login?a=b+c", b"/login?a=%2B", b"/login?{}|", b"/login?a[]=1", b"/login?a='b'", b"/login?a=;b",
    b"/login?next=http://x/", b"/api/token/login", b"/api/token/login/", b"/api/token/login?", b"/api/token", b"/api/token/", b"/logout", b"/profile", b"/profile?x", b"/profile%20", b"/profile/%E9", b"/%FF", b"/%C3%A9", b"/%C3%A9/", b"/caf%E9/", b"/%E2%80%A8", b"/%", b"/%2", b"/%zz", b"/login%", b"/a%20b", b"/a+b", b"/nowhere", b"/nowhere/", b"/nowhere?x", b"/favicon.ico", b"/static/x",
    b"/admin", b"/a/b/c", b"/a//b", b"//login", b"//login/", b"///login", b"/%2Flogin", b"/%2Flogin/", b"//evil.example/login", b"/\\login", b"/login\\", b"/log%69n", b"/LOGIN", b"/login/?", b"/login/#x", b"/login#", b"/verify", b"/verifyx/", b"/<", b"/nowhere%3Cscript%3E/", b"/'\"", b"/" + b"x" * 3000, b"/" + b"x/" * 1000, b"/login/" + b"x" * 2000, b"/login?" + b"x" * 3000, b"/.", b"/..", b"/../login/", b"/%2e%2e/login/",
    b"/login/%2e", b"/%5Clogin", b"/login%09", b"/\x7e", b"/login%C2%A0", b"/login%E2%80%8B/", b"/api-token-auth?format=json", b"/api-token-auth?username=a&password=b", b"/profile?token=x", b"http://testserver/profile/", b"http://other.example.com/login", b"http://evil.test/profile", b"HTTP://testserver/login/", b"http://testserver", b"http://testserver?x", b"https://testserver/profile/", b"/login;x", b"/login,", b"/login/,", b"/:", b"/login:", b"/@", b"/login?@:!$&'()*+,;=-._~%", b"/@:!$&'()*+,;=-._~", b"/login%0D%0ASet-Cookie:x", b"/login?x=%0D%0A",
)  # fmt: skip


def paths(of):
    """APPEND_SLASH, decoded paths, 404."""
    fixed = of["fixed"]
    for path in PATHS:
        if b"<" in path:
            continue  # hyper refuses the byte in a target
        yield "paths", [Request(b"GET", path), Request(b"GET", path, [bearer(fixed)]), Request(b"HEAD", path), Request(b"OPTIONS", path), post(path, json_text(of["plain"].username, of["plain"].password), account=of["plain"].key), Request(b"PUT", path, [], b"x")]
    for path in (b"/<", b"/login?<b>", b'/login?"', b"/`", b"/login?`", b"/profile^", b"/login?^", b"/{x}", b"/login?{x}|", b"/\\"):
        yield "paths: what no URI may hold", [Request(b"GET", path), Request(b"POST", path, [], b"x")]
    yield "paths: the asterisk", [Request(b"OPTIONS", b"*")]


def hosts(of):
    """Host and ALLOWED_HOSTS, with redirects and answers of views."""
    for host in (
        b"testserver", b"TESTSERVER", b"testserver:80", b"testserver:8000", b"testserver:", b"testserver:x", b"testserver.", b"testserver.:80", b"example.com", b"www.example.com", b"a.b.example.com", b".example.com", b"xexample.com", b"example.com.", b"127.0.0.1", b"127.0.0.1:1", b"[::1]", b"[::1]:80", b"[::2]", b"::1", b"localhost", b"LocalHost:99999", b"",
        b"evil.test", b"testserver,evil", b"testserver evil"[:10] + b"_x", b"testserver/", b"testserver?x", b"testserver#x", b"user@testserver", b"test_server", b"\xe9", b"xn--e1afmkfd", b"*.star", b"a.star", b"*", b"testserver:80:80", b"-", b".", b"..", b"0", b"[", b"[]", b"testserver\t", b"example.com:443", b"testserver:080", b"%74estserver",
    ):  # fmt: skip
        yield "hosts", [Request(b"GET", PROFILE, host=host), login(of["plain"], host=host), Request(b"GET", b"/login?x", host=host), Request(b"GET", b"/nowhere/", host=host), Request(b"OPTIONS", OBTAIN, host=host), Request(b"GET", PROFILE, [(b"X-Forwarded-Host", b"testserver")], host=host)]


def sizes(of):
    """2.12: around DATA_UPLOAD_MAX_MEMORY_SIZE; few, for they are big."""
    for size in (LIMIT - 1, LIMIT, LIMIT + 1):
        yield from both("2.12 size of JSON", b'{"username":"' + b"x" * (size - 15) + b'"}')
        yield from both("2.12 size of a form", b"username=" + b"x" * (size - 9), FORM)
        yield from both("2.12 size of a file", multipart([part(b"password", b"x" * size, b'; filename="f"')]), multipart_type())
        yield from both("2.12 size of a field", multipart([part(b"password", b"x" * (size - 8))]), multipart_type())
        yield "2.12 size of what nobody reads", [post(PROFILE, b"x" * size, JSON), post(LOGOUT, b"x" * size, FORM), Request(b"PUT", OBTAIN, [], b"x" * size), post(OBTAIN, b"x" * size, b"text/plain"), post(b"/nowhere/", b"x" * size)]
    yield from both("2.12 size of a field", multipart([part(b"username", b"x" * (LIMIT // 2)), part(b"password", b"y" * (LIMIT // 2))]), multipart_type())
    yield "2.12 four times the size", [post(OBTAIN, multipart([part(b"password", b"x" * (4 * LIMIT + 1), b'; filename="f"')]), multipart_type())]
    yield from both("2.12 spaces around", b" " * (LIMIT - 2) + b"{}")
    yield from both("2.12 long password", json_text(of["plain"].username, "p" * 1000000), account=of["plain"].key)
    yield from both("2.12 long name", form_text("n" * 1000000, "x"), FORM)


def chunked(of):
    """A chunked body is read; the same as with its length."""
    plain = of["plain"]
    for sizes_of_chunks in ([1], [3, 5, 7], [65536], [1, 4096]):
        for form in ("json", "form", "multipart"):
            yield "chunked", [login(plain, OBTAIN, form, chunks=sizes_of_chunks), login(plain, LOGIN, form, chunks=sizes_of_chunks), login(plain, OBTAIN, form, password="wrong", chunks=sizes_of_chunks)]
    yield "chunked: size", [post(OBTAIN, b" " * (LIMIT + 1), JSON, chunks=[60000]), post(OBTAIN, b'{"username":"' + b"x" * (LIMIT - 15) + b'"}', JSON, chunks=[50000]), post(OBTAIN, b"x" * (LIMIT + 1), b"text/plain", chunks=[60000]), post(PROFILE, b"x" * 100000, JSON, bearer(of["fixed"]), chunks=[10000])]
    yield "chunked: broken bodies", [post(path, body, JSON, chunks=[2]) for path in (OBTAIN, LOGIN) for body in (b"{", b"[]", b"null", b"\xff", b" ", b'{"username":1}')]


def bodies_elsewhere(of):
    """A body where nobody asks for one."""
    fixed = of["fixed"]
    for body, content_type in ((b"{", JSON), (b"x", b"text/plain"), (b"username=a", FORM), (b"", JSON), (b"--x", b"multipart/form-data")):
        for method in (b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"PATCH"):
            yield "1.6 body of another method", [Request(method, path, [(b"Content-Type", content_type), bearer(fixed)], body) for path in (OBTAIN, LOGIN, PROFILE, LOGOUT)]


SECTIONS = (logins, collation, json_values, json_texts, charsets, content_types, urlencoded, multiparts, negotiation, methods, authorization, life, paths, hosts, sizes, chunked, bodies_elsewhere)


def written(of):
    """The whole list for the accounts of one lane, by kind."""
    for section in SECTIONS:
        yield from section(of)
