"""What can go wrong with the store, as types the callers can answer to."""

# ruff: noqa: N818 - they are named for what has happened


class StoreError(Exception):
    """The store could not do what was asked; the message says why and what helps."""


class StoreBusy(StoreError):
    """Another writer held the store for too long; trying again shortly helps."""


class StoreFull(StoreError):
    """The disk under the store is full; nothing was written."""


class StoreUnavailable(StoreError):
    """The database did not answer; nothing is known to be lost, trying again helps."""


class StoreDamaged(StoreError):
    """The database is not what was written; only a backup helps."""


class StoreNewer(StoreError):
    """The database was written by a newer version of the program."""


class NotFound(Exception):
    """The organisation has no such thing (another one's things are not found either)."""

    def __init__(self, kind: str, identity: str) -> None:
        super().__init__(kind, identity)
        self.kind = kind
        self.identity = identity

    def __str__(self) -> str:
        return f"No {self.kind} '{self.identity}'."


class Stale(Exception):
    """The thing has changed since the caller read it; `current` is its version now."""

    def __init__(self, identity: str, current: int) -> None:
        super().__init__(f"{identity} has changed meanwhile; it is at version {current}.")
        self.identity = identity
        self.current = current


class Taken(Exception):
    """The name is in use by another thing of the organisation."""


class InUse(Exception):
    """The thing cannot go because something else is built on it."""
