"""Fills a migrated database with users of every right, and prints what Django itself says that each may do.

In: {"permissions": [[name, …], …]}. Out: one object a user: username, token, active, the answer to each list of
permissions by has_perms(), is_staff, is_superuser, the groups' names.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402


def permission(name):
    app_label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


def main():
    asked = json.load(sys.stdin)["permissions"]
    editors, empty = Group.objects.create(name="Editors, all"), Group.objects.create(name="é%")
    editors.permissions.set([permission("auth.change_user"), permission("authtoken.add_token")])
    own = [permission("auth.add_user"), permission("authtoken.add_token")]
    rights = {"none": ([], []), "own": (own, []), "group": ([], [editors]), "both": (own, [editors, empty])}
    rights["empty"] = ([], [empty])
    flags = {
        "": {},
        "-staff": {"is_staff": True},
        "-root": {"is_superuser": True},
        "-gone": {"is_active": False},
        "-gone-root": {"is_active": False, "is_superuser": True, "is_staff": True},
    }
    for name, (permissions, groups) in rights.items():
        for suffix, values in flags.items():
            user = User.objects.create(username=name + suffix, password="!", **values)
            user.user_permissions.set(permissions)
            user.groups.set(groups)
            user = User.objects.get(pk=user.pk)  # without the caches
            said = {
                "username": user.username,
                "token": Token.objects.create(user=user).key,
                "active": user.is_active,
                "staff": user.is_active and user.is_staff,
                "superuser": user.is_active and user.is_superuser,
                "permissions": [user.has_perms(names) for names in asked],
                "groups": sorted(user.groups.values_list("name", flat=True)),
            }
            print(json.dumps(said))


main()
