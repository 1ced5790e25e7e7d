"""Pages, cursors, entity tags."""

import itertools

import pytest
from api_client import ApiClient
from world import World, inputs, scenario_text

from api.web.cursors import Cursors
from api.web.problems import HttpProblem


def everything(who: ApiClient, path: str, limit: int) -> list[str]:
    found, cursor = [], ""
    for _ in itertools.count():
        page = who.get(f"{path}?limit={limit}{cursor}")
        found += [item.get("id") or f"{item['partner']} {item['metric']}" for item in page.json["items"]]
        if page.json["next_cursor"] is None:
            assert "Link" not in page.headers
            return found
        cursor = f"&cursor={page.json['next_cursor']}"
        assert 'rel="next"' in page.headers["Link"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_of_any_size_hold_everything_once(world: World, limit: int) -> None:
    for path in ("/runs", "/api-keys", f"/runs/{world['run_id']}/allocations"):
        whole = [
            item.get("id") or f"{item['partner']} {item['metric']}"
            for item in world.admin.get(f"{path}?limit=200").json["items"]
        ]
        assert everything(world.admin, path, limit) == whole
        assert len(set(whole)) == len(whole) > 1


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=1000000000", "limit=x", "limit=1e3", "sort=id", "limit=1;drop+table+runs",
     "state=%27+or+1=1", "cursor="],
)  # fmt: skip
def test_absurd_pages_are_refused(admin: ApiClient, query: str) -> None:
    assert admin.get(f"/runs?{query}").status_code in (400, 422)


def test_a_cursor_is_good_for_its_own_list_only(world: World) -> None:
    admin = world.admin
    cursor = admin.get("/runs?limit=1").json["next_cursor"]
    assert admin.get(f"/runs?limit=2&cursor={cursor}").status_code == 200
    for path in (f"/api-keys?cursor={cursor}", f"/runs?state=succeeded&cursor={cursor}"):
        assert admin.get(path).status_code == 400


def test_a_cursor_that_was_tampered_with_is_refused(world: World) -> None:
    cursor = world.admin.get("/runs?limit=1").json["next_cursor"]
    body, _, signature = cursor.rpartition(".")
    for forged in (body, f"{body}.{signature[::-1]}", f"x{cursor}", "InJ1bl94Ig.AAAA", "a" * 1000, "é"):
        assert world.admin.get("/runs", query_string={"cursor": forged}).status_code in (400, 422)


def test_cursors_hide_nothing_behind_a_weak_signature() -> None:
    ours, theirs = Cursors(b"a" * 32), Cursors(b"b" * 32)
    cursor = ours.sign("list", "key")
    assert ours.read("list", cursor) == "key"
    for other in (theirs, ours):
        with pytest.raises(HttpProblem):
            other.read("list" if other is theirs else "another list", cursor)


def test_an_unchanged_thing_is_not_sent_again(world: World) -> None:
    for path in ("/runs/{run_id}", "/datasets/{dataset_id}", "/rulesets/{ruleset_id}", "/plans/{plan_id}",
                 "/scenarios/{scenario_id}", "/webhooks/{webhook_id}", "/runs/{run_id}/allocations",
                 "/runs/{run_id}/result", "/organisation"):  # fmt: skip
        first = world.admin.get(path.format(**world.ids))
        tag = first.headers["ETag"]
        again = world.admin.get(path.format(**world.ids), headers={"If-None-Match": tag})
        assert (tag[0], again.status_code, again.get_data()) == ('"', 304, b""), path
        other = world.admin.get(path.format(**world.ids), headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


def test_a_change_names_the_version_it_is_meant_for(admin: ApiClient) -> None:
    ids = inputs(admin)
    path = f"/scenarios/{ids['scenario_id']}"
    text = scenario_text(ids["dataset_id"], ids["ruleset_id"]).replace("total: 660", "total: 661").encode()

    def put(**headers: str) -> int:
        kind = "application/yaml"
        return admin.ask("PUT", path, data=text, content_type=kind, headers=headers).status_code

    assert put() == 428
    assert put(**{"If-Match": '"2"'}) == 412
    assert put(**{"If-Match": "nonsense"}) == 412
    assert put(**{"If-Match": '"1"'}) == 200
    assert put(**{"If-Match": '"1"'}) == 412
    assert admin.get(path).headers["ETag"] == '"2"'
    assert admin.ask("DELETE", path).status_code == 428
    assert admin.ask("DELETE", path, headers={"If-Match": '"2"'}).status_code == 204
    assert admin.get(path).status_code == 404
