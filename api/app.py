"""The application: one function that puts a server together from its store and its configuration."""

from flask.json.provider import DefaultJSONProvider
from flask_openapi.models.info import Info
from flask_openapi.models.license import License
from flask_openapi.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from api import pages
from api.db import Store
from api.db.tables import secrets
from api.processes.pool import ANALYSE, READ, TRY, Capacity, Pool
from api.processes.work_process import Allowed, Template
from api.reference.openapi_schemas import component_schemas
from api.resources.analyses.service import variant_solver
from api.resources.keys.service import authenticate
from api.resources.registry import AUDIENCES, RESOURCES
from api.resources.system.health import health_app as create_health_app
from api.web import error_handlers, middleware, openapi
from api.web.config import Config, Limits
from api.web.context import Service
from api.web.cursors import Cursors
from api.web.long_poll import RunPoller, WaitSlots
from api.web.metrics import Metrics
from api.web.openid import Provider
from api.web.rate_limit import RateLimit, rates_of
from api.web.request import StrictRequest
from api.web.validation import invalid

ABOUT = """\
Scenarios in, allocations out: one target per partner, with a receipt for each.

Every request has a key: `Authorization: Bearer KEY`. Amounts are decimal strings. Lists come in pages;
pass `next_cursor` as `cursor`. A POST with an `Idempotency-Key` is done once, however often it is sent.
Refusals are `application/problem+json`, all in one shape."""


LICENSE = License(name="Apache 2.0", identifier="Apache-2.0")


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
        info=Info(title="Goal Cascade", version=config.version, description=ABOUT, license=LICENSE),
        security_schemes={"key": {"type": "http", "scheme": "bearer"}},
        validation_error_callback=invalid,
        doc_ui=False,
        static_folder="static",
    )
    app.openapi_version = "3.1.0"
    _configure(app, config, store)
    middleware.install(app)
    error_handlers.install(app, render=pages.problem_page)
    for routes in RESOURCES:
        app.register_api(routes.blueprint)
    openapi.install(
        app,
        models=[model for routes in RESOURCES for model in routes.models],
        schemas=component_schemas,
        groups={name: [routes.blueprint.name for routes in group] for name, group in AUDIENCES.items()},
    )
    app.register_blueprint(pages.blueprint)
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies
        )
    return app


__all__ = ["Application", "create_app", "create_health_app"]


_ADDRESSES = 4
"""Wrong passwords of one account are allowed as if from so many addresses: so no single one can shut its owner out."""


def _configure(app: Application, config: Config, store: Store) -> None:
    limits = config.limits
    with store.write() as session:
        cursor_secret = secrets.secret(session, "cursors")
        session_secret = secrets.secret(session, "sessions")
    answering = Allowed(limits.answer_s, limits.memory_limit_mb)
    app.extensions["cascade"] = Service(
        store=store,
        config=config,
        authenticate=authenticate,
        cursors=Cursors(cursor_secret),
        rates=rates_of(store, "key", per_second=limits.requests_per_second, burst=limits.requests_at_once),
        failures=_failures(store, "address", limits, 1),
        account_failures=_failures(store, "account", limits, _ADDRESSES),
        metrics=Metrics(),
        provider=Provider(config.openid) if config.openid else None,
        wait_slots=WaitSlots(limits.waiting),
        run_poller=RunPoller(store),
        pool=Pool(
            {
                READ: Capacity(),
                ANALYSE: Capacity(allowed=answering),
                TRY: Capacity(allowed=answering),
            },
            Template("api.resources.analyses.warm"),
        ),
        variants=variant_solver(),
    )
    app.config.update(
        SECRET_KEY=session_secret,
        MAX_CONTENT_LENGTH=limits.body_bytes,
        MAX_FORM_MEMORY_SIZE=1 << 20,
        JSON_BYTES=limits.json_bytes,
        TRUSTED_HOSTS=list(config.trusted_hosts) or None,
        SESSION_COOKIE_NAME="__Host-cascade" if config.https else "cascade",
        SESSION_COOKIE_SECURE=config.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=int(limits.session_s),
    )


def _failures(store: Store, name: str, limits: Limits, times: int) -> RateLimit:
    return rates_of(
        store,
        name,
        per_second=times * limits.failures_per_minute / 60,
        burst=times * limits.failures_at_once,
    )
