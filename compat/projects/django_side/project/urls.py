"""The routes that each project has."""

from django.urls import path

from .views import LoginView, LogoutView, ObtainToken, ProfileView

urlpatterns = [
    path("api-token-auth/", ObtainToken.as_view()),
    path("login/", LoginView.as_view()),
    path("logout/", LogoutView.as_view()),
    path("profile/", ProfileView.as_view()),
]
