"""Differences between scenarios: which changes lead from one to the other, and the scenarios in between."""

import pickle
from pathlib import Path

import pytest
from scenario_files import PARTNERS, RULES, SCENARIO, folder, sound

from scenarios import Scenario
from scenarios.diff.blend_tables import portable
from scenarios.diff.changes import Use, differences, in_order, with_changes

READ: dict[str, Use] = {"fy2020": "number", "potential": "number", "tier": "text"}
"""The columns that count in these tests; no one reads the others."""
VARIANT = "scenario: variant\nextends: scenario.yaml\n"


def pair(at: Path, variant: str, **files: str) -> tuple[Scenario, Scenario]:
    """The small scenario and a variant of it, or of it with other files."""
    old = sound(folder(at / "old"))
    new = sound(folder(at / "new", **{"variant.yaml": VARIANT + variant, **files}), "variant.yaml")
    return old, new


def message(old: Scenario, new: Scenario) -> list[str]:
    return [str(change) for change in differences(old, new, READ)]


def same_answer(one: Scenario, other: Scenario) -> bool:
    """Whether nothing that could move a target differs."""
    return message(one, other) == [] == message(other, one)


CHANGES = {
    "change: {everyone grows: {growth_min: 5%}}": ["everyone grows: growth_min 3% → 5%"],
    "change: {company target: {total: 310}}": ["company target: total 300 → 310"],
    "change: {everyone grows: {priority: null}}": ["everyone grows: priority 1 → none"],
    "change: {within reach: {allowance: 20}}": ["within reach: allowance none → 20"],
    "change: {within reach: {where: {tier: [Gold]}}}": ["within reach: where none → {tier: [Gold]}"],
    "remove: [within reach]": ["within reach: removed"],
    "add: [{name: big, kind: concentration, share_max: 60%}]": ["big: added"],
    "change: {within reach: {kind: headroom, growth_max: null, column: potential, share_max: 1}}": [
        "within reach: kind growth_cap → headroom"
    ],
    "metrics: {revenue: {round_to: 10}}": ["revenue: round_to 1 → 10"],
    "metrics: {revenue: {fair_share: {fy2020: 50%, potential: 50%}}}": [
        "revenue: fair_share fy2020 1 → 0.5, potential none → 0.5"
    ],
    "periods: [Q1, Q2]": ["periods: none → [Q1, Q2]"],
    "goals: [{stay_close_to: potential}]": ["goals: none → [{stay_close_to: potential}]"],
    "missing: {potential: zero}": ["missing: none → {potential: zero}"],
    "adjustments: [{partner: A1, metric: revenue, target: 90, by: me, reason: so}]": [
        "adjustment of A1, revenue: none → 90"
    ],
}


@pytest.mark.parametrize(("variant", "expected"), CHANGES.items(), ids=CHANGES)
def test_each_change_is_reported_and_made(tmp_path: Path, variant: str, expected: list[str]) -> None:
    old, new = pair(tmp_path, f"{variant}\n")

    assert message(old, new) == expected
    changes = differences(old, new, READ)
    assert same_answer(with_changes(old, new, changes), new)
    assert same_answer(with_changes(old, new, ()), old)


def test_a_change_knows_where_it_is_said(tmp_path: Path) -> None:
    old, new = pair(tmp_path, "change:\n  everyone grows: {growth_min: 5%}\n")
    (change,) = differences(old, new, {})

    assert str(change.place) == "variant.yaml:4:32"


@pytest.mark.parametrize(
    "rules",
    [
        RULES.replace("3%", "0.03"),
        RULES.replace("35%", "0.350"),
        RULES + "    reason: no one can do more\n",
        "rules:\n" + RULES[RULES.index("  - name: within") :] + RULES[7 : RULES.index("  - name: within")],
    ],
)
def test_what_moves_no_one_is_no_change(tmp_path: Path, rules: str) -> None:
    """Other ways to write a number, reasons, the order of rules, titles."""
    old = sound(folder(tmp_path / "old"))
    new = sound(folder(tmp_path / "new", rules=rules, scenario=SCENARIO.replace("A small one", "Another")))

    assert message(old, new) == []


TABLES = {
    PARTNERS.replace("100,400", "110,400"): ["partners.csv: fy2020 of A1 100 → 110"],
    PARTNERS.replace("100,400", ",400"): ["partners.csv: fy2020 of A1 100 → none"],
    PARTNERS.replace("Gold", "Silver"): ["partners.csv: tier of A1 Gold → Silver"],
    PARTNERS.replace("Acme", "Acme Inc."): [],
    PARTNERS.replace("100,400", "100.0,400.00"): [],
    PARTNERS.replace("North,100", "North,1").replace("South,80", "South,8"): [
        "partners.csv: fy2020 of 2 partners"
    ],
    PARTNERS + "D4,Dune,Gold,North,10,20,1,2\n": ["partners.csv: 1 partner joins"],
    PARTNERS[: PARTNERS.index("B2")]: ["partners.csv: 2 partners leave"],
    "\n".join([PARTNERS.splitlines()[0], *PARTNERS.splitlines()[:0:-1], ""]): [],
}


