"""The projects: what is special about each, and what import-settings must say of it."""

from dataclasses import dataclass, field

ALL = ("sqlite", "postgres", "mariadb")
MODEL = "django.contrib.auth.backends.ModelBackend"
ALL_USERS = "django.contrib.auth.backends.AllowAllUsersModelBackend"
AXES = "axes.backends.AxesStandaloneBackend"


@dataclass
class Project:
    """A Django project, and what of it the configuration must say."""

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
    # A schema that the database must have, and the search path that settings.py sets.
    schema: str = ""
    search_path: str = ""
    # Further applications, and the packages that they are in.
    more_apps: tuple = ()
    packages: tuple = ()
    # AUTHENTICATION_BACKENDS.
    backends: tuple = (MODEL,)
    # PASSWORD_HASHERS has all that there are; how it got its users is another file's affair.
    every_hasher: bool = False
    # What the operator must decide, and acknowledge.
    decisions: frozenset = frozenset()
    acknowledge: tuple = ()

    def name_of(self, word):
        """The user's name in the project."""
        return self.address.format(word)


AGES = Project(
    "ages",
    "a database of Django 3.2 that was upgraded through the years, with passwords of every hasher",
    every_hasher=True,
)

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
            "keyword": "Badge",
        },
        decisions=frozenset({"obtain_auth_token", "token_model"}),
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
    Project(
        "schema",
        "Django's models in a schema that the search path names",
        engines=("postgres",),
        schema="shop",
        search_path="shop",
    ),
    Project(
        "folk",
        "user and token models in a schema that stands before their tables' names",
        app="folk",
        engines=("postgres",),
        schema="shop",
        user_model={"table": "shop.folk", "relation_column": "someone_id"},
        token_model={"table": "shop.passes"},
        decisions=frozenset({"obtain_auth_token"}),
    ),
    Project(
        "everyone",
        "users who are not active log in, too",
        engines=("sqlite",),
        backends=(ALL_USERS,),
    ),
    Project(
        "guarded",
        "django-axes and django-otp guard Django's login",
        more_apps=("axes", "django_otp", "django_otp.plugins.otp_totp"),
        packages=("django-axes==8.*", "django-otp==1.*"),
        backends=(AXES, MODEL),
        decisions=frozenset({"middleware", "signals"}),
        acknowledge=("axes", "otp"),
    ),
    AGES,
]
