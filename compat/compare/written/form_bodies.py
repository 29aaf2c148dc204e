"""Urlencoded and multipart bodies."""

from ..forms import BOUNDARY, FORM, both, multipart, multipart_type, part


def urlencoded(of):
    """1.4, 2.12: forms."""
    plain = of["plain"]
    name = plain.username.encode()
    for body in (
        b"", b"&", b"&&&", b"=", b"==", b"username", b"username=", b"username=&password=", b"username&password", b"username=a",
        b"password=b", b"username=%s;password=x" % name, b"username=%s&password=correct+horse" % name,
        b"username=%s&password=correct%%20horse" % name, b"username=x&username=%s&password=y&password=correct+horse" % name,
        b"password=correct+horse&username=%s&" % name, b"&username=%s&&password=correct+horse" % name,
        b"username=%00&password=x", b"username=a%00b&password=%00", b"username=%ff&password=%fe", b"username=%e9&password=x",
        b"username=%C3%A9&password=x", b"username=%ED%A0%80&password=x", b"username=%&password=%2", b"username=%zz&password=%u0041",
        b"username=+&password=+", b"username=%20&password=%20", b"username=%1C&password=%1c", b"username=a=b&password==",
        b"USERNAME=a&Password=b", b"user%%6eame=%s&p%%61ssword=correct+horse" % name, b"username[]=a&password[]=b",
        b"username=\xe9&password=\xff",
        b"username=\xc3\xa9&password=\x00", b" username=a& password=b", b"username =a&password =b", b"username=a\r\n&password=b\r\n",
        b"username=a\n&password=b\n", b'{"username":"a","password":"b"}', b"username=" + b"%41" * 2000 + b"&password=x",
        b"username=%s&password=correct+horse#x" % name,
        b"username=%s&password=correct+horse;" % name, b"username=1&password=2&token=3", b"username=None&password=null",
        b"%%75%%73%%65%%72%%6E%%61%%6D%%65=%s&password=correct%%20horse" % name, b"username=%F0%9F%98%80&password=%F0%9F%94%91",
        b"\xef\xbb\xbfusername=a&password=b",
        b"_content=%7B%7D&_content_type=application/json", b"_method=PUT&username=a&password=b", b"username%3Da&password=b",
        b"username=a%26password%3Db", b"username=%E2%80%A8&password=x", b"+username=a&password+=b",
    ):  # fmt: skip
        yield from both("1.4 form", body, FORM, account=plain.key)
    for count in (998, 999, 1000, 1001, 1500):
        yield from both("1.4 form fields", b"&".join([b"x=1"] * count), FORM)
        yield from both(
            "1.4 form fields",
            b"username=%s&password=correct+horse" % name + b"&x" * (count - 2),
            FORM,
            account=plain.key,
        )
        yield from both(
            "1.4 empty fields", b"username=%s&password=correct+horse" % name + b"&" * count, FORM, account=plain.key
        )
        yield from both(
            "1.4 multipart fields", multipart([part(b"f%d" % n, b"v") for n in range(count)]), multipart_type()
        )


