"""A folder that a command makes: new or empty before, whole or not there afterwards."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.cli.exit_codes import Failed
from api.output.atomic_files import together


def check_is_new(folder: Path) -> None:
    """Raises UsageError where something is in the folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{folder} exists already and is not empty.")


@contextmanager
def new_folder(folder: Path, *, last: str, family: Collection[str] = ()) -> Iterator[Path]:
    """Where to write the files, as `together` has it. Raises Failed where they cannot be written."""
    try:
        with together(folder, last=last, family=family) as making:
            yield making
    except OSError as error:
        raise Failed(f"cannot write to {folder}: {error.strerror or error}") from None
