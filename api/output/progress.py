"""How work reports how far it is."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the stage that begins and the share of the work that is done."""


def silent(stage: str, share: float) -> None:
    """Reports to no one."""
    del stage, share
