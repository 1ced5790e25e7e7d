"""A hard year, made over HTTP: five metrics in twelve months, long names, and everything that comes after publishing."""

import json
import urllib.request
from calendar import monthrange
from collections.abc import Mapping
from typing import Any

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
METRICS = {"revenue": ("USD", 1000, 1), "licences": ("licences", 10, 0.002), "deals": ("deals", 1, 0.0001),
           "training": ("days", 1, 0.00005), "development_funds": ("USD", 100, 0.03)}  # fmt: skip
"""Each with its unit, what it is rounded to, and how much of it comes with a dollar of revenue."""
NAMES = (
    "Aurora", "Bergmann & Söhne Informationsverarbeitungsgesellschaft für Unternehmensdatenverarbeitung mbH & Co. KG",
    "Cedar", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "“Delta”, Ltd. <EMEA>",
    "Ëlan", "株式会社東雲システムズ・ウエスト",
    "Garnet Holdings of the Greater Northern and Western Territories, formerly Quartz",
)  # fmt: skip
GOALS: dict[str, Any] = {
    "objectives": {"objectives": [{
        "name": "The North stands on its own feet, and so does everybody who sells there", "by": "head of channel",
        "cascade": ["region", "partner"],
        "key_results": [
            {"name": "revenue of the North", "of": "revenue of the company", "where": {"region": "North"}},
            {"name": "partners won", "from": 0, "to": 10, "now": 4, "by": "recruiting", "on": "2027-03-31"},
        ],
    }]},
    "incentives": {"incentives": [{"name": "rebate", "metric": "revenue", "rates": {"0%": "1%", "100%": "3%"}}],
                   "budget": 150_000},
}  # fmt: skip


class Door:
    """Asks the service under `/api/v1` with one key."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = f"{address}/api/v1", key

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """The JSON of the answer; text is sent as CSV."""
        text = isinstance(body, str)
        kind = "text/csv" if text else "application/json"
        data = (body if text else json.dumps(body)).encode()
        sent = {"Authorization": f"Bearer {self._key}", "Content-Type": kind, "Prefer": "wait=60", **headers}
        request = urllib.request.Request(self._address + path, data, sent)
        with urllib.request.urlopen(request, timeout=90) as answer:
            return json.load(answer)

    def post_id(self, path: str, body: Any, **headers: str) -> str:
        return str(self.post(path, body, **headers)["id"])


def hard_year(planner: Door, approver: Door) -> dict[str, str]:
    """The ids of a published plan, its run and its table, three months of actuals and two responses after it."""
    table = planner.post_id("/datasets?name=partners", _table())
    scenario = planner.post_id("/scenarios", _scenario(table))
    run = planner.post_id(f"/scenarios/{scenario}/runs", {})
    plan = planner.post_id("/plans", {"run": run, "period": "FY2027", "reason": "For the board"})
    for version, step in enumerate(("approve", "publish"), 1):
        approver.post(f"/plans/{plan}/{step}", {"reason": "agreed"}, **{"If-Match": f'"{version}"'})
    planner.post("/actuals?period=FY2027", _actuals())
    stated = {"metric": "revenue", "by": "its managing director", "reason": "The largest customer leaves"}
    counter = {**stated, "partner": "P2", "says": "counter", "target": "4000000"}
    response = planner.post_id(f"/plans/{plan}/responses", counter)
    planner.post(f"/plans/{plan}/responses", {**stated, "partner": "P4", "says": "appeal"})
    return {"HARD_RUN": run, "HARD_PLAN": plan, "HARD_TABLE": table, "HARD_COUNTER": response}


def _rows() -> list[tuple[str, str, str, str, float]]:
    """Of each partner the id, name, region, tier and revenue."""
    return [
        (f"P{number}", name, ("North", "South")[number % 2], ("Gold", "Silver")[number % 3 > 0], 4e6 / number)
        for number, name in enumerate(NAMES, 1)
    ]


def _table() -> str:
    lines = ["partner_id,name,region,tier," + ",".join(METRICS)]
    for each, name, region, tier, revenue in _rows():
        amounts = (f"{revenue * part:.2f}" for _, _, part in METRICS.values())
        quoted = name.replace('"', '""')
        lines.append(f'{each},"{quoted}",{region},{tier},' + ",".join(amounts))
    return "\n".join(lines)


def _scenario(table: str) -> Mapping[str, Any]:
    last = {
        month: f"2027-{number:02}-{monthrange(2027, number)[1]}" for number, month in enumerate(MONTHS, 1)
    }
    return {
        "scenario": "hard-year", "title": "A year of five metrics in twelve months, with names that are long",
        "period": "FY2027", "periods": list(MONTHS), "calendar": {"from": "2027-01-01", **last},
        "partners": table, "partner_id": "partner_id", "cascade": ["region", "tier"],
        "metrics": {name: {"unit": unit, "round_to": whole, "baseline": name}
                    for name, (unit, whole, _) in METRICS.items()},
        "targets": [{"name": f"{name} of the company", "metric": name, "growth": "10%"} for name in METRICS],
        "add": [{"name": "everyone grows", "kind": "growth_floor", "metric": "revenue", "growth_min": "15%", "priority": 1}],
        **GOALS,
    }  # fmt: skip


def _actuals() -> str:
    """What partners have done in three months: a little more or less than a twelfth of the year before in each."""
    lines = ["partner_id,metric,period,amount,as_of"]
    for number, (each, _, _, _, revenue) in enumerate(_rows()):
        for month in MONTHS[:3]:
            for metric, (_, _, part) in METRICS.items():
                lines.append(
                    f"{each},{metric},{month},{revenue * part / 12 * (0.7 + number / 10):.2f},2027-03-31"
                )
    return "\n".join(lines)
