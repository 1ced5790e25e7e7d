"""The application: one function that puts a server together from its store and its configuration."""

from flask.json.provider import DefaultJSONProvider
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from api import pages
from api.http import hooks, refusing
from api.http.config import Config
from api.http.cursors import Cursors
from api.http.rates import Rates
from api.http.reading import StrictRequest
from api.http.service import Service
from api.http.waiting import Places
from api.metrics import Metrics
from api.resources import RESOURCES
from api.store import Store, secrets

ABOUT = """\
Scenarios in, allocations out: one target per partner, with a receipt for each.

Every request bears a key: `Authorization: Bearer KEY`. Amounts are decimal strings. Lists come in pages;
pass `next_cursor` as `cursor`. A POST with an `Idempotency-Key` is done once, however often it is sent.
Refusals are `application/problem+json`, all in one shape."""


class _Json(DefaultJSONProvider):
    """JSON in the order in which it was thought of, and readable."""

    sort_keys = False
    ensure_ascii = False


class Application(OpenAPI):
    """The Flask application with the strict request and OpenAPI 3.1."""

    request_class = StrictRequest
    json_provider_class = _Json


def create_app(config: Config, store: Store) -> Application:
    """A WSGI application over an open store, which stays the caller's to close."""
    app = Application(
        "api",
        info=Info(title="Goal Cascade", version=config.version, description=ABOUT),
        security_schemes={"key": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=refusing.invalid,
        doc_ui=False,
        static_folder="static",
    )
    app.openapi_version = "3.1.0"
    _configure(app, config, store)
    hooks.install(app)
    refusing.install(app)
    for routes in RESOURCES:
        app.register_api(routes.blueprint)
    app.register_blueprint(pages.blueprint)
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    return app


def _configure(app: Application, config: Config, store: Store) -> None:
    limits = config.limits
    with store.write() as session:
        cursor_secret = secrets.secret(session, "cursors")
        session_secret = secrets.secret(session, "sessions")
    app.extensions["cascade"] = Service(
        store=store,
        config=config,
        cursors=Cursors(cursor_secret),
        rates=Rates(per_second=limits.requests_per_second, burst=limits.requests_at_once),
        failures=Rates(per_second=limits.failures_per_minute / 60, burst=limits.failures_at_once),
        metrics=Metrics(),
        places=Places(limits.waiting),
    )
    app.config.update(
        SECRET_KEY=session_secret,
        MAX_CONTENT_LENGTH=limits.body_bytes,
        MAX_FORM_MEMORY_SIZE=64 << 10,
        JSON_BYTES=limits.json_bytes,
        TRUSTED_HOSTS=list(config.trusted_hosts) or None,
        SESSION_COOKIE_NAME="__Host-cascade" if config.https else "cascade",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
    )
