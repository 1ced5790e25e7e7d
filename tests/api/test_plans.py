"""From run to plan: submit, approve, publish; what is published stays until something better is."""

import threading
from pathlib import Path

import making
import pytest

from api import plans, runs
from api.moves import moves
from api.packed import Packed
from api.plans import NotPublishable, SameActor, WrongStage
from api.runs import Outcome
from api.store import InUse, NotFound, Stale, Store, audit, deliveries, webhooks
from api.store import plans as stored
from api.store.plans import Plan, Stage
from api.store.runs import State


@pytest.fixture
def org(store: Store) -> str:
    return making.organisation(store)


def submitted(store: Store, org: str, run_id: str, period: str = "2027-Q1") -> Plan:
    with store.write() as session:
        return plans.submit(
            session, org, run_id=run_id, name="channel", period=period, actor="planner", reason="why"
        )


def approved(store: Store, org: str, run_id: str) -> Plan:
    plan = submitted(store, org, run_id)
    with store.write() as session:
        return plans.approve(session, org, plan.id, expected=plan.version, actor="approver")


def published(store: Store, org: str, run_id: str) -> Plan:
    plan = approved(store, org, run_id)
    with store.write() as session:
        return plans.publish(session, org, plan.id, expected=plan.version, actor="approver", reason="agreed")


def steps(store: Store, org: str, plan_id: str) -> list[tuple[str, str, str]]:
    with store.read() as session:
        return [(step.action, step.actor, step.reason) for step in stored.history(session, org, plan_id)]


def test_a_run_becomes_the_plan_of_its_period(store: Store, org: str, tmp_path: Path) -> None:
    plan = published(store, org, making.finished(store, org, tmp_path))
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == plan.id
    assert steps(store, org, plan.id) == [
        ("submit", "planner", "why"),
        ("approve", "approver", ""),
        ("publish", "approver", "agreed"),
    ]


def test_a_newer_plan_supersedes_and_says_what_moved(store: Store, org: str, tmp_path: Path) -> None:
    old = published(store, org, making.finished(store, org, tmp_path / "a", partners=3))
    new = published(store, org, making.finished(store, org, tmp_path / "b", partners=4, seed=10))
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == new.id
        before = stored.get(session, org, old.id)
        assert (before.stage, before.superseded_by, new.supersedes) == ("superseded", new.id, old.id)
        moved = stored.history(session, org, new.id)[-1].moved
    assert moved is not None
    assert moved["revenue"] == {
        "total_before": "3",
        "total_after": "46",
        "raised": 4,
        "lowered": 0,
        "new": 1,
        "gone": 0,
        "largest": [
            {"partner": "P00003", "before": None, "after": "13"},
            {"partner": "P00000", "before": "0", "after": "10"},
            {"partner": "P00001", "before": "1", "after": "11"},
            {"partner": "P00002", "before": "2", "after": "12"},
        ],
    }
    assert steps(store, org, old.id)[-1] == ("supersede", "approver", "agreed")


def test_a_failed_run_never_takes_the_last_plan_away(store: Store, org: str, tmp_path: Path) -> None:
    plan = published(store, org, making.finished(store, org, tmp_path))
    failed = making.run(store, org)
    claim = making.claimed(store)
    with store.write() as session:
        runs.finish(session, claim, Outcome(State.FAILED, reason="solve_failed"))
    with pytest.raises(NotPublishable, match="is failed"):
        submitted(store, org, failed)
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == plan.id


def test_a_run_that_was_not_verified_cannot_become_a_plan(store: Store, org: str) -> None:
    run_id = making.run(store, org)
    claim = making.claimed(store)
    unverified = Packed(b'{"audit": {"verified": false}}', {}, {}, ())
    with store.write() as session:
        runs.finish(session, claim, Outcome(State.SUCCEEDED), unverified)
    with pytest.raises(NotPublishable, match="did not verify"):
        submitted(store, org, run_id)


def test_no_step_can_be_left_out_or_taken_twice(store: Store, org: str, tmp_path: Path) -> None:
    plan = submitted(store, org, making.finished(store, org, tmp_path))
    with pytest.raises(WrongStage, match="is submitted, not approved"), store.write() as session:
        plans.publish(session, org, plan.id, expected=None, actor="a")
    with store.write() as session:
        plans.approve(session, org, plan.id, expected=None, actor="a")
    with pytest.raises(WrongStage), store.write() as session:
        plans.approve(session, org, plan.id, expected=None, actor="a")
    with store.write() as session:
        plans.publish(session, org, plan.id, expected=None, actor="a")
    with pytest.raises(WrongStage), store.write() as session:
        plans.withdraw(session, org, plan.id, expected=None, actor="a")


