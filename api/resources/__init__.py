"""The operations of the API, one file per resource, and the document that describes them all."""

from typing import Any, cast

from flask import current_app
from flask_openapi.openapi import OpenAPI

from api.http.document import finish
from api.http.routes import Routes
from api.resources import (
    allocations,
    comparisons,
    datasets,
    discovery,
    exports,
    keys,
    levels,
    organisations,
    plans,
    receipts,
    records,
    results,
    rulesets,
    runs,
    scenarios,
    webhooks,
)

RESOURCES: tuple[Routes, ...] = (
    discovery.open_routes,
    discovery.routes,
    datasets.routes,
    rulesets.routes,
    scenarios.routes,
    runs.routes,
    allocations.routes,
    receipts.routes,
    levels.routes,
    records.routes,
    results.routes,
    comparisons.routes,
    plans.routes,
    exports.routes,
    webhooks.routes,
    keys.routes,
    organisations.routes,
)


def published() -> dict[str, Any]:
    """The OpenAPI document of the application that answers this request, made once."""
    app = cast(OpenAPI, current_app)
    if "document" not in app.extensions:
        models = [model for routes in RESOURCES for model in routes.models]
        app.extensions["document"] = finish(app.api_doc, models)
    found: dict[str, Any] = app.extensions["document"]
    return found
