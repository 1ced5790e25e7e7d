"""Receipts: how a partner's targets were made, item by item."""

from api.db.tables.results import PartnerRows
from api.web.schemas import View


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
