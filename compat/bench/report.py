"""The table on standard output and in results/NAME.md; the chart beside it."""

import datetime
import shlex
import sys
from pathlib import Path

from .stage import machine

RESULTS = Path(__file__).resolve().parent / "results"


def number(value, digits=None):
    """A figure with about three significant digits; a dash where there is none."""
    if value is None:
        return "–"
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def table(heads, rows):
    """A markdown table; all but the first column are right-aligned."""
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def today():
    """The date of a chart."""
    return datetime.date.today().isoformat()


def command(argv):
    """The command, without this machine's folders."""
    words = [Path(word).name if word.startswith("/") else word for word in argv]
    return "bash compat/bench/run.sh " + shlex.join(words)


def publish(stage, title, lines, charts):
    """Prints the report and writes it; `charts` maps the ends of file names to SVG texts."""
    options = stage.options
    name = options.figure + (f"-{options.label}" if options.label else "")
    folder = Path(options.results or RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    head = [f"# {title}" + (f" ({options.label})" if options.label else ""), ""]
    head += [f"{today()}, `{command(sys.argv[1:])}`", "", *(f"- {line}" for line in machine(stage)), ""]
    pictures = []
    for end, svg in charts.items():
        file = f"{name}{end}.svg"
        (folder / file).write_text(svg)
        pictures += ["", f"![{title}]({file})"]
    text = "\n".join(head + lines) + "\n"
    (folder / f"{name}.md").write_text(text + "\n".join(pictures) + "\n")
    print(text)
