"""Bodies and headers made from grammars, by a seeded random number generator."""

import encodings.aliases
import json
from urllib.parse import quote_plus

from .forms import BOUNDARY, FORM, JSON, multipart, multipart_type, part

CHARSETS = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})
SPACES = (" ", "\t", "\n", "\r", "\u00a0", "\u3000", "\x1c", "\x1f", "\x85", "\u2028", "\u200b", "\ufeff", "\u180e")
CHARACTERS = "aZ09 .@_-+\"\\/<>&'%;=\x01\x1f\x7f\u00e9\u0301\u20ac\u2028\ufffd\ufeff\U0001f600\x00"


def chance(rng, percent):
    """True in so many of a hundred."""
    return rng.randrange(100) < percent


def text(rng, longest=12):
    """A short text of ordinary and odd characters."""
    return "".join(rng.choice(CHARACTERS) for _ in range(rng.randrange(longest)))


def padded(rng, value):
    """The value with white space of all kinds around."""
    return (
        "".join(rng.choice(SPACES) for _ in range(rng.randrange(3)))
        + value
        + "".join(rng.choice(SPACES) for _ in range(rng.randrange(3)))
    )


# JSON


def json_string(rng, value):
    """A JSON string literal, its characters escaped in all the ways there are."""
    out = []
    for char in value:
        code = ord(char)
        way = rng.randrange(12)
        if char in '"\\' or code < 32:
            out.append(json.dumps(char)[1:-1])
        elif way == 0 and code < 0x10000:
            out.append(f"\\u{code:04x}")
        elif way == 1 and code < 0x10000:
            out.append(f"\\u{code:04X}")
        elif way < 2:
            out.append(json.dumps(char)[1:-1])
        elif char == "/" and way < 6:
            out.append("\\/")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def json_number(rng):
    """A number as JSON or only Python writes it."""
    kind = rng.randrange(8)
    if kind == 0:
        return str(rng.randrange(-1000, 1000))
    if kind == 1:
        return str(rng.randrange(10 ** rng.randrange(1, 60)))
    if kind == 2:
        return repr(rng.uniform(-1, 1) * 10.0 ** rng.randrange(-320, 308))
    if kind == 3:
        return f"{rng.randrange(1000)}.{rng.randrange(10**9)}e{rng.randrange(-340, 340)}"
    if kind == 4:
        return f"{rng.choice(('', '-'))}{rng.randrange(10)}{rng.choice(('e', 'E'))}{rng.choice(('', '+', '-'))}{rng.randrange(400)}"
    if kind == 5:
        return f"{rng.random():.{rng.randrange(1, 25)}f}"
    if kind == 6:
        return rng.choice(
            ("-0", "-0.0", "0e0", "1" * rng.randrange(4290, 4310), "NaN", "Infinity", "-Infinity", "1E400", "-1e999")
        )
    return rng.choice(("01", "+1", "1.", ".1", "0x1", "1e", "--1", "1_0", "\u0663", "nan", "-", "1e+"))


