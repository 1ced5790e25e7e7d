"""The life of a run, step by step, on both databases."""

import contextlib
from datetime import timedelta

import factories
import pytest

from api.db import NotFound, Store, delivery_turns, run_submission, tables
from api.db import run_lifecycle as runs
from api.db.column_types import now
from api.db.errors import QueueFull, RunFinished
from api.db.jobs import Task
from api.db.queue_policy import Policy
from api.db.run_lifecycle import Claim, Order, Outcome
from api.db.tables import results, run_events, webhooks
from api.db.tables.runs import Run, State
from api.output.result_bundle import Packed

DONE = Outcome(State.SUCCEEDED, termination="optimal", usage={"wall_s": 1.5})
RESULT = Packed(b'{"state":"succeeded"}', {"allocation": ["partner"]}, {"allocation": 0}, ())


def kinds(store: Store, org_id: str, run_id: str) -> list[str]:
    with store.read() as session:
        return [event.kind for event in run_events.since(session, org_id, run_id, 0)]


def test_a_run_goes_from_queued_over_running_to_succeeded(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    assert factories.get(store, org, run_id).state == State.QUEUED
    claim = factories.claimed(store)
    assert claim == Claim(run_id, 1)
    with store.write() as session:
        assert runs.report(session, claim, stage="solve", share=0.25) is Order.GO_ON
    with store.write() as session:
        assert runs.finish(session, claim, DONE, RESULT)
    run = factories.get(store, org, run_id)
    assert (run.state, run.termination, run.usage) == ("succeeded", "optimal", {"wall_s": 1.5})
    assert kinds(store, org, run_id) == ["queued", "started", "progress", "succeeded"]
    assert run.revision == 4


def test_events_are_numbered_without_gaps_and_resume_after_any(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    for share in (0.1, 0.1, 0.2):
        with store.write() as session:
            runs.report(session, claim, stage="solve", share=share)
    with store.read() as session:
        seen = run_events.since(session, org, run_id, 0)
        resumed = run_events.since(session, org, run_id, 2)
    assert [event.sequence for event in seen] == [1, 2, 3, 4]
    assert [event.data for event in resumed] == [
        {"stage": "solve", "share": 0.1},
        {"stage": "solve", "share": 0.2},
    ]


def test_a_late_result_changes_nothing(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    first = factories.claimed(store)
    with store.write() as session:
        assert runs.lapse(session, first) == State.QUEUED
    second = factories.claimed(store)
    with store.write() as session:
        assert not runs.finish(session, first, DONE, RESULT)
        assert runs.report(session, first, stage="solve", share=0.5) is Order.LOST
        assert runs.give_back(session, first, reason="crashed", strike=True) is None
    with store.write() as session:
        assert runs.finish(session, second, DONE, RESULT)
    with store.read() as session:
        assert results.get(session, org, run_id).attempt == 2


def test_a_run_fails_at_its_third_strike_and_says_why(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    for expected in (State.QUEUED, State.QUEUED, State.FAILED):
        claim = factories.claimed(store)
        with store.write() as session:
            assert runs.give_back(session, claim, reason="crashed", strike=True) == expected
    run = factories.get(store, org, run_id)
    assert (run.attempt, run.strikes, run.reason) == (3, 3, "crashed")


def test_being_given_back_without_a_strike_does_not_count(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    for _ in range(5):
        claim = factories.claimed(store)
        with store.write() as session:
            assert runs.give_back(session, claim, reason="shutdown", strike=False) == State.QUEUED
    assert factories.get(store, org, run_id).strikes == 0


def test_a_run_begun_too_often_fails_whatever_the_reason(store: Store) -> None:
    org = factories.organisation(store)
    factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        state = runs.give_back(
            session, claim, reason="host_fault", strike=False, policy=Policy(attempts_max=1)
        )
    assert state == State.FAILED


def test_cancelling_a_queued_run_ends_it_at_once(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    with store.write() as session:
        assert runs.cancel(session, org, run_id).state == State.CANCELLED
    with store.write() as session:
        assert runs.cancel(session, org, run_id).state == State.CANCELLED
        assert runs.claim(session, "wkr") is None


def test_cancelling_a_running_run_asks_its_worker(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        assert runs.cancel(session, org, run_id).state == State.RUNNING
    with store.read() as session:
        assert runs.check_claim(session, claim) is Order.CANCEL
    with store.write() as session:
        assert runs.report(session, claim, stage="solve", share=0.5) is Order.CANCEL
        assert runs.finish(session, claim, Outcome(State.CANCELLED))
    assert kinds(store, org, run_id) == ["queued", "started", "cancel_requested", "cancelled"]


def test_a_cancelled_run_of_a_dead_worker_ends_at_the_sweep(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        runs.cancel(session, org, run_id)
    with store.write() as session:
        assert runs.lapse(session, claim) == State.CANCELLED


def test_a_finished_run_cannot_be_cancelled(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        runs.finish(session, claim, DONE, RESULT)
    with store.write() as session, pytest.raises(RunFinished, match="has succeeded already"):
        runs.cancel(session, org, run_id)


def test_a_run_that_waited_too_long_expires(store: Store) -> None:
    org = factories.organisation(store)
    scenario_id = factories.scenario(store, org)
    policy = Policy(wait_max=timedelta(seconds=-1))
    with store.write() as session:
        run_id = run_submission.submit(
            session, org, scenario_id, options={}, submitted_by="key", policy=policy
        ).id
    with store.write() as session:
        assert runs.expire(session) == 1
    assert factories.get(store, org, run_id).state == State.EXPIRED


def test_a_full_queue_refuses_by_organisation_and_by_server(store: Store) -> None:
    loud, quiet = factories.organisation(store), factories.organisation(store)
    scenarios = {org: factories.scenario(store, org) for org in (loud, quiet)}
    policy = Policy(org_queue_limit=2, queue_limit=3)

    def submit(org: str) -> None:
        with store.write() as session:
            run_submission.submit(session, org, scenarios[org], options={}, submitted_by="key", policy=policy)

    submit(loud)
    submit(loud)
    with pytest.raises(QueueFull, match="2 runs of this organisation"):
        submit(loud)
    submit(quiet)
    with pytest.raises(QueueFull, match="3 runs of this server"):
        submit(quiet)


def test_the_organisation_with_the_fewest_solves_goes_first(store: Store) -> None:
    loud, quiet = factories.organisation(store), factories.organisation(store)
    for _ in range(3):
        factories.run(store, loud)
    late = factories.run(store, quiet)
    first, second = factories.claimed(store), factories.claimed(store)
    assert first.run_id != late
    assert second.run_id == late


@pytest.mark.parametrize("priority", [0, 100], ids=["plain", "urgent"])
def test_where_one_is_solved_at_a_time_organisations_take_turns(store: Store, priority: int) -> None:
    """However many wait of one, and whatever priority it gives them."""
    order = []
    for name, waiting in (("loud", 4), ("quiet", 2), ("late", 1)):
        org = factories.organisation(store)
        for _ in range(waiting):
            run_id = factories.run(store, org)
            order.append((name, run_id))
            with store.write() as session:
                tables.runs.get(session, org, run_id).priority = priority if name == "loud" else 0
    owners = {run_id: name for name, run_id in order}
    served = []
    for _ in order:
        claim = factories.claimed(store)
        served.append(owners[claim.run_id])
        with store.write() as session:
            assert runs.finish(session, claim, Outcome(State.FAILED, reason="solve_failed"))
    assert served == ["loud", "quiet", "late", "loud", "quiet", "loud", "loud"]


def test_an_organisation_gets_no_more_solves_at_once_than_it_may(store: Store) -> None:
    org = factories.organisation(store)
    for _ in range(2):
        factories.run(store, org)
    policy = Policy(org_running_limit=1)
    with store.write() as session:
        assert runs.claim(session, "wkr", policy) is not None
    with store.write() as session:
        assert runs.claim(session, "wkr", policy) is None


def test_the_end_of_a_run_is_reported_to_webhooks_in_the_same_transaction(store: Store) -> None:
    org = factories.organisation(store)
    with store.write() as session:
        wants = webhooks.create(session, org, url="https://a", events=["run.failed"], created_by="k").id
        webhooks.create(session, org, url="https://b", events=["run.succeeded"], created_by="k")
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with store.write() as session:
        runs.finish(session, claim, Outcome(State.FAILED, reason="solve_failed"))
    with store.write() as session:
        begun = iter(lambda: delivery_turns.begin(session), None)
        reported = [(one.type, one.payload["data"], webhook.id) for one, webhook in begun]
    assert reported == [("run.failed", {"id": run_id}, wants)]


def test_what_is_written_after_a_fault_in_the_same_transaction_is_not_there(store: Store) -> None:
    org = factories.organisation(store)
    run_id = factories.run(store, org)
    claim = factories.claimed(store)
    with contextlib.suppress(KeyError), store.write() as session:
        runs.finish(session, claim, DONE, RESULT)
        raise KeyError
    assert factories.get(store, org, run_id).state == State.RUNNING
    with store.read() as session, pytest.raises(NotFound):
        results.get(session, org, run_id)


def test_nothing_of_another_organisation_can_be_reached(store: Store) -> None:
    mine, theirs = factories.organisation(store), factories.organisation(store)
    run_id = factories.run(store, mine)
    with store.read() as session, pytest.raises(NotFound):
        tables.runs.get(session, theirs, run_id)
    with store.read() as session:
        assert run_events.since(session, theirs, run_id, 0) == ()
    with store.write() as session, pytest.raises(NotFound):
        runs.cancel(session, theirs, run_id)


def test_the_bell_rings_for_the_run_and_the_queue_only_after_the_commit(store: Store) -> None:
    org = factories.organisation(store)
    scenario_id = factories.scenario(store, org)
    with store.notifier.listen(Task.SOLVE) as received:
        with store.write() as session:
            run_submission.submit(session, org, scenario_id, options={}, submitted_by="key")
            session.flush()
            assert not received.is_set()
        assert received.is_set()


def test_times_come_back_in_utc(store: Store) -> None:
    org = factories.organisation(store)
    run: Run = factories.get(store, org, factories.run(store, org))
    assert run.created_at.utcoffset() == timedelta(0)
    assert abs(now() - run.created_at) < timedelta(minutes=1)


QUESTION = {"analysis": "sweep", "request": {}}


def divided(store: Store, org: str, parts: int = 2) -> str:
    """A queued analysis in parts."""
    with store.write() as session:
        whole = run_submission.submit_analysis(
            session, org, QUESTION, {}, options={}, submitted_by="key", parts=parts
        )
        return whole.id


def any_state(store: Store, org: str, run_id: str) -> tuple[str, float | None]:
    with store.read() as session:
        run = tables.runs.get_any(session, org, run_id)
        return run.state, run.share


def test_an_analysis_begins_when_its_last_part_has_ended(store: Store) -> None:
    org = factories.organisation(store)
    whole = divided(store, org)
    first, second = factories.claimed(store), factories.claimed(store)
    assert whole not in (first.run_id, second.run_id)
    with store.write() as session:
        assert not runs.waiting(session)
        runs.finish(session, first, DONE)
    assert any_state(store, org, whole) == ("queued", 0.5)
    with store.write() as session:
        assert runs.claim(session, "wkr") is None
        runs.finish(session, second, DONE)
    assert factories.claimed(store) == Claim(whole, 1)
    assert kinds(store, org, whole) == ["queued", "progress", "progress", "started"]


def test_an_analysis_ends_with_the_first_part_that_fails(store: Store) -> None:
    org = factories.organisation(store)
    whole = divided(store, org, parts=3)
    first, second = factories.claimed(store), factories.claimed(store)
    with store.write() as session:
        runs.finish(session, first, Outcome(State.FAILED, termination="error", reason="memory_limit"))
    assert any_state(store, org, whole)[0] == "failed"
    with store.read() as session:
        assert runs.check_claim(session, second) is Order.CANCEL
        assert not runs.waiting(session)
    with store.write() as session:
        runs.finish(session, second, Outcome(State.CANCELLED))
    assert kinds(store, org, whole) == ["queued", "failed"]


def test_cancelling_an_analysis_cancels_its_parts(store: Store) -> None:
    org = factories.organisation(store)
    whole = divided(store, org)
    part = factories.claimed(store)
    with store.write() as session:
        assert runs.cancel(session, org, whole).state == State.CANCELLED
    with store.read() as session:
        assert runs.check_claim(session, part) is Order.CANCEL
        assert not runs.waiting(session)


def test_a_part_that_is_lost_is_done_again(store: Store) -> None:
    org = factories.organisation(store)
    whole = divided(store, org)
    lost = factories.claimed(store)
    with store.write() as session:
        assert runs.lapse(session, lost) == State.QUEUED
    for _ in range(2):
        with store.write() as session:
            part = runs.claim(session, "wkr")
            assert part is not None
            runs.finish(session, Claim(part.id, part.attempt), DONE)
    assert factories.claimed(store).run_id == whole
