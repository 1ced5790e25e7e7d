"""Reading what a scenario declares in a file of its own, or in place of the file's name."""

from typing import TypeVar

from scenarios.findings.finding import Report
from scenarios.findings.validate import Form, validate
from scenarios.read.sandboxed_folder import Folder
from scenarios.read.variants import place_of
from scenarios.scenario import Declared
from scenarios.yaml.parse import MAX_BYTES, Map, parse_yaml

F = TypeVar("F", bound=Form)


def read_declared(
    field: str, stated: str | F | None, model: type[F], data: Map, folder: Folder, report: Report
) -> Declared[F] | None:
    """What the field of a scenario declares; None where there is none, or after reporting what is wrong."""
    if stated is None:
        return None
    if not isinstance(stated, str):
        return Declared(stated, data[field])
    place = place_of(data, field)
    path = folder.find(stated, (folder.root / place.file).parent, place, report)
    if path is None:
        return None
    name = folder.name(path)
    content = folder.read(path, report, name=name, most=MAX_BYTES)
    found = None if content is None else parse_yaml(content, report, name=name)
    form = None if found is None else validate(model, found, report, what=field)
    return None if form is None or found is None else Declared(form, found)
