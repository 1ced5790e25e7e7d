"""Mutations of tables, workbooks and YAML: no input may end in a traceback, and no factor pass in silence.

By hand: `python -m tests.fuzz.planners_files 20000 [SEED]`.
"""

import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
from pyarrow import feather, parquet

from rules import library, read_book
from scenarios import Report, read_scenario

HEADER = ["partner_id", "name", "tier", "region", "joined", "active", "last_year", "potential"]
TIERS, REGIONS = ("Gold", "Silver"), ("North", "South", "West")

SCENARIO = """\
scenario: fuzz
partners: PARTNERS
partner_id: partner_id
metrics:
  revenue: {unit: EUR, round_to: 1000, baseline: last_year, fair_share: {last_year: 70%, potential: 30%}}
targets:
  - {name: company target, growth: 10%}
cascade: [region]
add:
  - name: reach
    kind: growth_cap
    growth_max: 60%
    where: {tier: [Gold, Silver], active: true, joined: {min: 2020-01-01}}
    priority: 2
  - {name: share of business, kind: headroom, column: potential, share_max: 80%, empty: no_limit, priority: 1}
  - {name: South, kind: group_limit, where: {any: [{region: South}, {tier: Gold}]}, share_min: 5%, priority: 3}
  - {name: floor, kind: growth_floor, growth_min: 1%, priority: 4, reason: no one shrinks}
adjustments:
  - {partner: P2, metric: revenue, target: 120000, by: desk, reason: agreed, until: 2030-01-31}
"""
JUNK = [
    "", " ", "\t", "\n", "\x00", "\ufeff", "\u202e", "é", "漢", "🙂", "'", '"', "%", "#", ":", ";", ",", "|", "-", "--", "=",
    "(", ")", "[", "]", "{", "}", "&a", "*a", "!t", "null", "true", "NaN", ".inf", "1e999", "-1", "0", "007", "1,5", "1.000",
    "1.234,5", "12%", "€5", "#REF!", "#N/A", "=A1", "Total", "Σ", "2026-02-30", "3/4/2026", "9" * 25, "x" * 300, "~",
    "<html>",    "\r", "\r\n", "yes", "NO", "any", "not", "or", "min", "empty",
]  # fmt: skip

Table = list[list[object]]


def table(dice: random.Random) -> Table:
    rows: Table = [list(HEADER)]
    for number in range(dice.randint(3, 9)):
        year = dice.randint(2015, 2026)
        rows.append(
            [
                f"P{number}",
                f"Partner {number}",
                dice.choice(TIERS),
                dice.choice(REGIONS),
                f"{year}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}",
                dice.choice(("TRUE", "FALSE")),
                dice.randint(10_001, 999_999),
                dice.randint(100_001, 9_999_999),
            ]
        )
    return rows


def file_of(rows: Table, ending: str, dice: random.Random) -> bytes:
    """The table as a file with the ending."""
    if ending == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([None if cell == "" else _xml(cell) for cell in row])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()
    if ending in (".parquet", ".feather"):
        names = [f"{at}" if not str(name) else str(name) for at, name in enumerate(rows[0])]
        columns = [[str(row[at]) if at < len(row) else "" for row in rows[1:]] for at in range(len(names))]
        packed = pa.Table.from_arrays([pa.array(column, pa.string()) for column in columns], names)
        out = io.BytesIO()
        parquet.write_table(packed, out) if ending == ".parquet" else feather.write_feather(packed, out)
        return out.getvalue()
    mark = "\t" if ending == ".tsv" else dice.choice(",;|")
    text = "\n".join(mark.join(str(cell) for cell in row) for row in rows)
    return text.encode(dice.choice(("utf-8", "utf-8", "utf-16", "cp1252")), "replace")


def _xml(cell: object) -> object:
    if isinstance(cell, str):
        return "".join(each for each in cell if each >= " " or each in "\t\n\r")
    return cell


def mutated_cells(rows: Table, dice: random.Random) -> None:
    """Changes a few cells, rows or columns."""
    for _ in range(dice.randint(1, 3)):
        row = dice.randrange(len(rows))
        choice = dice.randrange(6)
        if choice < 3 and rows[row]:
            rows[row][dice.randrange(len(rows[row]))] = dice.choice(JUNK)
        elif choice == 3:
            rows.insert(row, [dice.choice(JUNK) for _ in range(dice.randint(0, 9))])
        elif choice == 4 and len(rows) > 2:
            del rows[row]
        else:
            at = dice.randrange(len(HEADER))
            for each in rows[1:]:
                if at < len(each):
                    each[at] = f"{dice.choice(JUNK)}{each[at]}{dice.choice(JUNK)}"


