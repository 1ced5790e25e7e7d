"""The first tables."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _organisations()
    _api_keys()
    _audit()
    _idempotency()
    _secrets()
    _blobs()
    _datasets()
    _rulesets()
    _scenarios()
    _scenario_versions()
    _scenario_files()
    _workers()
    _batches()
    _runs()
    _events()
    _results()
    _result_parts()
    _comparisons()
    _plans()
    _plan_steps()
    _webhooks()
    _deliveries()
    _delivery_tries()
    _indexes()


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _yes_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _time(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=null)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _refers(table: str, columns: str, target: str, theirs: str, **more: Any) -> sa.ForeignKeyConstraint:
    """Columns and theirs are names with spaces between."""
    mine = columns.split()
    name = f"fk_{table}_{'_'.join(mine)}_{target}"
    return sa.ForeignKeyConstraint(
        mine, [f"{target}.{column}" for column in theirs.split()], name=name, **more
    )


def _index(table: str, *columns: str, name: str = "", only: str | None = None, unique: bool = False) -> None:
    named = name or f"ix_{table}_{'_'.join(columns)}"
    where = sa.text(only) if only else None
    op.create_index(named, table, list(columns), unique=unique, sqlite_where=where, postgresql_where=where)


def _organisations() -> None:
    op.create_table(
        "organisations",
        _text("id"),
        _text("name"),
        _yes_no("four_eyes"),
        _number("queue_limit", null=True),
        _time("created_at"),
        _key("organisations", "id"),
        _unique("organisations", "name"),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        _text("id"),
        _text("org_id"),
        _text("name"),
        _text("prefix"),
        _bytes("digest"),
        _text("role"),
        _json("scopes", null=True),
        _yes_no("machine"),
        _text("created_by"),
        _time("created_at"),
        _time("expires_at", null=True),
        _time("revoked_at", null=True),
        _time("last_used_at", null=True),
        _key("api_keys", "id"),
        _unique("api_keys", "prefix"),
        _refers("api_keys", "org_id", "organisations", "id"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _text("id"),
        _text("org_id"),
        _time("at"),
        _text("actor"),
        _text("action"),
        _text("subject"),
        _json("detail"),
        _text("request_id", null=True),
        _key("audit", "id"),
        _refers("audit", "org_id", "organisations", "id"),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        _text("org_id"),
        _text("caller"),
        _text("route"),
        _text("key"),
        _text("fingerprint"),
        _number("status", null=True),
        _json("headers", null=True),
        _text("body", null=True),
        _time("created_at"),
        _key("idempotency", "org_id", "caller", "route", "key"),
        _refers("idempotency", "org_id", "organisations", "id"),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        _text("name"),
        _bytes("value"),
        _key("secrets", "name"),
    )


def _blobs() -> None:
    op.create_table(
        "blobs",
        _text("org_id"),
        _text("sha256"),
        _number("size"),
        _bytes("body"),
        _time("created_at"),
        _key("blobs", "org_id", "sha256"),
        _refers("blobs", "org_id", "organisations", "id"),
    )


def _datasets() -> None:
    op.create_table(
        "datasets",
        _text("id"),
        _text("org_id"),
        _text("name"),
        _text("format"),
        _text("sha256"),
        _number("size"),
        _number("partners"),
        _json("columns"),
        _text("created_by"),
        _time("created_at"),
        _key("datasets", "id"),
        _unique("datasets", "org_id", "name", "sha256"),
        _refers("datasets", "org_id", "organisations", "id"),
        _refers("datasets", "org_id sha256", "blobs", "org_id sha256"),
    )


def _rulesets() -> None:
    op.create_table(
        "rulesets",
        _text("id"),
        _text("org_id"),
        _text("name"),
        _number("version"),
        _text("sha256"),
        _number("size"),
        _text("created_by"),
        _time("created_at"),
        _key("rulesets", "id"),
        _unique("rulesets", "org_id", "name", "sha256"),
        _unique("rulesets", "org_id", "name", "version"),
        _refers("rulesets", "org_id", "organisations", "id"),
        _refers("rulesets", "org_id sha256", "blobs", "org_id sha256"),
    )


def _scenarios() -> None:
    op.create_table(
        "scenarios",
        _text("id"),
        _text("org_id"),
        _text("name"),
        _text("title"),
        _number("version"),
        _text("created_by"),
        _time("created_at"),
        _time("updated_at"),
        _time("archived_at", null=True),
        _key("scenarios", "id"),
        _refers("scenarios", "org_id", "organisations", "id"),
    )


def _scenario_versions() -> None:
    op.create_table(
        "scenario_versions",
        _text("scenario_id"),
        _number("version"),
        _json("document"),
        _text("created_by"),
        _time("created_at"),
        _key("scenario_versions", "scenario_id", "version"),
        _refers("scenario_versions", "scenario_id", "scenarios", "id"),
    )


def _scenario_files() -> None:
    op.create_table(
        "scenario_files",
        _text("scenario_id"),
        _number("version"),
        _text("path"),
        _text("org_id"),
        _text("sha256"),
        _key("scenario_files", "scenario_id", "version", "path"),
        _refers("scenario_files", "org_id sha256", "blobs", "org_id sha256"),
        _refers("scenario_files", "scenario_id version", "scenario_versions", "scenario_id version"),
    )


def _workers() -> None:
    op.create_table(
        "workers",
        _text("id"),
        _text("host"),
        _number("pid"),
        _text("version"),
        _number("slots"),
        _time("started_at"),
        _time("seen_at"),
        _key("workers", "id"),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        _text("id"),
        _text("org_id"),
        _text("created_by"),
        _time("created_at"),
        _key("batches", "id"),
        _refers("batches", "org_id", "organisations", "id"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        _text("id"),
        _text("org_id"),
        _text("scenario_id"),
        _number("scenario_version"),
        _text("batch_id", null=True),
        _json("options"),
        _number("priority"),
        _text("submitted_by"),
        _time("created_at"),
        _time("expires_at"),
        _text("state"),
        _text("termination", null=True),
        _text("reason", null=True),
        _json("findings", null=True),
        _number("revision"),
        _text("stage", null=True),
        sa.Column("share", sa.Double(), nullable=True),
        _number("attempt"),
        _number("strikes"),
        _text("worker_id", null=True),
        _number("beats"),
        _yes_no("cancel_requested"),
        _time("started_at", null=True),
        _time("finished_at", null=True),
        _json("usage", null=True),
        _json("versions", null=True),
        _key("runs", "id"),
        _refers("runs", "batch_id", "batches", "id"),
        _refers("runs", "org_id", "organisations", "id"),
        _refers("runs", "scenario_id scenario_version", "scenario_versions", "scenario_id version"),
    )


def _events() -> None:
    op.create_table(
        "events",
        _text("run_id"),
        _number("sequence"),
        _text("kind"),
        _json("data"),
        _time("at"),
        _key("events", "run_id", "sequence"),
        _refers("events", "run_id", "runs", "id", ondelete="CASCADE"),
    )


def _results() -> None:
    op.create_table(
        "results",
        _text("run_id"),
        _number("attempt"),
        _bytes("document"),
        _json("columns"),
        _json("rows"),
        _time("created_at"),
        _key("results", "run_id"),
        _refers("results", "run_id", "runs", "id", ondelete="CASCADE"),
    )


def _result_parts() -> None:
    op.create_table(
        "result_parts",
        _text("run_id"),
        _text("name"),
        _number("start"),
        sa.Column("key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True),
        _bytes("body"),
        _key("result_parts", "run_id", "name", "start"),
        _refers("result_parts", "run_id", "results", "run_id", ondelete="CASCADE"),
    )


def _comparisons() -> None:
    op.create_table(
        "comparisons",
        _text("id"),
        _text("org_id"),
        _json("run_ids"),
        _json("document"),
        _text("created_by"),
        _time("created_at"),
        _key("comparisons", "id"),
        _refers("comparisons", "org_id", "organisations", "id"),
    )


def _plans() -> None:
    op.create_table(
        "plans",
        _text("id"),
        _text("org_id"),
        _text("name"),
        _text("period"),
        _text("run_id"),
        _text("stage"),
        _number("version"),
        _text("supersedes", null=True),
        _text("superseded_by", null=True),
        _text("submitted_by"),
        _time("created_at"),
        _time("published_at", null=True),
        _key("plans", "id"),
        _refers("plans", "org_id", "organisations", "id"),
        _refers("plans", "run_id", "runs", "id"),
        _refers("plans", "superseded_by", "plans", "id", deferrable=True, initially="DEFERRED"),
        _refers("plans", "supersedes", "plans", "id", deferrable=True, initially="DEFERRED"),
    )


def _plan_steps() -> None:
    op.create_table(
        "plan_steps",
        _text("plan_id"),
        _number("number"),
        _text("action"),
        _text("actor"),
        _text("reason"),
        _json("moved", null=True),
        _time("at"),
        _key("plan_steps", "plan_id", "number"),
        _refers("plan_steps", "plan_id", "plans", "id"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        _text("id"),
        _text("org_id"),
        _text("url"),
        _json("events"),
        _text("secret"),
        _text("old_secret", null=True),
        _time("old_secret_until", null=True),
        _text("disabled_reason", null=True),
        _number("version"),
        _text("created_by"),
        _time("created_at"),
        _key("webhooks", "id"),
        _refers("webhooks", "org_id", "organisations", "id"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        _text("id"),
        _text("org_id"),
        _text("webhook_id"),
        _text("type"),
        _json("payload"),
        _text("state"),
        _number("tries"),
        _time("due_at"),
        _time("created_at"),
        _key("deliveries", "id"),
        _refers("deliveries", "org_id", "organisations", "id"),
        _refers("deliveries", "webhook_id", "webhooks", "id", ondelete="CASCADE"),
    )


def _delivery_tries() -> None:
    op.create_table(
        "delivery_tries",
        _text("delivery_id"),
        _number("number"),
        _time("at"),
        _number("status", null=True),
        _text("error", null=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        _key("delivery_tries", "delivery_id", "number"),
        _refers("delivery_tries", "delivery_id", "deliveries", "id", ondelete="CASCADE"),
    )


def _indexes() -> None:
    _index("api_keys", "org_id")
    _index("audit", "org_id", "id")
    _index("idempotency", "created_at")
    _index(
        "scenarios",
        "org_id",
        "name",
        name="uq_scenarios_org_id_name_kept",
        only="archived_at IS NULL",
        unique=True,
    )
    _index("scenario_files", "org_id", "sha256")
    _index("runs", "batch_id")
    _index("runs", "org_id", "id")
    _index("runs", "org_id", "scenario_id", "id", name="ix_runs_org_id_scenario_id")
    _index("runs", "state", "org_id", name="ix_runs_unfinished", only="state IN ('queued', 'running')")
    _index("result_parts", "run_id", "name", "key")
    _index("plans", "org_id", "name", "period", "id", name="ix_plans_org_id_name_period")
    _index("plans", "run_id")
    _index(
        "plans",
        "org_id",
        "name",
        "period",
        name="uq_plans_org_id_name_period_published",
        only="stage = 'published'",
        unique=True,
    )
    _index("webhooks", "org_id")
    _index("deliveries", "due_at", name="ix_deliveries_due", only="state = 'pending'")
    _index("deliveries", "org_id", "webhook_id", "id", name="ix_deliveries_org_id_webhook_id")
