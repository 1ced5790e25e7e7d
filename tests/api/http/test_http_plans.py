"""Plans over HTTP: submitted, approved, published, superseded, exported; and who may do what."""

import json

import pytest
from asker import Asker, asker
from world import CONFLICT, inputs, published, solved

from api.app import Application
from api.exports.formats import FORMATS
from api.keys import Role
from api.store import Store


@pytest.fixture
def run_id(admin: Asker, store: Store) -> str:
    return solved(admin, store, inputs(admin)["scenario_id"])


def step(who: Asker, plan: str, name: str, version: int | str, **body: str) -> int:
    headers = {"If-Match": f'"{version}"'}
    return who.post(f"/plans/{plan}/{name}", body, headers=headers).status_code


def test_a_run_becomes_the_plan_of_a_period(admin: Asker, run_id: str) -> None:
    answer = admin.post("/plans", {"run": run_id, "period": "FY2027", "reason": "draft"})
    plan = answer.json["id"]
    assert (answer.status_code, answer.json["stage"], answer.headers["ETag"]) == (201, "submitted", '"1"')
    assert step(admin, plan, "publish", 1) == 409
    assert step(admin, plan, "approve", 1, reason="fine") == 200
    assert step(admin, plan, "publish", 1) == 412
    assert step(admin, plan, "publish", 2, reason="go") == 200
    assert admin.post(f"/plans/{plan}/withdraw").status_code == 428
    assert step(admin, plan, "withdraw", 3) == 409
    steps = admin.get(f"/plans/{plan}/history").json["steps"]
    assert [(s["action"], s["reason"]) for s in steps] == [
        ("submit", "draft"),
        ("approve", "fine"),
        ("publish", "go"),
    ]
    assert admin.get("/plans/published?period=FY2027").json["id"] == plan


def test_a_published_plan_is_superseded_and_its_history_says_what_moved(
    admin: Asker, store: Store, run_id: str
) -> None:
    scenario = admin.get(f"/runs/{run_id}").json["scenario"]
    first = published(admin, run_id)
    second = published(admin, solved(admin, store, scenario, seed=5))
    was, holds = (admin.get(f"/plans/{plan}").json for plan in (first, second))
    assert (was["stage"], was["superseded_by"]) == ("superseded", second)
    assert (holds["stage"], holds["supersedes"]) == ("published", first)
    moved = admin.get(f"/plans/{second}/history").json["steps"][-1]["moved"]
    assert moved["revenue"]["total_after"] == "18"


def test_a_conflict_never_becomes_a_plan_and_takes_none_away(admin: Asker, store: Store, run_id: str) -> None:
    scenario = admin.get(f"/runs/{run_id}").json["scenario"]
    plan = published(admin, run_id)
    clashing = solved(admin, store, scenario, result=CONFLICT)
    refused = admin.post("/plans", {"run": clashing, "period": "FY2027"})
    assert (refused.status_code, refused.json["code"]) == (422, "not-publishable")
    assert admin.get("/plans/published?period=FY2027").json["id"] == plan


def test_a_rejection_has_a_reason_and_is_for_good(admin: Asker, run_id: str) -> None:
    plan = admin.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(admin, plan, "reject", 1) == 422
    assert step(admin, plan, "reject", 1, reason="too much for Europe") == 200
    assert step(admin, plan, "approve", 2) == 409


def test_four_eyes_want_somebody_else_to_approve(
    app: Application, store: Store, admin: Asker, run_id: str
) -> None:
    changed = admin.ask("PATCH", "/organisation", json={"four_eyes": True}, headers={"If-Match": "*"})
    assert changed.json["four_eyes"] is True
    plan = admin.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(admin, plan, "approve", 1) == 403
    assert step(asker(app, store, admin.org_id, Role.APPROVER), plan, "approve", 1) == 200


def test_planners_submit_and_approvers_decide(
    app: Application, store: Store, admin: Asker, run_id: str
) -> None:
    planner = asker(app, store, admin.org_id, Role.PLANNER)
    plan = planner.post("/plans", {"run": run_id, "period": "FY2027"}).json["id"]
    assert step(planner, plan, "approve", 1) == 403
    assert step(planner, plan, "withdraw", 1) == 200


