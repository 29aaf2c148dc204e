"""A small writer of SVG charts: panels with lines over categories, or with horizontal bars; light and dark."""

import math
from dataclasses import dataclass, field
from html import escape

STYLE = """
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.title{font-size:16px;font-weight:600}.dim{fill:#59636e;font-size:12px}
.page{fill:#ffffff}.grid{stroke:#d1d9e0;stroke-width:1}.mark{stroke:#59636e;stroke-width:1;stroke-dasharray:4 3}
.line{fill:none;stroke-width:2.2}
.f0{fill:#b45309}.f1{fill:#1d4ed8}.f2{fill:#0f766e}.f3{fill:#6b7280}
.s0{stroke:#b45309}.s1{stroke:#1d4ed8}.s2{stroke:#0f766e}.s3{stroke:#6b7280}
@media (prefers-color-scheme: dark){
text{fill:#f0f6fc}.dim{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#3d444d}.mark{stroke:#9198a1}
.f0{fill:#f59e0b}.f1{fill:#60a5fa}.f2{fill:#2dd4bf}.f3{fill:#9ca3af}
.s0{stroke:#f59e0b}.s1{stroke:#60a5fa}.s2{stroke:#2dd4bf}.s3{stroke:#9ca3af}}
"""
WIDTH = 860
TOP = 84


@dataclass
class Panel:
    """One set of axes. `series` maps a name to a value a category; None leaves a gap."""

    title: str
    unit: str
    categories: list
    series: dict
    categories_name: str = ""
    log: bool = False
    bars: bool = False
    marks: dict = field(default_factory=dict)  # value: text
    low: float = 0.0
    high: float | None = None

    def values(self):
        """All values that are there."""
        return [value for values in self.series.values() for value in values if value is not None]


def svg(title, subtitle, panels):
    """The whole picture: line panels side by side, bar panels below each other."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    parts, bottom, left = [], TOP, 0
    lines = [panel for panel in panels if not panel.bars]
    for panel in panels:
        if panel.bars:
            parts.append(_bars(panel, bottom, names))
            bottom += 46 + _bars_height(panel)
        else:
            width = WIDTH / len(lines)
            parts.append(_lines(panel, left, width, names))
            left += width
            bottom = max(bottom, TOP + 340)
    height = bottom + 10
    head = [_text(20, 28, title, "title"), _text(20, 48, subtitle, "dim"), _legend(names)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<rect class="page" width="{WIDTH}" height="{height:.0f}" rx="6"/>{"".join(head)}{"".join(parts)}</svg>\n'
    )


def _text(x, y, text, kind="", anchor="start", turn=""):
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{turn}>{escape(str(text))}</text>'


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _legend(names):
    parts, x = [], 20
    for index, name in enumerate(names):
        parts.append(f'<rect x="{x}" y="58" width="12" height="12" rx="2" class="f{index % 4}"/>')
        parts.append(_text(x + 18, 69, name))
        x += 44 + 7.4 * len(name)
    return "".join(parts)


def _ticks(low, high, log):
    """Round values from low to high, both included in what they span."""
    if log:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        steps = (1, 2, 5) if last - first <= 2 else (1,)
        every = [step * 10.0**power for power in range(first, last + 2) for step in steps]
        below = max(tick for tick in every if tick <= low)
        above = min(tick for tick in every if tick >= high and tick > below)
        return [tick for tick in every if below <= tick <= above]
    rough = (high - low) / 5 or 1
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [low + step * index for index in range(math.ceil((high - low) / step - 1e-9) + 1)]


def _short(value):
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def _scale(panel):
    values = panel.values() or [1]
    low = min(value for value in values if value > 0) if panel.log else panel.low
    ticks = _ticks(low, panel.high or max(*values, *panel.marks, low + 1e-9), panel.log)

    def share(value):
        if panel.log:
            return (math.log10(max(value, ticks[0])) - math.log10(ticks[0])) / math.log10(ticks[-1] / ticks[0])
        return (min(max(value, ticks[0]), ticks[-1]) - ticks[0]) / (ticks[-1] - ticks[0])

    return ticks, share


def _lines(panel, left, width, names):
    x0, x1, y0, y1 = left + 66, left + width - 18, TOP + 284, TOP + 40
    ticks, share = _scale(panel)

    def at(index, value):
        return x0 + (x1 - x0) * (index + 0.5) / len(panel.categories), y0 - (y0 - y1) * share(value)

    parts = [_text(x0, TOP + 20, panel.title), _text(left + 20, (y0 + y1) / 2, panel.unit, "dim", "middle", "turn")]
    for tick in ticks:
        parts.append(_line(x0, at(0, tick)[1], x1, at(0, tick)[1], "grid"))
        parts.append(_text(x0 - 6, at(0, tick)[1] + 4, _short(tick), "dim", "end"))
    for index, category in enumerate(panel.categories):
        parts.append(_text(at(index, ticks[0])[0], y0 + 18, category, "dim", "middle"))
    parts.append(_text((x0 + x1) / 2, y0 + 38, panel.categories_name, "dim", "middle"))
    for value, text in panel.marks.items():
        parts += [
            _line(x0, at(0, value)[1], x1, at(0, value)[1], "mark"),
            _text(x1, at(0, value)[1] - 4, text, "dim", "end"),
        ]
    for name, values in panel.series.items():
        color = names.index(name) % 4
        points = [at(index, value) for index, value in enumerate(values) if value is not None]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line s{color}" points="{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" class="f{color}"/>' for x, y in points]
    return "".join(parts)


def _bars_height(panel):
    return len(panel.categories) * (12 * len(panel.series) + 10) + 30


def _bars(panel, top, names):
    x0, x1 = 258, WIDTH - 60
    ticks, share = _scale(panel)
    y0 = top + 22
    y1 = y0 + _bars_height(panel) - 30
    parts = [_text(20, top + 10, panel.title)]
    for tick in ticks:
        x = x0 + (x1 - x0) * share(tick)
        parts += [_line(x, y0, x, y1, "grid"), _text(x, y1 + 16, _short(tick), "dim", "middle")]
    parts.append(_text((x0 + x1) / 2, y1 + 34, panel.unit, "dim", "middle"))
    for value, text in panel.marks.items():
        x = x0 + (x1 - x0) * share(value)
        parts += [_line(x, y0 - 4, x, y1, "mark"), _text(x, y0 - 8, text, "dim", "middle")]
    y = y0 + 5
    for index, category in enumerate(panel.categories):
        parts.append(_text(x0 - 10, y + 6 * len(panel.series) + 4, category, "", "end"))
        for name, values in panel.series.items():
            value = values[index]
            if value is not None:
                width = max((x1 - x0) * share(value), 1.5)
                color = names.index(name) % 4
                parts.append(f'<rect x="{x0}" y="{y:.1f}" width="{width:.1f}" height="11" class="f{color}"/>')
                shown = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
                parts.append(_text(x0 + width + 5, y + 10, shown, "dim"))
            y += 12
        y += 10
    return "".join(parts)
