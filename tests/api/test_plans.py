"""From run to plan: submit, approve, publish; what is published stays until something better is."""

import json
import threading

import factories
import pytest

from api.db import InUse, NotFound, Stale, Store, delivery_turns, tables
from api.db import run_lifecycle as runs
from api.db.errors import NotPublishable, RunNotFinished, SameActor, WrongStage
from api.db.run_lifecycle import Outcome
from api.db.tables import audit_log, deliveries, webhooks
from api.db.tables import plans as stored
from api.db.tables.plans import Plan, Stage
from api.db.tables.runs import State
from api.output.result_bundle import Packed
from api.resources.comparisons.service import moved_between
from api.resources.plans import service as plans


@pytest.fixture
def org(store: Store) -> str:
    return factories.organisation(store)


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


def test_a_run_becomes_the_plan_of_its_period(store: Store, org: str) -> None:
    plan = published(store, org, factories.finished(store, org))
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == plan.id
    assert steps(store, org, plan.id) == [
        ("submit", "planner", "why"),
        ("approve", "approver", ""),
        ("publish", "approver", "agreed"),
    ]


def test_a_newer_plan_supersedes_and_says_what_moved(store: Store, org: str) -> None:
    old = published(store, org, factories.finished(store, org, partners=3))
    new = published(store, org, factories.finished(store, org, partners=4, seed=10))
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == new.id
        before = stored.get(session, org, old.id)
        assert (before.stage, before.superseded_by, new.supersedes) == ("superseded", new.id, old.id)
        moved = stored.history(session, org, new.id)[-1].moved
    assert moved is not None
    revenue = moved["revenue"]
    assert (revenue["total_before"], revenue["total_after"]) == ("3", "46")
    assert (revenue["partners_raised"], revenue["targets_raised"], revenue["partners_lowered"]) == (4, 4, 0)
    assert (revenue["partners_new"], revenue["partners_gone"]) == (1, 0)
    assert [(each["partner"], each["before"], each["after"]) for each in revenue["largest"]] == [
        ("P00003", None, "13"), ("P00000", "0", "10"), ("P00001", "1", "11"), ("P00002", "2", "12"),
    ]  # fmt: skip
    assert steps(store, org, old.id)[-1] == ("supersede", "approver", "agreed")


def test_a_failed_run_never_takes_the_last_plan_away(store: Store, org: str) -> None:
    plan = published(store, org, factories.finished(store, org))
    failed = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        runs.finish(session, claim, Outcome(State.FAILED, reason="solve_failed"))
    with pytest.raises(NotPublishable, match="is failed"):
        submitted(store, org, failed)
    with store.read() as session:
        assert stored.published(session, org, name="channel", period="2027-Q1").id == plan.id


def test_a_run_that_was_not_verified_cannot_become_a_plan(store: Store, org: str) -> None:
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    unverified = Packed(b'{"audit": {"verified": false}}', {}, {}, ())
    with store.write() as session:
        runs.finish(session, claim, Outcome(State.SUCCEEDED), unverified)
    with pytest.raises(NotPublishable, match="did not verify"):
        submitted(store, org, run_id)


def test_no_step_can_be_left_out_or_taken_twice(store: Store, org: str) -> None:
    plan = submitted(store, org, factories.finished(store, org))
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


def test_a_step_from_an_old_reading_is_refused(store: Store, org: str) -> None:
    plan = approved(store, org, factories.finished(store, org))
    with pytest.raises(Stale, match="at version 2"), store.write() as session:
        plans.publish(session, org, plan.id, expected=1, actor="a")


@pytest.mark.parametrize(("way", "stage"), [("reject", Stage.REJECTED), ("withdraw", Stage.WITHDRAWN)])
def test_a_plan_may_be_turned_down_before_it_is_published(
    store: Store, org: str, way: str, stage: Stage
) -> None:
    plan = submitted(store, org, factories.finished(store, org))
    with store.write() as session:
        ended = getattr(plans, way)(session, org, plan.id, expected=1, actor="a", reason="too steep")
    assert ended.stage == stage
    assert steps(store, org, plan.id)[-1] == (way, "a", "too steep")
    with store.read() as session, pytest.raises(NotFound):
        stored.published(session, org, name="channel", period="2027-Q1")


