"""The request as the service reads it: bodies strictly, within their limits, never compressed."""

from io import BytesIO
from typing import IO, Any

from flask import Request, current_app
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from api.web.problems import HttpProblem
from api.web.strict_json import read_json

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"


class _Forms(FormDataParser):
    """Keeps forms in the URL's encoding to the limits of all others, which werkzeug does not.

    Without that, 32 MB of `a&` took a stranger's request 20 s and 1.3 GB to read.
    """

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        if mimetype == "application/x-www-form-urlencoded":
            if (content_length or 0) > (self.max_form_memory_size or 0):
                raise RequestEntityTooLarge
            body = stream.read()
            if body.count(b"&") >= (self.max_form_parts or 0):
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class StrictRequest(Request):
    """A request whose JSON is read by `strict_json`, whoever asks for it, and whose forms are small."""

    form_data_parser_class = _Forms

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        """The object in the body; raises HttpProblem, also when `silent`, because nothing is guessed here."""
        require_type(self, JSON, MERGE_PATCH)
        body = limited_body(self)
        value = read_json(body) if body else {}
        if not isinstance(value, dict):
            raise HttpProblem("invalid", "The body must be a JSON object.")
        return value


def require_type(request: Request, *accepted: str) -> str:
    """The body's media type, which is one of those accepted; raises HttpProblem 415. No type is the first one."""
    given = request.mimetype or accepted[0]
    if given not in accepted:
        raise HttpProblem("unsupported-media-type", f"{given} is not read here, but {', '.join(accepted)}.")
    return given


def limited_body(request: Request) -> bytes:
    """A body that is to be parsed here; raises HttpProblem 413."""
    limit: int = current_app.config["JSON_BYTES"]
    if (request.content_length or 0) > limit:
        raise RequestEntityTooLarge
    body = request.get_data()
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body
