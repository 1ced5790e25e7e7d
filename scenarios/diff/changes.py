"""Differences: what one scenario says otherwise than another, one change after the other."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from scenarios.diff.blend_tables import blend, rows_in
from scenarios.findings.finding import Place
from scenarios.partners import PartnerTable
from scenarios.scenario import Adjustment, Entry, Goal, Metric, Scenario
from scenarios.values.inline_yaml import change_text, inline, same
from scenarios.values.located import Map

Use = Literal["number", "text"]
"""Whether a column is read as numbers, or as words."""
Key = tuple[str, ...]

_METRIC = ("unit", "round_to", "baseline", "fair_share", "missing", "phasing")
_SETTINGS = ("periods", "goals", "cascade", "over_assign", "missing", "shares", "requirements")
_WORDLESS = frozenset({"name", "reason"})
_JOIN, _LEAVE, _IDENTITY = ("partners", "join"), ("partners", "leave"), ("partners", "identity")


@dataclass(frozen=True)
class Change:
    """One thing that the newer scenario says otherwise."""

    section: Literal["partners", "metrics", "settings", "targets", "rules", "adjustments"]
    """The part of the scenario."""
    subject: str
    """The rule, target, metric, setting or table it is about."""
    statement: str
    """What becomes of it: `share_max 52% → 48%`."""
    keys: frozenset[Key]
    """What is taken from the newer scenario."""
    place: Place | None = None
    """Where the newer scenario says so, if it is in one place."""

    def __str__(self) -> str:
        return f"{self.subject}: {self.statement}"


def differences(old: Scenario, new: Scenario, columns: Mapping[str, Use]) -> tuple[Change, ...]:
    """The changes that lead from one scenario to the other, in the order of the file.

    The order is partners, metrics, settings, targets, rules, adjustments, and within these that of the
    newer file. `columns` are those that anything in the newer scenario reads; others are not compared.
    """
    return (
        *_partner_changes(old.table, new.table, columns),
        *_metric_changes(old.metrics, new.metrics),
        *_setting_changes(old, new),
        *_entry_changes(old.targets, new.targets, "targets"),
        *_entry_changes(old.rules, new.rules, "rules"),
        *_adjustment_changes(_decided(old), _decided(new)),
    )


def with_changes(old: Scenario, new: Scenario, changes: Sequence[Change]) -> Scenario:
    """The old scenario, in which only these changes towards the new one have been made."""
    keys = frozenset[Key]().union(*(change.keys for change in changes))
    settings = {name: getattr(new if (name,) in keys else old, name) for name in _SETTINGS}
    return replace(
        old,
        table=_between(old.table, new.table, keys),
        metrics=_metrics(old.metrics, new.metrics, keys),
        targets=_entries(old.targets, new.targets, keys),
        rules=_entries(old.rules, new.rules, keys),
        adjustments=_adjustments(old, new, keys),
        **settings,
    )


def _partner_changes(old: PartnerTable, new: PartnerTable, columns: Mapping[str, Use]) -> Iterator[Change]:
    if old.id_column != new.id_column:
        statement = f"partners are identified by {old.id_column} → {new.id_column}"
        yield Change("partners", new.name, statement, frozenset({_IDENTITY}))
        return
    at = rows_in(new, old.ids)
    for name in new.columns:
        if name in columns and name != new.id_column and (statement := _cells(old, new, name, columns[name])):
            yield Change("partners", new.name, statement, frozenset({("column", name)}))
    if joined := int((rows_in(old, new.ids) < 0).sum()):
        yield Change("partners", new.name, _counted(joined, "joins", "join"), frozenset({_JOIN}))
    if left := int((at < 0).sum()):
        yield Change("partners", new.name, _counted(left, "leaves", "leave"), frozenset({_LEAVE}))


def _counted(number: int, one: str, several: str) -> str:
    return f"1 partner {one}" if number == 1 else f"{number:,} partners {several}"


def _cells(old: PartnerTable, new: PartnerTable, name: str, use: Use) -> str:
    """What became of a column's cells for the partners of both tables; "" if nothing."""
    if name not in old.columns:
        return f"{name} is new"
    at = rows_in(new, old.ids)
    rows = np.flatnonzero(at >= 0)
    differ = old.text(name)[rows] != new.text(name)[at[rows]]
    if use == "number":
        was, became = old.numbers(name)[rows], new.numbers(name)[at[rows]]
        differ &= ~((was == became) | (np.isnan(was) & np.isnan(became)))
    found = rows[np.asarray(differ, dtype=bool)]
    if len(found) != 1:
        return f"{name} of {len(found):,} partners" if len(found) else ""
    cells = old.text(name)[found[0]] or None, new.text(name)[at[found[0]]] or None
    return f"{name} of {old.ids[found[0]]} {change_text(*cells)}"


def _between(old: PartnerTable, new: PartnerTable, keys: Collection[Key]) -> PartnerTable:
    if _IDENTITY in keys:
        return new
    columns = {key[1] for key in keys if key[0] == "column"}
    if not columns and not {_JOIN, _LEAVE} & set(keys):
        return old
    return blend(old, new, columns=columns, leave=_LEAVE in keys, join=_JOIN in keys)


