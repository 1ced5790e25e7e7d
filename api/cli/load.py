"""Loading for a command, which ends where the input has mistakes, and how its answer is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import findings as printed
from api.cli.exit_codes import Exit

if TYPE_CHECKING:
    from api.output.document import Document
    from api.output.sheets import Sheet
    from rules.load import Loaded
    from scenarios import Finding

Report = Callable[[Sequence["Finding"]], None]
"""Where findings go."""


def load(
    path: Path, *, as_of: date | None = None, as_json: bool = False, report: Report = printed.on_stderr
) -> Loaded:
    """The scenario in a file; its doubts are printed, mistakes end the command."""
    from rules.load import load
    from scenarios.tables.outside import ThisMachine

    with refusing(as_json=as_json, report=report):
        loaded = load(path, as_of=as_of, outside=ThisMachine())
    report(loaded.findings)
    return loaded


@contextmanager
def refusing(*, as_json: bool, report: Report = printed.on_stderr) -> Iterator[None]:
    """Mistakes in the input are printed, on stdout too as JSON if asked for, and end the command."""
    from scenarios import Refused

    try:
        yield
    except Refused as refused:
        report(refused.findings)
        if as_json:
            from api.output.findings import Findings, finding_parts

            click.echo(Findings(findings=finding_parts(refused.findings)).text(), nl=False)
        raise click.exceptions.Exit(Exit.FINDINGS) from None


def show(document: Document, lines: Callable[[], Iterator[str]], *, as_json: bool) -> None:
    """Print a document as JSON, or as the lines that people read."""
    if as_json:
        click.echo(document.text(), nl=False)
        return
    for line in lines():
        click.echo(line)


def give(
    document: Document,
    lines: Callable[[], Iterator[str]],
    *,
    main: Callable[[], Sheet],
    others: Callable[[], Sequence[Sheet]],
    output: Path | None,
    as_json: bool,
    whole: Callable[[], Document] | None = None,
) -> None:
    """Write a document into the file that was asked for, and print it.

    `main` is the sheet of a CSV file, `others` stand beside it in a workbook; `whole` is the document with what
    the terminal leaves out.
    """
    if output is not None:
        from api.output.sheets import write

        write(output, document=whole or (lambda: document), main=main, others=others)
    show(document, lines, as_json=as_json)
    if output is not None and not as_json:
        click.echo(f"\nwritten to {output}")


def exit_of(*states: str) -> Exit:
    """How a command ends that has answers in these states."""
    if "failed" in states:
        return Exit.FAILED
    return Exit.CONFLICT if "infeasible" in states else Exit.DONE
