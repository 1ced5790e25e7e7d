"""Parts that are installed on request, or that a system lacks: what to do about a missing module."""

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
POSIX = ("fcntl", "resource")
"""Modules of Python that Windows has not; the service needs them."""


def hint(error: ModuleNotFoundError) -> str | None:
    """What to do about the module that is missing; None if neither extra nor system brings it."""
    missing = (error.name or "").partition(".")[0]
    if missing in POSIX:
        return f"the service needs Linux or macOS, for {missing}; on Windows, start it under WSL or in a container"
    extra = next((extra for extra, modules in EXTRAS.items() if missing in modules), None)
    if extra is None:
        return None
    return f"this needs {missing}, which is not installed: pip install 'goal-cascade[{extra}]'"
