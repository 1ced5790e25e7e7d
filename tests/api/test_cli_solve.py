"""`cascade solve`: what it writes, what it prints, how it ends."""

import csv
import json
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import highs_command
import pytest
from click.testing import CliRunner, Result
from small import PARTNERS, RULES, SCENARIO, write_conflict, write_small

from api.cli.main import cascade
from rules import RuleBook
from scenarios import Report, Scenario, read_partners
from solver import Allocation, Engines, Progress

FILES = {"allocation.csv", "receipts.csv", "result.json"}
EXAMPLE = Path(__file__).parents[2] / "scenarios" / "examples" / "channel"
SUMMARY = """\
A small year  (small)
  revenue placed  660  USD  +10.0 % on 600
  on 3 partners
  verified: 2 hard limits recomputed exactly, every receipt adds up

Every rule is kept

Nothing to spare
  rule          at the floor  at the cap  other limits
  within reach                         1

The 3 largest moves
  partner                      baseline  target  change
  birch    Birch & Sons, Ltd.       200     230     +30  +15.0 %
  acme     Acme                     100     115     +15  +15.0 %
  cedar    Cédar                    300     315     +15   +5.0 %
"""
SENTENCE = (
    "company target asks at least 660.00, and the caps of its 3 targets (within reach) come to 630.00: "
    "30.00 is missing."
)
CONFLICT = f"""\
These rules cannot all hold
  scenario.yaml:9:5  company target  company_target  would have to give way by 30 USD
  rules.yaml:2:5     within reach    growth_cap      would have to give way by 30 USD
    within reach: Cedar is short of people
  {SENTENCE}
  affected: 3 partners, acme (Acme), birch (Birch & Sons, Ltd.), cedar (Cédar)

Any one of these settles it, verified by solving again
"""


