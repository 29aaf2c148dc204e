"""Does in Django what the proofs ask for: one JSON object a line in, one JSON line out, until the input ends."""

import json
import sys

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import authenticate, get_user_model  # noqa: E402
from django.contrib.auth.hashers import check_password, get_hashers, identify_hasher, make_password  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402

User = get_user_model()
Token = apps.get_model(settings.TOKEN_MODEL)
# Hidden rows, too.
users = User._base_manager


def create(password, iterations=None, **values):
    """A user whose password may cost less than the settings say; the primary key as text."""
    hasher = identify_hasher(make_password("x"))
    values["password"] = hasher.encode(password, hasher.salt(), iterations)
    return str(users.create(**values).pk)


def create_each(word, password, only=None):
    """A user with a password of each hasher; what each is of."""
    algorithms = [hasher.algorithm for hasher in get_hashers()]
    made = {f"{word} {algorithm}": algorithm for algorithm in algorithms if algorithm in (only or algorithms)}
    for name, algorithm in made.items():
        users.create(username=name, password=make_password(password, hasher=algorithm))
    return made


def takes(name, password):
    """Whether Django takes the password, and whether it would encode it anew."""
    encoded = named(name).password
    is_right = check_password(password, encoded)
    return [is_right, is_right and must_update(encoded)]


def must_update(encoded):
    hasher, preferred = identify_hasher(encoded), get_hashers()[0]
    return hasher.algorithm != preferred.algorithm or preferred.must_update(encoded)


def is_outdated(name):
    return must_update(named(name).password)


def logs_in(name, password):
    """A login of Django's own, which encodes an old password anew."""
    return authenticate(username=name, password=password) is not None


def named(name):
    """The row of a name."""
    return users.get(**{User.USERNAME_FIELD: name})


def update(name, **values):
    return users.filter(pk=named(name).pk).update(**values)


def password(name):
    return named(name).password


def issue(name):
    """A token of Django's own making."""
    return Token.objects.get_or_create(user=named(name))[0].key


def issue_more(name):
    """A token beside those that there are."""
    return Token.objects.create(user=named(name)).key


def tokens(name):
    return sorted(Token.objects.filter(user=named(name)).values_list("key", flat=True))


def grant(name, group, codename):
    """Makes the user a member of a group that has a permission."""
    group, _ = Group.objects.get_or_create(name=group)
    permission = Permission.objects.get(codename=codename)
    group.permissions.add(permission)
    named(name).groups.add(group)
    return f"{permission.content_type.app_label}.{codename}"


def may(name, permission):
    return named(name).has_perm(permission)


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"value": globals()[asked.pop("do")](**asked)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
