# What libpq's variables and service file and MySQL's option file say, which only those libraries read.

def lines_of(name):
    """Each line that says something, with the section that it is in."""
    section = None
    with open(os.path.expanduser(name), encoding="utf-8") as file:
        for line in map(str.strip, file):
            if line.startswith("["):
                section = line[1:].partition("]")[0]
            elif line[:1] not in ("", "#", ";"):
                yield section, line


def service_file(service):
    names = [os.environ.get("PGSERVICEFILE") or "~/.pg_service.conf"]
    names.append(os.path.join(os.environ.get("PGSYSCONFDIR") or "/etc/postgresql-common", "pg_service.conf"))
    for name in names:
        if os.path.exists(os.path.expanduser(name)):
            pairs = [line.partition("=") for section, line in lines_of(name) if section == service]
            if pairs:
                return {key.strip(): value.strip() for key, _, value in pairs}
    return {}


def mysql_library():
    """Who reads the file: mysqlclient by MariaDB's or by MySQL's library, or PyMySQL in its place."""
    try:
        import MySQLdb
    except ImportError:
        return "mariadb"
    if MySQLdb.__name__ == "pymysql":
        return "pymysql"
    return "mysql" if MySQLdb.get_client_info().split(".")[0] in ("5", "8", "9") else "mariadb"


# MySQL's library alone ends a line at a # that is in no quotes.
UNCOMMENTED = r"""(?:[^#'"]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*(?:['"].*)?"""
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "s": " ", "\\": "\\", "'": "'", '"': '"'}


def mysql_value(text, library):
    text = text.strip()
    if text[:1] in ("'", '"'):
        text = text[1:-1] if text[-1:] in ("'", '"') else text[1:]
    if library == "pymysql":
        return text
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match.group(1), match.group()), text)


def mysql_file(name, group, library, depth=0):
    """What the groups that a client reads say; a directive that is not followed stays with its mark."""
    groups = {group or "client"} if library == "pymysql" else {"client", "client-server", "client-mariadb", group}
    found = {}
    for section, line in lines_of(name):
        if line.startswith("!include ") and depth < 10:
            found.update(mysql_file(line[9:].strip(), group, library, depth + 1))
        elif line.startswith("!"):
            found[line.split()[0]] = True
        elif section in groups:
            line = re.match(UNCOMMENTED, line).group() if library == "mysql" else line
            key, _, value = line.partition("=")
            found[key.strip().replace("_", "-")] = mysql_value(value, library)
    return found


def variables(vendor):
    """What libpq takes from the environment where nothing else says it."""
    names = {
        "PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname",
        "PGPASSFILE": "passfile", "PGOPTIONS": "options", "PGAPPNAME": "application_name", "PGSSLMODE": "sslmode", "PGREQUIRESSL": "requiressl",
        "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey", "PGSSLCRL": "sslcrl", "PGSSLCRLDIR": "sslcrldir",
        "PGSSLMINPROTOCOLVERSION": "ssl_min_protocol_version", "PGCHANNELBINDING": "channel_binding", "PGREQUIREAUTH": "require_auth",
        "PGREQUIREPEER": "requirepeer", "PGTARGETSESSIONATTRS": "target_session_attrs",
    }
    return {key: os.environ[name] for name, key in names.items() if vendor == "postgresql" and os.environ.get(name)}


def option_files(options, vendor):
    service = options.get("service") or os.environ.get("PGSERVICE")
    if vendor == "postgresql" and service:
        return service_file(service)
    if vendor == "mysql" and options.get("read_default_file"):
        return mysql_file(str(options["read_default_file"]), options.get("read_default_group"), mysql_library())
    return {}
