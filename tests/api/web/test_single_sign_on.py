"""Logging in through an OpenID provider: a small one of the test's own, with real keys and signed tokens."""

import base64
import hashlib
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import factories
import pytest
from flask.testing import FlaskClient

from api.app import Application, create_app
from api.db import Store
from api.db.scopes import Role
from api.resources.users import service as people
from api.web.config import Config
from api.web.openid import Client, Provider, ProviderError, client_of_environment

pytest.importorskip("joserfc", reason="the extra oidc is not installed")
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

SECRET = "a secret: with/odd letters"


@dataclass
class OpenId:
    """A provider that lets in whom the test names."""

    port: int = 0
    subject: str = "248289761001"
    keys: list[Any] = field(default_factory=lambda: [RSAKey.generate_key(2048, {"kid": "1"})])
    claims: dict[str, Any] = field(default_factory=dict)
    """Put over the right ones."""
    header: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """By the browser."""
    signer: Any = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configuration(self) -> dict[str, str]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in ends.items()}

    def token(self, form: dict[str, str], authorization: str) -> dict[str, str] | None:
        """The answer to the code, if client, code and verifier are right."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        right = pair == "cascade:a%20secret%3A%20with%2Fodd%20letters" and form["code"] == "the-code"
        if not right or challenge != self.asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": self.subject, "aud": "cascade", "iat": now, "exp": now + 60,
            "nonce": self.asked["nonce"], **self.claims,
        }  # fmt: skip
        signer = self.signer or self.keys[-1]
        header = {"alg": "RS256", "kid": signer.kid, **self.header}
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"token_type": "Bearer", "access_token": "x", "id_token": jwt.encode(header, claims, signer)}


@pytest.fixture
def openid() -> Iterator[OpenId]:
    provider = OpenId()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {
                "/.well-known/openid-configuration": provider.configuration(),
                "/keys": KeySet(provider.keys).as_dict(private=False),
            }
            self.answer(known.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(provider.token(form, self.headers["Authorization"]))

        def answer(self, document: Any) -> None:
            self.send_response(400 if document is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(openid: OpenId, sqlite_store: Store) -> Iterator[Application]:
    client = Client(openid.issuer, "cascade", SECRET, "Example ID")
    app = create_app(Config(openid=client), sqlite_store)
    yield app
    app.extensions["cascade"].close()


def there_and_back(openid: OpenId, browser: FlaskClient, query: str = "", **changed: str) -> Any:
    """The answer to the callback after the provider let somebody in."""
    away = browser.get(f"/oidc/start{query}")
    assert away.status_code == 303
    parts = urlsplit(away.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{openid.issuer}/authorize"
    openid.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    back = {"state": openid.asked["state"], "code": "the-code", **changed}
    return browser.get("/oidc/callback", query_string=back)


@pytest.fixture
def invited(sqlite_store: Store) -> str:
    with sqlite_store.write() as session:
        org = factories.organisations.create(session, "Acme").id
        fields = {"email": "ada@example.com", "name": "Ada", "role": Role.PLANNER, "created_by": "operator"}
        return people.invite(session, org, **fields).token


def known(openid: OpenId, service: Application, invited: str) -> None:
    """Ada has accepted her invitation through the provider."""
    answer = there_and_back(openid, service.test_client(), f"?invitation={invited}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_an_invitation_is_accepted_and_the_next_login_needs_none(
    openid: OpenId, service: Application, invited: str
) -> None:
    known(openid, service, invited)
    browser = service.test_client()
    assert "Log in with Example ID" in browser.get("/login").get_data(as_text=True)
    answer = there_and_back(openid, browser, "?next=/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    account = browser.get("/account.json").json
    assert (account["email"], account["role"], account["has_password"]) == (
        "ada@example.com",
        "planner",
        False,
    )
    assert openid.asked["scope"] == "openid email profile"
    assert openid.asked["code_challenge_method"] == "S256"


def test_who_is_not_invited_is_not_let_in_also_with_a_known_address(
    openid: OpenId, service: Application, invited: str
) -> None:
    known(openid, service, invited)
    openid.subject, openid.claims = "somebody else", {"email": "ada@example.com", "email_verified": True}
    browser = service.test_client()
    assert there_and_back(openid, browser).status_code == 401
    assert there_and_back(openid, browser, f"?invitation={invited}").status_code == 404
    assert browser.get("/runs").status_code == 303


WRONG = {
    "issuer": {"iss": "https://evil.example.com"},
    "audience": {"aud": "another"},
    "authorized for another": {"aud": ["cascade", "another"], "azp": "another"},
    "expired": {"exp": 1_000_000},
    "no expiry": {"exp": None},
    "future": {"iat": 99_999_999_999},
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_token_that_is_not_for_this_login_is_refused(
    openid: OpenId, service: Application, invited: str, case: str
) -> None:
    known(openid, service, invited)
    openid.claims = WRONG[case]
    browser = service.test_client()
    assert there_and_back(openid, browser).status_code == 401
    assert browser.get("/runs").status_code == 303


def test_a_token_signed_otherwise_is_refused(openid: OpenId, service: Application, invited: str) -> None:
    known(openid, service, invited)
    for signer, header in (
        (RSAKey.generate_key(2048, {"kid": "1"}), {}),
        (OctKey.import_key(SECRET, {"kid": "1"}), {"alg": "HS256"}),
    ):
        openid.signer, openid.header = signer, header
        assert there_and_back(openid, service.test_client()).status_code == 401


def test_an_unsigned_token_is_refused(openid: OpenId) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part({'sub': 'x', 'iss': openid.issuer})}."
    with pytest.raises(ProviderError, match="signature"):
        Provider(Client(openid.issuer, "cascade", SECRET))._checked(token, "n")


def test_a_new_key_of_the_provider_is_fetched_when_it_is_seen(
    openid: OpenId, service: Application, invited: str
) -> None:
    known(openid, service, invited)
    openid.keys.append(ECKey.generate_key("P-256", {"kid": "2"}))
    openid.header = {"alg": "ES256"}
    assert there_and_back(openid, service.test_client()).status_code == 303


def test_a_login_that_was_not_begun_here_is_refused(
    openid: OpenId, service: Application, invited: str
) -> None:
    known(openid, service, invited)
    browser = service.test_client()
    assert browser.get("/oidc/callback?state=x&code=the-code").status_code == 400
    assert there_and_back(openid, browser, state="another").status_code == 400
    assert there_and_back(openid, browser, code="another").status_code == 401
    stranger = service.test_client()
    there = stranger.get("/oidc/start").headers["Location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    assert browser.get(f"/oidc/callback?state={state}&code=the-code").status_code == 400


def test_a_provider_that_is_away_or_another_is_reported(sqlite_store: Store, openid: OpenId) -> None:
    for issuer in ("http://127.0.0.1:1", f"{openid.issuer}/other", "http://provider.example.com"):
        app = create_app(Config(openid=Client(issuer, "cascade", SECRET)), sqlite_store)
        assert app.test_client().get("/oidc/start").status_code == 401


def test_without_a_provider_there_is_no_button(app: Application) -> None:
    assert app.test_client().get("/oidc/start").status_code == 404
    assert "/oidc/start" not in app.test_client().get("/login").get_data(as_text=True)


def test_the_environment_names_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASCADE_OIDC_ISSUER", raising=False)
    assert client_of_environment() is None
    for name, value in (("ISSUER", "https://id.example.com/"), ("CLIENT_ID", "c"), ("CLIENT_SECRET", "s")):
        monkeypatch.setenv(f"CASCADE_OIDC_{name}", value)
    assert client_of_environment() == Client("https://id.example.com", "c", "s", "single sign-on")
