"""Inserting a row unless it is there, the same on both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.store.base import Base


def insert_if_new(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Whether the row was inserted; False when its key was taken, also by a transaction waited for."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(model).values(**values).on_conflict_do_nothing()
    return bool(getattr(session.execute(statement), "rowcount", 0))
