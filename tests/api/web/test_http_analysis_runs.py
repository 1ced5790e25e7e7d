"""Analyses that take long are runs: queued, followed, cancelled, answered to the byte, and in no list."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_client import ApiClient, admin_of
from polling import eventually
from small import SCENARIO, write_small
from test_http_analyses import FILES, ask, folder, printed
from world import inputs, made

from api.app import create_app
from api.db import Settings, Store, home_url
from api.db.erasure import forget_analyses
from api.db.queue_policy import Policy
from api.db.tables import runs, workers
from api.db.tables.blobs import Blob
from api.db.tables.runs import State
from api.web.config import Config, Limits
from api.worker.worker import Worker, WorkerSettings

__all__ = ["folder"]  # a fixture

ASYNC = {"Prefer": "respond-async"}
SWEEP = ["sweep", "scenario.yaml", "--set", "within reach.growth_max=5%,8%", "--jobs", "1"]
QUESTION: dict[str, Any] = {
    "analysis": "sweep",
    "scenarios": ["scenario.yaml"],
    "parameters": ["within reach.growth_max=5%,8%"],
}
LONG = {**QUESTION, "parameters": ["within reach.growth_max=1%:99%:0.1%"]}
"""A thousand points: a minute or more."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pg: Any
) -> Iterator[Store]:
    """A store that a worker empties of what is queued, on each database."""
    home = tmp_path_factory.mktemp("working")
    opened = Store.open(Settings(home_url(home)) if request.param == "sqlite" else pg().bare())
    worker = Worker(opened, WorkerSettings(home, slots=2))
    worker.start()
    yield opened
    worker.stop(0)
    opened.close()


@pytest.fixture(scope="module")
def admin(store: Store) -> Iterator[ApiClient]:
    app = create_app(Config(limits=Limits(events_s=20)), store)
    yield admin_of(app, store)
    app.extensions["cascade"].close()


def on(store: Store, **limits: Any) -> Iterator[ApiClient]:
    """An admin of an application with these limits."""
    app = create_app(Config(limits=replace(Limits(), **limits)), store)
    yield admin_of(app, store)
    app.extensions["cascade"].close()


def submitted(answer: Any) -> str:
    """The id of the run that the answer leads to."""
    run = answer.json
    assert answer.status_code == 202, run
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    return str(run["id"])


def ended(admin: ApiClient, run_id: str) -> dict[str, Any]:
    """The run once it is over."""

    def over() -> bool:
        return State(admin.get(f"/runs/{run_id}").json["state"]).final

    assert eventually(over, within_s=60)
    found: dict[str, Any] = admin.get(f"/runs/{run_id}").json
    return found


def test_it_is_answered_to_the_byte_and_stands_in_no_list(admin: ApiClient, folder: Path) -> None:
    run_id = submitted(ask(admin, QUESTION, headers=ASYNC))
    run = ended(admin, run_id)
    assert (run["state"], run["analysis"], run["scenario"]) == ("succeeded", "sweep", None)
    answer = admin.get(f"/runs/{run_id}/result")
    assert answer.get_data(as_text=True) == printed(folder, SWEEP)
    for path in ("/runs", "/scenarios", "/datasets", "/rulesets"):
        assert admin.get(path).json["items"] == []
    events = admin.get(f"/runs/{run_id}/events", headers={"Accept": "text/event-stream"}).get_data(
        as_text=True
    )
    assert [line for line in events.splitlines() if line.startswith("event: ")][-1] == "event: end"


def test_the_points_of_a_sweep_are_shared_by_the_workers(
    admin: ApiClient, store: Store, folder: Path
) -> None:
    """Seventeen points in four parts; what becomes of them is what one process finds, to the byte."""
    parameter = "within reach.growth_max=1%:17%:1%"
    assert eventually(lambda: _is_seen(store))
    run_id = submitted(ask(admin, {**QUESTION, "parameters": [parameter]}, headers=ASYNC))
    assert ended(admin, run_id)["state"] == "succeeded"
    with store.read() as session:
        whole = runs.get_any(session, admin.org_id, run_id)
        assert [part.state for part in runs.parts(session, whole)] == ["succeeded"] * 4
    answer = admin.get(f"/runs/{run_id}/result").get_data(as_text=True)
    assert answer == printed(folder, ["sweep", "scenario.yaml", "--set", parameter, "--jobs", "1"])


