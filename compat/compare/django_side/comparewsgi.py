"""The site's door for a comparison: it adds to a 500 why Django answers so, and can play the other server.

A 500 carries `X-Compare-Exception: TYPE|FRAME>FRAME>…|MESSAGE`, which the comparison takes off again; it lets the rules
of the allowed differences ask what happened, instead of taking any 500. COMPARE_PEER=1 stands in for drf-auth in the
comparison's own tests; COMPARE_FAULT names a fault that the comparison must then find.
"""

import logging
import os
import sys
import threading
import traceback
from pathlib import Path
from urllib.parse import quote

from django.core.signals import got_request_exception
from mysite.wsgi import application as site

PEER = os.environ.get("COMPARE_PEER") == "1"
FAULT = os.environ.get("COMPARE_FAULT", "")
current = threading.local()


def remember(sender, **kwargs):
    kind, error, trace = sys.exc_info()
    frames = [
        f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}:{frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
    # A recursion's frames are many and equal.
    frames = [frame for index, frame in enumerate(frames) if index == 0 or frame != frames[index - 1]][:60]
    current.cause = quote(f"{kind.__name__}|{'>'.join(frames)}|{error}"[:6000])


got_request_exception.connect(remember)
# Some releases write the admins' mail, a page for each frame, before they see that there are no admins: a minute for a
# deep recursion.
logging.getLogger("django").handlers = [
    one for one in logging.getLogger("django").handlers if "AdminEmail" not in type(one).__name__
]


def application(environ, start_response):
    current.cause = None

    def start(status, headers, exc_info=None):
        if current.cause is not None and not PEER:
            headers = [*headers, ("X-Compare-Exception", current.cause)]
        if PEER:
            headers = [*headers, ("Cache-Control", "no-store")]
        if FAULT:
            status, headers = spoilt_head(environ, status, headers)
        return start_response(status, headers, exc_info)

    answer = site(environ, start)
    return spoilt_body(environ, answer) if FAULT else answer


def spoilt_head(environ, status, headers):
    if FAULT == "status" and status.startswith("401") and "x" in environ.get("HTTP_AUTHORIZATION", ""):
        return "403 Forbidden", headers
    if FAULT == "header" and status.startswith("405"):
        return status, [pair for pair in headers if pair[0] != "Allow"]
    if FAULT == "duplicate" and status.startswith("406"):
        return status, [*headers, ("Vary", "Accept")]
    if FAULT == "no-store" and status.startswith("404"):
        return status, [pair for pair in headers if pair[0] != "Cache-Control"]
    return status, headers


def spoilt_body(environ, answer):
    body = b"".join(answer)
    if FAULT == "text":
        body = body.replace(b"may not be blank", b"may not be empty")
    if FAULT == "token":
        body = body.replace(b'"token":"a', b'"token":"A')
    if FAULT == "row" and b'"token":' in body:
        from rest_framework.authtoken.models import Token

        Token.objects.filter(key__startswith="0").update(created="2024-01-01T00:00:00Z")
    if FAULT == "upgrade" and b'"token":' in body:
        from django.contrib.auth.models import User

        User.objects.filter(username__startswith="low1.").update(password="pbkdf2_sha256$99$x$y")
    return [body]
