"""The forms there are, by name."""

from api.exports.dynamics import DYNAMICS
from api.exports.hubspot import HUBSPOT
from api.exports.oracle import ORACLE
from api.exports.salesforce import SALESFORCE
from api.exports.target import Format

FORMATS: dict[str, Format] = {form.name: form for form in (SALESFORCE, HUBSPOT, DYNAMICS, ORACLE)}
