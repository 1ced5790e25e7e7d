"""What is remembered: the tables, each with the functions that read and write it, on SQLite or PostgreSQL."""

from api.db.database import Settings, Store, home_url
from api.db.errors import (
    InUse,
    NotFound,
    Stale,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNewer,
    StoreUnavailable,
    Taken,
)
from api.db.notifications import notify
from api.db.paging import Page
from api.db.tables.models import METADATA

__all__ = [
    "METADATA",
    "InUse",
    "NotFound",
    "Page",
    "Settings",
    "Stale",
    "Store",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreNewer",
    "StoreUnavailable",
    "Taken",
    "home_url",
    "notify",
]
