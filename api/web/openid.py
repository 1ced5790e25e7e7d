"""OpenID Connect, as a relying party: the code flow with PKCE, and ID tokens checked against the provider's keys.

OpenID Connect Core 1.0 3.1, Discovery 1.0 4, RFC 7636; libraries do the signatures, the steps are here.
"""

import base64
import hashlib
import json
import os
import secrets
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Asymmetric ones only: `none`, and our own secret as a key, are refused."""
_TIMEOUT_S = 10.0
_LARGEST = 1 << 20
_KEPT_S = 3600.0
_LEEWAY_S = 60
_LOCAL = ("127.0.0.1", "localhost", "::1")


class ProviderError(Exception):
    """The provider's answer cannot be believed, or did not come; the message says why."""


@dataclass(frozen=True)
class Client:
    """What the provider knows this service as."""

    issuer: str
    client_id: str
    client_secret: str
    name: str = "single sign-on"
    """What the button says."""


@dataclass(frozen=True)
class Attempt:
    """One login on its way; kept in the browser's signed cookie."""

    state: str
    nonce: str
    verifier: str


def client_of_environment() -> "Client | None":
    """The client that CASCADE_OIDC_ISSUER, _CLIENT_ID, _CLIENT_SECRET and _NAME describe; None without an issuer."""
    issuer = os.environ.get("CASCADE_OIDC_ISSUER")
    if not issuer:
        return None
    import joserfc  # noqa: F401 - missing, it is to be known at the start

    return Client(
        issuer=issuer.rstrip("/"),
        client_id=os.environ.get("CASCADE_OIDC_CLIENT_ID", ""),
        client_secret=os.environ.get("CASCADE_OIDC_CLIENT_SECRET", ""),
        name=os.environ.get("CASCADE_OIDC_NAME", "single sign-on"),
    )


class Provider:
    """The provider at the client's issuer; what it publishes is kept for an hour."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}

    def start(self, redirect_uri: str) -> tuple[str, Attempt]:
        """Where to send the browser, and what to compare when it comes back; raises ProviderError."""
        attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(asked)}", attempt

    def subject(self, code: str, attempt: Attempt, redirect_uri: str) -> str:
        """Whom the provider has let in; raises ProviderError."""
        answer = _fetched(
            self._endpoint("token_endpoint"),
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": attempt.verifier,
            },
            {"Authorization": _basic(self.client)},
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            _refuse("there is no ID token in its answer")
        return self._checked(token, attempt.nonce)

    def _checked(self, token: str, nonce: str) -> str:
        """The subject of an ID token that is signed, for us, fresh, and of this attempt."""
        claims = self._claims(token)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        now = time.time()
        if claims.get("iss") != self.client.issuer:
            _refuse("the token is of another issuer")
        if (
            self.client.client_id not in audiences
            or claims.get("azp", self.client.client_id) != self.client.client_id
        ):
            _refuse("the token is for another client")
        if not _is_time(claims.get("exp")) or claims["exp"] + _LEEWAY_S < now:
            _refuse("the token has expired")
        if not _is_time(claims.get("iat")) or claims["iat"] - _LEEWAY_S > now:
            _refuse("the token is of the future")
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            _refuse("the token is of another attempt")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            _refuse("the token names no one")
        return subject

    def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token signed with one of the provider's keys, fetched anew for a key not seen before."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        for anew in (False, True):
            try:
                keys = KeySet.import_key_set(self._published(self._endpoint("jwks_uri"), anew=anew))  # type: ignore[arg-type]
                return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError) as fault:
                reason = f"{type(fault).__name__}: {fault}"
        raise ProviderError(
            f"The login provider cannot be believed: the token's signature is not good ({reason})."
        )

    def _endpoint(self, name: str) -> str:
        found = self._published(f"{self.client.issuer}/.well-known/openid-configuration")
        if found.get("issuer") != self.client.issuer or not isinstance(found.get(name), str):
            _refuse(f"its configuration names another issuer, or no {name}")
        return str(found[name])

    def _published(self, url: str, *, anew: bool = False) -> dict[str, Any]:
        with self._lock:
            at, found = self._kept.get(url, (float("-inf"), {}))
        if anew or time.monotonic() - at > _KEPT_S:
            found = _fetched(url)
            with self._lock:
                self._kept[url] = time.monotonic(), found
        return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _fetched(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at the address; raises ProviderError."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        _refuse("only https is spoken")
    data = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, data, {"Accept": "application/json", **(headers or {})})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as answer:
            found = json.loads(answer.read(_LARGEST))
    except (OSError, ValueError) as fault:
        _refuse(f"{parts.hostname} does not answer as it should ({type(fault).__name__})")
    if not isinstance(found, dict):
        _refuse("its answer is no JSON object")
    return found


def _basic(client: Client) -> str:
    """RFC 6749 2.3.1: both parts form-encoded."""
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(why: str) -> NoReturn:
    raise ProviderError(f"The login provider cannot be believed: {why}.")
