"""One run: sends every case to both servers, lane by lane, and gathers what differs."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from . import rules
from .accounts import LANES
from .http1 import Connection
from .judge import TOKEN, Cause, Tokens, differences
from .variants import Variant


@dataclass
class Case:
    """Some requests in a row that belong together, with a name by which a run can be asked for it alone."""

    name: str  # w17 or g4711
    kind: str  # what it is about; written cases name the section of the reference
    requests: list = field(default_factory=list)


@dataclass
class Difference:
    """One exchange that no rule explains."""

    case: Case
    step: int
    texts: list
    exchange: rules.Exchange
    sent: bytes


class Run:
    """What all lanes of a run share."""

    def __init__(self, accounts, django_port, other_port, other_is_django=False, old=False, variant=None):
        self.accounts = {account.key: account for account in accounts}
        self.tokens = Tokens(accounts)
        self.ports = django_port, other_port
        self.other_reads_chunks = not other_is_django
        self.rules = {"a page of Django's own": rules.twin_pages} if other_is_django else rules.RULES
        self.old, self.variant = old, variant or Variant()
        self.lock = threading.Lock()
        self.kinds, self.uses, self.statuses, self.causes = Counter(), Counter(), Counter(), Counter()
        self.differences = []
        self.excused = set()  # accounts that a rule let only Django log in
        self.sent = 0
        self.seconds = 0.0

    def lanes(self, cases_of, count):
        """Runs `count` lanes at once; `cases_of(lane index)` gives each its cases. Returns when all are done."""
        start = time.monotonic()
        threads = [
            threading.Thread(target=self._lane, args=(index, cases_of(index)), daemon=True) for index in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds += time.monotonic() - start

    def _lane(self, index, cases):
        lane = Lane(self, LANES[index])
        try:
            for case in cases:
                lane.case(case)
        except Exception as error:  # a fault of the comparison itself must not pass for a green run
            import traceback

            with self.lock:
                self.differences.append(
                    Difference(
                        Case("-", f"lane {index}", []),
                        0,
                        [f"the lane stopped: {error!r}", traceback.format_exc()],
                        None,
                        b"",
                    )
                )
        finally:
            lane.close()

    def account(self, request):
        """Whom a request logs in. A mutated name may have become another's, whose stored password is malformed."""
        meant = self.accounts.get(request.account)
        if meant is not None and meant.malformed:
            return meant
        body = request.body or b""
        named = [one for one in self.accounts.values() if one.malformed and one.username.encode() in body]
        return max(named, key=lambda one: len(one.username), default=meant)


class Lane:
    """One connection to each server, and the keys that each issued to this lane's accounts."""

    def __init__(self, run, word):
        self.run, self.word = run, word
        self.connections = [Connection(port) for port in run.ports]
        first = {account.key: account.token for account in run.accounts.values()}
        self.keys = dict(first), dict(first)

    def close(self):
        """Closes both connections."""
        for connection in self.connections:
            connection.close()

    def case(self, case):
        """Sends a case's requests one after the other."""
        for step, request in enumerate(case.requests):
            if self.run.variant.only_logins and rules.view_of(request) not in (*rules.LOGINS.values(), None):
                continue
            # WSGI shows Django an empty body for a chunked one: it gets the same body with its length.
            wires = (
                request.wire(self.keys[0], chunked=False),
                request.wire(self.keys[1], chunked=self.run.other_reads_chunks),
            )
            django, other = self._ask(wires, request.method)
            if len(request.body or b"") > 8192:
                # gunicorn hangs up where too much of a body was left unread, though it has just promised not to.
                self.close()
            self._learn(request, django, other)
            self._judge(case, step, request, django, other, wires[1])

    def _ask(self, wires, method):
        for connection, wire in zip(self.connections, wires):
            try:
                connection.send(wire)
            except OSError:
                # Told by receive(), which finds no connection.
                connection.close()
        return [self._receive(connection, method) for connection in self.connections]

    @staticmethod
    def _receive(connection, method):
        from .http1 import Answer

        if connection.socket is None:
            return Answer(problem="no connection")
        return connection.receive(method)

    def _learn(self, request, django, other):
        if request.account is None or django.status != 200:
            return
        found = TOKEN.search(django.body), TOKEN.search(other.body)
        if all(found):
            for keys, match in zip(self.keys, found):
                keys[request.account] = match[2].decode()

    def _judge(self, case, step, request, django, other, sent):
        run = self.run
        with run.lock:
            run.sent += 1
            run.kinds[case.kind.split(":")[0]] += 1
            run.statuses[django.status] += 1
            if django.status == 500:
                cause = Cause(django)
                run.causes[f"{cause.kind} in {cause.frames[-1]}" if cause.known else "outside of Django's handler"] += 1
            if request.chunks and request.body:
                run.uses["a chunked request body"] += 1
            texts = differences(request, django, other, run.tokens, run.uses)
            if not texts:
                return
            exchange = rules.Exchange(
                request, django, other, run.account(request), run.tokens, run.old, run.variant.limit
            )
            row = rules.explains(exchange, run.rules)
            if row is not None:
                run.uses[row] += 1
                if row in rules.LEAVES_ROWS:
                    run.excused.add(request.account)
                return
            if cause := str(Cause(django)):
                texts.append(f"Django raised {cause}")
            run.differences.append(Difference(case, step, texts, exchange, sent))
