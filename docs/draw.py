"""Draws the pictures of README: the pipeline, and what comes out of the shipped example. Run by `make docs`."""

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from math import floor
from pathlib import Path

from click.testing import CliRunner

from api.cli.main import cascade

PICTURES = Path(__file__).parent / "pictures"
EXAMPLE = Path(__file__).parents[1] / "scenarios" / "examples" / "channel" / "scenario.yaml"
PARTNER = "P0208"
"""A partner of the example whose revenue receipt has one item of almost every kind."""

_INK, _SOFT, _PALE, _GOLD = "#1c3d5a", "#9db8cf", "#eef3f7", "#c98a2b"
_BIN = 0.02
"""Width of a bar of the histogram: two percent of stretch."""
_MOST = 0.25
"""Stretch beyond this is drawn in the outermost bars."""


def _svg(width: int, height: int, title: str, parts: Iterator[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="{_INK}" role="img">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *parts, "</svg>", ""])


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(words)}</text>'.replace(" >", ">")


@dataclass(frozen=True)
class _Box:
    """A stage of the pipeline."""

    x: int
    y: int
    title: str
    lines: tuple[str, ...]
    fill: str = _PALE
    width: int = 150

    @property
    def height(self) -> int:
        return 30 + 16 * len(self.lines)

    def draw(self) -> Iterator[str]:
        yield (
            f'<rect x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}" rx="5" '
            f'fill="{self.fill}" stroke="{_SOFT}"/>'
        )
        yield _text(self.x + 10, self.y + 20, self.title, 'font-weight="bold"')
        for line, words in enumerate(self.lines):
            yield _text(self.x + 10, self.y + 38 + 16 * line, words)


def _arrow(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{_INK}" marker-end="url(#head)"/>'


def pipeline() -> str:
    """What goes in, what happens to it, what comes out."""
    boxes = [
        _Box(10, 20, "Inputs", ("company targets", "partner table", "rules"), width=130),
        _Box(180, 20, "Check", ("every mistake at", "once, with file,", "line and remedy"), width=130),
        _Box(350, 20, "Rows", ("each rule as linear", "inequalities"), width=140),
        _Box(
            530, 20, "Solve", ("hard rules", "elastic rules by priority", "goals", "even spread"), width=165
        ),
        _Box(735, 20, "Round, audit", ("whole units", "exact totals", "recomputed exactly"), width=145),
        _Box(735, 160, "Answer", ("targets", "receipts", "workbook, record"), "#fdf3e2", width=145),
        _Box(
            530, 160, "Conflict report", ("smallest set of rules", "verified repairs"), "#fdf3e2", width=165
        ),
        _Box(180, 160, "Findings", ("nothing is computed", "until they are mended"), "#fdf3e2", width=150),
    ]
    arrows = [
        "M140,59 H176",
        "M310,59 H346",
        "M490,55 H526",
        "M695,59 H731",
        "M807,98 V156",
        "M612,114 V156",
        "M245,98 V156",
    ]

    def parts() -> Iterator[str]:
        yield (
            '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="6" refY="3" orient="auto">'
            f'<path d="M0,0 L6,3 L0,6 z" fill="{_INK}"/></marker></defs>'
        )
        for box in boxes:
            yield from box.draw()
        yield from map(_arrow, arrows)
        yield _text(620, 140, "if infeasible", 'font-style="italic"')
        yield _text(253, 140, "if any", 'font-style="italic"')

    return _svg(890, 250, "From inputs to targets, receipts and reports", parts())


def result() -> str:
    """The stretch of all partners of the example, and one partner's receipt."""
    with tempfile.TemporaryDirectory() as folder:
        CliRunner().invoke(
            cascade, ["solve", str(EXAMPLE), "-o", folder, "--no-record"], catch_exceptions=False
        )
        targets = list(_read(Path(folder) / "allocation.csv"))
        items = [row for row in _read(Path(folder) / "receipts.csv") if row["partner"] == PARTNER]
    stretch = [float(row["stretch"]) for row in targets if row["stretch"]]
    receipt = [(row["item"], float(row["amount"])) for row in items]

    def parts() -> Iterator[str]:
        yield from _histogram(stretch)
        yield from _waterfall(receipt)

    return _svg(890, 290, "Stretch of the example's partners, and the receipt of one target", parts())


def _read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table that are about revenue."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from (row for row in csv.DictReader(lines) if row["metric"] == "revenue")


def _histogram(stretch: list[float]) -> Iterator[str]:
    left, base, step = 20, 240, 15
    most = round(_MOST / _BIN)
    counts = Counter(max(-most, min(most - 1, floor(each / _BIN))) for each in stretch)
    scale = 165 / max(counts.values())
    yield _text(left, 22, f"{len(stretch)} targets, by stretch", 'font-weight="bold"')
    yield _text(left, 40, "how far a target is from the fair share", f'fill="{_INK}" opacity="0.7"')
    for place in range(-most, most):
        high = counts[place] * scale
        x = left + (place + most) * step
        yield f'<rect x="{x}" y="{base - high:.0f}" width="{step - 2}" height="{high:.0f}" fill="{_SOFT}"/>'
    for percent in (-20, -10, 0, 10, 20):
        x = left + (percent / 100 / _BIN + most) * step
        yield f'<line x1="{x:.0f}" y1="{base}" x2="{x:.0f}" y2="{base + 5}" stroke="{_INK}"/>'
        yield _text(x, base + 20, f"{percent:+d} %" if percent else "0 %", 'text-anchor="middle"')
    yield f'<line x1="{left}" y1="{base}" x2="{left + 2 * most * step}" y2="{base}" stroke="{_INK}"/>'
    yield _text(left, base + 40, f"the outermost bars hold everything beyond {_MOST:.0%}", 'opacity="0.7"')


def _waterfall(receipt: list[tuple[str, float]]) -> Iterator[str]:
    """A bar per item, from the sum before it to the sum after it; USD."""
    left, top, step, names = 450, 62, 30, 165
    width = 890 - left - names - 85
    sums = [0.0]
    for _, amount in receipt:
        sums.append(sums[-1] + amount)
    least = 0.9 * min(sums[1:])
    scale = width / (max(sums) - least)
    yield _text(left, 22, f"The receipt of {PARTNER}, revenue", 'font-weight="bold"')
    yield _text(left, 40, "USD, in the order in which it adds up", 'opacity="0.7"')
    lines = [*zip(receipt, sums, sums[1:], strict=False), (("target", sums[-1]), 0.0, sums[-1])]
    for line, ((item, amount), before, after) in enumerate(lines):
        y = top + line * step
        whole = item in ("fair share", "target")
        low, high = (least, after) if whole else sorted((before, after))
        x = left + names + (low - least) * scale
        long = max(1.0, (high - low) * scale)
        fill = _INK if item == "target" else _SOFT if amount > 0 else _GOLD
        yield _text(left, y + 14, item)
        yield f'<rect x="{x:.0f}" y="{y}" width="{long:.0f}" height="19" fill="{fill}"/>'
        words = f"{amount:,.0f}" if whole else f"{amount:+,.0f}"
        yield _text(886, y + 14, words, 'text-anchor="end"')


def write() -> None:
    """Write every picture."""
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "pipeline.svg").write_text(pipeline(), encoding="utf-8")
    (PICTURES / "result.svg").write_text(result(), encoding="utf-8")


if __name__ == "__main__":
    write()
