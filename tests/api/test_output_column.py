"""A column is one entry of `ALLOCATION`: it is then in CSV, JSON, HTTP, the workbook and on a page."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from small import write_small

from api.output import columns
from api.output.arrow_decimals import from_floats
from api.output.columns import Column
from api.output.csv import csv_text
from api.output.result_json import Circumstances, result_document
from api.output.tables import allocation_table, receipts_table
from api.pages.partner import columns_of
from api.resources.results import target_view
from rules.load import load
from solver import Allocation, allocate

EXTRA = Column(
    "half", "Half", "amount", "Half of the target.", lambda rows: from_floats(rows.target.floats() / 2)
)


@pytest.fixture
def extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry more."""
    every = (*columns.ALLOCATION, EXTRA)
    for module in (
        "api.output.columns",
        "api.output.tables",
        "api.output.workbook.targets_sheet",
        "api.output.workbook.stored",
        "api.pages.partner",
        "api.resources.results.target_view",
    ):
        monkeypatch.setattr(importlib.import_module(module), "ALLOCATION", every)


@pytest.fixture
def allocation(tmp_path: Path) -> Allocation:
    loaded = load(write_small(tmp_path))
    return allocate(loaded.scenario, loaded.book)


@pytest.mark.usefixtures("extra")
def test_a_new_column_is_in_the_csv_and_in_the_json_of_http(allocation: Allocation) -> None:
    head, row, *_ = csv_text(allocation_table(allocation)).decode().splitlines()

    assert head.split(",")[-1] == "half"
    assert row.split(",")[-1] == "115"
    assert target_view.target({"partner": "birch", "half": "115"})["half"] == "115"


@pytest.mark.usefixtures("extra")
def test_a_new_column_is_in_the_workbook(allocation: Allocation) -> None:
    from api.output.workbook.contents import Tables, contents_of
    from api.output.workbook.targets_sheet import lines_of

    document = result_document(allocation, Circumstances(()), outputs={})
    tables = Tables(allocation_table(allocation), receipts_table(allocation))
    contents = contents_of(allocation.scenario, allocation.book, document, tables)
    lines = lines_of(contents, contents.measures[0], {})

    assert list(lines.columns[lines.at("Half")]) == [115, 57.5, 157.5]


@pytest.mark.usefixtures("extra")
def test_a_new_column_is_on_the_page_of_a_partner(allocation: Allocation) -> None:
    rows = allocation_table(allocation).to_pylist()
    mine = [row for row in rows if row["partner"] == "birch"]

    assert columns_of(mine)[-1] == {"label": "Half", "kind": "amount", "cells": [115]}
    assert {"Partner", "Metric", "Target"} <= {each["label"] for each in columns_of(mine)}


def test_the_columns_of_http_are_those_of_the_csv(allocation: Allocation) -> None:
    view: Any = target_view.TargetView

    assert list(view.model_fields) == [column.name for column in columns.ALLOCATION]
    assert set(allocation_table(allocation).column_names) <= set(view.model_fields)
    assert len({column.label for column in columns.ALLOCATION}) == len(columns.ALLOCATION)
