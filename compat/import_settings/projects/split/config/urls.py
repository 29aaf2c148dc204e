from django.urls import path
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken import views
from rest_framework.views import APIView


class Bearer(TokenAuthentication):
    keyword = "Bearer"


urlpatterns = [path("api-token-auth/", views.obtain_auth_token), path("orders/", APIView.as_view(authentication_classes=[Bearer]))]
