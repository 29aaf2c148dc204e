"""Whole projects: imported, served from the file that was written, and tokens both ways."""
import os
import stat
import subprocess

from .stage import QUIET, Service, decide, decisions, django_side, import_settings, project, refused


def run(tally, folder, binary, python, django):
    for name, check in CASES.items():
        tally.case(f"Django {django}: {name}", check, folder, binary, python, django)


def written(folder, binary, python, target):
    """The file of a project: complete, for its owner alone."""
    config = folder / (target.name + ".toml")
    ran = import_settings(binary, python, target, "-o", config)
    assert ran.returncode == 0, ran.stderr
    assert stat.S_IMODE(os.stat(config).st_mode) == 0o600, "the file may be read by others"
    return config, config.read_text(), ran.stderr


def both_ways(binary, python, target, config, path, word="Token", name="ayush@example.com"):
    """Logs in here and there; each takes the other's token."""
    theirs = django_side(python, target, "login", path, "other@example.com")
    assert theirs["status"] == 200, theirs
    with Service(binary, config) as service:
        status, body = service.ask(path, {"username": name, "password": "mypassword"})
        assert status == 200, (status, body, service.said())
        mine = django_side(python, target, "accepts", body["token"])
        assert mine["name"] == "ayush@example.com", mine
        status, who = service.ask("/verify/", authorization=f"{word} {theirs['body']['token']}")
        assert (status, who.get("username")) == (200, "other@example.com"), (status, who)
        again = service.ask(path, {"username": "other@example.com", "password": "mypassword"})
        assert again == (200, theirs["body"]), again
        wrong = service.ask(path, {"username": "ayush@example.com", "password": "no"})
        assert wrong == (400, {"non_field_errors": ["Unable to log in with provided credentials."]}), wrong
        return {"gone": service.ask(path, {"username": "gone@example.com", "password": "mypassword"})[0]}


def plain(folder, binary, python, django):
    target = folder / f"plain{django}"
    target.mkdir()
    subprocess.run([python, "-m", "django", "startproject", "mysite", target], check=True, env=QUIET)
    (target / "mysite" / "urls.py").write_text(
        "from django.urls import path\nfrom rest_framework.authtoken.views import obtain_auth_token\n"
        "urlpatterns = [path('api-token-auth/', obtain_auth_token)]\n")
    with open(target / "mysite" / "settings.py", "a") as settings:
        settings.write("INSTALLED_APPS += ['rest_framework', 'rest_framework.authtoken']\nALLOWED_HOSTS = ['testserver', '127.0.0.1']\n"
                       "REST_FRAMEWORK = {'DEFAULT_AUTHENTICATION_CLASSES': ['rest_framework.authentication.TokenAuthentication']}\n")
    django_side(python, target, "make")
    config, text, _ = written(folder, binary, python, target)
    assert "[decisions]" not in text and f'version = "{django}"' in text, text
    assert f'database_url = "sqlite:///{target}/db.sqlite3"' in text, text
    decide(config)
    both_ways(binary, python, target, config, "/api-token-auth/")


def people(folder, binary, python, django):
    target = project(folder, "people", f"people{django}")
    django_side(python, target, "make")
    config, text, _ = written(folder, binary, python, target)
    for part in ('table = "people_person"', 'username_field = "email"', 'is_staff_column = ""', 'relation_column = "person_id"',
                 'keyword = "Bearer"', 'time_zone = "Europe/Berlin"', '"/api/login/" = "obtain_auth_token"',
                 'require = { is_deleted = false }', 'username_match = "iexact"'):
        assert part in text, f"{part} is missing\n{text}"
    hides = "\nrequire = " in text
    assert set(decisions(text)) == (set() if hides else {"manager", "username_lookup"}), text
    decide(config)
    seen = both_ways(binary, python, target, config, "/api/login/", "Bearer", "AYUSH@Example.com" if hides else "ayush@example.com")
    assert seen["gone"] == (400 if hides else 200), seen


RENAMED = {"check_password", "exception_handler", "language", "middleware", "non_field_errors_key", "obtain_auth_token",
           "security_headers", "throttles", "username_lookup"}


