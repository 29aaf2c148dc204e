"""The gateways themselves, where Debian has them: each with its configuration of this folder, but for the ports."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

from compare.servers import Failure, Server, started

from .cases import DETAILS, IDENTITY, Behaviour

HERE = Path(__file__).resolve().parent
NGINX = """daemon off;
{user}pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/client_body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    client_max_body_size 10m;
    include {config};
}}
"""
APACHE = """ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache-error.log
DefaultRuntimeDir {folder}
{user}LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ServerName example.com
Mutex pthread
Include {config}
"""


class Gateway:
    """A running gateway in front of a drf-auth and two backends."""

    def __init__(self, name, server, behaviour=None):
        self.name, self.server = name, server
        self.port = self.staff_port = server.port
        self.behaviour = behaviour or Behaviour()

    def stop(self):
        """Ends it."""
        self.server.stop()


class Ports:
    """What stands in the configurations, and what is there in a run."""

    def __init__(self, drf_auth, app, staff):
        self.drf_auth, self.app, self.staff = drf_auth, app, staff

    def put(self, text, front):
        """The text of a configuration with this run's ports."""
        ports = {"8001": self.drf_auth, "8000": self.app, "8002": self.staff, "8080": front}
        return re.sub(r"\b(8000|8001|8002|8080)\b", lambda match: str(ports[match[1]]), text)


def find(*programs):
    """The first of these that is installed."""
    for program in programs:
        if found := shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/local/sbin"):
            return found
    return None


# What is changed in the configurations of a run: a file, or all of them, what stands there, what is put in its place.
CHANGES = []
# A script that breaks off in the middle of a check.
BROKEN = {
    "haproxy": ("haproxy.lua", "local headers = answer.headers or {}", "error('broken')"),
    "apache": ("apache.lua", 'local authorization = r.headers_in["Authorization"]', "error('broken')"),
}


@contextmanager
def changed(*changes):
    """The configurations with these changes, and those that are made already."""
    CHANGES.extend(changes)
    try:
        yield
    finally:
        del CHANGES[len(CHANGES) - len(changes) :]


def renamed(old, new):
    """The changes that give a header another name, in every way in which configurations write it."""
    spelled = (str, str.lower, lambda name: name.lower().replace("-", "_"))
    return [(None, spell(old), spell(new)) for spell in spelled]


def configuration(name):
    """A configuration of this folder."""
    text = (HERE / name).read_text()
    for file, old, new in CHANGES:
        if file == name and old not in text:
            raise Failure(f"{name} has no {old!r}")
        if file in (name, None):
            text = text.replace(old, new)
    return text


def copied(folder, ports, front, *names):
    """Copies of configurations, with this run's ports; the path of the first."""
    for name in names:
        (folder / name).write_text(ports.put(configuration(name), front))
    return folder / names[0]


def _start(name, folder, make, behaviour=None):
    def on(port):
        command, env = make(port)
        return Server(name, command, port, {**os.environ, **env}, folder / f"{name}.log")

    return Gateway(name, started(on), behaviour)


# Those whose configurations do not hand on the groups.
NO_GROUPS = tuple(name for name in IDENTITY if name != "X-Auth-Groups")


def open_locations():
    """What README.md adds to nginx.conf for what needs no token."""
    return configuration("README.md").partition("```nginx\n")[2].partition("```")[0]


def nginx(folder, ports):
    """nginx with auth_request."""
    program = find("nginx")

    def make(port):
        config = copied(folder, ports, port, "nginx.conf")
        last = "ignore_invalid_headers on;\n"
        config.write_text(config.read_text().replace(last, last + ports.put(open_locations(), port), 1))
        user = "user root;\n" if os.geteuid() == 0 else ""
        main = folder / "main.conf"
        main.write_text(NGINX.format(user=user, folder=folder, config=config))
        return [program, "-c", str(main), "-p", str(folder)], {}

    # It knows the answer's headers, and not its body.
    behaviour = Behaviour(keeps_identity=NO_GROUPS, details=DETAILS[:2], is_open=True)
    return _start("nginx", folder, make, behaviour)


def haproxy(folder, ports):
    """HAProxy with haproxy.lua."""
    program = find("haproxy")

    def make(port):
        config = copied(folder, ports, port, "haproxy.cfg", "haproxy.lua")
        config.write_text(config.read_text().replace("thread haproxy.lua", f"thread {folder}/haproxy.lua"))
        return [program, "-db", "-f", str(config)], {}

    return _start("haproxy", folder, make, Behaviour(drops_trailers=False))


def caddy(folder, ports):
    """Caddy with forward_auth."""
    program = find("caddy")

    def make(port):
        config = copied(folder, ports, port, "Caddyfile")
        config.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + config.read_text())
        env = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        return [program, "run", "--config", str(config), "--adapter", "caddyfile"], env

    return _start("caddy", folder, make, Behaviour(keeps_identity=NO_GROUPS))


def apache(folder, ports):
    """Apache with mod_lua and apache.lua."""
    program = find("apache2", "httpd")

    def make(port):
        config = copied(folder, ports, port, "apache.conf", "apache.lua")
        text = config.read_text()
        config.write_text(text.replace(" apache.lua ", f" {folder}/apache.lua "))
        main = folder / "main.conf"
        user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
        main.write_text(APACHE.format(user=user, folder=folder, config=config))
        return [program, "-DFOREGROUND", "-f", str(main)], {}

    # Each thread has a connection of its own. An error of the script is Apache's own 500.
    return _start("apache", folder, make, Behaviour(connections=25, broken=500))


# Each with the Debian packages it needs and how to see that they are there.
PROGRAMS = {
    "nginx": (nginx, {"nginx-light": lambda: find("nginx")}),
    "haproxy": (haproxy, {"haproxy": lambda: find("haproxy")}),
    "caddy": (caddy, {"caddy": lambda: find("caddy")}),
    "apache": (
        apache,
        {
            "apache2": lambda: find("apache2", "httpd"),
            "lua-socket": lambda: Path("/usr/share/lua/5.3/socket.lua").exists(),
        },
    ),
}


def missing(names):
    """The Debian packages that these gateways lack."""
    return sorted({
        package for name in names for package, is_there in PROGRAMS.get(name, (None, {}))[1].items() if not is_there()
    })  # fmt: skip

