# The database that the routers name for users and tokens.

# Options that name files, which are found from where the project runs.
FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile", "unix_socket", "socket", "ca", "cert", "key", "capath"}


def with_whole_paths(options):
    found = {}
    for key, value in options.items():
        is_file = key in FILES or key.replace("-", "_") in ("ssl_ca", "ssl_cert", "ssl_key")
        # libpq's word for the system's certificates is no file.
        is_relative = is_file and isinstance(value, str) and value not in ("", "system")
        found[key] = os.path.abspath(value) if is_relative else with_whole_paths(value) if isinstance(value, dict) else value
    return found


def one_database(alias):
    from django.db import connections
    connection = connections[alias]
    settings = connection.settings_dict
    options = settings.get("OPTIONS") or {}
    name = settings.get("NAME")
    name = os.fspath(name) if isinstance(name, os.PathLike) else name
    if connection.vendor == "sqlite" and isinstance(name, str) and name and ":memory:" not in name and not name.startswith("file:"):
        name = os.path.abspath(name)
    port = settings.get("PORT")
    return {
        "alias": alias, "engine": settings.get("ENGINE") or "", "vendor": connection.vendor,
        "is_known": str(settings.get("ENGINE") or "").startswith(DATABASE_LIBRARIES),
        "name": plain(name) or "", "user": plain(settings.get("USER")) or "", "host": plain(settings.get("HOST")) or "",
        "password": plain(settings.get("PASSWORD")) or "", "port": "" if port is None else str(port),
        "options": with_whole_paths(plain(options)), "from_files": with_whole_paths(option_files(options, connection.vendor)),
        "from_variables": with_whole_paths(variables(connection.vendor)),
        "time_zone": plain(settings.get("TIME_ZONE")) or "",
        "disable_server_side_cursors": bool(settings.get("DISABLE_SERVER_SIDE_CURSORS")),
    }


@part
def database():
    from django.contrib.auth import get_user_model
    from django.db import router
    user, token = get_user_model(), token_class()
    aliases = {"user_write": router.db_for_write(user), "user_read": router.db_for_read(user)}
    if token is not None:
        aliases.update(token_write=router.db_for_write(token), token_read=router.db_for_read(token))
    found = {"aliases": aliases, "user": one_database(aliases["user_write"])}
    found["url_in_environment"] = bool(os.environ.get("DATABASE_URL"))
    if aliases.get("token_write", aliases["user_write"]) != aliases["user_write"]:
        found["token"] = one_database(aliases["token_write"])
    return found
