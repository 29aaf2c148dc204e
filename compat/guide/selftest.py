"""Faults put into the pages: the facts must find each, or they are worth nothing."""

from . import pages as guide

PAGE = "from-django-login.md"
SIDE, OFF = "side-by-side.md", "off-python.md"

# Page, what stands there, what is put in its place, the fact that must fail.
WORDS = [
    (PAGE, "drf-auth import-settings -o", "drf-auth import-settings -p", "command"),
    (OFF, "drf-auth users revoke_token maria", "drf-auth users revoke_tokens maria", "command"),
    (OFF, "drf-auth drf_create_token maria", "drf-auth drf_create_token maria paul", "command"),
    (SIDE, "prepared_statements = false\n", "prepared_statement = false\n", "TOML"),
    (SIDE, "[database] acquire_timeout", "[database] aquire_timeout", "key"),
    (SIDE, "[django] upgrade_passwords = false", "[django] upgrade_passwords = no", "key"),
    (OFF, "DRF_AUTH_DATABASE_URL_FILE", "DRF_AUTH_DATABASE_FILE", "variable"),
    (PAGE, "](#4-serve)", "](#4-server)", "link"),
]
FRONT = [
    (SIDE, "drf_auth_database_statements_waiting", "drf_auth_statements_waiting", "metric"),
    (PAGE, "`malformed_password`, ", "", "metric"),
    (PAGE, "split_clients $remote_addr", "split_clients $host", "share"),
    (PAGE, "split_clients $remote_addr", "split_clients $request_id", "share"),
    (PAGE, "    default  $login_share;", "    default  drf_auth;", "share"),
    (PAGE, "    drf-auth drf_auth;", "    drf-auth django;", "as installed"),
    (PAGE, "    server 127.0.0.1:8000 backup;\n", "", "away"),
    (PAGE, "        proxy_pass       http://django;", "        proxy_pass       http://$login_by;", "roll-back"),
    (PAGE, "        proxy_set_header Host         $host;\n", "", "as installed"),
    (PAGE, "        proxy_set_header X-Request-ID $request_id;\n", "", "log"),
    (PAGE, "        limit_req_status 429;\n", "", "429"),
    (
        PAGE,
        "        limit_req_status 429;\n",
        "        limit_req_status 429; proxy_next_upstream error timeout http_503 non_idempotent;\n",
        "503",
    ),
]


def run(words, front, pages, report):
    """Each fault in turn: found where the named fact fails. `words` and `front` say which do on some pages."""
    for faults, failures in ((WORDS, words), (FRONT, front)):
        for name, old, new, fact in faults:

            def found(failed=failures(guide.spoiled(pages, name, old, new)), fact=fact):
                assert any(fact in title for title in failed), f"nothing about {fact!r} failed: {failed}"

            report(name, f"{new.strip() or 'nothing'!r} for {old.strip()!r} is found", found)
