"""A sample of mutated tables, workbooks, YAML and fields, in files and over HTTP.

`python -m tests.fuzz.planners_files 20000`, `tests.fuzz.fields` and `tests.fuzz.http_fields 2500` go on for longer.
"""

import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.fuzz.fields import BASE, changed, changes, found, pairs, solved
from tests.fuzz.http_fields import JSON, Asker, bodies, server
from tests.fuzz.planners_files import RESIZED, once, resized

SAMPLE = 150


@pytest.mark.parametrize("first", range(0, SAMPLE, 50))
def test_no_input_ends_in_a_traceback(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + 50):
        once(seed, tmp_path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("way", RESIZED)
def test_numbers_off_by_a_factor_are_reported_or_harmless(way: str, separator: str, tmp_path: Path) -> None:
    for seed in range(3):
        same, found = resized(way, seed, tmp_path, separator)
        reported = [each for each in found if "last_year" in each or "read as: " in each]
        assert same or reported, found


@pytest.mark.parametrize("factor", [Fraction(1, 1000), Fraction(1, 100), Fraction(1, 10), 10, 100, 1000])
@pytest.mark.parametrize(
    "path", [("targets", 0, "total"), ("adjustments", 0, "target"), ("adjustments", 0, "target", "P2")]
)
def test_a_total_and_an_adjustment_off_by_a_factor_are_doubted(
    path: tuple[str | int, ...], factor: Fraction, tmp_path: Path
) -> None:
    """286,000 on a baseline of 260,000, and 130,000 on one of 120,000: a tenth of either is still doubted."""
    partner, meant = ("P1", 130_000) if len(path) < 4 else ("P2", 95_000)
    decided = {"partner": partner, "metric": "revenue", "by": "desk", "reason": "agreed", "target": meant}
    target = {"name": "revenue target", "metric": "revenue", "total": 286_000}
    document = {**BASE, "targets": [target, BASE["targets"][1]], "adjustments": [decided]}
    amount = float((286_000 if path[0] == "targets" else meant) * factor)
    codes = [finding.code for finding in found(changed(document, path[:3], amount), tmp_path).findings]
    assert "far-from-baseline" in codes


def test_no_value_of_a_field_ends_in_a_traceback(tmp_path: Path) -> None:
    """One in a hundred of all fields with all values, and some with two values at once."""
    every = list(changes())
    for _, document in (*every[:: len(every) // 200], *pairs(0, 50)):
        assert solved(document, tmp_path) in ("refused", "succeeded", "infeasible")


def test_a_priority_is_a_number(tmp_path: Path) -> None:
    """True is no priority, nor anything else that is no whole number from 1 on."""
    wrong = [document for name, document in changes() if name in (
        "growth_cap.priority = True", "growth_cap.priority = False", "growth_cap.priority = 'true'",
        "growth_cap.priority = 0.5", "growth_cap.priority = -1", "growth_cap.priority = nan",
    )]  # fmt: skip
    assert [solved(document, tmp_path) for document in wrong] == ["refused"] * 6


@pytest.mark.parametrize(
    "body",
    [
        b'{"analysis": {"a": 1}}', b'{"analysis": ["lint"]}', b'{"analysis": null}', b'{"analysis": NaN}', b"[]", b"1e999",
        b'{"analysis": "lint", "scenarios": [{}]}', b'{"analysis": "lint", "scenarios": "x"}',
    ],
)  # fmt: skip
def test_no_question_ends_in_a_server_error(asker: Asker, body: bytes) -> None:
    assert asker.send("/analyses", body, JSON)[0] in (400, 404, 422)


def test_no_body_ends_in_a_server_error(asker: Asker) -> None:
    dice = random.Random(1)
    for _ in range(80):
        what, path, body = bodies(asker, dice)
        assert asker.send(path, body, JSON)[0] < 500, what


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    with server(tmp_path_factory.mktemp("fuzz")) as made:
        yield made
