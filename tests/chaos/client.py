"""A client that never gives up: it sends each request with its own key until it has an answer."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.service import Service

_PATIENCE_S = 5.0
_PARTNERS = 4000
_SCENARIO = """\
scenario: chaos
title: Chaos
period: P1
partners: {dataset}
partner_id: partner_id
metrics:
  revenue: {{unit: USD, round_to: 1, baseline: last}}
targets:
  - {{name: company target, metric: revenue, total: {total}}}
rules: [{rules}]
"""
_RULES = """\
rules:
  - {name: everyone grows, kind: growth_floor, growth_min: 3%, priority: 1}
  - {name: no one leaps, kind: growth_cap, growth_max: 50%}
  - {name: no region too large, kind: group_limit, by: region, share_max: 30%}
"""


@dataclass
class Answers:
    """What the service has answered the client."""

    accepted: dict[str, str] = field(default_factory=dict)
    """Idempotency key to run id."""
    contradictions: list[str] = field(default_factory=list)
    retries: int = 0


class Client:
    """Submits runs in a thread until it is stopped."""

    def __init__(self, service: Service, seed: int) -> None:
        self._service = service
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.scenario = ""
        self.answers = Answers()

    def prepare(self) -> None:
        """Upload the partners, the rules and the scenario."""
        rows = [f"P{i:05},R{i % 7},{100 + i * 37 % 1000}" for i in range(_PARTNERS)]
        total = sum(int(row.rpartition(",")[2]) for row in rows) * 11 // 10
        table = "\n".join(["partner_id,region,last", *rows])
        dataset = self.made("/datasets?name=chaos", table, "text/csv")
        rules = self.made("/rulesets?name=chaos", _RULES, "application/yaml")
        text = _SCENARIO.format(dataset=dataset, rules=rules, total=total)
        self.scenario = self.made("/scenarios", text, "application/yaml")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Send nothing new; returns when what was sent has its answer."""
        self._stop.set()
        self._thread.join()

    def submit(self, key: str) -> str:
        """The id of the run that the key stands for, however often it takes to ask."""
        while True:
            status, answer = self.ask("POST", f"/scenarios/{self.scenario}/runs", key=key)
            if status in (200, 202):
                return self._noted(key, str(answer["id"]))
            self.answers.retries += 1
            time.sleep(0.2)

    def state(self, run_id: str) -> str | None:
        """The run's state; None while no one answers."""
        status, answer = self.ask("GET", f"/runs/{run_id}")
        return str(answer["state"]) if status == 200 else None

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            self.submit(f"chaos-{number}")
            if self._random.random() < 0.3:
                self.submit(f"chaos-{self._random.randint(0, number)}")
            number += 1
            self._stop.wait(self._random.uniform(0.1, 0.8))

    def _noted(self, key: str, run_id: str) -> str:
        known = self.answers.accepted.setdefault(key, run_id)
        if known != run_id:
            self.answers.contradictions.append(f"{key} stood for {known} and then for {run_id}")
        return run_id

    def made(self, path: str, content: str, kind: str) -> str:
        """The id of what is made of the content."""
        for _ in range(20):
            status, answer = self.ask("POST", path, key=f"make {path}", content=content, kind=kind)
            if status in (200, 201):
                return str(answer["id"])
            time.sleep(0.2)
        raise AssertionError((status, answer))

    def posted(self, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """The answer to the document, which must be taken."""
        kind = "application/json"
        status, answer = self.ask("POST", path, content=json.dumps(body), kind=kind, **headers)
        assert status in (200, 201, 202), (status, answer)
        found: dict[str, Any] = answer
        return found

    def ask(
        self, method: str, path: str, *, key: str = "", content: str = "", kind: str = "", **more: str
    ) -> tuple[int, Any]:
        """Status and answer; status 0 when no one answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._service.port, timeout=_PATIENCE_S)
        headers = {"Authorization": f"Bearer {self._service.key}"}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Content-Type": kind} if kind else {}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        try:
            connection.request(method, f"/api/v1{path}", body=content.encode() or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()
