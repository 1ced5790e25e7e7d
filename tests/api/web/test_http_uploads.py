"""Scenarios with the files they name, as they are solved on the command line: in one form or one zip."""

import io
import json
import zipfile
from typing import Any

import pytest
from api_client import ApiClient
from small import PARTNERS, RULES, SCENARIO
from world import checked, made

FILES = {"scenario.yaml": SCENARIO, "partners.csv": PARTNERS, "rules.yaml": RULES}
GROWTH = "scenario: growth\nextends: scenario.yaml\nchange:\n  within reach: {growth_max: 10%}\n"


def form(files: dict[str, str], entry: str = "scenario.yaml") -> dict[str, Any]:
    parts = [(io.BytesIO(text.encode()), name) for name, text in files.items() if name != entry]
    return {"scenario": (io.BytesIO(files[entry].encode()), entry), "files": parts}


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return content.getvalue()


def upload(admin: ApiClient, files: dict[str, str], entry: str = "scenario.yaml") -> Any:
    return admin.post("/scenarios", data=form(files, entry), content_type="multipart/form-data")


def upload_zip(admin: ApiClient, files: dict[str, str], query: str = "") -> Any:
    return admin.post(f"/scenarios{query}", data=zipped(files), content_type="application/zip")


@pytest.mark.parametrize("send", [upload, upload_zip])
def test_a_folder_is_uploaded_as_it_is(admin: ApiClient, send: Any) -> None:
    answer = send(admin, FILES)
    assert answer.status_code == 201, answer.json
    assert answer.json["document"]["partners"] == "partners.csv"
    assert set(answer.json["files"]) == set(FILES)
    ids = answer.json["inputs"]
    assert admin.get(f"/datasets/{ids['partners.csv']}").json["name"] == "partners"
    assert admin.get(f"/rulesets/{ids['rules.yaml']}").json["name"] == "rules"
    assert checked(admin, answer.json["id"]) == []


def test_a_zip_of_the_folder_itself_is_the_folder(admin: ApiClient) -> None:
    inside = {f"channel/{name}": text for name, text in FILES.items()}
    answer = upload_zip(admin, inside | {"__MACOSX/channel/._x": "", "channel/.DS_Store": ""})
    assert answer.status_code == 201, answer.json
    assert set(answer.json["files"]) == set(FILES)


@pytest.mark.parametrize("total", ["1e999", "1e99999999", "1e9999999999999999999", "9" * 60])
def test_a_number_beyond_all_bounds_is_refused_at_once(admin: ApiClient, total: str) -> None:
    """As an integer it would hold the whole server up."""
    answer = upload(admin, {**FILES, "scenario.yaml": SCENARIO.replace("660", total)})
    assert answer.status_code == 422
    assert {one["code"] for one in answer.json["findings"]} == {"not-a-number"}


def test_findings_name_the_uploaders_own_files(admin: ApiClient) -> None:
    broken = {**FILES, "rules.yaml": RULES.replace("growth_cap", "growth_cup")}
    (finding,) = upload(admin, broken).json["findings"]
    assert (finding["file"], finding["line"], finding["snippet"]) == ("rules.yaml", 3, "kind: growth_cup")
    named = {"fy27.yaml": SCENARIO.replace("660", "many"), "partners.csv": PARTNERS, "rules.yaml": RULES}
    assert {one["file"] for one in upload(admin, named, "fy27.yaml").json["findings"]} == {"fy27.yaml"}
    missing = {name: text for name, text in FILES.items() if name != "partners.csv"}
    (finding,) = upload_zip(admin, missing).json["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == ("missing-file", "scenario.yaml", 4)


def test_findings_name_stored_things_as_their_owner_does(admin: ApiClient) -> None:
    dataset = made(admin.post("/datasets?name=Q1/partners", data=PARTNERS.encode(), content_type="text/csv"))
    rules = [{"name": "grow", "kind": "growth_floor", "growth_min": "3%", "where": {"regoin": "North"}}]
    ruleset = made(admin.post("/rulesets", {"name": "partner programme", "rules": rules}))
    document = {
        "scenario": "named",
        "partners": dataset,
        "metrics": {"revenue": {"unit": "USD", "baseline": "last"}},
        "targets": [{"name": "company target", "metric": "revenue", "total": 660}],
        "rules": [ruleset],
    }
    found = admin.post("/scenarios", document).json["findings"]
    assert {one["file"] for one in found} == {"partner programme.yaml"}
    mistaken = admin.post("/scenarios", document | {"partner_id": "nr", "rules": []}).json["findings"]
    assert {one["file"] for one in mistaken} <= {"Q1-partners.csv", "scenario.yaml"}
    assert not [one for one in [*found, *mistaken] if "ds_" in json.dumps(one) or "rs_" in json.dumps(one)]


@pytest.mark.parametrize(
    ("entry", "text"),
    [("growth.yaml", GROWTH), ("variants/growth.yaml", GROWTH.replace("scenario.yaml", "../scenario.yaml"))],
)
def test_a_variant_beside_its_base_is_the_scenario(admin: ApiClient, entry: str, text: str) -> None:
    for answer in (
        upload(admin, {**FILES, entry: text}, entry),
        upload_zip(admin, {**FILES, entry: text.replace(": growth", ": zipped")}, f"?entry={entry}"),
    ):
        assert answer.status_code == 201, answer.json
        assert answer.json["document"]["change"] == {"within reach": {"growth_max": "10%"}}
        assert checked(admin, answer.json["id"]) == []
    wrong = upload(admin, {**FILES, entry: text.replace("within reach", "within rich")}, entry)
    assert {one["file"] for one in wrong.json["findings"]} == {entry}


def test_a_scenario_with_files_is_patched_and_keeps_them(admin: ApiClient) -> None:
    scenario = made(upload(admin, FILES))
    done = admin.ask(
        "PATCH",
        f"/scenarios/{scenario}",
        data=json.dumps({"title": "Another"}),
        content_type="application/merge-patch+json",
        headers={"If-Match": '"1"'},
    )
    assert (done.status_code, done.json["title"], set(done.json["files"])) == (200, "Another", set(FILES))


def test_the_same_upload_enters_its_inputs_once(admin: ApiClient) -> None:
    first = upload(admin, FILES).json
    again = upload(admin, {**FILES, "scenario.yaml": SCENARIO.replace(": small", ": again")}).json
    assert first["inputs"] == again["inputs"]


@pytest.mark.parametrize("path", ["../x.csv", "/etc/passwd", "a/../../x", "C:/x", "x\ny", "a/" * 150 + "x"])
def test_a_path_out_of_the_folder_is_refused(admin: ApiClient, path: str) -> None:
    answer = upload_zip(admin, {**FILES, path: "x"})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_bodies_that_are_no_folder_are_refused(admin: ApiClient) -> None:
    sent = {"content_type": "application/zip"}
    assert admin.post("/scenarios", data=b"PK nonsense", **sent).status_code == 400
    assert upload_zip(admin, {"other.yaml": SCENARIO}).status_code == 422
    assert upload_zip(admin, {f"{i}.csv": "" for i in range(201)}).status_code == 413
    nothing = admin.post("/scenarios", data={"note": "x"}, content_type="multipart/form-data")
    assert nothing.status_code == 422
    bomb = zipped({"scenario.yaml": SCENARIO, "partners.csv": "0" * (65 << 20)})
    assert admin.post("/scenarios", data=bomb, **sent).status_code == 413
