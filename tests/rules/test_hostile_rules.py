"""Whatever is written in a rule, reading ends with a rule or with findings, never with an exception."""

import json
from typing import Any

import pytest
from builders import frame, metric, partners
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import KINDS
from rules.check import check_rule
from rules.read import read_rule
from scenarios import Entry, Place, Report
from scenarios.yaml.parse import parse_yaml

TABLE = partners("acme Gold north 100 -", "borealis - south x 80", "cumulus Silver south -3 nan")
FRAMES = (
    frame(TABLE, totals={"revenue": 5}),
    frame(TABLE, metric(), metric("deals"), totals={}, periods=("H1", "H2")),
)

names = st.sampled_from(
    ["tier", "region", "baseline", "potential", "partner_id", "revenue", "deals", "H1", "each", "not"]
)
texts = st.one_of(
    names,
    st.text(max_size=8),
    st.sampled_from(["3%", "-5%", "1e999", "9" * 60, "NaN", "together", "partner"]),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), texts)
keys = st.one_of(
    names, st.sampled_from(["min", "max", "empty", "0", "6", "-1"]), st.text(min_size=1, max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_reading_a_rule_ends(kind: str, data: st.DataObject) -> None:
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(KINDS[kind].model_fields)), values, max_size=6))
    sensible = data.draw(st.booleans())
    report = Report()
    rule = read_rule(
        entry(kind, (example(kind) if sensible else {}) | fields, report), ("revenue", "deals"), report
    )

    if rule is None:
        assert report.has_errors
        return
    for each in FRAMES:
        check_rule(rule, entry(kind, fields, report), each, report)
    assert all(finding.message for finding in report.findings)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forgotten", ["20", "1001%"])
def test_a_forgotten_percent_sign_never_ends_reading(kind: str, forgotten: str) -> None:
    """Each number that may be a percentage in turn, beside the sound ones, and all of them."""
    fields = {"share_min", "share_max", "drop_max", "rise_max", "growth", "growth_min", "growth_max"}
    mine = sorted(fields & set(KINDS[kind].model_fields))
    for names in [*([name] for name in mine), mine]:
        report = Report()
        values = {**dict.fromkeys(mine, "5%"), **dict.fromkeys(names, forgotten)}
        rule = read_rule(entry(kind, example(kind) | values, report), ("revenue", "deals"), report)
        assert (rule is None) == report.has_errors
        codes = [finding.code for finding in report.findings]
        assert codes.count("percent-large") + codes.count("out-of-range") == len(names)


def entry(kind: str, fields: dict[str, Any], report: Report) -> Entry:
    text = json.dumps({"name": "hostile", "metric": "revenue", **fields, "kind": kind})
    data = parse_yaml(text, Report(), name="rules.yaml")
    report.register("rules.yaml")
    assert data is not None
    return Entry("hostile", data, Place("rules.yaml", 1), "rule")


def example(kind: str) -> dict[str, Any]:
    """Fields that are in order, so that some of what is drawn comes through to the checks."""
    sound: dict[str, dict[str, Any]] = {
        "adoption": {"column": "potential", "share_min": "5%"},
        "capacity_limit": {"uses": {"revenue": 1}, "capacity": {"potential": 1}},
        "catch_up": {"share_min": "5%"},
        "company_target": {"growth": "5%"},
        "concentration": {"share_max": "5%"},
        "even_within": {"band": "5%"},
        "group_limit": {"share_max": "5%"},
        "growth_cap": {"growth_max": "5%"},
        "growth_floor": {"growth_min": "5%"},
        "headroom": {"column": "potential", "share_max": "5%"},
        "hold_harmless": {"plan": "potential", "drop_max": "5%"},
        "lock": {"target": 5},
        "mix": {"of": ["deals"], "share_min": "5%"},
        "personal_best": {"columns": ["potential"]},
        "ramp": {"months": "potential", "ramp": {"0": "5%"}},
        "ratchet": {"last_target": "potential", "last_actual": "baseline"},
        "season": {"share_max": "50%"},
        "tier_minimum": {"minimum": {"Gold": 5}},
        "weighted_limit": {"values": {"revenue": "potential"}, "share_min": "5%"},
    }
    return sound[kind]
