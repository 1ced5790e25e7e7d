"""A scenario from what a program holds: a data frame and plain mappings, checked as files are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.findings.finding import Place, Report
from scenarios.forms import VariantForm
from scenarios.partners import from_frame
from scenarios.read.read_scenario import Assembly
from scenarios.read.sandboxed_folder import Folder
from scenarios.read.variants import Layer
from scenarios.scenario import Library, Scenario
from scenarios.values.located import List, Map

if TYPE_CHECKING:
    import pandas as pd

_HERE = "the call"
"""What findings about the whole call name as their place."""


def scenario_from_memory(
    data: Mapping[str, Any],
    partners: pd.DataFrame,
    rules: Sequence[Mapping[str, Any]],
    report: Report,
    *,
    library: Library | None = None,
    as_of: date | None = None,
) -> Scenario | None:
    """The scenario with the fields of a scenario file, a frame for its partners, and rules written out.

    Mistakes go to the report; None where the partners or metrics cannot be made out. Findings name the
    argument: `rules[0].growth_min`.
    """
    table = from_frame(partners, str(data.get("partner_id", "partner_id")), report)
    if table is None:
        return None
    place = Place(_HERE)
    fields = Map(place)
    for name, value in {**data, "partners": table.name}.items():
        fields.put(name, located(value, name), Place(name), Place(name))
    variant = Map(place)
    variant.put("add", located(list(rules), "rules"), Place("rules"), Place("rules"))
    folder = Folder(Path())
    layer = Layer(folder.root / _HERE, fields, VariantForm(), variant)
    assembly = Assembly(folder, library or (lambda _: None), as_of or date.today(), report)
    return assembly.scenario([layer], table)


def located(value: object, name: str) -> Any:
    """The value as a scenario file would hold it, each part placed by its name: `targets[0].total`."""
    if isinstance(value, Mapping):
        found = Map(Place(name))
        for key, inner in value.items():
            part = f"{name}.{key}"
            found.put(str(key), located(inner, part), Place(part), Place(part))
        return found
    if isinstance(value, list | tuple):
        items = List(Place(name))
        for number, inner in enumerate(value):
            part = f"{name}[{number}]"
            items.put(located(inner, part), Place(part))
        return items
    return _scalar(value)


def _scalar(value: object) -> object:
    """Numbers of every library as YAML has them; days as text."""
    if value is None or isinstance(value, bool | str | Decimal):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return Decimal(repr(float(value)))
    return value
