"""`cascade review`: one page for one partner, or for each, to be talked over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import options
from api.cli.exit_codes import Failed

if TYPE_CHECKING:
    from api.analysis.review.document import ReviewDocument

_EXAMPLES = """\b
Examples:
  cascade solve channel/quarters.yaml -o channel/out
  cascade review channel/out P0042 --actuals actuals.csv --done Q1
  cascade review channel/out P0042 --actuals actuals.csv --done Q1 -o P0042.pdf
  cascade review channel/out --all --actuals actuals.csv --done Q1 -o reviews --pdf

Actuals are those of `cascade track` and `cascade forecast`, earlier years among them. PDF needs WeasyPrint
(pip install 'goal-cascade[review]'); an .html file prints on one page from any browser.
"""


@click.command(epilog=_EXAMPLES, short_help="Write a partner's review on one page.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.argument("partner", required=False)
@click.option("--all", "everybody", is_flag=True, help="A page for each partner, into the folder of -o.")
@click.option("--actuals", multiple=True, required=True, type=click.Path(path_type=Path), metavar="FILE",
              help="What was done; later files restate earlier ones.")  # fmt: skip
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
              help="Count what was known on this day; the last one in the actuals if left out.")  # fmt: skip
@click.option("--done", multiple=True, metavar="PART",
              help="A part of the period that is over, where the plan has no calendar.")  # fmt: skip
@click.option("--missing", type=click.Choice(["zero"]), help="Who has no row has done nothing.")
@click.option("--unassigned", type=click.Choice(["keep"]),
              help="Count rows of unknown partners above the partners.")  # fmt: skip
@click.option("--responses", type=click.Path(path_type=Path), metavar="FILE",
              help="What partners answered, as for `cascade explain --responses`.")  # fmt: skip
@click.option("--commitment", "commitments", multiple=True, metavar="TEXT",
              help="What was agreed, up to three times; lines to write on are left for the rest.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it there: .html or .pdf; with --all a folder.")  # fmt: skip
@click.option("--pdf", is_flag=True, help="With --all: write PDF instead of HTML.")
@options.as_json("the review")
def command(
    plan: Path, partner: str | None, everybody: bool, actuals: tuple[Path, ...], as_of: datetime | None,
    done: tuple[str, ...], missing: str | None, unassigned: str | None, responses: Path | None,
    commitments: tuple[str, ...], output: Path | None, pdf: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write the review of PARTNER under PLAN: standing, forecast, what the target is made of, answers, agreements.

    PLAN is the folder of a run, its record, or a scenario, which is solved.
    """
    from api.analysis.review.document import ReviewRequest
    from api.analysis.review.run import plan_with_receipts, reviews_of
    from api.analysis.standing.run import actuals_files
    from api.cli.load import refusing, show
    from api.cli.terminal import columns
    from api.text.review import review_lines

    _check(partner, output, len(commitments), everybody=everybody, as_json=as_json)
    counted = {
        "as_of": as_of and as_of.strftime("%Y-%m-%d"), "done": done or None, "missing": missing,
        "unassigned": unassigned,
    }  # fmt: skip
    with refusing(as_json=as_json):
        found, receipts = plan_with_receipts(plan)
        answers = _answers(responses)
        files = actuals_files(actuals, found.scenario)
        request = {**counted, "responses": answers, "commitments": commitments}
        first = ReviewRequest.model_validate({**request, "partner": partner or ""})
        reviews = reviews_of(found, receipts, files, first)
        if everybody and output is not None:
            each = [reviews.of(first.model_copy(update={"partner": who})) for who in found.frame.columns.ids]
            _write_all(output, each, pdf=pdf)
            return
        document = reviews.of(first)
    if output is not None:
        _page(output)(output, document)
        if not as_json:
            click.echo(f"written to {output}")
            return
    show(document, lambda: review_lines(document, columns=columns()), as_json=as_json)


def _check(partner: str | None, output: Path | None, agreed: int, *, everybody: bool, as_json: bool) -> None:
    if everybody == (partner is not None):
        raise click.UsageError("Name a PARTNER, or --all.")
    if everybody and (output is None or as_json):
        raise click.UsageError("--all writes a page for each partner into the folder of -o.")
    if agreed > 3:
        raise click.UsageError("--commitment may be given three times.")
    if not everybody and output is not None and output.suffix.lower() not in (".html", ".pdf"):
        raise click.UsageError(f"-o {output}: write .html or .pdf.")


def _answers(path: Path | None) -> list[dict[str, object]]:
    """The responses in a file, as a request has them."""
    from api.analysis.responses.run import responses_in
    from scenarios.values.rational_array import decimal_text

    return [
        {
            "partner": each.partner, "metric": each.metric, "period": each.period, "says": each.says,
            "target": None if each.target is None else decimal_text(each.target), "by": each.by, "on": each.on,
            "reason": each.reason,
        }
        for each in (responses_in(path) if path is not None else ())
    ]  # fmt: skip


def _page(output: Path) -> Callable[[Path, ReviewDocument], None]:
    """What writes a file of this ending."""
    from api.output.errors import OutputError
    from api.output.pdf import pdf_of
    from api.text.review_page import review_html

    def write(path: Path, document: ReviewDocument) -> None:
        html = review_html(document)
        try:
            content = pdf_of(html) if output.suffix.lower() == ".pdf" else html.encode()
            path.write_bytes(content)
        except OutputError as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(f"cannot write {path}: {error.strerror or error}") from None

    return write


def _write_all(folder: Path, documents: list[ReviewDocument], *, pdf: bool) -> None:
    """A page for each, called by the partner's id."""
    ending = ".pdf" if pdf else ".html"
    write, names = _page(Path(f"x{ending}")), _names([each.partner for each in documents])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failed(f"cannot write {folder}: {error.strerror or error}") from None
    for document in documents:
        write(folder / f"{names[document.partner]}{ending}", document)
    click.echo(f"{len(documents):,} reviews written to {folder}")


def _names(partners: list[str]) -> dict[str, str]:
    """Ids to names of files: what no file system takes is left out, and those that then collide are numbered."""
    import re

    found: dict[str, str] = {}
    taken: set[str] = set()
    for partner in partners:
        stem = re.sub(r"[^\w.()-]+", "-", partner).strip(".- ")[:100] or "partner"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number})"
        taken.add(name.casefold())
        found[partner] = name
    return found
