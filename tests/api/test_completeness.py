"""Every field of every document is shown at each door, or named here as left out on purpose.

Text: a document with every field filled is rendered, and which fields the lines read is recorded. JSON has all
fields, for HTTP as for `--json`. Pages: their templates name the fields.
"""

import re
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from api.analysis.registry import ANALYSES
from api.analysis.rule_tests import BranchPart
from api.analysis.sweep.document import ParameterPart
from api.output.conflict_document import ConflictPart
from api.output.document import Document
from api.output.findings import FindingPart, finding_lines
from api.text.adjust import adjust_lines
from api.text.compare import compare_lines
from api.text.explain import explain_lines
from api.text.forecast import forecast_lines
from api.text.frontier import frontier_lines
from api.text.gaps import gaps_lines
from api.text.impact import impact_lines
from api.text.incentives import incentives_lines
from api.text.levels import levels_lines
from api.text.numbers import numbers_lines
from api.text.objectives import objectives_lines
from api.text.renew import renew_lines
from api.text.replay import replay_lines
from api.text.responses import responses_lines
from api.text.returns import returns_lines
from api.text.review import review_lines
from api.text.rule_tests import rule_tests_lines
from api.text.solve import result_lines
from api.text.standing import standing_lines
from api.text.sweep import sweep_lines

ROOT = Path(__file__).parents[2]
Field = tuple[str, str]
"""A model of a document and one of its fields."""

TEXT: dict[str, Callable[[Any], Iterator[str]]] = {
    "check": lambda found: finding_lines(found.findings, 100),
    "solve": result_lines,
    "explain": explain_lines,
    "adjust": adjust_lines,
    "levels": lambda found: chain(levels_lines(found), levels_lines(found, period="1")),
    "compare": lambda found: compare_lines(found, most=10),
    "sweep": sweep_lines,
    "frontier": frontier_lines,
    "impact": lambda found: impact_lines(found, most=10),
    "numbers": numbers_lines,
    "lint": lambda found: finding_lines(found.findings, 100),
    "rule_tests": rule_tests_lines,
    "standing": standing_lines,
    "forecast": forecast_lines,
    "responses": responses_lines,
    "gaps": lambda found: chain(
        gaps_lines(found), gaps_lines(found.model_copy(update={"gaps": found.gaps[:1]}))
    ),
    "returns": returns_lines,
    "objectives": objectives_lines,
    "incentives": incentives_lines,
    "review": review_lines,
    "renew": renew_lines,
    "replay": lambda found: replay_lines(found, folder="."),
}
"""What prints each document."""

