"""Scenarios of any size: partners made by a seeded generator, a growth floor, a cap, a share for each region."""

import random
import time
from urllib.parse import quote

from benchmarks.service.server import Server

RULES = [
    {
        "name": "everyone grows",
        "kind": "growth_floor",
        "metric": "revenue",
        "growth_min": "2%",
        "priority": 1,
    },
    {"name": "within reach", "kind": "growth_cap", "metric": "revenue", "growth_max": "40%"},
    {
        "name": "every region counts",
        "kind": "group_limit",
        "metric": "revenue",
        "by": "region",
        "share_min": "5%",
    },
]
_TIERS, _REGIONS = ("Platinum", "Gold", "Silver"), ("North", "South", "East", "West")


def table(partners: int) -> bytes:
    """A partner table as CSV."""
    draw = random.Random(partners)
    lines = ["partner_id,tier,region,last_year,potential"]
    for number in range(partners):
        size = round(draw.lognormvariate(11, 1), 2)
        tier, region = draw.choice(_TIERS), draw.choice(_REGIONS)
        lines.append(f"P{number:06},{tier},{region},{size},{round(size * draw.uniform(1, 4), 2)}")
    return ("\n".join(lines) + "\n").encode()


def scenario(server: Server, partners: int, name: str) -> str:
    """The id of a scenario that asks for ten percent more."""
    content = table(partners)
    total = round(sum(float(line.split(b",")[3]) for line in content.split(b"\n")[1:-1]) * 1.1, -3)
    dataset = server.ask("POST", f"/datasets?name={quote(name)}", content, Content_Type="text/csv")["id"]
    ruleset = server.ask("POST", "/rulesets", {"name": name, "rules": RULES})["id"]
    asked = {
        "scenario": name,
        "partners": dataset,
        "metrics": {
            "revenue": {
                "unit": "USD",
                "round_to": 1000,
                "baseline": "last_year",
                "fair_share": {"last_year": "70%", "potential": "30%"},
            }
        },
        "targets": [{"name": "company target", "metric": "revenue", "total": round(total)}],
        "rules": [ruleset],
    }
    return str(server.ask("POST", "/scenarios", asked)["id"])


def solved(server: Server, scenario_id: str) -> str:
    """The id of a run of the scenario that has succeeded."""
    run = server.ask("POST", f"/scenarios/{scenario_id}/runs", {}, Prefer="wait=30")
    while run["state"] in ("queued", "running"):
        time.sleep(0.5)
        run = server.ask("GET", f"/runs/{run['id']}")
    if run["state"] != "succeeded":
        raise RuntimeError(f"{run['id']} has {run['state']}: {run['reason']}")
    return str(run["id"])
