"""Percentiles of raw samples, and how well two classes of samples can be told apart."""

import random
import statistics
from bisect import bisect_left, bisect_right
from itertools import pairwise


def median(values):
    """The median of those that are there; None where none is."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def percentile(samples, share):
    """The nearest-rank percentile; None of nothing."""
    if not samples:
        return None
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, round(share / 100 * len(ordered) + 0.5) - 1))]


def threshold(one, other):
    """The cut and the direction that best tell `other` from `one`, both weighing the same."""
    one, other = sorted(one), sorted(other)
    values = sorted({*one, *other})
    best = (0.5, values[0], 1)
    for low, high in pairwise(values):
        cut = (low + high) / 2
        # The share of each that lies above the cut.
        above_one = 1 - bisect_right(one, cut) / len(one)
        above_other = 1 - bisect_right(other, cut) / len(other)
        right = (above_other + 1 - above_one) / 2
        best = max(best, (right, cut, 1), (1 - right, cut, -1))
    return best[1], best[2]


def accuracy(one, other, cut, direction):
    """How often that cut is right on these samples."""
    above_one = sum(value > cut for value in one) / len(one)
    above_other = sum(value > cut for value in other) / len(other)
    right = (above_other + 1 - above_one) / 2
    return right if direction > 0 else 1 - right


def chance(one, other, seed, mean_of=1, splits=60):
    """The chance to tell `other` from `one` by the mean of some requests: 0.5 is a guess, 1 is certain.

    Cut and direction are chosen on one half of the samples and tried on the other half, and the other way round, over
    many random halvings: what is only noise of the samples at hand does not count. Means are of draws with
    replacement, inside a half.
    """
    draw = random.Random(f"{seed}")
    found = []
    for _ in range(splits):
        ones, others = _halves(one, draw), _halves(other, draw)
        if mean_of > 1:
            ones = [_means(half, mean_of, draw) for half in ones]
            others = [_means(half, mean_of, draw) for half in others]
        for learn, try_on in ((0, 1), (1, 0)):
            cut = threshold(ones[learn], others[learn])
            found.append(accuracy(ones[try_on], others[try_on], *cut))
    return statistics.fmean(found)


def _halves(samples, draw):
    shuffled = draw.sample(samples, len(samples))
    return shuffled[: len(shuffled) // 2], shuffled[len(shuffled) // 2 :]


def _means(samples, size, draw):
    return [statistics.fmean(draw.choices(samples, k=size)) for _ in samples]


def auc(one, other):
    """The chance that a sample of `other` is larger than one of `one`; 0.5 where nothing tells them apart."""
    ordered = sorted(one)
    won = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in other)
    return won / 2 / len(one) / len(other)
