"""People and invitations, for administrators; who manages them gives no more than they have."""

from collections.abc import Callable

from flask import Response
from sqlalchemy.orm import Session

from api.db.scopes import ROLES, Role, Scope
from api.db.tables import invitations, users
from api.resources.users import service as people
from api.resources.users.schemas import (
    InvitationIn,
    InvitationList,
    InvitationPath,
    InvitationView,
    NewInvitationView,
    UserList,
    UserPatch,
    UserPath,
    UserView,
)
from api.resources.users.service import Invited
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.idempotency import once
from api.web.pagination import PageQuery, listed
from api.web.problems import HttpProblem
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once, OnVersion

routes = Routes("users", "People who log in at the pages, and what they may do.")
invitation_routes = Routes("invitations", "One-time links by which people choose a password.")


def check_role(*roles: Role | str) -> None:
    """Raises HttpProblem 403 for a role that has what the caller has not."""
    for role in roles:
        missing = ROLES[Role(role)] - caller().scopes
        if missing:
            raise HttpProblem(
                "forbidden", f"You cannot give what you have not: {', '.join(sorted(missing))}."
            )


@routes.get("/users", scope=Scope.USERS_WRITE, answers={200: UserList}, problems=("bad-cursor",))
def list_users(query: PageQuery) -> Response:
    """List the organisation's people"""
    with service().store.read() as session:
        page = users.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, UserView.model_validate)


@routes.get("/users/<user_id>", scope=Scope.USERS_WRITE, answers={200: UserView, 304: None})
def get_user(path: UserPath) -> Response:
    """Read a person"""
    with service().store.read() as session:
        user = users.get(session, caller().org_id, path.user_id)
    tag = etag(user.version)
    return unchanged(tag) or answer(UserView.model_validate(user)).response(ETag=tag)


@routes.change(
    "patch",
    "/users/<user_id>",
    scope=Scope.USERS_WRITE,
    answers={200: UserView},
    problems=("stale", "if-match-required", "last-admin"),
)
def change_user(path: UserPath, header: OnVersion, body: UserPatch) -> Response:  # noqa: ARG001
    """Change a person's name or role, or whether they can log in

    A new role, and a deactivation, end the person's sessions.
    """
    expected = expected_version()
    with service().store.write() as session:
        changed = change(
            session, path.user_id, expected=expected, name=body.name, role=body.role, active=body.active
        )
    service().callers.forget()
    return answer(UserView.model_validate(changed)).response(ETag=etag(changed.version))


def change(
    session: Session,
    user_id: str,
    *,
    expected: int | None,
    name: str | None = None,
    role: Role | None = None,
    active: bool | None = None,
) -> users.User:
    """The changed person; raises HttpProblem 403 beyond what the caller has, and what `people.change` raises."""
    who = caller()
    check_role(users.get(session, who.org_id, user_id).role, *([role] if role else []))
    return people.change(
        session, who.org_id, user_id, expected=expected, by=who.key_id, name=name, role=role, active=active
    )


@routes.post(
    "/users/<user_id>/reset",
    scope=Scope.USERS_WRITE,
    answers={201: NewInvitationView},
)
def reset_user(path: UserPath, header: Once) -> Response:  # noqa: ARG001
    """Make a link by which a person chooses a new password

    The answer alone tells the link; a replay tells everything but that.
    """

    def effect(session: Session) -> Invited:
        return reset(session, path.user_id)

    return _given_once(effect)


def reset(session: Session, user_id: str) -> Invited:
    """A link for the person; raises HttpProblem 403 when they have more than the caller, and NotFound."""
    who = caller()
    check_role(users.get(session, who.org_id, user_id).role)
    return people.reset(session, who.org_id, user_id, created_by=who.key_id)


@invitation_routes.post(
    "/invitations", scope=Scope.USERS_WRITE, answers={201: NewInvitationView}, problems=("name-taken",)
)
def create_invitation(header: Once, body: InvitationIn) -> Response:  # noqa: ARG001
    """Invite a person

    The answer alone tells the link; a replay tells everything but that.
    """

    def effect(session: Session) -> Invited:
        return invite(session, email=body.email, name=body.name, role=body.role)

    return _given_once(effect)


def invite(session: Session, *, email: str, name: str, role: Role) -> Invited:
    """An invitation; raises HttpProblem 403 for a role beyond what the caller has, and Taken."""
    check_role(role)
    who = caller()
    return people.invite(session, who.org_id, email=email, name=name, role=role, created_by=who.key_id)


def _given_once(effect: Callable[[Session], Invited]) -> Response:
    """The answer with the link; what is kept for a replay has it not."""
    made: list[Invited] = []

    def kept(session: Session) -> Answer:
        made.append(effect(session))
        headers = {"Location": f"{PREFIX}/invitations/{made[0].invitation.id}"}
        return answer(_with_link(made[0], "shown once"), 201, headers)

    response = once(kept)
    for new in made:
        response.set_data(_with_link(new, new.path).model_dump_json())
    return response


def _with_link(new: Invited, link: str) -> NewInvitationView:
    return NewInvitationView(
        **InvitationView.model_validate(new.invitation).model_dump(exclude={"user"}),
        user_id=new.invitation.user_id,
        link=link,
    )


@invitation_routes.get(
    "/invitations", scope=Scope.USERS_WRITE, answers={200: InvitationList}, problems=("bad-cursor",)
)
def list_invitations(query: PageQuery) -> Response:
    """List invitations, used ones too"""
    with service().store.read() as session:
        page = invitations.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, InvitationView.model_validate)


@invitation_routes.change(
    "delete", "/invitations/<invitation_id>", scope=Scope.USERS_WRITE, answers={200: InvitationView}
)
def revoke_invitation(path: InvitationPath) -> Response:
    """Take an invitation back; its link is good for nothing from now on"""
    who = caller()
    with service().store.write() as session:
        found = people.revoke_invitation(session, who.org_id, path.invitation_id, revoked_by=who.key_id)
    return answer(InvitationView.model_validate(found)).response()
