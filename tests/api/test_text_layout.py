"""What is shown on a terminal: columns that line up, progress that leaves no trace."""

import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
from small import write_small

from api.analysis.explain.document import ExplainRequest
from api.analysis.explain.run import explain
from api.analysis.solve import SolveRequest, solve
from api.cli.progress import progress
from api.output.numbers import amount, counted, decimals_of, percent, whole
from api.output.text_layout import aligned, cut, width, wrapped
from api.text.explain import explain_lines
from api.text.solve import result_lines
from rules.load import load


class Terminal(io.StringIO):
    """Text that is shown on a screen."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("Köln", 4), ("Ko\u0308ln", 4), ("東京", 4), ("ﬀ", 1), ("ＡＢ", 4)]
)
def test_width_counts_columns_not_letters(text: str, columns: int) -> None:
    assert width(text) == columns


def test_amounts_read_like_money() -> None:
    assert amount(Fraction(1234567)) == whole("1234567.4") == "1,234,567"
    assert amount("0.125") == "0.125"
    assert amount("-0.001", decimals=2, sign=True) == "0.00"
    assert amount(Fraction(-5, 2), decimals=2, sign=True) == "-2.50"
    assert amount(Fraction(1, 3), decimals=2, sign=True) == "+0.33"
    assert percent(Fraction(1, 10)) == "+10.0 %"
    assert [decimals_of(Fraction(n)) for n in (1000, 1, Fraction(1, 100))] == [0, 0, 2]
    assert (counted(1, "partner"), counted(1200, "partner")) == ("1 partner", "1,200 partners")


def test_columns_line_up_with_wide_letters() -> None:
    assert aligned([("東京", "1"), ("Oslo", "22")], right=(1,)) == ["  東京   1", "  Oslo  22"]


def test_long_names_are_cut() -> None:
    assert cut("Meridian Wholesale", 10) == "Meridian …"
    assert cut("東京東京東京", 5) == "東京…"
    assert cut("short", 5) == "short"


def test_long_lines_are_wrapped_on_a_terminal_only() -> None:
    text = "one two three four five six seven eight nine ten"
    assert wrapped(text, None, indent=2) == [f"  {text}"]
    assert all(len(line) <= 34 for line in wrapped(text, 34, indent=2))


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_statement_fits_the_terminal(tmp_path: Path, columns: int) -> None:
    reason = "Cedar is short of people, and will be until the school in the next town opens again in autumn"
    path = write_small(tmp_path)
    (tmp_path / "rules.yaml").write_text(
        (tmp_path / "rules.yaml").read_text().replace("Cedar is short of people", reason)
    )
    document = explain(load(path), ExplainRequest(partner="cedar", without=()))
    lines = list(explain_lines(document, columns=columns))
    assert max(map(len, lines[2:])) <= max(columns, 66)
    assert " ".join(" ".join(lines).split()).count("school") == 1
    summary = result_lines(solve(path, SolveRequest()), columns=80)
    assert all(len(line) <= 80 for line in summary if "\x1b" not in line)


def test_progress_on_a_terminal_is_wiped_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cli.progress._PATIENCE_S", 0.0)
    out = Terminal()
    with progress(to=out) as report:
        report("solve", 0.5)
    assert out.getvalue() == "\r\x1b[K[##########..........] spreading the targets\r\x1b[K"


def test_an_interruption_wipes_the_line_too() -> None:
    out = Terminal()
    with pytest.raises(KeyboardInterrupt), progress(to=out):
        raise KeyboardInterrupt
    assert out.getvalue().endswith("\r\x1b[K")


def test_quick_work_shows_no_progress() -> None:
    out = Terminal()
    with progress(to=out) as report:
        report("solve", 0.5)
    assert "[" not in out.getvalue().replace("\x1b[K", "")


def test_progress_into_a_pipe_is_silent_or_json() -> None:
    silent, spoken = io.StringIO(), io.StringIO()
    with progress(to=silent) as report:
        report("solve", 0.5)
    with progress(to=spoken, as_json=True) as report:
        report("solve", 0.5)
    assert silent.getvalue() == ""
    assert json.loads(spoken.getvalue()) == {"stage": "solve", "share": 0.5}
