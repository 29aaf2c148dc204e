"""What an answer says of its token, and whether it says so as REST framework does."""

import json

from compare.http1 import Answer
from compare.judge import comparable_headers, without_no_store

INACTIVE = "inactive"
TEXTS = {"Invalid token.": None, "User inactive or deleted.": INACTIVE}


def parse(text):
    """The answer that these bytes are."""
    head, _, body = text.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    _, status, reason = status_line.split(b" ", 2)
    pairs = [line.split(b":", 1) for line in lines]
    headers = [(name.lower(), value.strip()) for name, value in pairs]
    return Answer(int(status), reason, headers, body)


def state(answer):
    """The token's state: None, "inactive", or the owner's (username, email). Raises ValueError where it says none."""
    said = json.loads(answer.body)
    if answer.status == 200:
        return said["username"], said["email"]
    if answer.status == 401 and said.get("detail") in TEXTS:
        return TEXTS[said["detail"]]
    raise ValueError(f"{answer.status} {said}")


def grants(answer):
    """What an answer of the verify view says of its token's owner: (whether he may, his groups or None)."""
    if answer.status == 200:
        return True, answer.get(b"x-auth-groups").decode()
    if answer.status == 403:
        return False, None
    raise ValueError(f"{answer.status} {answer.body!r}")


def form(answer, of_django):
    """The answer but for the owner's name and address: what is the same for all tokens in this state."""
    headers, has_no_store = (comparable_headers(answer), True) if of_django else without_no_store(answer)
    body = answer.body
    said = state(answer)
    if isinstance(said, tuple):
        for value, name in zip(said, (b"NAME", b"ADDRESS")):
            body = body.replace(json.dumps(value, ensure_ascii=False).encode(), name, 1)
    length = (b"content-length", b"%d" % len(answer.body))
    if not has_no_store or length not in headers:
        raise ValueError(f"without its length or Cache-Control: no-store: {headers}")
    headers.remove(length)
    return answer.status, answer.reason, tuple(headers), body
