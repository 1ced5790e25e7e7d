"""Adjustments written into a scenario file: comments and order stay, decisions are replaced where they stand."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import Report, parse_yaml
from scenarios.findings.finding import Place
from scenarios.scenario import Adjustment
from scenarios.write.decisions import EditRefused, with_adjustments


def decided(partner: str, target: str, reason: str = "opens a store", **more: object) -> Adjustment:
    named = {"metric": "revenue", "by": "emea-sales-ops", "until": None, "period": None, **more}
    return Adjustment(
        partner=partner,
        target=Fraction(target),
        reason=reason,
        place=Place("x"),
        **named,  # type: ignore[arg-type]
    )


PLAIN = """\
# our year
scenario: mine   # a name
partners: partners.csv
"""
LISTED = """\
scenario: mine
adjustments:
    # decided in March
    - partner: acme
      metric: revenue
      target: 10
      by: me
      reason: old

    - {partner: birch, metric: revenue, target: 20, by: me, reason: stays}
# rules come last
rules: [rules.yaml]
"""


def test_a_file_without_adjustments_gets_them_at_its_end() -> None:
    text = with_adjustments(PLAIN, [decided("acme", "120000", until=date(2027, 3, 31))], name="s")
    assert text == PLAIN + (
        "\nadjustments:\n  - partner: acme\n    metric: revenue\n    target: 120000\n    by: emea-sales-ops\n"
        "    reason: opens a store\n    until: 2027-03-31\n"
    )


def test_a_decision_is_replaced_where_it_stands_and_new_ones_follow_the_last() -> None:
    text = with_adjustments(LISTED, [decided("cedar", "0.5"), decided("acme", "11")], name="s")
    assert (
        text
        == """\
scenario: mine
adjustments:
    # decided in March
    - partner: acme
      metric: revenue
      target: 11
      by: emea-sales-ops
      reason: opens a store
    - {partner: birch, metric: revenue, target: 20, by: me, reason: stays}
    - partner: cedar
      metric: revenue
      target: 0.5
      by: emea-sales-ops
      reason: opens a store
# rules come last
rules: [rules.yaml]
"""
    )


@pytest.mark.parametrize("empty", ["adjustments: []\n", "adjustments:\n", "adjustments: [\n]\n"])
def test_an_empty_list_gives_way(empty: str) -> None:
    text = with_adjustments(empty + PLAIN, [decided("acme", "1")], name="s")
    assert text.count("adjustments") == 1
    assert text.startswith("# our year")


def test_a_list_in_brackets_is_written_one_under_the_other() -> None:
    flow = "scenario: mine\nadjustments: [{partner: birch, metric: revenue, target: 20, by: me, reason: stays}]\n"
    text = with_adjustments(flow, [decided("acme", "1")], name="s")
    data = parse_yaml(text, Report(), name="s")
    assert data is not None
    assert [entry["partner"] for entry in data["adjustments"]] == ["birch", "acme"]


def test_windows_line_ends_stay() -> None:
    text = with_adjustments(PLAIN.replace("\n", "\r\n"), [decided("acme", "1")], name="s")
    assert text.count("\n") == text.count("\r\n")


def test_what_is_no_scenario_is_not_written() -> None:
    with pytest.raises(EditRefused, match="yaml-syntax"):
        with_adjustments("a: [", [decided("acme", "1")], name="s")


LETTERS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff\x85")
WORDS = st.text(LETTERS, min_size=1, max_size=30)
PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


@given(PAIRS, st.sampled_from([PLAIN, LISTED]))
def test_any_text_comes_back_as_it_was(pairs: list[tuple[str, str]], file: str) -> None:
    """The texts are those that a table gives: stripped, in composed form, visible."""
    import unicodedata

    plain = [tuple(unicodedata.normalize("NFC", text).strip() for text in pair) for pair in pairs]
    if not all(all(pair) for pair in plain) or len({pair[0] for pair in plain}) < len(plain):
        return
    wanted = [decided(partner, "1", reason) for partner, reason in plain]
    data = parse_yaml(with_adjustments(file, wanted, name="s"), Report(), name="s")
    assert data is not None
    found = {entry["partner"]: entry["reason"] for entry in data["adjustments"]}
    assert {each.partner: found[each.partner] for each in wanted} == {
        each.partner: each.reason for each in wanted
    }
