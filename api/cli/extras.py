"""Parts that are installed on request: which extra a missing module belongs to."""

EXTRAS = {
    "charts": ("altair", "vl_convert"),
    "pulp": ("pulp",),
    "review": ("weasyprint",),
    "server": (
        "alembic", "argon2", "cryptography", "flask", "flask_openapi", "jinja2", "prometheus_client",
        "sqlalchemy", "waitress", "werkzeug", "zxcvbn",
    ),
    "postgresql": ("procrastinate", "psycopg"),
    "sql": ("pymysql",),
    "oidc": ("joserfc",),
    "telemetry": ("opentelemetry",),
}  # fmt: skip
"""Extra to the modules that it brings, the first that has one counts."""


def hint(error: ModuleNotFoundError) -> str | None:
    """What to install for the module that is missing; None if no extra brings it."""
    missing = (error.name or "").partition(".")[0]
    extra = next((extra for extra, modules in EXTRAS.items() if missing in modules), None)
    if extra is None:
        return None
    return f"this needs {missing}, which is not installed: pip install 'goal-cascade[{extra}]'"
