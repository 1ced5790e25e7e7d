"""The targets of a run as one table per metric: a row per partner with its groups, its year and its periods.

A result never changes, so a table that was built once is kept for the next request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.orm import Session

from api.db.tables import results, runs
from api.output.csv import unguarded_column
from api.resources.results.service import allocated
from api.resources.results.solved_scenario import solved_scenario
from api.web.context import caller, service
from api.web.last_used import LastUsed
from api.web.offload import read_in_store
from rules.columns import Columns, Policy
from scenarios import PartnerTable, Scenario

if TYPE_CHECKING:
    import pandas as pd

AMOUNTS = ("baseline", "fair_share", "target")
COUNTED = "counted"
"""The baseline as the solver counts it: stated, or what the scenario says that an empty cell stands for."""
_WORDS = ("partner", "name", "tier", "metric", "period", "binding")
_NUMBERS = (*AMOUNTS, "floor", "cap", "unrounded")
GROUPS_FIRST = ("region", "tier", "type", "country", "segment")
"""Columns by which partners are grouped before others, where the table has them."""
_MOST_VALUES = 60
"""A column with more values than these names partners rather than groups them."""
_MOST_GROUPS = 8
"""So many columns are offered as groups."""
_AT_LIMIT = 1e-6
"""How near to its floor or cap a target stands at it, in the metric's unit: the table has six decimals."""
_KEPT = 6
"""Tables kept in memory, one per run."""


@dataclass(frozen=True, eq=False)
class TargetsTable:
    """The targets of one run."""

    metrics: dict[str, pd.DataFrame]
    """Metric to a row per partner: partner, name, groups, AMOUNTS, COUNTED, growth, stretch, at, binding, periods."""
    units: dict[str, str]
    """Metric to unit."""
    groups: tuple[str, ...]
    """Columns that group partners, those of the cascade first."""
    periods: tuple[str, ...]
    """Each is a column too; empty where targets are not phased."""
    missing: Mapping[str, str]
    """Metric to what its empty cells count as, zero or tier_median, where the scenario says so."""


def targets_table(run_id: str) -> TargetsTable:
    """The table of the caller's run; raises NotFound, and HttpProblem 409 for a run without targets."""
    org_id = caller().org_id
    with service().store.read() as session:
        rows = allocated(session, org_id, run_id)
    found = _CACHE.get(run_id)
    if found is None:
        found = _CACHE.put(run_id, read_in_store(rows, build, org_id, run_id))
    return found


_CACHE: LastUsed[TargetsTable] = LastUsed(_KEPT)


def build(session: Session, org_id: str, run_id: str) -> TargetsTable:
    """The table, from what the run left and the partner table that it read."""
    run = runs.get(session, org_id, run_id)
    totals = results.document(session, org_id, run_id).get("totals") or {}
    content = b"".join(results.table_csv(session, org_id, run_id, "allocation"))
    frame = _read(content)
    scenario = solved_scenario(session, run)
    groups = _groups(scenario)
    periods = tuple(dict.fromkeys(frame["period"])) if (frame["period"] != "").any() else ()
    metrics = {
        str(metric): _counted(_of_metric(part, periods, groups), str(metric), scenario)
        for metric, part in frame.groupby("metric", sort=False)
    }
    known = ("tier",) if "tier" in frame.columns and "tier" not in groups.columns else ()
    units = {metric: str(totals.get(metric, {}).get("unit", "")) for metric in metrics}
    return TargetsTable(metrics, units, (*map(str, groups.columns), *known), periods, _missing(scenario))


def _read(content: bytes) -> pd.DataFrame:
    """The rows of an allocation.csv, texts as they were before the formula guard, amounts as floats."""
    import pyarrow as pa
    from pyarrow import csv

    from scenarios.tables.arrow import readable

    kinds = {**dict.fromkeys(_WORDS, pa.string()), **dict.fromkeys(_NUMBERS, pa.float64())}
    table = csv.read_csv(
        readable(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds),
    )
    kept = [name for name in table.column_names if name in kinds]
    columns = {name: unguarded_column(table[name]) if name in _WORDS else table[name] for name in kept}
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame if "period" in frame.columns else frame.assign(period="")


