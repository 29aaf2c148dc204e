"""Faults put into the configurations: the cases must find each, or they are worth nothing."""

from . import programs

# Gateway, file, what stands there, what is put in its place, the case that must fail.
FAULTS = [
    ("nginx", "nginx.conf", "underscores_in_headers off", "underscores_in_headers on", "spelling"),
    ("nginx", "nginx.conf", "ignore_invalid_headers on", "ignore_invalid_headers off", "spelling"),
    ("nginx", "nginx.conf", "proxy_set_header X-Auth-Staff     $auth_staff;", "", "spelling"),
    ("nginx", "nginx.conf", 'proxy_set_header X-Auth-Groups    "";', "", "spelling"),
    ("nginx", "nginx.conf", "error_page 500 = @unavailable;", "", "database"),
    ("nginx", "nginx.conf", "verify-staff/", "verify/", "staff"),
    ("nginx", "nginx.conf", "error_page 401 = @unauthorized;", "", "401"),
    ("nginx", "nginx.conf", "error_page 403 = @forbidden;", "", "staff"),
    ("nginx", "nginx.conf", "proxy_method               HEAD;", "", "connections"),
    ("nginx", "nginx.conf", "proxy_pass_request_headers off;", "", "headers"),
    ("nginx", "nginx.conf", "proxy_buffer_size          32k;", "proxy_buffer_size 4k;", "good token"),
    ("nginx", "README.md", 'proxy_set_header X-Auth-Staff     "";', "", "no token arrives"),
    ("nginx", "README.md", '"^OPTIONS ."', '"^(OPTIONS|GET) ."', "no token arrives"),
    ("haproxy", "haproxy.cfg", "option http-restrict-req-hdr-names delete", "", "spelling"),
    ("haproxy", "haproxy.cfg", "http-request del-header Authorization", "", "good token"),
    ("haproxy", "haproxy.lua", "return refuse(txn, answer.status", "return refuse(txn, 401", "database"),
    ("haproxy", "haproxy.cfg", "lua.drf_auth /verify-staff/", "lua.drf_auth /verify/", "staff"),
    ("haproxy", "haproxy.cfg", "lua.drf_auth /verify-staff/", "lua.drf_auth /verify/staff/", "no route of its own"),
    ("haproxy", "haproxy.cfg", "unless { var(txn.drf_auth) -m bool }", "if FALSE", "breaks off"),
    ("haproxy", "haproxy.cfg", "tune.bufsize 32768", "", "good token"),
    ("caddy", "Caddyfile", "request_header -*_*", "", "spelling"),
    ("caddy", "Caddyfile", "request_header -*.*", "", "spelling"),
    ("caddy", "Caddyfile", "respond @connection 400", "", "Connection"),
    ("caddy", "Caddyfile", "request_header -X-Auth-*", "", "spelling"),
    ("caddy", "Caddyfile", "handle_errors", "handle_path /x", "drf-auth itself"),
    ("apache", "apache.lua", "r.headers_in[name] = nil", "", "spelling"),
    ("apache", "apache.lua", 'if not name:match("^[%w-]+$")', 'if name:lower():match("^x[^%w]auth")', "another name"),
    ("apache", "apache.lua", "then return 400 end", "then return apache2.OK end", "Connection"),
    ("apache", "apache.lua", "status, body = 503, AWAY", "status, body = 401, AWAY", "database"),
    ("apache", "apache.lua", "r:write(body)", "", "401"),
    ("apache", "apache.conf", "RequestHeader unset Authorization", "", "good token"),
    ("envoy", "envoy.json", '["authorization"]', "[]", "good token"),
    ("envoy", "envoy.json", '"exact": "x-auth-staff"', '"exact": "x"', "good token"),
    ("envoy", "envoy.json", '"exact": "www-authenticate"', '"exact": "x"', "401"),
    ("envoy", "envoy.json", '"path_prefix": "/verify"', '"path_prefix": "/verify-staff"', "good token"),
    ("traefik", "traefik.toml", '"reject"', '"keep"', "spelling"),
    ("traefik", "traefik-routes.toml", '"X-Auth-Staff", ', "", "spelling"),
    ("traefik", "traefik-routes.toml", 'Authorization = ""', 'X-Other = ""', "good token"),
    ("traefik", "traefik-routes.toml", "verify-staff/", "verify/", "staff"),
    ("oathkeeper", "oathkeeper.json", '"X-Auth-Staff": "",', "", "spelling"),
    ("oathkeeper", "oathkeeper.json", "{{ print .Subject }}", "1", "good token"),
    ("oathkeeper", "oathkeeper-rules.json", "verify-staff/", "verify/", "staff"),
]


def run(names, test, report):
    """Each fault in turn: found where the named case fails."""
    for gateway, file, old, new, case in FAULTS:
        if gateway not in names or programs.missing([gateway]):
            continue
        failed = []
        with programs.changed((file, old, new)):
            test(gateway, lambda _, title, wrong, failed=failed: failed.append(title) if wrong else None)
        found = any(case in title for title in failed)
        report(gateway, f"without {old!r} it fails", None if found else f"nothing about {case!r} failed: {failed}")