def multiparts(of):
    """1.4, 2.12: multipart bodies."""
    plain = of["plain"]
    name = plain.username.encode()
    user, word = part(b"username", name), part(b"password", b"correct horse")
    bodies = [
        b"", b"x", b"--" + BOUNDARY, b"--" + BOUNDARY + b"--", b"--" + BOUNDARY + b"--\r\n", multipart([]), multipart([user, word]),
        multipart([word, user]), multipart([user]), multipart([user, user, word]),
        multipart([user, word], end=b""), multipart([user, word], end=b"\r\n"), multipart([user, word], end=b"--"),
        multipart([user, word])[:-20], multipart([user, word])[:-40], multipart([user, word])[:-60], multipart([user, word])[:60],
        multipart([user, word])[:100],
        b"preamble\r\n" + multipart([user, word]) + b"epilogue", b"\r\n" + multipart([user, word]),
        multipart([user, word]).replace(b"\r\n", b"\n"), multipart([user, word]).replace(b"\r\n", b"\r"),
        multipart([part(b"username", name, b'; filename="a.txt"'), word]),
        multipart([user, part(b"password", b"x", b'; filename="a.txt"')]),
        multipart([user, part(b"password", b"correct horse", b'; filename=""')]),
        multipart([user, part(b"password", b"correct horse", b"; filename=a")]),
        multipart([user, part(b"password", b"x", b'; filename="a"', b"Content-Type: text/plain\r\n")]),
        multipart([user, part(b"password", b"correct horse", b"", b"Content-Type: text/plain; charset=latin-1\r\n")]),
        multipart([user, part(b"password", b"Y29ycmVjdCBob3JzZQ==", b"", b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([user, part(b"password", b"Y29y\r\ncmVjdCBob3JzZQ", b"", b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([user, part(b"password", b"!!!!", b"", b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([user, part(b"password", b"=63orrect horse", b"", b"Content-Transfer-Encoding: quoted-printable\r\n")]),
        multipart([user, part(b"password", b"Y29y", b'; filename="x"', b"Content-Transfer-Encoding: base64\r\n")]),
        multipart([b'content-disposition: FORM-DATA; NAME="username"\r\n\r\n' + name, word]),
        multipart([b"Content-Disposition: form-data; name=username\r\n\r\n" + name, word]),
        multipart([b"Content-Disposition: form-data\r\n\r\nx", word]),
        multipart([b"Content-Disposition: attachment; name=\"username\"\r\n\r\nx", word]),
        multipart([b"X-Other: y\r\n\r\nx", word]), multipart([b"\r\nx", user, word]), multipart([b"", user, word]),
        multipart([b'Content-Disposition: form-data; name="username"', word]),
        multipart([b'Content-Disposition: form-data; name="username"\r\nx', word]),
        multipart([b'Content-Disposition: form-data; name="us\xc3\xa9r"\r\n\r\nx', word]),
        multipart([b'Content-Disposition: form-data; name="us\xffr"\r\n\r\nx', word]),
        multipart([b"Content-Disposition: form-data; name*=utf-8''username\r\n\r\n" + name, word]),
        multipart([b'Content-Disposition: form-data; name="username\r\n\r\n' + name, word]),
        multipart([b'Content-Disposition:form-data;name="username"\r\n\r\n' + name, word]),
        multipart([b'Content-Disposition: form-data; name="username"; filename*=utf-8\'\'x\r\n\r\n' + name, word]),
        multipart([b"X: " + b"y" * 900 + b"\r\n" + user, word]), multipart([b"X: " + b"y" * 1100 + b"\r\n" + user, word]),
        multipart([b"X: " + b"y" * 5000 + b"\r\n" + user, word]),
        multipart([part(b"username", b""), part(b"password", b"")]), multipart([part(b"username", b"\x00"), part(b"password", b"\x00")]),
        multipart([part(b"username", b"\xff\xfe"), word]), multipart([part(b"username", b"  " + name + b"\r\n"), word]),
        multipart([part(b"username", b"\r\n" + name), word]),
        multipart([part(b"username", name + b"\r\n--" + BOUNDARY[:-3]), word]), multipart([part(b"username", b"x" * 70000), word]),
        multipart([part(b"username", b"x" * 65520), word]), multipart([part(b"username", b"y" * 131072, b'; filename="f"'), word]),
        multipart([user, word] + [part(b"f", b"x", b'; filename="%d"' % n) for n in range(100)]),
        multipart([user, word] + [part(b"f", b"x", b'; filename="%d"' % n) for n in range(101)]),
        multipart([user, word] + [part(b"f", b"", b'; filename=""') for n in range(101)]),
        multipart([part(b"_charset_", b"latin-1"), part(b"username", b"\xe9"), word]), multipart([part(b"", b"x"), user, word]),
        multipart([part(b"username", multipart([user], b"inner"), b"", b"Content-Type: multipart/mixed; boundary=inner\r\n"), word]),
        multipart([part(b"password", b"x", b'; filename="a"'), part(b"password", b"correct horse"), user]),
        multipart([part(b"password", b"correct horse"), part(b"password", b"x", b'; filename="a"'), user]),
        multipart([part(b"password", b"x", b'; filename="../../"'), user]),
        multipart([part(b"password", b"x", b'; filename="C:\\\\x\\\\"'), user]),
        multipart([b"Content-Length: 5\r\n" + user, word]), multipart([user + b"\r\n", word]), multipart([b" " + user, word]),
        multipart([user.replace(b": ", b" : ", 1), word]), multipart([user, word], boundary=BOUNDARY + b"x"),
        multipart([part(b"&#117;sername", name), part(b"pass&amp;word", b"x")]), multipart([part(b"user\\\"name", b"x"), word]),
    ]  # fmt: skip
    for body in bodies:
        yield from both("1.4 multipart", body, multipart_type(), account=plain.key)
    good = multipart([user, word])
    for value in (
        b"multipart/form-data", b"multipart/form-data; boundary", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=\"\"",
        b'multipart/form-data; boundary="' + BOUNDARY + b'"', b"multipart/form-data; BOUNDARY=" + BOUNDARY,
        b"multipart/form-data;boundary=" + BOUNDARY + b";x=y",
        b"Multipart/Form-Data; boundary=" + BOUNDARY, b"multipart/form-data; boundary=" + b"b" * 70,
        b"multipart/form-data; boundary=" + b"b" * 200, b"multipart/form-data; boundary=" + b"b" * 202,
        b"multipart/form-data; boundary=a b", b"multipart/form-data; boundary=\"a b \"", b"multipart/form-data; boundary=\xe9",
        b"multipart/form-data; boundary=" + BOUNDARY + b"; charset=\xe9", b"multipart/form-data; boundary*=utf-8''" + BOUNDARY,
        b"multipart/form-data; boundary=" + BOUNDARY + b"; boundary=x", b"multipart/mixed; boundary=" + BOUNDARY,
        b"multipart/*; boundary=" + BOUNDARY, b"multipart/form-data; charset=utf-16; boundary=" + BOUNDARY,
    ):  # fmt: skip
        yield from both("1.4 boundary", good, value, account=plain.key)
    for boundary in (b"x", b"--", b"-", b"'()+_,-./:=?", b"b" * 70, b"b" * 201, b"a b", b"\\"):
        yield from both(
            "1.4 boundary",
            multipart([user, word], boundary),
            b'multipart/form-data; boundary="' + boundary + b'"',
            account=plain.key,
        )
