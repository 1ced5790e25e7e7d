"""The example answers of the OpenAPI document: what analyses of three partners answer, as it comes."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.analysis.check import CheckRequest, check
from api.analysis.compare.document import CompareRequest
from api.analysis.compare.run import compare, read_sources
from api.analysis.request import Context
from api.analysis.solve import SolveRequest, solve
from api.output.document import Document

FOLDER = Path(__file__).parents[1] / "api" / "reference" / "examples"
_SCENARIO = """\
scenario: small
title: A small year
period: FY2027
partners: partners.csv
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last_year}
targets:
  - {name: company target, metric: revenue, total: 660}
rules: [rules.yaml]
"""
_RULES = """\
rules:
  - {name: within reach, kind: growth_cap, growth_max: 15%, reason: More than this no partner has done}
"""
_PARTNERS = (
    "partner_id,name,tier,last_year\nacme,Acme,Gold,100\nbirch,Birch,Silver,200\ncedar,Cedar,Silver,300\n"
)
_BOLDER = "extends: scenario.yaml\nscenario: bolder\nchange:\n  company target: {total: 680}\n"


def examples() -> dict[str, Document]:
    """Name of each analysis to its answer."""
    with TemporaryDirectory() as folder:
        base = Path(folder)
        for name, text in {
            "scenario.yaml": _SCENARIO, "rules.yaml": _RULES, "partners.csv": _PARTNERS, "bolder.yaml": _BOLDER,
        }.items():  # fmt: skip
            (base / name).write_text(text, encoding="utf-8")
        scenario, other = base / "scenario.yaml", base / "bolder.yaml"
        request = CompareRequest()
        return {
            "check": check(scenario, CheckRequest()),
            "solve": solve(scenario, SolveRequest()),
            "compare": compare(read_sources([scenario, other], request), request, Context()),
        }


def settled(data: Any) -> Any:
    """An answer as it is kept: of times and versions, which change with the day, the names alone."""
    if isinstance(data, list):
        return [settled(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {name: _fixed(name, value) for name, value in data.items()}


def _fixed(name: str, value: Any) -> Any:
    if name == "started" and value:
        return "2027-01-04T09:00:00+00:00"
    if name == "as_of" and value:
        return "2027-01-04"
    if name in ("versions", "engines"):
        return dict.fromkeys(value, "1.0")
    if name == "seconds":
        return dict.fromkeys(value, 0.01)
    return settled(value)


def write() -> None:
    """Write every example."""
    for name, document in examples().items():
        text = json.dumps(settled(document.data()), ensure_ascii=False, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
