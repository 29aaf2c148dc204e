"""TokenAuthentication over the project's own token model."""

from rest_framework.authentication import TokenAuthentication


class BadgeAuthentication(TokenAuthentication):
    """`Authorization: Badge …`"""

    keyword = "Badge"

    def get_model(self):
        from .models import Badge

        return Badge