def renamed(folder, binary, python, django):
    target = project(folder, "renamed", f"renamed{django}")
    django_side(python, target, "make")
    config, text, said = written(folder, binary, python, target)
    for part in ('table = "tbl_accounts"', 'username_field = "LoginName"', 'password_column = "pw"', 'is_active_column = ""',
                 'email_column = ""', "use_tz = false", 'time_zone = "America/Lima"', '"/v1.0/sign-in" = ', '"/v1.0/sign-in/" = ',
                 "/<slug:tenant>/login/"):
        assert part in text, f"{part} is missing\n{text}"
    assert set(decisions(text)) == RENAMED, decisions(text)
    sentences = refused(binary, config)
    for name in RENAMED:
        assert f"decisions.{name} (" in sentences and name in said, (name, sentences, said)
    decide(config)
    both_ways(binary, python, target, config, "/v1.0/sign-in/")
    # Asked again, the answers stay, what else was written there by hand, and what the file was.
    hand = '\n[passwords]\nworkers = 1\n\n[user_model]\nusername_match = "iexact"\n'
    config.write_text('listen = "127.0.0.1:8123"\n' + config.read_text().replace("\n[user_model]\n", hand).replace(
        "\n[routes]\n", '\n[routes]\n"/verify/staff/" = { view = "verify", superuser = false }\n'))
    again = import_settings(binary, python, target, "-o", config)
    assert again.returncode == 0 and f"kept what was there before as {config}.old" in again.stderr, again.stderr
    text = config.read_text()
    assert all(decisions(text).values()), text
    for part in ('\nlisten = "127.0.0.1:8123"', "\nworkers = 1", '\nusername_match = "iexact"', '"/verify/staff/" = { superuser = false, '):
        assert part in text, f"{part} is not kept\n{text}"
    assert "kept of the file that was there before: listen, " in again.stderr, again.stderr
    # An answer to other reasons is none, and a login that the project no longer has is told.
    config.write_text(text.replace("# EXCEPTION_HANDLER = ", "# EXCEPTION_HANDLER was ").replace(
        "\n[routes]\n", '\n[routes]\n"/closed/" = "obtain_auth_token"\n'))
    again = import_settings(binary, python, target, "-o", config)
    assert again.returncode == 0 and "decisions whose reasons changed: exception_handler\n" in again.stderr, again.stderr
    open_now = {name for name, words in decisions(config.read_text()).items() if not words}
    assert open_now == {"exception_handler", "routes"} and '# "/closed/" takes passwords' in config.read_text(), config.read_text()


def hashers(folder, binary, python, django):
    target = project(folder, "hashers", f"hashers{django}")
    django_side(python, target, "make")
    config, text, _ = written(folder, binary, python, target)
    for part in ('password_validators = [{ name = "MinimumLengthValidator", min_length = 12 }]',
                 'password_hashers = ["pbkdf2_sha256", "argon2"]', "pbkdf2_iterations = 12345", "argon2_time_cost = 1",
                 "argon2_memory_cost = 1024", "argon2_parallelism = 2", "authentication_classes = []"):
        assert part in text, f"{part} is missing\n{text}"
    assert set(decisions(text)) == {"password_hashers", "password_validators"}, decisions(text)
    decide(config)
    both_ways(binary, python, target, config, "/api-token-auth/")


def split(folder, binary, python, django):
    target = project(folder, "split", f"split{django}")
    (target / ".env").write_text(f"SECRET_KEY=s3cr3t\nDATABASE_URL=sqlite:///{target}/data.sqlite3\n")
    django_side(python, target, "make")
    config, text, _ = written(folder, binary, python, target)
    assert f'database_url = "sqlite:///{target}/data.sqlite3"' in text and "s3cr3t" not in text, text
    assert 'allowed_hosts = ["testserver", "127.0.0.1", ".example.com"]' in text, text
    # The default classes read no tokens, a view does.
    assert "authentication_classes = []" in text and 'keyword = "Bearer"' in text, text
    decide(config)
    both_ways(binary, python, target, config, "/api-token-auth/", "Bearer")


def badges(folder, binary, python, django):
    """Asked only: its database is nowhere."""
    target = project(folder, "badges", f"badges{django}")
    config, text, said = written(folder, binary, python, target)
    for part in ('table = "crm.people"', 'groups_table = "crm.people_groups"', 'table = "crm.badges"', "key_length = 64", 'keyword = "Badge"',
                 '"axes", "badges"]', "Rows must have a value in scope,", "post_save of badges.Person (badges.models.welcome)",
                 'badges.authentication.Bearer (at /orders/) takes the word "Bearer" before a token, here it is "Badge"'):
        assert part in " ".join(text.replace("\n# ", " ").split("\n")), f"{part} is missing\n{text}"
    assert set(decisions(text)) == {"signals", "token_authentication"}, decisions(text)
    assert 'write django.acknowledge = ["axes"]' in said, said
    decide(config)
    config.write_text(config.read_text().replace("\n[django]\n", '\n[django]\nacknowledge = ["axes"]\n'))
    again = import_settings(binary, python, target, "-o", config)
    assert "kept of the file that was there before: django.acknowledge" in again.stderr and "`serve`" not in again.stderr, again.stderr


CASES = {"a new project": plain, "a token model of its own, a lock-out": badges, "email, uuid, a manager that hides": people, "renamed tables, a view of its own": renamed,
         "hashers of its own": hashers, "split settings, .env, a router": split}
