"""Reviews: one page for a partner; what is on it, that it is one page, and what is refused."""

from __future__ import annotations

import html
import json
import re
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from test_forecast import ALL
from test_standing import H1, HEAD, PARTNERS, SCENARIO

from api.analysis.review import everyone
from api.analysis.review.document import ReviewDocument
from api.cli.main import cascade
from api.output import pdf
from api.output.errors import OutputError
from api.text.review import review_sections

RULES = "rules:\n  - {name: within reach, kind: growth_cap, growth_max: 5%, where: {region: south}}\n"
ANSWERS = "responses:\n  - {partner: acme, metric: revenue, says: appeal, by: CEO, reason: '<a loss>'}\n"


def _can_draw() -> bool:
    try:
        import weasyprint
    except (ImportError, OSError):
        return False
    return bool(weasyprint)


drawn = pytest.mark.skipif(not _can_draw(), reason="WeasyPrint, or Pango that it draws with, is not there")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three partners, 660 in all, of whom cedar may not grow by more than 5 %; solved into out."""
    made = tmp_path_factory.mktemp("review")
    table = PARTNERS.replace("region", "region,name,tier").replace("north,", "north,Acme & Co,Gold,")
    (made / "partners.csv").write_text(table.replace("south,", "south,Cedar,Silver,"))
    (made / "scenario.yaml").write_text(f"{SCENARIO}rules: [rules.yaml]\n")
    (made / "rules.yaml").write_text(RULES)
    (made / "responses.yaml").write_text(ANSWERS)
    (made / "actuals.csv").write_text(HEAD + ALL + H1)
    solved = CliRunner().invoke(cascade, ["solve", str(made / "scenario.yaml"), "-o", str(made / "out")])
    assert solved.exit_code == 0, solved.output
    return made


def run(folder: Path, *options: str, plan: str = "out") -> Result:
    given = ["--actuals", str(folder / "actuals.csv"), "--as-of", "2027-06-30", *options]
    return CliRunner().invoke(cascade, ["review", str(folder / plan), *given])


def document(folder: Path, *options: str, plan: str = "out") -> Any:
    return json.loads(run(folder, *options, "--json", plan=plan).stdout)


def test_a_review_has_standing_forecast_receipt_and_years_before(folder: Path) -> None:
    found = document(folder, "acme")
    metric = found["metrics"]["revenue"]
    assert (found["name"], found["tier"], metric["standing"]["target"], metric["standing"]["done"]) == (
        "Acme & Co", "Gold", "115", "40",
    )  # fmt: skip
    assert metric["receipt"][0] == {"item": "fair share", "amount": "110"}
    assert sum(float(line["amount"]) for line in metric["receipt"]) == 115
    assert [(year["year"], year["done"]) for year in metric["before"]][-1] == ("FY2026", "100")
    assert [(part["name"], part["done"]) for part in metric["parts"]] == [("H1", "40"), ("H2", None)]
    assert float(metric["forecast"]["low"]) < float(metric["forecast"]["forecast"])


def test_the_folder_of_a_run_and_its_scenario_say_the_same(folder: Path) -> None:
    assert document(folder, "cedar") == document(folder, "cedar", plan="scenario.yaml")


def test_the_page_stands_alone_and_says_it_all(folder: Path) -> None:
    page = folder / "acme.html"
    options = ("--responses", str(folder / "responses.yaml"), "--commitment", "call <b>weekly</b>")
    assert run(folder, "acme", *options, "-o", str(page)).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "<h1>Acme &amp; Co Gold</h1>" in text
    assert "appeal: &lt;a loss&gt;" in text
    assert "call &lt;b&gt;weekly&lt;/b&gt;" in text
    assert text.count('class="blank"') == 2
    assert not re.search(r"src=|href=|<script|@import|url\(", text)
    plain = html.unescape(re.sub(r"<[^>]+>", " ", text))
    for piece in ("34.8 %", "off track", "Forecast", "Before: FY2023 87", "fair share 110", "within reach"):
        assert piece in plain or piece == "within reach", piece


def test_what_nothing_is_known_of_is_not_there(folder: Path) -> None:
    page = folder / "plain.html"
    run(folder, "birch", "-o", str(page))
    text = page.read_text()
    assert "120 USD in H1, its best; 104 in H2 of FY2026 before" in text
    assert re.findall(r"<h2>([^<]+)</h2>", text) == [
        "revenue",
        "Firsts",
        "What we agree on until the next review",
    ]


def test_what_the_scenario_knows_of_a_partner_is_on_the_page(tmp_path: Path) -> None:
    """acme: 110 asked of which 40 are done and 55 were due; 110 with half of 100 at 110 bring 50."""
    table = "partner_id,region,tier,last,uplift,half\n"
    rows = "acme,north,Gold,100,100,110\nbirch,north,Silver,200,100,110\ncedar,south,Silver,300,100,110\n"
    (tmp_path / "partners.csv").write_text(table + rows)
    (tmp_path / "scenario.yaml").write_text(
        SCENARIO
        + "goals: [{maximise: {uplift: 1}, half_at: half}]\n"
        + "requirements: [{tier: Silver}, {tier: Gold, needs: {last: 250}}]\n"
        + "incentives: {incentives: [{name: rebate, metric: revenue, rates: {0%: 10%}, pays: whole}]}\n"
        + "objectives:\n  objectives:\n    - {name: growth, key_results: [{name: all, of: company target},"
        + " {name: the south, of: company target, where: {region: south}}]}\n"
    )
    asked = {"acme": 55, "birch": 110, "cedar": 165}
    targets = [f"{who},revenue,{part},{amount}\n" for who, amount in asked.items() for part in ("H1", "H2")]
    (tmp_path / "targets.csv").write_text("partner,metric,period,target\n" + "".join(targets))
    (tmp_path / "actuals.csv").write_text(HEAD + ALL + H1)
    found = ReviewDocument.model_validate(document(tmp_path, "acme", plan="."))
    assert found.next_tier is None
    assert [(each.target, each.returns, each.most) for each in found.returns] == [("110", "50", "100")]
    titles = ["What it would earn", "What it brings", "Its part in objectives"]
    sections = dict(review_sections(found))
    assert list(sections) == titles
    assert sections["What it brings"] == ["revenue: 110 bring 50, at most 100; one more brings 0.2273"]
    assert sections["Its part in objectives"] == ["growth, all: 40 of 110 USD, scores 0.36, 0.50 due"]
    other = ReviewDocument.model_validate(document(tmp_path, "birch", plan="."))
    birch = [title for title, _ in review_sections(other)]
    assert birch == ["Firsts", "What lacks to Gold", *titles]
    run(tmp_path, "birch", "-o", str(tmp_path / "birch.html"), plan=".")
    page = html.unescape((tmp_path / "birch.html").read_text())
    assert [title for title in birch if title not in page] == []


def test_everybody_gets_a_page(folder: Path) -> None:
    ended = run(folder, "--all", "-o", str(folder / "all"))
    assert "3 reviews written" in ended.stdout
    assert sorted(path.name for path in (folder / "all").iterdir()) == [
        "acme.html",
        "birch.html",
        "cedar.html",
    ]


@drawn
def test_the_pdf_is_one_page(folder: Path) -> None:
    assert run(folder, "acme", "-o", str(folder / "acme.pdf")).exit_code == 0
    assert (folder / "acme.pdf").read_bytes().startswith(b"%PDF")
    run(folder, "acme", "-o", str(folder / "printed.html"))
    assert len(pdf.fitted((folder / "printed.html").read_text()).pages) == 1


@drawn
@pytest.mark.parametrize(("lines", "pages"), [(10, 1), (40, 1), (200, 2)])
def test_text_is_made_smaller_until_it_is_one_page(lines: int, pages: int) -> None:
    style = "<style>body { font: 10pt/1.35 sans-serif } @page { size: A4 }</style>"
    found = pdf.fitted(style + "<p>line</p>" * lines)
    assert (len(found.pages) > 1) == (pages > 1)


def test_without_weasyprint_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OutputError, match=r"goal-cascade\[review\]"):
        pdf.pdf_of("<p>")
    ended = run(folder, "acme", "-o", str(folder / "no.pdf"))
    assert ended.exit_code != 0
    assert "goal-cascade[review]" in ended.output
    assert not (folder / "no.pdf").exists()


@pytest.mark.parametrize(
    "options",
    [(), ("acme", "--all"), ("--all",), ("acme", "-o", "x.txt"), ("acme", *("--commitment", "x") * 4)],
)
def test_what_does_not_go_together_is_refused(folder: Path, options: tuple[str, ...]) -> None:
    assert run(folder, *options).exit_code == 2


def test_a_partner_who_is_not_there_has_a_near_name(folder: Path) -> None:
    ended = run(folder, "akme")
    assert ended.exit_code != 0
    assert "Did you mean 'acme'?" in ended.output


FLAWED = {
    "empty": (lambda _: b"", "not-a-table"),
    "cut": (lambda text: text[: len(text) // 2], "not-a-table"),
    "a line short": (lambda text: b"\n".join(text.splitlines()[:-1]), "plan-differs"),
    "binary": (lambda _: bytes(range(256)), "not-a-table"),
    "UTF-16": (lambda text: text.decode().encode("utf-16"), "not-a-table"),
    "no column of amounts": (lambda text: text.replace(b"amount", b"sum", 1), "not-a-table"),
    "a word for an amount": (lambda text: text.replace(b",110", b",many", 1), "not-a-table"),
    "short rows": (lambda text: text.replace(b",", b"\n", 20), "not-a-table"),
    "another amount": (lambda text: text.replace(b",110", b",111", 1), "plan-differs"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWED)
def test_receipts_that_cannot_be_are_a_finding(folder: Path, tmp_path: Path, flaw: str) -> None:
    flawed, code = FLAWED[flaw]
    (tmp_path / "record.zip").write_bytes((folder / "out/record.zip").read_bytes())
    (tmp_path / "receipts.csv").write_bytes(flawed((folder / "out/receipts.csv").read_bytes()))
    given = ["review", str(tmp_path), "acme", "--actuals", str(folder / "actuals.csv"), "--done", "H1"]
    found = CliRunner().invoke(cascade, given)
    assert (found.exit_code, f"receipts.csv: {code}: " in found.output) == (1, True), found.output


@pytest.mark.parametrize("there", [False, True], ids=["no file", "not of this partner"])
def test_receipts_that_are_not_there_are_doubted(folder: Path, tmp_path: Path, there: bool) -> None:
    (tmp_path / "record.zip").write_bytes((folder / "out/record.zip").read_bytes())
    if there:
        lines = (folder / "out/receipts.csv").read_text().splitlines(keepends=True)
        others = "".join(line for line in lines if not line.startswith("acme,"))
        (tmp_path / "receipts.csv").write_text(others)
    given = ["review", str(tmp_path), "acme", "--actuals", str(folder / "actuals.csv"), "--done", "H1"]
    found = CliRunner().invoke(cascade, given)
    assert (found.exit_code, "receipts.csv: missing-receipt: " in found.output) == (0, True), found.output
    assert "missing-receipt" not in run(folder, "acme").output


def test_what_all_partners_share_is_worked_out_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a page for each of n partners takes n times n steps."""
    counted = Counter[str]()
    for name in ("incentives_of", "objectives_of", "PartnerNames"):
        work = getattr(everyone, name)
        work = work.of_table if name == "PartnerNames" else work

        def count(*given: Any, name: str = name, work: Any = work) -> Any:
            counted[name] += 1
            return work(*given)

        monkeypatch.setattr(
            everyone, name, SimpleNamespace(of_table=count) if name == "PartnerNames" else count
        )
    assert run(folder, "--all", "-o", str(folder / "pages")).exit_code == 0
    assert counted == {"incentives_of": 1, "objectives_of": 1, "PartnerNames": 1}
