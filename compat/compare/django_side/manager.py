"""Does in Django what the sharing tests ask for: one JSON object a line in, one JSON line out, until the input ends.

Runs with the site's environment, and keeps its connection, so that a change lands within milliseconds.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth import get_user, login  # noqa: E402
from django.contrib.auth.hashers import check_password, identify_hasher, make_password  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.shortcuts import get_object_or_404  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from rest_framework.authentication import TokenAuthentication  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.permissions import IsAuthenticated  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


def create(username, password=None, encoded=None, **more):
    user = User.objects.create(username=username, password=encoded or make_password(password), **more)
    return user.pk


def encode(password, iterations=None):
    hasher = identify_hasher(make_password("x"))
    return hasher.encode(password, hasher.salt(), iterations)


def update(username, **values):
    return User.objects.filter(username=username).update(**values)


def set_password(username, password):
    user = User.objects.get(username=username)
    user.set_password(password)
    user.save()
    return user.password


def delete_user(username):
    return User.objects.get(username=username).delete()[0]


def delete_token(username):
    return Token.objects.filter(user__username=username).delete()[0]


def user(username):
    row = User.objects.get(username=username)
    return {
        "password": row.password,
        "last_login": row.last_login and row.last_login.isoformat(),
        "is_active": row.is_active,
    }


def tokens(username):
    rows = Token.objects.filter(user__username=username)
    return [
        {"key": row.key, "created": row.created.isoformat(), "aware": row.created.tzinfo is not None} for row in rows
    ]


def opens(username, password):
    """Whether Django takes the password, and would leave the stored form as it is."""
    row = User.objects.get(username=username)
    touched = []
    right = check_password(password, row.password, setter=touched.append)
    return {"opens": right, "must_update": bool(touched)}


def session(username):
    """Logs the user in as the admin does; returns the session's key."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    return request.session.session_key


def session_user(key):
    """Who a session belongs to, as Django's middleware finds it."""
    request = RequestFactory().get("/")
    request.session = SessionStore(key)
    found = get_user(request)
    return found.username if found.is_authenticated else None


def grant(username, permissions=(), group=None, of_group=()):
    """Gives permissions (by codename) to a user, and puts the user into a group that has others."""
    row = User.objects.get(username=username)
    row.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    if group:
        made, _ = Group.objects.get_or_create(name=group)
        made.permissions.add(*Permission.objects.filter(codename__in=of_group))
        row.groups.add(made)


def permissions(username):
    return sorted(User.objects.get(username=username).get_all_permissions())


def object_refusal(token, raised, accept=None):
    """What a DRF view answers of one object: (status, body, Content-Type, Vary, WWW-Authenticate)."""

    class Orders(APIView):
        authentication_classes = [TokenAuthentication]
        permission_classes = [IsAuthenticated]

        def get(self, request):
            if raised == "denied":
                self.permission_denied(request)
            get_object_or_404(User.objects.none(), pk=1)

    headers = {"HTTP_AUTHORIZATION": f"Token {token}", **({"HTTP_ACCEPT": accept} if accept else {})}
    answer = Orders.as_view()(RequestFactory().get("/", **headers)).render()
    names = "Content-Type", "Vary", "WWW-Authenticate"
    return [answer.status_code, answer.content.decode(), *(answer.headers.get(name) for name in names)]


COMMANDS = {
    one.__name__: one
    for one in (
        create,
        encode,
        update,
        set_password,
        delete_user,
        delete_token,
        user,
        tokens,
        opens,
        session,
        session_user,
        grant,
        permissions,
        object_refusal,
    )
}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"value": COMMANDS[asked.pop("do")](**asked)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
