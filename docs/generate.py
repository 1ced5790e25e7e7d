"""Writes the reference pages from the code, and from what its tests hold. Run by `make docs`."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from api.cli.main import cascade
from api.reference import Examples
from api.reference import pages as make
from rules.cases import read_cases
from scenarios import CODES, Report

REFERENCE = Path(__file__).parent / "reference"
TESTS = Path(__file__).parents[1] / "tests"


@cache
def pages() -> dict[str, str]:
    """File name to text of every generated page."""
    files = sorted((TESTS / "cases").glob("*.yaml"))
    cases = {path.stem: read_cases(path, Report()) for path in files}
    of_cases = [" ".join(case.finding.split()) for each in cases.values() for case in each if case.finding]
    paths = [path for folder in ("broken/*/expected.txt", "doubts/*.txt") for path in TESTS.glob(folder)]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return make(
        Examples(
            cases=cases,
            case_files={path.stem: path.read_text(encoding="utf-8") for path in files},
            findings={code: finding for code in CODES for finding in _example(code, lines, of_cases)},
        ),
        cascade,
    )


def _example(code: str, lines: Iterable[str], of_cases: Iterable[str]) -> Iterator[str]:
    """The shortest finding of a code among those that inputs under test must get, or else that cases must."""
    found = [line for line in lines if f": {code}: " in line] or [
        line for line in of_cases if line.startswith(f"{code}: ")
    ]
    yield from sorted(found, key=lambda line: (len(line), line))[:1]


def write() -> None:
    """Write every page, and remove those of kinds that are no more."""
    for path in (REFERENCE / "kinds").glob("*.md"):
        if f"kinds/{path.name}" not in pages():
            path.unlink()
    for name, text in pages().items():
        path = REFERENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
