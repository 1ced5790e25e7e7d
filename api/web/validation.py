"""What pydantic finds wrong with a request, as one problem."""

from typing import Any

from pydantic import ValidationError

from api.web.problems import Detail, HttpProblem, pointer


def invalid(error: ValidationError) -> Any:
    """Raises the problem that pydantic's mistakes make."""
    details = [
        Detail(pointer(*mistake["loc"]), mistake["msg"], mistake["type"])
        for mistake in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    message = "; ".join(f"{detail.pointer or '/'}: {detail.detail}" for detail in details[:3])
    raise HttpProblem("invalid", message, errors=details)