ELSEWHERE = "in a file beside it, or another command's answer"
WHOLE = "cascade solve prints it whole"
COMMAND = "the command itself reads it: it decides the exit code, or stands on stderr"
DETAIL = "detail for programs; a terminal shows what a planner decides by"
LEFT_OUT_OF_TEXT: dict[str, dict[str, str]] = {
    "CheckDocument": {"valid": COMMAND},
    "FindingPart": {"severity": "findings stand under a heading by severity"},
    "ResultDocument": {
        **dict.fromkeys(("termination", "unevenness", "certificate", "engines", "versions"), DETAIL),
        **dict.fromkeys(("inputs", "outputs", "options", "times"), DETAIL),
        "spread": "cascade compare and the page show stretch by group",
        "levels": "cascade levels prints them",
        "findings": COMMAND,
        "adjustments": "cascade explain prints those about a partner",
    },
    "ScenarioPart": {"period": DETAIL, "periods": DETAIL},
    "TotalPart": {
        "company_target": "what is placed, else it stands under what whole units do not fit",
        "partners": "of the whole scenario",
    },
    "RulePart": {
        **dict.fromkeys(("kind", "file", "line", "binding", "missed_before_rounding"), DETAIL),
    },
    "MissPart": {"against": "the rule's own `against` is printed"},
    "GoalPart": {
        **dict.fromkeys(("give_up", "unevenness_before", "unevenness_after"), "cascade frontier"),
        "bound": DETAIL,
    },
    "OneConflict": {"confirmed_by": "the first conflict's is printed"},
    "RoundingPart": dict.fromkeys(("distance_in_units", "kept_their_bound", "proved_least"), DETAIL),
    "TotalNotKept": {"units": DETAIL},
    "AuditPart": {"receipts_add_up": "part of `verified`"},
    "FailurePart": dict.fromkeys(("rule", "subject", "amount", "limit"), "their number is printed; --json has them"),
    "RepairPart": dict.fromkeys(("rule", "field", "from_", "to"), "the sentence says so"),
    "TargetPart": {
        "unrounded": "the receipt ends with what rounding did",
        "fair_share": "the receipt begins with it",
    },
    "InsteadPart": {"state": "its conflict or reason is printed"},
    "ExtentPart": {"unit": "what is placed is printed with it"},
    "AdjustmentPart": dict.fromkeys(("partner", "name", "tier", "approved_on", "file", "line"), DETAIL),
    "WithoutPart": dict.fromkeys(("kind", "priority", "file", "line"), DETAIL),
    "PayingPart": dict.fromkeys(("kind", "priority", "file", "line"), DETAIL),
    "WayPart": dict.fromkeys(("rule", "kind", "priority", "file", "line", "field", "from_", "to"), "the sentence says so"),
    "ExplainDocument": {"scenario": "its title is printed"},
    "AdjustDocument": {"scenario": "its title is printed", "findings": COMMAND},
    "OverridePart": {"file": "the user has named it", "cell": DETAIL},
    "PricePart": {"state": "its conflict or reason is printed"},
    "SidePart": {"title": "its name is printed"},
    "RuleOutcome": {"kind": DETAIL, "priority": DETAIL},
    "RuleRow": {"reason": "the table of rules has no room"},
    "FivePart": dict.fromkeys(("partners", "least", "most"), "the quartiles are printed"),
    "StepPart": {"changes": "the sentence says so"},
    "ChangePart": dict.fromkeys(("section", "subject", "sentence", "file", "line"), "the step's sentence says so"),
    "NewLimit": dict.fromkeys(("name", "tier", "metric", "period", "before"), DETAIL),
    "AgainstPart": {"moves_in_all": "the extent is printed"},
    "MissedPart": dict.fromkeys(("priority", "missed_by", "against"), DETAIL),
    "SharePoint": dict.fromkeys(("best", "unevenness"), "the best stands above the points"),
    "FrontierDocument": {"title": "the picture shows it"},
    "ImpactDocument": dict.fromkeys(("old", "new"), "the user has named them") | {"tripped": COMMAND},
    "BeyondPart": dict.fromkeys(("metric", "period"), DETAIL),
    "NumbersDocument": {"scenario": "its title is printed"},
    "RuleNumbers": dict.fromkeys(("file", "line"), DETAIL),
    "NumberPart": dict.fromkeys(("label", "about", "value", "percent"), "the field and its text are printed"),
    "LintDocument": {"scenarios": COMMAND},
    "LintedScenario": dict.fromkeys(("file", "state", "reason"), COMMAND),
    "RuleTestsDocument": dict.fromkeys(("passed", "whole", "findings"), COMMAND),
    "CasePart": {"rule": "the case's name and place are printed"},
    "CoveragePart": {"file": DETAIL, "line": DETAIL},
    "LevelsDocument": {"scenario": "the user has named it", "title": "the user has named it"},
    "LevelsPart": {"periods": "--period names one"},
    "NodeAmounts": {"floor": ELSEWHERE, "cap": ELSEWHERE},
    "NodeMetric": {"floor": ELSEWHERE, "cap": ELSEWHERE},
    "StandingDocument": {"scenario": "its title is printed"},
    "StandingAmounts": dict.fromkeys(("expected", "rest", "at_this_pace"), "pace and what is needed are printed"),
    "ForecastDocument": {"scenario": "its title is printed"},
    "ObjectivesDocument": {"scenario": "its title is printed"},
    "IncentivesDocument": {"scenario": "its title is printed"},
    "ForecastAmounts": dict.fromkeys(("asked", "rest"), "what the whole comes to is printed"),
    "ResponsesDocument": {"scenario": "its title is printed"},
    "GapsDocument": {"scenario": "its title is printed"},
    "ReturnsDocument": {"scenario": "its title is printed", "state": "its conflict or reason is printed"},
    "ReviewDocument": {"scenario": "its title is printed"},
    "ReplayDocument": {"state": DETAIL},
    "FileFate": {"then": "hashes say nothing to people", "now": "hashes say nothing to people"},
}  # fmt: skip


