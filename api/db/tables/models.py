"""All tables in one place, for the migrations and for backups."""

from api.db.column_types import Base
from api.db.tables import (  # noqa: F401 - each import enters its tables into the metadata
    actuals,
    analyses,
    audit_log,
    blobs,
    check_ins,
    datasets,
    deliveries,
    idempotency,
    invitations,
    keys,
    organisations,
    plans,
    rate_buckets,
    renewals,
    responses,
    result_parts,
    results,
    rulesets,
    run_events,
    runs,
    scenarios,
    secrets,
    sessions,
    standing_states,
    users,
    webhooks,
    workers,
)

METADATA = Base.metadata
