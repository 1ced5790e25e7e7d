"""The reference page of folders: where a line of code belongs, in the order in which data flows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import api
import rules
import scenarios
import solver
from api.reference.markdown import Lines, code, table

_ABOUT = """\
# Folders

Data flows from `scenarios` over `rules` and `solver` to `api`, and each package imports only from those before it. In
`api` a question is answered in `analysis`; `cli`, `resources` and `pages` are three doors to its document; `db`,
`processes` and `worker` stand beside. A line belongs in the first folder below whose sentence covers it.
"""


def folders_page() -> Lines:
    """Every folder with code, and the sentence that says what belongs there."""
    yield from _ABOUT.splitlines()
    for package in (scenarios, rules, solver, api):
        root = Path(package.__path__[0])
        yield from ("", f"## {package.__name__}", "", _sentence(root), "")
        yield from table(("folder", "what belongs there"), _rows(root))


def _rows(root: Path) -> Iterator[tuple[str, str]]:
    for folder in sorted(path.parent for path in root.glob("*/__init__.py")):
        yield code(f"{root.name}/{folder.name}"), _sentence(folder)


def _sentence(folder: Path) -> str:
    """The first line of the package's docstring."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    return text.splitlines()[0] if text else ""
