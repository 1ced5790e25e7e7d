"""What pydantic finds becomes findings in a reader's words, at the key or the value."""

from fractions import Fraction
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from scenarios import Report
from scenarios.findings.validate import Form, validate, validate_leniently
from scenarios.values.days import Day
from scenarios.values.names import Name, Note
from scenarios.values.number_fields import Amount, Number, Part, Percent, Positive, Share
from scenarios.yaml.parse import parse_yaml


class Inner(Form):
    limit: Amount
    word: Note = ""


class Base(Form):
    name: str = ""
    kind: str = ""
    priority: Annotated[int, Field(ge=1, le=99)] | None = None
    weight: Positive = Fraction(1)


class Sample(Base):
    growth: Percent = Fraction(0)
    share: Share = Fraction(0)
    part: Part = Fraction(0)
    number: Number = Fraction(0)
    title: Name = "x"
    flag: bool = False
    policy: Literal["zero", "tier_median"] = "zero"
    until: Day | None = None
    items: tuple[str, ...] = ()
    by_tier: dict[Name, Share] = Field(default_factory=dict)
    inner: dict[str, Inner] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _agrees(self) -> "Sample":
        if self.title == "forbidden":
            raise ValueError("say something else")
        return self


def read(text: str) -> tuple[Sample | None, list[str]]:
    report = Report()
    data = parse_yaml(text, report, name="r.yaml")
    assert data is not None
    model = validate(Sample, data, report, what="sample")
    return model, [str(finding) for finding in report.findings]


def test_sound_fields_make_a_model_of_exact_values() -> None:
    model, found = read(
        "{growth: 3%, weight: 0.5, by_tier: {Gold: 48%}, inner: {a: {limit: 2, word: 7}}, title: 2021}"
    )
    assert found == []
    assert model is not None
    assert (model.growth, model.weight, model.by_tier) == (
        Fraction(3, 100),
        Fraction(1, 2),
        {"Gold": Fraction(12, 25)},
    )
    assert (model.inner["a"].word, model.title) == ("7", "2021")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "{growht: 1}",
            "r.yaml:1:2: unknown-field: sample has no field 'growht'. Did you mean 'growth'? Fields: ",
        ),
        ("{growth: three}", "r.yaml:1:10: not-a-number: growth is 'three'. Write 3% or 0.03."),
        ("{share: -1%}", "r.yaml:1:9: negative-amount: share is -1%. Write zero or more."),
        ("{weight: 0}", "r.yaml:1:10: not-positive: weight is 0. Write a number above zero."),
        ("{part: 101%}", "r.yaml:1:8: out-of-range: part is 101%. Write 100% or less."),
        (
            "{number: '1,5'}",
            "r.yaml:1:10: not-a-number: number is '1,5'. Write 1.5.",
        ),
        ("{number: 8k}", "r.yaml:1:10: not-a-number: number is '8k'. Write 8000."),
        (
            "{number: '8,200k'}",
            "r.yaml:1:10: not-a-number: number is '8,200k'. Write a plain number such as 1200.50.",
        ),
        ('{number: "8,2 Mio."}', "r.yaml:1:10: not-a-number: number is '8,2 Mio.'. Write 8200000."),
        (
            "{number: 1e16}",
            "r.yaml:1:10: not-a-number: number is 1E+16, beyond a thousand million millions (1e15). ",
        ),
        ("{by_tier: {Gold: many}}", "r.yaml:1:18: not-a-number: by_tier.Gold is 'many'. Write 3% or 0.03."),
        (
            "{inner: {a: {limit: 1, x: 2}}}",
            "r.yaml:1:24: unknown-field: inner.a has no field 'x'. Fields: limit, word.",
        ),
        ("{inner: {a: {word: x}}}", "r.yaml:1:13: missing-field: inner.a has no limit. Add limit."),
        ("{inner: {a: 3}}", "r.yaml:1:13: wrong-type: inner.a is 3. Write a mapping."),
        ("{flag: maybe}", "r.yaml:1:8: wrong-type: flag is 'maybe'. Write true or false."),
        ("{items: one}", "r.yaml:1:9: wrong-type: items is 'one'. Write a list: [one]."),
        ("{items: [one, [two]]}", "r.yaml:1:15: wrong-type: items.1 is a list. Write text."),
        ("{priority: first}", "r.yaml:1:12: wrong-type: priority is 'first'. Write a whole number."),
        ("{priority: 0}", "r.yaml:1:12: out-of-range: priority is 0. Write 1 or more."),
        ("{policy: mean}", "r.yaml:1:10: bad-value: policy is 'mean'. Write 'zero' or 'tier_median'."),
        ("{until: 2021-02-30}", "r.yaml:1:9: bad-date: until is '2021-02-30'. Write a day as 2021-03-31."),
        ("{until: 20210228}", "r.yaml:1:9: bad-date: until is 20210228. Write a day as 2021-03-31."),
        ("{title: ''}", "r.yaml:1:9: bad-name: title is empty. Write plain visible text."),
        ('{title: "a\\u202eb"}', "r.yaml:1:9: bad-name: title holds the invisible character U+202E. "),
        (
            "{title: ' a'}",
            "r.yaml:1:9: bad-name: title begins or ends with a space. Write plain visible text.",
        ),
        (
            '{by_tier: {"\\u200b": 1%}}',
            "r.yaml:1:12: bad-name: by_tier.'\\u200b' holds the invisible character U+200B. ",
        ),
        ('{"<x": 1}', "r.yaml:1:2: unknown-field: sample has no field '<x'. Fields: growth, "),
        ('{"[key]": 1}', "r.yaml:1:2: unknown-field: sample has no field '[key]'. Fields: growth, "),
        (
            '{"\u00a0flag": true}',
            "r.yaml:1:2: unknown-field: sample has no field '\\xa0flag'. A no-break space ",
        ),
        ("{title: forbidden}", "r.yaml:1:1: bad-value: sample: say something else."),
    ],
)
def test_a_mistake_is_reported_at_its_place(text: str, line: str) -> None:
    model, found = read(text)
    assert model is None
    assert [each.startswith(line) for each in found] == [True], found


