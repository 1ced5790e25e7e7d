"""Doubts about the baselines of metrics: another scale, percentages, another currency than the unit."""

from scenarios.forms import MetricForm
from scenarios.read.symbols import Symbols
from scenarios.tables.unit_doubts import AmountColumn


def doubt_unit(name: str, metric: MetricForm, known: Symbols) -> None:
    """Reports doubts about the baseline of a metric."""
    if metric.baseline is not None:
        for finding in AmountColumn(known.table, metric.baseline, name, (metric.unit,)).doubts():
            known.report.add(finding)
