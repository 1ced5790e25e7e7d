"""The command `highs`, from a wheel whose program does not find its library by itself."""

import os
from pathlib import Path

import pytest


def put_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `highs` found during the test, by a script in the folder; skips where the wheel is not installed."""
    highsbox = pytest.importorskip("highsbox")
    command = folder / "highs"
    library = f"{highsbox.highs_lib_dir()}:$LD_LIBRARY_PATH"
    command.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH={library} exec {highsbox.highs_bin_path()} "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