_CONFLICT = dict.fromkeys(
    ("affected", "confirmed_by", "combination", "alone", "also", "together", "unsearched", "more"), WHOLE
)
_RULE = dict.fromkeys(("kind", "reason", "file", "line", "column", "violation", "unit"), WHOLE)
_SIDE: dict[str, dict[str, str]] = {
    "ConflictPart": _CONFLICT,
    "ConflictRule": _RULE,
    "RepairPart": dict.fromkeys(("rule", "field", "from_", "to", "cost", "unit", "affected"), WHOLE),
    "TotalPart": dict.fromkeys(("company_target", "baseline", "partners", "round_to"), WHOLE),
}
LEFT_OUT_OF_ONE: dict[str, dict[str, dict[str, str]]] = {
    "compare": _SIDE,
    "sweep": {
        **_SIDE,
        "ConflictPart": {**_CONFLICT, "repairs": WHOLE, "sentences": WHOLE},
        "TotalPart": {**_SIDE["TotalPart"], "unit": "a column of the table has one unit"},
    },
    "impact": {
        **_SIDE,
        "SidePart": {"title": "its name is printed", "totals": WHOLE},
        "AgainstPart": {"moves_in_all": "the extent is printed", "side": "the scenario's name is printed"},
    },
    "standing": {
        "StandingDocument": {"scenario": "its title is printed"},
        "CheckInPart": dict.fromkeys(("now", "by", "note"), "cascade objectives prints them"),
    },
    "replay": {"ReplayDocument": {"state": DETAIL}},
    "adjust": {
        "AdjustDocument": {"findings": COMMAND, "scenario": "its title is printed"},
        "OverridePart": {"file": "the user has named the workbook", "cell": DETAIL},
        "PricePart": {"state": "its conflict or reason is printed"},
        "PayingPart": {**LEFT_OUT_OF_TEXT["PayingPart"], "reason": "cascade explain prints it"},
        "MovePart": {"change": "before and after are printed"},
    },
    "review": {
        "ReviewDocument": {"scenario": "its title is printed"},
        "StandingAmounts": dict.fromkeys(
            ("expected", "unassigned", "at_this_pace", "rest"), "the page and --json have them"
        ),
        "ForecastAmounts": dict.fromkeys(
            ("target", "done", "asked", "rest", "odds"),
            "what the whole comes to is printed; the rest is above it",
        ),
        "NeedPart": dict.fromkeys(("has", "unit"), "cascade gaps prints them"),
        "PartnerReturn": {
            **dict.fromkeys(("partner", "name", "tier"), "the heading has them"),
            **dict.fromkeys(("half_at", "held_by"), "cascade returns prints them"),
        },
    },
    "renew": {
        "RenewedFile": dict.fromkeys(("name", "content"), "the folder has them"),
        "AdjustmentPart": {**LEFT_OUT_OF_TEXT["AdjustmentPart"], "applied": "the heading says it"},
    },
    "responses": {
        "ResponsesDocument": {"scenario": "its title is printed"},
        "PricePart": {"state": "its conflict or reason is printed"},
        "PayingPart": {**LEFT_OUT_OF_TEXT["PayingPart"], "reason": "cascade explain prints it"},
        "MovePart": {"change": "before and after are printed"},
    },
}
"""The same for the text of single analyses, in place of what holds for all."""


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and every model within it."""
    found = [model]
    for each in found:
        for field in each.model_fields.values():
            found += [inner for inner in _models_of(field.annotation) if inner not in found]
    yield from found


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_of(inner)


def with_example(document: type[BaseModel], name: str) -> set[Field]:
    """The fields that the text of an analysis is to show: none below one that is left out on purpose."""
    left_out = {**LEFT_OUT_OF_TEXT, **LEFT_OUT_OF_ONE.get(name, {})}
    found, every = [document], set[Field]()
    for model in found:
        for field, info in model.model_fields.items():
            if field not in left_out.get(model.__name__, {}):
                every.add((model.__name__, field))
                found += [inner for inner in _models_of(info.annotation) if inner not in found]
    return every


def filled(annotation: Any, given: Mapping[str, Any]) -> Any:
    """A value in which every field is filled; `given` says what some fields hold, wherever they are."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return filled(next(each for each in inner if each is not type(None)), given)
    if origin is Literal:
        return inner[0]
    if origin is tuple:
        return (filled(inner[0], given), filled(inner[0], given))
    if origin is dict:
        return {"1": filled(inner[1], given)}
    if annotation in PLAIN:
        return PLAIN[annotation]
    fields = {
        name: _given(given[name]) if name in given else filled(field.annotation, given)
        for name, field in annotation.model_fields.items()
    }
    return annotation.model_construct(**fields)


