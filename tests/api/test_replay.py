"""Records: the same bytes from the record alone, what differs where something does, and nothing believed unread."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zlib import DEFLATED, compressobj

import pytest
from click.testing import CliRunner, Result
from small import PARTNERS, RULES, SCENARIO, write_conflict, write_small

from api.analysis.replay.from_run import record_of
from api.analysis.replay.reader import open_record
from api.cli.main import cascade
from api.output.record import TARGETS
from api.output.record_writer import begin
from api.output.resolved_scenario import resolved
from rules import library
from scenarios import Report, read_scenario

CHANNEL = Path(__file__).parents[2] / "scenarios" / "examples" / "channel"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, [str(each) for each in arguments])


def solved(folder: Path, *options: object, **files: str) -> Path:
    """The folder of a run of the small scenario, which lies above it."""
    assert run("solve", write_small(folder, **files), "-o", folder / "out", *options).exit_code == 0
    return folder / "out"


def reported(record: Path, *options: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("replay", record, "--json", *options).stdout)
    return document


def altered(record: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The record with other contents."""
    with ZipFile(record) as found:
        contents = {name: found.read(name) for name in found.namelist()}
    change(contents)
    with ZipFile(record, "w", ZIP_DEFLATED) as writing:
        for name, content in contents.items():
            writing.writestr(name, content)
    return record


