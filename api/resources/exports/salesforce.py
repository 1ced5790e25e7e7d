"""Salesforce: one ForecastingQuota per user or territory, for the REST API or the Data Loader."""

import re
from typing import Any

from api.resources.exports.format import Assignee, Circumstances, Format, IdForm, Needed, Target

_REST = "[0-9a-zA-Z]{12}([0-9a-zA-Z]{3})?"
_USER = IdForm("a user id of 15 or 18 letters and digits that begins with 005", re.compile("005" + _REST))
_TERRITORY = IdForm(
    "a territory id of 15 or 18 letters and digits that begins with 0MI", re.compile("0MI" + _REST)
)
_TYPE = IdForm("an id of 15 or 18 letters and digits that begins with 0Db", re.compile("0Db" + _REST))


def _fields(target: Target, asked: Circumstances) -> dict[str, Any]:
    """Amounts of money are QuotaAmount, everything else is QuotaQuantity."""
    territory = asked.assign_to == "territory"
    fields: dict[str, Any] = {
        "QuotaOwnerId": target.user if territory else target.assignee,
        **({"Territory2Id": target.assignee} if territory else {}),
        "ForecastingTypeId": asked.type_id,
        "StartDate": asked.start.isoformat(),
    }
    if asked.currency:
        return {**fields, "QuotaAmount": target.number, "CurrencyIsoCode": asked.currency}
    return {**fields, "QuotaQuantity": target.number}


def _record(fields: dict[str, Any]) -> dict[str, Any]:
    return {"attributes": {"type": "ForecastingQuota"}, **fields}


SALESFORCE = Format(
    "salesforce-forecasting-quota",
    "Salesforce ForecastingQuota",
    "Object Reference for the Salesforce Platform, ForecastingQuota; Help, Forecast Quotas from External Sources",
    {
        "user": Assignee("QuotaOwnerId", _USER),
        "territory": Assignee("Territory2Id", _TERRITORY, user=("QuotaOwnerId", _USER)),
    },
    _fields,
    _record,
    needs=(Needed("type_id", "ForecastingTypeId", _TYPE),),
)
