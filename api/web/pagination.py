"""Lists in pages: where a page starts is a signed cursor, and the next one is linked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from pydantic import Field
from pydantic_core import to_json

from api.db import Page
from api.web.context import listing, service
from api.web.responses import Answer
from api.web.schemas import Parameters, View

T = TypeVar("T", bound=View)
R = TypeVar("R")


class PageQuery(Parameters):
    """Which page of a list."""

    limit: int = Field(50, ge=1, le=200, description="Items on the page.")
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="The `next_cursor` of the page before."
    )

    def after(self) -> str | None:
        """Where the page starts; raises Problem 400 for a cursor of another list."""
        return service().cursors.read(listing(), self.cursor) if self.cursor else None


class Listed(View, Generic[T]):
    """One page of a list, newest first."""

    items: list[T]
    next_cursor: str | None = None
    """For the next page; null on the last one."""


def page_answer(items: Sequence[View | Mapping[str, Any]], after: str | None, **headers: str) -> Response:
    """The page, with its cursor and its link to the next one; `after` is the key of the next page."""
    cursor = service().cursors.sign(listing(), after) if after else None
    if cursor:
        query = urlencode({**request.args, "cursor": cursor})
        headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    body = to_json({"items": items, "next_cursor": cursor}).decode()
    return Answer(200, body).response(**headers)


def listed(page: Page[R], view: Callable[[R], View]) -> Response:
    """A page from the store, each item as its view."""
    return page_answer([view(item) for item in page.items], page.next)
