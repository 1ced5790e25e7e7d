"""The arrays that rules speak in."""

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]
"""Numbers of partners, cells, rows or groups."""
Mask = NDArray[np.bool_]
"""Which of them."""
