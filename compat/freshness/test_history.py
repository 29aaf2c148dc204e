"""The judge can fail: each kind of wrong answer is found, and no right one is blamed."""

import unittest

from .history import History, Read, Verdict, judge


def judged(*reads):
    """What the judge says of a token that is switched off at 10 to 11, deleted at 20 to 21, and made again at 30 to 31."""
    history = History("on")
    for begin, end, state in ((10, 11, "off"), (20, 21, None), (30, 31, "on")):
        history.change(begin, end, state)
    verdict = Verdict()
    judge(history, [Read(*read) for read in reads], verdict)
    return dict(verdict.counts)


class Judge(unittest.TestCase):
    """By times and states."""

    def test_right_answers(self):
        for sent, received, state in (
            (0, 1, "on"), (12, 13, "off"), (22, 23, None), (32, 33, "on"),
        ):  # fmt: skip
            self.assertEqual(judged((sent, received, state))["decided"], 1)

    def test_uncertain_answers(self):
        for sent, received, state in (
            (9, 12, "on"), (9, 12, "off"), (10.5, 10.6, "on"), (10.5, 10.6, "off"), (1, 40, None),
        ):  # fmt: skip
            self.assertEqual(judged((sent, received, state)), {"answers": 1})

    def test_stale_answers(self):
        for sent, received, state in ((11.01, 12, "on"), (21.01, 29, "off"), (31.01, 99, None), (11.01, 29, "on")):
            self.assertEqual(judged((sent, received, state))["stale"], 1)

    def test_answers_before_their_time(self):
        for sent, received, state in ((0, 9.99, "off"), (12, 19.99, None), (12, 13, "another")):
            self.assertEqual(judged((sent, received, state))["never"], 1)

    def test_time_does_not_turn_back(self):
        # Both fit the window of the commit; the second was asked after the first had been answered.
        self.assertEqual(judged((10.1, 10.2, "off"), (10.3, 10.4, "on"))["turned back"], 1)
        self.assertNotIn("turned back", judged((10.1, 10.2, "on"), (10.3, 10.4, "off")))
        self.assertNotIn("turned back", judged((10.1, 10.4, "off"), (10.3, 10.5, "on")))
        # "on" may be the later one.
        self.assertNotIn("turned back", judged((10.1, 10.2, "off"), (10.3, 31, "on")))

    def test_ages(self):
        counts = judged((11.01, 12, "off"))
        self.assertEqual((counts[0.005], counts[0.1]), (0, 0))
        counts = judged((11.01, 12, "off"), (11.5, 12, "off"), (10.0, 10.0, "on"))
        self.assertEqual(counts["decided"], 2)