def _metric_changes(old: Mapping[str, Metric], new: Mapping[str, Metric]) -> Iterator[Change]:
    for name in in_order(tuple(old), tuple(new)):
        every = frozenset(("metric", name, field) for field in _METRIC)
        if name not in new:
            yield Change("metrics", name, "removed", every)
        elif name not in old:
            yield Change("metrics", name, "added", every, new[name].place)
        else:
            for field in _METRIC:
                was, became = getattr(old[name], field), getattr(new[name], field)
                if was != became:
                    keys = frozenset({("metric", name, field)})
                    yield Change(
                        "metrics", name, f"{field} {change_text(was, became)}", keys, new[name].place
                    )


def _metrics(
    old: Mapping[str, Metric], new: Mapping[str, Metric], keys: Collection[Key]
) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for name in in_order(tuple(old), tuple(new)):
        fields = {key[2] for key in keys if key[:2] == ("metric", name)}
        if name not in old or name not in new:
            owner = new if fields else old
            found |= {name: owner[name]} if name in owner else {}
        else:
            found[name] = replace(old[name], **{field: getattr(new[name], field) for field in fields})
    return found


def _setting_changes(old: Scenario, new: Scenario) -> Iterator[Change]:
    for name in _SETTINGS:
        was, became = _setting(old, name), _setting(new, name)
        if was != became:
            yield Change("settings", name, change_text(was or None, became or None), frozenset({(name,)}))


def _setting(scenario: Scenario, name: str) -> Any:
    if name == "requirements":
        return {each.tier: dict(each.needs) for each in scenario.requirements}
    return [_goal(goal) for goal in scenario.goals] if name == "goals" else getattr(scenario, name)


def _goal(goal: Goal) -> dict[str, Any]:
    """What the goal says, without where."""
    fields = ("maximise", "stay_close_to", "spread", "metric", "half_at", "give_up")
    stated = {field: value for field in fields if (value := getattr(goal, field))}
    return {**stated, "curve": goal.curve} if goal.half_at else stated


def _entry_changes(
    old: Sequence[Entry], new: Sequence[Entry], section: Literal["targets", "rules"]
) -> Iterator[Change]:
    was, became = _named(old), _named(new)
    for name in in_order(tuple(was), tuple(became)):
        if name in was and name in became:
            yield from _field_changes(was[name], became[name], section)
        else:
            entry = became.get(name) or was[name]
            every = frozenset(("entry", name, field) for field in entry.data)
            statement, place = ("added", entry.place) if name in became else ("removed", None)
            yield Change(section, name, statement, every, place)


def _named(entries: Sequence[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _field_changes(old: Entry, new: Entry, section: Literal["targets", "rules"]) -> Iterator[Change]:
    """A change for each field; one for all where the kind is another."""
    kinds = inline(old.data.get("kind")), inline(new.data.get("kind"))
    if kinds[0] != kinds[1]:
        every = frozenset(("entry", old.name, field) for field in {**old.data, **new.data})
        yield Change(section, old.name, f"kind {kinds[0]} → {kinds[1]}", every, new.place)
        return
    for field in in_order(tuple(old.data), tuple(new.data)):
        was, became = old.data.get(field), new.data.get(field)
        if field not in _WORDLESS and not same(was, became):
            place = new.data.value_places.get(field)
            keys = frozenset({("entry", old.name, field)})
            yield Change(section, old.name, f"{field} {change_text(was, became)}", keys, place)


def _entries(old: Sequence[Entry], new: Sequence[Entry], keys: Collection[Key]) -> tuple[Entry, ...]:
    was, became = _named(old), _named(new)
    found = (_entry(was.get(name), became.get(name), keys) for name in in_order(tuple(was), tuple(became)))
    return tuple(entry for entry in found if entry is not None)


def _entry(old: Entry | None, new: Entry | None, keys: Collection[Key]) -> Entry | None:
    """The entry with some fields of the newer one; None while or once it is not there."""
    either = old or new
    assert either is not None
    data = Map(either.data.place)
    for field in in_order(tuple(old.data if old else ()), tuple(new.data if new else ())):
        owner = new if ("entry", either.name, field) in keys else old
        if owner is not None and field in owner.data:
            data.take(field, owner.data)
    return Entry(either.name, data, either.place, either.origin) if data else None


def _decided(scenario: Scenario) -> dict[Key, Adjustment]:
    found: dict[Key, Adjustment] = {}
    for each in scenario.adjustments:
        found["adjustment", each.partner, each.metric, each.period or ""] = each
    return found


def _adjustment_changes(old: Mapping[Key, Adjustment], new: Mapping[Key, Adjustment]) -> Iterator[Change]:
    for key in in_order(tuple(old), tuple(new)):
        was, became = (decided[key].target if key in decided else None for decided in (old, new))
        if was != became:
            subject = f"adjustment of {', '.join(part for part in key[1:] if part)}"
            place = new[key].place if key in new else None
            yield Change("adjustments", subject, change_text(was, became), frozenset({key}), place)


def _adjustments(old: Scenario, new: Scenario, keys: Collection[Key]) -> tuple[Adjustment, ...]:
    was, became = _decided(old), _decided(new)
    owners = ((key, became if key in keys else was) for key in in_order(tuple(was), tuple(became)))
    return tuple(owner[key] for key, owner in owners if key in owner)


def in_order(old: Sequence[Any], new: Sequence[Any]) -> list[Any]:
    """The names of both, each once: the newer in their order, the others after the one they stood behind."""
    names, known = list(new), set(new)
    for at, name in enumerate(old):
        if name not in known:
            names.insert(names.index(old[at - 1]) + 1 if at else 0, name)
    return names
