"""What moved between the allocations of two runs: totals per metric, how many partners, the largest moves."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from api.store import results

_KEYS = ["partner", "metric"]
_LARGEST = 10


def moves(session: Session, org_id: str, before: str, after: str) -> dict[str, Any]:
    """Per metric: the totals, partners raised, lowered, new and gone, and the ten largest moves.

    Amounts are decimal text, exact. Raises NotFound for a run without a result.
    """
    import pyarrow.compute as pc

    pairs = _targets(results.table_csv(session, org_id, before, "allocation")).join(
        _targets(results.table_csv(session, org_id, after, "allocation")),
        keys=_KEYS,
        join_type="full outer",
        right_suffix="_after",
    )
    metrics = sorted(pc.unique(pairs["metric"]).to_pylist())
    return {metric: _of_metric(pairs.filter(pc.equal(pairs["metric"], metric))) for metric in metrics}


def _targets(pieces: Iterable[bytes]) -> Any:
    """Each partner's target of each metric, the parts of a period added up."""
    import pyarrow as pa
    from pyarrow import csv

    text = pa.py_buffer(b"".join(pieces))
    kinds = {"partner": pa.string(), "metric": pa.string(), "target": _exact()}
    columns = csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)
    parts = csv.read_csv(
        text, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=columns
    )
    wholes = parts.group_by(_KEYS).aggregate([("target", "sum")])
    return pa.table({**{key: wholes[key] for key in _KEYS}, "target": wholes["target_sum"].cast(_exact())})


def _exact() -> Any:
    import pyarrow as pa

    return pa.decimal128(36, 9)


def _of_metric(pairs: Any) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    was, became = pairs["target"], pairs["target_after"]
    zero = pa.scalar(0, was.type)
    change = pc.subtract(pc.fill_null(became, zero), pc.fill_null(was, zero))
    largest = pc.sort_indices(
        pa.table({"size": pc.abs(change), "partner": pairs["partner"]}),
        sort_keys=[("size", "descending"), ("partner", "ascending")],
    )[:_LARGEST]
    shown = pa.table({"partner": pairs["partner"], "before": was, "after": became}).take(largest)
    return {
        "total_before": _amount(pc.sum(was).as_py()),
        "total_after": _amount(pc.sum(became).as_py()),
        "raised": _count(pc.greater(change, zero)),
        "lowered": _count(pc.less(change, zero)),
        "new": was.null_count,
        "gone": became.null_count,
        "largest": [
            {"partner": row["partner"], "before": _amount(row["before"]), "after": _amount(row["after"])}
            for row in shown.to_pylist()
            if row["before"] != row["after"]
        ],
    }


def _count(mask: Any) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(mask).as_py() or 0)


def _amount(value: Any) -> str | None:
    return None if value is None else format(value.normalize(), "f")