def _of_metric(rows: pd.DataFrame, periods: tuple[str, ...], groups: pd.DataFrame) -> pd.DataFrame:
    """One row per partner, in the order of the result."""
    words = [column for column in ("name", "tier", "binding") if column in rows.columns]
    if rows["partner"].is_unique:  # nothing to sum, and grouping as many as there are partners takes long
        found = rows.set_index("partner")[[*AMOUNTS, *words]]
        at = _at_limit(rows).set_axis(found.index)
    else:
        by = rows.groupby("partner", sort=False)
        found = by[list(AMOUNTS)].sum(min_count=1).join(by[words].first())
        at = _at_limit(rows).groupby(rows["partner"], sort=False).all().reindex(found.index)
        if periods:
            found["binding"] = by["binding"].agg(_joined)
    mine = groups if groups.index.equals(found.index) else groups.reindex(found.index)
    for column in groups.columns:
        found[column] = mine[column].fillna("").astype("category")
    found["growth"] = _over(found["target"], found["baseline"])
    found["stretch"] = _over(found["target"], found["fair_share"])
    limits = [at["floor"] & at["cap"], at["floor"], at["cap"]]
    found["at"] = np.select(limits, ["fixed", "floor", "cap"], default="")
    found["binding"] = found.pop("binding")
    for period in periods:
        found[period] = rows[rows["period"] == period].set_index("partner")["target"].reindex(found.index)
    return found.reset_index()


def _over(target: Any, base: Any) -> Any:
    """(rows,) target / base - 1, NaN on nothing."""
    return (target / base.where(base > 0)) - 1


def _at_limit(rows: pd.DataFrame) -> pd.DataFrame:
    """(rows, floor and cap) whether a target stands at its floor, and whether at its cap."""
    import pandas as pd

    x = rows["unrounded"]
    low = (rows["floor"] > 0) & (x <= rows["floor"] + _AT_LIMIT)
    high = rows["cap"].notna() & (x >= rows["cap"] - _AT_LIMIT)
    return pd.DataFrame({"floor": low, "cap": high})


def _joined(texts: Any) -> str:
    return "; ".join(dict.fromkeys(part for text in texts for part in str(text).split("; ") if part))


def _missing(scenario: Scenario | None) -> dict[str, str]:
    metrics = scenario.metrics if scenario else {}
    found = {name: _policy(scenario, name) for name in metrics}
    return {name: policy for name, policy in found.items() if policy}


def _policy(scenario: Scenario | None, metric: str) -> Policy | None:
    """What an empty cell of the metric's baseline stands for."""
    asked = scenario.metrics.get(metric) if scenario else None
    if scenario is None or asked is None or asked.baseline is None:
        return None
    return asked.missing or scenario.missing.get(asked.baseline)


def _counted(rows: pd.DataFrame, metric: str, scenario: Scenario | None) -> pd.DataFrame:
    """The rows with what stands for baselines that are not stated."""
    policy = _policy(scenario, metric)
    if scenario is None or policy is None:
        return rows.assign(**{COUNTED: rows["baseline"]})
    import pandas as pd

    columns = Columns(scenario.table)
    filled = pd.Series(
        columns.exact(str(scenario.metrics[metric].baseline), policy).floats(), index=columns.ids
    )
    return rows.assign(**{COUNTED: rows["baseline"].fillna(rows["partner"].map(filled))})


def _groups(scenario: Scenario | None) -> pd.DataFrame:
    """(partners, columns) the columns of the partner table that group partners; none if it cannot be read."""
    import pandas as pd

    if scenario is None:
        return pd.DataFrame()
    table = scenario.table
    columns = _grouping(table, scenario.level_columns)
    return pd.DataFrame({column: table.text(column) for column in columns}, index=table.ids)


def _grouping(table: PartnerTable, cascade: tuple[str, ...]) -> list[str]:
    first = [*cascade, *(column for column in GROUPS_FIRST if column in table.columns)]
    others = (column for column in table.columns if column not in first and _groups_partners(table, column))
    return list(dict.fromkeys([*first, *others]))[:_MOST_GROUPS]


def _groups_partners(table: PartnerTable, column: str) -> bool:
    """Whether the column holds few different words."""
    values = set(table.text(column)) - {""}
    few = 1 < len(values) <= min(_MOST_VALUES, max(2, len(table) // 2))
    return few and any(
        not text.replace(".", "").replace(",", "").replace("-", "").replace("%", "").isdigit()
        for text in values
    )
