"""The page where administrators manage people: invite, change the role, give a new link, deactivate."""

from typing import Any

from flask import Response, make_response, redirect, request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api.db.scopes import ROLES, Role, Scope
from api.db.tables import invitations, users
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import check_form, enter, form_version
from api.resources.users import routes, service
from api.resources.users.schemas import InvitationIn, InvitationView, UserView
from api.resources.users.service import Invited
from api.web.context import caller
from api.web.context import service as running
from api.web.problems import HttpProblem

_MOST = 1000
"""People and invitations on the page."""


@page("/users", "people.html", scope=Scope.USERS_WRITE)
def people() -> Data:
    """People and invitations"""
    return _people()


def _people(**more: Any) -> Data:
    org_id = caller().org_id
    with running().store.read() as session:
        found = users.listed(session, org_id, limit=_MOST).items
        invited = [each for each in invitations.listed(session, org_id, limit=_MOST).items if each.open]
        views = [_view(session, each) for each in invited]
    return {
        "people": [UserView.model_validate(user).model_dump(mode="json") for user in found],
        "invitations": views,
        "roles": [role for role in Role if ROLES[role] <= caller().scopes],
        "me": caller().key_id,
        "link": None,
        **more,
    }


def _view(session: Session, invitation: invitations.Invitation) -> Data:
    view = InvitationView.model_validate(invitation).model_dump(mode="json")
    return {**view, "by": users.name_of(session, invitation.org_id, invitation.created_by)}


@blueprint.post("/users/invite")
def invite_person() -> Response:
    """Invite somebody, and show the link this once"""
    away = _away()
    if away is not None:
        return away
    form = {name: request.form.get(name, "") for name in ("email", "name", "role")}
    try:
        asked = InvitationIn.model_validate(form)
    except ValidationError:
        raise HttpProblem("bad-request", "Give an address, a name and a role.") from None
    with running().store.write() as session:
        made = routes.invite(session, email=asked.email, name=asked.name, role=asked.role)
    return _with_link(made)


@blueprint.post("/users/<user_id>/reset")
def reset_person(user_id: str) -> Response:
    """Make a link by which the person chooses a new password, and show it this once"""
    away = _away()
    if away is not None:
        return away
    with running().store.write() as session:
        made = routes.reset(session, user_id)
    return _with_link(made)


def _with_link(made: Invited) -> Response:
    link = request.host_url.rstrip("/") + made.path
    return html("people.html", _people(link=link, invited=made.invitation.name))


@blueprint.post("/users/<user_id>/change")
def change_person(user_id: str) -> Response:
    """Change the person's role, or whether they can log in"""
    away = _away()
    if away is not None:
        return away
    version = form_version()
    role, active = (request.form.get(name, "") for name in ("role", "active"))
    if role not in ("", *Role) or active not in ("", "yes", "no"):
        raise HttpProblem("bad-request", "The form is not ours. Go back, reload and try again.")
    with running().store.write() as session:
        routes.change(
            session,
            user_id,
            expected=version,
            role=Role(role) if role else None,
            active=None if not active else active == "yes",
        )
    running().callers.forget()
    return make_response(redirect("/users", 303))


@blueprint.post("/invitations/<invitation_id>/revoke")
def revoke_invitation(invitation_id: str) -> Response:
    """Take an invitation back"""
    away = _away()
    if away is not None:
        return away
    who = caller()
    with running().store.write() as session:
        service.revoke_invitation(session, who.org_id, invitation_id, revoked_by=who.key_id)
    return make_response(redirect("/users", 303))


def _away() -> Response | None:
    """The way to the login for strangers. Raises HttpProblem for those who may not, and forms not ours."""
    away = enter(Scope.USERS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    return None
