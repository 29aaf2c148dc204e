from django.urls import path
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.views import APIView

from .authentication import Bearer


class Orders(APIView):
    authentication_classes = [Bearer]


urlpatterns = [path("login/", ObtainAuthToken.as_view()), path("orders/", Orders.as_view())]
