"""The solvers behind one shape of problem."""
