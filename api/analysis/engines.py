"""Which engines solve, by the names that a user gives them."""

from __future__ import annotations

from api.analysis.errors import InvalidRequest
from solver import Engines

_PULP = "pulp:"


def engines_named(name: str | None) -> Engines:
    """The engines: ours, or with `pulp:SOLVER` (say pulp:CBC) that solver for goals and second opinions.

    Raises InvalidRequest for a solver that PuLP does not know, or does not find on this machine.
    """
    if name is None:
        return Engines()
    kind, _, solver = name.partition(":")
    if f"{kind}:" != _PULP or not solver:
        raise InvalidRequest("engine", f"{name} is no engine; write pulp:SOLVER, for example pulp:CBC.")
    from solver.engines.pulp import Pulp

    try:
        return Engines(linear=Pulp(solver))
    except ValueError as error:
        raise InvalidRequest("engine", f"{error}.") from None
