"""The shapes of what comes in and what goes out: what all models have in common."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", strip_whitespace=True),
]
"""What people call a thing."""
Reason = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
"""Why somebody does something."""


def with_example(example: Any, *, extra: Literal["allow", "forbid", "ignore"] | None = None) -> ConfigDict:
    """The configuration of a model with an example for the document."""
    config = ConfigDict(json_schema_extra={"examples": [example]})
    return config if extra is None else {**config, "extra": extra}


class RequestBody(BaseModel):
    """A body that is sent; fields that we do not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _SchemaOnce(BaseModel):
    """A model whose schema is asked for at every request, and made once."""

    @classmethod
    def model_json_schema(cls, *args: Any, **keywords: Any) -> dict[str, Any]:
        """The schema of the class."""
        return _schema(cls, args, tuple(keywords.items()))


@cache
def _schema(
    model: type[BaseModel], args: tuple[Any, ...], keywords: tuple[tuple[str, Any], ...]
) -> dict[str, Any]:
    return TypeAdapter(model).json_schema(*args, **dict(keywords))


class Parameters(_SchemaOnce):
    """Parameters of a path or a query; those that we do not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Headers(_SchemaOnce):
    """Headers that an operation looks at; there are always others."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class View(BaseModel):
    """A body that is given out; clients ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class FindingView(View):
    """One mistake or doubt in the input, the same as on the command line."""

    code: str
    """Stable; see the documentation of finding codes."""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    cell: str | None = None
    """The cell of a workbook: `Partners!D3`."""
    message: str
    remedy: str | None = None
    severity: str = "error"
    pointer: str | None = None
    """Where it stands in the JSON that was uploaded."""
    snippet: str | None = None
    """The line of the YAML that was uploaded."""


class Once(Headers):
    """Doing a thing once only."""

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="The same key with the same body gets the same answer, and nothing is done twice.",
    )


class OnVersion(Headers):
    """Changing the version one has read, and no other."""

    if_match: str | None = Field(
        None, alias="If-Match", description='The ETag that was read, such as "3"; without it: 428.'
    )


class StepOnVersion(Once, OnVersion):
    """Taking a step from the version one has read, once."""
