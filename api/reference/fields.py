"""The reference page of fields: what may be written in scenario files, rule files and case files."""

from collections.abc import Mapping

from api.reference.json_schema import field_docs
from api.reference.markdown import Lines, code, table
from rules.cases import Case, CaseFile
from scenarios.findings.validate import Form
from scenarios.forms import (
    ActualsForm,
    AdjustmentForm,
    GoalForm,
    MetricForm,
    PhasingForm,
    ReplanForm,
    RequirementForm,
    RuleFileForm,
    ScenarioForm,
    TrackForm,
    VariantForm,
)
from scenarios.incentives import IncentiveForm, IncentivesForm
from scenarios.objectives import CheckInForm, KeyResultForm, ObjectiveForm, ObjectivesForm

FORMS: Mapping[str, type[Form]] = {
    "A scenario": ScenarioForm,
    "A metric": MetricForm,
    "Phasing by history": PhasingForm,
    "An adjustment": AdjustmentForm,
    "A goal": GoalForm,
    "Actuals": ActualsForm,
    "A re-plan": ReplanForm,
    "States of a standing": TrackForm,
    "A tier and what it needs": RequirementForm,
    "An objectives file": ObjectivesForm,
    "An objective": ObjectiveForm,
    "A key result": KeyResultForm,
    "A check-in": CheckInForm,
    "An incentives file": IncentivesForm,
    "An incentive": IncentiveForm,
    "A variant": VariantForm,
    "A rule file": RuleFileForm,
    "A case file": CaseFile,
    "A case": Case,
}
"""What people write, to the model that reads it."""


def fields_page() -> Lines:
    """Every field of every file, and whether it must be there."""
    yield from ("# Fields of files", "", "The fields of rules stand with their [kinds](kinds.md).")
    for title, form in FORMS.items():
        yield from ("", f"## {title}", "")
        docs = field_docs(form)
        fields = form.model_fields
        rows = [
            (code(fields[name].alias or name), "yes" if fields[name].is_required() else "", text)
            for name, text in docs.items()
            if name in fields
        ]
        yield from table(("field", "needed", "meaning"), rows)
