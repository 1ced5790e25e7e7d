"""A scenario file and those it extends, read from the newest down and merged from the oldest up."""

from dataclasses import dataclass
from pathlib import Path

from scenarios.findings.finding import Place, Report
from scenarios.findings.validate import validate_leniently
from scenarios.forms import VariantForm
from scenarios.read.sandboxed_folder import Folder
from scenarios.values.quoting import quoted
from scenarios.yaml.parse import MAX_BYTES, List, Map, parse_yaml

MAX_LAYERS = 60
"""How many scenarios may extend one another: a quarterly plan renewed for seven years, each time by two."""

_OWN = frozenset({"extends", "change", "add", "remove"})


@dataclass(frozen=True)
class Layer:
    """One scenario file."""

    path: Path
    """Where it lies; paths in it count from its folder."""
    data: Map
    """Its fields, save those of the variant."""
    variant: VariantForm
    """How it differs from the file it extends."""
    raw: Map
    """Every field as written."""


def read_layers(path: Path, folder: Folder, report: Report) -> list[Layer] | None:
    """The file and those it extends, oldest first; None if one of them cannot be read."""
    layers: list[Layer] = []
    seen: set[Path] = set()
    next_path: Path | None = path
    while next_path is not None:
        layer = _read(next_path, folder, report)
        if layer is None:
            return None
        seen.add(next_path)
        layers.append(layer)
        if layer.variant.extends is None:
            return layers[::-1]
        next_path = _older(layer, seen, folder, report)
    return None


def _read(path: Path, folder: Folder, report: Report) -> Layer | None:
    name = folder.name(path)
    content = folder.read(path, report, name=name, most=MAX_BYTES)
    raw = None if content is None else parse_yaml(content, report, name=name)
    if raw is None:
        return None
    own, data = Map(raw.place), Map(raw.place)
    for key in raw:
        (own if key in _OWN else data).take(key, raw)
    variant = validate_leniently(VariantForm, own, report, what="scenario")
    unsure = variant is None or (variant.extends is None and own.get("extends") is not None)
    return None if unsure or variant is None else Layer(path, data, variant, raw)


def _older(layer: Layer, seen: set[Path], folder: Folder, report: Report) -> Path | None:
    place = layer.raw.value_places["extends"]
    found = folder.find(layer.variant.extends, layer.path.parent, place, report)
    if found in seen:
        report.error("extends-cycle", place, f"{quoted(layer.variant.extends)} extends this file in turn")
        return None
    if len(seen) >= MAX_LAYERS:
        report.error("extends-cycle", place, f"more than {MAX_LAYERS} scenarios extend one another")
        return None
    return found


def merge(layers: list[Layer]) -> Map:
    """One mapping: newer fields replace, metrics merge field by field, adjustments add up."""
    whole = Map(layers[-1].data.place)
    for layer in layers:
        for key in layer.data:
            older, newer = whole.get(key), layer.data[key]
            if key == "metrics" and isinstance(older, Map) and isinstance(newer, Map):
                merged: object = _merge_metrics(older, newer)
            elif key == "adjustments" and isinstance(older, List) and isinstance(newer, List):
                merged = _join(older, newer)
            else:
                merged = newer
            whole.put(key, merged, layer.data.places[key], layer.data.value_places[key])
    return whole


def _merge_metrics(older: Map, newer: Map) -> Map:
    merged = older.copy()
    for name in newer:
        base, fields = merged.get(name), newer[name]
        if fields is None and name in merged:
            merged.drop(name)
        elif isinstance(base, Map) and isinstance(fields, Map):
            merged.put(name, overlay(base, fields), merged.places[name], merged.value_places[name])
        else:
            merged.take(name, newer)
    return merged


def overlay(base: Map, fields: Map) -> Map:
    """The base with other fields laid over it; null takes a field away."""
    merged = base.copy()
    for key in fields:
        if fields[key] is None:
            if key in merged:
                merged.drop(key)
        else:
            merged.take(key, fields)
    return merged


def _join(older: List, newer: List) -> List:
    joined = List(newer.place)
    for part in (older, newer):
        for item, place in zip(part, part.places, strict=True):
            joined.put(item, place)
    return joined


def place_of(data: Map, key: str) -> Place:
    """Where the value of a key stands, or the mapping if the key is not there."""
    return data.value_places.get(key, data.place)
