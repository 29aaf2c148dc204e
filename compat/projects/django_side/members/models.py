"""Login by email address whatever its case, uuid keys, rows that are hidden instead of deleted; no flags at all."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class MemberManager(BaseUserManager):
    """Neither shows members that were deleted nor minds the case of an address."""

    def get_queryset(self):
        return super().get_queryset().filter(is_deleted=False, left__isnull=True)

    def get_by_natural_key(self, username):
        return self.get(email__iexact=username)


class Member(AbstractBaseUser):
    """A user without `is_active`, `is_staff`, `is_superuser`, `username` and permissions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    is_deleted = models.BooleanField(default=False)
    left = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    objects = MemberManager()
    everyone = models.Manager()
