"""The shapes of people and of invitations."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.db.scopes import Role
from api.web.pagination import Listed
from api.web.schemas import Name, Parameters, RequestBody, View, with_example

Email = Annotated[
    str,
    StringConstraints(
        max_length=200, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$", strip_whitespace=True
    ),
]
"""What a person logs in as: an address of theirs; no mail is sent to it."""
_USER = {
    "id": "usr_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "email": "ada@example.com",
    "name": "Ada",
    "role": "planner",
    "version": 1,
    "created_by": "usr_06A1B2C3D4E5F6G7H8J9K0M1N0",
    "created_at": "2026-10-01T08:00:00Z",
    "last_login_at": None,
    "deactivated_at": None,
}
_INVITATION = {
    "id": "inv_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "email": "ada@example.com",
    "name": "Ada",
    "role": "planner",
    "user": None,
    "created_by": "usr_06A1B2C3D4E5F6G7H8J9K0M1N0",
    "created_at": "2026-10-01T08:00:00Z",
    "expires_at": "2026-10-08T08:00:00Z",
    "accepted_at": None,
    "revoked_at": None,
}


class UserView(View):
    """A person."""

    model_config = with_example(_USER)

    id: str
    email: str
    name: str
    role: Role
    version: int
    created_by: str
    created_at: datetime
    last_login_at: datetime | None
    deactivated_at: datetime | None
    """Since when the person cannot log in; null while they can."""


class UserList(Listed[UserView]):
    """People, newest first."""

    model_config = with_example({"items": [_USER], "next_cursor": None})


class UserPatch(RequestBody):
    """What to change; what is left out stays."""

    model_config = with_example({"role": "approver"})

    name: Name | None = None
    role: Role | None = None
    active: bool | None = None
    """False: the person cannot log in any more, their sessions end and their keys are revoked."""


class UserPath(Parameters):
    """Which person."""

    user_id: str


class InvitationView(View):
    """An invitation, without the secret part of its link."""

    model_config = with_example(_INVITATION)

    id: str
    email: str
    name: str
    role: Role
    user: str | None = Field(validation_alias="user_id")
    """The person who chooses a new password by it; null for somebody new."""
    created_by: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class NewInvitationView(InvitationView):
    """An invitation just made: the only time its link is given."""

    model_config = with_example({**_INVITATION, "link": "/invitation?token=SECRET"})

    link: str
    """Below the address of the service; good once, for a week. Send it to the person by a way that is safe."""


class InvitationList(Listed[InvitationView]):
    """Invitations, newest first."""

    model_config = with_example({"items": [_INVITATION], "next_cursor": None})


class InvitationIn(RequestBody):
    """Whom to invite, and as what."""

    model_config = with_example({"email": "ada@example.com", "name": "Ada", "role": "planner"})

    email: Email
    name: Name
    role: Role


class InvitationPath(Parameters):
    """Which invitation."""

    invitation_id: str
