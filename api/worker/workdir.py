"""A solve's folder: the scenario's files written out, private to one worker, gone when the worker is."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath


class Folders:
    """One worker's folder under `home/jobs`, with a lock on it that ends with the worker's process."""

    def __init__(self, home: Path, worker_id: str) -> None:
        self._jobs = (
            home.absolute() / "jobs"
        )  # solves work in their folder, where a relative path leads elsewhere
        self.worker_id = worker_id
        self._own = self._jobs / worker_id
        unready = self._jobs / f".{worker_id}"
        unready.mkdir(parents=True, mode=0o700)
        self._lock = os.open(unready / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unready.rename(self._own)

    @property
    def path(self) -> Path:
        """The worker's folder."""
        return self._own

    @contextmanager
    def folder(self, name: str, files: Mapping[str, bytes]) -> Iterator[Path]:
        """A folder with these files; removed afterwards. Raises OSError on a full disk."""
        folder = self._own / name
        folder.mkdir(mode=0o700)
        try:
            for path, content in files.items():
                _write(folder, path, content)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def dead(self) -> frozenset[str]:
        """The ids of workers of this home whose process has ended without tidying up."""
        others = (path for path in self._jobs.iterdir() if path != self._own and path.name[0] != ".")
        return frozenset(path.name for path in others if _abandoned(path))

    def clean_up(self, worker_id: str) -> None:
        """Remove what a dead worker left."""
        shutil.rmtree(self._jobs / worker_id, ignore_errors=True)

    def close(self) -> None:
        """Remove the worker's folder."""
        shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)


def _write(folder: Path, path: str, content: bytes) -> None:
    relative = PurePosixPath(path)
    if relative.is_absolute() or ".." in relative.parts or "\x00" in path:
        raise ValueError(f"{path!r} leaves the folder of the run")
    file = folder.joinpath(*relative.parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _abandoned(folder: Path) -> bool:
    """Whether no process holds the lock; a folder has had one since it got its name, unless its removal was cut off."""
    try:
        lock = os.open(folder / ".lock", os.O_RDWR)
    except FileNotFoundError:
        return folder.is_dir()
    except OSError:  # no folder, or not ours
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
