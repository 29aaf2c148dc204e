"""DATABASES of many forms: what URL each becomes. None of the servers is asked."""
import json
import stat
from urllib.parse import quote

from .stage import import_settings, project

POSTGRES = "django.db.backends.postgresql"
MYSQL = "django.db.backends.mysql"

# DATABASES["default"], the URL without password, the URL with it, open decisions.
FORMS = [
    ({"ENGINE": POSTGRES, "NAME": "app"}, "postgres:///app", None, ""),
    ({"ENGINE": POSTGRES, "NAME": "app", "USER": "u", "PASSWORD": "p@ss/w:rd", "HOST": "db", "PORT": 5433},
     "postgres://u@db:5433/app", "postgres://u:p%40ss%2Fw%3Ard@db:5433/app", ""),
    ({"ENGINE": POSTGRES, "NAME": "app", "HOST": "/var/run/postgresql", "TIME_ZONE": "UTC"},
     "postgres://%2Fvar%2Frun%2Fpostgresql/app", None, ""),
    ({"ENGINE": POSTGRES, "NAME": "app", "HOST": "db", "OPTIONS": {"sslmode": "require", "options": "-c search_path=crm", "isolation_level": 2}},
     "postgres://db/app?sslmode=require&options=-c%20search_path%3Dcrm", None, ""),
    ({"ENGINE": POSTGRES, "NAME": "app", "HOST": "pool", "DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": None},
     "postgres://pool/app", None, ""),
    ({"ENGINE": POSTGRES, "NAME": "", "OPTIONS": {"service": "crm"}}, 
     "postgres://svc@pg.example/crm?application_name=crm", "postgres://svc:fr0m-file@pg.example/crm?application_name=crm", ""),
    ({"ENGINE": POSTGRES, "NAME": "app", "HOST": "a,b", "PORT": "1,2"}, "postgres://a:1/app", None, "database_options"),
    ({"ENGINE": POSTGRES, "NAME": "app", "OPTIONS": {"target_session_attrs": "read-write"}}, "postgres:///app", None, "database_options"),
    ({"ENGINE": MYSQL, "NAME": "app", "USER": "u", "PASSWORD": "pw", "HOST": "/run/mysqld/mysqld.sock",
      "OPTIONS": {"charset": "utf8mb4", "init_command": "SET sql_mode='STRICT_TRANS_TABLES'"}},
     "mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/app?charset=utf8mb4", "mysql://u:pw@%2Frun%2Fmysqld%2Fmysqld.sock/app?charset=utf8mb4", ""),
    ({"ENGINE": MYSQL, "NAME": "app", "USER": "u", "HOST": "db", "PORT": "3307", "OPTIONS": {"ssl": {"ca": "/etc/ca.pem"}}},
     "mysql://u@db:3307/app?ssl-ca=%2Fetc%2Fca.pem", None, ""),
    ({"ENGINE": MYSQL, "NAME": "app", "OPTIONS": {"read_default_file": "MY_CNF"}}, "mysql://cnf@my.example/app",
     "mysql://cnf:fr0m-file%20%23%5C%22@my.example/app", ""),
    ({"ENGINE": MYSQL, "NAME": "app", "USER": "u", "OPTIONS": {"read_default_group": "app"}}, "mysql://u@/app", None, "database_options"),
    ({"ENGINE": POSTGRES, "NAME": "app", "HOST": "db", "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "certs/ca.pem"}},
     "postgres://db/app?sslmode=verify-full&sslrootcert=FOLDER%2Fcerts%2Fca.pem", None, ""),
    ({"ENGINE": MYSQL, "NAME": "app", "USER": "u", "HOST": "db", "OPTIONS": {"ssl": {"ca": "ca.pem"}}},
     "mysql://u@db/app?ssl-ca=FOLDER%2Fca.pem", None, ""),
    ({"ENGINE": MYSQL, "NAME": "app", "USER": "u", "OPTIONS": {"init_command": "SET ROLE x"}}, "mysql://u@/app", None, "database_options"),
]


def run(tally, folder, binary, python):
    target = project(folder, "databases", "databases")
    # Quoted and escaped as MySQL reads it, with an option of another program.
    (target / "my.cnf").write_text(
        '[client]\nhost = my.example\nuser=\'cnf\'\npassword = "fr0m-file\\s#\\\\\\""\nno-auto-rehash\nprompt = x\n[mysqld]\nuser = mysql\n')
    (target / "pg_service.conf").write_text("[crm]\nhost=pg.example\ndbname=crm\nuser=svc\npassword=fr0m-file\napplication_name=crm\n")
    for number, (form, url, *expected) in enumerate(FORMS):
        text = json.dumps(form).replace("MY_CNF", str(target / "my.cnf"))
        url = url.replace("FOLDER", quote(str(target), safe=""))
        tally.case(f"DATABASES: {text}", one, binary, python, target, text, folder / f"form{number}.toml", url, *expected)
    tally.case("DATABASES: libpq's variables", variables, binary, python, target, folder / "variables.toml")
    tally.case("CORS before django-cors-headers 3.5", cors, binary, python, project(folder, "databases", "cors"))


def variables(binary, python, target, config):
    """What a service file and OPTIONS say stands above them."""
    said = {"PGHOST": "env.example", "PGPORT": "6432", "PGUSER": "env", "PGPASSWORD": "fr0m-env", "PGSSLMODE": "require", "PGSSLROOTCERT": "ca.pem"}
    form = {"ENGINE": POSTGRES, "NAME": "app", "USER": "u", "OPTIONS": {"sslmode": "verify-full"}}
    ran = import_settings(binary, python, target, "-o", config, FORM=json.dumps(form), **said)
    assert ran.returncode == 0, ran.stderr
    secret = config.with_name(config.name + ".database-url").read_text()
    query = f"sslmode=verify-full&sslrootcert={quote(str(target / 'ca.pem'), safe='')}"
    assert sorted(secret.strip().partition("?")[2].split("&")) == sorted(query.split("&")), secret
    assert secret.startswith("postgres://u:fr0m-env@env.example:6432/app?"), secret


def cors(binary, python, target):
    """A library that knows its settings by their former names alone."""
    (target / "corsheaders").mkdir()
    (target / "corsheaders" / "__init__.py").touch()
    (target / "corsheaders" / "signals.py").write_text("from django.dispatch import Signal\ncheck_request_enabled = Signal()\n")
    (target / "corsheaders" / "conf.py").write_text(
        "from django.conf import settings\nclass Settings:\n"
        "    CORS_ORIGIN_WHITELIST = property(lambda self: getattr(settings, 'CORS_ORIGIN_WHITELIST', ()))\n"
        "    CORS_ORIGIN_ALLOW_ALL = property(lambda self: getattr(settings, 'CORS_ORIGIN_ALLOW_ALL', False))\nconf = Settings()\n")
    with open(target / "settings.py", "a") as settings:
        settings.write("MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware']\nCORS_ORIGIN_WHITELIST = ('https://a.example',)\n"
                       "CORS_ALLOW_ALL_ORIGINS = True\nCORS_ORIGIN_REGEX_WHITELIST = [r'^https://b']\n")
    ran = import_settings(binary, python, target, FORM=json.dumps({"ENGINE": POSTGRES, "NAME": "app"}))
    assert ran.returncode == 0, ran.stderr
    for part in ('allowed_origins = ["https://a.example"]', 'allowed_origin_regexes = ["^https://b"]', "allow_all_origins = false"):
        assert f"\n{part}\n" in ran.stdout, (part, ran.stdout)


def one(binary, python, target, form, config, url, secret, decision):
    ran = import_settings(binary, python, target, "-o", config, FORM=form, PGSERVICEFILE=str(target / "pg_service.conf"))
    assert ran.returncode == 0, ran.stderr
    text, file = config.read_text(), config.with_name(config.name + ".database-url")
    if secret is None:
        assert f'\ndatabase_url = "{url}"\n' in text and not file.exists(), text
    else:
        assert f'\ndatabase_url_file = "{file}"\n' in text and url in text.replace("\n# ", " "), text
        assert secret not in text and file.read_text() == secret + "\n" and stat.S_IMODE(file.stat().st_mode) == 0o600, file.read_text()
        shown = import_settings(binary, python, target, FORM=form, PGSERVICEFILE=str(target / "pg_service.conf")).stdout
        assert "\n# database_url_file" in shown and "fr0m-file" not in shown, shown
    assert ('\ndatabase_options = ""\n' in text) == (decision == "database_options"), text
    assert ("prepared_statements = false" in text) == ("SERVER_SIDE" in form), text