@pytest.mark.parametrize(("partners", "expected"), TABLES.items())
def test_changes_of_the_table_are_reported_and_made(
    tmp_path: Path, partners: str, expected: list[str]
) -> None:
    old = sound(folder(tmp_path / "old", **{"scenario.yaml": SCENARIO + "missing: {fy2020: zero}\n"}))
    at = folder(tmp_path / "new", **{"partners.csv": partners})
    (at / "scenario.yaml").write_text(
        SCENARIO.replace("fy2020}", "fy2020, missing: zero}") + "missing: {fy2020: zero}\n"
    )
    new = sound(at)

    assert message(old, new) == [*expected, "revenue: missing none → zero"]
    changes = differences(old, new, READ)
    made = with_changes(old, new, changes).table
    assert sorted(made.ids.tolist()) == sorted(new.table.ids.tolist())
    for column, use in READ.items():
        for partner, cell in zip(made.ids, made.text(column), strict=True):
            there = new.table.text(column)[new.table.position(partner)]
            assert cell == there or (use == "number" and float(cell) == float(there))


def test_a_column_only_the_newer_has_comes_with_its_own_change(tmp_path: Path) -> None:
    old = sound(folder(tmp_path / "old"))
    wider = "\n".join(line + (",margin" if n == 0 else ",5") for n, line in enumerate(PARTNERS.splitlines()))
    new = sound(folder(tmp_path / "new", **{"partners.csv": wider + "\n"}))
    (change,) = differences(old, new, {"margin": "number"})

    assert str(change) == "partners.csv: margin is new"
    assert with_changes(old, new, [change]).table.numbers("margin").tolist() == [5, 5, 5]


def test_tables_by_other_columns_are_not_mixed(tmp_path: Path) -> None:
    old = sound(folder(tmp_path / "old"))
    new = sound(
        folder(tmp_path / "new", scenario=SCENARIO.replace("partner_id: partner_id", "partner_id: name"))
    )
    (change,) = differences(old, new, READ)

    assert str(change) == "partners.csv: partners are identified by partner_id → name"
    assert with_changes(old, new, [change]).table is new.table


def test_changes_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    old, new = pair(
        tmp_path,
        "change:\n  within reach: {growth_max: 40%}\n  everyone grows: {growth_min: 4%}\n"
        "  company target: {total: 301}\n"
        "adjustments: [{partner: A1, metric: revenue, target: 90, by: me, reason: so}]\n"
        "metrics: {revenue: {unit: EUR}}\n",
        **{"partners.csv": PARTNERS.replace("100,400", "101,400")},
    )

    assert [change.section for change in differences(old, new, READ)] == [
        "partners",
        "metrics",
        "targets",
        "rules",
        "rules",
        "adjustments",
    ]


def test_in_between_only_the_first_changes_are_made(tmp_path: Path) -> None:
    old, new = pair(
        tmp_path, "change: {everyone grows: {growth_min: 4%, priority: 2}}\nremove: [within reach]\n"
    )
    changes = differences(old, new, READ)
    between = with_changes(old, new, changes[:1])

    assert [str(change) for change in changes] == [
        "everyone grows: growth_min 3% → 4%",
        "everyone grows: priority 1 → 2",
        "within reach: removed",
    ]
    assert message(old, between) == ["everyone grows: growth_min 3% → 4%"]
    assert [entry.name for entry in between.rules] == ["everyone grows", "within reach"]


def test_a_portable_scenario_is_the_same_after_a_journey(tmp_path: Path) -> None:
    old, new = pair(tmp_path, "change: {everyone grows: {growth_min: 4%}}\n")
    for scenario in (old, with_changes(old, new, differences(old, new, READ))):
        back = pickle.loads(pickle.dumps(portable(scenario)))
        assert same_answer(scenario, back)
        assert [back.table.place(row) for row in range(3)] == [scenario.table.place(row) for row in range(3)]


@pytest.mark.parametrize(
    ("old", "new", "both"),
    [
        ("abc", "abc", "abc"),
        ("abc", "ac", "abc"),
        ("abc", "cba", "cba"),
        ("xa", "ab", "xab"),
        ("", "ab", "ab"),
    ],
)
def test_both_orders_are_kept_where_they_can_be(old: str, new: str, both: str) -> None:
    assert "".join(in_order(old, new)) == both
