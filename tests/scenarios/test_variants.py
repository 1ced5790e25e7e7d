"""A variant names only what differs from the scenario it extends."""

from pathlib import Path

import pytest
from scenario_files import SCENARIO, folder, read, sound

from scenarios import Scenario

BASE = {
    "base": SCENARIO.replace("[rules.yaml]", "[rules.yaml]\nadd:\n  - {name: extra, kind: lock, target: 5}")
}


def variant(at: Path, text: str, **files: str) -> Scenario:
    return sound(
        folder(at, variant=f"scenario: variant\nextends: base.yaml\n{text}", **BASE, **files), "variant.yaml"
    )


def mistakes(at: Path, text: str) -> list[str]:
    folder(at, variant=f"scenario: variant\nextends: base.yaml\n{text}", **BASE)
    return read(at, "variant.yaml")[1]


def names(scenario: Scenario) -> list[str]:
    return [rule.name for rule in scenario.rules]


def test_what_is_not_named_stays_as_it_was(tmp_path: Path) -> None:
    scenario = variant(tmp_path, "")
    assert (scenario.name, scenario.title) == ("variant", "A small one")
    assert names(scenario) == ["everyone grows", "within reach", "extra"]


def test_a_change_gives_the_fields_that_differ_and_knows_where(tmp_path: Path) -> None:
    scenario = variant(
        tmp_path, "change:\n  everyone grows: {growth_min: 5%}\n  company target: {total: 310}\n"
    )
    grows, target = scenario.rules[0], scenario.targets[0]
    assert grows.data == {"name": "everyone grows", "kind": "growth_floor", "growth_min": "5%", "priority": 1}
    assert target.data["total"] == 310
    assert str(grows.data.value_places["growth_min"]) == "variant.yaml:4:32"
    assert str(grows.data.value_places["priority"]) == "rules.yaml:5:15"
    assert str(grows.place) == "rules.yaml:2:5"


def test_null_takes_a_field_away(tmp_path: Path) -> None:
    grows = variant(tmp_path, "change: {everyone grows: {priority: null}}").rules[0]
    assert "priority" not in grows.data


def test_rules_are_added_and_removed(tmp_path: Path) -> None:
    scenario = variant(
        tmp_path, "remove: [within reach, extra]\nadd:\n  - {name: cap, kind: concentration}\n"
    )
    assert names(scenario) == ["everyone grows", "cap"]


def test_a_removed_name_may_be_given_anew(tmp_path: Path) -> None:
    scenario = variant(tmp_path, "remove: [extra]\nadd:\n  - {name: extra, kind: concentration}\n")
    assert scenario.rules[-1].data["kind"] == "concentration"


def test_lists_of_rules_and_targets_replace(tmp_path: Path) -> None:
    text = "rules: [other.yaml]\ntargets:\n  - {name: less, metric: revenue, total: 1}\n"
    scenario = variant(tmp_path, text, other="rules:\n  - {name: other, kind: lock}\n")
    assert (names(scenario), [target.name for target in scenario.targets]) == (["other"], ["less"])


def test_metrics_merge_field_by_field(tmp_path: Path) -> None:
    text = "metrics:\n  revenue: {round_to: 10, baseline: null, fair_share: {potential: 1}}\n"
    revenue = variant(tmp_path, text).metrics["revenue"]
    assert (revenue.unit, revenue.round_to, revenue.baseline) == ("USD", 10, None)


def test_a_metric_is_added_or_taken_away(tmp_path: Path) -> None:
    text = (
        "metrics:\n  revenue: null\n  deals: {unit: deals, baseline: potential}\n"
        "targets:\n  - {name: deals, metric: deals, total: 9}\n"
    )
    assert list(variant(tmp_path, text).metrics) == ["deals"]


def test_adjustments_add_up_and_the_newest_word_on_a_target_counts(tmp_path: Path) -> None:
    decision = "adjustments:\n  - {{partner: {}, metric: revenue, target: {}, by: desk, reason: r}}\n"
    files = {
        "a": f"scenario: a\nextends: base.yaml\n{decision.format('A1', 1)}",
        "b": f"scenario: b\nextends: a.yaml\n{decision.format('B2', 2)}",
        "c": f"scenario: c\nextends: b.yaml\n{decision.format('A1', 3)}",
    }
    scenario = sound(folder(tmp_path, **BASE, **files), "c.yaml")
    assert [(each.partner, each.target) for each in scenario.adjustments] == [("A1", 3), ("B2", 2)]


