# The database that the routers name for users and tokens.

def ini_section(name, section):
    import configparser
    parser = configparser.ConfigParser(allow_no_value=True, strict=False, interpolation=None)
    with open(os.path.expanduser(name), encoding="utf-8") as file:
        parser.read_string("\n".join(line for line in file.read().splitlines() if not line.startswith("!")))
    return dict(parser.items(section)) if parser.has_section(section) else {}


def expand_option_files(options, vendor):
    """What libpq's service file and MySQL's option file say, which only those libraries read."""
    said = {}
    if vendor == "postgresql" and options.get("service"):
        names = [os.environ.get("PGSERVICEFILE") or "~/.pg_service.conf"]
        names.append(os.path.join(os.environ.get("PGSYSCONFDIR") or "/etc/postgresql-common", "pg_service.conf"))
        for name in names:
            if os.path.exists(os.path.expanduser(name)):
                said = ini_section(name, options["service"])
            if said:
                break
    if vendor == "mysql" and options.get("read_default_file"):
        said = ini_section(str(options["read_default_file"]), options.get("read_default_group") or "client")
    return {key.replace("_", "-"): value for key, value in said.items()}


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
        "options": plain(options), "from_files": plain(expand_option_files(options, connection.vendor)),
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
