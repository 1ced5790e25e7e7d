"""The documentation is true: what it says to run runs, what it shows is what comes out, nothing is left out.

In a page, a block of `sh` is run, in a folder of its own in which the page's earlier blocks have left their
files; a block of `text` right after it is what it prints, with `...` for lines left out. Blocks of `yaml` and
`csv` whose first line is a comment with a file's name are written to that file; other `yaml` must at least be
read without a finding. Blocks of `python` are run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from api.cli import cascade
from api.reference import FORMS, operations
from docs.generate import REFERENCE, pages
from rules import KINDS
from scenarios import CODES, Report
from scenarios.source import parse_yaml

ROOT = Path(__file__).parents[1]
GUIDE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SERVED = {"prm.md"}
"""Pages whose blocks need a running server; tests/api/http runs them against one."""
UNSHOWN = ["too-large", "too-many", "unknown-sheet"]
"""Codes of which no input under test is small enough, or text enough, to be kept as a file."""
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in [*GUIDE, *REFERENCE.rglob("*.md")])

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:yaml|csv))\n")
_LINK = re.compile(r"\]\((?!http)([^)#]+)")
_LEFT_OUT = "..."


@dataclass(frozen=True)
class Block:
    """A fenced piece of a page."""

    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(match[1], match[2])


def run(command: list[str], folder: Path) -> str:
    """What the command prints; one that fails, fails the test."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def matches(shown: str, printed: str) -> bool:
    """Whether the text printed is the text shown, with anything in place of lines left out."""
    parts = [re.escape(line) if line.strip() != _LEFT_OUT else None for line in shown.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if part is None else rf"{part}\n" for part in parts)
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with the shipped example at its usual place."""
    example = Path("scenarios") / "examples"
    shutil.copytree(ROOT / example, tmp_path / example)
    return tmp_path


@pytest.mark.parametrize(
    "page", [page for page in GUIDE if page.name not in SERVED], ids=lambda page: page.name
)
def test_what_a_page_shows_is_so(page: Path, folder: Path) -> None:
    printed: str | None = None
    for block in blocks(page):
        named = _FILE.match(block.text)
        if block.language == "text" and printed is not None:
            assert matches(block.text, printed), f"shown:\n{block.text}\nprinted:\n{printed}"
        printed = None
        if block.language == "sh":
            printed = run(["bash", "-euo", "pipefail", "-c", block.text], folder)
        elif block.language == "python":
            run([sys.executable, "-c", block.text], folder)
        elif named and block.language in ("yaml", "csv"):
            file = folder / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(
                block.text if block.language == "yaml" else block.text[named.end() :], encoding="utf-8"
            )
        elif block.language == "yaml":
            report = Report()
            assert parse_yaml(block.text, report, name=page.name) is not None
            assert report.findings == ()


@pytest.mark.parametrize("name", SERVED)
def test_a_page_that_needs_a_server_is_run_against_one(name: str) -> None:
    tests = (ROOT / "tests" / "api" / "http").glob("test_*.py")
    assert any(name in test.read_text(encoding="utf-8") for test in tests)


@pytest.mark.parametrize("page", [*GUIDE, *REFERENCE.rglob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", pages())
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_there_is_no_page_that_the_code_does_not_make() -> None:
    assert {str(path.relative_to(REFERENCE)) for path in REFERENCE.rglob("*.md")} == pages().keys()


def test_every_kind_and_code_is_documented() -> None:
    assert [
        name
        for name in (*KINDS, *CODES)
        if f"`{name}`" not in EVERYTHING and f"## {name}\n" not in EVERYTHING
    ] == []


def test_every_field_is_documented() -> None:
    models = (*KINDS.values(), *FORMS.values())
    fields = {field for model in models for field in model.model_fields}
    assert sorted(field for field in fields if f"| `{field}` |" not in EVERYTHING) == []


def test_every_finding_is_shown_as_it_is_printed() -> None:
    page = pages()["findings.md"]
    assert [code for code in CODES if f": {code}: " not in page and f"\n{code}: " not in page] == UNSHOWN


def test_every_endpoint_is_documented() -> None:
    assert [asked for asked, _ in operations() if f"`{asked}`" not in EVERYTHING] == []


def undocumented(name: str, context: click.Context) -> list[str]:
    """The command, or those of its options, that no page mentions."""
    command = cascade.get_command(context, name)
    assert command is not None
    options = [option for each in command.params for option in each.opts if option.startswith("--")]
    missing = [f"cascade {name} {option}" for option in options if option not in EVERYTHING]
    return missing if f"cascade {name}" in EVERYTHING else [f"cascade {name}", *missing]


def test_every_command_and_option_is_documented() -> None:
    context = click.Context(cascade)
    assert [
        command for name in cascade.list_commands(context) for command in undocumented(name, context)
    ] == []


def test_make_has_the_targets_that_are_named() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", EVERYTHING)) <= targets


def test_the_change_log_knows_the_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
