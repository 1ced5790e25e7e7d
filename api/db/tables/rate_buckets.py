"""Buckets of tokens that all web processes on one PostgreSQL draw from; nothing in them outlives a crash."""

from datetime import datetime

from sqlalchemy import Double, Index, Integer, delete, func, literal
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now


class RateBucket(Base):
    """What is left for one key or address, at the time it was drawn from last."""

    __tablename__ = "rate_buckets"
    __table_args__ = (Index("ix_rate_buckets_drawn_at", "drawn_at"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    last_draw: Mapped[int]
    """How many were given then."""
    drawn_at: Mapped[datetime] = mapped_column(default=now)


def draw(session: Session, name: str, *, wanted: int, per_second: float, burst: int) -> tuple[int, float]:
    """How many tokens were given, at most as many as wanted, and how many are left; by the database's clock.

    One statement, so that two processes never get the same token.
    """
    clock = func.clock_timestamp()
    rested = func.greatest(0.0, func.extract("epoch", clock - RateBucket.drawn_at))
    full = func.least(float(burst), RateBucket.tokens + rested * literal(per_second, Double))
    given = func.least(literal(wanted, Integer), func.floor(full))
    first = min(wanted, burst)
    statement = insert(RateBucket).values(
        name=name, tokens=float(burst - first), last_draw=first, drawn_at=clock
    )
    statement = statement.on_conflict_do_update(
        index_elements=[RateBucket.name],
        set_={"tokens": full - given, "last_draw": given, "drawn_at": clock},
    )
    last_draw, left = session.execute(statement.returning(RateBucket.last_draw, RateBucket.tokens)).one()
    return int(last_draw), float(left)


def forget(session: Session, *, before: datetime) -> None:
    """Drop the buckets that were not drawn from since; they are full again."""
    session.execute(delete(RateBucket).where(RateBucket.drawn_at < before))
