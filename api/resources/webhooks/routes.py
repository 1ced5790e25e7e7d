"""Webhooks: where an organisation wants to hear of its runs and plans, and what was sent there."""

from flask import Response
from sqlalchemy.orm import Session

from api.db.scopes import Scope
from api.db.tables import audit_log, deliveries, webhooks
from api.db.tables.webhooks import Webhook
from api.resources.webhooks import Forbidden, Guard
from api.resources.webhooks.schemas import (
    DeliveryItem,
    DeliveryList,
    DeliveryPath,
    DeliveryView,
    TryView,
    WebhookIn,
    WebhookList,
    WebhookPatch,
    WebhookPath,
    WebhookSecretView,
    WebhookView,
)
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.idempotency import once
from api.web.pagination import PageQuery, listed
from api.web.problems import invalid_value
from api.web.responses import NOTHING, Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once, OnVersion

routes = Routes("webhooks", "Signed messages about runs and plans (Standard Webhooks).")


def _view(webhook: Webhook) -> WebhookView:
    return WebhookView.model_validate(webhook)


def _with_secret(session: Session, webhook: Webhook) -> WebhookSecretView:
    secret = webhooks.secrets_of(session, webhook)[0]
    return WebhookSecretView(**_view(webhook).model_dump(), secret=secret)


def _check_url(url: str) -> None:
    try:
        Guard(private=service().config.private_webhooks).check(url)
    except Forbidden as refused:
        raise invalid_value("/url", str(refused)) from None


@routes.post("/webhooks", scope=Scope.WEBHOOKS_WRITE, answers={201: WebhookSecretView})
def create_webhook(header: Once, body: WebhookIn) -> Response:  # noqa: ARG001
    """Ask for messages

    To a public https address. The answer alone tells the secret that messages are signed with.
    """
    _check_url(body.url)
    who = caller()

    def effect(session: Session) -> Answer:
        made = webhooks.create(
            session, who.org_id, url=body.url, events=list(body.events), created_by=who.key_id
        )
        audit_log.record(session, who.org_id, actor=who.key_id, action="webhook.create", subject=made.id)
        headers = {"Location": f"{PREFIX}/webhooks/{made.id}", "ETag": etag(made.version)}
        return answer(_with_secret(session, made), 201, headers)

    return once(effect)


@routes.get("/webhooks", scope=Scope.WEBHOOKS_WRITE, answers={200: WebhookList}, problems=("bad-cursor",))
def list_webhooks(query: PageQuery) -> Response:
    """List webhooks"""
    with service().store.read() as session:
        page = webhooks.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, _view)


@routes.get("/webhooks/<webhook_id>", scope=Scope.WEBHOOKS_WRITE, answers={200: WebhookView, 304: None})
def get_webhook(path: WebhookPath) -> Response:
    """Read a webhook"""
    with service().store.read() as session:
        found = webhooks.get(session, caller().org_id, path.webhook_id)
    tag = etag(found.version)
    return unchanged(tag) or answer(_view(found)).response(ETag=tag)


@routes.change(
    "patch",
    "/webhooks/<webhook_id>",
    scope=Scope.WEBHOOKS_WRITE,
    answers={200: WebhookView},
    problems=("stale", "if-match-required"),
)
def change_webhook(path: WebhookPath, header: OnVersion, body: WebhookPatch) -> Response:  # noqa: ARG001
    """Change a webhook, or enable it again"""
    who, expected = caller(), expected_version()
    if body.url is not None:
        _check_url(body.url)
    with service().store.write() as session:
        known = webhooks.get(session, who.org_id, path.webhook_id)
        changed = webhooks.revise(
            session,
            who.org_id,
            path.webhook_id,
            expected=expected,
            url=body.url or known.url,
            events=list(known.events if body.events is None else body.events),
            enabled=known.disabled_reason is None if body.enabled is None else body.enabled,
        )
    return answer(_view(changed)).response(ETag=etag(changed.version))


@routes.change(
    "delete",
    "/webhooks/<webhook_id>",
    scope=Scope.WEBHOOKS_WRITE,
    answers={204: None},
    problems=("stale", "if-match-required"),
)
def delete_webhook(path: WebhookPath, header: OnVersion) -> Response:  # noqa: ARG001
    """Forget a webhook with its messages"""
    who, expected = caller(), expected_version()
    with service().store.write() as session:
        webhooks.delete(session, who.org_id, path.webhook_id, expected=expected)
        audit_log.record(
            session, who.org_id, actor=who.key_id, action="webhook.delete", subject=path.webhook_id
        )
    return NOTHING.response()


@routes.post("/webhooks/<webhook_id>/rotate", scope=Scope.WEBHOOKS_WRITE, answers={200: WebhookSecretView})
def rotate_webhook(path: WebhookPath, header: Once) -> Response:  # noqa: ARG001
    """Change the secret

    For a day messages bear two signatures, one by the old secret.
    """
    who = caller()

    def effect(session: Session) -> Answer:
        rotated = webhooks.rotate(session, who.org_id, path.webhook_id)
        audit_log.record(session, who.org_id, actor=who.key_id, action="webhook.rotate", subject=rotated.id)
        return answer(_with_secret(session, rotated), 200, {"ETag": etag(rotated.version)})

    return once(effect)


@routes.get(
    "/webhooks/<webhook_id>/deliveries",
    scope=Scope.WEBHOOKS_WRITE,
    answers={200: DeliveryList},
    problems=("bad-cursor",),
)
def list_deliveries(path: WebhookPath, query: PageQuery) -> Response:
    """List the messages to a webhook"""
    with service().store.read() as session:
        webhooks.get(session, caller().org_id, path.webhook_id)
        page = deliveries.listed(
            session, caller().org_id, path.webhook_id, after=query.after(), limit=query.limit
        )
    return listed(page, DeliveryItem.model_validate)


@routes.get("/deliveries/<delivery_id>", scope=Scope.WEBHOOKS_WRITE, answers={200: DeliveryView})
def get_delivery(path: DeliveryPath) -> Response:
    """Read a message and what came of every try to send it"""
    with service().store.read() as session:
        found = deliveries.get(session, caller().org_id, path.delivery_id)
        tries = deliveries.tries(session, caller().org_id, path.delivery_id)
    log = [TryView.model_validate(one) for one in tries]
    return answer(DeliveryView(**DeliveryItem.model_validate(found).model_dump(), log=log)).response()


@routes.post("/deliveries/<delivery_id>/replay", scope=Scope.WEBHOOKS_WRITE, answers={202: DeliveryItem})
def replay_delivery(path: DeliveryPath, header: Once) -> Response:  # noqa: ARG001
    """Send a message again, now"""
    who = caller()

    def effect(session: Session) -> Answer:
        return answer(
            DeliveryItem.model_validate(deliveries.replay(session, who.org_id, path.delivery_id)), 202
        )

    return once(effect)
