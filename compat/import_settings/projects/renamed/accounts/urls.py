from django.urls import path, re_path
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import exception_handler


class Login(ObtainAuthToken):
    throttle_classes = [AnonRateThrottle]

    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)

    def get_throttles(self):
        return []


def handler(error, context):
    return exception_handler(error, context)


def quiet(get_response):
    return get_response


urlpatterns = [re_path(r"^v1\.0/sign-in/?$", Login.as_view()), path("<slug:tenant>/login/", Login.as_view())]
