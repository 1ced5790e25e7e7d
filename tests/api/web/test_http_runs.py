"""Runs over HTTP: submitted, followed, cancelled, read in every format; with a worker and the real solver."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import openpyxl
import pytest
from api_client import ApiClient, admin_of, client_of
from click.testing import CliRunner
from python_calamine import load_workbook
from small import PARTNERS, RULES, SCENARIO, write_conflict, write_small
from world import CONFLICT, YAML, World, inputs, made, scenario_text, solved

from api.app import create_app
from api.cli.main import cascade
from api.db import Settings, Store, home_url
from api.db.scopes import Role
from api.resources.keys import service as keys
from api.web.config import Config, Limits
from api.worker.worker import Worker, WorkerSettings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiClient]:
    """An admin of a server that really solves, on the embedded database."""
    home = tmp_path_factory.mktemp("working")
    store = Store.open(Settings(home_url(home)))
    worker = Worker(store, WorkerSettings(home, slots=1))
    worker.start()
    app = create_app(Config(limits=Limits(events_s=20)), store)
    yield admin_of(app, store)
    app.extensions["cascade"].close()
    worker.stop()
    store.close()


def test_a_run_is_answered_in_one_request(working: ApiClient) -> None:
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
    (target,) = working.get(f"/runs/{run['id']}/allocations/cedar").json["targets"]
    assert target["receipt"][0]["kind"] == "fair share"
    assert sum(float(item["amount"]) for item in target["receipt"]) == float(target["target"]) == 315
    result = working.get(f"/runs/{run['id']}/result").json
    assert (result["state"], result["audit"]["verified"]) == ("succeeded", True)
    assert float(result["certificate"]["duality_gap"]) < 1e-9
    assert set(result["inputs"]) == set(working.get(f"/scenarios/{scenario}").json["files"])


def test_rules_that_conflict_are_an_answer_with_their_lines(working: ApiClient, tmp_path: Path) -> None:
    write_conflict(tmp_path)
    ids = inputs(working, "conflict")
    ruleset = made(
        working.post("/rulesets?name=tight", data=(tmp_path / "rules.yaml").read_bytes(), headers=YAML)
    )
    text = scenario_text(ids["dataset_id"], ruleset, "conflicting").encode()
    scenario = made(working.post("/scenarios", data=text, headers=YAML))
    answer = working.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=30"})
    assert (answer.status_code, answer.json["state"]) == (200, "infeasible")
    conflict = working.get(f"/runs/{answer.json['id']}/result").json["conflict"]
    named = {rule["rule"]: (rule["file"], rule["line"]) for rule in conflict["rules"]}
    assert named["within reach"] == ("tight.yaml", 2)
    refused = working.get(f"/runs/{answer.json['id']}/allocations")
    assert (refused.status_code, refused.json["code"]) == (409, "no-result")


def test_a_stream_tells_everything_and_ends_with_the_run(working: ApiClient) -> None:
    scenario = inputs(working, "streamed")["scenario_id"]
    run = made(working.post(f"/scenarios/{scenario}/runs"), 202)
    answer = working.get(f"/runs/{run}/events", headers={"Accept": "text/event-stream"})
    reported = events(answer.get_data(as_text=True))
    assert [name for _, name, _ in reported][:2] == ["queued", "started"]
    assert reported[-1][1:] == ("end", {"id": run, "state": "succeeded"})
    assert [number for number, _, _ in reported[:-1]] == list(range(1, len(reported)))
    resumed = working.get(
        f"/runs/{run}/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "2"}
    )
    assert [number for number, _, _ in events(resumed.get_data(as_text=True))[:-1]] == list(
        range(3, len(reported))
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


def test_a_stream_ends_with_the_key_that_follows(store: Store) -> None:
    app = create_app(Config(limits=Limits(events_s=60)), store)
    admin = admin_of(app, store)
    follower = client_of(app, store, admin.org_id, Role.VIEWER)
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    stream = follower.get(f"/runs/{run}/events", headers={"Accept": "text/event-stream"}, buffered=False)
    parts = iter(stream.response)
    assert b"retry" in next(parts)
    assert b"queued" in next(parts)
    with store.write() as session:
        keys.revoke(session, admin.org_id, follower.key_id, revoked_by="test")
    assert admin.post(f"/runs/{run}/cancel").status_code == 202
    assert list(parts) == []
    stream.close()
    assert app.extensions["cascade"].wait_slots.taken == 0


def test_a_stream_ends_with_the_run_that_is_erased(store: Store) -> None:
    app = create_app(Config(limits=Limits(events_s=60)), store)
    admin = admin_of(app, store)
    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    stream = admin.get(f"/runs/{run}/events", headers={"Accept": "text/event-stream"}, buffered=False)
    parts = iter(stream.response)
    assert b"queued" in next(parts) + next(parts)
    admin.post(f"/runs/{run}/cancel")
    assert admin.ask("DELETE", f"/runs/{run}").status_code == 204
    assert list(parts) == []


def test_who_cannot_wait_is_answered_at_once(store: Store) -> None:
    app = create_app(Config(limits=Limits(waiting=1)), store)
    admin = admin_of(app, store)
    assert app.extensions["cascade"].wait_slots.take("somebody")
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "wait=20"})
    assert answer.status_code == 202
    stream = admin.get(f"/runs/{answer.json['id']}/events", headers={"Accept": "text/event-stream"})
    assert (stream.status_code, stream.headers["Retry-After"]) == (503, "2")


def test_without_a_worker_the_wait_ends_with_a_202(admin: ApiClient) -> None:
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post(f"/scenarios/{scenario}/runs", headers={"Prefer": "respond-async, wait=1"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "2")
    assert answer.headers["Location"] == f"/api/v1/runs/{answer.json['id']}"


def test_options_are_reported_as_they_are_in_effect(admin: ApiClient) -> None:
    scenario = inputs(admin)["scenario_id"]
    body = {"options": {"time_limit_s": 7200, "memory_limit_mb": 512}, "priority": 3}
    run = admin.post(f"/scenarios/{scenario}/runs", body).json
    assert run["options"] == {"time_limit_s": 300.0, "memory_limit_mb": 512}
    assert (run["priority"], run["scenario_version"], run["submitted_by"]) == (3, 1, admin.key_id)
    for wrong in ({"time_limit_s": -1}, {"time_limit_s": 1e300}, {"memory_limit_mb": 1}):
        assert admin.post(f"/scenarios/{scenario}/runs", {"options": wrong}).status_code == 422


def test_a_run_is_cancelled_as_often_as_one_likes(admin: ApiClient) -> None:
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


def test_runs_are_submitted_together_or_not_at_all(admin: ApiClient) -> None:
    scenario = inputs(admin)["scenario_id"]
    answer = admin.post("/runs", {"scenarios": [scenario] * 3})
    assert (answer.status_code, len(answer.json["items"])) == (202, 3)
    listed = admin.get("/runs").json["items"]
    assert {run["id"] for run in listed} == {run["id"] for run in answer.json["items"]}
    assert admin.post("/runs", {"scenarios": [scenario, "scn_x"]}).status_code == 404
    assert admin.post("/runs", {"scenarios": [scenario] * 18}).status_code == 429
    assert admin.post("/runs", {"scenarios": [scenario] * 101}).status_code == 422
    assert len(admin.get("/runs?limit=200").json["items"]) == 3


def test_a_conflict_is_in_the_result(admin: ApiClient, store: Store) -> None:
    scenario = inputs(admin)["scenario_id"]
    infeasible = solved(admin, store, scenario, result=CONFLICT)
    conflict = admin.get(f"/runs/{infeasible}/result").json["conflict"]
    assert conflict["sentences"] == ["within reach leaves 630 of 660: 30 is missing."]
    for path in ("allocations", "allocations/acme"):
        assert admin.get(f"/runs/{infeasible}/{path}").status_code == 409
    waiting = made(admin.post(f"/scenarios/{scenario}/runs"), 202)
    assert admin.get(f"/runs/{waiting}/result").json["code"] == "no-result"


def test_an_allocation_comes_as_csv_and_as_a_workbook(world: World) -> None:
    path = f"/runs/{world['run_id']}/allocations"
    answer = world.admin.get(path, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [row["target"] for row in rows] == ["0", "0", "1", "1", "2", "2"]
    content = world.admin.get(path, headers={"Accept": XLSX}).get_data()
    head, *rows = load_workbook(io.BytesIO(content)).get_sheet_by_name("Targets revenue").to_python()
    assert [row[head.index("Target")] for row in rows] == [0.0, 1.0, 2.0, 3.0]
    page = world.admin.get(f"{path}?limit=1").json["items"][0]
    assert (page["binding"], page["cap"], page["unrounded"]) == (["cap", "floor"], None, "0.5")


def solved_upload(working: ApiClient, files: dict[str, str]) -> dict[str, str]:
    """Ids of a scenario uploaded with its files, and of its run."""
    scenario, *others = files.items()
    form = {
        "scenario": (io.BytesIO(scenario[1].encode()), scenario[0]),
        "files": [(io.BytesIO(text.encode()), name) for name, text in others],
    }
    made_now = working.post("/scenarios", data=form, content_type="multipart/form-data")
    assert made_now.status_code == 201, made_now.json
    run = working.post(f"/scenarios/{made_now.json['id']}/runs", headers={"Prefer": "wait=30"}).json
    assert run["state"] == "succeeded"
    return {"scenario": made_now.json["id"], "run": run["id"]}


def filled(content: bytes, partner: str, target: float | str, reason: str) -> bytes:
    """The workbook with one override, as a planner saves it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book["Targets"]
    heads = {cell.value: cell.column for cell in page[1]}
    (row,) = [cells[0].row for cells in page.iter_rows(min_row=2) if cells[0].value == partner]
    page.cell(row, heads["Override"]).value = target
    page.cell(row, heads["Reason"]).value = reason
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


