"""Days as people write them: 2021-03-31."""

import re
from datetime import date
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from scenarios.values.number_fields import refuse
from scenarios.values.quoting import quoted

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise refuse("bad-date", f"is {quoted(value)}", "Write a day as 2021-03-31")


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, written 2021-03-31."""
