"""Known: what solves of scenarios that differ in a few numbers keep for one another."""

from __future__ import annotations

from dataclasses import dataclass, field

from solver.integer.pieces import KnownPieces
from solver.optimise.elastic import KnownPriorities


@dataclass(frozen=True, eq=False)
class Known:
    """What is found the same, to the last digit, where what it depends on is the same."""

    priorities: KnownPriorities = field(default_factory=KnownPriorities)
    pieces: KnownPieces = field(default_factory=KnownPieces)
