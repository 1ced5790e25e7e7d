"""Answers: a status, a JSON body, headers; kept apart from Flask so that they can be stored and replayed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response
from pydantic import BaseModel


@dataclass(frozen=True)
class Answer:
    """What to tell the caller."""

    status: int
    body: str = ""
    """JSON text; empty for no body."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, **more: str) -> Response:
        """The answer for Flask; keywords add headers, `_` for `-`."""
        headers = {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        if not self.body:
            return Response(status=self.status, headers=headers)
        return Response(self.body, self.status, headers, mimetype="application/json")


def answer(view: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """The answer that says the view."""
    return Answer(status, view.model_dump_json(), headers or {})


NOTHING = Answer(204)
"""Done, and nothing to tell."""
