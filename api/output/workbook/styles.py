"""How cells look: one place for number formats, colours and borders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INK, QUIET, LINE = "#1F2933", "#5F6B7A", "#CBD2D9"
AT_FLOOR, AT_CAP, OPEN = "#FDF0D5", "#DCEBFA", "#FFFBE6"
"""Fills: a target at its floor, at its cap, a cell that planners may fill. Black text on each passes AA (> 15 : 1)."""
BASELINE, TARGET = "#A9B8C9", "#1D5D9B"
"""The two series of every chart; they differ in lightness too, for print without colour."""

PERCENT, DAY = "0.0%", "yyyy-mm-dd"


def amount_format(decimals: int) -> str:
    """Excel's format of an amount; `#.##` would leave a bare point behind whole numbers."""
    return "#,##0" + ("." + "0" * decimals if decimals else "")


@dataclass
class Styles:
    """The formats of one workbook, each made once: Excel stops at 64,000."""

    book: Any
    _made: dict[tuple[tuple[str, Any], ...], Any] = field(default_factory=dict)

    def of(self, **properties: Any) -> Any:
        """The format with these properties of xlsxwriter."""
        key = tuple(sorted({"font_name": "Calibri", "font_size": 10, **properties}.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(dict(key))
        return self._made[key]

    @property
    def text(self) -> Any:
        """Plain text at the top of its cell."""
        return self.of(valign="top")

    @property
    def wrapped(self) -> Any:
        """Text over several lines."""
        return self.of(valign="top", text_wrap=True)

    @property
    def head(self) -> Any:
        """The head of a column."""
        return self._head()

    @property
    def left_head(self) -> Any:
        """The head of a column of indented words."""
        return self._head(align="left", indent=1)

    @property
    def right_head(self) -> Any:
        """The head of a column of numbers."""
        return self._head(align="right")

    def _head(self, **more: Any) -> Any:
        properties = {"bold": True, "bottom": 1, "bottom_color": LINE, "text_wrap": True, "valign": "bottom"}
        return self.of(**properties, font_color=INK, **more)

    @property
    def section(self) -> Any:
        """The heading of a part of a sheet."""
        return self.of(bold=True, font_size=13, font_color=INK)

    @property
    def quiet(self) -> Any:
        """What matters less."""
        return self.of(font_color=QUIET, valign="top")

    def amount(self, decimals: int, **more: Any) -> Any:
        """An amount with so many places."""
        return self.of(num_format=amount_format(decimals), valign="top", **more)

    def percent(self, **more: Any) -> Any:
        """A fraction as a percentage."""
        return self.of(num_format=PERCENT, valign="top", **more)