CASCADED = SCENARIO.replace("scenario: small", "scenario: book") + "cascade: [region]\n"


def test_the_workbook_of_a_run_is_the_one_that_the_command_writes(working: ApiClient, tmp_path: Path) -> None:
    """To the byte: sheets, amounts, receipts, levels and what it rests on."""
    ids = solved_upload(working, {"scenario.yaml": CASCADED, "partners.csv": PARTNERS, "rules.yaml": RULES})
    write_small(tmp_path, scenario=CASCADED)
    ran = CliRunner().invoke(cascade, ["solve", str(tmp_path), "-o", str(tmp_path / "out"), "--xlsx"])
    assert ran.exit_code == 0, ran.output
    answer = working.get(f"/runs/{ids['run']}/allocations", headers={"Accept": XLSX})
    assert answer.data == (tmp_path / "out" / "allocation.xlsx").read_bytes()
    assert load_workbook(io.BytesIO(answer.data)).sheet_names == [
        "Summary",
        "Targets",
        "Levels",
        "Rules",
        "Receipts",
    ]


def test_overrides_in_the_workbook_of_a_run_become_a_version_of_its_scenario(working: ApiClient) -> None:
    """Priced, then written, then solved.

    With 250 for birch, 410 are left for acme and cedar, whose fair shares are 1 to 3: 102.5 and 307.5.
    """
    scenario = SCENARIO.replace("scenario: small", "scenario: decided  # agreed in May")
    ids = solved_upload(working, {"scenario.yaml": scenario, "partners.csv": PARTNERS, "rules.yaml": RULES})
    book = working.get(f"/runs/{ids['run']}/allocations", headers={"Accept": XLSX}).data
    path = f"/scenarios/{ids['scenario']}/adjustments?by=channel+desk"

    def send(content: bytes, query: str = "", **headers: str) -> Any:
        return working.post(path + query, data=content, content_type=XLSX, headers=headers)

    priced = send(filled(book, "birch", 250, "a second shop"), "&dry_run=true")
    assert priced.status_code == 200, priced.json
    (override,) = priced.json["overrides"]
    assert (override["partner"], override["change"], override["cell"]) == ("birch", "20", "Targets!P2")
    assert {move["partner"]: move["after"] for move in priced.json["together"]["moves"]} == {
        "birch": "250",
        "acme": "103",
        "cedar": "307",
    }
    tag = priced.headers["ETag"]
    assert send(filled(book, "birch", 250, "a second shop")).status_code == 428

    wrong = send(filled(book, "birch", "much", "a second shop"), **{"If-Match": tag})
    assert (wrong.status_code, wrong.json["findings"][0]["cell"]) == (422, "Targets!P2")
    beyond = send(filled(book, "cedar", 600, "all of it"), **{"If-Match": tag})
    assert (beyond.status_code, beyond.json["code"]) == (409, "infeasible")
    assert send(book, **{"If-Match": tag}).status_code == 422

    revised = send(filled(book, "birch", 250, "a second shop"), **{"If-Match": tag})
    assert (revised.status_code, revised.json["version"]) == (201, 2), revised.json
    assert revised.json["document"]["adjustments"] == [
        {
            "partner": "birch",
            "metric": "revenue",
            "target": 250,
            "by": "channel desk",
            "reason": "a second shop",
        }
    ]
    assert send(filled(book, "birch", 250, "a second shop"), **{"If-Match": tag}).status_code == 412
    run = working.post(f"/scenarios/{ids['scenario']}/runs", headers={"Prefer": "wait=30"}).json
    items = working.get(f"/runs/{run['id']}/allocations").json["items"]
    assert {row["partner"]: row["target"] for row in items} == {"birch": "250", "acme": "103", "cedar": "307"}
    decided = working.get(f"/runs/{run['id']}/result").json["adjustments"]
    assert [(one["by"], one["reason"]) for one in decided] == [("channel desk", "a second shop")]
    with zipfile.ZipFile(io.BytesIO(working.get(f"/runs/{run['id']}/record").data)) as record:
        texts = [record.read(name) for name in record.namelist() if name.endswith("scenario.yaml")]
    assert any(b"# agreed in May" in text for text in texts), "the planner's own lines stay"


