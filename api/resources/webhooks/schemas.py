"""What is said about webhooks and messages, coming in and going out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, computed_field

from api.web.pagination import Listed
from api.web.schemas import Parameters, RequestBody, View, with_example


class MessageType(StrEnum):
    """What is reported."""

    RUN_SUCCEEDED = "run.succeeded"
    RUN_INFEASIBLE = "run.infeasible"
    RUN_FAILED = "run.failed"
    RUN_CANCELLED = "run.cancelled"
    RUN_EXPIRED = "run.expired"
    PLAN_PUBLISHED = "plan.published"
    RESPONSE_RECEIVED = "response.received"
    RESPONSE_DECIDED = "response.decided"
    STANDING_CHANGED = "standing.changed"
    RENEWAL_PREPARED = "renewal.prepared"
    RENEWAL_FAILED = "renewal.failed"


_EXAMPLE = {
    "id": "wh_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "url": "https://prm.example.com/hooks/targets",
    "events": ["plan.published"],
    "enabled": True,
    "disabled_reason": None,
    "version": 1,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
}
_DELIVERY = {
    "id": "msg_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "type": "plan.published",
    "payload": {"type": "plan.published", "timestamp": "2026-10-01T08:00:00Z", "data": {"id": "plan_…"}},
    "state": "delivered",
    "tries": 1,
    "due_at": "2026-10-01T08:00:00Z",
    "created_at": "2026-10-01T08:00:00Z",
}
_TRY = {"number": 1, "at": "2026-10-01T08:00:00Z", "status": 200, "error": None, "seconds": 0.1}


class WebhookView(View):
    """An address that messages go to."""

    model_config = with_example(_EXAMPLE)

    id: str
    url: str
    events: list[str]
    """Message types wanted; empty for all."""
    disabled_reason: str | None
    version: int
    created_by: str
    created_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def enabled(self) -> bool:
        """Whether messages are sent."""
        return self.disabled_reason is None


class WebhookSecretView(WebhookView):
    """An address with the secret that its messages are signed with."""

    model_config = with_example({**_EXAMPLE, "secret": "whsec_…"})

    secret: str


class WebhookList(Listed[WebhookView]):
    """Webhooks, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class DeliveryItem(View):
    """A message to a webhook."""

    model_config = with_example(_DELIVERY)

    id: str
    """Sent as `webhook-id`; drop what comes twice by it."""
    type: str
    payload: dict[str, Any]
    state: str
    """pending, delivered or given_up."""
    tries: int
    due_at: datetime
    created_at: datetime


class TryView(View):
    """One try to send it."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    seconds: float


class DeliveryView(DeliveryItem):
    """A message with what came of every try."""

    model_config = with_example({**_DELIVERY, "log": [_TRY]})

    log: list[TryView]


class DeliveryList(Listed[DeliveryItem]):
    """Messages, newest first."""

    model_config = with_example({"items": [_DELIVERY], "next_cursor": None})


Url = Annotated[str, Field(min_length=1, max_length=2000)]


class WebhookIn(RequestBody):
    """Where to send what."""

    model_config = with_example({"url": "https://prm.example.com/hooks", "events": ["plan.published"]})

    url: Url
    events: list[MessageType] = Field(default_factory=list, max_length=20)
    """Message types wanted; empty for all."""


class WebhookPatch(RequestBody):
    """What to change; what is left out stays."""

    model_config = with_example({"enabled": True})

    url: Url | None = None
    events: list[MessageType] | None = Field(None, max_length=20)
    enabled: bool | None = None


class WebhookPath(Parameters):
    """Which webhook."""

    webhook_id: str


class DeliveryPath(Parameters):
    """Which message."""

    delivery_id: str
