from django.contrib.auth import hashers


class Cheap(hashers.PBKDF2PasswordHasher):
    iterations = 12345


class SmallArgon2(hashers.Argon2PasswordHasher):
    time_cost = 1
    parallelism = 2

    @property
    def memory_cost(self):
        return 1024


class Reversed(hashers.PBKDF2PasswordHasher):
    algorithm = "reversed"

    def encode(self, password, salt, iterations=None):
        return super().encode(password[::-1], salt, iterations)


class NoSpaces:
    def validate(self, password, user=None):
        pass

    def get_help_text(self):
        return ""
