"""What is asked in analyses; the answers are the documents that the command line prints with --json."""

from typing import Annotated, Any, Literal, Union

from pydantic import Field, RootModel, create_model

from api.analysis.registry import ANALYSES
from api.web.schemas import Once, RequestBody, View, with_example

_SCENARIO = "scn_06A1B2C3D4E5F6G7H8J9K0M1N2"
_EXAMPLE = {"analysis": "explain", "scenarios": [_SCENARIO], "partner": "P0001"}

Names = Annotated[list[str], Field(max_length=20)]


class Question(RequestBody):
    """What an analysis is about."""

    scenarios: Names = Field(default_factory=list)
    """Ids of scenarios; in a form, names of uploaded scenario files."""
    runs: Names = Field(default_factory=list)
    """To compare or replay: ids of runs that have ended, as they came out."""
    rules: Names = Field(default_factory=list)
    """Ids of rule sets: the old and the new one; for rule tests one. In a form, names of rule files, and of cases."""
    workbook: str | None = None
    """To adjust, in a form: the name of the uploaded workbook with the overrides."""
    actuals: Names = Field(default_factory=list)
    """For the standing, in a form: names of uploaded files of actuals, later ones restating earlier ones."""
    record: str | None = None
    """To replay, in a form: the name of the uploaded record; what is stored is replayed by the id of its run."""


def _question(name: str, request: type[Any]) -> type[Question]:
    """The question's own fields, and those of the analysis."""
    title = "".join(word.title() for word in name.split("_")) + "Question"
    about = (request.__doc__ or "").strip().partition("\n")[0]
    analysis: Any = (Literal[name], ...)
    return create_model(title, __base__=(Question, request), __doc__=about, analysis=analysis)


QUESTIONS = {name: _question(name, analysis.request) for name, analysis in ANALYSES.items()}
"""Name of each analysis to the model of its question."""


class AnalysisIn(RootModel[Annotated[Union[tuple(QUESTIONS.values())], Field(discriminator="analysis")]]):  # type: ignore[misc]  # noqa: UP007
    """A question: `analysis` names it."""

    model_config = with_example(_EXAMPLE)


class Asking(Once):
    """When the answer is wanted."""

    prefer: str | None = Field(
        None,
        alias="Prefer",
        max_length=200,
        description="`respond-async`: do not wait for the answer, but make it a run.",
    )


class AnalysisView(View):
    """The document of the analysis, the same to the byte as the command line prints with --json."""

    model_config = with_example({"scenario": "fy2027-base", "partner": "P0001"}, extra="allow")
