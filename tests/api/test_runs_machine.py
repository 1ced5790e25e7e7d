"""Any order of submits, claims, reports, crashes, cancels, takeovers and ends: no run is lost, none ends twice."""

from dataclasses import dataclass, field

import factories
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from api.db import Store
from api.db import run_lifecycle as runs
from api.db.errors import RunFinished
from api.db.queue_policy import Policy
from api.db.run_lifecycle import Claim, Order, Outcome
from api.db.tables import run_events
from api.db.tables.result_parts import Result
from api.db.tables.runs import Run, State
from api.output.result_bundle import Packed

RESULT = Packed(b"{}", {}, {}, ())
POLICY = Policy(strikes_max=3, attempts_max=1000)
any_number = st.integers(0, 1_000_000)


@dataclass
class Expected:
    """What the model knows of a run."""

    org_id: str
    state: State = State.QUEUED
    attempt: int = 0
    strikes: int = 0
    cancel: bool = False
    won_by: int | None = None


@dataclass
class Holder:
    """A worker that holds a claim, or thinks so."""

    claim: Claim
    alive: bool = True


@dataclass
class World:
    """The model: what is expected of each run, and who claims what."""

    runs: dict[str, Expected] = field(default_factory=dict)
    holders: list[Holder] = field(default_factory=list)

    def current(self, holder: Holder) -> Expected | None:
        """The run when the claim is still good."""
        run = self.runs[holder.claim.run_id]
        good = run.state is State.RUNNING and run.attempt == holder.claim.attempt
        return run if good else None

    def zombies(self) -> list[Holder]:
        """Who thinks to hold a run that another is solving now."""
        return [
            holder
            for holder in self.holders
            if self.runs[holder.claim.run_id].state is State.RUNNING and not self.current(holder)
        ]


