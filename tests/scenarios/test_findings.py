"""Findings print as editors like them, in file order, once each."""

import pytest

from scenarios import CODES, Finding, Place, Refused, Report, did_you_mean


def test_a_place_prints_what_is_known_of_it() -> None:
    assert str(Place("rules.yaml", 7, 17)) == "rules.yaml:7:17"
    assert str(Place("partners.csv", 118)) == "partners.csv:118"
    assert str(Place("partners.csv")) == "partners.csv"


@pytest.mark.parametrize(
    ("message", "remedy", "line"),
    [
        (
            "growth_min is 'x'",
            "Write 3% or 0.03.",
            "a.yaml:7:17: not-a-number: growth_min is 'x'. Write 3% or 0.03.",
        ),
        ("no kind 'x'", " Did you mean 'y'?", "a.yaml:7:17: not-a-number: no kind 'x'. Did you mean 'y'?"),
        ("it is empty.", "", "a.yaml:7:17: not-a-number: it is empty."),
        ("it is empty", "", "a.yaml:7:17: not-a-number: it is empty."),
    ],
)
def test_a_finding_is_one_line(message: str, remedy: str, line: str) -> None:
    assert str(Finding("not-a-number", Place("a.yaml", 7, 17), message, remedy)) == line


def test_findings_come_in_file_order_whatever_the_order_they_were_made_in() -> None:
    report = Report()
    report.register("rules.yaml")
    report.error("bad-value", Place("partners.csv", 3), "third")
    report.warn("bad-value", Place("rules.yaml", 9, 2), "second")
    report.error("bad-value", Place("rules.yaml", 9, 1), "first")
    assert [finding.message for finding in report.findings] == ["first", "second", "third"]


def test_the_same_finding_counts_once() -> None:
    report = Report()
    for _ in range(3):
        report.error("bad-value", Place("a.yaml", 1), "twice reported")
    assert len(report.findings) == 1


def test_warnings_do_not_stop_and_errors_do() -> None:
    report = Report()
    report.warn("percent-large", Place("a.yaml", 1), "doubt")
    report.stop_on_errors()
    assert not report.has_errors
    report.error("bad-value", Place("a.yaml", 2), "mistake")
    with pytest.raises(Refused) as refused:
        report.stop_on_errors()
    assert [finding.severity for finding in refused.value.findings] == ["warning", "error"]


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="no-such-code"):
        Report().error("no-such-code", Place("a.yaml"), "x")


@pytest.mark.parametrize(
    ("word", "known", "expected_message"),
    [
        ("tier_minimun", ["tier_minimum", "lock"], " Did you mean 'tier_minimum'?"),
        ("REVENUE", ["revenue"], " Did you mean 'revenue'?"),
        ("nothing like it", ["tier_minimum"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_word_is_offered(word: str, known: list[str], expected_message: str) -> None:
    assert did_you_mean(word, known) == expected_message


def test_the_nearest_of_very_many_words_is_found_among_those_that_begin_or_end_alike() -> None:
    known = [f"AW{number:08d}" for number in range(100_000)]
    assert did_you_mean("AW00099999X", known).startswith(" Did you mean 'AW000")


def test_every_code_is_explained_in_one_sentence() -> None:
    assert all(text.endswith(".") and "\n" not in text for text in CODES.values())
    assert all(code == code.lower() and " " not in code for code in CODES)
