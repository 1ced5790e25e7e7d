"""Targets as HTTP gives them: the columns of allocation.csv, so that a new column is there by itself."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, create_model

from api.output.columns import ALLOCATION, Column
from api.resources.results.receipts import ItemView
from api.web.pagination import Listed
from api.web.schemas import View, with_example

_EXAMPLE: dict[str, object] = {
    "partner": "P0001",
    "name": "Northwind",
    "tier": "Gold",
    "region": "EMEA",
    "metric": "revenue",
    "period": None,
    "baseline": "19976.66",
    "fair_share": "23023.193102",
    "floor": "20575.9598",
    "cap": "44000",
    "unrounded": "22797.030257",
    "target": "23000",
    "assigned": None,
    "growth": "0.151344",
    "stretch": "-0.001007",
    "binding": [],
}
_RECEIPT = [
    {"item": "fair share", "kind": "fair share", "amount": "23023.19"},
    {"item": "company target", "kind": "pull", "amount": "-226.16"},
    {"item": "rounding", "kind": "rounding", "amount": "202.97"},
]


class _Target(View):
    model_config = with_example(_EXAMPLE)


class _Targets(View):
    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})

    next_cursor: str | None = None
    """For the next page; null on the last one."""


_OF_ONE: dict[str, object] = {"partner": "P0001", "targets": [{**_EXAMPLE, "receipt": _RECEIPT}]}


class _OfPartner(View):
    model_config = with_example(_OF_ONE)

    partner: str


def _field(column: Column) -> Any:
    """The type of a column's field, and what it holds."""
    if column.kind == "texts":
        return list[str], Field(default_factory=list, description=column.about)
    if column.required:
        return str, Field(description=column.about)
    return str | None, Field(None, description=column.about)


TargetView: Any = create_model(
    "TargetView",
    __base__=_Target,
    __doc__="One target. Amounts are decimal strings in the metric's unit; null where there is none.",
    **{column.name: _field(column) for column in ALLOCATION},
)
TargetList: Any = create_model(
    "TargetList",
    __base__=(_Targets, Listed[Any]),
    __doc__="Targets, partner by partner.",
    items=(list[TargetView], ...),
)
ExplainedTarget: Any = create_model(
    "ExplainedTarget",
    __base__=TargetView,
    __doc__="One target, and how it was made.",
    receipt=(list[ItemView], Field(default_factory=list, description="Its items add up to the target.")),
)
PartnerTargets: Any = create_model(
    "PartnerTargets",
    __base__=_OfPartner,
    __doc__="All targets of one partner, each with its receipt.",
    targets=(list[ExplainedTarget], ...),
)


class HeldTargets(PartnerTargets):
    """All targets of one partner in the plan that holds now, each with its receipt."""

    model_config = with_example({**_OF_ONE, "plan": "plan_06A1B2C3D4E5F6G7H8J9K0M1N2", "period": "FY2027"})

    plan: str = Field(description="Id of the plan.")
    period: str = Field(description="For which it holds.")


def target(row: Mapping[str, str]) -> dict[str, Any]:
    """A row of allocation.csv in the shape of TargetView; plain, because a page has many."""
    return {column.name: _value(column, row.get(column.name, "")) for column in ALLOCATION}


def _value(column: Column, cell: str) -> str | list[str] | None:
    if column.kind == "texts":
        return [part.strip() for part in cell.split(";") if part.strip()]
    return cell or None
