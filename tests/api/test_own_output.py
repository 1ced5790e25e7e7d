"""Standard output holds our words alone, and says so where it cannot be written."""

import subprocess
import sys
from pathlib import Path

import pytest

NOISY = """\
import ctypes, sys
from api.cli import main
from api.cli.commands import docs

def noisy(**options):
    ctypes.CDLL(None).puts(b"a solver prints")
    run(**options)

run, docs.command.callback = docs.command.callback, noisy
sys.argv = ["cascade", "docs", "growth_floor"]
main.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the test prints by the C library of the process")
def test_what_libraries_print_is_not_amid_our_output() -> None:
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("# growth_floor")
    assert "a solver prints" not in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "api.cli.main", "docs", "growth_floor"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == "Error: standard output cannot be written: No space left on device\n"
