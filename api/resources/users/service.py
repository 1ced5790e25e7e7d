"""What happens to people: invited, let in, changed, deactivated; each with its entry in the audit log."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.errors import LastAdmin, NotFound, Stale, Taken
from api.db.ids import new_id
from api.db.scopes import Role
from api.db.tables import audit_log, invitations, keys, sessions, users
from api.db.tables.invitations import Invitation
from api.db.tables.users import User
from api.resources.users import passwords


class WeakPasswordError(ValueError):
    """The password is refused; the message says why."""


@dataclass(frozen=True)
class Invited:
    """An invitation just made; the token is shown this once."""

    invitation: Invitation
    token: str

    @property
    def path(self) -> str:
        """What the link leads to, below the address of the service."""
        return f"/invitation?token={self.token}"


def invite(session: Session, org_id: str, *, email: str, name: str, role: Role, created_by: str) -> Invited:
    """An invitation to the organisation; raises Taken when somebody logs in so already."""
    address = users.normalised(email)
    if users.by_email(session, address):
        raise Taken(f"{address} cannot be invited: somebody logs in so already.")
    made, token = invitations.create(
        session, org_id, email=address, name=name, role=role, created_by=created_by
    )
    _record(session, org_id, created_by, "invitation.create", made.id, email=address, role=role)
    return Invited(made, token)


def reset(session: Session, org_id: str, user_id: str, *, created_by: str) -> Invited:
    """A link by which the person chooses a new password; the old one is good until then. Raises NotFound."""
    user = users.get(session, org_id, user_id)
    made, token = invitations.create(
        session,
        org_id,
        email=user.email,
        name=user.name,
        role=user.role,
        created_by=created_by,
        user_id=user.id,
    )
    _record(session, org_id, created_by, "user.reset", user.id)
    return Invited(made, token)


def revoke_invitation(session: Session, org_id: str, invitation_id: str, *, revoked_by: str) -> Invitation:
    """The invitation, whose link is good for nothing from now on; raises NotFound."""
    found = invitations.get(session, org_id, invitation_id)
    if found.open:
        found.revoked_at = now()
        _record(session, org_id, revoked_by, "invitation.revoke", found.id)
    return found


def accept(session: Session, token: str, password: str) -> User:
    """The person who followed the link, with the password; every session of theirs ends.

    Raises NotFound for a link that is good no more, and WeakPasswordError.
    """
    invitation = _open(session, token)
    kept = _new_hash(password, invitation.email, invitation.name)
    user = _person(session, invitation)
    user.password_hash = kept
    sessions.end(session, user.org_id, user.id)
    return user


def accept_with_provider(session: Session, token: str, *, issuer: str, subject: str) -> User:
    """The person who followed the link and logs in through a provider; raises NotFound and Taken."""
    user = _person(session, _open(session, token))
    other = users.by_subject(session, issuer, subject)
    if other is not None and other.id != user.id:
        raise Taken("This account of the provider belongs to somebody else already.")
    user.issuer, user.subject = issuer, subject
    return user


def log_in(session: Session, email: str, password: str) -> User | None:
    """The person, if the password is right and they may log in; in the same time for each."""
    user = users.by_email(session, email)
    right = passwords.right(user.password_hash if user else None, password)
    return user if user and right and user.active else None


def note_login(
    session: Session, user_id: str, org_id: str, *, address: str, password: str | None = None
) -> None:
    """Record that the person has logged in; a password in an older form is hashed anew."""
    user = users.get(session, org_id, user_id, lock=True)
    user.last_login_at = now()
    if password and user.password_hash and passwords.outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)
    _record(session, org_id, user_id, "user.login", user_id, address=address)


def change_password(session: Session, user: User, old: str, new: str) -> None:
    """Change the person's own password, and end every session of theirs; raises WeakPasswordError."""
    if not passwords.right(user.password_hash, old):
        raise WeakPasswordError("The password until now is another one.")
    user.password_hash = _new_hash(new, user.email, user.name)
    sessions.end(session, user.org_id, user.id)
    invitations.revoke_open(session, user.org_id, user.email)
    _record(session, user.org_id, user.id, "user.password", user.id)


def change(
    session: Session,
    org_id: str,
    user_id: str,
    *,
    expected: int | None,
    by: str,
    name: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> User:
    """The changed person. A new role or a deactivation ends their sessions; a deactivation their keys, too.

    Raises NotFound, Stale, and LastAdmin when there would be no administrator left.
    """
    user = users.get(session, org_id, user_id, lock=True)
    if expected is not None and user.version != expected:
        raise Stale(user_id, user.version)
    before = (user.role, user.active)
    user.name, user.role = name or user.name, role or user.role
    if active is not None:
        user.deactivated_at = None if active else user.deactivated_at or now()
    if (user.role, user.active) != before:
        _leave_an_admin(session, user, before)
        sessions.end(session, org_id, user_id)
    if not user.active:
        _close(session, user, by)
    user.version += 1
    _record(session, org_id, by, "user.change", user_id, role=user.role, active=user.active)
    return user


def _leave_an_admin(session: Session, user: User, before: tuple[str, bool]) -> None:
    session.flush()
    if before == (Role.ADMIN, True) and users.active_admins(session, user.org_id) == 0:
        raise LastAdmin("This is the last administrator. Make somebody else one first.")


def _close(session: Session, user: User, by: str) -> None:
    """Revoke what the person could come back by."""
    invitations.revoke_open(session, user.org_id, user.email)
    for key in keys.of_person(session, user.org_id, user.id):
        key.revoked_at = now()
        _record(session, user.org_id, by, "key.revoke", key.id)


def _open(session: Session, token: str) -> Invitation:
    found = invitations.by_token(session, token)
    if found is None:
        raise NotFound("invitation that is still good", "it was used, taken back, or is too old")
    return found


def _person(session: Session, invitation: Invitation) -> User:
    """Whom the invitation is for, made when it is their first; it is used up by that."""
    invitation.accepted_at = now()
    if invitation.user_id:
        user = users.get(session, invitation.org_id, invitation.user_id, lock=True)
        if not user.active:
            raise NotFound("user", user.id)
        return user
    if users.by_email(session, invitation.email):
        raise Taken(f"{invitation.email} cannot be let in: somebody logs in so already.")
    user = User(
        id=new_id("usr"),
        org_id=invitation.org_id,
        email=invitation.email,
        name=invitation.name,
        role=invitation.role,
        created_by=invitation.created_by,
    )
    session.add(user)
    session.flush()
    _record(session, user.org_id, user.id, "user.create", user.id, email=user.email, role=user.role)
    return user


def _new_hash(password: str, *known: str) -> str:
    fault = passwords.weakness(password, known)
    if fault:
        raise WeakPasswordError(fault)
    return passwords.hashed(password)


def _record(session: Session, org_id: str, actor: str, action: str, subject: str, **detail: object) -> None:
    audit_log.record(session, org_id, actor=actor, action=action, subject=subject, detail=dict(detail))