def solve(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["solve", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def result(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "result.json").read_bytes())
    return document


def test_a_small_year_by_hand(tmp_path: Path) -> None:
    """See small.py for the sum."""
    assert solve(write_small(tmp_path), "-o", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "allocation.csv").read_text() == (
        "partner,name,region,metric,baseline,fair_share,floor,cap,unrounded,target,growth,stretch,binding\n"
        'birch,"Birch & Sons, Ltd.",South,revenue,200,220,0,,230,230,0.15,0.045455,\n'
        "acme,Acme,North,revenue,100,110,0,,115,115,0.15,0.045455,\n"
        "cedar,Cédar,North,revenue,300,330,0,315,315,315,0.05,-0.045455,within reach\n"
    )
    assert (tmp_path / "out" / "receipts.csv").read_text() == (
        "partner,name,region,metric,item,kind,amount\n"
        'birch,"Birch & Sons, Ltd.",South,revenue,fair share,fair share,220\n'
        'birch,"Birch & Sons, Ltd.",South,revenue,company target,pull,10\n'
        "acme,Acme,North,revenue,fair share,fair share,110\n"
        "acme,Acme,North,revenue,company target,pull,5\n"
        "cedar,Cédar,North,revenue,fair share,fair share,330\n"
        "cedar,Cédar,North,revenue,company target,pull,15\n"
        "cedar,Cédar,North,revenue,within reach,cap,-30\n"
    )


def test_the_summary_is_read_in_ten_seconds(tmp_path: Path) -> None:
    assert solve(write_small(tmp_path)).stdout == SUMMARY


def test_goals_say_what_they_reached() -> None:
    lines = solve(EXAMPLE / "value.yaml").stdout.splitlines()
    assert lines[lines.index("Goals") + 1].startswith("  maximise margin  ")
    assert "Goals" not in solve(EXAMPLE / "scenario.yaml").stdout


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    path = write_small(tmp_path)
    before = set(tmp_path.iterdir())
    assert solve(path).exit_code == 0
    assert set(tmp_path.iterdir()) == before


def test_the_example_adds_up_partner_by_partner(tmp_path: Path) -> None:
    assert solve(EXAMPLE / "scenario.yaml", "-o", tmp_path).exit_code == 0
    allocation, totals = rows(tmp_path / "allocation.csv"), defaultdict(Fraction)
    receipts = defaultdict(Fraction)
    for row in allocation:
        totals[row["metric"]] += Fraction(row["target"])
    for row in rows(tmp_path / "receipts.csv"):
        receipts[row["partner"], row["metric"]] += Fraction(row["amount"])
    assert totals == {"revenue": 65_800_000, "licences": 132_000, "deals": 5_600}
    assert receipts == {(row["partner"], row["metric"]): Fraction(row["target"]) for row in allocation}


def test_rows_stand_in_the_order_of_the_partner_table(tmp_path: Path) -> None:
    solve(EXAMPLE / "scenario.yaml", "-o", tmp_path)
    table = read_partners(EXAMPLE / "partners.csv", "partner_id", Report(), name="partners.csv")
    assert table is not None
    found = [(row["partner"], row["metric"]) for row in rows(tmp_path / "allocation.csv")]
    assert found == [(p, m) for p in table.ids.tolist() for m in ("revenue", "licences", "deals")]


def test_periods_have_a_column(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("partners:", "periods: [H1, H2]\npartners:")
    assert solve(write_small(tmp_path, scenario=scenario), "-o", tmp_path / "out").exit_code == 0
    found = rows(tmp_path / "out" / "allocation.csv")
    assert [(r["partner"], r["period"]) for r in found[:4]] == [
        ("birch", "H1"), ("birch", "H2"), ("acme", "H1"), ("acme", "H2"),
    ]  # fmt: skip
    assert sum(int(r["target"]) for r in found) == 660
    assert [r["baseline"] for r in found[:4]] == ["100", "100", "50", "50"]
    assert {r["period"] for r in rows(tmp_path / "out" / "receipts.csv")} == {"H1", "H2"}


def test_the_same_input_gives_the_same_bytes_times_aside(tmp_path: Path) -> None:
    for name in ("one", "two"):
        solve(EXAMPLE / "scenario.yaml", "-o", tmp_path / name, "--xlsx")
    one, two = result(tmp_path / "one"), result(tmp_path / "two")
    assert one.pop("times").keys() == two.pop("times").keys()
    assert list(one.items()) == list(two.items())
    for name in ("allocation.csv", "receipts.csv", "allocation.xlsx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_result_tells_inputs_outputs_versions_and_times(tmp_path: Path) -> None:
    solve(write_small(tmp_path), "-o", tmp_path / "out", "--as-of", "2027-01-31")
    message = result(tmp_path / "out")
    assert list(message["inputs"]) == ["partners.csv", "rules.yaml", "scenario.yaml"]
    assert list(message["outputs"]) == ["allocation.csv", "receipts.csv"]
    assert all(len(digest) == 64 for digest in (message["inputs"] | message["outputs"]).values())
    assert message["options"] == {"as_of": "2027-01-31"}
    assert {"goal-cascade", "python"} <= set(message["versions"])
    assert set(message["times"]["seconds"]) == {"read", "solve", "write"}


def test_json_prints_the_result(tmp_path: Path) -> None:
    run = solve(write_small(tmp_path), "-o", tmp_path / "out", "--json")
    assert run.stdout == (tmp_path / "out" / "result.json").read_text()


def test_progress_is_reported_as_json_lines(tmp_path: Path) -> None:
    run = solve(write_small(tmp_path), "--json-progress")
    message = [json.loads(line) for line in run.stderr.splitlines()]
    assert [each["stage"] for each in message] == [
        "read",
        "rows",
        "solve",
        "round",
        "receipts",
        "audit",
        "write",
    ]
    shares = [each["share"] for each in message]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1


def test_progress_is_silent_when_piped(tmp_path: Path) -> None:
    assert solve(write_small(tmp_path)).stderr == ""


def test_rules_that_conflict_leave_the_result_alone(tmp_path: Path) -> None:
    """Files of an earlier run do not stay beside it; other people's files do."""
    out = tmp_path / "out"
    solve(write_small(tmp_path), "-o", out, "--xlsx")
    (out / "notes.txt").write_text("mine")
    run = solve(write_conflict(tmp_path), "-o", out)
    assert run.exit_code == 3
    assert run.stdout.startswith(CONFLICT)
    assert "\n  raise growth max of within reach from 5% to 10%  " in run.stdout
    assert run.stdout.endswith(f"found by arithmetic\n\nwritten to {out}\n")
    assert {path.name for path in out.iterdir()} == {"notes.txt", "record.zip", "result.json"}
    message = result(out)
    assert (message["state"], message["termination"]) == ("infeasible", "infeasible")
    assert [each["rule"] for each in message["conflict"]["rules"]] == ["company target", "within reach"]


def test_findings_leave_everything_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    solve(write_small(tmp_path), "-o", out)
    before = {path: path.read_bytes() for path in out.iterdir()}
    run = solve(write_small(tmp_path, rules=RULES.replace("5%", "five")), "-o", out)
    assert run.exit_code == 1
    assert run.stdout == ""
    assert run.stderr.startswith(
        f"1 finding\n{tmp_path}/rules.yaml:5:17: not-a-number: growth_max is 'five'."
    )
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_findings_as_json(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=RULES.replace("5%", "five"))
    (finding,) = json.loads(solve(path, "--json").stdout)["findings"]
    assert (finding["code"], finding["file"], finding["line"], finding["column"]) == (
        "not-a-number", "rules.yaml", 5, 17,
    )  # fmt: skip
    (line,) = solve(path, "--json-progress").stderr.splitlines()[1:]
    assert json.loads(line) == {"finding": finding}


def test_doubts_do_not_stop_a_solve(tmp_path: Path) -> None:
    rules = RULES.replace("{partner_id: cedar}", "{region: East}")
    run = solve(write_small(tmp_path, rules=rules), "-o", tmp_path / "out")
    assert run.exit_code == 0
    assert run.stderr.startswith(f"1 warning\n{tmp_path}/rules.yaml:4:13: where-nobody:")
    assert {each["code"] for each in result(tmp_path / "out")["findings"]} == {"where-nobody"}


def failed(scenario: Scenario, book: RuleBook, *, progress: Progress, engines: Engines) -> Allocation:  # noqa: ARG001
    """What a solve says when its engine gives up."""
    progress("solve", 0.5)
    return Allocation(scenario, book, "failed", "error", engines={}, seconds={}, reason="the engine gave up")


def test_a_solve_that_fails_writes_no_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.analysis.solve.allocate", failed)
    run = solve(write_small(tmp_path), "-o", tmp_path / "out")
    assert run.exit_code == 4
    assert run.stdout.startswith("The solve failed: the engine gave up.\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"record.zip", "result.json"}
    assert result(tmp_path / "out")["state"] == "failed"


def test_a_folder_that_cannot_be_written_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    run = solve(write_small(tmp_path), "-o", tmp_path / "file" / "out")
    assert run.exit_code == 4
    assert "cannot write to" in run.stderr


def test_no_cell_is_a_formula_and_every_id_comes_back(tmp_path: Path) -> None:
    ids = ["=1+1", "+1", "-1", "@sum", 'say "hi", then go', "ordinary"]
    partners = "partner_id,name,region,last\n" + "".join(
        f'"{i.replace(chr(34), chr(34) * 2)}",n,r,100\n' for i in ids
    )
    path = write_small(tmp_path, partners=partners, rules="rules: []\n")
    assert solve(path, "-o", tmp_path / "out").exit_code == 0
    found = [row["partner"] for row in rows(tmp_path / "out" / "allocation.csv")]
    assert found == ["'=1+1", "'+1", "'-1", "'@sum", 'say "hi", then go', "ordinary"]
    back = read_partners(tmp_path / "out" / "allocation.csv", "partner", Report(), name="allocation.csv")
    assert back is not None
    assert back.ids.tolist() == ids


@pytest.mark.parametrize("unit", ["0.01", "1", "1000"])
def test_totals_are_exact_in_every_unit(tmp_path: Path, unit: str) -> None:
    partners = (
        PARTNERS.replace("100\n", "33333.33\n").replace("200\n", "66666.67\n").replace("300\n", "99999.99\n")
    )
    scenario = SCENARIO.replace("round_to: 1", f"round_to: {unit}").replace("660", "230000")
    path = write_small(tmp_path, scenario=scenario, partners=partners, rules="rules: []\n")
    assert solve(path, "-o", tmp_path / "out").exit_code == 0
    targets = [Fraction(row["target"]) for row in rows(tmp_path / "out" / "allocation.csv")]
    assert sum(targets) == 230_000
    assert all((target / Fraction(unit)).denominator == 1 for target in targets)


def test_goals_come_out_the_same_by_other_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest value and the even spread below it are unique, so the engine leaves no trace but its name."""
    highs_command.put_on_path(tmp_path, monkeypatch)
    scenario = "scenarios/examples/channel/value.yaml"
    found = []
    for engine in ((), ("--engine", "pulp:HiGHS_CMD"), ("--engine", "pulp:CBC")):
        run = CliRunner().invoke(cascade, ["solve", scenario, "-o", str(tmp_path / "out"), *engine])
        assert run.exit_code == 0, run.output
        with (tmp_path / "out" / "allocation.csv").open() as file:
            found.append([row["target"] for row in csv.DictReader(file)])
    assert found[0] == found[1] == found[2]
    assert "PuLP, CBC" in (tmp_path / "out" / "result.json").read_text()


@pytest.mark.parametrize("name", ["pulp:NOTHING", "highs", "pulp:"])
def test_an_engine_that_is_not_there_is_a_matter_of_usage(tmp_path: Path, name: str) -> None:
    run = CliRunner().invoke(cascade, ["solve", str(write_small(tmp_path)), "--engine", name])
    assert run.exit_code == 2
    assert "--engine" in run.stderr
