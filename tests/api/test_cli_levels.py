"""cascade levels: an indented table, the same in files, and what a scenario with a cascade leaves behind."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from small import SCENARIO, write_conflict, write_small

from api.cli.main import cascade

CASCADED = SCENARIO + "cascade: [region]\nover_assign: {region: 2%, partner: 3%}\n"
COLUMNS = "level,path,partners,metric,baseline,fair_share,floor,cap,base,assigned,growth,stretch\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, [str(each) for each in arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_levels_are_shown_from_the_company_down(tmp_path: Path) -> None:
    """2 % of 660 is 13.2, so 13 units: 8.6 and 4.6 by region; the remainders are equal, so the first gets one more."""
    printed = run("levels", write_small(tmp_path, scenario=CASCADED))
    assert printed.exit_code == 0
    assert printed.stderr == ""
    assert printed.stdout == (
        "revenue, USD\n"
        "           partners  baseline  base   growth  stretch  assigned\n"
        "  company         3       600   660  +10.0 %   +0.0 %       660\n"
        "    North         2       400   430   +7.5 %   -2.3 %       439\n"
        "    South         1       200   230  +15.0 %   +4.5 %       234\n"
        "\n"
        "  level    padded by  assigned in all\n"
        "  company                         660\n"
        "  region          2%              673\n"
        "  partner         3%              680\n"
    )


def test_partners_may_be_shown_too(tmp_path: Path) -> None:
    printed = run("levels", write_small(tmp_path, scenario=CASCADED), "--to", "partner")
    lines = [line.split()[0] for line in printed.stdout.splitlines()[2:8]]
    assert lines == ["company", "North", "acme", "cedar", "South", "birch"]


def test_the_groups_of_a_split_stand_below_and_add_up_to_the_company(tmp_path: Path) -> None:
    """Acme counts half in each territory: 115 of its target, 57.5 each; the baseline 50 each."""
    partners = "partner_id,last,west,east\nbirch,200,100%,\nacme,100,50%,50%\ncedar,300,,100%\n"
    split = SCENARIO + "shares: {territory: {West: west, East: east}}\n"
    path = write_small(tmp_path, scenario=split, partners=partners)
    printed = run("levels", path, "-o", tmp_path / "levels.csv")
    assert printed.exit_code == 0
    assert printed.stdout.split("\n\n")[0] == (
        "revenue, USD\n"
        "                partners  baseline    base   growth  stretch\n"
        "  company              3       600     660  +10.0 %   +0.0 %\n"
        "  by territory\n"
        "    West               2    250.00  287.50  +15.0 %   +4.5 %\n"
        "    East               2    350.00  372.50   +6.4 %   -3.2 %"
    )
    assert [row["path"] for row in rows(tmp_path / "levels.csv")] == ["", "West", "East"]
    found = json.loads(run("levels", path, "--json").stdout)["levels"]["splits"]["territory"]
    assert [(each["path"], each["metrics"]["revenue"]["base"]) for each in found] == [
        (["West"], "287.5"),
        (["East"], "372.5"),
    ]


def test_without_padding_there_is_no_such_column(tmp_path: Path) -> None:
    printed = run("levels", write_small(tmp_path, scenario=SCENARIO + "cascade: [region]\n"))
    assert "assigned" not in printed.stdout


def test_a_solve_leaves_the_levels_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("solve", write_small(tmp_path, scenario=CASCADED), "-o", out, "--xlsx").exit_code == 0
    assert (out / "levels.csv").read_text() == (
        COLUMNS + "company,,3,revenue,600,660,0,,660,660,0.1,0\n"
        "region,North,2,revenue,400,440,0,,430,439,0.075,-0.022727\n"
        "region,South,1,revenue,200,220,0,,230,234,0.15,0.045455\n"
    )
    assert [(r["partner"], r["target"], r["assigned"]) for r in rows(out / "allocation.csv")] == [
        ("birch", "230", "237"), ("acme", "115", "119"), ("cedar", "315", "324"),
    ]  # fmt: skip
    assert "Levels" in CalamineWorkbook.from_path(str(out / "allocation.xlsx")).sheet_names
    reported = json.loads((out / "result.json").read_text())
    assert list(reported["outputs"]) == ["allocation.csv", "receipts.csv", "levels.csv", "allocation.xlsx"]
    levels = reported["levels"]
    assert levels["names"] == ["company", "region", "partner"]
    assert levels["over_assign"] == {"region": "2%", "partner": "3%"}
    assert levels["assigned"] == {"revenue": {"company": "660", "region": "673", "partner": "680"}}
    assert levels["nodes"][1] == {
        "level": "region", "path": ["North"], "name": None, "tier": None, "partners": 2,
        "metrics": {"revenue": {
            "baseline": "400", "fair_share": "440", "floor": "0", "cap": None, "base": "430", "assigned": "439",
            "periods": {},
        }},
    }  # fmt: skip


def test_a_solve_without_a_cascade_leaves_none(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("solve", write_small(tmp_path, scenario=CASCADED), "-o", out)
    run("solve", write_small(tmp_path), "-o", out)
    assert not (out / "levels.csv").exists()
    assert json.loads((out / "result.json").read_text())["levels"] is None
    assert "assigned" not in rows(out / "allocation.csv")[0]


def test_periods_stand_below_the_whole(tmp_path: Path) -> None:
    scenario = CASCADED.replace("partners:", "periods: [H1, H2]\npartners:")
    path = write_small(tmp_path, scenario=scenario)
    file = tmp_path / "levels.csv"
    assert run("levels", path, "-o", file).exit_code == 0
    found = rows(file)
    assert [(r["path"], r["period"]) for r in found[:4]] == [("", ""), ("", "H1"), ("", "H2"), ("North", "")]
    for whole, one, two in zip(found[::3], found[1::3], found[2::3], strict=True):
        for name in ("baseline", "fair_share", "floor", "base", "assigned"):
            assert Fraction(whole[name]) == Fraction(one[name]) + Fraction(two[name])
    printed = run("levels", path, "--period", "H2").stdout
    assert printed.startswith("revenue, USD, H2\n")
    node = json.loads(run("levels", path, "--json").stdout)["levels"]["nodes"][0]["metrics"]["revenue"]
    assert sum(int(node["periods"][half]["base"]) for half in ("H1", "H2")) == int(node["base"]) == 660


def test_metrics_have_a_table_each(tmp_path: Path) -> None:
    scenario = CASCADED.replace(
        "targets:", "  leads: {unit: leads, fair_share: {last: 100%}}\ntargets:"
    ).replace("total: 660}", "total: 660}\n  - {name: leads, metric: leads, total: 70}")
    path = write_small(tmp_path, scenario=scenario, rules="rules: []\n")
    both, one = run("levels", path).stdout, run("levels", path, "--metric", "leads").stdout
    assert both.endswith(one)
    assert one.splitlines()[0] == "leads"
    assert one.splitlines()[2].split() == ["company", "3", "-", "70", "+0.0", "%", "70"]


def test_levels_down_to_partners_name_them(tmp_path: Path) -> None:
    """The id stands at the end of the path, the name beside it."""
    file = tmp_path / "levels.csv"
    run("levels", write_small(tmp_path, scenario=CASCADED), "--to", "partner", "-o", file)
    with file.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["path"]: row["name"] for row in rows if row["metric"] == "revenue"} == {
        "": "",
        "North": "",
        "North / acme": "Acme",
        "North / cedar": "Cédar",
        "South": "",
        "South / birch": "Birch & Sons, Ltd.",
    }


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_levels_are_written(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"levels.{ending}"
    printed = run("levels", write_small(tmp_path, scenario=CASCADED), "-o", file)
    assert printed.stdout.endswith(f"written to {file}\n")
    if ending == "csv":
        assert file.read_text().startswith(COLUMNS)
    elif ending == "json":
        assert json.loads(file.read_text())["levels"]["names"] == ["company", "region", "partner"]
    else:
        assert CalamineWorkbook.from_path(str(file)).sheet_names == ["Levels"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "regoin"), "'regoin' is not there. Did you mean 'region'?"),
        (("--metric", "x"), "'x' is not there. There are: revenue."),
        (("--period", "H1"), "'H1' is not there. The scenario has none."),
        (("-o", "levels.txt"), "ends with none of .csv, .xlsx, .json"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    printed = run("levels", write_small(tmp_path, scenario=CASCADED), *options)
    assert printed.exit_code == 2
    assert message in printed.stderr


def test_a_scenario_without_levels_is_refused(tmp_path: Path) -> None:
    printed = run("levels", write_small(tmp_path))
    assert printed.exit_code == 2
    assert "write cascade: [region, tier] in it" in printed.stderr


def test_a_conflict_has_no_levels(tmp_path: Path) -> None:
    path = write_conflict(tmp_path)
    path.write_text(CASCADED, encoding="utf-8")
    assert run("levels", path).exit_code == 3
    assert run("solve", path, "-o", tmp_path / "out").exit_code == 3
    assert json.loads((tmp_path / "out" / "result.json").read_text())["levels"] is None
