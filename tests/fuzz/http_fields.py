"""The same over HTTP: scenarios, rules, tables and questions with a value of every type and size in every field.

By hand: `python -m tests.fuzz.http_fields COUNT [SEED]`.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from api.analysis.registry import ANALYSES
from api.app import create_app
from api.db import Settings, Store, home_url
from api.db.scopes import Role
from api.db.tables import organisations
from api.resources.keys import service as keys
from api.web.config import Config, Limits
from tests.fuzz.fields import PARTNERS, VALUES, changed, documents, rule

JSON = "application/json"


class Asker:
    """A client with a key, and what it has uploaded."""

    def __init__(self, client: Client, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        csv = PARTNERS.encode()
        self.dataset = self.send("/datasets?name=partners", csv, "text/csv")[1]["id"]
        rules = {"name": "rules", "rules": [rule("growth_cap")]}
        self.ruleset = self.send("/rulesets", text_of(rules), JSON)[1]["id"]
        document = {
            "scenario": "small",
            "partners": self.dataset,
            "metrics": {"revenue": {"unit": "EUR", "baseline": "last_year"}},
            "targets": [{"name": "company target", "growth": "10%"}],
        }
        self.scenario = self.send("/scenarios", text_of(document), JSON)[1]["id"]

    def send(self, path: str, body: bytes, kind: str) -> tuple[int, Any]:
        """Status and JSON of the answer to a POST."""
        answer = self._client.post(f"/api/v1{path}", data=body, content_type=kind, headers=self._headers)
        return answer.status_code, answer.get_json(silent=True)


@contextmanager
def server(home: Path) -> Iterator[Asker]:
    """A service on the embedded database, in this process."""
    store = Store.open(Settings(home_url(home)))
    with store.write() as session:
        org_id = organisations.create(session, "fuzz").id
        new = keys.create(session, org_id, name="fuzz", role=Role.ADMIN, scopes=None, created_by="fuzz")
    limits = Limits(requests_per_second=1e6, requests_at_once=10**6, failures_at_once=10**6)
    app = create_app(Config(limits=limits), store)
    try:
        yield Asker(app.test_client(use_cookies=False), new.token)
    finally:
        app.extensions["cascade"].close()
        store.close()


def text_of(value: Any) -> bytes:
    """The value as JSON, with NaN and infinities as careless programs write them."""
    return json.dumps(value, default=str).encode("utf-8", "surrogatepass")


def bodies(asker: Asker, dice: random.Random) -> tuple[str, str, bytes]:
    """What is changed, the path, and a body with one value changed."""
    value = dice.choice(VALUES)
    kind = dice.choice(("scenario", "scenario", "scenario", "rules", "table", "question", "run"))
    if kind == "scenario":
        name, document, path = dice.choice(_DOCUMENTS)
        stored = {**document, "partners": asker.dataset, "scenario": f"s{dice.randrange(10**9)}"}
        body = changed(stored, path, value)
        if "long" in path or path[0] == "partners":
            body["partners"] = changed(document, path, value)["partners"]
            if isinstance(body["partners"], dict) and body["partners"].get("file") == "partners.csv":
                body["partners"]["file"] = asker.dataset
        return f"{name} = {value!r:.60}", "/scenarios", text_of(body)
    if kind == "rules":
        rules = {"name": f"r{dice.randrange(10**9)}", "rules": [rule("growth_cap")]}
        path = dice.choice(
            (("name",), ("rules",), ("rules", 0), ("rules", 0, "growth_max"), ("rules", 0, "where"))
        )
        return f"rules {path} = {value!r:.60}", "/rulesets", text_of(changed(rules, path, value))
    if kind == "table":
        table = {"name": "t", "partners": [{"partner_id": "a", "last_year": 1}]}
        path = dice.choice(
            (("name",), ("partners",), ("partners", 0), ("partners", 0, "last_year"), ("partners", 0, "x"))
        )
        return f"table {path} = {value!r:.60}", "/datasets", text_of(changed(table, path, value))
    if kind == "run":
        return (
            f"run = {value!r:.60}",
            f"/scenarios/{asker.scenario}/runs",
            text_of({"seed": value}),
        )
    name = dice.choice([each for each in ANALYSES if each not in ("replay", "adjust")])
    fields = (*ANALYSES[name].request.model_fields, "scenarios", "runs", "rules", "analysis")
    question = {"analysis": name, "scenarios": [asker.scenario], "rules": [asker.ruleset]}
    field = dice.choice(fields)
    return f"{name} {field} = {value!r:.60}", "/analyses", text_of({**question, field: value})


_DOCUMENTS = list(documents())


def main(count: int, seed: int) -> None:
    dice, seen = random.Random(seed), Counter[int]()
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as asker:
        for number in range(count):
            what, path, body = bodies(asker, dice)
            status, reply = asker.send(path, body, JSON)
            seen[status] += 1
            if status >= 500:
                print(number, status, path, what, body[:300], reply, flush=True)
    print(dict(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
