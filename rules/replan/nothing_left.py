"""Checks a re-plan: whether anything is left to be placed."""

from __future__ import annotations

from rules.book import RuleBook
from rules.kinds.company_target import CompanyTarget
from scenarios import Report


def check_rest(book: RuleBook, report: Report) -> None:
    """Reports company targets that are met already where the surplus is to be released."""
    past = book.frame.past
    if past is None or past.ahead != "release":
        return
    for rule, rows in zip(book.rules, book.rows, strict=True):
        if (
            isinstance(rule, CompanyTarget)
            and rule.exact
            and rows.upper is not None
            and (rows.upper <= 0).any()
        ):
            message = f"{rule.name!r} is met by what is done: nothing remains to be placed"
            report.error("does-not-fit", book.places[rule.name], message, "Write ahead: keep.")