def test_changes_of_several_levels_apply_oldest_first(tmp_path: Path) -> None:
    files = {
        "a": "scenario: a\nextends: base.yaml\nchange: {everyone grows: {growth_min: 5%, priority: 2}}\n",
        "b": "scenario: b\nextends: a.yaml\nchange: {everyone grows: {growth_min: 7%}}\n",
    }
    grows = sound(folder(tmp_path, **BASE, **files), "b.yaml").rules[0]
    assert (grows.data["growth_min"], grows.data["priority"]) == ("7%", 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "change: {everybody grows: {growth_min: 5%}}",
            "variant.yaml:3:10: unknown-name: there is no rule or target 'everybody grows'. "
            "Did you mean 'everyone grows'?",
        ),
        (
            "change: {everyone grows: {priorty: null}}",
            "variant.yaml:3:27: unknown-field: 'everyone grows' has no 'priorty' to take away. "
            "Did you mean 'priority'? Fields: name, kind, growth_min, priority.",
        ),
        (
            "change: {everyone grows: {name: new}}",
            "variant.yaml:3:27: unknown-field: a change cannot rename. Use remove and add.",
        ),
        (
            "change: {everyone grows: 5%}",
            "variant.yaml:3:26: wrong-type: change.everyone grows is '5%'. Write a mapping.",
        ),
        ("change: [x]", "variant.yaml:3:9: wrong-type: change is a list. Write a mapping."),
        (
            "remove: [within reech]",
            "variant.yaml:3:10: unknown-name: there is no rule or target 'within reech'. "
            "Did you mean 'within reach'?",
        ),
        (
            "add:\n  - {name: extra, kind: lock}",
            "variant.yaml:4:12: duplicate-name: 'extra' is defined at base.yaml:12:5 already. "
            "Rename one of them.",
        ),
        (
            "add: [lock]",
            "variant.yaml:3:7: wrong-type: a rule is not a mapping. Write name: and the fields of its kind.",
        ),
        (
            "rules: [rules.yaml, rules.yaml]",
            "variant.yaml:3:21: duplicate-name: 'rules.yaml' is listed twice. Remove one.",
        ),
        (
            "metrics: {revenue: {round: 1}}",
            "variant.yaml:3:21: unknown-field: metrics.revenue has no field 'round'. "
            "Did you mean 'round_to'? Fields: unit, round_to, baseline, fair_share, missing, phasing.",
        ),
    ],
)
def test_mistakes_in_a_variant_are_reported_where_it_makes_them(tmp_path: Path, text: str, line: str) -> None:
    assert mistakes(tmp_path, text) == [line]


def test_while_a_rule_file_is_torn_no_name_is_called_unknown(tmp_path: Path) -> None:
    folder(tmp_path, rules="rules: [", scenario=SCENARIO + "change: {everyone grows: {growth_min: 5%}}\n")
    assert [line.split(": ")[:2] for line in read(tmp_path)[1]] == [["rules.yaml:1:9", "yaml-syntax"]]


def test_scenarios_that_extend_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder(tmp_path, a="extends: b.yaml\n", b="extends: c.yaml\n", c="extends: b.yaml\n")
    assert read(tmp_path, "a.yaml") == (
        None,
        ["c.yaml:1:10: extends-cycle: 'b.yaml' extends this file in turn."],
    )


def test_more_than_sixty_levels_are_refused(tmp_path: Path) -> None:
    folder(tmp_path, **{f"s{n}": f"extends: s{n + 1}.yaml\n" for n in range(70)})
    assert read(tmp_path, "s0.yaml")[1] == [
        "s59.yaml:1:10: extends-cycle: more than 60 scenarios extend one another."
    ]


def test_what_a_scenario_extends_must_be_text(tmp_path: Path) -> None:
    folder(tmp_path, a="extends: [b.yaml]\n")
    assert read(tmp_path, "a.yaml")[1] == ["a.yaml:1:10: wrong-type: extends is a list. Write text."]


def test_no_more_than_a_hundred_rule_files_are_looked_for(tmp_path: Path) -> None:
    files = ", ".join(f"r{n}.yaml" for n in range(101))
    folder(tmp_path, scenario=SCENARIO.replace("rules.yaml", files))
    assert read(tmp_path)[1] == ["scenario.yaml:10:8: out-of-range: rules is a list. List at most 100."]


def test_very_many_names_that_no_rule_has_are_reported_without_a_search_for_each(tmp_path: Path) -> None:
    folder(tmp_path, scenario=SCENARIO + f"remove: [{', '.join(f'rule {n}' for n in range(500))}]\n")
    assert len(read(tmp_path)[1]) == 500
