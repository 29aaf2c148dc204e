"""Tables in a schema, by what people write so that Django's own quotes end up around both names."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models


class Someone(AbstractUser):
    """Django's user; the tables of its groups and permissions follow into the schema."""

    class Meta:
        db_table = 'shop"."folk'


def new_key():
    """As DRF's."""
    return secrets.token_hex(20)


class Pass(models.Model):
    """DRF's token in all but its table."""

    key = models.CharField(max_length=40, primary_key=True, default=new_key)
    user = models.OneToOneField(Someone, on_delete=models.CASCADE)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = '"shop"."passes"'