def test_formulas_in_names_stay_text_in_every_format(working: ApiClient) -> None:
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
    sheet = load_workbook(io.BytesIO(content)).get_sheet_by_name("Targets").to_python()
    assert [row[0] for row in sheet[1:-1]] == ["=1+1", "@sum", "＝1"]
    back = made(
        working.post("/datasets?name=back&partner_id=partner", data=table.encode(), content_type="text/csv")
    )
    assert working.get(f"/datasets/{back}").json["partners"] == 3


def test_runs_are_compared(world: World) -> None:
    both = f"{world['run_id']},{world['other_run_id']}"
    found = world.admin.get(f"/comparisons?runs={both}").json
    moved = found["against_first"][0]["metrics"]["revenue"]
    assert (moved["targets_raised"], moved["partners_raised"], moved["up"]) == (3, 3, "15")
    assert [side["name"] for side in found["sides"]] == both.split(",")
    for wrong in (world["run_id"], f"{both},a,b,c,d"):
        assert world.admin.get(f"/comparisons?runs={wrong}").status_code == 422


def test_the_log_of_a_run_is_read_from_any_point(admin: ApiClient, store: Store) -> None:
    from api.db import run_lifecycle as runs

    run = made(admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs"), 202)
    claim = factories.claimed(store)
    while claim.run_id != run:
        claim = factories.claimed(store)
    with store.write() as session:
        runs.log(session, claim, ("hello",))
    reported = admin.get(f"/runs/{run}/log").json
    assert [entry["lines"] for entry in reported["entries"]] == [["hello"]]
    assert admin.get(f"/runs/{run}/log?after={reported['next_after']}").json["entries"] == []


def test_names_of_rules_are_kept_verbatim(working: ApiClient) -> None:
    name = "<script>alert(1)</script> ‮ ✓"
    rules = RULES.replace("within reach", f'"{name}"').encode()
    assert working.post("/rulesets?name=odd", data=rules, headers=YAML).status_code in (201, 422)


def test_what_is_long_is_read_aside_and_is_the_same(
    admin: ApiClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, other = world.ids["run_id"], world.ids["other_run_id"]
    asked = {
        f"/comparisons?runs={run},{other}": "application/json",
        f"/runs/{run}/allocations": "text/csv",
        f"/runs/{run}/record": "application/zip",
    }
    light = {path: world.admin.get(path, headers={"Accept": kind}) for path, kind in asked.items()}
    monkeypatch.setattr("api.web.offload._LIGHT", -1)
    for path, kind in asked.items():
        heavy = world.admin.get(path, headers={"Accept": kind})
        assert (heavy.status_code, heavy.data) == (200, light[path].data), path
    book = world.admin.get(f"/runs/{run}/allocations", headers={"Accept": XLSX})
    assert book.data.startswith(b"PK")
    missing = admin.get(f"/comparisons?runs={run},{other}")
    assert missing.status_code == 404
