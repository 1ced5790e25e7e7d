"""YAML is read strictly, and every key and value knows its place."""

import json
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenarios import Report
from scenarios.yaml.parse import MAX_BYTES, List, Map, parse_yaml


def findings(text: str | bytes) -> list[str]:
    report = Report()
    assert parse_yaml(text, report, name="x.yaml") is None
    return [str(finding) for finding in report.findings]


def codes(text: str | bytes) -> list[str]:
    return [line.split(": ")[1] for line in findings(text)]


def parsed(text: str | bytes) -> Map:
    report = Report()
    data = parse_yaml(text, report, name="x.yaml")
    assert report.findings == ()
    assert data is not None
    return data


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("7", 7),
        ("-7", -7),
        ("0", 0),
        ("0.10", Decimal("0.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2021-03-31", "2021-03-31"),
        ("3%", "3%"),
        ("9" * 400, "9" * 400),
        ("'7'", "7"),
        ('"null"', "null"),
        ("=", "="),
    ],
)
def test_plain_words_follow_the_core_schema_of_yaml_1_2(word: str, value: object) -> None:
    found = parsed(f"a: {word}\n")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "word", ["1e1000", "1e99999999", "-1e9999999999999999999", "1e-99999999", "0e99999999999999999999"]
)
def test_numbers_of_absurd_exponents_stay_text(word: str) -> None:
    assert parsed(f"a: {word}\n")["a"] == word


def test_keys_values_and_items_know_their_places() -> None:
    data = parsed("a: 1\nrules:\n  - name: x\n    kind: lock\n  - [1, 2]\nempty:\nnext: 2\n")
    assert str(data.place) == "x.yaml:1:1"
    assert str(data.places["rules"]) == "x.yaml:2:1"
    assert str(data.value_places["a"]) == "x.yaml:1:4"
    rules = data["rules"]
    assert isinstance(rules, List)
    assert [str(place) for place in rules.places] == ["x.yaml:3:5", "x.yaml:5:5"]
    assert str(rules[0].value_places["kind"]) == "x.yaml:4:11"
    assert str(rules[1].places[1]) == "x.yaml:5:9"


def test_an_empty_value_stands_where_its_key_does() -> None:
    assert str(parsed("a: 1\nempty:\nnext: 2\n").value_places["empty"]) == "x.yaml:2:1"


def test_text_is_composed_and_a_byte_order_mark_is_nothing() -> None:
    data = parsed('\ufeffe\u0301: [e\u0301, "e\\u0301"]\n'.encode())
    assert data == {"é": ["é", "é"]}
    assert str(data.place) == "x.yaml:1:1"


def test_keys_are_text_as_written() -> None:
    assert parsed("2020: a\ntrue: b\n1.50: c\n") == {"2020": "a", "true": "b", "1.50": "c"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x 1\n", "x.yaml:1:4: yaml-anchor: anchor &x. Write values out where they count."),
        ("a: 1\nb: *x\n", "x.yaml:2:4: yaml-anchor: alias *x. Write the value out."),
        ("a: !!str 1\n", "x.yaml:1:4: yaml-tag: a tag stands before the value. Remove it."),
        ("a: !python/object 1\n", "x.yaml:1:4: yaml-tag: a tag stands before the value. Remove it."),
        ("<<: {a: 1}\n", "x.yaml:1:1: yaml-merge: merge key <<. Write the fields out, or use extends."),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: duplicate-key: 'a' stands on line 1 already. Keep one of them."),
        (
            "a: 1\n---\nb: 2\n",
            "x.yaml:2:1: several-documents: a second document begins. Use one file for each.",
        ),
        (
            "%YAML 1.1\n---\na: 1\n",
            "x.yaml:1:1: yaml-directive: a directive stands before the document. Remove it.",
        ),
        (
            "? [a]\n: 1\n",
            "x.yaml:1:3: bad-key: a list or mapping stands where a key is due. Write plain text.",
        ),
        ("'': 1\n", "x.yaml:1:1: bad-key: a key is empty. Name it."),
        (
            "a: .NaN\n",
            "x.yaml:1:4: not-a-number: .NaN is not a number that can be placed. Write a finite number.",
        ),
        (
            "a: -.inf\n",
            "x.yaml:1:4: not-a-number: -.inf is not a number that can be placed. Write a finite number.",
        ),
        ("- 1\n", "x.yaml:1:1: wrong-type: the file holds no mapping. Write `key: value` lines."),
        ("", "x.yaml:1:1: wrong-type: the file holds no mapping. Write `key: value` lines."),
        ("a: 'open", "x.yaml:1:9: yaml-syntax: a quote is opened and never closed. Close it."),
        ("a: \x07\n", "x.yaml:1:4: bad-encoding: control character U+0007. Remove it."),
    ],
)
def test_a_mistake_of_form_is_reported_with_its_place(text: str, line: str) -> None:
    assert findings(text) == [line]


def test_a_tab_that_indents_is_explained() -> None:
    assert findings("a:\n\tb: 1\n")[0].startswith("x.yaml:2:1: yaml-syntax: ")
    assert findings("a:\n\tb: 1\n")[0].endswith("Indent with spaces.")


def test_bytes_that_are_not_utf_8_are_found() -> None:
    assert findings(b"a: 1\nb: caf\xe9\n") == [
        "x.yaml:2:7: bad-encoding: the file is not UTF-8. Save it as UTF-8."
    ]


def test_several_mistakes_are_reported_at_once() -> None:
    assert codes("a: &x 1\nb: *x\nc: !t 2\na: 3\n") == [
        "yaml-anchor",
        "yaml-anchor",
        "yaml-tag",
        "duplicate-key",
    ]


def test_a_key_that_is_an_alias_ends_the_reading() -> None:
    assert codes("{*x : 1, b: {c: 2}}\n") == ["yaml-anchor"]


def laughs() -> str:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("{a: " * 100_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("a: [" + "1," * 300_000 + "]", "too-large"),
        ("a: " + "!" * 2_000_000, "yaml-tag"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
        (laughs(), "yaml-anchor"),
    ],
    ids=["lists", "mappings", "dashes", "values", "tag", "bytes", "laughs"],
)
def test_hostile_files_end_early(text: str, code: str) -> None:
    assert set(codes(text)) == {code}


def test_of_many_mistakes_of_form_the_first_twenty_are_reported() -> None:
    assert len(codes(laughs())) == 20


@example("@\ud7fc")
@given(st.text(max_size=60))
def test_any_text_is_a_mapping_or_has_findings(text: str) -> None:
    report = Report()
    data = parse_yaml(text, report, name="x.yaml")
    assert (data is None) == report.has_errors
    assert all(str(finding).isprintable() for finding in report.findings)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_mapping_or_have_findings(content: bytes) -> None:
    report = Report()
    data = parse_yaml(content, report, name="x.yaml")
    assert (data is None) == report.has_errors
    assert all(str(finding).isprintable() for finding in report.findings)


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=8)
trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(words, trees, min_size=1, max_size=4))
def test_what_is_written_as_json_is_read_back(tree: dict[str, object]) -> None:
    as_text = unicodedata.normalize("NFC", json.dumps(tree, ensure_ascii=False))
    report = Report()
    data = parse_yaml(as_text, report, name="x.yaml")
    if {finding.code for finding in report.findings} <= {"duplicate-key", "yaml-merge"} and report.findings:
        return
    assert data == json.loads(as_text)