def test_a_step_from_an_old_reading_is_refused(store: Store, org: str, tmp_path: Path) -> None:
    plan = approved(store, org, making.finished(store, org, tmp_path))
    with pytest.raises(Stale, match="at version 2"), store.write() as session:
        plans.publish(session, org, plan.id, expected=1, actor="a")


@pytest.mark.parametrize(("way", "stage"), [("reject", Stage.REJECTED), ("withdraw", Stage.WITHDRAWN)])
def test_a_plan_may_be_turned_down_before_it_is_published(
    store: Store, org: str, tmp_path: Path, way: str, stage: Stage
) -> None:
    plan = submitted(store, org, making.finished(store, org, tmp_path))
    with store.write() as session:
        ended = getattr(plans, way)(session, org, plan.id, expected=1, actor="a", reason="too steep")
    assert ended.stage == stage
    assert steps(store, org, plan.id)[-1] == (way, "a", "too steep")
    with store.read() as session, pytest.raises(NotFound):
        stored.published(session, org, name="channel", period="2027-Q1")


def test_four_eyes_are_asked_for_where_the_organisation_wants_them(store: Store, tmp_path: Path) -> None:
    org = making.organisation(store, four_eyes=True)
    plan = submitted(store, org, making.finished(store, org, tmp_path))
    with pytest.raises(SameActor), store.write() as session:
        plans.approve(session, org, plan.id, expected=None, actor="planner")
    with store.write() as session:
        assert plans.approve(session, org, plan.id, expected=None, actor="boss").stage == Stage.APPROVED


def test_plans_of_other_periods_and_names_do_not_touch_each_other(
    store: Store, org: str, tmp_path: Path
) -> None:
    run_id = making.finished(store, org, tmp_path)
    first = published(store, org, run_id)
    other = submitted(store, org, run_id, period="2027-Q2")
    with store.write() as session:
        plans.approve(session, org, other.id, expected=None, actor="a")
        plans.publish(session, org, other.id, expected=None, actor="a")
    with store.read() as session:
        assert stored.get(session, org, first.id).stage == Stage.PUBLISHED
        assert len(stored.listed(session, org, stage="published").items) == 2


def test_two_that_publish_at_once_leave_one_plan(store: Store, org: str, tmp_path: Path) -> None:
    waiting = [approved(store, org, making.finished(store, org, tmp_path / str(n))) for n in range(4)]

    def publish(plan: Plan) -> None:
        with store.write() as session:
            plans.publish(session, org, plan.id, expected=None, actor="a")

    threads = [threading.Thread(target=publish, args=(plan,)) for plan in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        stages = [stored.get(session, org, plan.id).stage for plan in waiting]
    assert sorted(stages) == ["published", "superseded", "superseded", "superseded"]


def test_the_run_of_a_plan_cannot_be_erased(store: Store, org: str, tmp_path: Path) -> None:
    run_id = making.finished(store, org, tmp_path)
    submitted(store, org, run_id)
    with pytest.raises(InUse, match="plan_"), store.write() as session:
        runs.remove(session, org, run_id)


def test_a_run_that_nothing_is_built_on_can_be_erased(store: Store, org: str, tmp_path: Path) -> None:
    run_id = making.finished(store, org, tmp_path)
    with store.write() as session:
        runs.remove(session, org, run_id)
    with store.read() as session, pytest.raises(NotFound):
        runs.get(session, org, run_id)


def test_a_run_under_way_cannot_be_erased(store: Store, org: str) -> None:
    run_id = making.run(store, org)
    with pytest.raises(runs.NotFinished, match="Cancel it first"), store.write() as session:
        runs.remove(session, org, run_id)


def test_every_step_is_in_the_audit_log_and_publishing_is_told(
    store: Store, org: str, tmp_path: Path
) -> None:
    with store.write() as session:
        webhooks.create(session, org, url="https://a", events=["plan.published"], created_by="k")
    plan = published(store, org, making.finished(store, org, tmp_path))
    with store.read() as session:
        deeds = [entry.action for entry in audit.listed(session, org, subject=plan.id).items]
    assert deeds == ["plan.publish", "plan.approve", "plan.submit"]
    with store.write() as session:
        ((told, _),) = deliveries.claim(session)
    assert told.payload["data"] == {"id": plan.id, "name": "channel", "period": "2027-Q1"}


def test_what_moved_names_partners_that_are_new_gone_and_lower(
    store: Store, org: str, tmp_path: Path
) -> None:
    more = making.finished(store, org, tmp_path / "more", partners=5, seed=1)
    fewer = making.finished(store, org, tmp_path / "fewer", partners=4)
    with store.read() as session:
        moved = moves(session, org, more, fewer)["licences"]
    assert (moved["lowered"], moved["gone"], moved["new"]) == (5, 1, 0)
    assert moved["largest"][0] == {"partner": "P00004", "before": "5", "after": None}
