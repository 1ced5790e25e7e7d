"""Responses: what partners say to their targets, read from a file and checked against the scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scenarios.findings.finding import Place, Report, did_you_mean
from scenarios.findings.validate import Form, validate
from scenarios.scenario import Scenario
from scenarios.tables.row_findings import MAX_NAMED
from scenarios.values.days import Day
from scenarios.values.located import List, Map
from scenarios.values.names import Name, Note
from scenarios.values.number_fields import Target, refuse
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import read_yaml

Says = Literal["accept", "counter", "appeal"]
"""A target is accepted, another one is asked for, or the target is contested without naming another."""
MOST = 200
"""Responses of one file: each counter is a solve of its own."""
LONGEST_REASON = 500
"""Characters; the reason stands on a receipt once the response is accepted."""

Key = tuple[str, str, str | None]
"""Partner, metric and period: what one response is about."""


@dataclass(frozen=True)
class Response:
    """What a partner says to a target."""

    partner: str
    metric: str
    period: str | None
    """None: the whole."""
    says: Says
    target: Fraction | None
    """What a counter asks for."""
    by: str
    """Who said it."""
    on: date | None
    """When."""
    reason: str
    place: Place
    """Where it stands."""

    @property
    def about(self) -> Key:
        """What it is about."""
        return self.partner, self.metric, self.period


class ResponseForm(Form):
    """What a partner says to a target."""

    partner: Name
    """The partner's id."""
    metric: Name
    """The metric of the target."""
    period: Name | None = None
    """The period of the target; the whole if left out."""
    says: Says
    """accept, counter or appeal."""
    target: Target | None = None
    """What a counter asks for."""
    by: Name
    """Who said it."""
    on: Day | None = None
    """When."""
    reason: Annotated[Note, Field(max_length=LONGEST_REASON)] = ""
    """Why; needed by a counter and an appeal."""

    @model_validator(mode="after")
    def _whole(self) -> ResponseForm:
        if wrong := flaw_of(self.says, self.target, self.reason):
            raise refuse(*wrong)
        return self


class ResponsesForm(Form):
    """A file of responses."""

    responses: Annotated[list[ResponseForm], Field(max_length=MOST)]
    """What partners say."""


def flaw_of(says: Says, target: Fraction | None, reason: str) -> tuple[str, str, str] | None:
    """Code, message and remedy of what does not go together; None where all does."""
    if says == "counter" and target is None:
        return "missing-field", "is a counter without a target", "Write the target that is asked for"
    if says == "counter" and target == 0:
        return "bad-value", "is a counter of zero", "Write a target above zero, or an appeal"
    if says != "counter" and target is not None:
        return "bad-value", f"is {says} with a target", "Write counter to ask for another target"
    if says != "accept" and not reason.strip():
        return "missing-field", f"is {says} without a reason", "Write why: who decides reads it"
    return None


def read_responses(path: Path, report: Report) -> tuple[Response, ...]:
    """The responses in a YAML file; what is wrong with it is reported."""
    data = read_yaml(path, report, name=str(path))
    form = None if data is None else validate(ResponsesForm, data, report, what="a file of responses")
    if form is None or data is None:
        return ()
    listed = data["responses"]
    assert isinstance(listed, List), "the form is a list"
    return tuple(_made(each, raw) for each, raw in zip(form.responses, listed, strict=True))


def _made(form: ResponseForm, raw: Map) -> Response:
    return Response(
        partner=form.partner,
        metric=form.metric,
        period=form.period,
        says=form.says,
        target=form.target,
        by=form.by,
        on=form.on,
        reason=form.reason,
        place=raw.place,
    )


def check_responses(responses: Sequence[Response], scenario: Scenario, report: Report) -> None:
    """Reports responses about targets that the scenario does not have, and two about the same target."""
    ids = scenario.table.ids.tolist()
    for count, each in enumerate(one for one in responses if scenario.table.position(one.partner) is None):
        near = did_you_mean(each.partner, ids) if count < MAX_NAMED else ""
        remedy = near or f"Partners are named by {scenario.table.id_column}."
        report.error("unknown-partner", each.place, f"no partner {quoted(each.partner)}", remedy)
    seen: dict[Key, Response] = {}
    for each in responses:
        if each.metric not in scenario.metrics:
            _unknown("metric", each.metric, scenario.metrics, each.place, report)
        if each.period is not None and each.period not in scenario.periods:
            _unknown("period", each.period, scenario.periods, each.place, report)
        elif scenario.past is not None:
            scenario.past.refuse_over(each.period, each.place, report)
        first = seen.setdefault(each.about, each)
        if first is not each:
            message = f"{each.metric} of {each.partner} is answered at {first.place} already"
            report.error("duplicate-response", each.place, message, "Keep one of them.")


def _unknown(kind: str, name: str, known: Iterable[str], place: Place, report: Report) -> None:
    there = tuple(known)
    listed = f"There are: {', '.join(there)}." if there else "The scenario has none."
    report.error(f"unknown-{kind}", place, f"no {kind} {quoted(name)}", did_you_mean(name, there) or listed)