def test_the_organisation_is_changed_at_the_version_that_was_read(admin: Asker) -> None:
    tag = admin.get("/organisation").headers["ETag"]
    assert admin.ask("PATCH", "/organisation", json={"four_eyes": True}).status_code == 428
    for expected in (200, 412):
        answer = admin.ask("PATCH", "/organisation", json={"four_eyes": True}, headers={"If-Match": tag})
        assert answer.status_code == expected


SPAN = "start=2027-01-01&end=2027-12-31"
RECORDS = {
    "salesforce-forecasting-quota": {
        "attributes": {"type": "ForecastingQuota"},
        "QuotaOwnerId": "P00001",
        "StartDate": "2027-01-01",
        "ForecastingTypeId": "T1",
        "QuotaAmount": 1,
        "CurrencyIsoCode": "USD",
    },
    "hubspot-goal-targets": {
        "properties": {
            "hs_goal_name": "A small year, revenue",
            "hs_target_amount": "1",
            "hs_start_datetime": "2027-01-01T00:00:00.000Z",
            "hs_end_datetime": "2027-12-31T23:59:59.999Z",
            "hs_group_correlation_uuid": "*",
            "hubspot_owner_id": "P00001",
        },
        "associations": [],
    },
    "dynamics-365-goal": {
        "title": "A small year, revenue, P00001",
        "goalstartdate": "2027-01-01",
        "goalenddate": "2027-12-31",
        "isfiscalperiodgoal": False,
        "goalownerid_team@odata.bind": "/teams(P00001)",
        "metricid@odata.bind": "/metrics(T1)",
        "targetmoney": 1,
    },
    "oracle-sales-objective-splits": {
        "AccountId": "P00001",
        "DisplayPeriodName": "FY2027",
        "PeriodType": "Quarter",
        "TargetValue": 1,
        "ActualValue": 0,
        "ObjectiveId": "T1",
    },
}
"""The documented fields of each program, for the target of P00001."""


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_has_the_fields_that_the_other_program_documents(
    admin: Asker, run_id: str, name: str
) -> None:
    answer = admin.get(f"/runs/{run_id}/exports/{name}?metric=revenue&type_id=T1&{SPAN}").json
    assert len(answer["records"]) == 3
    record = answer["records"][1]
    if "properties" in record:
        families = {one["properties"]["hs_group_correlation_uuid"] for one in answer["records"]}
        assert len(families) == 1
        record["properties"]["hs_group_correlation_uuid"] = "*"
    assert record == RECORDS[name]


def test_a_count_is_exported_as_a_quantity(admin: Asker, run_id: str) -> None:
    path = f"/runs/{run_id}/exports/salesforce-forecasting-quota?metric=licences&{SPAN}"
    record = admin.get(path).json["records"][0]
    assert (record["QuotaQuantity"], "QuotaAmount" in record, "CurrencyIsoCode" in record) == (
        0,
        False,
        False,
    )
    path = f"/runs/{run_id}/exports/dynamics-365-goal?metric=licences&{SPAN}"
    assert admin.get(path).json["records"][0]["targetinteger"] == 0


def test_an_export_comes_in_pages_and_as_csv(admin: Asker, run_id: str) -> None:
    path = f"/runs/{run_id}/exports/salesforce-forecasting-quota?metric=revenue&{SPAN}"
    owners, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"{path}&limit=2{cursor and f'&cursor={cursor}'}").json
        owners += [record["QuotaOwnerId"] for record in page["records"]]
        cursor = page["next_cursor"]
    assert owners == ["P00000", "P00001", "P00002"]
    table = admin.get(path, headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert table.split("\n")[:2] == [
        "QuotaOwnerId,StartDate,QuotaAmount,CurrencyIsoCode",
        "P00000,2027-01-01,0,USD",
    ]


@pytest.mark.parametrize(
    "query",
    ["metric=unknown&" + SPAN, "metric=revenue&start=2027-02-01&end=2027-01-01", "metric=revenue", SPAN],
)
def test_an_export_that_makes_no_sense_is_refused(admin: Asker, run_id: str, query: str) -> None:
    path = f"/runs/{run_id}/exports/salesforce-forecasting-quota?{query}"
    assert admin.get(path).status_code == 422


def test_the_forms_are_listed_with_their_source(admin: Asker) -> None:
    items = admin.get("/exports").json["items"]
    assert {item["name"] for item in items} == set(RECORDS) == set(FORMATS)
    assert "source" in json.dumps(items)
