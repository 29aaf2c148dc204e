"""Faults put into the configurations: the cases must find each, or they are worth nothing."""

from . import programs

# Gateway, file, what stands there, what is put in its place, the case that must fail.
FAULTS = [
    ("nginx", "nginx.conf", "underscores_in_headers off", "underscores_in_headers on", "spelling"),
    ("nginx", "nginx.conf", "ignore_invalid_headers on", "ignore_invalid_headers off", "spelling"),
    ("nginx", "nginx.conf", "proxy_set_header X-Auth-Staff     $auth_staff;", "", "spelling"),
    ("nginx", "nginx.conf", 'proxy_set_header X-Auth-Groups    "";', "", "spelling"),
    ("nginx", "nginx.conf", "error_page 500 = @unavailable;", "", "database"),
    ("nginx", "nginx.conf", "verify/staff/", "verify/", "staff"),
    ("haproxy", "haproxy.cfg", "option http-restrict-req-hdr-names delete", "", "spelling"),
    ("haproxy", "haproxy.cfg", "http-request del-header Authorization", "", "good token"),
    ("haproxy", "haproxy.lua", "return refuse(txn, answer.status", "return refuse(txn, 401", "database"),
    ("haproxy", "haproxy.cfg", "lua.drf_auth /verify/staff/", "lua.drf_auth /verify/", "staff"),
    ("caddy", "Caddyfile", "request_header -*_*", "", "spelling"),
    ("caddy", "Caddyfile", "request_header -*.*", "", "spelling"),
    ("caddy", "Caddyfile", "respond @connection 400", "", "Connection"),
    ("caddy", "Caddyfile", "request_header -X-Auth-*", "", "spelling"),
    ("caddy", "Caddyfile", "handle_errors", "handle_path /x", "drf-auth itself"),
    ("apache", "apache.lua", "r.headers_in[name] = nil", "", "spelling"),
    ("apache", "apache.lua", "then return 400 end", "then return apache2.OK end", "Connection"),
    ("apache", "apache.lua", "return 503", "return 401", "database"),
    ("apache", "apache.conf", "RequestHeader unset Authorization", "", "good token"),
]


def run(names, test, report):
    """Each fault in turn: found where the named case fails."""
    for gateway, file, old, new, case in FAULTS:
        if gateway not in names or programs.missing([gateway]):
            continue
        failed = []
        programs.FAULT = (file, old, new)
        try:
            test(gateway, lambda _, title, wrong, failed=failed: failed.append(title) if wrong else None)
        finally:
            programs.FAULT = None
        found = any(case in title for title in failed)
        report(gateway, f"without {old!r} it fails", None if found else f"nothing about {case!r} failed: {failed}")
