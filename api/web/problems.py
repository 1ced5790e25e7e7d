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
    "bad-request": Kind(400, "Bad request", "Its syntax is wrong; the detail says where."),
    "bad-json": Kind(400, "Invalid JSON", "The detail gives line and column of the first mistake."),
    "bad-cursor": Kind(400, "Invalid cursor", "Pass a `next_cursor` unchanged, to the list that gave it."),
    "idempotency-key-required": Kind(
        400, "Idempotency-Key required", "Keys of programs send one with every run they submit."
    ),
    "unauthenticated": Kind(
        401,
        "Unauthorized",
        "Send `Authorization: Bearer KEY` with a key that is neither expired nor revoked.",
    ),
    "forbidden": Kind(403, "Forbidden", "Ask an admin for a key with the scope that is named."),
    "same-actor": Kind(
        403,
        "Approval by a second person required",
        "Somebody else than the submitter must approve.",
    ),
    "not-found": Kind(
        404, "Not found", "It does not exist, was deleted, or belongs to another organisation."
    ),
    "method-not-allowed": Kind(405, "Method not allowed", "The Allow header lists the methods."),
    "not-acceptable": Kind(406, "Not acceptable", "The detail lists the media types that can be had."),
    "name-taken": Kind(409, "Name already in use", "Choose another name, or revise what has it."),
    "in-use": Kind(409, "Still in use", "It can be deleted once nothing refers to it."),
    "run-finished": Kind(409, "Run already finished", "It cannot be cancelled any more."),
    "run-not-finished": Kind(409, "Run not finished", "Wait for it, or cancel it first."),
    "no-result": Kind(409, "No result", "Its state says why: not finished, failed, or no conflict."),
    "no-actuals": Kind(409, "No actuals", "Upload what partners have done: POST /actuals."),
    "infeasible": Kind(
        409, "Infeasible", "The hard rules cannot all hold with this change; the detail says why."
    ),
    "last-admin": Kind(409, "Last administrator", "Make somebody else an administrator first."),
    "wrong-stage": Kind(409, "Wrong stage", "Read the plan again; its stage says what is next."),
    "request-in-progress": Kind(409, "Request in progress", "Try again after the time in Retry-After."),
    "stale": Kind(412, "Precondition failed", "Read it again and repeat with the new ETag."),
    "body-too-large": Kind(413, "Body too large", "`GET /api/v1/limits` tells what is accepted."),
    "unsupported-media-type": Kind(
        415,
        "Unsupported media type",
        "The detail lists the content types; compressed bodies are not read.",
    ),
    "invalid": Kind(422, "Validation failed", "`errors` names each one by its JSON pointer."),
    "findings": Kind(
        422, "Invalid input", "`findings` lists all of them with file, line, column and remedy."
    ),
    "too-long": Kind(422, "Analysis takes too long", "Ask for less, or for a run: `Prefer: respond-async`."),
    "idempotency-key-reused": Kind(
        422, "Idempotency-Key already used", "Use a new key for every new request."
    ),
    "not-published": Kind(422, "Plan not published", "Publish it, or name the plan that is."),
    "not-publishable": Kind(422, "Run cannot become a plan", "Only a verified run that succeeded can."),
    "if-match-required": Kind(428, "Precondition required", "Send If-Match with the ETag you have read."),
    "too-many-requests": Kind(429, "Too many requests", "Slow down; Retry-After says when to go on."),
    "queue-full": Kind(429, "Queue full", "Wait for some of them to finish."),
    "internal": Kind(500, "Internal error", "It is logged under the request id; trying again may help."),
    "busy": Kind(503, "Service busy", "Try again after the time in Retry-After."),
    "unavailable": Kind(503, "Database unavailable", "Try again after the time in Retry-After."),
    "storage-full": Kind(507, "Storage full", "Nothing was written; reading works. Tell the operator."),
}
"""Code to what it means."""

_BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
    500: "internal",
}

MOST_ERRORS = 100
"""So many errors, and so many findings, stand in one answer; the counts are complete."""


@dataclass(frozen=True)
class Detail:
    """One wrong value."""

    pointer: str
    """JSON pointer into the body, or to the parameter; empty for the request as a whole."""
    detail: str
    code: str


class HttpProblem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refusal on its way to the caller; `code` is a key of KINDS. A 422 has an error at least."""

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
        self.findings = tuple(findings)
        self.errors = tuple(errors)
        if not self.errors and self.kind.status == 422:
            self.errors = tuple(map(_error_of, self.findings)) or (Detail("", detail, code),)
        self.headers = dict(headers or {})
        self.status = status or self.kind.status

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it can come from another process."""
        made = partial(
            HttpProblem,
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
            "errors": [vars(error) for error in self.errors[:MOST_ERRORS]],
            "error_count": len(self.errors),
            "findings": [dict(finding) for finding in self.findings[:MOST_ERRORS]],
            "finding_count": len(self.findings),
        }


def invalid_value(where: str, message: str) -> HttpProblem:
    """The refusal of one value, `where` as in Detail."""
    return HttpProblem("invalid", f"{where}: {message}", errors=[Detail(where, message, "invalid")])


def code_of(status: int) -> str:
    """The code of a refusal of which nothing but the status is known."""
    return _BY_STATUS.get(status, "bad-request")


def _error_of(finding: Mapping[str, Any]) -> Detail:
    """A finding as clients read it that know nothing of findings."""
    sentence = " ".join(filter(None, (finding["message"], finding.get("remedy"))))
    return Detail(finding.get("pointer") or "", sentence, finding["code"])


def retry_after(code: str, detail: str, seconds: float, *, status: int | None = None) -> HttpProblem:
    """A refusal that trying again, after so many seconds, may overcome."""
    return HttpProblem(code, detail, headers={"Retry-After": str(max(1, round(seconds)))}, status=status)


def pointer(*parts: str | int) -> str:
    """RFC 6901: `/metrics/revenue/unit`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
