"""TokenAuthentication over the token model in the schema."""

from rest_framework.authentication import TokenAuthentication


class OwnAuthentication(TokenAuthentication):
    """`Authorization: Token …`"""

    def get_model(self):
        from .models import Pass

        return Pass
