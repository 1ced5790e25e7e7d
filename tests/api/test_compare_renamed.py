"""Which input files two runs differ in: by content, so that a file which is only called otherwise is none."""

from types import SimpleNamespace
from typing import Any

import pytest

from api.analysis.compare.run import _files_that_differ


@pytest.mark.parametrize(
    ("was", "became", "differ"),
    [
        ({"a.csv": "1"}, {"a.csv": "1"}, ()),
        ({"a.csv": "1"}, {"b.csv": "1"}, ()),
        ({"a.csv": "1"}, {"a.csv": "2"}, ("a.csv",)),
        ({"a.csv": "1", "b.csv": "2"}, {"a.csv": "2", "b.csv": "1"}, ("a.csv", "b.csv")),
        ({"a.csv": "1"}, {"a.csv": "1", "b.csv": "2"}, ("b.csv",)),
        ({"a.csv": "1", "b.csv": "2"}, {"a.csv": "1"}, ("b.csv",)),
    ],
)
def test_a_renamed_file_does_not_differ(was: dict[str, str], became: dict[str, str], differ: Any) -> None:
    old, new = (SimpleNamespace(result=SimpleNamespace(inputs=inputs)) for inputs in (was, became))
    assert _files_that_differ(old, new) == differ  # type: ignore[arg-type]
