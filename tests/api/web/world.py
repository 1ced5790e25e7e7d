"""An organisation with one of everything, made through the service itself; only the solve is written by hand."""

import json
from dataclasses import dataclass
from typing import Any

import factories
import fake_solver
import results
from api_client import ApiClient, admin_of
from small import PARTNERS, RULES, SCENARIO

from api.app import Application
from api.db import Store
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Outcome
from api.db.tables.runs import State
from api.output import bundling
from api.resources.users import service as people

TEXT = {"Content-Type": "text/csv"}
YAML = {"Content-Type": "application/yaml"}
TOTALS = {
    name: {
        "unit": unit,
        "round_to": "1",
        "company_target": "3",
        "placed": "3",
        "baseline": "3",
        "partners": 3,
    }
    for name, unit in (("revenue", "USD"), ("licences", "licences"))
}
RESULT = results.result(
    totals=TOTALS,
    audit={"verified": True, "rows_checked": 3, "receipts_add_up": True, "failures": []},
    rules=[
        {"rule": "within reach", "kind": "growth_cap", "priority": None, "reason": "Cedar is short of people",
         "file": "rules.yaml", "line": 2, "held": True, "binding": 1, "unit": "USD", "missed": "0",
         "missed_before_rounding": "0", "against": [], "misses": []}
    ],
    spread={
        "revenue": {
            "all": {"partners": 3, "least": -0.1, "lower_quartile": 0.0, "median": 0.01,
                    "upper_quartile": 0.02, "most": 0.2},
            "by": {},
        }
    },
)  # fmt: skip
LEVELS = """\
level,path,partners,metric,baseline,fair_share,floor,cap,base,assigned,growth,stretch
company,,3,revenue,3,3,0,,3,3,0,0
region,North,2,revenue,2,2,0,,2,3,0,0
region,=South,1,revenue,,1,0,4,1,1,,0
"""
CONFLICT = results.conflict(
    rules=[
        {"rule": "within reach", "kind": "growth_cap", "reason": "Cedar is short of people",
         "file": "rules.yaml", "line": 2, "column": 5, "violation": "30", "unit": "USD"}
    ],
    sentences=["within reach leaves 630 of 660: 30 is missing."],
    affected=[{"partner": "acme", "name": "Acme", "tier": None}],
    repairs=[
        {"rule": "within reach", "field": "growth_max", "from": "5%", "to": "15%", "cost": "30", "unit": "USD",
         "affected": [],
         "sentence": "raise growth max of within reach from 5% to 15%"}
    ],
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Ids of what the organisation has."""

    admin: ApiClient
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
    ids["webhook_id"] = made(admin.post("/webhooks", {"url": "http://127.0.0.1:1/hook"}))
    ids["plan_id"] = published(admin, ids["run_id"])
    rows = b"partner_id,metric,amount\nacme,revenue,40\n"
    ids["actuals_id"] = made(admin.post("/actuals?period=FY2027", data=rows, headers=TEXT))
    statement = {"partner": "P00001", "metric": "revenue", "says": "appeal", "by": "me", "reason": "too much"}
    ids["response_id"] = made(admin.post(f"/plans/{ids['plan_id']}/responses", statement))
    ids["delivery_id"] = admin.get(f"/webhooks/{ids['webhook_id']}/deliveries").json["items"][0]["id"]
    ids["key_id"] = made(admin.post("/api-keys", {"name": "spare", "role": "viewer"}))
    invited = admin.post(
        "/invitations", {"email": f"{admin.org_id}@example.com", "name": "Ada", "role": "viewer"}
    )
    ids["invitation_id"] = made(invited)
    with store.write() as session:
        ids["user_id"] = people.accept(
            session, invited.json["link"].partition("=")[2], "kettle-orbit-ninety-moss"
        ).id
    return World(admin, {**ids, "partner": "P00001",
                         "format": "salesforce-forecasting-quota"})  # fmt: skip


def inputs(admin: ApiClient, name: str = "small") -> dict[str, str]:
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


def checked(admin: ApiClient, scenario_id: str) -> list[dict[str, Any]]:
    """What a solve would find doubtful in the scenario."""
    answer = admin.post("/analyses", {"analysis": "check", "scenarios": [scenario_id]})
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["findings"]
    return found


def solved(
    admin: ApiClient,
    store: Store,
    scenario_id: str,
    *,
    seed: int = 0,
    partners: int = 3,
    result: dict[str, Any] | None = None,
    goals: tuple[dict[str, Any], ...] = (),
    levels: str = LEVELS,
) -> str:
    """A run of the scenario with an allocation of so many partners and these goals, or with this result alone."""
    run_id = made(admin.post(f"/scenarios/{scenario_id}/runs"), 202)
    claim = factories.claimed(store)
    while claim.run_id != run_id:  # what other tests left waiting
        claim = factories.claimed(store)
    texts = {} if result else {**fake_solver.tables(partners, seed), "levels": levels.encode()}
    packed = bundling.pack(json.dumps(result or {**RESULT, "goals": goals}).encode(), texts)
    state = State.SUCCEEDED if result is None else State.INFEASIBLE
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(state, termination="optimal"), packed)
    return run_id


def published(admin: ApiClient, run_id: str, period: str = "FY2027") -> str:
    """The run as the plan of the period."""
    plan_id = made(admin.post("/plans", {"run": run_id, "period": period, "reason": "draft"}))
    for number, step in enumerate(("approve", "publish"), 1):
        done = admin.post(f"/plans/{plan_id}/{step}", {"reason": "ok"}, headers={"If-Match": f'"{number}"'})
        assert done.status_code == 200, done.get_data(as_text=True)
    return plan_id
