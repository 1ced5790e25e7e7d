"""An organisation with one of everything, made through the service itself; only the solve is written by hand."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fake_solver
import making
from asker import Asker, admin_of
from small import PARTNERS, RULES, SCENARIO

from api import packing, runs
from api.app import Application
from api.runs import Outcome
from api.store import Store
from api.store.runs import State

TEXT = {"Content-Type": "text/csv"}
YAML = {"Content-Type": "application/yaml"}
TOTALS = {
    name: {"unit": unit, "company_target": "3", "placed": "3", "baseline": "3", "partners": 3}
    for name, unit in (("revenue", "USD"), ("licences", "licences"))
}
RESULT = {
    "scenario": {"name": "small", "title": "A small year", "period": "FY2027", "periods": []},
    "state": "succeeded",
    "termination": "optimal",
    "totals": TOTALS,
    "audit": {"verified": True, "rows_checked": 3},
    "rules": [
        {"rule": "within reach", "kind": "growth_cap", "priority": None, "held": True, "binding": 1,
         "unit": "USD", "missed": "0", "against": [], "misses": []}
    ],
    "spread": {
        "revenue": {
            "all": {"partners": 3, "least": -0.1, "lower_quartile": 0.0, "median": 0.01,
                    "upper_quartile": 0.02, "most": 0.2}
        }
    },
    "inputs": {"scenario.yaml": "00"},
    "outputs": {},
    "options": {"as_of": None},
    "times": {"as_of": "2026-07-01"},
    "versions": {"goal-cascade": "0.1.0"},
    "engines": {"piqp": "0.7.0"},
}  # fmt: skip
LEVELS = """\
level,path,partners,metric,baseline,fair_share,floor,cap,base,assigned,growth,stretch
company,,3,revenue,3,3,0,,3,3,0,0
region,North,2,revenue,2,2,0,,2,3,0,0
region,=South,1,revenue,,1,0,4,1,1,,0
"""
CONFLICT = {
    "scenario": {"name": "small"},
    "state": "infeasible",
    "termination": "infeasible",
    "conflict": {
        "rules": [{"rule": "within reach", "kind": "growth_cap", "file": "rules.yaml", "line": 2,
                   "lacking": "30", "unit": "USD"}],
        "sentences": ["within reach leaves 630 of 660: 30 is lacking."],
        "touched": ["acme"],
        "confirmed_by": ["PIQP", "OR-Tools"],
    },
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Ids of what the organisation has."""

    admin: Asker
    ids: dict[str, str]
    """Name of a path parameter to an id of this organisation."""

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    def path(self, rule: str) -> str:
        """A rule of the URL map as a path to a thing of this organisation, below `/api/v1`."""
        for name, value in self.ids.items():
            rule = rule.replace(f"<{name}>", value).replace(f"<path:{name}>", value)
        return rule.removeprefix("/api/v1")


def furnished(app: Application, store: Store) -> World:
    """A new organisation with one of everything."""
    admin = admin_of(app, store)
    ids = inputs(admin)
    ids["run_id"] = solved(admin, store, ids["scenario_id"])
    ids["other_run_id"] = solved(admin, store, ids["scenario_id"], seed=5)
    ids["batch_id"] = made(admin.post("/runs:batch", {"scenarios": [ids["scenario_id"]]}), 202)
    with store.write() as session:
        runs.cancel(session, admin.org_id, admin.get(f"/batches/{ids['batch_id']}").json["runs"][0]["id"])
    both = [ids["run_id"], ids["other_run_id"]]
    ids["comparison_id"] = made(admin.post("/comparisons", {"runs": both}))
    ids["webhook_id"] = made(admin.post("/webhooks", {"url": "http://127.0.0.1:1/hook"}))
    ids["plan_id"] = published(admin, ids["run_id"])
    ids["delivery_id"] = admin.get(f"/webhooks/{ids['webhook_id']}/deliveries").json["items"][0]["id"]
    ids["key_id"] = made(admin.post("/api-keys", {"name": "spare", "role": "viewer"}))
    return World(admin, {**ids, "file": "scenario.yaml", "partner": "P00001",
                         "format": "salesforce-forecasting-quota"})  # fmt: skip


def inputs(admin: Asker, name: str = "small") -> dict[str, str]:
    """A dataset, a rule set and a scenario on them."""
    dataset = made(admin.post(f"/datasets?name={name}", data=PARTNERS.encode(), headers=TEXT))
    ruleset = made(admin.post(f"/rulesets?name={name}", data=RULES.encode(), headers=YAML))
    text = scenario_text(dataset, ruleset, name)
    scenario = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    return {"dataset_id": dataset, "ruleset_id": ruleset, "scenario_id": scenario}


def scenario_text(dataset: str, ruleset: str, name: str = "small") -> str:
    """The small scenario, built on what is stored."""
    text = SCENARIO.replace("partners.csv", dataset).replace("rules.yaml", ruleset)
    return text.replace("scenario: small", f"scenario: {name}")


def made(response: Any, status: int = 201) -> str:
    """The id of what was made."""
    assert response.status_code in (status, 200), response.get_data(as_text=True)
    return str(response.json["id"])


def solved(
    admin: Asker, store: Store, scenario_id: str, *, seed: int = 0, result: dict[str, Any] | None = None
) -> str:
    """A run of the scenario with an allocation of three partners, or with this result alone."""
    run_id = made(admin.post(f"/scenarios/{scenario_id}/runs"), 202)
    claim = making.claimed(store)
    while claim.run_id != run_id:  # what other tests left waiting
        claim = making.claimed(store)
    with tempfile.TemporaryDirectory() as folder:
        if result is None:
            fake_solver.write(Path(folder), 3, seed)
            (Path(folder) / "levels.csv").write_text(LEVELS)
        (Path(folder) / "result.json").write_text(json.dumps(result or RESULT))
        packed = packing.pack(Path(folder))
    state = State.SUCCEEDED if result is None else State.INFEASIBLE
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(state, termination="optimal"), packed)
    return run_id


def published(admin: Asker, run_id: str, period: str = "FY2027") -> str:
    """The run as the plan of the period."""
    plan_id = made(admin.post("/plans", {"run": run_id, "period": period, "reason": "draft"}))
    for number, step in enumerate(("approve", "publish"), 1):
        done = admin.post(f"/plans/{plan_id}/{step}", {"reason": "ok"}, headers={"If-Match": f'"{number}"'})
        assert done.status_code == 200, done.get_data(as_text=True)
    return plan_id
