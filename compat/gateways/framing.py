"""drf-auth behind nginx and HAProxy as plain proxies that share connections to it: each request is answered once, by its own answer.

A tap between the two keeps what they say to each other, so that requests and answers can be counted afterwards.
"""

import os
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compare.http1 import Answer, Connection
from compare.servers import Server, started

from .programs import NGINX, find
from .service import ACCOUNTS
from .upstream import Listening

CONFIG = """
database_url = "sqlite:///{file}"
listen = "127.0.0.1:{port}"
[routes]
"/profile/" = "profile"
"/api-token-auth/" = "obtain_auth_token"
"""
FRONT_NGINX = """
upstream drf_auth {{ server 127.0.0.1:{back}; keepalive 1; }}
server {{
    listen 127.0.0.1:{front};
    location / {{
        proxy_pass http://drf_auth;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_request_buffering {buffering};
    }}
}}
"""
FRONT_HAPROXY = """
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 10s
    timeout http-request 5s
    http-reuse always
frontend web
    bind 127.0.0.1:{front}
    default_backend drf_auth
backend drf_auth
    server one 127.0.0.1:{back} {maxconn}
"""
CODINGS = (
    "Transfer-Encoding: chunked", "transfer-encoding: Chunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding:  chunked ",
    "Transfer-Encoding : chunked", " Transfer-Encoding: chunked", "X: y\r\n Transfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: \x00chunked", "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked", "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer_Encoding: chunked", 'Transfer-Encoding: "chunked"',
    "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked,", "Transfer-Encoding: identity",
)  # fmt: skip
LENGTHS = ("+{0}", "-{0}", "0x{0:x}", "{0}, {0}", "0, {0}", "{0}, 0", "00{0}", "{0}.0", "{0} ", "1{0:030d}", "\x0b{0}", "{0}_0", "")


def get(account, *lines, method="GET", target="/profile/", version="HTTP/1.1", end="\r\n"):
    """A question for this account's name, with its head's other lines."""
    token = f"Authorization: Token {ACCOUNTS[account].token}"
    head = [f"{method} {target} {version}", "Host: app.example.com", token, *lines]
    return (end.join(head) + end + end).encode("latin-1")


