"""The documentation is true: what it says to run runs, what it shows is what comes out, nothing is left out.

In a page, a block of `sh` is run, in a folder of its own in which the page's earlier blocks have left their
files; a block of `text` right after it is what it prints, with `...` for lines left out. Blocks of `yaml` and
`csv` whose first line is a comment with a file's name are written to that file; other `yaml` must at least be
read without a finding. Blocks of `python` are run as the cells of one notebook. A block of `console` that shows
`$ cascade serve` and what it prints starts that server, at a free port; later blocks find it under the address
that the page gives, and its first key in CASCADE_KEY. Blocks of `sh` share their shell's variables and functions,
as they do for a reader.

The `cascade` of those shells runs in a fork that has imported what it needs (see `warm.py`), which saves half of what
the pages take; COLD pages, servers and notebooks start the installed one.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from warm import warm_commands

from api.cli.main import cascade
from api.reference import FORMS, operations
from docs.draw import PICTURES, pipeline
from docs.generate import REFERENCE, pages
from rules import KINDS
from scenarios import CODES, Report
from scenarios.yaml.parse import parse_yaml

ROOT = Path(__file__).parents[1]
MADE = sorted(REFERENCE / name for name in pages())
"""The pages that the code makes."""
GUIDE = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page not in MADE),
]
"""The pages that people write."""
COLD = {"README.md", "first-scenario.md"}
"""Pages whose commands are all started as a reader starts them."""
UNSHOWN = [
    "too-large", "wrong-file", "too-many", "broken-kind", "unknown-sheet", "hidden-row", "struck-row", "merged-cell",
    "period-not-over", "not-renewed", "duplicate-actual", "negative-actual", "actual-large", "actual-small", "actual-later",
    "too-little-history", "plan-differs", "missing-receipt", "duplicate-response",
    "no-change", "no-score", "check-in-old", "check-in-unknown",
]  # fmt: skip
"""Codes of which no input is small enough, or text enough, to be kept as a file, or that `check` never reports."""
EVERYTHING = "\n".join(page.read_text(encoding="utf-8") for page in [*GUIDE, *MADE])

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:yaml|csv))\n")
_LINK = re.compile(r"\]\((?!http)([^)#]+)")
_SERVE = re.compile(r"\$ (cascade serve.*)\n(?!\$)")
"""A server and what it prints."""
_LEFT_OUT = "..."
_ADDRESS = "127.0.0.1:8080"
"""Where pages say that a server is."""
_SHELL = """[ ! -f .shell ] || . ./.shell
{}
{{ declare -f; declare -p | grep -v "^declare -[a-zA-Z]*r"; }} > .shell
"""
"""Lines of a page between the shell that the earlier ones have left and the one that they leave."""
_NOTEBOOK = """import contextlib, io, json, sys
cells = {"__name__": "__main__"}
for line in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(json.loads(line), cells)
    print(json.dumps(printed.getvalue()), flush=True)
