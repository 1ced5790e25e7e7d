"""Describing kinds: what their docstrings and fields say, for reference pages and completeness."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass
from functools import cache
from textwrap import dedent
from types import ModuleType

from rules.rule import Rule

_FORMULA, _EXAMPLE = "Formula:", "Example:"


@dataclass(frozen=True)
class Description:
    """A kind, as people read of it."""

    sentence: str
    """What the rule says."""
    formula: str
    """The same in symbols."""
    notes: str
    """What else is to be known, in paragraphs; may be empty."""
    example: str
    """One rule, as YAML."""
    fields: dict[str, str]
    """What each field means, the kind's own before those of every rule."""


def describe(kind: type[Rule]) -> Description:
    """The description of a kind; texts that its docstring does not have are empty."""
    text, _, example = inspect.cleandoc(kind.__doc__ or "").partition(_EXAMPLE)
    paragraphs = [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]
    formula = next((p for p in paragraphs if p.startswith(_FORMULA)), "")
    notes = [p for p in paragraphs[1:] if p != formula]
    return Description(
        sentence=paragraphs[0] if paragraphs else "",
        formula=formula.removeprefix(_FORMULA).strip(),
        notes="\n\n".join(notes),
        example=dedent(example).strip("\n"),
        fields=_fields(kind),
    )


def _fields(kind: type[Rule]) -> dict[str, str]:
    known: dict[str, str] = {}
    for base in kind.__mro__:
        if issubclass(base, Rule):
            known = known | {name: text for name, text in attributes(base).items() if name not in known}
    return {name: known.get(name, "") for name in (*known, *kind.model_fields) if name in kind.model_fields}


def attributes(described: type[object]) -> dict[str, str]:
    """Name of each annotated attribute of a class to the docstring below it; not those it inherits.

    Raises OSError for a class without a source.
    """
    body = _classes(sys.modules[described.__module__]).get(described.__qualname__)
    if body is None:
        raise OSError(f"{described.__qualname__} has no source")
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _classes(module: ModuleType) -> dict[str, ast.ClassDef]:
    """The classes of a module by their qualified names: read once, for they are many. Raises OSError without a source."""
    found: dict[str, ast.ClassDef] = {}
    waiting: list[tuple[str, ast.AST]] = [("", ast.parse(inspect.getsource(module)))]
    for prefix, node in waiting:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                found.setdefault(f"{prefix}{child.name}", child)
                waiting.append((f"{prefix}{child.name}.", child))
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting.append((f"{prefix}{child.name}.<locals>.", child))
            elif isinstance(child, ast.stmt):
                waiting.append((prefix, child))
    return found
