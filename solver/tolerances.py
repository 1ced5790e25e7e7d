"""Tolerances of the optimiser: what each compares, in which unit, whence it comes and what it decides.

Rows are scaled to length one and cells are measured in √(r T), so plain numbers below are relative.
"""

ROUNDING = 2.220446049250313e-16
"""The spacing of doubles at one."""

CONVERGED = 1e-13
"""Of a scaled row: a residual at which Newton steps end; some hundred roundings of doubles."""
EXACT = 1e-9
"""Of a scaled row, and of the scaled objective: what a certificate may leave open."""
SHARP = 1e-10
"""The same: an answer that leaves more open is looked for in another way, too; the best counts."""
NEWTON_STEPS = 200
"""Steps after which a start is given up; random programs take 3 to 30."""
PROGRESS = 0.9
"""A residual below this part of the least so far counts as progress."""
PATIENCE = 10
"""Steps without progress after which a start is given up."""
NEAR = 1e-7
"""Of a scaled row: a residual below which Newton steps only polish."""
BRIEF_PATIENCE = 3
"""The same before it is asked whether the rules can hold at all: where they cannot, steps lead nowhere."""
QUICK_PATIENCE = 5
"""The same where an engine stands ready to do better."""
HALVINGS = 50
"""Halvings of a step: until it is the last digit of what was tried."""
HIDDEN_HALVINGS = 5
"""Of these, how many are tried where rounding hides what the dual gains, and the residual must tell."""
RIDGES = (1e-12, 1e-9, 1e-6, 1e-3, 1.0)
"""Added to the diagonal of the Newton system until its direction raises the dual: the least keeps dependent rows from
dividing by zero, the largest makes it a gradient step."""
ENOUGH = 1e-4
"""Of what a step's slope promises: a rise of the dual at which it is taken (Armijo 1966)."""
CLIPPED_ROW = 1e-24
"""Diagonal of the Newton system below which a row counts as having no free column: free columns of less than 1e-12 of its
length are beneath the rounding of what it adds up."""
DENSE_ROWS = 40
"""Rows up to which a dense factorisation is faster than a sparse one."""
LARGEST_EIGEN = 1500
"""Rows up to which the shortest multipliers are looked for: an eigenproblem, a second at this size."""

STAGE_GAP = 1e-12
"""Of what a priority must miss: the duality gap at which a stage ends."""
STAGE_EXACT = 1e-9
"""Of what a priority must miss, and of a scaled row: what the certificate of a stage may leave open."""
STAGE_CLEAN = 1e-11
"""Of what a priority must miss: the duality gap beyond which a further engine is asked to do better."""
CLEAN = 1e-13
"""Of a scaled row that must hold: what it may be broken by before a further engine is asked to do better. Ten times
less than CONVERGED would ask for what floats do not have; ten times more leaves the next stage rows that cannot all hold."""
KNOWN = 1e3
"""Of the proximal weight: a multiplier above this is not looked for anew, only what it changes by."""
KEPT = 1e-18
"""A stage's cost, ½ Σ weight · (miss / unit)², below which all its limits count as kept: a miss of 1e-9 of its unit."""
CLEAR = 1e-6
"""Of the multipliers around it: one above this is no noise; what it holds cannot move in later stages."""
PINNED = 1e-7
"""Of √(r T) or of a scaled row: how far a cell or row may be able to move that a stage declares held."""
UNBOUNDED = 1e3
"""Times T: how far a cell without a cap is taken to reach when a stage's dual is evaluated."""
SMALLEST_LIMIT = 1e-4
"""Of T: a limit counts as at least this much where a miss is measured against it, so that zero limits have a measure."""
FADING = 1e-2
"""A stage's cost that falls by more than this when the proximal weight falls by a hundred is on its way to zero."""
