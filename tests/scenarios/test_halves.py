"""Characters beyond U+FFFF, which JSON may write as two halves."""

import pytest

from scenarios import Report
from scenarios.yaml.parse import parse_yaml


def read(text: str) -> tuple[object, list[str]]:
    report = Report()
    return parse_yaml(text, report, name="scenario.yaml"), [str(finding) for finding in report.findings]


def test_two_halves_are_one_character() -> None:
    """As `json.dumps` writes it."""
    assert read(r'{"name": "up \ud83d\ude80", "\ud83d\ude80": 1}') == ({"name": "up 🚀", "🚀": 1}, [])


@pytest.mark.parametrize(("text", "column"), [(r'{"name": "\ud83d"}', 10), (r'{"\ude80": 1}', 2)])
def test_half_a_character_is_reported(text: str, column: int) -> None:
    message = f"scenario.yaml:1:{column}: bad-encoding: half of a character. Write it whole."

    assert read(text) == (None, [message])
