"""Receipts: how a partner's targets were made, item by item."""

from flask import Response

from api.http.answers import answer
from api.http.routes import Routes
from api.http.service import caller, service
from api.http.shapes import View, shown
from api.keys import Scope
from api.resources.allocations import PartnerPath
from api.results import partner_of
from api.store.results import PartnerRows

_EXAMPLE = {
    "partner": "P0001",
    "receipts": [
        {
            "metric": "revenue",
            "period": None,
            "target": "23000",
            "items": [
                {"item": "fair share", "kind": "fair share", "amount": "23023.19"},
                {"item": "company target", "kind": "pull", "amount": "-226.16"},
                {"item": "rounding", "kind": "rounding", "amount": "202.97"},
            ],
        }
    ],
}


class ItemView(View):
    """One line of a receipt."""

    item: str
    """The rule's name, or what the line is."""
    kind: str
    """fair share, pull, forced, floor, cap or rounding."""
    amount: str


class ReceiptView(View):
    """How one target was made: its items add up to it."""

    metric: str
    period: str | None
    target: str
    items: list[ItemView]


class PartnerReceipts(View):
    """A partner's receipts, one per target."""

    model_config = shown(_EXAMPLE)

    partner: str
    receipts: list[ReceiptView]


routes = Routes("receipts", "How a target was made, item by item.")


@routes.get(
    "/runs/<run_id>/receipts/<path:partner>",
    scope=Scope.RUNS_READ,
    answers={200: PartnerReceipts},
    problems=("no-result",),
)
def get_receipt(path: PartnerPath) -> Response:
    """Fetch the receipts of one partner"""
    return receipts_of(path.run_id, path.partner)


def receipts_of(run_id: str, partner: str) -> Response:
    """The partner's receipts; the caller's right to them is settled."""
    org_id = caller().org_id
    with service().store.read() as session:
        found = partner_of(session, org_id, run_id, partner)
    return answer(PartnerReceipts(partner=partner, receipts=receipts(found))).response()


def receipts(rows: PartnerRows) -> list[ReceiptView]:
    """A receipt for every target of the partner."""
    items: dict[tuple[str, str], list[ItemView]] = {}
    for row in rows.receipts:
        items.setdefault(_key(row), []).append(ItemView.model_validate(row))
    return [
        ReceiptView(
            metric=row["metric"],
            period=row.get("period"),
            target=row["target"],
            items=items.get(_key(row), []),
        )
        for row in rows.allocation
    ]


def _key(row: dict[str, str]) -> tuple[str, str]:
    return row["metric"], row.get("period", "")
