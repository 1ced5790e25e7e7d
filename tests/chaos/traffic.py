"""Clients of the whole service: runs of mixed sizes, sweeps and lints, sent until taken, followed to their ends."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import count
from typing import Any

from api.db.tables.runs import State
from benchmarks.service.inputs import RULES, table
from tests.api.deploy.parts import Parts
from tests.chaos.client import Answers

SIZES = (200, 2_000, 10_000)
_RULES = [rule for rule in RULES if rule["kind"] != "group_limit"]
_SWEEP = "within reach.growth_max=30%:60%:2%"
_REST_S = 0.3


@dataclass
class Traffic:
    """So many submits by several clients at once."""

    parts: Parts
    number: int
    scenarios: dict[int, str] = field(default_factory=dict)
    """Partners to the id of a scenario."""
    solves: Answers = field(default_factory=Answers)
    analyses: Answers = field(default_factory=Answers)
    states: dict[str, str] = field(default_factory=dict)
    """How what was followed has ended, by its id."""
    statuses: Counter[int] = field(default_factory=Counter)
    """Of all answers; 0 where there was none."""
    faults: list[str] = field(default_factory=list)

    until: int = 0
    """Only numbers below it are sent now, so that there are some left for what comes later."""

    def __post_init__(self) -> None:
        self.until = self.until or self.number
        self._numbers: Iterator[int] = iter(range(self.number))
        self._lock = threading.Lock()
        self._firsts: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []

    @property
    def accepted(self) -> int:
        """How many were taken so far."""
        return len(self.solves.accepted) + len(self.analyses.accepted)

    def prepare(self) -> None:
        """Upload tables, rules and scenarios of all sizes."""
        rules = self._made("/rulesets", {"name": "mixed", "rules": _RULES})
        for partners in SIZES:
            content = table(partners)
            total = round(sum(float(line.split(b",")[3]) for line in content.split(b"\n")[1:-1]) * 1.1, -3)
            dataset = self._made(f"/datasets?name=p{partners}", content, "text/csv")
            metric = {
                "unit": "USD", "round_to": 1000, "baseline": "last_year",
                "fair_share": {"last_year": "70%", "potential": "30%"},
            }  # fmt: skip
            asked = {
                "scenario": f"mixed {partners}", "partners": dataset, "metrics": {"revenue": metric}, "rules": [rules],
                "targets": [{"name": "company target", "metric": "revenue", "total": round(total)}],
            }  # fmt: skip
            self.scenarios[partners] = self._made("/scenarios", asked)

    def start(self, clients: int) -> None:
        """Begin with so many at once."""
        self._threads = [threading.Thread(target=self._client) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def going(self) -> bool:
        """Whether something is still sent or followed."""
        return any(thread.is_alive() for thread in self._threads)

    def _client(self) -> None:
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            while number >= self.until:
                time.sleep(_REST_S)
            self._follow(number, self._submitted(number))

    def _submitted(self, number: int) -> str:
        """The id of what the number stands for: every 25th a sweep, every 25th a lint, else a run."""
        key = f"mixed-{number}"
        kind = {0: "sweep", 12: "lint"}.get(number % 25)
        answers = self.analyses if kind else self.solves
        partners = SIZES[2] if number % 25 == 5 else SIZES[1] if number % 5 == 1 else SIZES[0]
        path, asked = f"/scenarios/{self.scenarios[partners]}/runs", {}
        headers = {"Prefer": "wait=10"} if number % 3 == 0 else {}
        if kind:
            path, headers = "/analyses", {"Prefer": "respond-async"}
            asked = {"analysis": kind, "scenarios": [self.scenarios[SIZES[0]]]}
            asked |= {"parameters": [_SWEEP]} if kind == "sweep" else {}
        found = str(self._taken("POST", path, asked, Idempotency_Key=key, **headers)["id"])
        with self._lock:
            answers.accepted[key] = found
        if (
            number % 7 == 0
            and found != self._taken("POST", path, asked, Idempotency_Key=key, **headers)["id"]
        ):
            self.faults.append(f"{key} stood for {found} and then for another")
        return found

    def _follow(self, number: int, run_id: str) -> None:
        while not State(state := self._taken("GET", f"/runs/{run_id}")["state"]).final:
            time.sleep(_REST_S)
        self.states[run_id] = state
        if f"mixed-{number}" in self.solves.accepted and state == State.SUCCEEDED:
            self._compare(run_id)

    def _compare(self, run_id: str) -> None:
        """All runs of a scenario must have the same targets."""
        scenario = self._taken("GET", f"/runs/{run_id}")["scenario"]
        found = self._taken("GET", f"/runs/{run_id}/allocations?limit=200")["items"]
        with self._lock:
            if self._firsts.setdefault(str(scenario), found) != found:
                self.faults.append(f"{run_id}: other targets than an earlier run of the same scenario")

    def _made(self, path: str, body: Any, kind: str = "application/json") -> str:
        return str(
            self._taken("POST", path, body, kind, Idempotency_Key=f"make {path} {len(self.scenarios)}")["id"]
        )

    def _taken(
        self, method: str, path: str, body: Any = None, kind: str = "application/json", **headers: str
    ) -> Any:
        """The answer, however often it takes to ask; only what may pass is asked for again."""
        for attempt in count(1):
            status, answer = self._asked(method, path, body, kind, headers)
            self.statuses[status] += 1
            if 200 <= status < 300:
                return answer
            if status and status not in (409, 429) and status < 500:
                raise AssertionError((method, path, status, answer))
            with self._lock:
                self.solves.retries += 1
            time.sleep(min(2.0, 0.2 * attempt))
        raise AssertionError

    def _asked(
        self, method: str, path: str, body: Any, kind: str, headers: dict[str, str]
    ) -> tuple[int, Any]:
        try:
            return self.parts.ask(method, f"/api/v1{path}", body, kind, **headers)
        except (OSError, HTTPException, ValueError):
            return 0, None
