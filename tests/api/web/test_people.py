"""People: invited, let in by a password, changed, deactivated; on the pages, over HTTP and by command."""

import logging
import re
from datetime import timedelta
from typing import Any

import factories
import pytest
from api_client import ApiClient, admin_of, client_of
from click.testing import CliRunner
from flask.testing import FlaskClient
from test_pages import logged_in, token_of
from world import World, inputs, solved

from api.app import Application, create_app
from api.cli.main import cascade
from api.db import Settings, Store, home_url
from api.db.column_types import now
from api.db.scopes import Role, Scope
from api.db.tables import sessions, users
from api.db.tables.invitations import Invitation
from api.db.tables.sessions import BrowserSession
from api.db.tables.users import User
from api.resources.users import passwords
from api.resources.users import service as people
from api.web.addresses import site_of
from api.web.config import Config, Limits

GOOD = "kettle-orbit-ninety-moss"
OTHER = "velvet-anchor-eleven-fog"
OF_NO_ACCOUNT = passwords._DUMMY


@pytest.fixture(autouse=True)
def _hashes_that_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with the least memory; one test has it as it is."""
    quick = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)
    monkeypatch.setattr(passwords, "_DUMMY", quick.hash("none"))


def test_a_password_of_no_account_is_tried_for_as_long() -> None:
    assert not passwords.PasswordHasher().check_needs_rehash(OF_NO_ACCOUNT)


def person(store: Store, org_id: str, email: str, role: Role = Role.PLANNER, password: str = GOOD) -> User:
    """Somebody who has followed an invitation."""
    with store.write() as session:
        made = people.invite(session, org_id, email=email, name=email.title(), role=role, created_by="key_t")
        return people.accept(session, made.token, password)


def at_the_door(app: Application, email: str, password: str = GOOD, **more: Any) -> tuple[FlaskClient, Any]:
    """A browser that has tried to log in, and the answer."""
    client = app.test_client()
    form = {"csrf_token": token_of(client), "email": email, "password": password}
    return client, client.post("/login", data=form, **more)


def inside(app: Application, email: str, password: str = GOOD, **more: Any) -> FlaskClient:
    client, answer = at_the_door(app, email, password, **more)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def address(name: str) -> str:
    """An address that no other test has."""
    return f"{name}-{next(factories._NUMBERS)}@example.com"


def linked(text: str) -> str:
    """The path of the link on a page."""
    found = re.search(r"/invitation\?token=[\w-]+", text)
    assert found
    return found[0]


def test_a_person_is_invited_chooses_a_password_and_is_in(app: Application, admin: ApiClient) -> None:
    browser, ada = logged_in(app, admin), address("ada")
    form = {"csrf_token": token_of(browser, "/users"), "email": ada.upper(), "name": "Ada", "role": "planner"}
    link = linked(browser.post("/users/invite", data=form).get_data(as_text=True))
    guest = app.test_client()
    page = guest.get(link).get_data(as_text=True)
    assert "Welcome, Ada" in page
    assert ada in page
    answer = guest.post(
        "/invitation",
        data={
            "csrf_token": token_of(guest, link),
            "token": link.partition("=")[2],
            "password": GOOD,
            "again": GOOD,
        },
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert guest.get("/account.json").json["email"] == ada
    assert guest.get("/users").status_code == 403
    inside(app, ada)


def test_a_link_is_good_once_and_for_a_week(app: Application, store: Store, admin: ApiClient) -> None:
    with store.write() as session:
        fields = {"name": "a", "role": Role.VIEWER, "created_by": "t"}
        late = people.invite(session, admin.org_id, email=address("late"), **fields)
        session.get_one(Invitation, late.invitation.id).expires_at = now() - timedelta(seconds=1)
        back = people.invite(session, admin.org_id, email=address("back"), **fields)
        people.revoke_invitation(session, admin.org_id, back.invitation.id, revoked_by="t")
        email = address("twice")
        first = people.invite(session, admin.org_id, email=email, **fields)
        second = people.invite(session, admin.org_id, email=email, **fields)
        assert second.invitation.expires_at - second.invitation.created_at >= timedelta(days=6, hours=23)
        people.accept(session, second.token, GOOD)
    client = app.test_client()
    for gone in (late, back, first, second):
        assert client.get(gone.path).status_code == 404
        form = {"csrf_token": token_of(client), "token": gone.token, "password": GOOD, "again": GOOD}
        assert client.post("/invitation", data=form).status_code == 404


@pytest.mark.parametrize(
    "weak", ["short", "passwordpassword", "qwertyuiop123", "ada@example.com", "goalcascade1", "x" * 129]
)
def test_weak_passwords_are_refused_with_the_reason(weak: str) -> None:
    assert passwords.weakness(weak, ["ada@example.com", "Ada"])


@pytest.mark.parametrize("good", [GOOD, "ünïcode käse ✓ leiter", "x7#kQ9!mZ2@pL5"])
def test_good_passwords_are_taken_as_they_are(good: str) -> None:
    assert passwords.weakness(good) is None
    assert passwords.right(passwords.hashed(good), good)
    assert not passwords.right(passwords.hashed(good), good.upper())


def test_passwords_are_kept_as_argon2id(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", passwords.PasswordHasher())
    user = person(store, factories.organisation(store), address("hash"))
    assert str(user.password_hash).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_answer_for_a_wrong_password_and_a_wrong_address_is_one(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("same"))
    _, wrong = at_the_door(app, user.email, "wrong")
    _, unknown = at_the_door(app, address("unknown"), "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json["detail"] == unknown.json["detail"]


def test_a_browser_gets_the_form_again_with_the_reason(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("again"))
    _, answer = at_the_door(app, user.email, "a wrong secret", headers={"Accept": "text/html"})
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "The address or the password is wrong." in text
    assert user.email in text
    assert "a wrong secret" not in text


def test_a_refused_login_is_in_the_log(
    app: Application, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = person(store, factories.organisation(store), address("refused"))
    monkeypatch.setattr(logging.getLogger("cascade"), "propagate", True)
    with caplog.at_level(logging.WARNING, logger="cascade.login"):
        at_the_door(app, user.email, "a wrong secret")
    (record,) = [each for each in caplog.records if each.name == "cascade.login"]
    assert (record.getMessage(), vars(record)["user"]) == ("login refused", user.id)
    assert "a wrong secret" not in str(vars(record))


def small(store: Store) -> Application:
    return create_app(Config(limits=Limits(failures_at_once=3, failures_per_minute=1)), store)


def test_guessing_a_password_is_slowed_down_and_others_get_in(store: Store) -> None:
    """All from one address: the account under attack is held back, another one is not."""
    here = {"REMOTE_ADDR": "203.0.113.5"}
    app, org = small(store), factories.organisation(store)
    victim, other = (person(store, org, address(name)) for name in ("victim", "other"))
    inside(app, other.email, environ_overrides=here)
    statuses = [
        at_the_door(app, victim.email, "wrong", environ_overrides=here)[1].status_code for _ in range(4)
    ]
    assert statuses == [401, 401, 401, 429]
    assert at_the_door(app, victim.email, environ_overrides=here)[1].status_code == 429
    inside(app, other.email, environ_overrides=here)


def test_guesses_from_one_address_do_not_shut_the_owner_out_elsewhere(store: Store) -> None:
    """Nor from one network of IPv6, in which a machine can call itself what it likes."""
    app = small(store)
    user = person(store, factories.organisation(store), address("away"))
    guesses = [
        at_the_door(app, user.email, "wrong", environ_overrides={"REMOTE_ADDR": f"2001:db8:1:2::{number}"})
        for number in range(12)
    ]
    assert [answer.status_code for _, answer in guesses] == [401] * 3 + [429] * 9
    inside(app, user.email, environ_overrides={"REMOTE_ADDR": "2001:db8:1:3::1"})


@pytest.mark.parametrize(
    ("given", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_limits_by_address_count_whole_networks_of_ipv6(given: str, site: str) -> None:
    assert site_of(given) == site


def test_who_is_logged_in_elsewhere_is_not_shut_out_by_guesses_from_other_addresses(store: Store) -> None:
    app = small(store)
    user = person(store, factories.organisation(store), address("known"))
    home = {"REMOTE_ADDR": "192.0.2.1"}
    inside(app, user.email, environ_overrides=home)
    for number in range(4 * 3):
        elsewhere = {"REMOTE_ADDR": f"198.51.100.{number}"}
        at_the_door(app, user.email, "wrong", environ_overrides=elsewhere)
    assert (
        at_the_door(app, user.email, environ_overrides={"REMOTE_ADDR": "198.51.100.9"})[1].status_code == 429
    )
    inside(app, user.email, environ_overrides=home)


def test_a_session_is_kept_by_the_server_and_ends_at_logout(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("out"))
    browser = inside(app, user.email)
    cookie = browser.get_cookie("cascade")
    assert cookie is not None
    assert browser.post("/logout", data={"csrf_token": token_of(browser, "/runs")}).status_code == 303
    thief = app.test_client()
    thief.set_cookie("cascade", cookie.value)
    assert thief.get("/runs").status_code == 303


def age(store: Store, user: User, **times: timedelta) -> None:
    with store.write() as session:
        for each in session.query(BrowserSession).filter_by(actor=user.id):
            for name, by in times.items():
                setattr(each, name, getattr(each, name) - by)


@pytest.mark.parametrize("name", ["seen_at", "expires_at"])
def test_a_session_ends_when_it_is_not_used_and_after_half_a_day_anyway(
    app: Application, store: Store, name: str
) -> None:
    user = person(store, factories.organisation(store), address("time"))
    browser = inside(app, user.email)
    limit = {"seen_at": timedelta(hours=2), "expires_at": timedelta(hours=12)}[name]
    age(store, user, **{name: limit - timedelta(minutes=2)})
    assert browser.get("/runs").status_code == 200
    age(store, user, **{name: limit if name == "seen_at" else timedelta(minutes=3)})
    assert browser.get("/runs").status_code == 303


def test_use_keeps_a_session_alive(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("alive"))
    browser = inside(app, user.email)
    for _ in range(3):
        age(store, user, seen_at=timedelta(minutes=100))
        assert browser.get("/runs").status_code == 200


def test_the_token_is_another_one_after_each_login(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("rotate"))
    browser = inside(app, user.email)
    before = browser.get_cookie("cascade")
    form = {"csrf_token": token_of(browser), "email": user.email, "password": GOOD}
    assert browser.post("/login", data=form).status_code == 303
    stale = app.test_client()
    assert before is not None
    stale.set_cookie("cascade", before.value)
    assert stale.get("/runs").status_code == 303
    assert browser.get("/runs").status_code == 200


def test_other_sessions_are_listed_and_ended(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("many"))
    one, two, three = (inside(app, user.email) for _ in range(3))
    listed = one.get("/account.json").json["sessions"]
    assert re.search(
        r'aria-label="End the session from 127\.0\.0\.1 of [\d-]{10} [\d:]{5} UTC">End<',
        one.get("/account").text,
    )
    assert [each["current"] for each in listed].count(True) == 1
    two_id = next(each["id"] for each in two.get("/account.json").json["sessions"] if each["current"])
    form = {"csrf_token": token_of(one, "/account"), "session": two_id}
    assert one.post("/account/sessions/end", data=form).status_code == 303
    assert [each.get("/runs").status_code for each in (one, two, three)] == [200, 303, 200]
    one.post("/account/sessions/end", data={"csrf_token": form["csrf_token"]})
    assert [each.get("/runs").status_code for each in (one, three)] == [200, 303]


def test_a_session_of_somebody_else_cannot_be_ended(app: Application, store: Store) -> None:
    org = factories.organisation(store)
    mine, theirs = (inside(app, person(store, org, address(name)).email) for name in ("mine", "theirs"))
    (other,) = theirs.get("/account.json").json["sessions"]
    mine.post(
        "/account/sessions/end", data={"csrf_token": token_of(mine, "/account"), "session": other["id"]}
    )
    assert theirs.get("/runs").status_code == 200


def test_a_new_password_ends_all_other_sessions_and_begins_this_one_anew(
    app: Application, store: Store
) -> None:
    user = person(store, factories.organisation(store), address("change"))
    here, there = inside(app, user.email), inside(app, user.email)
    before = here.get_cookie("cascade")
    form = {"csrf_token": token_of(here, "/account"), "password": OTHER, "again": OTHER}
    assert here.post("/account/password", data={**form, "old": "wrong"}).status_code == 422
    assert here.post("/account/password", data={**form, "old": GOOD, "again": "x"}).status_code == 422
    assert here.post("/account/password", data={**form, "old": GOOD}).status_code == 303
    after = here.get_cookie("cascade")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert [each.get("/runs").status_code for each in (here, there)] == [200, 303]
    assert at_the_door(app, user.email, GOOD)[1].status_code == 401
    inside(app, user.email, OTHER)


def test_a_new_role_counts_at_once_and_ends_the_sessions(
    app: Application, store: Store, admin: ApiClient
) -> None:
    user = person(store, admin.org_id, address("role"), Role.ADMIN)
    browser = inside(app, user.email)
    path = f"/users/{user.id}"
    changed = admin.ask("PATCH", path, json={"role": "viewer"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["code"]) == (409, "last-admin")
    person(store, admin.org_id, address("second"), Role.ADMIN)
    changed = admin.ask("PATCH", path, json={"role": "viewer"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["role"], changed.json["version"]) == (200, "viewer", 2)
    assert browser.get("/runs").status_code == 303
    again = inside(app, user.email)
    assert again.get("/users").status_code == 403
    assert "/new" not in again.get("/").get_data(as_text=True)


def test_who_is_deactivated_is_out_with_their_keys_and_may_come_back(
    app: Application, store: Store, admin: ApiClient
) -> None:
    user = person(store, admin.org_id, address("leaver"), Role.ADMIN)
    person(store, admin.org_id, address("stays"), Role.ADMIN)
    browser = inside(app, user.email)
    with store.write() as session:
        from api.resources.keys import service as keys

        key = keys.create(
            session, admin.org_id, name="k", role=Role.VIEWER, created_by=user.id, user_id=user.id
        )
    theirs = ApiClient(app, key.token, admin.org_id, key.key.id)
    assert theirs.get("/runs").status_code == 200
    off = admin.ask("PATCH", f"/users/{user.id}", json={"active": False}, headers={"If-Match": '"1"'})
    assert off.json["deactivated_at"]
    assert browser.get("/runs").status_code == 303
    assert theirs.get("/runs").status_code == 401
    assert at_the_door(app, user.email)[1].status_code == 401
    admin.ask("PATCH", f"/users/{user.id}", json={"active": True}, headers={"If-Match": '"2"'})
    inside(app, user.email)


def test_a_new_password_is_chosen_by_a_link_of_the_administrator(
    app: Application, store: Store, admin: ApiClient
) -> None:
    user = person(store, admin.org_id, address("forgot"))
    made = admin.post(f"/users/{user.id}/reset")
    assert made.status_code == 201
    assert made.json["user"] == user.id
    guest, link = app.test_client(), made.json["link"]
    form = {"csrf_token": token_of(guest, link), "token": link.partition("=")[2]}
    weak = guest.post("/invitation", data={**form, "password": "weak", "again": "weak"})
    assert (weak.status_code, "at least 12" in weak.get_data(as_text=True)) == (422, True)
    assert guest.post("/invitation", data={**form, "password": OTHER, "again": OTHER}).status_code == 303
    assert at_the_door(app, user.email, GOOD)[1].status_code == 401
    inside(app, user.email, OTHER)


def test_the_link_is_given_once_and_not_replayed(admin: ApiClient) -> None:
    body = {"email": address("once"), "name": "Once", "role": "viewer"}
    first, again = (
        admin.post("/invitations", body, headers={"Idempotency-Key": "invite-1"}) for _ in range(2)
    )
    assert first.json["link"].startswith("/invitation?token=")
    assert again.json["link"] == "shown once"
    assert first.json["id"] == again.json["id"]
    assert "token" not in admin.get("/invitations").get_data(as_text=True)


def test_an_administrator_gives_no_more_than_they_have(
    app: Application, store: Store, admin: ApiClient
) -> None:
    some = frozenset({Scope.USERS_WRITE, Scope.PLANS_READ, Scope.RUNS_READ})
    clerk = client_of(app, store, admin.org_id, Role.ADMIN, some)
    boss = person(store, admin.org_id, address("boss"), Role.ADMIN)
    viewer = person(store, admin.org_id, address("viewer"), Role.VIEWER)
    body = {"email": address("new"), "name": "New"}
    assert clerk.post("/invitations", {**body, "role": "admin"}).status_code == 403
    assert clerk.post("/invitations", {**body, "role": "viewer"}).status_code == 201
    match = {"If-Match": '"1"'}
    assert (
        clerk.ask("PATCH", f"/users/{viewer.id}", json={"role": "planner"}, headers=match).status_code == 403
    )
    assert clerk.ask("PATCH", f"/users/{boss.id}", json={"active": False}, headers=match).status_code == 403
    assert clerk.post(f"/users/{boss.id}/reset").status_code == 403


def test_people_are_managed_on_the_page(app: Application, store: Store) -> None:
    org = factories.organisation(store)
    boss = person(store, org, address("chief"), Role.ADMIN)
    ada = person(store, org, address("ada"))
    browser = inside(app, boss.email)
    csrf = token_of(browser, "/users")
    form = {"csrf_token": csrf, "version": "1", "role": "approver"}
    assert browser.post(f"/users/{ada.id}/change", data=form).status_code == 303
    listed = {each["email"]: each for each in browser.get("/users.json").json["people"]}
    assert listed[ada.email]["role"] == "approver"
    assert browser.post(f"/users/{ada.id}/change", data=form).status_code == 412
    off = {"csrf_token": csrf, "version": "2", "active": "no"}
    assert browser.post(f"/users/{ada.id}/change", data=off).status_code == 303
    own = {"csrf_token": csrf, "version": "1", "active": "no"}
    assert browser.post(f"/users/{boss.id}/change", data=own).status_code == 409
    invited = {"csrf_token": csrf, "email": address("eve"), "name": "Eve", "role": "viewer"}
    link = linked(browser.post("/users/invite", data=invited).get_data(as_text=True))
    (waiting,) = browser.get("/users.json").json["invitations"]
    assert browser.post(f"/invitations/{waiting['id']}/revoke", data={"csrf_token": csrf}).status_code == 303
    assert app.test_client().get(link).status_code == 404
    assert browser.post("/users/invite", data={**invited, "email": "no address"}).status_code == 400
    assert browser.post("/users/invite", data={**invited, "email": ada.email}).status_code == 409


def test_four_eyes_are_two_persons_also_with_keys(app: Application, store: Store) -> None:
    """Who submits as a person cannot approve with a key of theirs, nor the other way round."""
    org = factories.organisation(store, four_eyes=True)
    boss, second = (person(store, org, address(name), Role.ADMIN) for name in ("boss", "second"))
    helper = client_of(app, store, org, Role.ADMIN)
    run = solved(helper, store, inputs(helper)["scenario_id"])
    theirs = client_of(app, store, org, Role.ADMIN, user_id=boss.id)
    plan = theirs.post("/plans", {"run": run, "period": "FY2027"}).json["id"]
    browser = inside(app, boss.email)
    form = {"csrf_token": token_of(browser, "/runs"), "version": "1"}
    assert browser.get(f"/plans/{plan}.json").json["mine"] is True
    assert browser.post(f"/plans/{plan}/approve", data=form).status_code == 403
    assert theirs.post(f"/plans/{plan}/approve", headers={"If-Match": '"1"'}).status_code == 403
    other = inside(app, second.email)
    form = {"csrf_token": token_of(other, "/runs"), "version": "1"}
    assert other.post(f"/plans/{plan}/approve", data=form).status_code == 303
    history = other.get(f"/plans/{plan}.json").json["steps"]
    assert history[-1]["who"] == second.name


def test_a_key_made_by_a_person_is_theirs(app: Application, store: Store) -> None:
    org = factories.organisation(store)
    boss = person(store, org, address("owner"), Role.ADMIN)
    theirs = client_of(app, store, org, Role.ADMIN, user_id=boss.id)
    made = theirs.post("/api-keys", {"name": "sync", "role": "viewer"}).json["id"]
    with store.read() as session:
        assert users.person_of(session, org, made) == boss.id
        assert users.person_of(session, org, "operator") == "operator"


def test_pages_are_limited_by_who_asks(store: Store) -> None:
    app = create_app(Config(limits=Limits(requests_per_second=0.5, requests_at_once=4)), store)
    flood, calm = app.test_client(), app.test_client()
    here = {"REMOTE_ADDR": "203.0.113.6"}
    statuses = [flood.get("/login", environ_overrides=here).status_code for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    assert calm.get("/login", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_browsers_are_held_to_https_where_it_is_served(store: Store, app: Application) -> None:
    secure = create_app(Config(https=True), store).test_client()
    assert secure.get("/login").headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "Strict-Transport-Security" not in app.test_client().get("/login").headers


def test_sessions_that_are_over_are_deleted_at_the_next_login(app: Application, store: Store) -> None:
    user = person(store, factories.organisation(store), address("over"))
    inside(app, user.email)
    age(store, user, expires_at=timedelta(hours=13))
    inside(app, user.email)
    with store.read() as session:
        assert session.query(BrowserSession).filter_by(actor=user.id).count() == 1
        lasting = Limits().lasting()
        assert len(sessions.listed(session, user.org_id, user.id, lasting)) == 1


def test_another_organisations_people_are_not_there(app: Application, store: Store, world: World) -> None:
    stranger = person(store, factories.organisation(store), address("stranger"), Role.ADMIN)
    theirs = person(store, world.admin.org_id, address("theirs"))
    browser = inside(app, stranger.email)
    form = {"csrf_token": token_of(browser, "/users"), "version": "1", "active": "no"}
    for path in (f"/users/{theirs.id}/change", f"/users/{theirs.id}/reset"):
        assert browser.post(path, data=form).status_code == 404
    assert theirs.email not in browser.get("/users").get_data(as_text=True)


def test_deeds_of_people_are_in_the_audit_log(app: Application, store: Store, admin: ApiClient) -> None:
    user = person(store, admin.org_id, address("logged"))
    inside(app, user.email)
    deeds = [deed["action"] for deed in admin.get(f"/audit?subject={user.id}").json["items"]]
    assert deeds == ["user.login", "user.create"]


def test_the_first_administrator_is_made_by_command(tmp_path: Any) -> None:
    home = str(tmp_path / "home")

    def users_command(*arguments: str) -> Any:
        return CliRunner().invoke(cascade, ["users", *arguments, "--home", home])

    made = users_command(
        "add", "ada@example.com", "--name", "Ada", "--role", "admin", "--address", "https://x/"
    )
    link = made.output.strip()
    assert link.startswith("https://x/invitation?token=")
    assert "invited until" in users_command("list").output
    store = Store.open(Settings(home_url(tmp_path / "home")))
    with store.write() as session:
        user = people.accept(session, link.partition("=")[2], GOOD)
        assert user.role == Role.ADMIN
    store.close()
    assert "active" in users_command("list").output
    assert users_command("add", "ADA@example.com", "--name", "x").exit_code == 4
    assert users_command("add", "nonsense", "--name", "x").exit_code == 2
    assert "/invitation?token=" in users_command("reset", "ada@example.com").output
    assert users_command("deactivate", "ada@example.com").exit_code == 4
    assert users_command("deactivate", "eve@example.com").exit_code == 4


def test_an_organisation_can_be_administered_by_keys_alone(app: Application, store: Store) -> None:
    assert logged_in(app, admin_of(app, store)).get("/users").status_code == 200
