"""Gateways that Debian does not have, played as their documentation says, by the configurations of this folder.

What is played is what concerns an auth request: which method, path and headers go there, which answers mean yes, what
becomes of the headers on the way on, and what the client is told otherwise.
"""

import json
import re
import socket
import threading
from urllib.parse import urlsplit

from compare.http1 import Answer, Connection

from .cases import CHECKS, STAFF_HOST, Behaviour
from .programs import configuration

TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}


class Refused(Exception):
    """The client gets this status, and no header but Content-Length."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


class Played:
    """A little proxy whose rules a subclass has."""

    behaviour = Behaviour()

    def __init__(self, name, ports):
        self.name, self.ports = name, ports
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.staff_port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        """No more connections."""
        self.listener.close()

    def configuration(self, name, load):
        """A configuration with this run's ports."""
        return load(self.ports.put(configuration(name), self.port))

    # --- what a gateway decides -----------------------------------------------------------------

    def check(self, method, target, headers):
        """Asks drf-auth; returns the headers for the backend, or the client's answer."""
        raise NotImplementedError

    def backend(self, headers):
        """The port to go on to."""
        return self.ports.staff if get(headers, "host") == STAFF_HOST else self.ports.app

    def ask(self, method, url, headers):
        """A request to drf-auth on a connection of its own; None where it does not answer."""
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        try:
            connection = Connection(parts.port)
            connection.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
            answer = connection.receive(method.encode())
        except OSError:
            return None
        connection.close()
        return None if answer.problem else answer

    # --- the proxy ------------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as reader:
            try:
                while self._answer(connection, reader):
                    pass
            except (OSError, ValueError):
                pass

    def _answer(self, connection, reader):
        line = reader.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            return False
        method, target, _ = line.split(" ", 2)
        try:
            headers = _fields(reader)
            body = _body(reader, headers)
        except Refused as refused:
            connection.sendall(_written(Answer(refused.status), method))
            return False
        try:
            outcome = self.check(method, target, end_to_end(headers))
        except Refused as refused:
            outcome = Answer(refused.status)
        if not isinstance(outcome, Answer):
            lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in outcome)]
            if body is not None:
                lines.append(f"Content-Length: {len(body)}")
            onward = Connection(self.backend(headers))
            onward.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
            outcome = onward.receive(method.encode())
            onward.close()
        connection.sendall(_written(outcome, method))
        return True


def _fields(reader):
    fields = []
    while (line := reader.readline().decode("latin-1").rstrip("\r\n")):
        name, _, value = line.partition(":")
        if not TOKEN.match(name) or "\0" in value or "\r" in value:
            raise Refused(400)
        fields.append((name, value.strip(" \t")))
    return fields


def _body(reader, headers):
    if "chunked" in get(headers, "transfer-encoding", "").lower():
        body = b""
        while size := int(reader.readline().split(b";")[0], 16):
            body += reader.read(size)
            reader.readline()
        _fields(reader)  # trailers go no further
        return body
    length = get(headers, "content-length")
    return None if length is None else reader.read(int(length))


def _written(answer, method):
    head = [b"HTTP/1.1 %d x" % answer.status]
    head += [b"%s: %s" % pair for pair in answer.headers if pair[0] not in (b"content-length", b"connection")]
    head.append(b"Content-Length: %d" % len(answer.body))
    return b"\r\n".join(head) + b"\r\n\r\n" + (b"" if method == "HEAD" else answer.body)


def get(headers, name, default=None):
    """The header's values, joined."""
    values = [value for key, value in headers if key.lower() == name]
    return ",".join(values) if values else default


def end_to_end(headers):
    """Without what is for one connection alone, also what Connection names."""
    named = {name.strip().lower() for name in get(headers, "connection", "").split(",")}
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in HOP_BY_HOP | named and name.lower() != "content-length"
    ]


def without(headers, *names):
    """The headers but these."""
    gone = {name.lower() for name in names}
    return [(name, value) for name, value in headers if name.lower() not in gone]


