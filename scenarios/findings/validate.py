"""Turning a mapping from a file into a checked model, or into findings at the right spot."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from scenarios.findings.finding import Report
from scenarios.findings.from_pydantic import DOUBTS, FieldError
from scenarios.values.located import Map

M = TypeVar("M", bound=BaseModel)

MAX_REPORTED = 200
"""How many mistakes in one mapping are listed."""


class Form(BaseModel):
    """The fields a user may write: unknown ones are refused and nothing is changed afterwards."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        defer_build=True,  # a scenario uses few of the forms there are
    )


def validate(model: type[M], data: Map, report: Report, *, what: str) -> M | None:
    """The model built from the data, or None after reporting every mistake at its line and column.

    `what` is how messages call the mapping, such as `capacity_limit` or `scenario`.
    """
    built, errors = _built(model, data, what, doubts=True)
    if errors and all(each.code in DOUBTS for each in errors):
        # a field that is doubted keeps validators of the whole model from running: they run without the doubts
        built, more = _built(model, data, what, doubts=False)
        errors += more
    _report(errors, data, report, what)
    return built


def _built(model: type[M], data: Map, what: str, *, doubts: bool) -> tuple[M | None, list[FieldError]]:
    """The model, or None and every mistake; with `doubts`, numbers that are most likely slips are mistakes too."""
    try:
        return model.model_validate(data, context={"doubts": doubts}), []
    except ValidationError as error:
        return None, [FieldError(detail, model, data, what) for detail in error.errors(include_url=False)]


def _report(errors: list[FieldError], data: Map, report: Report, what: str) -> None:
    for each in errors[:MAX_REPORTED]:
        report.add(each.finding())
    if left := len(errors[MAX_REPORTED:]):
        report.error("too-many", data.place, f"{left:,} more mistakes in {what} are not listed")


def validate_leniently(model: type[M], data: Map, report: Report, *, what: str) -> M | None:
    """The same, built from the sound fields alone where some are not, so that reading can go on.

    None if what is left does not make a model; the mistakes are reported in either case.
    """
    whole = validate(model, data, report, what=what)
    if whole is not None:
        return whole
    sound = dict(data)
    for _ in range(2):
        try:
            return model.model_validate(sound)
        except ValidationError as error:
            for detail in error.errors():
                sound.pop(str(detail["loc"][0]) if detail["loc"] else "", None)
    return None
