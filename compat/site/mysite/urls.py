"""The default routes of drf-auth, except its verify view."""

from django.urls import path
from rest_framework.authtoken.views import obtain_auth_token

from .views import LoginView, LogoutView, ProfileView

urlpatterns = [
    path("api-token-auth/", obtain_auth_token),
    path("login/", LoginView.as_view()),
    path("api/token/login", LoginView.as_view()),
    path("logout/", LogoutView.as_view()),
    path("profile/", ProfileView.as_view()),
]
