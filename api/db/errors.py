"""What can go wrong with the store, as types the callers can answer to."""

# ruff: noqa: N818 - they are named for what has happened

from typing import ClassVar


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


class SecretsLocked(StoreError):
    """The secrets in the database cannot be read: their key is another one, or not here."""


class StateConflict(Exception):
    """What is stored does not allow the change; `code` names the reason to callers."""

    code: ClassVar[str]


class NotFound(StateConflict):
    """The organisation has no such thing (another one's things are not found either)."""

    code = "not-found"

    def __init__(self, kind: str, identity: str) -> None:
        super().__init__(kind, identity)
        self.kind = kind
        self.identity = identity

    def __str__(self) -> str:
        return f"No {self.kind} '{self.identity}'."


class Stale(StateConflict):
    """The thing has changed since the caller read it; `current` is its version now."""

    code = "stale"

    def __init__(self, identity: str, current: int) -> None:
        super().__init__(f"{identity} has changed meanwhile; it is at version {current}.")
        self.identity = identity
        self.current = current


class Taken(StateConflict):
    """The name is in use by another thing of the organisation."""

    code = "name-taken"


class InUse(StateConflict):
    """The thing cannot go because something else is built on it."""

    code = "in-use"


class LastAdmin(StateConflict):
    """The organisation would be left without an administrator."""

    code = "last-admin"


class QueueFull(Exception):
    """Too much is waiting; `scope` is `organisation` or `server`."""

    def __init__(self, scope: str, limit: int) -> None:
        super().__init__(f"{limit} runs of this {scope} are unfinished already.")
        self.scope = scope
        self.limit = limit


class RunFinished(StateConflict):
    """The run is over, and not in the way that was asked for."""

    code = "run-finished"


class RunNotFinished(StateConflict):
    """The run is still queued or running."""

    code = "run-not-finished"


class WrongStage(StateConflict):
    """The plan is not where this step starts from."""

    code = "wrong-stage"


class NotPublishable(StateConflict):
    """The run cannot become a plan: it has not succeeded, or its audit did not verify every rule."""

    code = "not-publishable"


class SameActor(StateConflict):
    """The organisation wants approval by somebody else than who submitted."""

    code = "same-actor"
