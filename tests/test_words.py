"""The project says the field's words: none of its former private ones is left but those that are kept on purpose.

CONTRIBUTING and docs/reference/glossary.md have the words that stand in their place. Identifiers are split into
their parts (`told_of` is `told` and `of`); texts are strings, docstrings, names of tests, pages and templates.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("scenarios", "rules", "solver", "api", "benchmarks", "docs", "tests")

IN_NAMES = {
    "reported, message": "told tell tells telling said hear heard hears",
    "feasible, infeasibility, IIS member, violation, affected": "peace clash clashes party lacking touched",
    "contribution": "pull pulls",
    "tunable parameter, with_value": "lever turned",
    "work budget, spend, exhaustive": "purse patient",
    "zero-share, inactive row": "awake woken asleep idle",
    "aggregated, tightened": "lump lumped narrowed",
    "a tolerance, named for what it compares": "hair snap stuck",
    "zero-share allocation, over-assignment, integrality": "granting granted padding wholeness",
    "reader pool, heartbeat, lease monitor, fork server": "aside heart watch zygote bury",
    "notify, snapshot read": "bell ring look",
    "upload": "handed",
    "format, parse, resolve, compare": "shown written composed contrast contrasted",
}
"""What to say to the parts of names that say it no more."""
CLASSES = {
    "Demand": "ConstraintBlock",
    "Stated": "IncrementalModel",
    "Settlement": "ElasticSolution",
    "Frame": "CellIndex",
    "Problem": "RuleIssue, QuadraticProgram, HttpProblem",
}
"""What to call classes that are called so no more."""
IN_TEXTS = re.compile(
    r"\b(told|tells? of|peace|clash\w*|lacking|touched|bears|nobody|hand(?:s|ed|ing)? in|blotted|zygotes?"
    r"|struck off|strike off|purses?|lumped|awake|asleep|woken)\b",
    re.IGNORECASE,
)
KEPT = {
    "where-nobody": "a finding's code, which users' scripts may know",
    "where_nobody": "the same, in names of tests",
    "nobody too large": "a rule's name in the rule sets and examples that ship: users' variants refer to it",
    "nobody falls": "a rule's name in a scenario under test",
}
"""Words kept on purpose, and why."""
KEPT_NAMES = {
    ("api/analysis/frontier/chart.py", "padding"): "Vega-Lite's own property",
    ("benchmarks/peers/cvxpy_clarabel.py", "Problem"): "cvxpy's own class",
    ("solver/explain/receipts.py", "PULL"): "the label that receipts print",
}
"""The file and the name in it that is kept on purpose, and why."""

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PRIVATE = {word for words in IN_NAMES.values() for word in words.split()}


def room(path: Path) -> str:
    """The package and the folder in it."""
    return "/".join(path.relative_to(ROOT).parent.parts[:2])


def files() -> Iterator[Path]:
    """All that is looked at, but for this file and what the code writes."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in (".py", ".html", ".md") and path != Path(__file__):
                yield path


def names(node: ast.AST) -> Iterator[str]:
    """The names that stand there, but for those of tests, which are sentences."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("test_"):
        yield node.name
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg


def texts(node: ast.AST) -> Iterator[str]:
    """A string, or the name of a test as a sentence."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
        yield node.name.replace("_", " ")


@cache
def is_private(name: str) -> bool:
    """Whether a part of the name is a word of the list, or the whole name is a class of it."""
    return name in CLASSES or not _PRIVATE.isdisjoint(part.lower() for part in _PART.findall(name))


def private_in(text: str) -> list[str]:
    """The words of the list in a text."""
    for word in KEPT:
        text = text.replace(word, "")
    return [match.lower() for match in IN_TEXTS.findall(text)]


def rooms() -> dict[str, list[Path]]:
    """Room to its files."""
    found: dict[str, list[Path]] = {}
    for path in files():
        found.setdefault(room(path), []).append(path)
    return found


ROOMS = rooms()


def counted(name: str) -> tuple[Counter[str], Counter[str]]:
    """The private names and texts of a room."""
    in_names: Counter[str] = Counter()
    in_texts: Counter[str] = Counter()
    for path in ROOMS[name]:
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            in_texts.update(private_in(source))
            continue
        kept = {word for file, word in KEPT_NAMES if file == str(path.relative_to(ROOT))}
        for node in ast.walk(ast.parse(source)):
            in_names.update(word for word in names(node) if is_private(word) and word not in kept)
            in_texts.update(word for text in texts(node) for word in private_in(text))
    return in_names, in_texts


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_no_room_takes_up_the_private_words_again(name: str) -> None:
    in_names, in_texts = counted(name)
    assert not in_names
    assert not in_texts


@pytest.mark.parametrize(("file", "word"), KEPT_NAMES)
def test_what_is_kept_is_there(file: str, word: str) -> None:
    assert re.search(rf"\b{word}\b", (ROOT / file).read_text(encoding="utf-8"))
