"""Shared sums: rows over one sum come to what they came to, wherever the odd coefficient is."""

import numpy as np
import pytest
from scipy import sparse

from solver.model.shared_sums import with_shared_sums


@pytest.mark.parametrize("odd", [0, 4, 9], ids=["first", "in the middle", "last"])
def test_a_row_with_one_odd_coefficient_is_that_cell_and_the_sum(odd: int) -> None:
    row = np.full(10, -0.1)
    row[odd] += 1
    found = with_shared_sums(sparse.csr_array(np.array([row, np.zeros(10)])))

    assert found.cells.nnz == found.sums.nnz == 1
    assert found.members.toarray().tolist() == [[1.0] * 10]
    assert np.allclose((found.cells + found.sums @ found.members).toarray()[0], row)


def test_rows_without_a_common_coefficient_stay_long() -> None:
    found = with_shared_sums(sparse.csr_array(np.arange(1.0, 11.0)[None, :]))

    assert (found.cells.nnz, found.members.shape[0]) == (10, 0)
