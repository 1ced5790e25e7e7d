"""Runs over HTTP: submitted, followed, cancelled, read in every format; with a worker and the real solver."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import making
import pytest
from asker import Asker, admin_of
from python_calamine import load_workbook
from small import RULES, write_conflict
from world import CONFLICT, YAML, World, inputs, made, scenario_text, solved

from api.app import create_app
from api.http.config import Config, Limits
from api.store import Settings, Store, home_url
from api.worker import Worker, WorkerSettings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """An admin of a server that really solves, on the embedded database."""
    home = tmp_path_factory.mktemp("working")
    store = Store.open(Settings(home_url(home)))
    worker = Worker(store, WorkerSettings(home, slots=1))
    worker.start()
    yield admin_of(create_app(Config(limits=Limits(events_s=20)), store), store)
    worker.stop()
    store.close()


def test_a_run_is_answered_in_one_request(working: Asker) -> None:
    scenario = inputs(working)["scenario_id"]
    answer = working.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=30"})
    run = answer.json
    assert (answer.status_code, run["state"], run["termination"]) == (200, "succeeded", "optimal")
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert run["usage"]["wall_s"] > 0
    targets = working.get(f"/runs/{run['id']}/allocations").json["items"]
    assert {row["partner"]: row["target"] for row in targets} == {
        "birch": "230",
        "acme": "115",
        "cedar": "315",
    }
    receipt = working.get(f"/runs/{run['id']}/receipts/cedar").json["receipts"][0]
    assert receipt["items"][0]["kind"] == "fair share"
    assert sum(float(item["amount"]) for item in receipt["items"]) == float(receipt["target"]) == 315
    figures = working.get(f"/runs/{run['id']}/metrics").json
    assert (figures["attempts"], float(figures["certificate"]["duality_gap"]) < 1e-9) == (1, True)
    result = working.get(f"/runs/{run['id']}/result").json
    assert (result["state"], result["audit"]["verified"]) == ("succeeded", True)
    assert set(result["inputs"]) == set(working.get(f"/scenarios/{scenario}").json["files"])


def test_rules_that_clash_are_an_answer_with_their_lines(working: Asker, tmp_path: Path) -> None:
    write_conflict(tmp_path)
    ids = inputs(working, "clash")
    ruleset = made(
        working.post("/rulesets?name=tight", data=(tmp_path / "rules.yaml").read_bytes(), headers=YAML)
    )
    text = scenario_text(ids["dataset_id"], ruleset, "clashing").encode()
    scenario = made(working.post("/scenarios", data=text, headers=YAML))
    answer = working.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=30"})
    assert (answer.status_code, answer.json["state"]) == (200, "infeasible")
    conflict = working.get(f"/runs/{answer.json['id']}/conflict").json
    named = {rule["rule"]: (rule["file"], rule["line"]) for rule in conflict["rules"]}
    assert named["within reach"] == (f"{ruleset}.yaml", 2)
    refused = working.get(f"/runs/{answer.json['id']}/allocations")
    assert (refused.status_code, refused.json["code"]) == (409, "no-result")


def test_a_stream_tells_everything_and_ends_with_the_run(working: Asker) -> None:
    scenario = inputs(working, "streamed")["scenario_id"]
    run = made(working.post(f"/scenarios/{scenario}/runs"), 202)
    answer = working.get(f"/runs/{run}/events", headers={"Accept": "text/event-stream"})
    told = events(answer.get_data(as_text=True))
    assert [name for _, name, _ in told][:2] == ["queued", "started"]
    assert told[-1][1:] == ("end", {"id": run, "state": "succeeded"})
    assert [number for number, _, _ in told[:-1]] == list(range(1, len(told)))
    resumed = working.get(
        f"/runs/{run}/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "2"}
    )
    assert [number for number, _, _ in events(resumed.get_data(as_text=True))[:-1]] == list(
        range(3, len(told))
    )
    assert answer.headers["X-Accel-Buffering"] == "no"


def events(text: str) -> list[tuple[int | None, str, dict[str, object]]]:
    assert text.startswith("retry: 2000\n\n")
    found = []
    for block in text.removeprefix("retry: 2000\n\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if fields:
            number = int(fields["id"]) if "id" in fields else None
            found.append((number, fields["event"], json.loads(fields["data"])))
    return found


def test_a_silent_stream_ends_after_a_while_to_be_taken_up_again(store: Store) -> None:
    app = create_app(Config(limits=Limits(events_s=0.2)), store)
    admin = admin_of(app, store)
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    text = admin.get(f"/runs/{run}/events", headers={"Accept": "text/event-stream"}).get_data(as_text=True)
    assert [name for _, name, _ in events(text)] == ["queued"]


def test_who_cannot_wait_is_answered_at_once(store: Store) -> None:
    app = create_app(Config(limits=Limits(waiting=1)), store)
    admin = admin_of(app, store)
    assert app.extensions["cascade"].places.take("somebody")
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=20"})
    assert answer.status_code == 202
    stream = admin.get(f"/runs/{answer.json['id']}/events", headers={"Accept": "text/event-stream"})
    assert (stream.status_code, stream.headers["Retry-After"]) == (503, "2")


def test_without_a_worker_the_wait_ends_with_a_202(admin: Asker) -> None:
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "respond-async, wait=1"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.headers["Location"] == f"/api/v1/runs/{answer.json['id']}"


def test_a_dry_run_checks_and_solves_nothing(admin: Asker) -> None:
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post(f"/scenarios/{scenario}/runs?dry_run=true")
    assert (answer.status_code, answer.json) == (200, {"dry_run": True, "findings": []})
    assert admin.get("/runs").json["items"] == []


def test_options_are_told_as_they_are_in_effect(admin: Asker) -> None:
    scenario = inputs(admin)["scenario_id"]
    body = {"options": {"time_limit_s": 7200, "memory_limit_mb": 512}, "priority": 3}
    run = admin.post(f"/scenarios/{scenario}/runs", body).json
    assert run["options"] == {"time_limit_s": 300.0, "memory_limit_mb": 512}
    assert (run["priority"], run["scenario_version"], run["submitted_by"]) == (3, 1, admin.key_id)
    for wrong in ({"time_limit_s": -1}, {"time_limit_s": 1e300}, {"memory_limit_mb": 1}):
        assert admin.post(f"/scenarios/{scenario}/runs", {"options": wrong}).status_code == 422


def test_a_run_is_cancelled_as_often_as_one_likes(admin: Asker) -> None:
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    answers = [admin.post(f"/runs/{run}/cancel") for _ in range(2)]
    assert [(answer.status_code, answer.json["state"]) for answer in answers] == [(202, "cancelled")] * 2
    assert admin.get("/runs?state=cancelled").json["items"][0]["id"] == run
    assert admin.ask("DELETE", f"/runs/{run}").status_code == 204
    assert admin.get(f"/runs/{run}").status_code == 404


def test_a_finished_run_cannot_be_cancelled_nor_one_under_a_plan_erased(world: World) -> None:
    refused = world.admin.post(f"/runs/{world['run_id']}/cancel")
    assert (refused.status_code, refused.json["code"]) == (409, "run-finished")
    kept = world.admin.ask("DELETE", f"/runs/{world['run_id']}")
    assert (kept.status_code, kept.json["code"]) == (409, "in-use")


def test_a_batch_is_submitted_whole_or_not_at_all(admin: Asker) -> None:
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post("/runs:batch", {"scenarios": [scenario] * 3})
    assert (answer.status_code, len(answer.json["runs"])) == (202, 3)
    batch = admin.get(answer.headers["Location"].removeprefix("/api/v1")).json
    assert [run["id"] for run in batch["runs"]] == [run["id"] for run in answer.json["runs"]]
    assert admin.post("/runs:batch", {"scenarios": [scenario, "scn_x"]}).status_code == 404
    assert admin.post("/runs:batch", {"scenarios": [scenario] * 18}).status_code == 429
    assert admin.post("/runs:batch", {"scenarios": [scenario] * 101}).status_code == 422
    assert len(admin.get("/runs?limit=200").json["items"]) == 3


def test_a_conflict_is_read_and_missing_where_there_is_none(admin: Asker, store: Store) -> None:
    scenario = inputs(admin)["scenario_id"]
    clashing = solved(admin, store, scenario, result=CONFLICT)
    conflict = admin.get(f"/runs/{clashing}/conflict").json
    assert conflict["sentences"] == ["within reach leaves 630 of 660: 30 is lacking."]
    for path in ("allocations", "allocations/acme", "receipts/acme"):
        assert admin.get(f"/runs/{clashing}/{path}").status_code == 409
    fine = solved(admin, store, scenario)
    assert admin.get(f"/runs/{fine}/conflict").status_code == 409
    waiting = made(admin.post(f"/scenarios/{scenario}/runs"), 202)
    assert admin.get(f"/runs/{waiting}/result").json["code"] == "no-result"


def test_an_allocation_comes_as_csv_and_as_a_workbook(world: World) -> None:
    path = f"/runs/{world['run_id']}/allocations"
    answer = world.admin.get(path, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [row["target"] for row in rows] == ["0", "0", "1", "1", "2", "2"]
    content = world.admin.get(path, headers={"Accept": XLSX}).get_data()
    sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[7] for row in sheet] == ["target", 0.0, 0.0, 1.0, 1.0, 2.0, 2.0]
    page = world.admin.get(f"{path}?limit=1").json["items"][0]
    assert (page["binding"], page["cap"], page["unrounded"]) == (["cap", "floor"], None, "0.5")


def test_formulas_in_names_stay_text_in_every_format(working: Asker) -> None:
    partners = "partner_id,name,region,last\n=1+1,x,N,100\n@sum,x,N,100\n＝1,x,N,100\n".encode()
    dataset = made(working.post("/datasets?name=formulas", data=partners, content_type="text/csv"))
    ruleset = made(working.post("/rulesets", {"name": "none", "rules": []}))
    text = scenario_text(dataset, ruleset, "formulas").encode()
    scenario = made(working.post("/scenarios", data=text, headers=YAML))
    run = working.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=30"}).json
    path = f"/runs/{run['id']}/allocations"
    assert [row["partner"] for row in working.get(path).json["items"]] == ["=1+1", "@sum", "＝1"]
    table = working.get(path, headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert [line.split(",")[0] for line in table.split("\n")[1:4]] == ["'=1+1", "'@sum", "'＝1"]
    content = working.get(path, headers={"Accept": XLSX}).get_data()
    sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == ["=1+1", "@sum", "＝1"]
    back = made(
        working.post("/datasets?name=back&partner_id=partner", data=table.encode(), content_type="text/csv")
    )
    assert working.get(f"/datasets/{back}").json["partners"] == 3


def test_runs_are_compared_and_the_comparison_kept(world: World) -> None:
    both = f"{world['run_id']},{world['other_run_id']}"
    found = world.admin.get(f"/comparisons?runs={both}").json
    moved = found["against_first"][0]["moves"]["revenue"]
    assert (moved["total_before"], moved["total_after"], moved["raised"]) == ("3", "18", 3)
    kept = world.admin.get(f"/comparisons/{world['comparison_id']}").json
    assert kept["document"] == found
    for wrong in (world["run_id"], f"{both},a,b,c,d"):
        assert world.admin.get(f"/comparisons?runs={wrong}").status_code == 422


def test_the_log_of_a_run_is_read_from_any_point(admin: Asker, store: Store) -> None:
    from api import runs

    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    claim = making.claimed(store)
    while claim.run_id != run:
        claim = making.claimed(store)
    with store.write() as session:
        runs.log(session, claim, ("hello",))
    told = admin.get(f"/runs/{run}/log").json
    assert [entry["lines"] for entry in told["entries"]] == [["hello"]]
    assert admin.get(f"/runs/{run}/log?after={told['next_after']}").json["entries"] == []


def test_names_of_rules_are_kept_verbatim(working: Asker) -> None:
    name = "<script>alert(1)</script> ‮ ✓"
    rules = RULES.replace("within reach", f'"{name}"').encode()
    assert working.post("/rulesets?name=odd", data=rules, headers=YAML).status_code in (201, 422)


def test_what_is_long_is_read_aside_and_is_the_same(
    admin: Asker, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = world.ids["run_id"], world.ids["other_run_id"]
    asked = {
        f"/comparisons?runs={run},{other}": "application/json",
        f"/runs/{run}/allocations": "text/csv",
        f"/runs/{run}/record": "application/zip",
    }
    light = {path: world.admin.get(path, headers={"Accept": kind}) for path, kind in asked.items()}
    monkeypatch.setattr("api.http.looking._LIGHT", -1)
    for path, kind in asked.items():
        heavy = world.admin.get(path, headers={"Accept": kind})
        assert (heavy.status_code, heavy.data) == (200, light[path].data), path
    book = world.admin.get(f"/runs/{run}/allocations", headers={"Accept": XLSX})
    assert book.data.startswith(b"PK")
    missing = admin.get(f"/comparisons?runs={run},{other}")
    assert missing.status_code == 404


def test_a_run_without_an_answer_has_figures_all_the_same(admin: Asker) -> None:
    scenario = inputs(admin)["scenario_id"]
    run = made(admin.post(f"/scenarios/{scenario}/runs"), 202)
    assert admin.get(f"/runs/{run}/metrics").json["attempts"] == 0
    made(admin.post(f"/runs/{run}/cancel"), 202)
    assert admin.get(f"/runs/{run}/metrics").json["seconds"] == {}
    assert admin.get("/runs/run_06A1B2C3D4E5F6G7H8J9K0M1N2/metrics").status_code == 404