def edited(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    """A change of one of the JSON documents in a record."""

    def edit(contents: dict[str, bytes]) -> None:
        document = json.loads(contents[name])
        change(document)
        contents[name] = json.dumps(document).encode()

    return edit


def test_a_run_comes_out_the_same(tmp_path: Path) -> None:
    replay = run("replay", solved(tmp_path))
    assert replay.exit_code == 0
    assert replay.stdout == (
        "small: the same to the byte\n"
        "  allocation.csv  the same\n"
        "  receipts.csv    the same\n"
        "  result.json     the same\n"
        "\n"
        "Nothing that was read has changed in the folder above since.\n"
    )
    assert replay.stderr == ""


def test_records_are_deflated_with_little_work(tmp_path: Path) -> None:
    scenario = read_scenario(write_small(tmp_path), Report())
    assert scenario is not None
    targets = b"".join(b"P%05d,revenue,%d\n" % (number, number * number % 997) for number in range(2000))
    begin(tmp_path / "record.zip", scenario, targets)
    with ZipFile(tmp_path / "record.zip") as record:
        kept = record.getinfo(TARGETS)
    little = compressobj(1, DEFLATED, -15)
    assert kept.compress_size == len(little.compress(targets) + little.flush())


def test_every_file_of_a_run_comes_out_the_same(tmp_path: Path) -> None:
    scenario = SCENARIO + "cascade: [region]\nover_assign: {partner: 3%}\n"
    out = solved(tmp_path, "--xlsx", scenario=scenario)
    found = reported(out)
    assert found["same"]
    assert list(found["files"]) == [
        "allocation.csv",
        "receipts.csv",
        "levels.csv",
        "allocation.xlsx",
        "result.json",
    ]
    assert all(each["same"] for each in found["files"].values())


def test_the_record_alone_is_enough(tmp_path: Path) -> None:
    out = solved(tmp_path / "here")
    away = tmp_path / "away" / "record.zip"
    away.parent.mkdir()
    (out / "record.zip").rename(away)
    for path in (tmp_path / "here").iterdir():
        if path.is_file():
            path.unlink()
    found = reported(away)
    assert found["same"]
    assert found["read_since"] is None


def test_a_shipped_rule_set_is_kept_as_it_was(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new", "--library", "distributor").exit_code == 0
    scenario = tmp_path / "new" / "scenario.yaml"
    assert run("solve", scenario, "-o", tmp_path / "new" / "out").exit_code == 0
    record = open_record(tmp_path / "new" / "out" / "record.zip")
    shipped = library("distributor")
    assert shipped is not None
    assert record.inputs["library:distributor"] == shipped.read_bytes()
    assert reported(tmp_path / "new" / "out")["same"]


def test_a_conflict_is_replayed_too(tmp_path: Path) -> None:
    assert run("solve", write_conflict(tmp_path), "-o", tmp_path / "out").exit_code == 3
    replay = run("replay", tmp_path / "out", "--json")
    assert replay.exit_code == 0
    found = json.loads(replay.stdout)
    assert (found["same"], found["state"], list(found["files"])) == (True, "infeasible", ["result.json"])


def test_variants_are_replayed_with_what_they_extend(tmp_path: Path) -> None:
    assert run("solve", CHANNEL / "stretch.yaml", "-o", tmp_path / "out").exit_code == 0
    found = reported(tmp_path / "out", "--beside", CHANNEL)
    assert found["same"]
    assert found["read_since"] == {}
    assert set(open_record(tmp_path / "out" / "record.zip").inputs) == {
        "partners.csv", "rules.yaml", "scenario.yaml", "stretch.yaml",
    }  # fmt: skip


def test_adjustments_are_judged_by_the_day_of_then(tmp_path: Path) -> None:
    """The adjustment is long past its day when the run is replayed, and counts all the same."""
    decided = "adjustments:\n  - {partner: acme, metric: revenue, target: 130, by: desk, reason: store, until: 2021-03-31}\n"
    out = solved(tmp_path, "--as-of", "2021-03-01", scenario=SCENARIO + decided)
    assert reported(out)["same"]
    assert open_record(out / "record.zip").document.day.isoformat() == "2021-03-01"


def test_decisions_are_reported_with_who_why_until_when_and_who_approved(tmp_path: Path) -> None:
    decided = """adjustments:
  - {partner: acme, metric: revenue, target: 130, by: desk, reason: store, until: 2021-03-31}
  - {partner: birch, metric: revenue, target: 200, by: desk, reason: flood, approved_by: director, approved_on: 2021-05-01}
"""
    out = solved(tmp_path, "--as-of", "2021-06-01", scenario=SCENARIO + decided)
    birch, acme = json.loads((out / "result.json").read_text())["adjustments"]
    assert birch == {
        "partner": "birch", "name": "Birch & Sons, Ltd.", "tier": None, "metric": "revenue", "period": None,
        "target": "200", "by": "desk", "reason": "flood",
        "until": None, "approved_by": "director", "approved_on": "2021-05-01", "applied": True,
        "file": "scenario.yaml", "line": 13,
    }  # fmt: skip
    assert (acme["partner"], acme["until"], acme["applied"], acme["approved_by"]) == (
        "acme",
        "2021-03-31",
        False,
        None,
    )
    assert reported(out)["same"]


def test_the_same_input_gives_the_same_record(tmp_path: Path) -> None:
    first = (solved(tmp_path) / "record.zip").read_bytes()
    assert run("solve", tmp_path / "scenario.yaml", "-o", tmp_path / "deep" / "er").exit_code == 0
    assert (tmp_path / "deep" / "er" / "record.zip").read_bytes() == first


def test_what_has_changed_since_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    out = solved(tmp_path)
    (tmp_path / "partners.csv").write_text(PARTNERS.replace("300", "400"), encoding="utf-8")
    (tmp_path / "rules.yaml").unlink()
    replay = run("replay", out)
    assert replay.exit_code == 0
    assert replay.stdout.endswith(
        "Changed in the folder above since, which the record does not follow\n"
        "  partners.csv  changed\n"
        "  rules.yaml    gone\n"
        "  cascade compare says what that moves\n"
    )


def test_a_file_of_the_run_that_was_edited_is_noticed(tmp_path: Path) -> None:
    out = solved(tmp_path)
    (out / "allocation.csv").write_text("partner\n", encoding="utf-8")
    (out / "receipts.csv").unlink()
    replay = run("replay", out)
    assert replay.exit_code == 5
    assert "  allocation.csv  the same, but changed since it was written\n" in replay.stdout
    assert "  receipts.csv    the same, but gone since it was written\n" in replay.stdout
    assert reported(out / "record.zip")["same"]


def test_another_result_beside_the_record_is_noticed(tmp_path: Path) -> None:
    out = solved(tmp_path)
    result = json.loads((out / "result.json").read_text())
    (out / "result.json").write_text(json.dumps({**result, "times": {}}))
    assert reported(out)["same"]
    (out / "result.json").write_text(json.dumps({**result, "state": "infeasible"}))
    assert reported(out)["files"]["result.json"]["since"] == "changed"


def other_targets(contents: dict[str, bytes]) -> None:
    """As if another version had asked acme for 114 and birch for 231."""
    contents["targets.csv"] = contents["targets.csv"].replace(b",115", b",114").replace(b",230", b",231")
    edited("record.json", lambda reported: reported["outputs"].update({"allocation.csv": "0" * 64}))(contents)
    edited("record.json", lambda reported: reported["versions"].update({"goal-cascade": "0.0.9"}))(contents)
    edited("result.json", lambda reported: reported["totals"]["revenue"].update(placed="661"))(contents)


def test_targets_that_differ_are_named_with_the_versions(tmp_path: Path) -> None:
    out = solved(tmp_path)
    altered(out / "record.zip", other_targets)
    replay = run("replay", out / "record.zip")
    assert replay.exit_code == 5
    from importlib.metadata import version

    now = version("goal-cascade")
    assert replay.stdout.startswith(
        "small: not the same\n"
        "  allocation.csv  differs\n"
        "  receipts.csv    the same\n"
        "  result.json     differs\n"
        "  in result.json: totals\n"
        "\n"
        "2 targets differ\n"
        "  partner                      metric   then  now\n"
        "  birch    Birch & Sons, Ltd.  revenue   231  230\n"
        "  acme     Acme                revenue   114  115\n"
        "\n"
        "Solved by other versions\n"
        "                then   now\n"
        f"  goal-cascade  0.0.9  {now}\n"
    )


def test_differing_targets_as_json(tmp_path: Path) -> None:
    out = solved(tmp_path)
    found = reported(altered(out / "record.zip", other_targets))
    assert not found["same"]
    assert found["result"] == ["totals"]
    assert len(found["targets"]) == 2
    assert found["targets"][0] == {
        "partner": "birch", "name": "Birch & Sons, Ltd.", "tier": None,
        "metric": "revenue", "period": None, "column": "target", "then": "231", "now": "230",
    }  # fmt: skip
    assert found["versions"]["goal-cascade"]["then"] == "0.0.9"


def test_other_versions_alone_are_no_difference(tmp_path: Path) -> None:
    out = solved(tmp_path)
    altered(
        out / "record.zip", edited("record.json", lambda reported: reported["engines"].update(PIQP="0.0.1"))
    )
    replay = run("replay", out)
    assert replay.exit_code == 0
    assert "Solved by other versions\n" in replay.stdout


def test_inputs_that_this_version_refuses_end_in_findings(tmp_path: Path) -> None:
    out = solved(tmp_path)
    broken = RULES.replace("growth_cap", "growth_lid").encode()

    def older(contents: dict[str, bytes]) -> None:
        contents["inputs/rules.yaml"] = broken
        edited(
            "record.json",
            lambda reported: reported["inputs"].update({"rules.yaml": sha256(broken).hexdigest()}),
        )(contents)

    altered(out / "record.zip", older)
    replay = run("replay", out, "--json")
    assert replay.exit_code == 1
    assert json.loads(replay.stdout)["findings"][0]["code"] == "unknown-kind"
    assert replay.stderr.startswith("1 finding\nrules.yaml:3:11: unknown-kind:")


def escape(contents: dict[str, bytes]) -> None:
    contents["inputs/../../evil.yaml"] = b"x"
    edited(
        "record.json",
        lambda reported: reported["inputs"].update({"../../evil.yaml": sha256(b"x").hexdigest()}),
    )(contents)


def lose(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda contents: contents.pop(name) and None


@pytest.mark.parametrize(
    "change",
    [
        escape,
        lose("record.json"),
        lose("result.json"),
        lose("inputs/rules.yaml"),
        lambda contents: contents.update({"record.json": b"[" * 100_000}),
        lambda contents: contents.update({"result.json": b"[1]"}),
        edited("record.json", lambda reported: reported.update(format=2)),
        edited("record.json", lambda reported: reported.update(more=1)),
        edited("record.json", lambda reported: reported.update(scenario="other.yaml")),
        lambda contents: contents.update({f"inputs/{n}": b"" for n in range(1_001)}),
    ],
    ids=[
        "climbs",
        "no document",
        "no answer",
        "no input",
        "deep",
        "no mapping",
        "newer",
        "more",
        "other",
        "many",
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    record = altered(solved(tmp_path) / "record.zip", change)
    replay = run("replay", record)
    assert replay.exit_code == 2
    assert "is not a record that this version reads" in replay.stderr
    assert not (tmp_path.parent / "evil.yaml").exists()


def test_a_record_whose_files_were_exchanged_is_damaged(tmp_path: Path) -> None:
    out = solved(tmp_path)
    altered(out / "record.zip", lambda contents: contents.update({"inputs/partners.csv": b"x\n"}))
    replay = run("replay", out)
    assert replay.exit_code == 2
    assert "is damaged: partners.csv in it is not what the run has read." in replay.stderr


def test_a_record_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """A file that says it holds two gigabytes is not unpacked to see."""
    record = solved(tmp_path) / "record.zip"
    with ZipFile(record, "a") as found:
        found.writestr(ZipInfo("inputs/large"), b"0")
        found.filelist[-1].file_size = 2_000_000_000
    assert run("replay", record).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\0" * 100])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "record.zip").write_bytes(content)
    assert run("replay", tmp_path).exit_code == 2


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    replay = run("replay", tmp_path)
    assert replay.exit_code == 2
    assert replay.stderr.endswith(f"there is no {tmp_path / 'record.zip'}; `cascade solve -o` makes one.\n")


def test_a_file_that_changes_while_it_is_solved_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from solver import allocate

    def solve_and_meddle(*given: Any, **more: Any) -> Any:
        (tmp_path / "partners.csv").write_text("partner_id\n")
        return allocate(*given, **more)

    monkeypatch.setattr("api.analysis.solve.allocate", solve_and_meddle)
    replay = run("solve", write_small(tmp_path), "-o", tmp_path / "out")
    assert replay.exit_code == 4
    assert "partners.csv has changed while it was solved; solve again" in replay.stderr
    assert not (tmp_path / "out").exists()


def test_the_resolved_scenario_has_its_variant_applied() -> None:
    report = Report()
    scenario = read_scenario(CHANNEL / "value.yaml", report)
    assert scenario is not None
    found = json.loads(json.dumps(resolved(scenario)))
    assert found["scenario"] == "fy2027-channel-value"
    assert found["goals"] == [{"maximise": {"margin": "1"}, "metric": "revenue", "give_up": "0.01"}]
    assert found["partners"] == {"file": "partners.csv", "id": "partner_id", "rows": 240}
    assert {"name": "licence target", "metric": "licences", "total": 132000} in found["targets"]
    assert found["metrics"]["revenue"]["fair_share"] == {"revenue_fy2026": "0.7", "potential": "0.3"}


def test_a_record_made_later_is_the_one_made_then(tmp_path: Path) -> None:
    """From the scenario's files, result.json and allocation.csv alone, as the service keeps them."""
    for files in ({}, {"partners": PARTNERS.replace("acme", '"=acme, inc"')}):
        out = solved(tmp_path, **files)
        made = record_of(tmp_path, (out / "result.json").read_bytes(), (out / "allocation.csv").read_bytes())
        assert made == (out / "record.zip").read_bytes()


def test_the_record_of_a_conflict_made_later_is_the_one_made_then(tmp_path: Path) -> None:
    assert run("solve", write_conflict(tmp_path), "-o", tmp_path / "out").exit_code == 3
    made = record_of(tmp_path, (tmp_path / "out" / "result.json").read_bytes(), None)
    assert made == (tmp_path / "out" / "record.zip").read_bytes()


def test_a_solve_leaves_its_record_out_when_reported(tmp_path: Path) -> None:
    out = solved(tmp_path, "--no-record")
    assert not (out / "record.zip").exists()
