"""Every finding code is used somewhere, and every one used is listed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from scenarios import CODES

ROOT = Path(__file__).parents[2]
PACKAGES = ("scenarios", "rules", "solver", "api")


def words() -> set[str]:
    """Every text constant in the packages, save the list of codes itself."""
    files = [
        path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.name != "codes.py"
    ]
    return {word for path in files for word in constants(ast.parse(path.read_text(encoding="utf-8")))}


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


def test_no_code_is_listed_in_vain() -> None:
    assert sorted(CODES.keys() - words()) == []


def test_no_code_is_used_without_being_listed() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    used = {code for path in files for code in reported(ast.parse(path.read_text(encoding="utf-8")))}
    assert sorted(used - CODES.keys()) == []
