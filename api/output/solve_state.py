"""How a solve ends, in one place that is light to import."""

from typing import Literal

State = Literal["succeeded", "infeasible", "failed"]
"""Spelled as in `solver.allocation`; a run of the service has further states until then and besides."""