"""
"""Runs the cells of a page, one a line, and says what each has printed."""


@dataclass(frozen=True)
class Block:
    """A fenced piece of a page."""

    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(match[1], match[2])


@dataclass
class Session:
    """What a reader of a page has at hand: a folder, a shell, and a server once one is started."""

    folder: Path
    server: subprocess.Popen[str] | None = None
    served: dict[str, str] = field(default_factory=dict)
    port: str = "8080"
    warm: Path | None = None
    """The folder of a `cascade` for shells, in place of the installed one."""
    notebook: subprocess.Popen[str] | None = None

    def shell(self, text: str) -> str:
        """What the lines print, in the shell that earlier lines have left; one that fails, fails the test."""
        text = text.replace(_ADDRESS, f"127.0.0.1:{self.port}")
        environment = self._environment()
        if self.warm:
            environment["PATH"] = f"{self.warm}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", _SHELL.format(text)],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def cell(self, code: str) -> str:
        """What the code prints, after the earlier code of the page, as in a notebook."""
        if self.notebook is None:
            self.notebook = subprocess.Popen(
                [sys.executable, "-c", _NOTEBOOK],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.notebook.stdin
        assert self.notebook.stdout
        print(json.dumps(code), file=self.notebook.stdin, flush=True)
        printed = self.notebook.stdout.readline()
        assert printed, code
        return str(json.loads(printed))

    def start(self, command: str) -> None:
        """Start the server as the page says, at a free port; a notebook begun before would not know it."""
        assert self.notebook is None
        self.server = subprocess.Popen(
            [*shlex.split(command), "--port", "0"],
            cwd=self.folder,
            env={**self._environment(), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.server.stdout
        printed = ""
        while not (port := re.search(r" at http://127\.0\.0\.1:(\d+)\n", printed)):
            line = self.server.stdout.readline()
            assert line, printed
            printed += line
        key = re.search(r"shown this once: (\S+)", printed)
        assert key, printed
        self.port = port[1]
        self.served = {"CASCADE_URL": f"http://127.0.0.1:{self.port}/api/v1", "CASCADE_KEY": key[1]}

    def stop(self) -> None:
        if self.notebook:
            self.notebook.communicate(timeout=30)
        if self.server:
            self.server.terminate()
            assert self.server.wait(30) == 0
            assert self.server.stdout
            self.server.stdout.close()

    def _environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        ours = {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
        return {**os.environ, **ours, **self.served}


def matches(expected_text: str, printed: str) -> bool:
    """Whether the text printed is the text shown, with anything in place of lines left out."""
    parts = [re.escape(line) if line.strip() != _LEFT_OUT else None for line in expected_text.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if part is None else rf"{part}\n" for part in parts)
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture(scope="module")
def warm() -> Iterator[Path]:
    with warm_commands() as folder:
        yield folder


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A reader in an empty folder with the shipped example at its usual place."""
    example = Path("scenarios") / "examples"
    shutil.copytree(ROOT / example, tmp_path / example)
    reader = Session(tmp_path)
    yield reader
    reader.stop()


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.name)
def test_what_a_page_shows_is_so(page: Path, session: Session, warm: Path) -> None:
    session.warm = None if page.name in COLD else warm
    printed: str | None = None
    for block in blocks(page):
        if block.language == "text" and printed is not None:
            assert matches(block.text, printed), f"shown:\n{block.text}\nprinted:\n{printed}"
        printed = follow(block, session)


def follow(block: Block, session: Session) -> str | None:
    """Do what the block asks a reader to do; what a shell prints."""
    named = _FILE.match(block.text)
    served = _SERVE.match(block.text)
    if block.language == "sh":
        return session.shell(block.text)
    if block.language == "python":
        return session.cell(block.text)
    if block.language == "console" and served:
        session.start(served[1])
    elif named and block.language in ("yaml", "csv"):
        file = session.folder / named[1]
        file.parent.mkdir(parents=True, exist_ok=True)
        text = block.text if block.language == "yaml" else block.text[named.end() :]
        file.write_text(text, encoding="utf-8")
    elif block.language == "yaml":
        report = Report()
        assert parse_yaml(block.text, report, name="page.yaml") is not None
        assert report.findings == ()
    return None


@pytest.mark.parametrize("page", [*GUIDE, *MADE], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", pages())
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_every_kind_with_a_page_is_one() -> None:
    assert [path for path in (REFERENCE / "kinds").glob("*.md") if path not in MADE] == []


def test_the_picture_of_the_pipeline_is_the_one_that_is_drawn() -> None:
    assert (PICTURES / "pipeline.svg").read_text(encoding="utf-8") == pipeline(), "run `make docs`"


def test_every_kind_and_code_is_documented() -> None:
    assert [
        name
        for name in (*KINDS, *CODES)
        if f"`{name}`" not in EVERYTHING and f"## {name}\n" not in EVERYTHING
    ] == []


def test_every_field_is_documented() -> None:
    models = (*KINDS.values(), *FORMS.values())
    fields = {info.alias or field for model in models for field, info in model.model_fields.items()}
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
