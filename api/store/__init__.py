"""What is remembered: the tables, each with the functions that read and write it, on SQLite or PostgreSQL."""

from api.store.database import Settings, Store, home_url, notify
from api.store.errors import (
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
from api.store.models import METADATA
from api.store.paging import Page

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