def _is_seen(store: Store) -> bool:
    with store.read() as session:
        return bool(workers.present(session))


def test_what_is_stored_is_asked_about_as_it_was_when_submitted(admin: ApiClient) -> None:
    scenario = inputs(admin, "kept")["scenario_id"]
    question = {**QUESTION, "scenarios": [scenario]}
    at_once = admin.post("/analyses", question)
    run_id = submitted(admin.post("/analyses", question, headers=ASYNC))
    assert ended(admin, run_id)["state"] == "succeeded"
    assert admin.get(f"/runs/{run_id}/result").get_data() == at_once.get_data()


def test_it_becomes_a_run_where_it_is_expected_to_take_long(store: Store) -> None:
    """Two points of a tenth of a second are above a limit of a tenth."""
    for admin in on(store, answer_s=0.1):
        assert ended(admin, submitted(ask(admin, QUESTION)))["state"] == "succeeded"


def test_it_becomes_a_run_where_it_takes_longer_than_expected(store: Store) -> None:
    """A process that is not there yet takes longer than a tenth of a second to come."""
    for admin in on(store, answer_s=0.15):
        question = {"analysis": "explain", "scenarios": ["scenario.yaml"], "partner": "acme"}
        assert ended(admin, submitted(ask(admin, question)))["analysis"] == "explain"


def test_it_is_cancelled_while_it_works(admin: ApiClient) -> None:
    run_id = submitted(ask(admin, LONG, headers=ASYNC))
    assert eventually(
        lambda: admin.get(f"/runs/{run_id}").json["stage"] in ("solving point", "parts"), within_s=60
    )
    assert admin.post(f"/runs/{run_id}/cancel").status_code == 202
    assert ended(admin, run_id)["state"] == "cancelled"
    assert admin.get(f"/runs/{run_id}/result").json["code"] == "no-result"


def test_its_mistakes_are_reported_where_they_are(admin: ApiClient) -> None:
    question = {"analysis": "explain", "scenarios": ["scenario.yaml"], "partner": "no one"}
    run = ended(admin, submitted(ask(admin, question, headers=ASYNC)))
    assert (run["state"], run["reason"]) == ("failed", "invalid")
    assert [(one["code"], one["pointer"]) for one in run["findings"]] == [("invalid", "/partner")]
    broken = {**FILES, "rules.yaml": "rules:\n  - {name: a, kind: growth_capp}\n"}
    run = ended(
        admin, submitted(ask(admin, {"analysis": "lint", "scenarios": ["scenario.yaml"]}, ASYNC, broken))
    )
    assert (run["state"], run["analysis"]) == ("succeeded", "lint")
    run = ended(admin, submitted(ask(admin, QUESTION, ASYNC, broken)))
    assert (run["state"], run["reason"]) == ("failed", "findings")
    assert [(one["code"], one["file"], one["line"]) for one in run["findings"]] == [
        ("unknown-kind", "rules.yaml", 2)
    ]


