"""Text as primary key, and Django's own manager over a model that adds little."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Reader(AbstractUser):
    """A library's readers: the card's number is the key."""

    card = models.CharField(max_length=32, primary_key=True)
