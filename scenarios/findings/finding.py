"""What is wrong or doubtful in the input: where it stands, what it is called, what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from scenarios.findings.codes import CODES

Severity = Literal["error", "warning", "note"]
"""An error stops a run; a warning is a doubt, a note an assumption, and neither stops one."""

_SEARCHED = 2_000
"""How many words are compared for nearness: each comparison takes some 20 microseconds."""


@dataclass(frozen=True)
class Place:
    """A spot in an input file, printed as editors like it: `rules.yaml:7:17`."""

    file: str
    """The file's name, as seen from the scenario's folder."""
    line: int | None = None
    """Counted from 1; a row number in workbooks, Parquet files and frames."""
    column: int | None = None
    """Counted from 1."""
    cell: str | None = None
    """The cell of a workbook, as its reader would look it up: `Partners!D3`."""

    def __str__(self) -> str:
        parts = (self.file, self.cell) if self.cell else (self.file, self.line, self.column)
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True)
class Finding:
    """One mistake or doubt in the input."""

    code: str
    """A key of `CODES`; stable from release to release."""
    place: Place
    """Where the reader should look."""
    message: str
    """What is there, naming the bad value."""
    remedy: str = ""
    """What to do about it."""
    severity: Severity = "error"
    """Errors stop a run; warnings and notes do not."""

    def __str__(self) -> str:
        message = self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."
        return f"{self.place}: {self.code}: {message} {self.remedy.strip()}".rstrip()


class Refused(Exception):  # noqa: N818
    """The input has errors; nothing may be computed from it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings)
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class Report:
    """Collects findings while a scenario is read; identical ones count once."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._found: dict[Finding, None] = {}

    def register(self, file: str) -> None:
        """Note a file as read: findings are listed in the order in which files were seen."""
        self._files.setdefault(file, len(self._files))

    def error(self, code: str, place: Place, message: str, remedy: str = "") -> None:
        """Add a mistake. Raises KeyError for a code that `CODES` does not know."""
        self.add(Finding(code, place, message, remedy))

    def warn(self, code: str, place: Place, message: str, remedy: str = "") -> None:
        """Add a doubt. Raises KeyError for a code that `CODES` does not know."""
        self.add(Finding(code, place, message, remedy, "warning"))

    def note(self, code: str, place: Place, message: str, remedy: str = "") -> None:
        """Add what was assumed. Raises KeyError for a code that `CODES` does not know."""
        self.add(Finding(code, place, message, remedy, "note"))

    def add(self, finding: Finding) -> None:
        """Add a finding made elsewhere. Raises KeyError for a code that `CODES` does not know."""
        if finding.code not in CODES:
            raise KeyError(f"finding code {finding.code!r} is not in scenarios.findings.codes.CODES")
        self.register(finding.place.file)
        self._found[finding] = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in file order: files as first seen, then line, then column."""
        return tuple(sorted(self._found, key=self._order))

    @property
    def has_errors(self) -> bool:
        """Whether anything found forbids a run."""
        return any(finding.severity == "error" for finding in self._found)

    def stop_on_errors(self) -> None:
        """Raises Refused with every finding, warnings too, if one of them is an error."""
        if self.has_errors:
            raise Refused(self.findings)

    def _order(self, finding: Finding) -> tuple[int, int, int]:
        place = finding.place
        return self._files[place.file], place.line or 0, place.column or 0


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Returns " Did you mean 'tier_minimum'?" for the nearest of the known words, or ""."""
    names = list(known)
    if len(names) > _SEARCHED:
        names = [name for name in names if name[:3] == word[:3] or name[-3:] == word[-3:]][:_SEARCHED]
    if close := get_close_matches(word[:200], names, n=1):
        return f" Did you mean {close[0]!r}?"
    folded = [name for name in names if name.casefold() == word.casefold()]
    return f" Did you mean {folded[0]!r}?" if folded else ""
