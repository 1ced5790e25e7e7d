"""The reference page of fields: what may be written in scenario files, rule files and case files."""

from collections.abc import Mapping

from api.reference.markdown import Lines, code, table
from api.schemas import field_docs
from rules.cases import Case, CaseFile
from scenarios.fields import Form
from scenarios.forms import (
    AdjustmentForm,
    GoalForm,
    MetricForm,
    PhasingForm,
    RuleFileForm,
    ScenarioForm,
    VariantForm,
)

FORMS: Mapping[str, type[Form]] = {
    "A scenario": ScenarioForm,
    "A metric": MetricForm,
    "Phasing by history": PhasingForm,
    "An adjustment": AdjustmentForm,
    "A goal": GoalForm,
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
        needed = {name: "yes" if field.is_required() else "" for name, field in form.model_fields.items()}
        rows = [(code(name), needed[name], text) for name, text in docs.items() if name in needed]
        yield from table(("field", "needed", "meaning"), rows)
