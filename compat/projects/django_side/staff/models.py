"""Every table and column under another name, bigint keys, permissions, and a token model that is not DRF's."""

import secrets

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager):
    """Whoever has left is not shown."""

    def get_queryset(self):
        return super().get_queryset().filter(state__in=["hired", "on leave"], level=1)


class Person(AbstractBaseUser, PermissionsMixin):
    """Django's fields under the names of an older database."""

    number = models.BigAutoField(primary_key=True, db_column="person_no")
    login = models.CharField(max_length=60, unique=True, db_column="login_name")
    password = models.CharField(max_length=200, db_column="secret")
    mail = models.CharField(max_length=200, null=True, db_column="mail_address")
    is_active = models.BooleanField(default=True, db_column="enabled")
    is_staff = models.BooleanField(default=False, db_column="backoffice")
    is_superuser = models.BooleanField(default=False, db_column="root")
    state = models.CharField(max_length=10, default="hired")
    level = models.IntegerField(default=1)
    groups = models.ManyToManyField(Group, db_table="crm_person_in_team", related_name="people")
    user_permissions = models.ManyToManyField(Permission, db_table="crm_person_may", related_name="people")

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "mail"
    objects = PersonManager()
    everyone = models.Manager()

    class Meta:
        db_table = "CRM_People"


def long_key():
    """As long as Badge's column."""
    return secrets.token_hex(32)


class Badge(models.Model):
    """A token of 64 digits; its owner may have had several."""

    key = models.CharField(max_length=64, primary_key=True, default=long_key, db_column="digits")
    user = models.ForeignKey(Person, related_name="badges", on_delete=models.CASCADE, db_column="owner_no")
    created = models.DateTimeField(auto_now_add=True, db_column="made_at")

    class Meta:
        db_table = "crm_badges"
