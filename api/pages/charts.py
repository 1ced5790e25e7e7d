"""Charts, drawn by Altair on the server as SVG; nothing is loaded from anywhere."""

import functools
import json
from collections.abc import Iterator
from typing import Any

_INK, _SOFT, _LINE, _ZERO = "#1c3d5a", "#9db8cf", "#5d7283", "#c98a2b"
_WIDTH = 620


def stretch_chart(metric: str, spread: dict[str, Any]) -> str:
    """SVG: for every group its least, quartiles and most stretch; a line at zero."""
    return _drawn(metric, json.dumps(spread))


@functools.lru_cache(maxsize=64)
def _drawn(metric: str, spread: str) -> str:
    import altair as alt
    import vl_convert

    rows = list(_rows(json.loads(spread)))
    base = alt.Chart()
    group = alt.Y("group:N", title=None)
    percent = alt.Axis(format="+.0%", title=f"stretch of {metric}", tickCount=10)
    layers = alt.layer(
        base.mark_rule(color=_ZERO, strokeDash=[4, 3]).encode(x=alt.datum(0)),
        base.mark_rule(color=_LINE).encode(x=alt.X("least:Q", axis=percent), x2="most:Q", y=group),
        base.mark_bar(color=_SOFT, height=11).encode(x="lower_quartile:Q", x2="upper_quartile:Q", y=group),
        base.mark_tick(color=_INK, thickness=3, height=15).encode(x="median:Q", y=group),
        data=alt.InlineData(values=rows),
    ).properties(width=_WIDTH, height=alt.Step(21))
    by = alt.Row("by:N", title=None, sort=list(dict.fromkeys(row["by"] for row in rows)))
    chart = layers.facet(row=by, spacing=8).resolve_scale(y="independent").configure(font="sans-serif")
    chart = chart.configure_view(stroke=None).configure_axis(labelLimit=220, gridColor="#e6ebef")
    chart = chart.configure_header(
        labelFontWeight="bold", labelOrient="left", labelAngle=0, labelAlign="left"
    )
    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _rows(spread: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row per group; numbers may have come as text."""
    for by, groups in spread.items():
        named = {"all partners": groups} if by == "all" else groups
        for name, five in named.items():
            if "median" in five:
                numbers = {key: float(value) for key, value in five.items()}
                yield {"by": by.removeprefix("by ").replace("all", ""), "group": name, **numbers}