def _given(value: Any) -> Any:
    """The value; an empty model stands for a filled one."""
    if isinstance(value, tuple):
        return tuple(map(_given, value))
    empty = isinstance(value, BaseModel) and not value.model_fields_set
    return filled(type(value), {}) if empty else value


PLAIN: dict[Any, Any] = {
    str: "1", int: 1, float: 0.5, bool: False, date: date(2026, 1, 1), type(None): None,
}  # fmt: skip
SOLVED: dict[str, Any] = {
    "conflict": None, "findings": (), "parameters": (ParameterPart(parameter="1", values=("1", "1")),), "others": {},
}  # fmt: skip
PARTNER = {"instead": None, "reach": None}
VARIANTS: tuple[dict[str, Any], ...] = (
    SOLVED,
    {**SOLVED, "held": True, "verified": True, "comparable": True, "explained": True, "partners": 2},
    {**SOLVED, "state": "failed", "unevenness_after": None, "reached": None, "read_since": None},
    {**SOLVED, **PARTNER, "comparable": True, "by": "tier", "asked": "0", "first": None, "over_assign": {}},
    {**SOLVED, "path": (), "over": "0.5", "unassigned": "1"},
    {**SOLVED, **PARTNER, "period": None, "cap": None, "passed": False, "noticed_by": None},
    {**SOLVED, "branches": (BranchPart(branch="1", cases=0),), "feasible": ("1",), "unevenness_after": None},
    {name: value for name, value in SOLVED.items() if name != "findings"},
    {**SOLVED, "conflict": ConflictPart.model_construct(), "findings": (FindingPart.model_construct(),)},
)
"""What fields hold so that lines go one way or another."""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[Field]:
    """The fields of documents that are read while this lasts."""
    found: set[Field] = set()
    plain = Document.__getattribute__

    def recorded(self: Document, name: str) -> Any:
        if not name.startswith("_") and name in type(self).model_fields:
            found.add((type(self).__name__, name))
        return plain(self, name)

    monkeypatch.setattr(Document, "__getattribute__", recorded)
    return found


def test_every_document_has_its_lines() -> None:
    assert list(TEXT) == list(ANALYSES)


@pytest.mark.parametrize("name", ANALYSES)
def test_the_terminal_shows_every_field_or_leaves_it_out_on_purpose(name: str, read: set[Field]) -> None:
    document = ANALYSES[name].document
    for variant in VARIANTS:
        list(TEXT[name](filled(document, variant)))

    assert sorted(with_example(document, name) - read) == []


def test_nothing_is_listed_as_left_out_that_is_not_there() -> None:
    every = {
        (model.__name__, field)
        for analysis in ANALYSES.values()
        for model in models(analysis.document)
        for field in model.model_fields
    }
    listed = {(model, field) for model, fields in LEFT_OUT_OF_TEXT.items() for field in fields}

    assert sorted(listed - every) == []


@pytest.mark.parametrize("name", ANALYSES)
def test_json_has_every_field(name: str) -> None:
    document = filled(ANALYSES[name].document, {})
    for model in models(ANALYSES[name].document):
        assert model.model_config["extra"] == "forbid"
    aliases = {info.alias or field for field, info in type(document).model_fields.items()}
    assert set(document.model_dump(mode="json", warnings=False)) == aliases


