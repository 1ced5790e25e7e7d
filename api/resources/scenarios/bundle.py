"""A scenario with the files it names in one request: a multipart form, or a zip of its folder."""

import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import PurePosixPath

from flask import Request
from werkzeug.datastructures import FileStorage

from api.db.tables.scenarios import ENTRY
from api.web.problems import HttpProblem, invalid_value, pointer

MULTIPART = "multipart/form-data"
MOST_FILES = 200
_LONGEST_PATH = 200
_SYSTEM = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What operating systems put into zips by themselves."""


def from_form(request: Request, most_bytes: int) -> tuple[str, dict[str, bytes]]:
    """The path of the scenario file (the part called `scenario`), and path to content of all files."""
    request.get_data()  # kept, because the Idempotency-Key is for the whole body
    entry, files = "", dict[str, bytes]()
    for part, file in request.files.items(multi=True):
        path = _path(file.filename or (ENTRY if part == "scenario" else ""))
        entry = path if part == "scenario" else entry
        _add(files, path, _read(file, most_bytes))
    for part, text in request.form.items(multi=True):
        if part != "scenario":
            raise invalid_value(pointer(part[:100]), "Send files, each with its file name.")
        entry = ENTRY
        _add(files, ENTRY, text.encode())
    if not entry:
        raise invalid_value("/scenario", "Send the scenario file as the part `scenario`.")
    return entry, files


def from_parts(request: Request, most_bytes: int, *, but: str) -> dict[str, bytes]:
    """Path to content of the files of a form, whose other part is `but`."""
    files: dict[str, bytes] = {}
    for part, file in request.files.items(multi=True):
        if part != but:
            _add(files, _path(file.filename or ""), _read(file, most_bytes))
    return files


def from_zip(body: bytes, entry: str | None, most_bytes: int) -> tuple[str, dict[str, bytes]]:
    """The same from a zip: `entry`, or the scenario.yaml at the top, is the scenario file."""
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            files = _unpacked(packed, most_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise HttpProblem("bad-request", f"The zip cannot be read: {error}.") from None
    files = _without_top(files)
    path = _path(entry or ENTRY)
    if path not in files:
        hint = "" if entry else " Name the scenario file: ?entry=…"
        raise invalid_value("/entry", f"There is no {path!r} in the zip.{hint}")
    return path, files


def _unpacked(packed: zipfile.ZipFile, most_bytes: int) -> dict[str, bytes]:
    members = [one for one in packed.infolist() if not one.is_dir() and not _is_system(one.filename)]
    if sum(one.file_size for one in members) > most_bytes:
        raise HttpProblem("body-too-large", f"Unpacked, the zip has more than {most_bytes:,} bytes.")
    files: dict[str, bytes] = {}
    for one in members:
        _add(files, _path(one.filename), packed.read(one))
    return files


def _is_system(path: str) -> bool:
    return any(part in _SYSTEM for part in path.split("/"))


def _without_top(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a zip that holds one folder, as seen from in there."""
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or tops & set(files):
        return dict(files)
    return {path.partition("/")[2]: content for path, content in files.items()}


def _read(file: FileStorage, most_bytes: int) -> bytes:
    content = file.stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise HttpProblem("body-too-large", f"A file has more than {most_bytes:,} bytes.")
    return content


def _add(files: dict[str, bytes], path: str, content: bytes) -> None:
    if path in files:
        raise invalid_value(pointer(path), "Two files have this name.")
    if len(files) >= MOST_FILES:
        raise HttpProblem("body-too-large", f"A scenario has at most {MOST_FILES} files.")
    files[path] = content


def _path(given: str) -> str:
    """A relative path below the folder; raises HttpProblem for any other."""
    path = PurePosixPath(given.replace("\\", "/"))
    parts = list(_parts(path))
    fine = parts and not path.is_absolute() and ".." not in parts and len(str(path)) <= _LONGEST_PATH
    if not fine or not str(path).isprintable() or ":" in parts[0]:
        raise invalid_value(pointer(given[:100]), "That is no path inside the scenario's folder.")
    return "/".join(parts)


def _parts(path: PurePosixPath) -> Iterator[str]:
    return (part for part in path.parts if part != ".")
