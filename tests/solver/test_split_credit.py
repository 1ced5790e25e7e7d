"""Split credit: partners that count in two territories by shares, in group limits and in levels."""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.main import cascade
from rules.load import load
from scenarios import Refused
from solver import Allocation, allocate
from solver.cascade.levels import Layer, Levels, assigned_to_partners, roll_up

PARTNERS = """\
partner_id,name,tier,last_year,north,south
A,Acme,Gold,100,60%,40%
B,Birch,Gold,200,100%,
C,Cedar,Silver,300,0%,100%
"""
SCENARIO = """\
scenario: split
partners: partners.csv
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last_year}
targets:
  - {name: company target, metric: revenue, total: 660}
shares:
  territory: {North: north, South: south}
add:
  - {name: limit, kind: group_limit, by: territory, share_max: 50%}
"""


def solved(folder: Path, scenario: str = SCENARIO, partners: str = PARTNERS) -> Allocation:
    (folder / "partners.csv").write_text(partners)
    (folder / "scenario.yaml").write_text(scenario)
    loaded = load(folder)
    return allocate(loaded.scenario, loaded.book)


def targets(allocation: Allocation) -> dict[str, int]:
    ids = allocation.frame.columns.ids
    return dict(zip(ids, map(int, allocation.target.tolist()), strict=True))


def paths_of(levels: Levels, layer: Layer) -> list[tuple[str, ...]]:
    """The path of each node of a layer."""
    depth = levels.names.index(layer.level.name)
    if depth == 0:
        return [()]
    above = paths_of(levels, levels.layers[depth - 1])
    pairs = zip(layer.level.parent.tolist(), layer.level.names.tolist(), strict=True)
    return [(*above[parent], name) for parent, name in pairs]


def test_a_limit_counts_each_partner_by_its_share(tmp_path: Path) -> None:
    """Fair shares of 110, 220 and 330 put 0.4 · 110 + 330 = 374 in the south, which may have 330.

    The even spread that comes to 660 and to 330 in the south is f · (1 + λ - μ s) with s = 0.4, 0, 1:
    660 λ = 374 μ, and 374 λ - (0.16 · 110 + 330) μ = -44. So μ = 12/37, λ = 34/185, and the targets are 115.95,
    260.43 and 283.62. In whole dollars 0.4 · 115 + 284 is 330; with 116 for A it would be 330.4.
    """
    allocation = solved(tmp_path)
    assert allocation.unrounded.tolist() == pytest.approx([115.9459, 260.4324, 283.6216], abs=1e-3)
    assert targets(allocation) == {"A": 115, "B": 261, "C": 284}
    assert allocation.audit is not None
    assert allocation.audit.verified
    assert allocation.audit.receipts_add_up


def test_a_least_counts_by_shares_too(tmp_path: Path) -> None:
    """330 in the north: 0.6 x + B, so it gets at least as much as the south may have in the other test."""
    allocation = solved(tmp_path, SCENARIO.replace("share_max: 50%", "total_min: 330"))
    found = targets(allocation)
    assert Fraction(6, 10) * found["A"] + found["B"] >= 330
    assert Fraction(4, 10) * found["A"] + found["C"] >= 330
    assert sum(found.values()) == 660


def test_where_chooses_whose_shares_count(tmp_path: Path) -> None:
    """Of the Gold partners 0.4 · 110 = 44 are in the south; 40 there leave 100 for A, if nothing else gives way."""
    limit = "{name: limit, kind: group_limit, by: territory, where: {tier: Gold, name: Acme}, total_max: 60}"
    allocation = solved(tmp_path, SCENARIO.split("  - {name: limit")[0] + f"  - {limit}\n")
    assert targets(allocation)["A"] == 100
    assert [effect.binding for effect in allocation.effects if effect.rule == "limit"] == [1]


