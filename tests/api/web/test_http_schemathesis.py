"""Schemathesis over the whole document: no server error, no answer that is not described."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_client import ApiClient, admin_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from world import World, furnished

from api.app import Application, create_app
from api.db import Settings, Store, home_url
from api.resources.registry import RESOURCES
from api.web.config import Config, Limits


def names_its_errors(_: Any, answer: schemathesis.Response, __: schemathesis.Case) -> None:
    """A program that reads `errors` alone learns what to change."""
    if answer.status_code == 422:
        errors = answer.json()["errors"]
        assert errors
        assert all(one["detail"] and one["code"] for one in errors)


CHECKS = [
    names_its_errors,
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_: Any, value: Any) -> bytes | None:
    """Bytes as they were made up; no other body is a workbook."""
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass(frozen=True)
class Served:
    """An application with one of everything, and its document as schemathesis read it."""

    app: Application
    store: Store
    world: World
    schema: Any

    def client_of(self, method: str) -> ApiClient:
        """Who asks: for what destroys, somebody with nothing to lose."""
        return admin_of(self.app, self.store) if method == "DELETE" else self.world.admin


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """On the embedded database."""
    store = Store.open(Settings(home_url(Path(tmp_path_factory.mktemp("schemathesis")))))
    limits = Limits(
        requests_per_second=1e6, requests_at_once=10**6, failures_at_once=10**6, events_s=0.05, wait_s=1
    )
    app = create_app(Config(limits=limits, private_webhooks=True), store)
    yield Served(app, store, furnished(app, store), schemathesis.openapi.from_wsgi("/openapi.json", app))
    app.extensions["cascade"].close()
    store.close()


OPERATIONS = [
    (path, method)
    for routes in RESOURCES
    for path, item in routes.blueprint.paths.items()
    for method in item.model_dump(exclude_none=True)
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: str(part))
def test_whatever_is_asked_is_answered_as_described(served: Served, path: str, method: str) -> None:
    operation = served.schema[path][method]

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans())
    def answered_as_described(case: schemathesis.Case, real: bool) -> None:
        if real:
            known = {name: served.world[name] for name in case.path_parameters if name in served.world.ids}
            case.path_parameters = {**case.path_parameters, **known}
        case.headers = {
            **(case.headers or {}),
            "Authorization": f"Bearer {served.client_of(case.method).token}",
        }
        case.call_and_validate(checks=CHECKS)

    answered_as_described()
