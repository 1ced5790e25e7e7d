"""Every finding code is used somewhere, and every one used is listed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios import CODES

ROOT = Path(__file__).parents[2]
PACKAGES = ("scenarios", "rules", "solver", "api")


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.AST]:
    """Every file of the packages, parsed."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def reported(tree: ast.AST) -> Iterator[str]:
    """The codes given to `error` and `warn` as plain text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first = node.args[0]
            if (
                node.func.attr in {"error", "warn", "note"}
                and len(node.args) >= 3
                and isinstance(first, ast.Constant)
            ):
                yield first.value


def test_no_code_is_listed_in_vain(trees: dict[Path, ast.AST]) -> None:
    words = {word for path, tree in trees.items() if path.name != "codes.py" for word in constants(tree)}
    assert sorted(CODES.keys() - words) == []


def test_no_code_is_used_without_being_listed(trees: dict[Path, ast.AST]) -> None:
    used = {code for tree in trees.values() for code in reported(tree)}
    assert sorted(used - CODES.keys()) == []