def attacks():
    """(name, octets): each may hold one request or two, as one reads it."""
    inner = get("user")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    empty = b"0\r\n\r\n"
    for method in ("GET", "POST", "HEAD"):
        for coding in CODINGS:
            for body, length in ((empty + inner, len(empty + inner)), (chunked, 4), (chunked, len(chunked)), (empty, 0)):
                for lines in ((f"Content-Length: {length}", coding), (coding, f"Content-Length: {length}")):
                    yield f"{method} {lines!r}", get("user", *lines, method=method) + body
            yield f"{method} {coding!r} alone", get("user", coding, method=method) + chunked + inner
        for form in LENGTHS:
            value = form.format(len(inner))
            yield f"{method} Content-Length: {value!r}", get("user", f"Content-Length: {value}", method=method) + inner
            lines = f"Content-Length: {len(inner)}", f"Content-Length: {value}"
            for pair in (lines, lines[::-1]):
                yield f"{method} {pair!r}", get("user", *pair, method=method) + inner
        lines = f"Content-Length: {len(inner)}", "Content-Length: 0"
        for pair in (lines, lines[::-1]):
            yield f"{method} {pair!r}", get("user", *pair, method=method) + inner
    for size in (b"0x1", b"1;a=b", b"1 ;a", b"-1", b"+1", b"1\n", b"00000000000000001", b"10000000000000001", b"1\x0b", b"g"):
        body = size + b"\r\nx\r\n" + empty
        yield f"a chunk's size {size!r}", get("user", CODINGS[0], method="POST") + body + inner
    for trailer in (b"X: y", b"Content-Length: 9", b"Host: other", b"no colon", b" folded"):
        yield f"a trailer {trailer!r}", get("user", CODINGS[0], method="POST") + b"0\r\n" + trailer + b"\r\n\r\n" + inner
    yield "lines that end with LF", get("user", end="\n") + inner
    yield "empty lines first", b"\r\n\r\n" + inner + b"\r\n" + inner
    yield "Host twice", get("user", "Host: other") + inner
    yield "HTTP/1.0", get("user", version="HTTP/1.0") + inner
    yield "HTTP/1.0, kept", get("user", "Connection: keep-alive", version="HTTP/1.0") + inner
    yield "Connection: close", get("user", "Connection: close") + inner
    yield "Connection: Content-Length", get("user", "Connection: Content-Length", f"Content-Length: {len(inner)}") + inner
    yield "Connection: Transfer-Encoding", get("user", "Connection: Transfer-Encoding", CODINGS[0], method="POST") + chunked
    yield "Upgrade", get("user", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA") + inner
    yield "Expect", get("user", "Expect: 100-continue", f"Content-Length: {len(inner)}", method="POST") + inner
    yield "Expect and no body", get("user", "Expect: 100-continue") + inner
    yield "CONNECT", get("user", method="CONNECT", target="app.example.com:443") + inner
    yield "an absolute target", get("user", target="http://other/profile/") + inner
    yield "a long line", get("user", "X: " + "x" * 40_000) + inner
    yield "many lines", get("user", *["X: y"] * 150) + inner
    yield "half a request", get("user")[:-9]


class Tap(Listening):
    """Hands octets on between a proxy and drf-auth, and keeps them by connection."""

    def __init__(self, behind):
        self.behind, self.kept = behind, []
        super().__init__()

    def _serve(self, front):
        back = socket.create_connection(("127.0.0.1", self.behind))
        kept = bytearray(), bytearray()
        self.kept.append(kept)
        threading.Thread(target=self._pump, args=(front, back, kept[0]), daemon=True).start()
        self._pump(back, front, kept[1])

    @staticmethod
    def _pump(source, target, into):
        try:
            while data := source.recv(65536):
                into += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


class Undecided(Exception):
    """Octets that two could read differently, or that are not all there."""


def split(octets, methods=None):
    """(first lines of the messages in these octets, read by the letter; what could not be read so, or None).

    `methods`: those of the requests that they answer.
    """
    at, found = 0, []
    try:
        while at < len(octets):
            first, values, at = _head(octets, at)
            if methods is not None:
                status = int(first.split(b" ")[1])
                if status < 200:
                    continue
                is_bare = len(found) < len(methods) and methods[len(found)] == b"HEAD"
                if is_bare or status in (204, 304):
                    found.append(first)
                    continue
            at = _body_end(octets, at, values)
            found.append(first)
    except Undecided as undecided:
        return found, str(undecided)
    return found, None


def _head(octets, at):
    end = octets.find(b"\r\n\r\n", at)
    if end < 0:
        raise Undecided(f"half a head: {bytes(octets[at : at + 200])!r}")
    first, *lines = bytes(octets[at:end]).split(b"\r\n")
    values = {}
    for line in lines:
        field = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", line, re.DOTALL)
        if field is None:
            raise Undecided(f"a line that is none: {line!r}")
        values.setdefault(field[1].lower(), []).append(field[2])
    return first, values, end + 4


def _body_end(octets, at, values):
    lengths, codings = values.get(b"content-length", []), values.get(b"transfer-encoding", [])
    if codings:
        if [coding.lower() for coding in codings] != [b"chunked"] or lengths:
            raise Undecided(f"{codings} and {lengths}")
        return _chunks_end(octets, at)
    if not lengths:
        return at
    if len(set(lengths)) > 1 or not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
        raise Undecided(f"{lengths}")
    end = at + int(lengths[0])
    if end > len(octets):
        raise Undecided("half a body")
    return end


def _chunks_end(octets, at):
    while True:
        line = re.compile(rb"([0-9a-fA-F]{1,16})(;[^\r\n]*)?\r\n").match(octets, at)
        if line is None:
            raise Undecided(f"no chunk: {bytes(octets[at : at + 50])!r}")
        size, at = int(line[1], 16), line.end()
        if size == 0:
            break
        at += size + 2
    while (end := octets.find(b"\r\n", at)) > at:
        at = end + 2
    if end < 0:
        raise Undecided("no end of the chunks")
    return end + 2


def counted(kept):
    """What is wrong with one connection between proxy and drf-auth, and how many requests it had."""
    asked, said = kept
    requests, undecided = split(asked)
    methods = [line.split(b" ")[0].upper() for line in requests]
    answers, broken = split(said, methods)
    if broken:
        return f"an answer that is none: {broken}", 0
    if undecided and len(answers) > len(requests):
        # One more, which nobody read otherwise than the proxy: a refusal, and the end.
        status = int(answers[-1].split(b" ")[1])
        if len(answers) > len(requests) + 1 or status not in (400, 408, 413, 414, 431, 501):
            return f"{undecided} was answered {answers[len(requests):]}", 0
        answers.pop()
    # The last may have been broken off by the proxy.
    if not len(requests) - 1 <= len(answers) <= len(requests):
        return f"{len(answers)} answers to {len(requests)} requests", 0
    return None, len(requests)


def everything(port, octets):
    """What comes back to these octets until the other end has nothing more to say."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(octets)
        connection.settimeout(0.15)
        said = b""
        try:
            while data := connection.recv(65536):
                said += data
        except OSError:
            pass
    return said


class Framing:
    """One proxy, and its cases."""

    def __init__(self, name, front, tap):
        self.name, self.front, self.tap = name, front, tap

    def victim(self, connection, account):
        """Another client's question; its answer must be its own."""
        connection.send(get(account))
        answer = connection.receive(b"GET")
        name = ACCOUNTS[account].username.encode()
        if answer.status != 200 or b'"username":"%s"' % name not in answer.body:
            return f"{account} was answered\n{answer.show() if isinstance(answer, Answer) else answer}"
        return None

    def attack(self, attack):
        """One attack, and what goes wrong for itself or for others."""
        name, octets = attack
        wrong = []
        names = set(re.findall(rb'"username":"([^"]*)"', everything(self.front.port, octets)))
        if names - {b"ayush"}:
            wrong.append(f"{name}: the answer is another's: {names}")
        for account in ("other", "root"):
            connection = Connection(self.front.port)
            problem = self.victim(connection, account)
            connection.close()
            if problem:
                wrong.append(f"{name}: then {problem}")
        return wrong

    def run(self, report):
        """Every attack, each followed by other clients on the connections that it used."""
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(self.attack, attacks()))
        number, wrong = len(found), [problem for problems in found for problem in problems]
        report(self.name, f"after {number} odd requests each client has its own answers", "\n".join(wrong[:5]) or None)
        report(self.name, "requests sent together are answered in their order", self.pipelined())
        results = [counted(kept) for kept in self.tap.kept]
        bad = [problem for problem, _ in results if problem]
        requests = sum(count for _, count in results)
        shared = sum(count > 1 for _, count in results)
        if not bad and (requests < 2 * number or not shared):
            bad = [f"{requests} requests on {len(results)} connections, {shared} of them shared: too few to show anything"]
        title = f"{requests} requests on {len(results)} connections to drf-auth are answered once each"
        report(self.name, title, "\n".join(bad[:5]) or None)

    def pipelined(self):
        """Many clients, each sending many requests at once."""
        problems = []

        def client(number):
            accounts = [("user", "other", "root")[(number + turn) % 3] for turn in range(30)]
            octets = b"".join(
                get(account, "Content-Length: 40", method="POST" if turn % 2 else "GET") + get("strange")[:40]
                for turn, account in enumerate(accounts)
            )
            said = everything(self.front.port, octets)
            names = re.findall(rb'"username":"([^"]*)"|"detail":"(Method)', said)
            expected = [
                (b"", b"Method") if turn % 2 else (ACCOUNTS[account].username.encode(), b"")
                for turn, account in enumerate(accounts)
            ]
            if names != expected[: len(names)] or len(names) < 30:
                problems.append(f"{len(names)} answers: {names}")

        threads = [threading.Thread(target=client, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return "\n".join(problems[:2]) or None


def nginx(folder, port, buffering="on"):
    """nginx with one connection that it keeps."""

    def make(front):
        config = folder / "front.conf"
        config.write_text(FRONT_NGINX.format(front=front, back=port, buffering=buffering))
        main = folder / "main.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        main.write_text(NGINX.format(user=user, folder=folder, config=config))
        return Server("nginx", [find("nginx"), "-c", str(main), "-p", str(folder)], front, {}, folder / "nginx.log")

    return started(make)


def haproxy(folder, port, maxconn="maxconn 2"):
    """HAProxy, which lets clients share connections."""

    def make(front):
        config = Path(folder / "front.cfg")
        config.write_text(FRONT_HAPROXY.format(front=front, back=port, maxconn=maxconn))
        return Server("haproxy", [find("haproxy"), "-db", "-f", str(config)], front, {}, folder / "haproxy.log")

    return started(make)


def test(folder, service, report):
    """Both proxies, where they are here."""
    for name, start in (("nginx", nginx), ("nginx", lambda *a: nginx(*a, buffering="off")), ("haproxy", haproxy)):
        if find(name) is None:
            report("framing", f"{name} is not here", None)
            continue
        tap = Tap(service.port)
        front = start(folder, tap.port)
        try:
            Framing(f"framing, {name}", front, tap).run(report)
        finally:
            front.stop()
            tap.stop()
