"""What every gateway must do with drf-auth's answers, whoever plays it."""

import hashlib
import json
import socket
import struct
import time
from dataclasses import dataclass

from compare.http1 import Answer, Connection

from .service import ACCOUNTS, STAFF_ROUTE
from .upstream import cgi_name

HOST, STAFF_HOST = "app.example.com", "staff.example.com"
SPOOFED = "spoofed-value"
CHECKS = 80
# What may stand in a header's name beside letters, digits and the dash.
SEPARATORS = "_.!#$%&'*+^`|~"
IDENTITY = ("X-Auth-User-Id", "X-Auth-Username", "X-Auth-Email", "X-Auth-Staff", "X-Auth-Superuser", "X-Auth-Groups")


NO_TOKEN, WRONG_TOKEN = "Authentication credentials were not provided.", "Invalid token."
DETAILS = NO_TOKEN, WRONG_TOKEN, "User inactive or deleted."
FORBIDDEN = "You do not have permission to perform this action."
AWAY = "Service temporarily unavailable, try again later."


@dataclass
class Behaviour:
    """Where a gateway differs from what drf-auth means, because it can do no better."""

    scheme: str = "Token"
    tells_how: bool = True  # WWW-Authenticate reaches the client
    forbidden: int = 403
    unavailable: int = 503  # the database is away
    away: int = 503  # drf-auth itself is away
    broken: int = 503  # the script that asks breaks off
    strips_aliases: bool = True
    keeps_identity: tuple = IDENTITY  # the headers that it hands on
    hides_token: bool = True
    asks_again: bool = True  # Retry-After reaches the client
    drops_trailers: bool = True
    details: tuple = DETAILS  # what a refusal says
    is_open: bool = False  # some paths need no token
    connections: int = 2  # to drf-auth, for any number of checks one after the other


class Wrong(Exception):
    """A case that failed, and how."""


class NotHere(Exception):
    """A case that is none for this gateway."""


