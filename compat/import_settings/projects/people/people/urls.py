from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token

urlpatterns = [path("api/", include([path("login/", obtain_auth_token)]))]
