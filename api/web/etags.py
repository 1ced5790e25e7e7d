"""Entity tags: the version of a thing, in quotes; changes name the version they are meant for."""

from flask import Response, request

from api.web.problems import HttpProblem


def etag(version: int | str) -> str:
    """The strong tag of a version."""
    return f'"{version}"'


def unchanged(tag: str) -> Response | None:
    """304 if the caller has this version already, else None."""
    given = request.headers.get("If-None-Match")
    if given is None or (given != tag and not request.if_none_match.contains(tag.strip('"'))):
        return None
    return Response(status=304, headers={"ETag": tag})


def expected_version() -> int | None:
    """The version in If-Match, None for `*`; raises HttpProblem 428 without the header, 412 for a foreign tag."""
    given = request.headers.get("If-Match")
    if given is None:
        raise HttpProblem("if-match-required", "Send If-Match with the ETag you have read.")
    if given.strip() == "*":
        return None
    tag = given.strip().strip('"')
    if not tag.isascii() or not tag.isdigit() or len(tag) > 9:
        raise HttpProblem("stale", f"{given[:40]} is not the ETag of any version.")
    return int(tag)