def json_value(rng, depth=0):
    """Any value, well formed in most cases."""
    kind = rng.randrange(12 if depth < 4 else 8)
    if kind < 3:
        return json_string(rng, text(rng))
    if kind < 5:
        return json_number(rng)
    if kind == 5:
        return rng.choice(("null", "true", "false"))
    if kind == 6:
        return rng.choice(
            (
                '"\\ud800"',
                '"\\udfff\\ud800"',
                '"\\ud83d\\ude00"',
                '"\\u0000"',
                '"\\uD834\\udd1e\\ud834"',
                '"\\ud83d\\n"',
            )
        )
    if kind == 7:
        return rng.choice(("[]", "{}", '""', '" "', "[[]]", '{"":""}'))
    items = [json_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 10:
        return "[" + ("," + gap(rng)).join(items) + "]"
    return (
        "{" + ",".join(f"{gap(rng)}{json_string(rng, text(rng, 4))}{gap(rng)}:{gap(rng)}{item}" for item in items) + "}"
    )


def gap(rng):
    """White space between tokens: mostly none."""
    return "" if chance(rng, 80) else "".join(rng.choice(" \t\r\n") for _ in range(rng.randrange(4)))


ALIKE = {
    "a": "\u00e1\uff41\u00aa\u0430",
    "e": "\u00e9\uff45\u0117",
    "i": "\u0131\u00ed\u2170",
    "o": "\u00f8\u00f6\u00ba",
    "c": "\u00e7",
    "l": "\u0142\u2113",
    "n": "\u00f1\u207f",
    "t": "\u00fe",
    "0": "\u0660\u2070",
    "1": "\u00b9\u0661",
    "2": "\u00b2",
    "d": "\u00f0",
    "f": "\ufb00",
}


def alike(rng, value):
    """The value in a spelling that some collation may take for the same."""
    out = []
    for char in value:
        way = rng.randrange(12)
        if way == 0:
            char = rng.choice(ALIKE.get(char, char))
        elif way == 1:
            char = char.swapcase()
        elif way == 2 and chance(rng, 30):
            char += rng.choice("\u0301\u200b\u00ad\u200d\ufe0f\u0001\u2060")
        out.append(char)
    return "".join(out)


def deep_json(rng):
    """Brackets in brackets, about as deep as Python reads."""
    depth = rng.choice((rng.randrange(1, 890), rng.randrange(905, 1300)))
    opening, closing = rng.choice((("[", "]"), ('{"a":', "}"), ('[{"":', "}]"), ('[1,"[",', "]")))
    depth //= opening.count("[") + opening.count("{") - opening.count('"["')
    return opening * depth + rng.choice(("1", "", "null", "x")) + closing * rng.choice((depth, depth, depth - 1, 0))


def json_login(rng, username, password):
    """An object with a name and a password: mostly both, mostly once, in any order, among other members."""
    members = []
    for key, value in (("username", username), ("password", password)):
        wanted = json_string(rng, value) if chance(rng, 85) else json_value(rng)
        if chance(rng, 94):
            members.append((key, wanted))
        if chance(rng, 10):
            members.append((key, json_value(rng)))
    for _ in range(rng.randrange(3)):
        members.append(
            (
                rng.choice(("token", "x", "Username", "email", text(rng, 5))),
                deep_json(rng) if rng.randrange(150) == 0 else json_value(rng),
            )
        )
    if chance(rng, 60):
        rng.shuffle(members)
    inner = ",".join(
        f"{gap(rng)}{json_string(rng, key)}{gap(rng)}:{gap(rng)}{value}{gap(rng)}" for key, value in members
    )
    return gap(rng) + "{" + inner + "}" + gap(rng)


def encoded(rng, body):
    """A text in some charset, with the Content-Type that names it, or another one."""
    way = rng.randrange(20)
    if way < 14:
        return body.encode(errors="surrogatepass"), rng.choice(
            (JSON, JSON, JSON, b"application/json; charset=utf-8", b"application/json;charset=UTF-8")
        )
    charset = rng.choice(
        ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "utf-8-sig", "ascii")
        if way < 18
        else CHARSETS
    )
    try:
        data = body.encode(charset)
        if not isinstance(data, bytes):
            raise LookupError
    except Exception:  # not every codec is one of texts, and not every one knows every character
        data = body.encode(errors="surrogatepass")
    return data, b"application/json; charset=" + spelt(rng, charset)


def spelt(rng, charset):
    """A charset's name in one of its spellings."""
    way = rng.randrange(6)
    if way == 0:
        charset = charset.upper()
    elif way == 1:
        charset = charset.replace("_", "-")
    elif way == 2:
        charset = charset.replace("-", "_")
    elif way == 3:
        return b'"' + charset.encode() + b'"'
    return charset.encode()


# Forms


def form_field(rng, value):
    """A value, percent-encoded more or less."""
    way = rng.randrange(8)
    if way == 0:
        return "".join(f"%{byte:02x}" for byte in value.encode(errors="surrogatepass")).encode()
    if way == 1:
        return value.replace("&", "%26").replace("+", "%2B").replace(" ", "+").encode(errors="surrogatepass")
    if way == 2:
        return quote_plus(value, safe="/@;:").encode()
    return quote_plus(value).encode()


