"""Writes whose effect on rows is counted, the same on both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Delete, Insert, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.db.column_types import Base


def changed(session: Session, statement: Insert | Update | Delete) -> int:
    """How many rows the statement changed."""
    session.flush()
    counted = {"preserve_rowcount": True}
    return session.connection().execute(statement, execution_options=counted).rowcount


def insert_if_new(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Whether the row was inserted; False when its key was taken, also by a transaction waited for."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return changed(session, dialect.insert(model).values(**values).on_conflict_do_nothing()) == 1
