"""Numbers as the reader writes them: what is shown is what may be typed, and nothing has two readings."""

import pytest
from babel import Locale

from api.pages.number_format import ENGLISH, FORMATS, LANGUAGES, NumberFormat

GERMAN, FRENCH, SWISS, INDIAN = (FORMATS[name] for name in ("de", "fr", "ch", "in"))


@pytest.mark.parametrize(
    ("form", "example"),
    [
        (ENGLISH, "1,234,567.5"),
        (GERMAN, "1.234.567,5"),
        (FRENCH, "1\u202f234\u202f567,5"),
        (SWISS, "1’234’567.5"),
        (INDIAN, "12,34,567.5"),
    ],
    ids=["en", "de", "fr", "ch", "in"],
)
def test_what_a_page_writes_can_be_typed(form: NumberFormat, example: str) -> None:
    assert form.example == example
    for text, number in (
        (example, "1234567.5"),
        ("1234", "1234"),
        (form.write("12.5%"), "12.5%"),
        ("-3%", "-3%"),
    ):
        assert form.read(text) == number
    for text in ("7", "999", "1,234", "12,345,678", "0.125", "1,000.25"):
        assert form.read(form.write(text)) == text.replace(",", "")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_each_language_is_written_as_cldr_has_it(tag: str) -> None:
    locale = Locale.parse(tag, sep="-")
    symbols, pattern = locale.number_symbols["latn"], locale.decimal_formats[None].pattern
    form = LANGUAGES[tag]
    spaces = str.maketrans("\u00a0\u202f’", "  '")
    assert (form.group.translate(spaces), form.decimal, form.in_pairs) == (
        symbols["group"].translate(spaces),
        symbols["decimal"],
        "##,##" in pattern,
    )


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        (GERMAN, "1,234", "is '1,234', which may be 1.234 or 1,2340. Write one of the two."),
        (GERMAN, "1.5", "is '1.5'. Numbers are written here as 1.234.567,5."),
        (GERMAN, "1,234.5", "is '1,234.5'. Numbers are written here as 1.234.567,5."),
        (GERMAN, "12.34.567", "is '12.34.567'. Numbers are written here as 1.234.567,5."),
        (FRENCH, "1.234", "is '1.234', which may be 1\u202f234 or 1,2340. Write one of the two."),
        (SWISS, "1,234", "is '1,234', which may be 1’234 or 1.2340. Write one of the two."),
        (INDIAN, "1.234", "is '1.234', which may be 1,234 or 1.2340. Write one of the two."),
    ],
    ids=[
        "thousand or decimal",
        "a point",
        "English",
        "pairs",
        "a point in French",
        "a comma in Swiss",
        "Indian",
    ],
)
def test_marks_of_two_readings_or_of_others_are_refused(form: NumberFormat, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"^is") as refused:
        form.read(text)
    assert str(refused.value) == says


def test_a_german_point_groups_and_a_comma_comes_before_decimals() -> None:
    read = {
        "1.234": "1234",
        "1,25": "1.25",
        "2.500,125": "2500.125",
        "1 234,5": "1234.5",
        "0,125": "0.125",
        "2,125%": "2.125%",
    }
    assert {text: GERMAN.read(text) for text in read} == read


def test_what_is_no_number_is_left_to_who_reads_it() -> None:
    assert [form.read("a lot") for form in FORMATS.values()] == ["a lot"] * len(FORMATS)
    assert [form.read("") for form in FORMATS.values()] == [""] * len(FORMATS)


def test_numbers_of_sentences_are_written_but_not_those_of_names_and_dates() -> None:
    text = "'Plan 1.5' leaves 1,234,567.5 of 2026-03-31: 12.5 % is missing, v1.2.3 and 31.12.2026 stay."
    german = "'Plan 1.5' leaves 1.234.567,5 of 2026-03-31: 12,5 % is missing, v1.2.3 and 31.12.2026 stay."
    assert GERMAN.write_sentence(text) == german
    assert ENGLISH.write_sentence(text) == text