def test_fields_are_listed_with_a_model_s_own_first_and_without_name_and_kind() -> None:
    _, found = read("{x: 1}")
    own = "growth, share, part, number, title, flag, policy, until, items, by_tier, inner"
    assert found[0].endswith(f"Fields: {own}, priority, weight.")


def test_a_large_percentage_is_a_doubt_and_the_model_is_made() -> None:
    model, found = read("{growth: 35, by_tier: {Gold: 4800%}}")
    assert model is not None
    assert model.growth == 35
    assert found == [
        "r.yaml:1:10: percent-large: growth is 35, more than 1000 %. If 35 % is meant, write 35%.",
        "r.yaml:1:30: percent-large: by_tier.Gold is 4800%, more than 1000 %. If 48 % is meant, write 48%.",
    ]


def test_all_mistakes_are_reported_at_once() -> None:
    _, found = read("{growth: x, share: y, weight: -1, nothing: 1}")
    assert len(found) == 4


def test_a_lenient_reading_keeps_what_is_sound() -> None:
    report = Report()
    data = parse_yaml("{growth: 5%, share: y, nothing: 1}", report, name="r.yaml")
    assert data is not None
    model = validate_leniently(Sample, data, report, what="sample")
    assert model is not None
    assert (model.growth, model.share) == (Fraction(1, 20), 0)
    assert len(report.findings) == 2


def test_of_very_many_mistakes_in_a_mapping_the_first_are_listed() -> None:
    _, found = read("{" + ", ".join(f"x{n}: 1" for n in range(1000)) + "}")
    assert len(found) == 201
    assert found[0] == "r.yaml:1:1: too-many: 800 more mistakes in sample are not listed."


def test_what_is_doubted_hides_no_mistake_of_the_whole() -> None:
    """Checks of all fields together run only once each field is sound: the doubt must not keep them from it."""
    model, found = read("{growth: 35, title: forbidden}")
    assert model is None
    assert found == [
        "r.yaml:1:1: bad-value: sample: say something else.",
        "r.yaml:1:10: percent-large: growth is 35, more than 1000 %. If 35 % is meant, write 35%.",
    ]