def form_login(rng, username, password):
    """A urlencoded body with both fields, mostly, among others."""
    fields = []
    for key, value in (("username", username), ("password", password)):
        if chance(rng, 94):
            fields.append(form_field(rng, key) + b"=" + form_field(rng, value))
        if chance(rng, 8):
            fields.append(
                key.encode() + rng.choice((b"", b"=", b"=%00", b"=%ff", b"=+", b"=a=b", b"=%C3%28", b"=%E2%80%A8"))
            )
    for _ in range(rng.randrange(3)):
        fields.append(
            rng.choice(
                (b"", b"=", b"x", b"x=", b"=y", b"%", b"a;b=c", b"%00=%00", b"\xe9=\xff", form_field(rng, text(rng)))
            )
        )
    if chance(rng, 50):
        rng.shuffle(fields)
    content_type = (
        FORM
        if chance(rng, 85)
        else FORM
        + b"; charset="
        + spelt(rng, rng.choice(CHARSETS if chance(rng, 30) else ("utf-8", "latin-1", "utf-16", "cp1252", "ascii")))
    )
    return b"&".join(fields), content_type


# Multipart


def multipart_login(rng, username, password):
    """A multipart body with both fields, mostly, as texts or files, among other parts."""
    parts = []
    for key, value in (("username", username), ("password", password)):
        if chance(rng, 94):
            parts.append(odd_part(rng, key.encode(), value.encode(errors="surrogatepass")))
        if chance(rng, 6):
            parts.append(odd_part(rng, key.encode(), text(rng).encode(errors="surrogatepass")))
    for _ in range(rng.randrange(3)):
        parts.append(
            odd_part(
                rng,
                text(rng, 5).replace('"', "").encode(errors="surrogatepass"),
                text(rng, 30).encode(errors="surrogatepass"),
            )
        )
    if chance(rng, 50):
        rng.shuffle(parts)
    if chance(rng, 4):
        # Django reads 64 KiB at a time: parts, headers and boundaries across the edge.
        size = 65536 * rng.choice((1, 1, 2)) - rng.randrange(700)
        filler = (b"-" if chance(rng, 20) else b"\r\n--" if chance(rng, 20) else b"f") * size
        parts.insert(
            rng.randrange(len(parts) + 1),
            odd_part(rng, rng.choice((b"z", b"z", b"username", b"password")), filler[:size]),
        )
    boundary = rng.choice((BOUNDARY, b"x", b"--", b"a'b(c)", b"0" * 70))
    content_type = multipart_type(boundary)
    if chance(rng, 10):
        content_type = rng.choice(
            (
                b'multipart/form-data; boundary="' + boundary + b'"',
                b"multipart/form-data; charset=latin-1; boundary=" + boundary,
                b"Multipart/form-data;boundary=" + boundary,
                b"multipart/form-data; BOUNDARY=" + boundary,
            )
        )
    return multipart(
        parts, boundary, b"--\r\n" if chance(rng, 92) else rng.choice((b"", b"--", b"\r\n", b"--\r\nepilogue"))
    ), content_type


def odd_part(rng, name, value):
    """One part; a few have a file's name, further headers or an encoding."""
    extra, headers = b"", b""
    if chance(rng, 8):
        extra = rng.choice(
            (
                b'; filename="a.txt"',
                b'; filename=""',
                b"; filename=x",
                b"; filename*=utf-8''%e2%82%ac",
                b'; filename="/"',
                b'; x="y;z"',
                b'; filename="a\\"b"',
            )
        )
    if chance(rng, 8):
        headers = rng.choice(
            (
                b"Content-Type: text/plain\r\n",
                b"Content-Type: text/plain; charset=latin-1\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Transfer-Encoding: BASE64\r\n",
                b"Content-Transfer-Encoding: 8bit\r\n",
                b"X: y\r\n",
                b"Content-Length: 3\r\n",
                b"X" * 300 + b": y\r\n",
                b"bad\r\n",
                b": x\r\n",
                b"\xff: \xff\r\n",
            )
        )
    if chance(rng, 3):
        return rng.choice(
            (
                b"Content-Disposition: form-data; name=%s\r\n\r\n%s",
                b"content-disposition:form-data;name='%s'\r\n\r\n%s",
                b'Content-Disposition: attachment; name="%s"\r\n\r\n%s',
                b'Content-Disposition: form-data; NAME="%s"\r\n\r\n%s',
                b'X: "%s"\r\n\r\n%s',
                b'Content-Disposition: form-data; name="%s"\r\n%s',
            )
        ) % (name, value)
    return part(name, value, extra, headers)


