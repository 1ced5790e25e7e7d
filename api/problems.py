"""Everything the service may refuse, under stable codes, and the one shape in which it says so (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One sort of refusal."""

    status: int
    title: str
    about: str
    """What it means and what helps, for the documentation."""


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "The request cannot be read", "Its syntax is wrong; the detail says where."),
    "bad-json": Kind(400, "The body is not JSON", "The detail gives line and column of the first mistake."),
    "bad-cursor": Kind(
        400, "The cursor is not ours", "Pass a `next_cursor` unchanged, to the list that gave it."
    ),
    "idempotency-key-required": Kind(
        400, "An Idempotency-Key is needed", "Keys of programs send one with every run they submit."
    ),
    "unauthenticated": Kind(
        401,
        "Who is asking?",
        "Send `Authorization: Bearer KEY` with a key that is neither expired nor revoked.",
    ),
    "forbidden": Kind(403, "The key may not do this", "Ask an admin for a key with the scope that is named."),
    "same-actor": Kind(403, "Somebody else must approve", "The organisation wants four eyes on every plan."),
    "not-found": Kind(
        404, "There is no such thing", "It was never there, was deleted, or is somebody else's."
    ),
    "method-not-allowed": Kind(405, "Not with this method", "The Allow header lists the methods."),
    "not-acceptable": Kind(406, "Not in this format", "The detail lists the media types that can be had."),
    "name-taken": Kind(409, "The name is in use", "Choose another one, or revise what bears it."),
    "in-use": Kind(409, "Something is built on it", "It can go once nothing refers to it."),
    "run-finished": Kind(409, "The run is over", "It cannot be cancelled any more."),
    "run-not-finished": Kind(409, "The run is not over", "Wait for it, or cancel it first."),
    "no-result": Kind(
        409, "The run has no such result", "Its state says why: not finished, failed, or no conflict."
    ),
    "wrong-stage": Kind(
        409, "The plan is at another stage", "Read the plan again; its stage says what is next."
    ),
    "request-in-progress": Kind(
        409, "The same request is being answered", "Try again after the time in Retry-After."
    ),
    "stale": Kind(412, "It has changed meanwhile", "Read it again and repeat with the new ETag."),
    "body-too-large": Kind(413, "The body is too large", "`GET /api/v1/limits` tells what is accepted."),
    "unsupported-media-type": Kind(
        415,
        "The body is of another kind",
        "The detail lists the content types; compressed bodies are not read.",
    ),
    "invalid": Kind(422, "Some values cannot be", "`errors` names each one by its JSON pointer."),
    "findings": Kind(
        422, "The input has mistakes", "`findings` lists all of them with file, line, column and remedy."
    ),
    "idempotency-key-reused": Kind(
        422, "The Idempotency-Key stands for another request", "Use a new key for every new request."
    ),
    "not-publishable": Kind(422, "The run cannot become a plan", "Only a verified run that succeeded can."),
    "if-match-required": Kind(
        428, "Say which version you mean", "Send If-Match with the ETag you have read."
    ),
    "too-many-requests": Kind(429, "Too many requests", "Slow down; Retry-After says when to go on."),
    "queue-full": Kind(429, "Too many unfinished runs", "Wait for some of them to finish."),
    "internal": Kind(500, "A fault of ours", "It is logged under the request id; trying again may help."),
    "busy": Kind(503, "The service is busy", "Try again after the time in Retry-After."),
    "unavailable": Kind(503, "The database does not answer", "Try again after the time in Retry-After."),
    "storage-full": Kind(507, "The disk is full", "Nothing was written; reading works. Tell the operator."),
}
"""Code to what it means."""

ERRORS_SHOWN = 100
"""So many errors, and so many findings, stand in one answer; the counts are complete."""


@dataclass(frozen=True)
class Detail:
    """One wrong value."""

    pointer: str
    """JSON pointer into the body, or to the parameter."""
    detail: str
    code: str


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal on its way to the caller; `code` is a key of KINDS."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Detail] = (),
        findings: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = KINDS[code]
        self.detail = detail
        self.errors = tuple(errors)
        self.findings = tuple(findings)
        self.headers = dict(headers or {})
        self.status = status or self.kind.status

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it can come from another process."""
        made = partial(
            Problem,
            self.code,
            self.detail,
            errors=self.errors,
            findings=self.findings,
            headers=self.headers,
            status=self.status,
        )
        return made, ()

    def document(self, request_id: str) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "type": f"/docs/problems#{self.code}",
            "title": self.kind.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": request_id,
            "errors": [vars(error) for error in self.errors[:ERRORS_SHOWN]],
            "error_count": len(self.errors),
            "findings": [dict(finding) for finding in self.findings[:ERRORS_SHOWN]],
            "finding_count": len(self.findings),
        }


def retry_after(code: str, detail: str, seconds: float, *, status: int | None = None) -> Problem:
    """A refusal that trying again, after so many seconds, may overcome."""
    return Problem(code, detail, headers={"Retry-After": str(max(1, round(seconds)))}, status=status)


def pointer(*parts: str | int) -> str:
    """RFC 6901: `/metrics/revenue/unit`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
