"""The kinds of rules: one file each; a file dropped in here is a kind from then on."""

from importlib import import_module
from inspect import isabstract, isclass
from pkgutil import iter_modules

from rules.rule import Rule


def _discover() -> dict[str, type[Rule]]:
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: _kind(name) for name in names}


def _kind(name: str) -> type[Rule]:
    module = import_module(f"{__name__}.{name}")
    found = [v for v in vars(module).values() if isclass(v) and issubclass(v, Rule) and not isabstract(v)]
    own = [kind for kind in found if kind.__module__ == module.__name__]
    if len(own) != 1:
        raise ImportError(f"rules/kinds/{name}.py must define one rule kind, and defines {len(own)}")
    return own[0]


KINDS: dict[str, type[Rule]] = _discover()
"""Name of each kind (its file's name) to its class."""
