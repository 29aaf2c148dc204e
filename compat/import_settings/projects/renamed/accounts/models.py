from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class AccountManager(BaseUserManager):
    def get_by_natural_key(self, login):
        return self.get(login=login.strip())


class Account(AbstractBaseUser):
    login = models.CharField(max_length=80, unique=True, db_column="LoginName")
    password = models.CharField(max_length=128, db_column="pw")
    objects = AccountManager()

    USERNAME_FIELD = "login"

    class Meta:
        db_table = "tbl_accounts"

    def check_password(self, raw_password):
        return super().check_password(raw_password)