# Headers

TYPES = (b"application", b"text", b"*", b"image", b"multipart", b"Application", b"", b"x")
SUBTYPES = (
    b"json",
    b"html",
    b"*",
    b"xml",
    b"plain",
    b"vnd.api+json",
    b"JSON",
    b"",
    b"form-data",
    b"x-www-form-urlencoded",
)
PARAMETERS = (
    b"q=0.5",
    b"q=0",
    b"charset=utf-8",
    b"version=1",
    b"a=b",
    b"a",
    b"",
    b'a="b;c"',
    b'a="b,c"',
    b"q=x",
    b"a='b'",
    b"\xe9=\xff",
    b"a*=utf-8''%e9",
    b"a*0=b",
    b'a="\\""',
)


def media_type(rng, indent=False):
    """A media type, mostly sensible, with parameters."""
    if chance(rng, 55):
        base = rng.choice(
            (b"application/json", b"*/*", b"application/*", b"text/html", b"text/plain", b"application/xml")
        )
    else:
        base = rng.choice(TYPES) + (b"/" if chance(rng, 92) else b"") + rng.choice(SUBTYPES)
    separator = rng.choice((b";", b"; ", b" ; ", b";\t"))
    parameters = [rng.choice(PARAMETERS) for _ in range(rng.randrange(3))] if chance(rng, 40) else []
    if indent:
        parameters.append(
            b"indent="
            + rng.choice(
                (b"4", b"2", b"0", b"8", b"9", b"-1", b"x", b"", b" 3", b"+3", b"1_0", b'"5"', b"4.0", b"\xb2")
            )
        )
        rng.shuffle(parameters)
    return separator.join([base, *parameters])


def accept(rng):
    """An Accept header. At most one media type that could be JSON has parameters: REST framework chooses among several
    of one rank by the order of a set, so that not even two of its own processes agree."""
    if chance(rng, 25):
        return media_type(rng, indent=True)
    tokens, decided = [], False
    for _ in range(rng.randrange(1, 6)):
        token = media_type(rng, indent=chance(rng, 20))
        if b"indent" in token.lower() or b";" in token:
            if decided:
                token = rng.choice((b"text/plain", b"image/png", b"application/xml", b"", b"x"))
            decided = True
        tokens.append(token)
    if decided:
        tokens = [
            token
            for token in tokens
            if b";" in token or token.partition(b"/")[0] in (b"text", b"image", b"", b"x", b"multipart")
        ]
    return rng.choice((b",", b", ", b" , ")).join(tokens)


def authorization(rng, account):
    """An Authorization header around what the server issued to the account, or around something else."""
    key = b"{token:" + account.key.encode() + b"}"
    keyword = rng.choice(
        (b"Token", b"Token", b"Token", b"token", b"TOKEN", b"Bearer", b"Basic", b"Tok\xc3\xa9n", b"", b"Token,")
    )
    separator = rng.choice((b" ", b" ", b" ", b"  ", b"\t", b" \t ", b"", b"\xa0", b":", b"="))
    value = rng.choice(
        (
            key,
            key,
            key,
            key,
            key + b" x",
            key + b"x",
            b"x" + key,
            b"",
            b"\xff",
            b"\xc3\xa9",
            b'"' + key + b'"',
            b"{token:" + account.key.encode() + b":upper}",
            b"{token:" + account.key.encode() + b":title}",
            b"0" * 40,
            text(rng).encode(errors="surrogatepass"),
        )
    )
    return clean(keyword + separator + value)


def clean(value):
    """Without the bytes that no HTTP server takes in a header's value."""
    return bytes(byte for byte in value if byte == 9 or (byte >= 32 and byte != 127)).strip(b" \t")
