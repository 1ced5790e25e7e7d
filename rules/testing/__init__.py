"""Rules under test: cases run, what they leave out, and whether they notice a change."""

from rules.testing.coverage import Branch, Coverage, cover
from rules.testing.mutation import Mutant, mutate
from rules.testing.run import Answer, Difference, Run, Solve, run_case
from rules.testing.suite import Example, RuleUnderTest, Suite, read_suite

__all__ = [
    "Answer",
    "Branch",
    "Coverage",
    "Difference",
    "Example",
    "Mutant",
    "RuleUnderTest",
    "Run",
    "Solve",
    "Suite",
    "cover",
    "mutate",
    "read_suite",
    "run_case",
]