class Envoy(Played):
    """ext_authz, HTTP service: the method and the path of the request, below a prefix."""

    # Of a 5xx it takes nothing over.
    behaviour = Behaviour(asks_again=False, connections=CHECKS)

    def __init__(self, ports, prefix=None):
        super().__init__("envoy", ports)
        root = self.configuration("envoy.json", json.loads)
        filters = root["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        self.connection = filters
        by_name = {one["name"]: one["typed_config"] for one in filters["http_filters"]}
        order = [one["name"].rsplit(".", 1)[1] for one in filters["http_filters"]]
        assert order == ["lua", "ext_authz", "router"], order
        self.lua = by_name["envoy.filters.http.lua"]["default_source_code"]["inline_string"]
        self.authz = by_name["envoy.filters.http.ext_authz"]
        self.service = self.authz["http_service"]
        self.prefix = prefix or self.service["path_prefix"]

    def check(self, method, target, headers):
        if self.connection["common_http_protocol_options"]["headers_with_underscores_action"] == "REJECT_REQUEST":
            if any("_" in name for name, _ in headers):
                raise Refused(400)
        # What the Lua filter removes; Envoy has made all names lower case.
        assert "not name:match('^:?[%w-]+$')" in self.lua
        identity = re.findall(r"'([^']*)'", re.search(r"local identity = \{([^}]*)\}", self.lua)[1])
        headers = [pair for pair in without(headers, *identity) if re.fullmatch(r"[A-Za-z0-9-]+", pair[0])]
        asked = [("Content-Length", "0")]
        if (authorization := get(headers, "authorization")) is not None:
            asked.append(("Authorization", authorization))
        answer = self.ask(method, self.service["server_uri"]["uri"] + self.prefix + target, asked)
        if answer is None or answer.status >= 500:
            assert not self.authz["failure_mode_allow"]
            raise Refused({"ServiceUnavailable": 503}[self.authz["status_on_error"]["code"]])
        response = self.service["authorization_response"]
        if answer.status != 200:
            kept = self._allowed(answer, response["allowed_client_headers"])
            return Answer(answer.status, headers=kept, body=answer.body)
        identity = self._allowed(answer, response["allowed_upstream_headers"])
        removed = self.connection["route_config"]["virtual_hosts"][0]["request_headers_to_remove"]
        headers = without(headers, *removed, *(name.decode() for name, _ in identity))
        return headers + [(name.decode(), value.decode()) for name, value in identity]

    @staticmethod
    def _allowed(answer, matcher):
        def matches(name):
            patterns = matcher["patterns"]
            return any(name == one["exact"] for one in patterns)

        return [(name, value) for name, value in answer.headers if matches(name.decode())]

    def backend(self, headers):
        return self.ports.staff if self.prefix.endswith("-staff") else self.ports.app


class Traefik(Played):
    """ForwardAuth: a GET with the client's headers."""

    # An endpoint that does not answer at all is a 500.
    behaviour = Behaviour(away=500, connections=CHECKS)

    def __init__(self, ports):
        import tomllib

        super().__init__("traefik", ports)
        self.static = self.configuration("traefik.toml", tomllib.loads)
        self.http = self.configuration("traefik-routes.toml", tomllib.loads)["http"]

    def check(self, method, target, headers):
        if self.static["entryPoints"]["web"]["http"]["aliasHeadersStrategy"] == "reject":
            if any(re.search(r"[^A-Za-z0-9-]", name) for name, _ in headers):
                raise Refused(400)
        host = get(headers, "host")
        router = self.http["routers"]["staff" if f"`{host}`" in self.http["routers"]["staff"]["rule"] else "app"]
        auth = self.http["middlewares"][router["middlewares"][0]]["forwardAuth"]
        assert not auth["trustForwardHeader"]
        asked = without(headers, "host", *(n for n, _ in headers if n.lower().startswith("x-forwarded-")))
        asked += [
            ("X-Forwarded-Method", method), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", host),
            ("X-Forwarded-Uri", target), ("X-Forwarded-For", "127.0.0.1"),
        ]  # fmt: skip
        answer = self.ask("GET", auth["address"], asked)
        if answer is None:
            raise Refused(500)
        if not 200 <= answer.status < 300:
            return Answer(answer.status, headers=answer.headers, body=answer.body)
        headers = without(headers, *auth["authResponseHeaders"])
        for name in auth["authResponseHeaders"]:
            if (value := answer.get(name.lower().encode())) is not None:
                headers.append((name, value.decode()))
        removed = self.http["middlewares"][router["middlewares"][1]]["headers"]["customRequestHeaders"]
        return without(headers, *(name for name, value in removed.items() if value == ""))


class Oathkeeper(Played):
    """The bearer_token authenticator, which reads the body of a 200."""

    behaviour = Behaviour(
        scheme="Bearer", tells_how=False, forbidden=401, unavailable=401, away=403, strips_aliases=False,
        keeps_identity=("X-Auth-User-Id",), hides_token=False, asks_again=False,
        details=(), connections=CHECKS,
    )  # fmt: skip

    def __init__(self, ports):
        super().__init__("oathkeeper", ports)
        self.config = self.configuration("oathkeeper.json", json.loads)
        self.rules = self.configuration("oathkeeper-rules.json", json.loads)

    def check(self, method, target, headers):
        url = f"http://{get(headers, 'host')}{target}"
        matched = [rule for rule in self.rules if self._matches(rule["match"], method, url)]
        if len(matched) != 1:
            raise Refused(404 if not matched else 500)
        config = dict(self.config["authenticators"]["bearer_token"]["config"])
        config.update(matched[0]["authenticators"][0].get("config", {}))
        # Of several headers Go takes the first; a scheme that is not Bearer is not this authenticator's.
        first = next((value for name, value in headers if name.lower() == "authorization"), "")
        scheme, _, token = first.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401)
        assert config["preserve_path"] and config["preserve_query"] and config["force_method"] == "GET"
        forwarded = {name.lower() for name in config["forward_http_headers"]}
        asked = [(name, value) for name, value in headers if name.lower() in forwarded]
        answer = self.ask("GET", config["check_session_url"], asked)
        if answer is None:
            raise Refused(403)
        if answer.status != 200:
            raise Refused(401)
        subject = json.loads(answer.body)[config["subject_from"]]
        for name, template in self.config["mutators"]["header"]["config"]["headers"].items():
            value = template.replace("{{ print .Subject }}", subject)
            headers = without(headers, name) + [(name, value)]
        return headers

    @staticmethod
    def _matches(match, method, url):
        parts = re.split(r"<([^>]*)>", match["url"])
        pattern = "".join(part if at % 2 else re.escape(part) for at, part in enumerate(parts))
        return method in match["methods"] and re.fullmatch(pattern, url) is not None


def envoy(_folder, ports):
    """Two listeners: the second one's prefix is that of the staff's route."""
    played, staff = Envoy(ports), Envoy(ports, "/verify-staff")
    played.staff_port = staff.port
    played.staff_listener = staff
    return played


PLAYED = {
    "envoy": envoy,
    "traefik": lambda _folder, ports: Traefik(ports),
    "oathkeeper": lambda _folder, ports: Oathkeeper(ports),
}