def test_the_same_key_asks_once(admin: ApiClient) -> None:
    question = {**QUESTION, "scenarios": [inputs(admin, "once")["scenario_id"]]}
    headers = {**ASYNC, "Idempotency-Key": "one"}
    first, again = (admin.post("/analyses", question, headers=headers) for _ in range(2))
    assert submitted(first) == submitted(again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_it_is_no_run_of_a_scenario(admin: ApiClient) -> None:
    """Nothing that reads targets, compares or publishes takes it for one."""
    run_id = submitted(ask(admin, QUESTION, headers=ASYNC))
    ended(admin, run_id)
    for path in ("allocations", "levels", "record", "allocations/acme"):
        assert admin.get(f"/runs/{run_id}/{path}").json["code"] in ("no-result", "not-found"), path
    plan = admin.post("/plans", {"run": run_id, "period": "FY2027", "reason": "no"})
    assert (plan.status_code, plan.json["code"]) == (404, "not-found")
    compared = admin.post("/analyses", {"analysis": "compare", "runs": [run_id, run_id]})
    assert compared.status_code == 404


def test_strangers_do_not_see_it(admin: ApiClient, store: Store) -> None:
    run_id = submitted(ask(admin, QUESTION, headers=ASYNC))
    for stranger in on(store):
        for path in ("", "/result", "/events", "/log"):
            assert stranger.get(f"/runs/{run_id}{path}", headers={"Accept": "*/*"}).status_code == 404
        assert stranger.post(f"/runs/{run_id}/cancel").status_code == 404
    ended(admin, run_id)


def test_it_is_erased_with_its_files_a_day_after_its_end(admin: ApiClient, store: Store) -> None:
    mine = {**FILES, "scenario.yaml": SCENARIO.replace("A small year", "A year to forget")}
    run_id = submitted(ask(admin, QUESTION, ASYNC, mine))
    ended(admin, run_id)
    with store.write() as session:
        assert forget_analyses(session, kept=Policy().analysis_kept) == 0
    assert admin.get(f"/runs/{run_id}/result").status_code == 200
    with store.write() as session:
        assert forget_analyses(session, kept=timedelta(0)) >= 1
        kept = session.query(Blob).filter_by(org_id=admin.org_id, size=len(mine["scenario.yaml"])).all()
    assert kept == []
    assert admin.get(f"/runs/{run_id}").status_code == 404


def test_it_can_be_erased_at_once(admin: ApiClient) -> None:
    run_id = submitted(ask(admin, QUESTION, headers=ASYNC))
    ended(admin, run_id)
    assert admin.ask("DELETE", f"/runs/{run_id}").status_code == 204
    assert admin.get(f"/runs/{run_id}").status_code == 404


def test_the_queue_has_room_for_so_many(store: Store) -> None:
    app = create_app(Config(policy=Policy(org_queue_limit=0)), store)
    full = admin_of(app, store)
    answer = ask(full, QUESTION, headers=ASYNC)
    assert (answer.status_code, answer.json["code"]) == (429, "queue-full")
    app.extensions["cascade"].close()


def test_the_run_of_a_record_comes_out_the_same(admin: ApiClient, tmp_path: Path) -> None:
    """Over HTTP from the stored run, by the command from its record; the answers are equal to the byte."""
    scenario = inputs(admin, "again")["scenario_id"]
    run_id = made(admin.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=30"}), 200)
    answer = admin.post("/analyses", {"analysis": "replay", "runs": [run_id]})
    assert (answer.status_code, answer.json["same"]) == (200, True), answer.json
    (tmp_path / "record.zip").write_bytes(admin.get(f"/runs/{run_id}/record").get_data())
    replayed = printed(tmp_path, ["replay", "record.zip", "--beside", "."])
    assert answer.get_data(as_text=True) == replayed


def test_an_uploaded_record_is_replayed_without_a_look_at_the_server(
    admin: ApiClient, tmp_path: Path
) -> None:
    printed(write_small(tmp_path).parent, ["solve", "scenario.yaml", "-o", "out"])
    record = (tmp_path / "out" / "record.zip").read_bytes()
    parts = [(io.BytesIO(record), "record.zip")]
    form = {"question": json.dumps({"analysis": "replay", "record": "record.zip"}), "files": parts}
    answer = admin.post("/analyses", data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["same"], answer.json["read_since"]) == (200, True, None)
    refused = admin.post("/analyses", {"analysis": "replay", "runs": [], "beside": "/"})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid")
