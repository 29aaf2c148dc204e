"""The pages: their blocks of code, what stands in backquotes, their links and headings."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


class Page:
    """One page of the guide."""

    def __init__(self, name, text):
        self.name, self.text = name, text
        self.prose = FENCED.sub("", text)

    def blocks(self, language):
        """The blocks of code in that language."""
        return [body for kind, body in FENCED.findall(self.text) if kind == language]

    def spans(self):
        """What stands in backquotes in the prose, but for the table of results."""
        text = self.prose.replace(self._results(), "")
        return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]

    def _results(self):
        return self.prose.partition("| `result`, `reason` |")[2].partition("\n\n")[0]

    def results(self):
        """The pairs in the table of what becomes of logins."""
        rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in self._results().splitlines()[2:]]
        return {(row[0], reason) for row in rows for reason in row[1:]}

    def links(self):
        """Where links lead that stay in the repository."""
        return [to for to in re.findall(r"\]\(([^)\s]+)\)", self.prose) if "://" not in to]

    def anchors(self):
        """The names that headings have in links."""
        heads = re.findall(r"^#+ (.+)$", self.prose, re.M)
        return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def read():
    """Every page by its name."""
    return {path.name: Page(path.name, path.read_text()) for path in sorted(HERE.glob("*.md"))}


def spoiled(pages, name, old, new):
    """The pages with something else in one of them."""
    text = pages[name].text
    if old not in text:
        raise ValueError(f"{name} has no {old!r}")
    return {**pages, name: Page(name, text.replace(old, new))}