class Cases:
    """The cases for one gateway, in the order in which they run."""

    def __init__(self, gateway, service, app, staff, names=None):
        self.gateway, self.service, self.app, self.staff = gateway, service, app, staff
        self.behaviour = gateway.behaviour
        # The headers that go by another name in this run.
        self.names = names or {}

    def run(self, report, *names):
        """Runs these, or all that need nothing else of the configurations, each told to `report`."""
        for name in names or [name for name in dir(self) if name.startswith("case_")]:
            title = getattr(self, name).__doc__.split("\n")[0].rstrip(".")
            try:
                getattr(self, name)()
            except NotHere:
                continue
            except Wrong as wrong:
                report(self.gateway.name, title, str(wrong))
            else:
                report(self.gateway.name, title, None)

    # --- asking ---------------------------------------------------------------------------------

    def authorization(self, account):
        """The header line with an account's token."""
        return f"Authorization: {self.behaviour.scheme} {ACCOUNTS[account].token}"

    def ask(self, account=None, lines=(), method="GET", target="/", body=None, host=HOST, connection=None):
        """Sends a request, its header lines as they are, and returns the answer with what reached the backends."""
        head = [f"{method} {target} HTTP/1.1", f"Host: {host}", *lines]
        if account is not None:
            head.append(self.authorization(account))
        if body is not None and not any(line.lower().startswith("transfer-encoding") for line in lines):
            head.append(f"Content-Length: {len(body)}")
        data = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (body or b"")
        before = len(self.app.seen), len(self.staff.seen)
        port = self.gateway.staff_port if host == STAFF_HOST else self.gateway.port
        used = connection or Connection(port)
        used.send(data)
        answer = used.receive(method.encode())
        if connection is None:
            used.close()
        reached = self.app.seen[before[0] :] + self.staff.seen[before[1] :]
        return answer, reached

    def allowed(self, account, answer, reached):
        """The backend got the request, with this account's identity and no other."""
        if answer.status != 200 or len(reached) != 1:
            raise Wrong(f"{account}: {len(reached)} requests reached the backend, answer:\n{answer.show()}")
        self.identified(account, reached[0])
        return reached[0]

    def identified(self, account, request):
        """Every identity header, by its CGI name, is the account's, or there is none."""
        expected = {self.variable(name): value for name, value in ACCOUNTS[account].identity().items()}
        values = {}
        for name, value in request["headers"]:
            variable = cgi_name(name)
            if variable in expected:
                values.setdefault(variable, []).append(value)
        for name in IDENTITY:
            variable = self.variable(name)
            found = values.get(variable, [])
            wanted = expected[variable] if name in self.behaviour.keeps_identity else ""
            if found != [wanted] and not (wanted == "" and found == []):
                raise Wrong(f"{account}: {variable} is {found} at the backend, not {wanted!r}: {request['headers']}")
        if self.behaviour.drops_trailers and request["trailers"]:
            raise Wrong(f"trailers reached the backend: {request['trailers']}")
        if self.behaviour.hides_token and any(name.lower() == "authorization" for name, _ in request["headers"]):
            raise Wrong("the token reached the backend")

    def variable(self, name):
        """What a backend calls an identity header."""
        return cgi_name(self.names.get(name, name))

    def refused(self, answer, reached, status):
        """The client got the status, and no backend the request."""
        if reached:
            raise Wrong(f"it reached the backend: {reached}")
        if not isinstance(answer, Answer) or answer.status != status:
            raise Wrong(f"the answer is not {status}:\n{answer.show()}")

    def says(self, answer, detail):
        """The client can read why, as from DRF."""
        if not self.behaviour.details:
            return
        kind = (answer.get(b"content-type") or b"").split(b";")[0]
        if kind != b"application/json" or answer.body != b'{"detail":"%s"}' % detail.encode():
            raise Wrong(f"it does not say {detail!r}:\n{answer.show()}")

    # --- the cases ------------------------------------------------------------------------------

    def case_01_allowed(self):
        """A good token: the request arrives, with identity headers."""
        for account in ("user", "other", "root", "strange", "long", "many"):
            self.allowed(account, *self.ask(account))
        odd = ["Accept: image/png;q=x", "Content-Type: multipart/form-data", "Cookie: sessionid=x; csrftoken=y"]
        self.allowed("user", *self.ask("user", odd, target="/a/b?c=d&token=e"))

    def case_02_methods(self):
        """Every method is let through as it is."""
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST"):
            body = b"" if method in ("PUT", "PATCH", "POST") else None
            answer, reached = self.ask("user", method=method, body=body)
            got = self.allowed("user", answer, reached)
            if got["method"] != method:
                raise Wrong(f"{method} came as {got['method']}")

    def case_03_unauthorized(self):
        """No token, a wrong one, an inactive user's: 401 with WWW-Authenticate."""
        scheme, inactive = self.behaviour.scheme, (self.behaviour.details or DETAILS)[-1]
        for lines, detail in (
            ([], NO_TOKEN), (["Authorization:"], NO_TOKEN), (["Authorization: Basic YTpi"], NO_TOKEN),
            ([f"Authorization: {scheme} nonsense"], WRONG_TOKEN), ([self.authorization("gone")], inactive),
        ):  # fmt: skip
            answer, reached = self.ask(None, lines)
            self.refused(answer, reached, 401)
            self.says(answer, detail)
            if self.behaviour.tells_how and answer.get(b"www-authenticate") != b"Token":
                raise Wrong(f"WWW-Authenticate is {answer.get(b'www-authenticate')}")

    def case_04_two_tokens(self):
        """Two Authorization headers are refused, whichever is good."""
        for first, second in (("user", "root"), ("user", "user"), ("gone", "user")):
            lines = [self.authorization(first), self.authorization(second)]
            answer, reached = self.ask(None, lines)
            self.refused(answer, reached, 400 if answer.status == 400 else 401)

    def case_05_forbidden(self):
        """Where staff is asked for: 403 for others, and the backend for staff."""
        for account in ("user", "root", "strange"):
            answer, reached = self.ask(account, host=STAFF_HOST)
            self.refused(answer, reached, self.behaviour.forbidden)
            self.says(answer, FORBIDDEN)
        answer, reached = self.ask(None, host=STAFF_HOST)
        self.refused(answer, reached, 401)
        answer, reached = self.ask("staff", host=STAFF_HOST)
        if answer.status != 200 or len(reached) != 1 or reached[0]["backend"] != "staff":
            raise Wrong(f"staff did not get to the staff's backend:\n{answer.show()}")
        user_id = [value for name, value in reached[0]["headers"] if cgi_name(name) == "HTTP_X_AUTH_USER_ID"]
        if user_id != [str(ACCOUNTS["staff"].id)]:
            raise Wrong(f"the user's id is {user_id}")

    def case_06_spoofed_names(self):
        """Identity headers of the client's own never arrive, in whatever spelling."""
        for name in IDENTITY:
            for lines in self.spellings(name):
                self.spoof(lines)

    def case_07_spoofed_by_connection(self):
        """Connection: X-Auth-User-Id takes no identity away, nor do Trailer and TE."""
        for name in IDENTITY:
            self.spoof_by_connection(name)

    def case_08_forwarded(self):
        """What X-Forwarded-*, X-Original-* and a query say decides nothing."""
        good = ACCOUNTS["root"].token
        lines = [
            "X-Original-URI: /verify/", "X-Original-URL: http://x/login/", "X-Original-Method: OPTIONS",
            "X-Forwarded-Uri: /verify/", "X-Forwarded-Method: OPTIONS", "X-Forwarded-Host: never.example.com",
            "X-Forwarded-Proto: https", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Prefix: /verify",
            "X-Real-IP: 127.0.0.1", "X-Rewrite-URL: /verify/", "X-HTTP-Method-Override: OPTIONS",
            "User-Agent: kube-probe/1.30", f"Cookie: token={good}",
            f"X-Forwarded-Authorization: Token {good}", f"Proxy-Authorization: Token {good}",
        ]  # fmt: skip
        target = f"/?token={good}&staff=true"
        answer, reached = self.ask(None, lines, target=target)
        self.refused(answer, reached, 401)
        answer, reached = self.ask("user", lines, target=target, host=STAFF_HOST)
        self.refused(answer, reached, self.behaviour.forbidden)
        self.allowed("user", *self.ask("user", lines, target=target))

    def case_09_body(self):
        """A POST's body arrives whole, with a length and in chunks; a refused one does not."""
        body = bytes(range(256)) * 800
        chunked = b"".join(b"%x\r\n%s\r\n" % (4096, body[at : at + 4096]) for at in range(0, len(body), 4096))
        for lines, sent in (([], body), (["Transfer-Encoding: chunked"], chunked + b"0\r\n\r\n")):
            answer, reached = self.ask("user", lines, method="POST", target="/upload", body=sent)
            got = self.allowed("user", answer, reached)
            if (got["length"], got["sha256"]) != (len(body), hashlib.sha256(body).hexdigest()):
                raise Wrong(f"{got['length']} of {len(body)} octets arrived")
            answer, reached = self.ask("gone", lines, method="POST", target="/upload", body=sent)
            if reached or answer.status not in (0, 401):
                raise Wrong(f"a refused POST: {answer.show()}")

    def case_10_keep_alive(self):
        """On one connection each request goes by its own token."""
        connection = Connection(self.gateway.port)
        for turn in range(48):
            account = ("user", "gone", "root", None, "other", "strange")[turn % 6]
            body = b"x=y" * turn if turn % 2 else None
            method = "POST" if body is not None else "GET"
            answer, reached = self.ask(account, method=method, body=body, connection=connection)
            if account in (None, "gone"):
                self.refused(answer, reached, 401)
            else:
                self.allowed(account, answer, reached)
                if json.loads(answer.body)["headers"] != [list(pair) for pair in reached[0]["headers"]]:
                    raise Wrong("the answer is another request's")
        connection.close()

    def case_11_many_headers(self):
        """More headers than drf-auth takes are no outage."""
        answer, reached = self.ask("user", [f"X-{number}: y" for number in range(150)])
        if answer.status == 200:
            self.allowed("user", answer, reached)
        else:
            self.refused(answer, reached, answer.status if answer.status in (400, 431) else 431)

    def case_12_open(self):
        """What needs no token arrives as nobody's."""
        if not self.behaviour.is_open:
            raise NotHere
        asked = ["Origin: https://x", "Access-Control-Request-Method: PUT"]
        for method, target, lines in (
            ("GET", "/admin/login/", ()), ("GET", "/static/a.css", ()), ("POST", "/admin/", ()), ("OPTIONS", "/x", asked),
        ):  # fmt: skip
            for spoofed in ([], *([f"{name}: {SPOOFED}"] for name in IDENTITY)):
                for account in (None, "root"):
                    answer, reached = self.ask(account, [*lines, *spoofed], method=method, target=target)
                    if answer.status != 200 or len(reached) != 1:
                        raise Wrong(f"{method} {target} does not arrive:\n{answer.show()}")
                    found = [pair for pair in reached[0]["headers"] if "AUTH_" in cgi_name(pair[0])]
                    if any(value for _, value in found):
                        raise Wrong(f"{method} {target}: somebody arrives: {found}")
        answer, reached = self.ask(None, asked, method="GET")
        self.refused(answer, reached, 401)
        for target in ("/adminx", "/admin/../x", "/admin/%2e%2e/x", "/api-token-auth/x", "/"):
            answer, reached = self.ask(None, target=target)
            self.refused(answer, reached, 401)
        # drf-auth's own word: this host is none of its allowed_hosts.
        answer, reached = self.ask(None, method="POST", target="/api-token-auth/", body=b"")
        self.refused(answer, reached, 400)

    def case_13_connections(self):
        """Many checks share few connections to drf-auth."""
        before = self.service.connections()
        for turn in range(CHECKS):
            account = ("user", "gone", "root", None)[turn % 4]
            posted = {"method": "POST", "body": b"x=y"} if turn % 8 < 4 else {}
            answer, reached = self.ask(account, **posted)
            if account in ("user", "root"):
                self.allowed(account, answer, reached)
            else:
                self.refused(answer, reached, 401)
        opened = self.service.connections() - before
        if opened > self.behaviour.connections:
            raise Wrong(f"{opened} connections to drf-auth for {CHECKS} checks")

    def case_14_client_goes(self):
        """A client that goes away while it is checked brings nothing through."""
        for account in (None, "gone"):
            lines = ["GET / HTTP/1.1", f"Host: {HOST}", *([self.authorization(account)] if account else ())]
            for leave in (half_close, reset):
                before = len(self.app.seen)
                self.service.pause()
                try:
                    client = socket.create_connection(("127.0.0.1", self.gateway.port), 5)
                    client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
                    time.sleep(0.2)
                    leave(client)
                    time.sleep(0.2)
                finally:
                    self.service.go_on()
                time.sleep(0.3)
                client.close()
                if self.app.seen[before:]:
                    raise Wrong(f"{account}, {leave.__name__}: it reached the backend: {self.app.seen[before:]}")

    def case_15_database(self):
        """The database away: no 401 and no 500 where the gateway can, and all is well afterwards."""
        self.allowed("user", *self.ask("user"))
        self.service.take_database()
        try:
            for method in ("GET", "POST"):
                answer, reached = self.ask("user", method=method, body=b"" if method == "POST" else None)
                self.refused(answer, reached, self.behaviour.unavailable)
                if self.behaviour.asks_again and method == "GET":
                    self.says(answer, AWAY)
                if self.behaviour.asks_again and answer.get(b"retry-after") != b"1":
                    raise Wrong(f"Retry-After is {answer.get(b'retry-after')}")
        finally:
            self.service.return_database()
        self.allowed("user", *self.ask("user"))

    def case_16_no_route(self):
        """Where drf-auth has no route of its own for staff, nobody is let through there."""
        self.service.restart(STAFF_ROUTE)
        for account in ("user", "staff", None):
            answer, reached = self.ask(account, host=STAFF_HOST)
            self.refused(answer, reached, answer.status if answer.status >= 400 else 404)
        self.allowed("user", *self.ask("user"))

    def case_17_away(self):
        """drf-auth itself away: nothing is let through."""
        self.service.stop()
        for account in ("user", None):
            answer, reached = self.ask(account)
            if self.behaviour.away == 503 or account is not None:
                self.refused(answer, reached, self.behaviour.away)
            elif reached:
                raise Wrong(f"it reached the backend: {reached}")

    # --- cases that need something else of the configurations -----------------------------------

    def renamed(self):
        """A header by another name is no client's own either."""
        self.allowed("user", *self.ask("user"))
        for name in self.names.values():
            for lines in self.spellings(name):
                self.spoof(lines)
            self.spoof_by_connection(name)

    def broken(self):
        """A check that breaks off lets nothing through."""
        for account, host in (("user", HOST), (None, HOST), ("staff", STAFF_HOST)):
            self.refused(*self.ask(account, host=host), self.behaviour.broken)

    # --- spoofing -------------------------------------------------------------------------------

    def spellings(self, name):
        """Header lines that some backend could take for `name`."""
        line = f": {SPOOFED}"
        plain = [name, name.lower(), name.upper()]
        for spelled in plain:
            yield [spelled + line]
        yield [name + line] * 2
        yield [f"{name}:{SPOOFED}", f"{name.lower()}:", f"{name}: {SPOOFED}"]
        yield [f"{name} : {SPOOFED}"]
        yield [f"{name}\t: {SPOOFED}"]
        yield [f" {name}: {SPOOFED}"]
        yield ["X-Other: a", f" {name}: {SPOOFED}"]
        yield [f"X-Other: a\n{name}: {SPOOFED}"]
        yield [f"X-Other: a\r{name}: {SPOOFED}"]
        yield [f"{name}:\t{SPOOFED}\t"]
        yield [f"{name}\xad: {SPOOFED}"]
        yield [f"{name}\0: {SPOOFED}"]
        if not self.behaviour.strips_aliases:
            return
        for separator in SEPARATORS:
            yield [name.replace("-", separator) + line]
            yield [name.lower().replace("-", separator) + line, name + line]
            first, rest = name.split("-", 1)
            yield [f"{first}{separator}{rest}{line}"]
            if "-" in rest:
                head, tail = name.rsplit("-", 1)
                yield [f"{head}{separator}{tail}{line}"]

    def spoof_by_connection(self, name):
        """The name where a proxy reads what to take away, or where it comes after the body."""
        for value in (name, name.lower(), f"close, {name}", f"keep-alive,{name}", f"{name}, Authorization"):
            self.spoof([f"Connection: {value}"])
            self.spoof([f"Connection: {value}", f"{name}: {SPOOFED}"])
        trailer = f"5\r\nhello\r\n0\r\n{name}: {SPOOFED}\r\n\r\n".encode()
        lines = [f"Trailer: {name}", "Transfer-Encoding: chunked", "TE: trailers"]
        self.spoof(lines, method="POST", body=trailer)

    def spoof(self, lines, **request):
        """Refused outright, or the account's own identity and nothing else arrives."""
        answer, reached = self.ask("user", lines, **request)
        try:
            if len(reached) > 1:
                raise Wrong(f"{len(reached)} requests arrived")
            for got in reached:
                self.identified("user", got)
            if not reached and not 400 <= answer.status < 500 and not answer.problem:
                raise Wrong(f"the answer is {answer.show()}")
            answer, reached = self.ask(None, lines, **request)
            if reached:
                raise Wrong(f"without a token it reached the backend: {reached}")
        except Wrong as wrong:
            raise Wrong(f"{lines}: {wrong}") from wrong


def half_close(client):
    """No more of the request will come."""
    client.shutdown(socket.SHUT_WR)


def reset(client):
    """The connection is gone."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
