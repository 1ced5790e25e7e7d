"""Kinds of rules that others add: by an installed package, or by a folder of files that the operator names.

A package names its kinds as entry points of the group `goal_cascade.kinds`, each a class that derives from
`rules.rule.Rule`. A folder is named by the environment variable CASCADE_KINDS; its files are programs, so nothing
but that variable makes them run. Both are looked at when a rule names a kind that we do not have.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import metadata, util
from inspect import isabstract, isclass
from pathlib import Path
from types import ModuleType

from rules.kinds import KINDS
from rules.rule import Rule

GROUP = "goal_cascade.kinds"
FOLDER = "CASCADE_KINDS"
"""The environment variable that names a folder with kinds, one file each."""


class BrokenKind(Exception):  # noqa: N818 - says what it is, as Refused does
    """A kind is there and cannot be used; the message says why."""


def known_kind(name: str) -> type[Rule] | None:
    """The kind of the name: ours, an installed one, or one in the operator's folder. Raises BrokenKind."""
    return KINDS.get(name) or _installed(name) or _in_folder(name, os.environ.get(FOLDER))


@cache
def _installed(name: str) -> type[Rule] | None:
    found = list(metadata.entry_points(group=GROUP, name=name))
    if not found:
        return None
    if len(found) > 1:
        raise BrokenKind(f"{len(found)} installed packages have a kind {name!r}")
    try:
        kind = found[0].load()
    except Exception as error:
        raise BrokenKind(f"{found[0].value} does not load: {type(error).__name__}: {error}") from error
    if not isclass(kind) or not issubclass(kind, Rule) or isabstract(kind):
        raise BrokenKind(f"{found[0].value} is no class that derives from rules.rule.Rule")
    return kind


@cache
def _in_folder(name: str, folder: str | None) -> type[Rule] | None:
    path = Path(folder or "") / f"{name}.py"
    if not folder or not name.isidentifier() or not path.is_file():
        return None
    spec = util.spec_from_file_location(f"cascade_kind_{name}", path)
    assert spec is not None, "a .py file has a loader"
    assert spec.loader is not None, "a .py file has a loader"
    module = util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BrokenKind(f"{path} does not load: {type(error).__name__}: {error}") from error
    return _only_kind(module, path)


def _only_kind(module: ModuleType, path: Path) -> type[Rule]:
    found = [each for each in vars(module).values() if isclass(each) and each.__module__ == module.__name__]
    kinds = [each for each in found if issubclass(each, Rule) and not isabstract(each)]
    if len(kinds) != 1:
        raise BrokenKind(f"{path} must define one rule kind, and defines {len(kinds)}")
    return kinds[0]
