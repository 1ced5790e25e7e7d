"""Datasets, rule sets, scenarios: uploaded, kept, read back, refused."""

import dataclasses
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from api_client import ApiClient
from small import PARTNERS, RULES
from world import YAML, checked, inputs, made, scenario_text

from api.app import Application
from api.processes.pool import READ, Capacity, Pool
from api.processes.work_process import Allowed
from api.web import attachments
from scenarios.tables.read_table import ENDINGS

XLS = Path(__file__).parents[2] / "scenarios" / "formats" / "partners.xls"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(*rows: list[str]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def parquet(table: dict[str, list[Any]]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(table), content)
    return content.getvalue()


def feather(table: dict[str, list[Any]]) -> bytes:
    content = io.BytesIO()
    pa.feather.write_feather(pa.table(table), content)
    return content.getvalue()


TABLES = {
    "text/csv": PARTNERS.encode(),
    XLSX: workbook(["partner_id", "last"], ["acme", "100"]),
    "application/vnd.apache.parquet": parquet({"partner_id": ["acme"], "last": [100]}),
    "text/tab-separated-values": b"partner_id\tlast\nacme\t100\n",
    "text/plain": b"partner_id|last\nacme|100\n",
    "application/gzip": gzip.compress(b"partner_id,last\nacme,100\n", mtime=0),
    "application/vnd.apache.arrow.file": feather({"partner_id": ["acme"], "last": [100]}),
    "application/vnd.ms-excel": XLS.read_bytes(),
}


@pytest.mark.parametrize(("kind", "content"), TABLES.items())
def test_a_table_is_kept_to_the_byte(admin: ApiClient, kind: str, content: bytes) -> None:
    made_now = admin.post("/datasets?name=a", data=content, content_type=kind)
    assert made_now.status_code == 201
    back = admin.get(f"/datasets/{made_now.json['id']}", headers={"Accept": kind})
    assert (back.get_data(), back.mimetype.lower()) == (content, kind)
    again = admin.post("/datasets?name=a", data=content, content_type=kind)
    assert (again.status_code, again.json["id"]) == (200, made_now.json["id"])


def test_every_format_that_is_read_has_a_media_type() -> None:
    assert {f".{form}" for form in attachments.TABLES.values()} == set(ENDINGS) - {".tab", ".psv"}


def test_a_legacy_encoding_is_detected_and_reported(admin: ApiClient) -> None:
    """Upload and scenario both say how the bytes were read: as windows-1252, with semicolons and a decimal comma."""
    table = "partner_id;name;last\nA1;Müller;1.234,50\nB2;Äbler;99,00\n".encode("cp1252")
    answer = admin.post("/datasets?name=german", data=table, content_type="text/csv")
    assert answer.status_code == 201
    (note,) = answer.json["warnings"]
    assert (note["code"], note["severity"]) == ("read-as", "note")
    assert "windows-1252" in note["message"]
    assert "semicolons" in note["message"]


def test_every_kind_of_table_comes_with_a_scenario(admin: ApiClient) -> None:
    """A form with a packed table: the table becomes a dataset of its own, under its name without the ending."""
    scenario = scenario_text("partners.csv.gz", "library:reseller", "packed").replace(
        "[library:reseller]", "[]"
    )
    parts = {
        "scenario": (io.BytesIO(scenario.encode()), "scenario.yaml"),
        "files": [(io.BytesIO(gzip.compress(PARTNERS.encode())), "partners.csv.gz")],
    }
    answer = admin.post("/scenarios", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.json
    dataset = admin.get(f"/datasets/{answer.json['inputs']['partners.csv.gz']}").json
    assert (dataset["name"], dataset["format"], dataset["partners"]) == ("partners", "csv.gz", 3)


def test_a_table_may_come_as_json(admin: ApiClient) -> None:
    partners = [{"partner_id": "a", "last": "0.10", "flag": True}, {"partner_id": "=b", "last": None}]
    dataset = admin.post("/datasets", {"name": "a", "partners": partners}).json
    assert (dataset["partners"], dataset["columns"]) == (2, ["partner_id", "last", "flag"])
    content = admin.get(f"/datasets/{dataset['id']}", headers={"Accept": "text/csv"}).get_data()
    assert content == b"partner_id,last,flag\na,0.10,TRUE\n=b,,\n"


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "duplicate partner": ("text/csv", b"partner_id,x\na,1\na,2\n", "duplicate-partner"),
    "the same partner, composed otherwise": (
        "text/csv", "partner_id,x\ncaf\u00e9,1\ncafe\u0301,2\n".encode(), "duplicate-partner"),
    "a name that turns the writing": ("text/csv", "partner_id,x\na\u202eb,1\n".encode(), "bad-id"),
    "no such column": ("text/csv", b"id,x\na,1\n", "unknown-column"),
    "a zip that says csv": ("text/csv", TABLES[XLSX], "not-a-table"),
    "a csv that says xlsx": (XLSX, b"partner_id,x\na,1\n", "not-a-table"),
    "no bytes": ("text/csv", b"", "empty-table"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "content", "code"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_with_findings(
    admin: ApiClient, kind: str, content: bytes, code: str
) -> None:
    answer = admin.post("/datasets?name=a", data=content, content_type=kind)
    assert answer.status_code == 422
    assert code in [finding["code"] for finding in answer.json["findings"]]


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (400 << 20))
    return content.getvalue()


def test_a_zip_bomb_is_refused_before_it_goes_off(admin: ApiClient) -> None:
    answer = admin.post("/datasets?name=a", data=bomb(), content_type=XLSX)
    assert answer.status_code == 422


def test_macros_are_refused(admin: ApiClient) -> None:
    content = io.BytesIO(TABLES[XLSX])
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert admin.post("/datasets?name=a", data=content.getvalue(), content_type=XLSX).status_code == 422


def test_a_dataset_goes_only_when_nothing_is_built_on_it(admin: ApiClient) -> None:
    ids = inputs(admin)
    refused = admin.ask("DELETE", f"/datasets/{ids['dataset_id']}")
    assert (refused.status_code, refused.json["code"]) == (409, "in-use")
    spare = made(admin.post("/datasets?name=spare", data=b"partner_id,x\nz,1\n", content_type="text/csv"))
    assert admin.ask("DELETE", f"/datasets/{spare}").status_code == 204
    assert admin.get(f"/datasets/{spare}").status_code == 404


def test_rule_sets_are_versions_that_never_change(admin: ApiClient) -> None:
    first = admin.post("/rulesets?name=programme", data=RULES.encode(), headers=YAML).json
    second = admin.post(
        "/rulesets?name=programme", data=RULES.replace("5%", "6%").encode(), headers=YAML
    ).json
    again = admin.post("/rulesets?name=programme", data=RULES.encode(), headers=YAML)
    assert (first["version"], second["version"]) == (1, 2)
    assert (again.status_code, again.json["id"]) == (200, first["id"])
    content = admin.get(f"/rulesets/{first['id']}", headers={"Accept": "application/yaml"}).get_data()
    assert content == RULES.encode()


def test_rules_may_come_as_json(admin: ApiClient) -> None:
    rules = [{"name": "grow", "kind": "growth_floor", "growth_min": "3%"}]
    ruleset = made(admin.post("/rulesets", {"name": "json", "rules": rules}))
    content = admin.get(f"/rulesets/{ruleset}", headers={"Accept": "application/yaml"}).get_data()
    assert json.loads(content)["rules"] == rules


def test_an_unknown_kind_is_refused_with_its_line_and_a_guess(admin: ApiClient) -> None:
    text = RULES.replace("growth_cap", "growth_cup")
    finding = admin.post("/rulesets?name=a", data=text.encode(), headers=YAML).json["findings"][0]
    assert (finding["code"], finding["line"], finding["column"]) == ("unknown-kind", 3, 11)
    assert "growth_cap" in finding["remedy"]


def test_a_scenario_keeps_its_files_and_its_words(admin: ApiClient) -> None:
    ids = inputs(admin)
    scenario = admin.get(f"/scenarios/{ids['scenario_id']}").json
    assert scenario["document"]["partners"] == ids["dataset_id"]
    assert set(scenario["files"]) == {"scenario.yaml", "small.csv", "small.yaml"}
    assert scenario["inputs"] == {"small.csv": ids["dataset_id"], "small.yaml": ids["ruleset_id"]}


def test_a_scenario_may_come_as_json_and_be_patched(admin: ApiClient) -> None:
    ids = inputs(admin)
    document = {
        "scenario": "as json",
        "partners": ids["dataset_id"],
        "metrics": {"revenue": {"unit": "USD", "round_to": "0.01", "baseline": "last"}},
        "targets": [{"name": "company target", "metric": "revenue", "total": 660.25}],
        "rules": [ids["ruleset_id"], "library:reseller"][:1],
    }
    scenario = made(admin.post("/scenarios", document))
    patch = {"title": "Patched", "targets": [{"name": "company target", "metric": "revenue", "total": "661"}]}
    kind = "application/merge-patch+json"
    done = admin.ask(
        "PATCH",
        f"/scenarios/{scenario}",
        data=json.dumps(patch),
        content_type=kind,
        headers={"If-Match": '"1"'},
    )
    assert (done.status_code, done.json["version"], done.json["title"]) == (200, 2, "Patched")
    assert done.json["document"]["metrics"] == document["metrics"]
    gone = admin.ask(
        "PATCH",
        f"/scenarios/{scenario}",
        data=b'{"metrics": null}',
        content_type=kind,
        headers={"If-Match": "*"},
    )
    assert gone.status_code == 422


def test_a_variant_brings_along_what_it_extends(admin: ApiClient) -> None:
    ids = inputs(admin)
    change = {"within reach": {"growth_max": "10%"}}
    one = made(admin.post("/scenarios", {"scenario": "v1", "extends": ids["scenario_id"], "change": change}))
    two = admin.post("/scenarios", {"scenario": "v2", "extends": one, "title": "Twice removed"})
    assert two.status_code == 201
    assert {"v1 v1/scenario.yaml", "v1 v1/small v1/scenario.yaml"} <= set(two.json["files"])
    wrong = {"scenario": "v3", "extends": one, "change": {"within rich": {"growth_max": "1%"}}}
    finding = admin.post("/scenarios", wrong).json["findings"][0]
    assert (finding["code"], finding["pointer"]) == ("unknown-name", "/change/within rich")


def test_a_name_is_taken_once(admin: ApiClient) -> None:
    ids = inputs(admin)
    text = scenario_text(ids["dataset_id"], ids["ruleset_id"]).encode()
    again = admin.post("/scenarios", data=text, headers=YAML)
    assert (again.status_code, again.json["code"]) == (409, "name-taken")


def test_the_name_of_a_scenario_stays(admin: ApiClient) -> None:
    ids = inputs(admin)
    text = scenario_text(ids["dataset_id"], ids["ruleset_id"], "other").encode()
    answer = admin.ask(
        "PUT", f"/scenarios/{ids['scenario_id']}", data=text, headers={**YAML, "If-Match": '"1"'}
    )
    assert answer.status_code == 422


def test_a_reference_in_quotes_or_in_a_list_is_found_where_it_stands(admin: ApiClient) -> None:
    ids = inputs(admin)
    text = scenario_text(f'"{ids["dataset_id"]}"', f'"{ids["ruleset_id"]}"  ', "quoted").encode()
    scenario = made(admin.post("/scenarios", data=text, headers=YAML))
    assert checked(admin, scenario) == []


def test_doubts_are_reported_and_do_not_stand_in_the_way(admin: ApiClient) -> None:
    ids = inputs(admin)
    rules = [
        {"name": "for no one", "kind": "growth_floor", "growth_min": "3%", "where": {"region": ["Mars"]}}
    ]
    ruleset = made(admin.post("/rulesets", {"name": "doubtful", "rules": rules}))
    text = scenario_text(ids["dataset_id"], ruleset, "doubtful").encode()
    answer = admin.post("/scenarios", data=text, headers=YAML)
    assert answer.status_code == 201
    assert [warning["code"] for warning in answer.json["warnings"]] == ["where-nobody"]


@pytest.fixture
def all_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as heavy, and is read aside."""
    monkeypatch.setattr("api.web.offload._LIGHT", -1)


@pytest.mark.usefixtures("all_heavy")
def test_heavy_things_are_read_aside_and_answered_as_ever(admin: ApiClient) -> None:
    ids = inputs(admin)
    assert checked(admin, ids["scenario_id"]) == []
    table = admin.post("/datasets?name=a", data=TABLES[XLSX], content_type=XLSX)
    assert (table.status_code, table.json["columns"]) == (201, ["partner_id", "last"])
    for kind, content, code in BROKEN.values():
        reported = admin.post("/datasets?name=b", data=content, content_type=kind).json["findings"]
        assert code in [finding["code"] for finding in reported]
    wrong = admin.post("/rulesets?name=a", data=b"rules:\n  - {name: a, kind: growth_flor}\n", headers=YAML)
    assert [(reported["code"], reported["line"]) for reported in wrong.json["findings"]] == [
        ("unknown-kind", 2)
    ]


@pytest.mark.usefixtures("all_heavy")
def test_what_takes_too_much_to_read_is_refused(admin: ApiClient, app: Application) -> None:
    service = app.extensions["cascade"]
    app.extensions["cascade"] = dataclasses.replace(
        service, pool=Pool({READ: Capacity(allowed=Allowed(seconds=0.0))})
    )
    try:
        refused = admin.post("/datasets?name=a", data=TABLES["text/csv"], content_type="text/csv")
    finally:
        app.extensions["cascade"] = service
    assert (refused.status_code, refused.json["code"]) == (413, "body-too-large")


@pytest.mark.usefixtures("all_heavy")
def test_one_organisation_cannot_take_all_the_places(admin: ApiClient, app: Application) -> None:
    wait_slots = app.extensions["cascade"].wait_slots
    who = admin.org_id
    taken = 0
    while wait_slots.take(who):
        taken += 1
    try:
        refused = admin.post("/datasets?name=a", data=TABLES["text/csv"], content_type="text/csv")
        assert (refused.status_code, refused.json["code"]) == (503, "busy")
        assert int(refused.headers["Retry-After"]) > 0
        assert wait_slots.take("somebody else")
        wait_slots.leave("somebody else")
    finally:
        for _ in range(taken):
            wait_slots.leave(who)


def test_a_finding_shows_the_line_it_is_about(admin: ApiClient) -> None:
    wrong = admin.post("/rulesets?name=a", data=b"rules:\n  - {name: a, kind: growth_flor}\n", headers=YAML)
    assert wrong.json["findings"][0]["snippet"] == "- {name: a, kind: growth_flor}"
    lost = admin.post("/scenarios", data=b"scenario: a\npartners: ds_nowhere\n", headers=YAML)
    assert "partners: ds_nowhere" in [finding["snippet"] for finding in lost.json["findings"]]
