"""The parts of the compose file together: started on an empty database, solving through the proxy, losing one of each."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest
from parts import Parts, started
from polling import eventually
from small import PARTNERS, RULES, SCENARIO

pytestmark = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="needs nginx and openssl: tests/setup"
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Two web processes, two workers and a proxy on an empty PostgreSQL."""
    with (
        postgres.server() as server,
        started(tmp_path_factory.mktemp("parts"), server.bare().url) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def scenario(parts: Parts) -> str:
    """The id of a stored scenario."""

    def made(path: str, body: str, kind: str) -> str:
        status, found = parts.ask("POST", f"/api/v1{path}", body.encode(), kind)
        assert status == 201, found
        return str(found["id"])

    dataset = made("/datasets?name=small", PARTNERS, "text/csv")
    ruleset = made("/rulesets?name=small", RULES, "application/yaml")
    text = SCENARIO.replace("partners.csv", dataset).replace("rules.yaml", ruleset)
    return made("/scenarios", text, "application/yaml")


def solved(parts: Parts, scenario: str, key: str) -> str:
    """The end of a run that is waited for."""
    status, run = parts.ask(
        "POST", f"/api/v1/scenarios/{scenario}/runs", {}, Prefer="wait=30", Idempotency_Key=key
    )
    assert status in (200, 202), run
    found = [run]

    def over() -> bool:
        found[0] = parts.ask("GET", f"/api/v1/runs/{run['id']}")[1]
        return found[0]["state"] not in ("queued", "running")

    assert eventually(over, 90)
    return str(found[0]["state"])


def test_a_run_is_solved_through_the_proxy(parts: Parts, scenario: str) -> None:
    assert solved(parts, scenario, "first") == "succeeded"


def test_health_is_inside_and_figures_are_not_passed_on(parts: Parts) -> None:
    assert parts.ask("GET", "/livez")[0] == 200
    assert parts.ask("GET", "/metrics")[0] == 404
    for part in parts.web:
        assert "cascade_workers 2.0" in part.health("/metrics")[1]


def test_events_come_through_the_proxy(parts: Parts, scenario: str) -> None:
    _, run = parts.ask("POST", f"/api/v1/scenarios/{scenario}/runs", {}, Idempotency_Key="events")
    events = parts.ask("GET", f"/api/v1/runs/{run['id']}/events", Accept="text/event-stream")[1]
    assert b"event: end" in events


def test_logs_are_json_with_the_address_of_the_client_and_without_the_key(parts: Parts) -> None:
    lines = [
        json.loads(line) for line in parts.logs().splitlines() if not line.startswith(("Goal", "Health"))
    ]
    clients = {line["client"] for line in lines if line["message"] == "answered" and "api/v1" in line["path"]}
    assert clients == {"127.0.0.1"}
    assert {"cascade.worker", "cascade.access"} <= {line["logger"] for line in lines}
    assert parts.key.partition(".")[2] not in parts.logs()


def test_the_service_goes_on_without_one_of_each(parts: Parts, scenario: str) -> None:
    for part in (parts.web[0], parts.workers[0]):
        part.end(signal.SIGKILL)
    assert all(parts.ask("GET", "/livez")[0] == 200 for _ in range(8))
    assert solved(parts, scenario, "without") == "succeeded"
    for part in (parts.web[0], parts.workers[0]):
        part.start()
    assert eventually(lambda: parts.web[0].health("/readyz")[0] == 200, 60)
    assert solved(parts, scenario, "again") == "succeeded"


def test_who_comes_by_http_is_sent_to_https(parts: Parts) -> None:
    text = (Path(__file__).parents[3] / "docs/deploy/nginx.conf").read_text(encoding="utf-8")
    assert "return 308 https://$host$request_uri;" in text
    assert parts.ask("GET", "/api/v1/runs", Host="evil.example.com")[0] == 400
