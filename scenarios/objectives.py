"""What may be written about objectives: key results that are read off the plan or state numbers, and check-ins."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from scenarios.findings.validate import Form
from scenarios.values.days import Day
from scenarios.values.names import Name, Note
from scenarios.values.number_fields import Amount, Number, number_or, refuse, some

BASELINE = "baseline"
"""The start of a key result that begins where its partners were before."""
Commitment = Literal["committed", "aspirational"]
"""Committed ones are to be reached in full; of aspirations 0.7 is good."""
Start = Annotated[
    Fraction | Literal["baseline"],
    PlainValidator(number_or(BASELINE)),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["number", "string"]}),
]
"""A number, or `baseline`."""


class CheckInForm(Form):
    """What a key result that states its own numbers had come to on a day."""

    on: Day
    """The day on which the number was known."""
    now: Number
    """The number."""
    by: Name | None = None
    """Who says so."""
    note: Note = ""
    """What there is to say about it."""


class KeyResultForm(Form):
    """How an objective is measured: by a target or rule of the scenario, or by numbers of its own."""

    name: Name
    """What it is called; unique in its objective."""
    of: Name | None = None
    """The company target or rule that it is: its partners' targets and actuals are what counts."""
    where: dict[str, Any] | None = None
    """With `of`: only these partners of it."""
    from_: Start | None = Field(default=None, alias="from")
    """Where it starts: a number; with `of` zero, or `baseline`."""
    to: Number | None = None
    """Where it is to arrive; without `of`."""
    now: Number | None = None
    """Where it is; without `of`. Check-ins say it again and again."""
    unit: Name | None = None
    """What its own numbers count."""
    by: Name | None = None
    """Who answers for it."""
    on: Day | None = None
    """The day of `now`."""
    note: Note = ""
    """What there is to say about `now`."""
    check_ins: tuple[CheckInForm, ...] = ()
    """What it came to on later days; the last one by the day asked for counts."""
    weight: Amount = Fraction(1)
    """How much it counts in its objective beside the others."""
    kind: Commitment | None = None
    """Committed or aspirational; as its objective if left out."""

    @model_validator(mode="after")
    def _measured_one_way(self) -> "KeyResultForm":
        if self.of is not None:
            self._only_what_plans_do_not_say()
        else:
            self._says_its_numbers()
        return self

    def _only_what_plans_do_not_say(self) -> None:
        own = {"to": self.to, "now": self.now, "on": self.on, "unit": self.unit}
        stated = [name for name, value in own.items() if value is not None]
        stated += ["check_ins"] if self.check_ins else []
        if stated:
            raise refuse(
                "bad-value", f"has of and {stated[0]}", "The plan and its actuals say it; remove one"
            )
        if self.from_ not in (None, 0, BASELINE):
            raise refuse("bad-value", "has of and a number as from", "Write from: baseline, or leave it out")

    def _says_its_numbers(self) -> None:
        if self.where is not None:
            raise refuse("bad-value", "has where without of", "Add of: the target or rule that it is")
        for name, value in (("to", self.to), ("from", self.from_)):
            if value is None or value == BASELINE:
                remedy = f"Add {name}: a number, or of: a target or rule of the scenario"
                raise refuse("missing-field", f"does not say {name}", remedy)
        if self.now is None and not self.check_ins:
            raise refuse("missing-field", "does not say now", "Add now: a number, or check_ins")
        if self.from_ == self.to:
            raise refuse("bad-value", "goes from a number to the same", "Write where it is to arrive")
        days = [*([self.on] if self.on else []), *(each.on for each in self.check_ins)]
        if len(set(days)) < len(days):
            raise refuse("bad-value", "has two check-ins of one day", "Keep one of them")


class ObjectiveForm(Form):
    """An objective and the key results that it is scored by."""

    name: Name
    """What is to be reached."""
    period: Name | None = None
    """The scenario's period, or a part of it that targets and actuals are taken of; the whole if left out."""
    why: Note = ""
    """What it is for."""
    by: Name | None = None
    """Who answers for it."""
    kind: Commitment = "aspirational"
    """Committed: green at 1.0 only. Aspirational: green from 0.7."""
    cascade: tuple[Name, ...] = ()
    """Columns that it is scored by below the company, one below the other; `partner` may end them."""
    key_results: Annotated[tuple[KeyResultForm, ...], some]
    """What it is scored by."""


class ObjectivesForm(Form):
    """The objectives of a period."""

    objectives: Annotated[tuple[ObjectiveForm, ...], some]
    """What is to be reached, most important first."""
