"""Files that appear together or not at all."""

import secrets
import shutil
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def together(folder: Path, *, last: str, family: Collection[str]) -> Iterator[Path]:
    """A new folder to write files into, which move to `folder` at the end, or vanish if an exception passes.

    Files of the names in `family` that are not written this time are removed from `folder`, so that it never
    holds those of two runs; other files in it are left alone. The file named `last` is taken away first and
    arrives last: where it is, all is there. Raises OSError if files cannot be written.
    """
    new = not folder.exists()
    making = (folder.parent if new else folder) / f".{folder.name}-{secrets.token_hex(4)}"
    making.mkdir(parents=True)
    try:
        yield making
        with _undisturbed():
            if new:
                making.rename(folder)
            else:
                _move(making, folder, last=last, family=family)
    finally:
        shutil.rmtree(making, ignore_errors=True)


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A new file of the same ending that takes its place at the end, or vanishes if an exception passes.

    Raises OSError if it cannot be written.
    """
    making = file.with_name(f".{file.stem}-{secrets.token_hex(4)}{file.suffix}")
    try:
        yield making
        making.replace(file)
    finally:
        making.unlink(missing_ok=True)


def _move(made: Path, folder: Path, *, last: str, family: Collection[str]) -> None:
    names = sorted((path.name for path in made.iterdir()), key=lambda name: name == last)
    (folder / last).unlink(missing_ok=True)
    for name in set(family) - set(names):
        (folder / name).unlink(missing_ok=True)
    for name in names:
        (made / name).replace(folder / name)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C comes too late while this lasts, which is an instant."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