def test_the_page_of_a_conflict_shows_all_of_it() -> None:
    template = (ROOT / "api" / "templates" / "conflict.html").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+", template))
    fields = {
        info.alias or field for model in models(ConflictPart) for field, info in model.model_fields.items()
    }
    on_purpose = {
        "also": "the page lists all conflicts as `conflicts`",
        "alone": "stands under each conflict as `repairs`",
        "column": "file and line are enough for people",
        "field": "the repair's sentence says so",
        "from": "the repair's sentence says so",
        "to": "the repair's sentence says so",
    }
    assert sorted(fields - named - set(on_purpose)) == []


PAGES: dict[str, tuple[str, ...]] = {
    "solve": ("run.html", "rules.html", "targets.html", "conflict.html", "_parts.html"),
    "explain": ("partner.html", "_parts.html"),
    "compare": ("compare.html", "what_if.html", "_parts.html"),
    "adjust": ("override.html", "_parts.html"),
    "numbers": ("what_if.html", "rules.html"),
    "rule_tests": ("rule_tests.html", "_rule_tests.html", "_parts.html"),
    "standing": ("standing.html", "_pictures.html", "_parts.html", "_plan.html"),
    "forecast": ("standing.html",),
    "objectives": ("objectives.html", "_parts.html", "_plan.html"),
    "incentives": ("incentives.html", "_parts.html"),
    "gaps": ("partner.html", "_parts.html"),
    "returns": ("partner.html", "_parts.html"),
}
"""The templates that show each document."""
FOR_PROGRAMS = "detail for programs; .json and HTTP have it"
IN_THE_SENTENCE = "the repair's or way's sentence says so"
LEFT_OUT_OF_PAGES: dict[str, dict[str, str]] = {
    "ResultDocument": {
        **dict.fromkeys(
            ("termination", "unevenness", "certificate", "outputs", "options", "versions"), FOR_PROGRAMS
        ),
        "times": "the run's own usage is shown",
        "levels": "the page of managers shows its table",
        "adjustments": "the page of a partner shows its own",
        "scenario": "its title heads the page",
        "state": "the run's state heads the page",
        "reason": "the run's reason heads the page",
    },
    "ScenarioPart": dict.fromkeys(
        ("name", "title", "period", "periods", "partners"), "the head and the tiles say so"
    ),
    "RulePart": {"missed_before_rounding": FOR_PROGRAMS},
    "RoundingPart": dict.fromkeys(("distance_in_units", "kept_their_bound", "proved_least"), FOR_PROGRAMS),
    "TotalNotKept": {"units": FOR_PROGRAMS},
    "FindingPart": {"column": "the line or the cell is shown"},
    "SpreadPart": dict.fromkeys(("all", "by"), "the picture of stretch and its table have every group"),
    "RepairPart": dict.fromkeys(("rule", "field", "from_", "to"), IN_THE_SENTENCE),
    "ConflictRule": {"column": "file and line are enough for people"},
    "ConflictPart": {"also": "the page lists all conflicts", "alone": "stands under each conflict"},
    "TargetPart": {
        "unrounded": "the receipt ends with what rounding did",
        "fair_share": "the receipt begins with it",
        "round_to": "the tile of the run says so",
    },
    "WithoutPart": dict.fromkeys(("kind", "priority", "file", "line"), FOR_PROGRAMS),
    "PayingPart": dict.fromkeys(("kind", "priority", "file", "line"), FOR_PROGRAMS),
    "WayPart": dict.fromkeys(
        ("rule", "kind", "priority", "file", "line", "field", "from_", "to"), IN_THE_SENTENCE
    ),
    "AdjustmentPart": dict.fromkeys(("approved_on", "file", "line"), FOR_PROGRAMS),
    "OptionsPart": {"as_of": FOR_PROGRAMS},
    "TimesPart": dict.fromkeys(("started", "as_of", "seconds"), "the run's own usage is shown"),
    "ChangePart": dict.fromkeys(("section", "subject", "file", "line"), "the step's sentence says so"),
    "StepPart": {"changes": "the sentence says so"},
    "OverridePart": dict.fromkeys(("file", "cell"), "it was filled in on the page before"),
    "AdjustDocument": dict.fromkeys(
        ("scenario", "by", "overrides", "together", "findings"),
        "the page is about one override, of who is logged in",
    ),
    "NumberPart": {"value": "its text is shown"},
    "NumbersDocument": {"scenario": "its title heads the page"},
    "RuleNumbers": dict.fromkeys(("kind", "metric", "file", "line"), "the card of the rule in a run says so"),
    "StandingDocument": dict.fromkeys(("scenario", "title", "units"), "the plan heads the page")
    | {"objectives": "a link leads to their page"},
    "StandingNode": {"tier": FOR_PROGRAMS, "partners": FOR_PROGRAMS},
    "StandingAmounts": {"unassigned": FOR_PROGRAMS},
    "PartPart": {"last_day": FOR_PROGRAMS},
    "ObjectivesDocument": dict.fromkeys(("scenario", "title"), "the plan heads the page"),
    "IncentivesDocument": dict.fromkeys(("scenario", "title"), "the plan heads the page"),
    "ForecastDocument": dict.fromkeys(
        ("scenario", "title", "as_of", "parts", "units", "findings"), "the standing on the same page says so"
    ),
    "ForecastNode": dict.fromkeys(("name", "tier", "partners"), "the page lists levels, not partners"),
    "ForecastAmounts": {"asked": FOR_PROGRAMS, "rest": FOR_PROGRAMS},
}

