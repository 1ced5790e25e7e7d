"""The files of one scenario: each inside its folder, read once, and remembered by its hash."""

import os
import re
from hashlib import sha256
from itertools import islice
from pathlib import Path

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.values.quoting import quoted

_ADDRESS = re.compile(r"(?i)(?:https?|s?ftp|s3|file|gs)://")
_LONGEST_PATH = 1_000


class Folder:
    """Everything a scenario may read lies in this folder or below it."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.inputs: dict[str, str] = {}
        self.snapshots: dict[str, bytes] = {}

    def find(self, text: object, beside: Path, place: Place, report: Report) -> Path | None:
        """The plain file meant by a path written in a file of the folder `beside`; None with a finding."""
        if not isinstance(text, str) or not text or len(text) > _LONGEST_PATH or "\0" in text:
            report.error(
                "wrong-type", place, "no path of a file stands here", "Write one, such as rules.yaml."
            )
            return None
        if _ADDRESS.match(text):
            remedy = "Download it, put it beside the scenario and name the file."
            report.error("missing-file", place, f"{quoted(text)} is an address, and no file", remedy)
            return None
        path = Path(os.path.realpath(beside / text))
        if Path(text).is_absolute() or not path.is_relative_to(self.root):
            remedy = "Put the file beside the scenario and name it from there."
            report.error("path-outside", place, f"{quoted(text)} leaves the scenario's folder", remedy)
            return None
        if not os.path.isfile(path):
            remedy = (
                did_you_mean(text, _siblings(path) - {Path(place.file).name})
                or "Paths count from the file that names them."
            )
            report.error("missing-file", place, f"there is no file {quoted(text)}", remedy)
            return None
        return path

    def files_in(self, folder: Path, beside: Path) -> list[str]:
        """The files of a folder by their names, as a file of the folder `beside` would name them; none if there is none."""
        path = Path(os.path.realpath(beside / folder))
        if not path.is_relative_to(self.root) or not path.is_dir():
            return []
        return sorted((folder / each.name).as_posix() for each in path.iterdir() if each.is_file())

    def name(self, path: Path) -> str:
        """How findings call a file: its path from the folder."""
        return path.relative_to(self.root).as_posix()

    def read(self, path: Path, report: Report, *, name: str, most: int) -> bytes | None:
        """What is in the file, hashed as an input; None with a finding if it is too large or unreadable."""
        report.register(name)
        try:
            with path.open("rb") as file:
                content = file.read(most + 1)
        except OSError as error:
            report.error("missing-file", Place(name), f"the file cannot be read: {error.strerror}")
            return None
        if len(content) > most:
            report.error("too-large", Place(name), f"the file is larger than {most:,} bytes")
            return None
        self.inputs[name] = sha256(content).hexdigest()
        return content


def _siblings(path: Path) -> set[str]:
    try:
        return {each.name for each in islice(path.parent.iterdir(), 1_000) if each.is_file()}
    except OSError:
        return set()
