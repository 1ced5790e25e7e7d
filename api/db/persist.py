"""Writing what must not be lost while the database is busy or away for a while."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from api.db.database import Store
from api.db.errors import StoreError, StoreNewer

T = TypeVar("T")


def persist(store: Store, change: Callable[[Session], T], *, within_s: float) -> T:
    """Do it in a transaction, again and again for so long; raises StoreError then.

    The change is to do nothing when it was done before: an answer may be lost after the commit.
    """
    begun, pause = time.monotonic(), 0.05
    while True:
        try:
            with store.write() as session:
                return change(session)
        except StoreError as fault:
            if isinstance(fault, StoreNewer) or time.monotonic() - begun > within_s:
                raise
            time.sleep(pause)
            pause = min(2.0, pause * 2)
