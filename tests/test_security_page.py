"""The page on security names every requirement and every attack, and tests that exist; and what it claims of the code."""

import ast
import re
from pathlib import Path

import pytest

from docs.sbom import bill, licence_of, licences, locked
from rules.where import parse_selection

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", PAGE)))
LOCKS = ("requirements.txt", "requirements-dev.txt")


def test_every_test_that_is_named_exists() -> None:
    missing = [
        (file, name)
        for file, name in NAMED
        if not (ROOT / file).exists() or f"\ndef {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
    assert len(NAMED) > 100


def test_every_requirement_of_levels_1_and_2_is_listed_once() -> None:
    lines = (ROOT / "tests" / "asvs_level_2.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    asvs = PAGE.partition("## ASVS")[2]
    cells = re.findall(r"^\| ([\d., ]+) \|", asvs, re.MULTILINE)
    assert sorted(number for cell in cells for number in cell.split(", ")) == sorted(wanted)


def test_every_attack_is_listed_with_a_test() -> None:
    rows = dict(re.findall(r"^\| ([AB]\d+) \|(.*)\|$", PAGE, re.MULTILINE))
    assert {f"A{number}" for number in range(1, 23)} <= set(rows)
    assert [number for number, row in rows.items() if "::" not in row] == []


def calls() -> list[tuple[str, ast.Call]]:
    """Every call in the product's code, with its place."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for package in ("scenarios", "rules", "solver", "api")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def test_nothing_evaluates_text_and_no_shell_is_started() -> None:
    wrong = []
    for place, call in calls():
        name = ast.unparse(call.func)
        shell = any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in call.keywords)
        if name in ("eval", "exec", "compile", "__import__", "os.system", "os.popen") or shell:
            wrong.append(f"{place} {name}")
    assert wrong == []


def test_no_template_switches_escaping_off() -> None:
    templates = sorted((ROOT / "api" / "templates").glob("*.html"))
    assert len(templates) > 20
    wrong = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)
    assert [path.name for path in templates if wrong.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "().__class__", "9**9**9**9", "'a'*10**10", "(a+)+$", "{{7*7}}",
     "a or True", "@pd.eval", "=cmd|' /C calc'!A0", "-" * 100_000],
)  # fmt: skip
def test_a_selection_evaluates_nothing(text: str) -> None:
    """What looks like an expression is a word that a cell has, or has not."""
    assert parse_selection({"tier": text}) == parse_selection({"tier": [text]})
    with pytest.raises(ValueError, match="mapping"):
        parse_selection(text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_by_hash_and_from_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    packages = locked(text)
    assert len(packages) > 30
    assert [each.name for each in packages if not each.hashes] == []


def test_the_bill_of_materials_names_every_package_with_its_hashes() -> None:
    packages = locked((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    made = bill(packages)
    assert {str(each.purl).partition("?")[0] for each in made.components} == {
        f"pkg:pypi/{each.name.lower()}@{each.version}" for each in packages
    }
    assert all(each.hashes for each in made.components)
    assert "flask" in {each.name for each in made.components}


def test_the_licences_of_what_is_installed_are_given() -> None:
    packages = locked((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    unknown = [each.name for each in packages if licence_of(each.name) is None]
    text = licences(packages)
    assert all(f"{name} " in text for name in unknown)
    assert licence_of("argon2-cffi") == "MIT"
    assert "Permission is hereby granted" in text