def test_four_eyes_are_asked_for_where_the_organisation_wants_them(store: Store) -> None:
    org = factories.organisation(store, four_eyes=True)
    plan = submitted(store, org, factories.finished(store, org))
    with pytest.raises(SameActor), store.write() as session:
        plans.approve(session, org, plan.id, expected=None, actor="planner")
    with store.write() as session:
        assert plans.approve(session, org, plan.id, expected=None, actor="boss").stage == Stage.APPROVED


def test_plans_of_other_periods_and_names_do_not_touch_each_other(store: Store, org: str) -> None:
    run_id = factories.finished(store, org)
    first = published(store, org, run_id)
    other = submitted(store, org, run_id, period="2027-Q2")
    with store.write() as session:
        plans.approve(session, org, other.id, expected=None, actor="a")
        plans.publish(session, org, other.id, expected=None, actor="a")
    with store.read() as session:
        assert stored.get(session, org, first.id).stage == Stage.PUBLISHED
        assert len(stored.listed(session, org, stage="published").items) == 2


def test_two_that_publish_at_once_leave_one_plan(store: Store, org: str) -> None:
    waiting = [approved(store, org, factories.finished(store, org)) for n in range(4)]

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


def test_the_run_of_a_plan_cannot_be_erased(store: Store, org: str) -> None:
    run_id = factories.finished(store, org)
    submitted(store, org, run_id)
    with pytest.raises(InUse, match="plan_"), store.write() as session:
        runs.remove(session, org, run_id)


def test_a_run_that_nothing_is_built_on_can_be_erased(store: Store, org: str) -> None:
    run_id = factories.finished(store, org)
    with store.write() as session:
        runs.remove(session, org, run_id)
    with store.read() as session, pytest.raises(NotFound):
        tables.runs.get(session, org, run_id)


def test_a_run_under_way_cannot_be_erased(store: Store, org: str) -> None:
    run_id = factories.run(store, org)
    with pytest.raises(RunNotFinished, match="Cancel it first"), store.write() as session:
        runs.remove(session, org, run_id)


def messages(store: Store) -> list[deliveries.Delivery]:
    """What is to be sent, the oldest first."""
    with store.write() as session:
        return [delivery for delivery, _ in iter(lambda: delivery_turns.begin(session), None)]


def test_every_step_is_in_the_audit_log_and_publishing_is_reported(store: Store, org: str) -> None:
    with store.write() as session:
        webhooks.create(session, org, url="https://a", events=["plan.published"], created_by="k")
    plan = published(store, org, factories.finished(store, org))
    with store.read() as session:
        deeds = [entry.action for entry in audit_log.listed(session, org, subject=plan.id).items]
    assert deeds == ["plan.publish", "plan.approve", "plan.submit"]
    (reported,) = messages(store)
    known = {"id": plan.id, "name": "channel", "period": "2027-Q1", "supersedes": None, "changes": None}
    assert reported.payload["data"] == known


def test_the_message_says_what_changed_for_whom(store: Store, org: str) -> None:
    """Largest first, metric by metric in turn, as many as there is room for."""
    with store.write() as session:
        webhooks.create(session, org, url="https://a", events=["plan.published"], created_by="k")
    published(store, org, factories.finished(store, org, partners=400))
    plan = published(store, org, factories.finished(store, org, partners=400, seed=1))
    *_, reported = messages(store)
    changes = reported.payload["data"]["changes"]
    assert len(json.dumps(reported.payload)) < 20_000
    assert changes["url"] == f"/api/v1/plans/{plan.id}/changes"
    assert (changes["targets"], changes["complete"]) == (800, False)
    assert {one["metric"] for one in changes["listed"][:2]} == {"revenue", "licences"}


def test_what_moved_names_partners_that_are_new_gone_and_lower(store: Store, org: str) -> None:
    more = factories.finished(store, org, partners=5, seed=1)
    fewer = factories.finished(store, org, partners=4)
    with store.read() as session:
        moved = moved_between(session, org, more, fewer)["licences"]
    assert (moved.partners_lowered, moved.partners_gone, moved.partners_new) == (5, 1, 0)
    largest = moved.largest[0]
    assert (largest.partner, largest.before, largest.after) == ("P00004", "5", None)
