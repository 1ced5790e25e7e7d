"""Rules under test: the cases beside a scenario's rules, or typed for a rule set, run, and kept with the scenario."""

import re
from collections.abc import Iterator

from flask import Response, make_response, redirect, request

from api.db import Stale
from api.db.scopes import Scope
from api.db.tables import rulesets, scenarios
from api.pages.page import Data, blueprint, html, page
from api.pages.run_page import head
from api.pages.visitor import check_form, enter, form_version
from api.resources.scenarios.rule_cases import cases_of, save_cases, tested
from api.resources.scenarios.rule_files import rule_files
from api.resources.scenarios.starting import LIBRARIES, text_of
from api.web.context import caller, service
from api.web.problems import HttpProblem

_ON_THE_PAGE = ("findings", "invalid", "too-long")
"""Problems with what was typed, which the page has beside it."""
_FIRST = """\
# What the cases share, then the cases: each names a rule and says what is expected of it.
scenario:
  metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
  targets: [{name: company target, metric: revenue, total: 220}]
partners: |
  partner_id  tier    last
  acme        Gold    100
  borealis    Silver  100
cases:
  - name: say here what is expected
    rule: RULE
    target: {acme: 110}
"""
"""Where a rule file has no cases yet."""
_RULE = "RULE"


@page("/runs/<run_id>/rules/tests", "rule_tests.html")
def tests_of_run(run_id: str) -> Data:
    """The tests of a scenario's rules; with `run` what they come to"""
    data = _of_run(run_id, request.args.get("file"), None)
    return _with_answer(data) if "run" in request.args and _may_solve() else data


@page("/rulesets/<ruleset_id>/tests", "rule_tests.html", scope=Scope.RUNS_WRITE)
def tests_of_ruleset(ruleset_id: str) -> Data:
    """Cases for a rule set"""
    return _of_ruleset(ruleset_id, None)


def _of_run(run_id: str, wanted: str | None, typed: str | None) -> Data:
    """The rules and cases of the newest version of the run's scenario."""
    with service().store.read() as session:
        run, data = head(session, run_id)
        scenario_id = run.solved[0]
        version = scenarios.get(session, run.org_id, scenario_id).version
        texts = rule_files(session, run.org_id, scenario_id, version)
        file = wanted if wanted in texts else next(iter(texts), "")
        kept = cases_of(session, run.org_id, scenario_id, version, file) if file else ""
    return {**data, "ruleset": None, "files": list(texts), "file": file, "version": version,
            **_typed(texts.get(file, ""), kept, typed)}  # fmt: skip


def _of_ruleset(ruleset_id: str, typed: str | None) -> Data:
    if ruleset_id in LIBRARIES:
        name, rules = ruleset_id, text_of(ruleset_id)
    else:
        with service().store.read() as session:
            name = rulesets.get(session, caller().org_id, ruleset_id).name
            rules = rulesets.content(session, caller().org_id, ruleset_id).decode("utf-8", "replace")
    return {"run": None, "title": name, "ruleset": {"id": ruleset_id, "name": name}, "files": [],
            "file": "rules.yaml", "version": None, **_typed(rules, "", typed)}  # fmt: skip


def _typed(rules: str, kept: str, typed: str | None) -> Data:
    return {
        "rules": rules,
        "kept": bool(kept),
        "text": typed if typed is not None else kept or _first(rules),
        "mutate": bool(request.values.get("mutate")),
        "tests": None,
        "problem": None,
    }


def _first(rules: str) -> str:
    """How cases begin, about the first rule of the file."""
    found = re.search(r"^\s*- (?:\{)?name: *([^,\n}]+)", rules, re.MULTILINE)
    return _FIRST.replace(_RULE, found[1].strip() if found else _RULE)


def _with_answer(data: Data) -> Data:
    """The page with what the cases come to, or what is wrong with them."""
    try:
        found = tested(data["file"], data["rules"], data["text"], mutate=data["mutate"])
    except HttpProblem as problem:
        if problem.code not in _ON_THE_PAGE:
            raise
        return {**data, "problem": problem.document("")}
    return {**data, "tests": found.data()}


@blueprint.post("/runs/<run_id>/rules/tests")
def run_or_keep(run_id: str) -> Response:
    """What the cases that were typed come to; with `save`, and without mistakes, they are kept with the scenario"""
    away = enter(Scope.INPUTS_WRITE if "save" in request.form else Scope.RUNS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    data = _with_answer(_of_run(run_id, request.form.get("file"), _cases()))
    if "save" not in request.form or data["problem"]:
        return _answered(data)
    try:
        with service().store.write() as session:
            scenario_id, content = data["run"]["scenario"], data["text"].encode()
            save_cases(session, scenario_id, data["file"], content, expected=form_version())
    except Stale:
        return html("rule_tests.html", {**data, "saved_meanwhile": True}, 412)
    return make_response(redirect(f"/runs/{run_id}/rules?tests=1", 303))


@blueprint.post("/rulesets/<ruleset_id>/tests")
def run_on_ruleset(ruleset_id: str) -> Response:
    """What the cases that were typed come to with a rule set"""
    away = enter(Scope.RUNS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    return _answered(_with_answer(_of_ruleset(ruleset_id, _cases())))


def _may_solve() -> bool:
    """Whether who looks may have cases solved."""
    return caller().may(Scope.RUNS_WRITE)


def _cases() -> str:
    return request.form.get("text", "").replace("\r\n", "\n")


def _answered(data: Data) -> Response:
    problem = data["problem"]
    return html("rule_tests.html", data, problem["status"] if problem else 200)


def tests_of_rules(run_id: str) -> Data:
    """For the cards of rules: whether there are cases, and where they are asked for what each came to, by rule."""
    kept = [data for data in _each_file(run_id) if data["kept"]]
    asked = bool(kept) and request.args.get("tests") == "1" and _may_solve()
    answers = [_with_answer({**data, "mutate": False}) for data in kept] if asked else []
    cases: dict[str, list[Data]] = {}
    for each in answers:
        for case in (each["tests"] or {}).get("cases", ()):
            cases.setdefault(case["rule"], []).append(case)
    problems = [each["problem"] for each in answers if each["problem"]]
    return {"tested": asked, "with_cases": bool(kept), "cases": cases, "test_problems": problems}


def _each_file(run_id: str) -> Iterator[Data]:
    first = _of_run(run_id, None, None)
    yield first
    yield from (_of_run(run_id, file, None) for file in first["files"][1:])
