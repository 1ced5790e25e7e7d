"""A scenario of three partners, small enough to be solved by hand.

Fair shares of 660 by baselines of 100, 200, 300 are 110, 220, 330. A cap of 5 % growth keeps cedar at 315,
so acme and birch carry 345 instead of 330: 115 and 230.
"""

from pathlib import Path

SCENARIO = """\
scenario: small
title: A small year
period: FY2027
partners: partners.csv
partner_id: partner_id
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last}
targets:
  - {name: company target, metric: revenue, total: 660}
rules: [rules.yaml]
"""
RULES = """\
rules:
  - name: within reach
    kind: growth_cap
    where: {partner_id: cedar}
    growth_max: 5%
    reason: Cedar is short of people
"""
PARTNERS = """\
partner_id,name,region,last
birch,"Birch & Sons, Ltd.",South,200
acme,Acme,North,100
cedar,Cédar,North,300
"""


def write_small(
    folder: Path, *, scenario: str = SCENARIO, rules: str = RULES, partners: str = PARTNERS
) -> Path:
    """The scenario file, written into the folder with its rules and partners."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "partners.csv").write_text(partners, encoding="utf-8")
    path = folder / "scenario.yaml"
    path.write_text(scenario, encoding="utf-8")
    return path


def write_conflict(folder: Path) -> Path:
    """The same with caps that leave no room for the company target: 3 · 105 % of the baselines is 630."""
    return write_small(folder, rules=RULES.replace("    where: {partner_id: cedar}\n", ""))
