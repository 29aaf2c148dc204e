import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver


class Person(AbstractUser):
    class Meta:
        db_table = 'crm"."people'


def long_key():
    return secrets.token_hex(32)


class Badge(models.Model):
    key = models.CharField(max_length=64, primary_key=True, default=long_key)
    user = models.OneToOneField(Person, on_delete=models.CASCADE)
    created = models.DateTimeField(auto_now_add=True)
    scope = models.CharField(max_length=2, default="rw")
    seen = models.DateTimeField(null=True)

    class Meta:
        db_table = '"crm"."badges"'


@receiver(post_save, sender=Person)
def welcome(sender, **kwargs):
    pass