def test_levels_show_the_groups_of_a_split_and_add_up(tmp_path: Path) -> None:
    solved(tmp_path)
    run = CliRunner().invoke(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out"), "--xlsx"])
    assert run.exit_code == 0, run.output
    with (tmp_path / "out" / "levels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["level"], row["path"], row["partners"], row["baseline"], row["base"]) for row in rows] == [
        ("company", "", "3", "600", "660"),
        ("territory", "North", "2", "260", "330"),
        ("territory", "South", "2", "340", "330"),
    ]


def test_levels_of_a_cascade_and_periods_stand_before_those_of_the_split(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("targets:", "periods: [Q1, Q2]\ncascade: [tier]\ntargets:")
    solved(tmp_path, scenario)
    run = CliRunner().invoke(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    with (tmp_path / "out" / "levels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(dict.fromkeys(row["level"] for row in rows)) == ["company", "tier", "territory"]
    for period in ("", "Q1", "Q2"):
        base = {
            level: sum(
                Fraction(row["base"]) for row in rows if row["level"] == level and row["period"] == period
            )
            for level in ("company", "tier", "territory")
        }
        assert base["company"] == base["tier"] == base["territory"]


def test_a_split_is_a_level_with_a_partner_at_each_of_its_nodes(tmp_path: Path) -> None:
    """Targets of 110, 220 and 330: the north has 0.6 · 110 + 220, the south 0.4 · 110 + 330.

    Padding of 5 % hands out 33 units by the remainders of 3.3, 2.2, 11 and 16.5: the half is rounded up.
    """
    scenario = SCENARIO.split("add:")[0] + "cascade: [territory, tier]\nover_assign: {partner: 5%}\n"
    levels = roll_up(solved(tmp_path, scenario))
    nodes = {
        path: (layer.level.name, count, base, assigned)
        for layer in levels.layers
        for path, count, base, assigned in zip(
            paths_of(levels, layer), layer.level.partners.tolist(), layer.sums.base.tolist(),
            layer.assigned.tolist(), strict=True,
        )
    }  # fmt: skip
    assert nodes == {
        (): ("company", 3, 660, 660),
        ("North",): ("territory", 2, 286, 286),
        ("South",): ("territory", 2, 374, 374),
        ("North", "Gold"): ("tier", 2, 286, 286),
        ("South", "Gold"): ("tier", 1, 44, 44),
        ("South", "Silver"): ("tier", 1, 330, 330),
        ("North", "Gold", "A"): ("partner", 1, 66, 69),
        ("North", "Gold", "B"): ("partner", 1, 220, 231),
        ("South", "Gold", "A"): ("partner", 1, 44, 46),
        ("South", "Silver", "C"): ("partner", 1, 330, 347),
    }
    assert assigned_to_partners(levels.allocation).tolist() == [115, 231, 347]


def test_a_level_of_a_split_is_printed_and_tracked_by_shares(tmp_path: Path) -> None:
    """A does 50 of its 110, B 220 of 220, C nothing: the north has 30 + 220 of 286, the south 20 of 374."""
    solved(tmp_path, SCENARIO.split("add:")[0] + "period: FY27\ncascade: [territory]\n")
    (tmp_path / "actuals.csv").write_text(
        "partner_id,metric,amount\nA,revenue,50\nB,revenue,220\nC,revenue,0\n"
    )
    run = CliRunner().invoke(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out"), "--xlsx"])
    assert run.exit_code == 0, run.output
    with (tmp_path / "out" / "levels.csv").open() as file:
        rows = [(row["level"], row["path"], row["base"]) for row in csv.DictReader(file)]
    assert rows == [("company", "", "660"), ("territory", "North", "286"), ("territory", "South", "374")]
    asked = [str(tmp_path / "actuals.csv"), "--done", "FY27", "--json", "--to", "partner"]
    run = CliRunner().invoke(cascade, ["track", str(tmp_path / "scenario.yaml"), *asked])
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    assert [
        (
            node["path"],
            node["partners"],
            node["metrics"]["revenue"]["target"],
            node["metrics"]["revenue"]["done"],
        )
        for node in document["nodes"]
    ] == [
        ([], 3, "660", "270"),
        (["North"], 2, "286", "250"),
        (["North", "A"], 1, "66", "30"),
        (["North", "B"], 1, "220", "220"),
        (["South"], 2, "374", "20"),
        (["South", "A"], 1, "44", "20"),
        (["South", "C"], 1, "330", "0"),
    ]
    assert sum(document["states"]["revenue"].values()) == 3, "partners, not their parts"
    (tmp_path / "scenario.yaml").write_text((tmp_path / "scenario.yaml").read_text().replace("660", "663"))
    printed = (
        CliRunner()
        .invoke(cascade, ["track", str(tmp_path / "scenario.yaml"), *asked[:3], "--to", "partner"])
        .output
    )
    # 110.5 for A come to 110 or 111: whole numbers of its parts would not add up to it.
    assert re.search(r"North +28\d\.\d0 ", printed), printed


def test_a_re_plan_counts_others_at_the_groups_of_a_split(tmp_path: Path) -> None:
    """Z did 9 in the north, where A and B are, Gold both: it counts for the company and for the Gold partners."""
    base = SCENARIO.split("add:")[0].replace("targets:", "periods: [H1, H2]\ncascade: [territory]\ntargets:")
    gold = "  - {name: gold, metric: revenue, where: {tier: Gold}, total_min: 320}\nshares:"
    solved(tmp_path, base.replace("shares:", gold))
    run = CliRunner().invoke(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out")])
    assert run.exit_code == 0, run.output
    rows = "A,revenue,H1,50,\nB,revenue,H1,100,\nC,revenue,H1,150,\nZ,revenue,H1,9,North\n"
    (tmp_path / "actuals.csv").write_text(f"partner_id,metric,period,amount,territory\n{rows}")
    again = "replan: {plan: out/record.zip, done: [H1]}\nactuals: {file: actuals.csv, unassigned: keep}\n"
    (tmp_path / "rest.yaml").write_text(f"scenario: rest\nextends: scenario.yaml\n{again}")
    run = CliRunner().invoke(cascade, ["solve", str(tmp_path / "rest.yaml"), "-o", str(tmp_path / "rest")])
    assert run.exit_code == 0, run.output
    with (tmp_path / "rest" / "allocation.csv").open() as file:
        left = {
            row["partner"]: Fraction(row["target"]) for row in csv.DictReader(file) if row["period"] == "H2"
        }
    assert sum(left.values()) == 660 - 300 - 9
    assert left["A"] + left["B"] >= 320 - 150 - 9


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("60%,40%", "60%,39%"), "shares-sum", "come to 99 % for A"),
        (("200,100%,", "200,,"), "shares-sum", "come to 0 % for B"),
        (("60%,40%", "140%,-40%"), "negative-amount", "south is -0.4 for A"),
        (("60%,40%", "60%,some"), "not-a-number", "south is 'some'"),
        (("South: south", "South: west"), "unknown-column", "'west'"),
        (("  territory:", "  tier:"), "duplicate-name", "'tier'"),
        (("territory: {North: north, South: south}", "territory: {}"), "missing-field", "no groups"),
        (("by: territory", "by: teritory"), "unknown-column", "Did you mean 'territory'?"),
        (("kind: group_limit, by: territory, share_max: 50%", "kind: even_within, by: territory, band: 20%, priority: 1"),
         "unknown-column", "'territory'"),
        (("by: territory", "where: {territory: North}"), "unknown-column", "It is a split, which only `by` takes"),
        (("60%,40%", "60,40"), "shares-sum", "Write percent signs"),
        (("South: south", "South: north"), "bad-value", "groups of 'territory' name the same column"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_shares_is_said(
    tmp_path: Path, change: tuple[str, str], code: str, words: str
) -> None:
    with pytest.raises(Refused) as refused:
        solved(tmp_path, SCENARIO.replace(*change), PARTNERS.replace(*change))
    assert [str(each) for each in refused.value.findings if each.code == code and words in str(each)], [
        str(each) for each in refused.value.findings
    ]
