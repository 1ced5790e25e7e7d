"""The files of a run: numbers as plain decimals, texts quoted where they must be, all there or none."""

import csv
import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.output.arrow_decimals import from_exact, from_floats
from api.output.arrow_texts import coded
from api.output.atomic_files import together
from api.output.csv import csv_text
from scenarios.values.rational_array import Exact

FAMILY = ("a.csv", "b.csv", "result.json")
CENTS = st.integers(-(10**17), 10**17)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


def printed(column: object) -> list[str]:
    """How the numbers of a column stand in a file; the second column keeps empty lines from being dropped."""
    lines = csv_text(pa.table({"n": column, "x": coded(np.array(["x"] * len(column), dtype=object))}))  # type: ignore[arg-type]
    return [line.partition(",")[0] for line in lines.decode().splitlines()[1:]]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1e7, "10000000"),
        (1e-6, "0.000001"),
        (1e-9, "0"),
        (-1e-9, "0"),
        (123456789.123456, "123456789.123456"),
        (1e9, "1000000000"),
        (2.5e12, "2500000000000"),
        (1e15, "1000000000000000"),
        (np.inf, ""),
        (np.nan, ""),
    ],
)
def test_floats_are_printed_as_decimals(number: float, text: str) -> None:
    assert printed(from_floats(np.array([number]))) == [text]


@given(st.lists(CENTS, min_size=1), st.sampled_from([1, 2, 100, 10**6]))
def test_exact_numbers_are_printed_exactly(numerators: list[int], denominator: int) -> None:
    numbers = Exact.of([Fraction(n, denominator) for n in numerators])
    assert [Fraction(text) for text in printed(from_exact(numbers))] == numbers.tolist()


@given(st.lists(st.floats(-1e15, 1e15), min_size=1))
def test_floats_are_printed_to_six_decimals(values: list[float]) -> None:
    for text, value in zip(printed(from_floats(np.array(values))), values, strict=True):
        assert "e" not in text.lower()
        assert abs(Decimal(text) - Decimal(value)) <= Decimal("0.0000005") + abs(Decimal(value)) * Decimal(
            "1e-15"
        )


def test_gaps_are_empty_cells() -> None:
    null = np.array([False, True])
    assert printed(from_exact(Exact.of([1, 2]), null=null)) == ["1", ""]
    assert printed(from_exact(Exact.of([10**12, 2]), null=null)) == ["1000000000000", ""]


@given(st.lists(TEXTS, min_size=1))
def test_texts_come_back_and_are_no_formulas(texts: list[str]) -> None:
    content = csv_text(
        pa.table({"text": coded(np.array(texts, dtype=object)), "n": from_floats(np.ones(len(texts)))})
    )
    back = [row["text"] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]
    assert not any(text.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) for text in back)
    assert [text.removeprefix("'") for text in back] == [text.removeprefix("'") for text in texts]


def test_only_what_must_be_is_quoted() -> None:
    texts = np.array(["plain", "with, comma", 'with "quote"', "two words"], dtype=object)
    assert (
        csv_text(pa.table({"text": coded(texts)}))
        == b'text\nplain\n"with, comma"\n"with ""quote"""\ntwo words\n'
    )


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    with together(folder, last="result.json", family=FAMILY) as building:
        (building / "result.json").write_text("{}")
        assert not folder.exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def write_half(folder: Path, fault: type[BaseException]) -> None:
    with together(folder, last="result.json", family=FAMILY) as building:
        (building / "a.csv").write_text("half")
        raise fault


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError, MemoryError])
def test_nothing_appears_when_it_goes_wrong(tmp_path: Path, exists: bool, fault: type[BaseException]) -> None:
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()
        (folder / "result.json").write_text("before")
    with pytest.raises(fault):
        write_half(folder, fault)
    assert folder.exists() == exists
    assert not exists or {path.name: path.read_text() for path in folder.iterdir()} == {
        "result.json": "before"
    }


def test_files_of_two_runs_are_never_mixed(tmp_path: Path) -> None:
    for name in (*FAMILY, "notes.txt"):
        (tmp_path / name).write_text("before")
    with together(tmp_path, last="result.json", family=FAMILY) as building:
        (building / "a.csv").write_text("now")
        (building / "result.json").write_text("now")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.csv": "now",
        "result.json": "now",
        "notes.txt": "before",
    }
