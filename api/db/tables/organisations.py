"""Organisations: the owners of everything; no query crosses from one to another."""

from datetime import datetime

from sqlalchemy import BigInteger, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import NotFound, Taken
from api.db.ids import new_id


class Organisation(Base):
    """A company (or a part of it) whose people see each other's scenarios."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    four_eyes: Mapped[bool] = mapped_column(default=True)
    """Whether a plan must be approved by somebody else than who submitted it."""
    queue_limit: Mapped[int | None]
    """At most this many unfinished runs at once; None for the server's own limit."""
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """The number of its last turn to have a run solved; 0 before the first."""
    created_at: Mapped[datetime] = mapped_column(default=now)


def create(session: Session, name: str, *, four_eyes: bool = True) -> Organisation:
    """A new organisation; raises Taken when the name is in use."""
    if session.scalar(select(Organisation.id).where(Organisation.name == name)):
        raise Taken(f"There is an organisation '{name}' already.")
    organisation = Organisation(id=new_id("org"), name=name, four_eyes=four_eyes)
    session.add(organisation)
    session.flush()
    return organisation


def get(session: Session, org_id: str) -> Organisation:
    """The organisation; raises NotFound."""
    organisation = session.get(Organisation, org_id)
    if organisation is None:
        raise NotFound("organisation", org_id)
    return organisation


def find(session: Session, name: str) -> Organisation:
    """The organisation of that name; raises NotFound."""
    organisation = session.scalar(select(Organisation).where(Organisation.name == name))
    if organisation is None:
        raise NotFound("organisation", name)
    return organisation


def everyone(session: Session) -> tuple[Organisation, ...]:
    """All organisations by name, for the operator's commands."""
    return tuple(session.scalars(select(Organisation).order_by(Organisation.name)))


def take_turn(session: Session, org_id: str) -> None:
    """Note that it is the organisation whose run was begun last."""
    next_turn = select(func.max(Organisation.turn) + 1).scalar_subquery()
    taking = update(Organisation).where(Organisation.id == org_id).values(turn=next_turn)
    session.execute(taking, execution_options={"synchronize_session": False})
