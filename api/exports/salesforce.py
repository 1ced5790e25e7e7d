"""Salesforce: one ForecastingQuota per target, for the REST API or the Data Loader."""

from typing import Any

from api.exports.target import Circumstances, Format, Target


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """Amounts of money are QuotaAmount, everything else is QuotaQuantity."""
    told: dict[str, Any] = {"QuotaOwnerId": target.partner, "StartDate": asked.start.isoformat()}
    if asked.type_id:
        told["ForecastingTypeId"] = asked.type_id
    if asked.currency:
        return {**told, "QuotaAmount": target.number, "CurrencyIsoCode": asked.currency}
    return {**told, "QuotaQuantity": target.number}


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    return {"attributes": {"type": "ForecastingQuota"}, **fields}


SALESFORCE = Format(
    "salesforce-forecasting-quota",
    "Salesforce ForecastingQuota",
    "Salesforce Object Reference, ForecastingQuota",
    _fields,
    _record,
)
