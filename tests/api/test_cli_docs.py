"""`cascade docs`: pages of kinds and codes, for who has no browser at hand."""

import json

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade
from rules import KINDS, Rule
from scenarios import CODES


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cascade, ["docs", *arguments])


def test_without_a_name_it_lists_all_of_them() -> None:
    listed = {line.split()[0] for line in run().stdout.splitlines() if line.startswith("  ")}
    assert listed == {*KINDS, *CODES}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_page(kind: str) -> None:
    result = run(kind)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"# {kind}\n")
    assert all(
        f"| `{field}` |" in result.stdout
        for field in KINDS[kind].model_fields.keys() - Rule.model_fields.keys()
    )


def test_a_code_has_its_sentence() -> None:
    assert run("where-nobody").stdout == f"# where-nobody\n\n{CODES['where-nobody']}\n"


def test_json_says_what_the_name_is_of() -> None:
    document = json.loads(run("growth_cap", "--json").stdout)
    assert (document["name"], document["sort"]) == ("growth_cap", "kind")
    assert json.loads(run("where-nobody", "--json").stdout)["sort"] == "finding"
    assert json.loads(run("--json").stdout)["sort"] == "list"


def test_an_unknown_name_is_usage() -> None:
    result = run("growth_cup")
    assert result.exit_code == 2
    assert "Did you mean 'growth_cap'?" in result.stderr
    assert "`cascade docs` lists them." in run("zzz").stderr
