"""Declaring operations: path, scope, answers and refusals said once, for the server and for the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel

from api.db.scopes import Scope
from api.web.auth import Needs

F = TypeVar("F", bound=Callable[..., Any])
Answering = type[BaseModel] | Mapping[str, Any] | None
"""A model for JSON, an OpenAPI response for other media, None for no body."""

PREFIX = "/api/v1"
ALWAYS = ("bad-request", "unauthenticated", "forbidden", "not-acceptable", "too-many-requests")
"""What every operation with a key may refuse."""
STORE = ("busy", "unavailable")
WITH_BODY = ("bad-json", "body-too-large", "unsupported-media-type", "invalid", "storage-full")
"""What every operation that reads a body may refuse."""


@dataclass(frozen=True)
class Body:
    """A body that may come in several media types."""

    model: type[BaseModel] | None
    """What the JSON looks like; None where JSON is not read."""
    others: Mapping[str, Mapping[str, Any]]
    """Other media types, as OpenAPI describes them."""
    json: str = "application/json"

    def declared(self) -> dict[str, Any]:
        """The request body for the document."""
        if self.model is None:
            return {"required": True, "content": dict(self.others)}
        known = {"schema": {"$ref": f"#/components/schemas/{self.model.__name__}"}}
        return {"required": True, "content": {self.json: known, **self.others}}


class Routes:
    """The operations of one resource."""

    def __init__(self, name: str, about: str, *, prefix: str = PREFIX) -> None:
        self.models: list[type[BaseModel]] = []
        """Models of bodies that are not declared by a handler's signature."""
        self.blueprint = APIBlueprint(
            name, __name__, url_prefix=prefix, abp_tags=[Tag(name=name, description=about)]
        )

    def get(
        self,
        rule: str,
        *,
        scope: Scope | None,
        answers: Mapping[int, Answering],
        problems: tuple[str, ...] = (),
        offers: tuple[str, ...] = ("application/json",),
    ) -> Callable[[F], F]:
        """Declare a reading operation, which answers in one of the media types it offers."""
        asks = ("not-found",) if "<" in rule else ()
        known = (*ALWAYS, *asks, *problems, "invalid", *STORE)
        return self._declare("get", rule, Needs(scope, offers), answers, known)

    def post(
        self,
        rule: str,
        *,
        scope: Scope | None,
        answers: Mapping[int, Answering],
        problems: tuple[str, ...] = (),
        body: "Body | None" = None,
    ) -> Callable[[F], F]:
        """Declare an operation that makes or does something; `body` when there is more to read than JSON."""
        asks = ("not-found",) if "<" in rule else ()
        known = (
            *ALWAYS,
            *asks,
            *WITH_BODY,
            "idempotency-key-reused",
            "request-in-progress",
            *problems,
            *STORE,
        )
        return self._declare("post", rule, Needs(scope), answers, known, body)

    def change(
        self,
        method: str,
        rule: str,
        *,
        scope: Scope | None,
        answers: Mapping[int, Answering],
        problems: tuple[str, ...] = (),
        body: "Body | None" = None,
    ) -> Callable[[F], F]:
        """Declare a `put`, `patch` or `delete`."""
        bodies = () if method == "delete" else WITH_BODY
        known = (*ALWAYS, "not-found", *bodies, "invalid", *problems, *STORE)
        return self._declare(method, rule, Needs(scope), answers, known, body)

    def open(self, rule: str, *, answers: Mapping[int, Answering]) -> Callable[[F], F]:
        """Declare a reading operation that anybody may ask, without a key."""
        return self._declare("get", rule, None, answers, ())

    def hidden(
        self, rule: str, *, scope: Scope | None = None, offers: tuple[str, ...] | None = None
    ) -> Callable[[F], F]:
        """A reading operation that the document does not mention; without a scope anybody may ask."""

        def declare(view: F) -> F:
            if scope is not None:
                view.needs = Needs(scope, offers or ("application/json",))  # type: ignore[attr-defined]
            self.blueprint.get(rule, doc_ui=False)(view)
            return view

        return declare

    def _declare(
        self,
        method: str,
        rule: str,
        needs: Needs | None,
        answers: Mapping[int, Answering],
        problems: tuple[str, ...],
        body: "Body | None" = None,
    ) -> Callable[[F], F]:
        extra: dict[str, Any] = {"request_body": body.declared()} if body else {}
        if body and body.model:
            self.models.append(body.model)

        def declare(view: F) -> F:
            if needs is not None:
                view.needs = needs  # type: ignore[attr-defined]
            else:
                extra["security"] = [{}]
            register = getattr(self.blueprint, method)(
                rule,
                operation_id=view.__name__,
                description=_description(view, needs),
                responses={str(status): _response(shape) for status, shape in answers.items()},
                openapi_extensions={
                    "x-problems": list(dict.fromkeys(problems)),
                    "x-offers": needs.offers if needs else (),
                },
                **extra,
            )
            register(view)
            return view

        return declare


def _description(view: Callable[..., Any], needs: Needs | None) -> str:
    lines = (view.__doc__ or "").strip().partition("\n")[2].split("\n")
    scope = (
        "No key needed." if needs is None else f"Scope: `{needs.scope}`." if needs.scope else "Any valid key."
    )
    return "\n".join([*(line.strip() for line in lines), scope]).strip()


def _response(shape: Answering) -> Any:
    return dict(shape) if isinstance(shape, Mapping) else shape


def media(description: str, *types: str) -> dict[str, Any]:
    """An OpenAPI response of other media types than JSON."""
    kinds: dict[str, Any] = {kind: {"schema": {}} for kind in types}
    return {"description": description, "content": kinds}