class Lives(RuleBasedStateMachine):
    """Drives the real store and a model of it side by side."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        factories.nothing(store)
        self.orgs = [factories.organisation(store) for _ in range(2)]
        self.scenarios = {org: factories.scenario(store, org) for org in self.orgs}
        self.world = World()

    @rule(number=any_number)
    def submit(self, number: int) -> None:
        org = self.orgs[number % 2]
        self.world.runs[factories.submit(self.store, org, self.scenarios[org])] = Expected(org)

    @rule()
    def claim(self) -> None:
        with self.store.write() as session:
            run = runs.claim(session, "wkr", POLICY)
        queued = [run_id for run_id, known in self.world.runs.items() if known.state is State.QUEUED]
        assert (run is None) == (not queued)
        if run is None:
            return
        known = self.world.runs[run.id]
        assert run.id in queued
        assert run.attempt == known.attempt + 1
        known.state, known.attempt = State.RUNNING, run.attempt
        self.world.holders.append(Holder(Claim(run.id, run.attempt)))

    @precondition(lambda self: self.world.holders)
    @rule(number=any_number)
    def crash(self, number: int) -> None:
        self._holder(number).alive = False

    @precondition(lambda self: self.world.holders)
    @rule(number=any_number)
    def freeze_past_the_lease(self, number: int) -> None:
        """A worker stands still so long that another takes over; later it may come back and write."""
        self.crash(number)
        self.take_over()
        self.claim()

    @precondition(lambda self: self.world.zombies())
    @rule(number=any_number, deed=st.sampled_from(["finish", "report", "give_back"]))
    def come_back(self, number: int, deed: str) -> None:
        """A worker that was taken for dead writes."""
        place = self.world.holders.index(self.world.zombies()[number % len(self.world.zombies())])
        if deed == "finish":
            self.finish(place, State.SUCCEEDED)
        elif deed == "report":
            self.report(place, 0.5)
        else:
            self.give_back(place, True)

    @precondition(lambda self: self.world.holders)
    @rule(number=any_number, share=st.floats(0, 1))
    def report(self, number: int, share: float) -> None:
        holder = self._holder(number)
        with self.store.write() as session:
            answer = runs.report(session, holder.claim, stage="solve", share=share)
        known = self.world.current(holder)
        assert answer is (Order.LOST if not known else Order.CANCEL if known.cancel else Order.GO_ON)

    @precondition(lambda self: self.world.holders)
    @rule(number=any_number, state=st.sampled_from([State.SUCCEEDED, State.INFEASIBLE, State.FAILED]))
    def finish(self, number: int, state: State) -> None:
        holder = self._holder(number)
        packed = None if state is State.FAILED else RESULT
        with self.store.write() as session:
            text = runs.finish(session, holder.claim, Outcome(state), packed)
        known = self.world.current(holder)
        assert text == (known is not None)
        if known:
            known.state, known.won_by = state, holder.claim.attempt if packed else None

    @precondition(lambda self: self.world.holders)
    @rule(number=any_number, strike=st.booleans())
    def give_back(self, number: int, strike: bool) -> None:
        holder = self._holder(number)
        with self.store.write() as session:
            state = runs.give_back(session, holder.claim, reason="crashed", strike=strike, policy=POLICY)
        known = self.world.current(holder)
        assert state == (self._returned(known, strike) if known else None)

    @precondition(lambda self: self.world.runs)
    @rule(number=any_number)
    def cancel(self, number: int) -> None:
        run_id = list(self.world.runs)[number % len(self.world.runs)]
        known = self.world.runs[run_id]
        try:
            with self.store.write() as session:
                runs.cancel(session, known.org_id, run_id)
        except RunFinished:
            assert known.state.final
            assert known.state is not State.CANCELLED
            return
        if known.state is State.QUEUED:
            known.state = State.CANCELLED
        else:
            known.cancel = known.cancel or known.state is State.RUNNING

    @rule()
    def take_over(self) -> None:
        """The dead are found, and what they hold is put back."""
        with self.store.read() as session:
            out = runs.claims(session)
        for claim in out:
            holder = next(holder for holder in self.world.holders if holder.claim == claim)
            if not holder.alive:
                self._lapse(holder)

    def _lapse(self, holder: Holder) -> None:
        with self.store.write() as session:
            state = runs.lapse(session, holder.claim, POLICY)
        known = self.world.current(holder)
        assert known is not None
        assert state == self._returned(known, True)

    def _holder(self, number: int) -> Holder:
        return self.world.holders[number % len(self.world.holders)]

    def _returned(self, known: Expected, strike: bool) -> State:
        known.strikes += strike
        if known.cancel:
            known.state = State.CANCELLED
        else:
            known.state = State.FAILED if known.strikes >= POLICY.strikes_max else State.QUEUED
        return known.state

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        with self.store.read() as session:
            found = {run.id: run for run in session.scalars(select(Run))}
            results = {result.run_id: result.attempt for result in session.scalars(select(Result))}
        assert {run_id: (run.state, run.attempt, run.strikes) for run_id, run in found.items()} == {
            run_id: (known.state, known.attempt, known.strikes) for run_id, known in self.world.runs.items()
        }
        assert results == {run_id: known.won_by for run_id, known in self.world.runs.items() if known.won_by}

    def teardown(self) -> None:
        """Everybody dies; what is left must still come to an end, reported once."""
        for holder in self.world.holders:
            holder.alive = False
        while any(not known.state.final for known in self.world.runs.values()):
            self.take_over()
            self.claim()
            for holder in self.world.holders:
                if holder.alive and self.world.current(holder):
                    self.finish(self.world.holders.index(holder), State.SUCCEEDED)
        with self.store.read() as session:
            for run_id, known in self.world.runs.items():
                reported = run_events.since(session, known.org_id, run_id, 0, limit=10_000)
                assert [event.sequence for event in reported] == list(range(1, len(reported) + 1))
                final = [
                    event.kind for event in reported if event.kind in set(State) and State(event.kind).final
                ]
                assert final == [known.state]


def test_no_order_of_events_loses_or_doubles_a_run(store: Store) -> None:
    run_state_machine_as_test(
        lambda: Lives(store),
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
