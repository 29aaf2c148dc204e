"""The projects: what is special about each, and the configuration that drf-auth is given for it."""

from dataclasses import dataclass, field

ALL = ("sqlite", "postgres", "mariadb")


@dataclass
class Project:
    """A Django project with its configuration of drf-auth."""

    name: str
    about: str
    app: str = ""
    engines: tuple = ALL
    keyword: str = "Token"
    user_model: dict = field(default_factory=dict)
    token_model: dict = field(default_factory=dict)
    # USERNAME_FIELD of the model, and a name made of a word.
    username: str = "username"
    address: str = "{}"
    # Further values of a user, made of the word.
    values: dict = field(default_factory=dict)
    has_active: bool = True
    has_groups: bool = True
    iexact: bool = False
    # The column values that hide a user from logins.
    hidden: dict = field(default_factory=dict)
    schema: str = ""
    # How the schema is named: in the URL, or before the tables' names.
    schema_in_url: bool = True
    # Further applications, and the packages that they are in.
    more_apps: tuple = ()
    packages: tuple = ()
    # What the configuration says beside the models.
    more: str = ""
    # AUTHENTICATION_BACKENDS.
    backend: str = "django.contrib.auth.backends.ModelBackend"

    def name_of(self, word):
        """The user's name in the project."""
        return self.address.format(word)

    def table(self, key, default):
        """A table's configured name."""
        return self.user_model.get(key, default)

    def toml(self):
        """The sections of the configuration that say what the models are."""
        user, token = dict(self.user_model), dict(self.token_model)
        if self.schema and not self.schema_in_url:
            user["table"] = f"{self.schema}.auth_user"
            token["table"] = f"{self.schema}.authtoken_token"
        if self.keyword != "Token":
            token["keyword"] = self.keyword
        return section("user_model", user) + section("token_model", token)


def section(name, keys):
    """A TOML section; a value that is a table is written inline."""
    return "".join([f"[{name}]\n", *(f"{key} = {value(of)}\n" for key, of in keys.items())]) if keys else ""


def value(of):
    """A TOML value."""
    if isinstance(of, dict):
        return "{ " + ", ".join(f"{key} = {value(inner)}" for key, inner in of.items()) + " }"
    if isinstance(of, list):
        return "[" + ", ".join(map(value, of)) + "]"
    return str(of).lower() if isinstance(of, bool | int) else f'"{of}"'


ALL_USERS = "django.contrib.auth.backends.AllowAllUsersModelBackend"

PROJECTS = [
    Project("plain", "Django's own user and token models"),
    Project(
        "members",
        "login by email whatever its case, uuid keys, a manager that hides rows, no flags and no permissions",
        app="members",
        user_model={
            "table": "members_member",
            "username_field": "email",
            "username_match": "iexact",
            "require": {"is_deleted": False, "left__isnull": True},
            "is_active_column": "",
            "is_staff_column": "",
            "is_superuser_column": "",
        },
        username="email",
        address="{}@Example.org",
        has_active=False,
        has_groups=False,
        iexact=True,
        hidden={"is_deleted": True},
    ),
    Project(
        "staff",
        "every table and column renamed, bigint keys, own tables of groups and permissions, own token model",
        app="staff",
        keyword="Badge",
        user_model={
            "table": "CRM_People",
            "id_column": "person_no",
            "username_field": "login_name",
            "password_column": "secret",
            "is_active_column": "enabled",
            "is_staff_column": "backoffice",
            "is_superuser_column": "root",
            "email_column": "mail_address",
            "groups_table": "crm_person_in_team",
            "user_permissions_table": "crm_person_may",
            "relation_column": "person_id",
            "require": {"state__in": ["hired", "on leave"], "level": 1},
        },
        token_model={
            "table": "crm_badges",
            "key_column": "digits",
            "user_column": "owner_no",
            "created_column": "made_at",
            "key_length": 64,
        },
        username="login",
        hidden={"state": "left"},
    ),
    Project(
        "readers",
        "text as primary key",
        app="readers",
        user_model={"table": "readers_reader", "id_column": "card"},
        values={"card": "card {}"},
    ),
    Project("schema", "Django's models in a schema that the URL names", engines=("postgres",), schema="shop"),
    Project(
        "schema_before_tables",
        "Django's models in a schema that stands before the tables' names",
        engines=("postgres",),
        # Django's tables of permissions are found by the session's search path alone.
        has_groups=False,
        schema="shop",
        schema_in_url=False,
    ),
    Project(
        "everyone",
        "users who are not active log in, too",
        engines=("sqlite",),
        backend=ALL_USERS,
        more=f'authentication_backends = ["{ALL_USERS}"]',
    ),
    Project(
        "guarded",
        "django-axes and django-otp guard Django's login",
        more_apps=("axes", "django_otp", "django_otp.plugins.otp_totp"),
        packages=("django-axes==8.*", "django-otp==1.*"),
        more='acknowledge = ["axes", "otp"]',
    ),
]
