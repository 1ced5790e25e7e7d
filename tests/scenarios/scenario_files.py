"""Builders of small scenario folders."""

import textwrap
from datetime import date
from pathlib import Path

from scenarios import Report, Scenario, read_scenario

PARTNERS = """\
partner_id,name,tier,region,fy2020,potential,q1,q2
A1,Acme,Gold,North,100,400,40,60
B2,"Borealis, Inc.",Silver,South,80,300,30,50
C3,Cumulus,Silver,South,60,200,20,40
"""

SCENARIO = """\
scenario: base
title: A small one
period: FY2021
partners: partners.csv
partner_id: partner_id
metrics:
  revenue: {unit: USD, round_to: 1, baseline: fy2020}
targets:
  - {name: company target, metric: revenue, total: 300}
rules: [rules.yaml]
"""

RULES = """\
rules:
  - name: everyone grows
    kind: growth_floor
    growth_min: 3%
    priority: 1
  - name: within reach
    kind: growth_cap
    growth_max: 35%
"""

TODAY = date(2021, 6, 30)


def folder(at: Path, **files: str) -> Path:
    """A folder with a sound scenario; keywords replace or add files, `base` meaning base.yaml."""
    texts = {"partners.csv": PARTNERS, "rules.yaml": RULES, "scenario.yaml": SCENARIO}
    for name, text in files.items():
        texts[name if "." in name else f"{name}.yaml"] = textwrap.dedent(text)
    for name, text in texts.items():
        path = at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return at


def read(at: Path, name: str = "scenario.yaml", **options: object) -> tuple[Scenario | None, list[str]]:
    """The scenario in a folder and its findings as lines."""
    report = Report()
    scenario = read_scenario(at / name, report, as_of=TODAY, **options)  # type: ignore[arg-type]
    return scenario, [str(finding) for finding in report.findings]


def sound(at: Path, name: str = "scenario.yaml") -> Scenario:
    """The scenario in a folder that has nothing wrong."""
    scenario, findings = read(at, name)
    assert findings == []
    assert scenario is not None
    return scenario
