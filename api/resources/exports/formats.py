"""The forms there are, by name."""

from api.resources.exports.dynamics import DYNAMICS
from api.resources.exports.format import Format
from api.resources.exports.hubspot import HUBSPOT
from api.resources.exports.oracle import ORACLE
from api.resources.exports.salesforce import SALESFORCE

FORMATS: dict[str, Format] = {form.name: form for form in (SALESFORCE, HUBSPOT, DYNAMICS, ORACLE)}
