"""All tables in one place, for the migrations and for backups."""

from api.store import (  # noqa: F401 - each import enters its tables into the metadata
    audit,
    blobs,
    comparisons,
    datasets,
    deliveries,
    events,
    idempotency,
    keys,
    organisations,
    parts,
    plans,
    rulesets,
    runs,
    scenarios,
    secrets,
    webhooks,
    workers,
)
from api.store.base import Base

METADATA = Base.metadata
