from rest_framework.authentication import TokenAuthentication


class BadgeAuthentication(TokenAuthentication):
    keyword = "Badge"

    def get_model(self):
        from .models import Badge

        return Badge


class Bearer(BadgeAuthentication):
    keyword = "Bearer"
