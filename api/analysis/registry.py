"""Every analysis by its name: what can be asked, what is answered, and who finds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from api.analysis.adjust.document import AdjustDocument, AdjustRequest
from api.analysis.adjust.run import adjust_asked, adjust_from
from api.analysis.check import CheckDocument, CheckRequest, check
from api.analysis.compare.document import CompareDocument, CompareRequest
from api.analysis.compare.run import compare, read_sources
from api.analysis.errors import InvalidRequest
from api.analysis.explain.document import ExplainDocument, ExplainRequest
from api.analysis.explain.run import explain
from api.analysis.forecast.document import ForecastDocument, ForecastRequest
from api.analysis.forecast.run import forecast
from api.analysis.frontier.document import FrontierDocument, FrontierRequest
from api.analysis.frontier.run import frontier, shares_of
from api.analysis.gaps.document import GapsDocument, GapsRequest
from api.analysis.gaps.run import gaps
from api.analysis.impact.document import ImpactDocument, ImpactRequest
from api.analysis.impact.run import impact
from api.analysis.incentives.document import IncentivesDocument, IncentivesRequest
from api.analysis.incentives.run import incentives
from api.analysis.levels import LevelsDocument, LevelsRequest, roll_up_levels
from api.analysis.lint import LintDocument, LintRequest, lint_scenarios
from api.analysis.load_many import load_all
from api.analysis.numbers import NumbersDocument, NumbersRequest, numbers_of
from api.analysis.objectives.document import ObjectivesDocument, ObjectivesRequest
from api.analysis.objectives.run import objectives
from api.analysis.plan import read_plan
from api.analysis.renew.document import RenewDocument, RenewRequest
from api.analysis.renew.run import renew
from api.analysis.replay.document import ReplayDocument, ReplayRequest
from api.analysis.replay.run import replay
from api.analysis.request import Context, Request, Sources
from api.analysis.responses.document import ResponsesDocument, ResponsesRequest
from api.analysis.responses.run import price_responses, responses_asked
from api.analysis.returns.document import ReturnsDocument, ReturnsRequest
from api.analysis.returns.run import returns
from api.analysis.review.document import ReviewDocument, ReviewRequest
from api.analysis.review.run import plan_with_receipts, reviews_of
from api.analysis.rule_tests import RuleTestsDocument, RuleTestsRequest, run_rule_tests
from api.analysis.solve import SolveRequest, solve
from api.analysis.standing.document import StandingDocument, StandingRequest
from api.analysis.standing.run import actuals_files, standing
from api.analysis.sweep.document import SweepDocument, SweepRequest
from api.analysis.sweep.run import parameters_of, sweep
from api.output.document import Document
from api.output.result_parts import ResultDocument
from rules.load import Loaded, load


@dataclass(frozen=True)
class Analysis:
    """One thing that can be asked."""

    request: type[Request]
    """What to find out."""
    document: type[Document]
    """The answer."""
    run: Callable[[Sources, Any, Context], Document]
    """Finds out. Raises Refused for mistakes in the sources, InvalidRequest for what they do not have."""
    solves: Callable[[Any, Sources], int]
    """About how often it solves for a request."""


def _scenario(sources: Sources) -> Path:
    """The only scenario. Raises InvalidRequest for none, or several."""
    if len(sources.scenarios) != 1:
        raise InvalidRequest("scenarios", "name one scenario.")
    return sources.scenarios[0]


def _loaded(sources: Sources, request: Request) -> Loaded:
    return load(_scenario(sources), as_of=request.as_of)


def _portable(sources: Sources, request: Request) -> Loaded:
    """The only scenario, fit to be sent to other processes."""
    return load_all([_scenario(sources)], as_of=request.as_of)[0]


def _check(sources: Sources, request: CheckRequest, context: Context) -> CheckDocument:
    del context
    return check(_scenario(sources), request)


def _solve(sources: Sources, request: SolveRequest, context: Context) -> ResultDocument:
    return solve(_scenario(sources), request, context.progress)


def _explain(sources: Sources, request: ExplainRequest, context: Context) -> ExplainDocument:
    return explain(_loaded(sources, request), request, context.progress)


def _levels(sources: Sources, request: LevelsRequest, context: Context) -> LevelsDocument:
    return roll_up_levels(_loaded(sources, request), request, context.progress)


def _compare(sources: Sources, request: CompareRequest, context: Context) -> CompareDocument:
    return compare(read_sources(sources.scenarios, request), request, context)


def _sweep(sources: Sources, request: SweepRequest, context: Context) -> SweepDocument:
    return sweep(_portable(sources, request), request, context)


def _frontier(sources: Sources, request: FrontierRequest, context: Context) -> FrontierDocument:
    return frontier(_portable(sources, request), request, context)


def _impact(sources: Sources, request: ImpactRequest, context: Context) -> ImpactDocument:
    if len(sources.rules) != 2:
        raise InvalidRequest("rules", "name the old rules and the new ones.")
    return impact(*sources.rules, sources.scenarios, request, context)


def _numbers(sources: Sources, request: NumbersRequest, context: Context) -> NumbersDocument:
    del context
    return numbers_of(_loaded(sources, request))


def _lint(sources: Sources, request: LintRequest, context: Context) -> LintDocument:
    return lint_scenarios(sources.scenarios, request, context.progress)


def _rule_tests(sources: Sources, request: RuleTestsRequest, context: Context) -> RuleTestsDocument:
    if len(sources.rules) not in (1, 2):
        raise InvalidRequest("rules", "name a rule file, and its cases if they are not beside it.")
    rules, *cases = sources.rules
    return run_rule_tests(rules, request, context.progress, cases=cases[0] if cases else None)


def _replay(sources: Sources, request: ReplayRequest, context: Context) -> ReplayDocument:
    del request, context
    if sources.record is None:
        raise InvalidRequest("record", "name a record.")
    return replay(sources.record, beside=sources.beside)


def _adjust(sources: Sources, request: AdjustRequest, context: Context) -> AdjustDocument:
    if sources.workbook is not None:
        return adjust_from(_loaded(sources, request), sources.workbook, request, context.progress)
    if not request.overrides:
        raise InvalidRequest("workbook", "name the workbook with the overrides, or list them as `overrides`.")
    return adjust_asked(_loaded(sources, request), request, context.progress)


def _standing(sources: Sources, request: StandingRequest, context: Context) -> StandingDocument:
    del context
    if not sources.actuals:
        raise InvalidRequest("actuals", "name a file of actuals.")
    plan = read_plan(_scenario(sources))
    return standing(plan, actuals_files(sources.actuals, plan.scenario), request)


def _forecast(sources: Sources, request: ForecastRequest, context: Context) -> ForecastDocument:
    del context
    if not sources.actuals:
        raise InvalidRequest("actuals", "name a file of actuals.")
    plan = read_plan(_scenario(sources))
    return forecast(plan, actuals_files(sources.actuals, plan.scenario), request)


def _responses(sources: Sources, request: ResponsesRequest, context: Context) -> ResponsesDocument:
    if not request.responses:
        raise InvalidRequest("responses", "name the responses.")
    loaded = _loaded(sources, request)
    files = actuals_files(sources.actuals, loaded.scenario)
    return price_responses(loaded, responses_asked(request), files, request, context.progress)


def _gaps(sources: Sources, request: GapsRequest, context: Context) -> GapsDocument:
    return gaps(_loaded(sources, request), request, context.progress)


def _returns(sources: Sources, request: ReturnsRequest, context: Context) -> ReturnsDocument:
    return returns(_loaded(sources, request), request, context.progress)


def _objectives(sources: Sources, request: ObjectivesRequest, context: Context) -> ObjectivesDocument:
    del context
    plan = read_plan(_scenario(sources))
    return objectives(plan, actuals_files(sources.actuals, plan.scenario), request)


def _incentives(sources: Sources, request: IncentivesRequest, context: Context) -> IncentivesDocument:
    del context
    plan = read_plan(_scenario(sources))
    return incentives(plan, actuals_files(sources.actuals, plan.scenario), request)


def _review(sources: Sources, request: ReviewRequest, context: Context) -> ReviewDocument:
    del context
    if not sources.actuals:
        raise InvalidRequest("actuals", "name a file of actuals.")
    plan, receipts = plan_with_receipts(_scenario(sources))
    files = actuals_files(sources.actuals, plan.scenario)
    return reviews_of(plan, receipts, files, request).of(request)


def _renew(sources: Sources, request: RenewRequest, context: Context) -> RenewDocument:
    del context
    if not sources.actuals:
        raise InvalidRequest("actuals", "name a file of actuals.")
    path = _scenario(sources)
    plan = read_plan(path)
    return renew(path, plan, actuals_files(sources.actuals, plan.scenario), request)


def _once(request: Request, sources: Sources) -> int:
    del request, sources
    return 1


def _twice_each(request: Request, sources: Sources) -> int:
    del request
    return 2 * len(sources.scenarios)


def _every_point(request: SweepRequest, sources: Sources) -> int:
    del sources
    return prod(len(parameter.values) for parameter in parameters_of(request))


def _every_share(request: FrontierRequest, sources: Sources) -> int:
    del sources
    return len(shares_of(request)) + 1


def _every_response(request: ResponsesRequest, sources: Sources) -> int:
    del sources
    return len(request.responses) + 2


ANALYSES: dict[str, Analysis] = {
    "check": Analysis(CheckRequest, CheckDocument, _check, _once),
    "solve": Analysis(SolveRequest, ResultDocument, _solve, _once),
    "explain": Analysis(ExplainRequest, ExplainDocument, _explain, _once),
    "adjust": Analysis(AdjustRequest, AdjustDocument, _adjust, _twice_each),
    "levels": Analysis(LevelsRequest, LevelsDocument, _levels, _once),
    "compare": Analysis(CompareRequest, CompareDocument, _compare, _twice_each),
    "sweep": Analysis(SweepRequest, SweepDocument, _sweep, _every_point),
    "frontier": Analysis(FrontierRequest, FrontierDocument, _frontier, _every_share),
    "impact": Analysis(ImpactRequest, ImpactDocument, _impact, _twice_each),
    "numbers": Analysis(NumbersRequest, NumbersDocument, _numbers, _once),
    "lint": Analysis(LintRequest, LintDocument, _lint, _twice_each),
    "rule_tests": Analysis(RuleTestsRequest, RuleTestsDocument, _rule_tests, _once),
    "standing": Analysis(StandingRequest, StandingDocument, _standing, _once),
    "forecast": Analysis(ForecastRequest, ForecastDocument, _forecast, _once),
    "responses": Analysis(ResponsesRequest, ResponsesDocument, _responses, _every_response),
    "gaps": Analysis(GapsRequest, GapsDocument, _gaps, _once),
    "returns": Analysis(ReturnsRequest, ReturnsDocument, _returns, _once),
    "objectives": Analysis(ObjectivesRequest, ObjectivesDocument, _objectives, _once),
    "incentives": Analysis(IncentivesRequest, IncentivesDocument, _incentives, _once),
    "review": Analysis(ReviewRequest, ReviewDocument, _review, _once),
    "renew": Analysis(RenewRequest, RenewDocument, _renew, _once),
    "replay": Analysis(ReplayRequest, ReplayDocument, _replay, _once),
}
"""Name to analysis, in the order in which people learn of them."""
