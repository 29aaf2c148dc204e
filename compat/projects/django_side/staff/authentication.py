"""TokenAuthentication over the project's own token model."""

from rest_framework.authentication import TokenAuthentication


class OwnAuthentication(TokenAuthentication):
    """`Authorization: Badge …`"""

    keyword = "Badge"

    def get_model(self):
        from .models import Badge

        return Badge
