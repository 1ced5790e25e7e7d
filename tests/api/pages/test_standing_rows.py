"""Which rows the page of a plan's standing lists: those of the metric that is looked at."""

from api.analysis.standing.document import StandingAmounts, StandingDocument, StandingNode
from api.pages.standing import listed


def node(level: str, **states: str) -> StandingNode:
    metrics = {metric: StandingAmounts.model_construct(state=state) for metric, state in states.items()}
    return StandingNode.model_construct(level=level, path=(level,), metrics=metrics)


BEHIND = node("partner", revenue="behind", funds="ahead")
ELSEWHERE = node("partner", revenue="met", funds="behind")
REGION = node("region", revenue="behind", funds="met")
FOUND = StandingDocument.model_construct(levels=("region", "partner"), nodes=(REGION, BEHIND, ELSEWHERE))


def test_a_state_lists_the_partners_that_are_in_it_in_this_metric() -> None:
    assert listed(FOUND, "revenue", "behind") == [BEHIND]
    assert listed(FOUND, "funds", "behind") == [ELSEWHERE]


def test_without_a_state_all_nodes_are_listed() -> None:
    assert listed(FOUND, "revenue", None) == [REGION, BEHIND, ELSEWHERE]
