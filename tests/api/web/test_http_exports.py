"""Published targets as records that a CRM takes in, checked against what the CRM documents."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from api_client import ApiClient
from world import TEXT, YAML, inputs, made, published, scenario_text, solved

from api.db import Store
from api.resources.exports.formats import FORMATS

SCHEMAS = Path(__file__).parent / "crm_schemas"
SPAN = "start=2027-01-01&end=2027-12-31"
USERS = ("005000000000001AAA", "005000000000002AAA")
TERRITORIES = ("0MI000000000001AAA", "0MI000000000002AAA")
TEAM = "aaaaaaaa-0000-4000-8000-00000000000"
TABLE = f"""\
partner_id,name,last,sf_user,sf_territory,owner,team,account
P00000,Acme,100,{USERS[0]},{TERRITORIES[0]},11,{TEAM}1,901
P00001,Birch,100,{USERS[1]},{TERRITORIES[1]},12,{TEAM}2,902
P00002,Cedar,100,{USERS[1]},{TERRITORIES[1]},12,{TEAM}2,902
"""
ASKED = {
    "salesforce-forecasting-quota": "type_id=0Db000000000001AAA&id_column=sf_user",
    "hubspot-goal-targets": "id_column=owner",
    "dynamics-365-goal": f"type_id={TEAM}9&id_column=team",
    "oracle-sales-objective-splits": "type_id=77&period_type=Year&id_column=account",
}


def plan_of(admin: ApiClient, store: Store, table: str = TABLE, partners: int = 3) -> str:
    """A published plan whose partner table has the ids of the CRMs."""
    dataset = made(admin.post("/datasets?name=crm", data=table.encode(), headers=TEXT))
    ruleset = inputs(admin)["ruleset_id"]
    text = scenario_text(dataset, ruleset, "crm")
    scenario = made(admin.post("/scenarios", data=text.encode(), headers=YAML))
    return published(admin, solved(admin, store, scenario, partners=partners))


@pytest.fixture
def plan(admin: ApiClient, store: Store) -> str:
    return plan_of(admin, store)


def records(admin: ApiClient, plan: str, name: str, more: str = "") -> list[dict[str, Any]]:
    answer = admin.get(f"/plans/{plan}/exports/{name}?metric=revenue&{SPAN}&{ASKED[name]}{more}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: list[dict[str, Any]] = answer.json["records"]
    return found


def refused(admin: ApiClient, plan: str, query: str, name: str = "salesforce-forecasting-quota") -> str:
    answer = admin.get(f"/plans/{plan}/exports/{name}?{query}")
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return str(answer.json["detail"])


@pytest.mark.parametrize("name", FORMATS)
def test_records_are_as_the_other_program_documents(admin: ApiClient, plan: str, name: str) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    found = records(admin, plan, name)
    assert found
    for record in found:
        jsonschema.validate(record, schema, format_checker=jsonschema.FormatChecker())


def test_targets_of_partners_with_one_owner_are_summed(admin: ApiClient, plan: str) -> None:
    """The three targets are 0, 1 and 2; the second user has two of them."""
    found = records(admin, plan, "salesforce-forecasting-quota")
    assert [(one["QuotaOwnerId"], one["QuotaAmount"]) for one in found] == [(USERS[0], 0), (USERS[1], 3)]
    goals = records(admin, plan, "hubspot-goal-targets")
    assert [one["properties"]["hs_target_amount"] for one in goals] == ["0", "3"]
    assert len({one["properties"]["hs_group_correlation_uuid"] for one in goals}) == 1


def test_a_territory_has_its_user_beside_it(admin: ApiClient, plan: str) -> None:
    asked = f"metric=revenue&{SPAN}&type_id=0Db000000000001AAA&assign_to=territory&id_column=sf_territory"
    assert "user_column" in refused(admin, plan, asked)
    answer = admin.get(f"/plans/{plan}/exports/salesforce-forecasting-quota?{asked}&user_column=sf_user").json
    found = [(one["Territory2Id"], one["QuotaOwnerId"]) for one in answer["records"]]
    assert found == list(zip(TERRITORIES, USERS, strict=True))


def test_one_territory_with_two_users_is_refused(admin: ApiClient, store: Store) -> None:
    plan = plan_of(
        admin, store, TABLE.replace(f"{USERS[1]},{TERRITORIES[1]},12", f"{USERS[0]},{TERRITORIES[1]},12", 1)
    )
    asked = f"metric=revenue&{SPAN}&type_id=0Db000000000001AAA&assign_to=territory&id_column=sf_territory"
    assert f"{TERRITORIES[1]} has two users" in refused(admin, plan, f"{asked}&user_column=sf_user")


def test_a_count_is_a_quantity(admin: ApiClient, plan: str) -> None:
    quota = "salesforce-forecasting-quota"
    record = admin.get(f"/plans/{plan}/exports/{quota}?metric=licences&{SPAN}&{ASKED[quota]}").json[
        "records"
    ][0]
    assert record["QuotaQuantity"] == 0
    assert not {"QuotaAmount", "CurrencyIsoCode"} & set(record)
    goal = "dynamics-365-goal"
    found = admin.get(
        f"/plans/{plan}/exports/{goal}?metric=licences&{SPAN}&{ASKED[goal]}&assign_to=user"
    ).json
    assert found["records"][0]["targetinteger"] == 0
    assert found["records"][0]["goalownerid_systemuser@odata.bind"].startswith("/systemusers(")


@pytest.mark.parametrize(
    ("name", "query", "about"),
    [
        ("salesforce-forecasting-quota", "id_column=sf_user", "ForecastingTypeId, which is required"),
        ("salesforce-forecasting-quota", "id_column=sf_user&type_id=T1", "cannot be 'T1'"),
        ("salesforce-forecasting-quota", "type_id=0Db000000000001AAA", "3 of 3 partners have none: P00000"),
        ("salesforce-forecasting-quota", "type_id=0Db000000000001AAA&id_column=sf", "The partner table has"),
        (
            "salesforce-forecasting-quota",
            "type_id=0Db000000000001AAA&assign_to=team",
            "has user and territory",
        ),
        ("dynamics-365-goal", "id_column=team", "metricid, which is required"),
        ("dynamics-365-goal", f"id_column=owner&type_id={TEAM}9", "is a GUID"),
        ("oracle-sales-objective-splits", "id_column=account&type_id=77", "PeriodType, which is required"),
        ("hubspot-goal-targets", "id_column=name", "is an owner id, a number"),
    ],
)
def test_what_a_format_requires_and_is_missing_is_refused(
    admin: ApiClient, plan: str, name: str, query: str, about: str
) -> None:
    assert about in refused(admin, plan, f"metric=revenue&{SPAN}&{query}", name)


@pytest.mark.parametrize(
    "query",
    ["metric=unknown&" + SPAN, "metric=revenue&start=2027-02-01&end=2027-01-01", "metric=revenue", SPAN],
)
def test_an_export_that_makes_no_sense_is_refused(admin: ApiClient, plan: str, query: str) -> None:
    refused(admin, plan, f"{query}&{ASKED['salesforce-forecasting-quota']}")


def test_an_export_comes_in_pages_and_as_a_whole_file(admin: ApiClient, store: Store) -> None:
    """A file has no next page: every owner is in it, whatever the limit of a page is."""
    count = 3_000
    lines = "".join(f"P{number:05},{number},100\n" for number in range(count))
    plan = plan_of(admin, store, f"partner_id,owner,last\n{lines}", partners=count)
    path = f"/plans/{plan}/exports/hubspot-goal-targets?metric=revenue&{SPAN}&id_column=owner"
    owners, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"{path}&limit=200{cursor and f'&cursor={cursor}'}").json
        owners += [record["properties"]["hubspot_owner_id"] for record in page["records"]]
        cursor = page["next_cursor"]
    assert owners == [str(number) for number in range(count)]
    text = admin.get(f"{path}&limit=2", headers={"Accept": "text/csv"}).get_data(as_text=True)
    assert [row["hubspot_owner_id"] for row in csv.DictReader(io.StringIO(text))] == owners
