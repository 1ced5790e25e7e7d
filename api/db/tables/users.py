"""People: who may log in, in which organisation, and as what."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.paging import Page, page
from api.db.scopes import ROLES, Caller, Role
from api.db.tables.keys import ApiKey
from api.db.tenant_scope import fetch


class User(Base):
    """A person, who logs in with a password or through an OpenID provider; never deleted, only deactivated."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    """In small letters; what a person logs in as."""
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    """Argon2id in PHC form; None for those who come through a provider."""
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    """Whom the OpenID provider knows the person as."""
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_login_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]

    @property
    def active(self) -> bool:
        return self.deactivated_at is None

    def caller(self) -> Caller:
        """Who asks when this person does."""
        role = Role(self.role)
        return Caller(
            self.id, self.org_id, self.name, role, ROLES[role], False, self.last_login_at, user_id=self.id
        )


def get(session: Session, org_id: str, user_id: str, *, lock: bool = False) -> User:
    """The person; raises NotFound."""
    return fetch(session, User, org_id, user_id, lock=lock)


def by_email(session: Session, email: str) -> User | None:
    """The person who logs in so, of any organisation: this is how the organisation is found."""
    return session.scalar(select(User).where(User.email == normalised(email)))


def by_subject(session: Session, issuer: str, subject: str) -> User | None:
    """The person whom the provider knows so."""
    return session.scalar(select(User).where(User.issuer == issuer, User.subject == subject))


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[User]:
    """The organisation's people, newest first."""
    return page(session, select(User).where(User.org_id == org_id), User.id, after=after, limit=limit)


def active_admins(session: Session, org_id: str) -> int:
    """How many administrators can log in."""
    query = select(func.count()).where(
        User.org_id == org_id, User.role == Role.ADMIN, User.deactivated_at.is_(None)
    )
    return session.scalar(query) or 0


def normalised(email: str) -> str:
    """The one spelling of an address."""
    return email.strip().casefold()


def person_of(session: Session, org_id: str, actor: str) -> str:
    """Who the actor counts as: the person whose key it is; a key that is no person's counts for itself."""
    query = select(ApiKey.user_id).where(ApiKey.id == actor, ApiKey.org_id == org_id)
    return session.scalar(query) or actor


def name_of(session: Session, org_id: str, actor: str) -> str:
    """What the person or the key is called; the id where it is neither."""
    for table in (User, ApiKey):
        found = session.scalar(select(table.name).where(table.id == actor, table.org_id == org_id))
        if found is not None:
            return str(found)
    return actor
