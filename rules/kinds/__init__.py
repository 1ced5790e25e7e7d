"""The kinds of rules: one file each; a file dropped in here is a kind from then on."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import isabstract, isclass
from pkgutil import iter_modules

from rules.rule import Rule


class _Kinds(Mapping[str, type[Rule]]):
    """Each file's name to the kind in it, which is imported when it is asked for: a scenario uses few."""

    def __init__(self) -> None:
        self._names = sorted(module.name for module in iter_modules(__path__))
        self._kinds: dict[str, type[Rule]] = {}

    def __getitem__(self, name: str) -> type[Rule]:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._kinds:
            self._kinds[name] = _kind(name)
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _kind(name: str) -> type[Rule]:
    module = import_module(f"{__name__}.{name}")
    found = [v for v in vars(module).values() if isclass(v) and issubclass(v, Rule) and not isabstract(v)]
    own = [kind for kind in found if kind.__module__ == module.__name__]
    if len(own) != 1:
        raise ImportError(f"rules/kinds/{name}.py must define one rule kind, and defines {len(own)}")
    return own[0]


KINDS: Mapping[str, type[Rule]] = _Kinds()
"""Name of each kind (its file's name) to its class."""
