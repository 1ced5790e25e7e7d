"""Turning a mapping from a file into a checked model, or into findings at the right spot."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from scenarios.complaints import Complaint
from scenarios.findings import Report
from scenarios.placed import Map

M = TypeVar("M", bound=BaseModel)

MAX_TOLD = 200
"""How many mistakes in one mapping are listed."""

_DOUBT = "percent-large"


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
    try:
        return model.model_validate(data, context={"doubts": True})
    except ValidationError as error:
        complaints = [Complaint(detail, model, data, what) for detail in error.errors(include_url=False)]
    for complaint in complaints[:MAX_TOLD]:
        report.add(complaint.finding())
    if left := len(complaints[MAX_TOLD:]):
        report.error("too-many", data.place, f"{left:,} more mistakes in {what} are not listed")
    if any(complaint.code != _DOUBT for complaint in complaints):
        return None
    return model.model_validate(data)


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