def mutated_bytes(content: bytes, dice: random.Random) -> bytes:
    """Changes a few bytes, or cuts or doubles a piece."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) + 1)
        choice = dice.randrange(4)
        if choice == 0 and at < len(changed):
            changed[at] = dice.randrange(256)
        elif choice == 1:
            del changed[at : at + dice.randint(1, 20)]
        elif choice == 2:
            changed[at:at] = dice.choice(JUNK).encode("utf-8", "surrogatepass")
        else:
            changed[at:at] = changed[at : at + dice.randint(1, 60)]
    return bytes(changed)


def mutated_text(text: str, dice: random.Random) -> str:
    """Changes a few words of a YAML file."""
    lines = text.split("\n")
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(lines))
        words = lines[at].split(" ")
        choice = dice.randrange(5)
        if choice == 0:
            del lines[at : at + 1]
            lines = lines or [""]
        elif choice == 1:
            lines.insert(at, lines[dice.randrange(len(lines))])
        elif choice == 2:
            lines[at] = dice.choice(("  ", "\t", "- ", " ")) + lines[at]
        else:
            words[dice.randrange(len(words))] = dice.choice(JUNK)
            lines[at] = " ".join(words)
    return "\n".join(lines)


def read(folder: Path) -> Report:
    """What reading the scenario and its rules finds."""
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library)
    if scenario is not None:
        read_book(scenario, report)
    return report


def once(seed: int, folder: Path) -> str:
    """One mutation, read; the name of what was mutated. Whatever a reader raises passes through."""
    dice = random.Random(seed)
    ending = dice.choice((".csv", ".csv", ".tsv", ".xlsx", ".xlsx", ".parquet", ".feather"))
    rows, text = table(dice), SCENARIO.replace("PARTNERS", f"partners{ending}")
    kind = dice.choice(("cells", "cells", "bytes", "yaml", "yaml"))
    if kind == "cells":
        mutated_cells(rows, dice)
    content = file_of(rows, ending, dice)
    if kind == "bytes":
        content = mutated_bytes(content, dice)
    if kind == "yaml":
        text = mutated_text(text, dice)
    (folder / f"partners{ending}").write_bytes(content)
    (folder / "scenario.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    read(folder)
    return f"{kind}{ending}"


RESIZED: dict[str, Callable[[int], str]] = {
    "points between thousands": lambda n: f"{n:,}".replace(",", "."),
    "commas between thousands": lambda n: f"{n:,}",
    "spaces between thousands": lambda n: f"{n:,}".replace(",", " "),
    "apostrophes": lambda n: f"{n:,}".replace(",", "'"),
    "percent": lambda n: f"{n}%",
    "three decimals": lambda n: f"{n / 1000:.3f}",
    "three decimals after a comma": lambda n: f"{n / 1000:.3f}".replace(".", ","),
    "two decimals after a comma": lambda n: f"{n / 100:.2f}".replace(".", ","),
    "thousands": lambda n: f"{n}k",
    "millions": lambda n: f"{n / 1e6:.6f}M",
    "in brackets": lambda n: f"({n})",
}
"""Ways in which a column's numbers come to be off by a factor, or look so."""


def resized(way: str, seed: int, folder: Path, separator: str) -> tuple[bool, list[str]]:
    """Whether the column's numbers are what they were, and what was found, with one column written in that way."""
    dice = random.Random(seed)
    rows = table(dice)
    before = [int(str(row[6])) for row in rows[1:]]
    for row, number in zip(rows[1:], before, strict=True):
        row[6] = f'"{RESIZED[way](number)}"'
    text = "\n".join(separator.join(str(cell) for cell in row) for row in rows)
    (folder / "partners.csv").write_text(text, encoding="utf-8")
    (folder / "scenario.yaml").write_text(SCENARIO.replace("PARTNERS", "partners.csv"), encoding="utf-8")
    report = Report()
    scenario = read_scenario(folder / "scenario.yaml", report, library=library)
    if scenario is not None:
        read_book(scenario, report)
    same = scenario is not None and scenario.table.numbers("last_year").tolist() == before
    return same, [str(finding) for finding in report.findings]


def main(count: int, first: int) -> None:
    seen = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        for seed in range(first, first + count):
            folder = Path(name) / str(seed % 10)
            folder.mkdir(exist_ok=True)
            try:
                seen[once(seed, folder)] += 1
            except Exception:
                print(f"seed {seed}")
                raise
    print(dict(seen))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
