"""What processes that are started ahead do first, so that all that reading and answering import is there."""

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
