"""What a token was when, as far as its changes' commits tell, and whether an answer fits."""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from heapq import heappop, heappush

# A cache that keeps answers for so many seconds: on how many answers would it have been caught?
AGES = 0.005, 0.02, 0.1


class History:
    """A token's states, one after the other. Each change became visible at a moment of its commit's window."""

    def __init__(self, state):
        self.states = [state]
        self.begins, self.ends = [], []

    def change(self, begin, end, state):
        """A commit that began after `begin` and had ended before `end`; they come in order."""
        self.begins.append(begin)
        self.ends.append(end)
        self.states.append(state)

    def versions(self, begin, end):
        """The first and the last version that may have been the token's at some moment between the two."""
        return bisect_left(self.ends, begin), bisect_right(self.begins, end)

    def of(self, first, last):
        """The states of these versions."""
        return self.states[first : last + 1]


@dataclass
class Read:
    """One answer: when its request was sent, when it was received, and what it says."""

    sent: float
    received: float
    state: object


@dataclass
class Verdict:
    """What the judge found."""

    counts: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)

    def fault(self, kind, text):
        """An answer that no state allows."""
        self.counts[kind] += 1
        self.faults.append(text)


def judge(history, reads, verdict, name=""):
    """Judges all answers about one token.

    An answer must be a state that the token may have had between its request and its receipt, and not one before a
    state that another answer, received before this one's request, has shown.
    """
    shown, seen = [], 0  # (received, version at least) of earlier answers; the greatest of those received already
    for read in sorted(reads, key=lambda one: one.sent):
        while shown and shown[0][0] < read.sent:
            seen = max(seen, heappop(shown)[1])
        first, last = history.versions(read.sent, read.received)
        fitting = [version for version in range(first, last + 1) if history.states[version] == read.state]
        verdict.counts["answers"] += 1
        if not fitting:
            _complain(history, read, first, verdict, name)
            continue
        if fitting[-1] < seen:
            verdict.fault("turned back", f"{name}: {read.state!r}, after another answer had shown what followed it")
            continue
        heappush(shown, (read.received, next(version for version in fitting if version >= seen)))
        if len(set(history.of(first, last))) == 1:
            verdict.counts["decided"] += 1
            for age in AGES:
                before = read.sent - age
                verdict.counts[age] += read.state not in history.of(*history.versions(before, before))


def _complain(history, read, first, verdict, name):
    older = [version for version in range(first) if history.states[version] == read.state]
    if older:
        late = (read.sent - history.ends[older[-1]]) * 1000
        verdict.fault("stale", f"{name}: {read.state!r} was over {late:.1f} ms before the request was sent")
    else:
        verdict.fault("never", f"{name}: {read.state!r} was never its state before the answer")