ON_ITS_OWN_PAGE = "the page of the conflict, or of the run, has it; a link leads there"
_REST_OF_CONFLICT = {
    "ConflictPart": dict.fromkeys(
        ("confirmed_by", "combination", "together", "unsearched", "also", "alone", "affected", "more"),
        ON_ITS_OWN_PAGE,
    ),
    "ConflictRule": dict.fromkeys(
        ("kind", "reason", "file", "line", "column", "violation", "unit"), ON_ITS_OWN_PAGE
    ),
}
LEFT_OUT_OF_PAGES_OF_ONE: dict[str, dict[str, dict[str, str]]] = {
    "explain": {**_REST_OF_CONFLICT, "ExplainDocument": {"scenario": "its title heads the page"}},
    "adjust": _REST_OF_CONFLICT,
    "objectives": {
        "FindingPart": dict.fromkeys(
            ("severity", "code", "file", "line", "column", "cell"), "the file is the planner's own, elsewhere"
        )
    },
    "incentives": {
        "FindingPart": dict.fromkeys(
            ("severity", "code", "file", "line", "column", "cell"), "the file is the planner's own, elsewhere"
        )
    },
    "standing": {
        "FindingPart": dict.fromkeys(
            ("severity", "code", "file", "line", "column", "cell"), "they came in an upload, not in a file"
        )
    },
    "gaps": {**_REST_OF_CONFLICT, "GapsDocument": {"scenario": "its title heads the page"}},
    "returns": {**_REST_OF_CONFLICT, "ReturnsDocument": {"scenario": "its title heads the page"}},
    "compare": {
        **_REST_OF_CONFLICT,
        "TotalPart": dict.fromkeys(("company_target", "baseline", "partners", "round_to"), ON_ITS_OWN_PAGE),
        "FivePart": dict.fromkeys(("partners", "least", "most"), "the quartiles are shown"),
        "RuleOutcome": {"kind": ON_ITS_OWN_PAGE},
    },
}
"""The same for the pages of single analyses, in place of what holds for all."""


@pytest.mark.parametrize("name", PAGES)
def test_pages_show_every_field_or_leave_it_out_on_purpose(name: str) -> None:
    templates = ROOT / "api" / "templates"
    named = set(re.findall(r"\w+", "\n".join((templates / file).read_text("utf-8") for file in PAGES[name])))
    found, missing = [ANALYSES[name].document], []
    for model in found:
        left_out = {**LEFT_OUT_OF_PAGES, **LEFT_OUT_OF_PAGES_OF_ONE.get(name, {})}.get(model.__name__, {})
        for field, info in model.model_fields.items():
            if field in left_out:
                continue
            if (info.alias or field) not in named:
                missing.append(f"{model.__name__}.{field}")
            found += [inner for inner in _models_of(info.annotation) if inner not in found]
    assert missing == []
