"""The shape of the house: packages and rooms import from their left only, without circles, and say what is public."""

import ast
import importlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("scenarios", "rules", "solver", "api")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

ROOMS: dict[str, set[str]] = {
    "db": {"output"},
    "processes": {"output"},
    "output": set(),
    "analysis": {"output"},
    "text": {"output", "analysis"},
    "web": {"db", "processes"},
    "resources": {"db", "processes", "output", "analysis", "text", "web"},
    "pages": {"db", "output", "analysis", "web", "resources"},
    "worker": {"db", "processes", "output", "analysis"},
    "reference": {"analysis", "web", "resources"},
    "app": {"db", "processes", "web", "resources", "pages", "reference"},
    "server": {"app", "db", "web", "resources", "worker"},
    "launch": {"cli"},
    "cli": {
        "db",
        "processes",
        "output",
        "analysis",
        "text",
        "web",
        "resources",
        "worker",
        "reference",
        "server",
    },
}
"""Each room of `api/`, and the rooms that it may import from; the modules at the root are rooms too."""

UNDONE = ("imports api.cli.main",)
"""Imports that lead upwards still."""

SHARED_NAMES = {"routes", "schemas", "service", "run", "render", "reader", "text", "document", "tables"}
"""Module names that mean the same part in every folder that has one."""


@cache
def imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """Every import in a file, those inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_from_their_left_only(package: str) -> None:
    right = PACKAGES[PACKAGES.index(package) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {module}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in imports(path)
        for module in modules(node)
        if module.partition(".")[0] in right
    ]

    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_of_the_api_import_from_the_rooms_they_may(room: str) -> None:
    wrong = sorted(
        f"{importer} imports {imported}"
        for importer, targets in imported_modules().items()
        for imported in targets
        if room_of(importer) == room and room_of(imported) not in {None, room, *ROOMS[room]}
    )

    assert [one for one in wrong if not any(mark in one for mark in UNDONE)] == []


def test_the_api_has_no_other_rooms_and_no_loose_modules() -> None:
    found = {room_of(module) for module in imported_modules()} - {None}

    assert found == set(ROOMS)
    assert {path.stem for path in (ROOT / "api").glob("*.py")} == {"__init__", "app", "server"}


def test_no_files_import_each_other_in_a_circle() -> None:
    reached: dict[str, set[str]] = {}
    for module in imported_modules():
        waiting, seen = [module], set[str]()
        while waiting:
            fresh = imported_modules()[waiting.pop()] - seen
            seen |= fresh
            waiting += fresh
        reached[module] = seen

    assert sorted(module for module, found in reached.items() if module in found) == []


def test_modules_of_one_name_do_one_job() -> None:
    """A name is a noun, which each room serves once, or a part that every folder has."""
    served = defaultdict[tuple[str, str], list[str]](list)
    for path in FILES:
        if path.stem not in {"__init__", *SHARED_NAMES} and "examples" not in path.parts:
            served[_room_folder(path), path.stem].append(str(path.relative_to(ROOT)))

    assert [paths for paths in served.values() if len(paths) > 1] == []


def _room_folder(path: Path) -> str:
    """The package, or the room of the API."""
    package, *rest = path.relative_to(ROOT).parts
    return f"{package}/{rest[0]}" if package == "api" else package


@cache
def imported_modules() -> dict[str, set[str]]:
    """Every module of ours to those of ours that it imports, inside functions too."""
    known = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in FILES
    }
    return {
        module: {
            target if target in known else target.rpartition(".")[0]
            for node in imports(path)
            for target in _targets(node)
        }
        & set(known) - {module}
        for module, path in known.items()
    }


def _targets(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """What is imported, as `module.name`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """The room of a module of the API."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "api" and rest else None


def test_imports_are_absolute() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in imports(path)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_the_imported_packages_are_ours(package: str) -> None:
    """Others publish packages of these names."""
    module = importlib.import_module(package)

    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT / package / "__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_its_public_names(package: str) -> None:
    module = importlib.import_module(package)
    names = list(module.__all__)

    assert names == sorted(names, key=_order)
    assert [name for name in names if not hasattr(module, name)] == []


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_knows(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert docstring is not None
    assert docstring.partition("\n")[0].endswith((".", ":", "?"))
