"""Describing kinds: what their docstrings and fields say, for reference pages and completeness."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from textwrap import dedent

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
    """Name of each annotated attribute of a class to the docstring below it; not those it inherits."""
    body = ast.parse(dedent(inspect.getsource(described))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
