"""JSON bodies: values, whole texts, numbers, nesting."""

import codecs
import json

from ..forms import both, json_text

JSON_VALUES = (
    "null", "true", "false", "0", "-0", "1", "-1", "123", "1.0", "1.50", "1e3", "1E3", "1e+16", "1e16", "1e15", "123456789012345678",
    "1e22", "1e23",
    "0.1", "0.0001", "0.00001", "1e-5", "5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "1e308", "1e309", "1e400", "-1e400",
    "-0.0", "-0e5",
    "9007199254740993", "9007199254740993.0", "0.30000000000000004", "100000000000000000000", "1" * 40, "1" * 4300, "1" * 4301,
    "-" + "1" * 4301, "9" * 5000,
    "1." + "3" * 50, "1e-400", "[]", "{}", '["x"]', '{"a":1}', '""', '" "', '"\\t\\n"', '"\\u001c"', '"\\u00a0\\u3000"', '"\\u200b"',
    '"\\u0000"', '"a\\u0000b"',
    '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\ud83d"', '"\\ud83d\\u0041"', '"\\uD800\\u0000"',
    '"\\u0000\\udfff"', '"x\\/y"',
    '"\\b\\f\\n\\r\\t\\"\\\\"', '"\\u00e9"', '"\u00e9"', '"\\u2028"', '"\u2028"', '"\U0001f600"', "NaN", "Infinity", "-Infinity", "-NaN",
    "nan", "inf", "+1", "01", "-01",
    ".5", "1.", "1.e5", "1e", "1e+", "0x10", "1_000", "--1", "-", "tru", "truex", "nul", "True", "None", "undefined", "'x'", '"\\x"',
    '"\\u12"', '"\\u12g4"', '"\\u+123"',
    '"\\U0041"', '"\\"', '"', '"\x01"', '"\x1f"', '"\x7f"', '"\t"', '"a\nb"', "\u0661", "1\u0661", "", " ", "[1,]", "[,1]", "[1 2]",
    '{"a"}', '{"a":}', "{,}", '{"a":1,}', "/*x*/1",
)  # fmt: skip


JSON_TEXTS = (
    "", " ", "\n", "\t \r\n", "{", "}", "[", "]", "{}", "[]", "null", "true", "false", "0", "1", "-1", "1.5", '"x"', '""', "[1,2]", "[[]]",
    "[null]", "NaN", "-Infinity", "Infinity", "1e999",
    '{"username":', '{"username"', '{"username', "{} x", "{}{}", "[] []", "{}\n\n", " \n{} ", "\x0b{}", "\u00a0{}", "\ufeff{}", "\x00{}",
    "{}\x00", "\x00", "{'a':1}", "{a:1}",
    '{"a":1,}', "[1,]", "[1,\n]", '{"a":1,\n\n  }', '{"a" 1}', '{"a":1 "b":2}', '{"a":01}', '{"a":1.}', "[1 2]", '{"a":"x', '{"a":"x\n',
    '{"a":"x\ny"}', '{"a"\n:\n1\n,\n}',
    '{"a":1,,"b":2}', '{,"a":1}', '{"a"::1}', '{1:2}', "{null:1}", '{"a":1;"b":2}', '{"a"=1}', "// x\n{}", "/* */{}", "#\n{}", "{}//",
    '{"\u00e9\u20ac\U0001f600": x}', '["\u00e9\U0001f600" x]',
    '{"\\ud83d\\ude00": x}', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\ud800\\u12"}', '{"a":"\\u123', '{"a":"\\', '{"a":"\\u',
    "[1e5, -1.5E-3, 0.0, x]", "[-]", "[-x]", "[1.x]", "[1ex]", "[Nan]", "[Infinit]", "[-Infinit]",
    "[-infinity]", "[nULL]", "[tru]", "[\u2028]", "[\x7f]", '{"username":{"username":"a"}}', "\r{x", "\r\n\r\n{x", "\n\n\n  {x",
    '{"a":"\u2028\n', "{\"a\":\u2028}",
)  # fmt: skip


def json_values(of):
    """1.2, 1.3, 2.12: each kind of JSON value as name and as password."""
    for text in JSON_VALUES:
        yield from both("1.3 value as name", f'{{"username":{text},"password":"x"}}'.encode())
        yield from both(
            "1.3 value as password",
            f'{{"username":"{of["plain"].username}","password":{text}}}'.encode(),
            account=of["plain"].key,
        )
        yield from both(
            "1.3 value ignored",
            f'{{"z":{text},"username":"{of["plain"].username}","password":"correct horse"}}'.encode(),
            account=of["plain"].key,
        )
    yield from both("1.3 both wrong", b'{"username":null,"password":[]}')
    yield from both("1.3 both blank", b'{"username":"","password":""}')
    for kind in ("number", "float", "exponent"):
        name = of[kind]
        for username, password in (
            (name.username, name.password),
            (f'"{name.username}"', f'"{name.password}"'),
            (f" {name.username}0", name.password),
        ):
            yield from both(
                "1.2 number as name", f'{{"username":{username},"password":{password}}}'.encode(), account=name.key
            )
    yield from both(
        "1.2 number as password",
        f'{{"username":"{of["number"].username}","password":98765.0}}'.encode(),
        account=of["number"].key,
    )
    infinite = of.get("inf", of["plain"])  # one lane has it, and every lane this case
    yield from both("1.2 infinite name", b'{"username":1e999,"password":"nan"}', account=infinite.key)


def json_texts(of):
    """1.3, 2.12: whole bodies."""
    plain = of["plain"]
    good = json_text(plain.username, plain.password)
    for text in JSON_TEXTS:
        yield from both("1.3 text", text.encode())
    yield from both(
        "1.3 duplicate keys",
        b'{"username":"x","username":'
        + json.dumps(plain.username).encode()
        + b',"password":"y","password":"correct horse"}',
        account=plain.key,
    )
    yield from both("1.3 duplicate keys", b'{"password":"correct horse","username":"x","password":1,"username":null}')
    yield from both(
        "1.3 escaped keys",
        b'{"us\\u0065rname":' + json.dumps(plain.username).encode() + b',"p\\u0061ssword":"correct\\u0020horse"}',
        account=plain.key,
    )
    yield from both("1.3 other keys", b'{"Username":"a","PASSWORD":"b","token":"c","__proto__":{},"":1}')
    yield from both("1.3 BOM", codecs.BOM_UTF8 + good)
    yield from both("1.3 BOM twice", codecs.BOM_UTF8 * 2 + good)
    for raw in (
        b"\xff",
        b"\x80",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xc3",
        b"\xe2\x28\xa1",
        b"\xf8\x88\x80\x80\x80",
        b"\xc3\x28",
        b"\xfe\xff",
    ):
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
    for name in (
        "/a",
        "\u00e9" * 150,
        "a" * 150,
        "\U0001f600" * 150,
        "\x01\x02",
        "\\",
        '"',
        "<script>",
        "\x7f\x80\x9f",
    ):
        yield from both("1.2 odd name", json_text(name, "x"))
