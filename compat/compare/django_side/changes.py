"""Changes tokens and users through Django's models until its input ends; then prints what each token was when.

Standard input: a JSON object {"users", "keys", "granted", "seed", "pause"}, then the end whenever it is enough. Standard
output: a line {"ready": true} when all is made, and at the end {"log": [[begin, end, what, {key: state}], …], "failed": {text:
count}}. `begin` is read just before the commit, `end` just after it; a state is null (no such token), "inactive", or the owner's
[username, email]. The owners of the keys "granted" stay who they are; theirs is [whether they may add users, their groups].
"""

import json
import random
import select
import sys
import time
from collections import Counter

import django

django.setup()

from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.db import OperationalError, transaction  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

asked = json.loads(sys.stdin.readline())
rng = random.Random(asked["seed"])
names = 0


class Owner:
    """A user, or the place of one that was deleted, and the token it has."""

    def __init__(self, number):
        self.number, self.user, self.key = number, None, None

    def state(self):
        if not self.user.is_active:
            return "inactive"
        return [self.user.username, self.user.email]

    def name(self):
        global names
        names += 1
        self.user.username = f"{'zoë' if self.number % 4 == 0 else 'user'}.{self.number}.{names}"
        self.user.email = f"{names}@example.com"

    # Each changes the database and says what it makes of which key.

    def create(self):
        self.user = User(is_active=rng.random() < 0.9, password="!")
        self.name()
        self.user.save()
        return self.give() if rng.random() < 0.7 else {}

    def give(self):
        key = rng.choice([key for key in asked["keys"] if key not in held()])
        Token.objects.create(user=self.user, key=key)
        self.key = key
        return {key: self.state()}

    def take(self):
        Token.objects.get(user=self.user).delete()
        key, self.key = self.key, None
        return {key: None}

    def renew(self):
        """Another key for the same user, in one transaction."""
        return {**self.take(), **self.give()}

    def move(self):
        """The same key for another user, in one transaction."""
        other = next((one for one in owners if one.user and not one.key), None)
        if other is None:
            return self.take()
        key = self.key
        self.take()
        Token.objects.create(user=other.user, key=key)
        other.key = key
        return {key: other.state()}

    def switch(self):
        self.user.is_active = not self.user.is_active
        self.user.save(update_fields=["is_active"])
        return {self.key: self.state()} if self.key else {}

    def rename(self):
        self.name()
        self.user.save()
        return {self.key: self.state()} if self.key else {}

    def delete(self):
        """Its token goes with it."""
        self.user.delete()
        key, self.user, self.key = self.key, None, None
        return {key: None} if key else {}

    def choose(self):
        if self.user is None:
            return self.create
        if self.key is None:
            return rng.choice([self.give, self.give, self.give, self.switch, self.delete])
        return rng.choice(
            [self.switch] * 4 + [self.rename] * 2 + [self.take] * 2 + [self.renew] * 2 + [self.move] * 2 + [self.delete]
        )


class Granted:
    """A user who gets and loses rights, directly and by groups."""

    def __init__(self, number, key):
        self.user, self.key = User(username=f"granted.{number}", password="!"), key
        self.user.save()
        Token.objects.create(user=self.user, key=key)
        self.own, self.groups = False, set()

    def state(self):
        return [self.own or "editors" in self.groups, ",".join(sorted(self.groups))]

    def grant(self):
        self.own = not self.own
        (self.user.user_permissions.add if self.own else self.user.user_permissions.remove)(ADD)
        return {self.key: self.state()}

    def join(self):
        name = rng.choice(list(GROUPS))
        if name in self.groups:
            self.groups = self.groups - {name}
            self.user.groups.remove(GROUPS[name])
        else:
            self.groups = self.groups | {name}
            self.user.groups.add(GROUPS[name])
        return {self.key: self.state()}

    def choose(self):
        return rng.choice([self.grant, self.join])


def held():
    return {one.key for one in owners}


def change(owner):
    what = owner.choose()
    # What the objects know must be what the database knows, whatever becomes of the transaction.
    before = [(one, dict(vars(one)), one.user and dict(vars(one.user))) for one in owners + granted]
    try:
        with transaction.atomic():
            states = what()
            begin = time.monotonic()
        end = time.monotonic()
    except OperationalError as error:
        for one, values, user in before:
            vars(one).update(values)
            if user:
                vars(one.user).update(user)
        failed[str(error)] += 1
        return
    if states:
        log.append([begin, end, what.__name__, states])


User.objects.all().delete()
Group.objects.all().delete()
ADD = Permission.objects.get(content_type__app_label="auth", codename="add_user")
GROUPS = {name: Group.objects.create(name=name) for name in ("editors", "readers")}
GROUPS["editors"].permissions.add(ADD)
granted = [Granted(number, key) for number, key in enumerate(asked["granted"])]
owners = [Owner(number) for number in range(asked["users"])]
log, failed = [], Counter()
for one in owners + granted:
    change(one)
print(json.dumps({"ready": True}), flush=True)
while not select.select([sys.stdin], [], [], rng.random() * 2 * asked["pause"])[0]:
    change(rng.choice(owners + granted))
print(json.dumps({"log": log, "failed": failed}), flush=True)
