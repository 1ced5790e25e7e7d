"""Goal Cascade, as it is installed: `cascade`, or `python -m goal_cascade`.

The folders `scenarios`, `rules`, `solver` and `api` are installed under these names, which other distributions
use as well. One that was installed over ours would break us without a word, so every start looks first.
"""

from __future__ import annotations

import hashlib
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from importlib import util
from pathlib import Path
from typing import NoReturn

DISTRIBUTION = "goal-cascade"
PACKAGES = ("scenarios", "rules", "solver", "api")


def foreign() -> dict[str, Path | None]:
    """The packages that are not ours, and where they are; None for one that is missing.

    Ours stand side by side in one folder, and are as the installation recorded them where it copied them.
    """
    places = {package: _place(package) for package in PACKAGES}
    folders = Counter(place.parent.parent for place in places.values() if place)
    ours = max(folders, key=folders.__getitem__, default=None)
    recorded = _recorded() if ours == Path(__file__).resolve().parents[1] else {}
    return {
        package: place
        for package, place in places.items()
        if place is None or place.parent.parent != ours or not _unchanged(place, recorded.get(package))
    }


def _place(package: str) -> Path | None:
    """The package's `__init__.py`, as an import would find it."""
    try:
        spec = util.find_spec(package)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin).resolve() if spec and spec.origin else None


def _recorded() -> dict[str, str]:
    """Package to the sha256 that was recorded of its `__init__.py` when it was copied here."""
    from importlib import metadata

    try:
        files = metadata.files(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    return {
        file.parts[0]: file.hash.value
        for file in files
        if len(file.parts) == 2 and file.parts[1] == "__init__.py" and file.hash
    }


def _unchanged(place: Path, recorded: str | None) -> bool:
    if recorded is None:
        return True
    digest = hashlib.sha256(place.read_bytes()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == recorded


def _message(found: dict[str, Path | None]) -> str:
    named = ", ".join(f"{package} ({place or 'missing'})" for package, place in found.items())
    return (
        f"Goal Cascade cannot start: another distribution stands in place of its packages: {named}.\n"
        "Install goal-cascade into a virtual environment of its own, or again with\n"
        "  pip install --force-reinstall --no-deps goal-cascade"
    )


def main() -> NoReturn:
    """Run the command line, or say why it cannot be run."""
    found = foreign()
    if found:
        print(_message(found), file=sys.stderr)
        sys.exit(1)
    from api.cli.main import main as command_line

    command_line()
