"""Imported by the template of processes that read and answer: it does both once, so that all they need is there."""

import gc
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from api.analysis.answer import Question, answer
from api.processes.checks import inspect_table
from api.processes.warmup import write_scenario


def read_little() -> None:
    """Read a table of one partner."""
    inspect_table(b"partner,last\na,1\n", "csv", "partner", None)


def answer_little() -> None:
    """Answer a question about three partners, which solves."""
    with TemporaryDirectory() as name:
        write_scenario(Path(name))
        answer(Path(name), Question("lint", {}, scenarios=("scenario.yaml",)))


with suppress(Exception):  # on a full disk, say; processes are forked all the same, and import what they lack
    read_little()
    answer_little()
gc.collect()
gc.freeze()  # what is there stays shared with all that are forked
