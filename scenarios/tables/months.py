"""Names of months in the languages that planners' files are written in, in full or cut to three letters and more."""

from __future__ import annotations

import re

_BY_LANGUAGE = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
jänner feber march april may june july august setiembre october november december
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
januari februari marts april maj juni juli augusti september oktober november december
styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień
leden únor březen duben květen červen červenec srpen září říjen listopad prosinec
január február március április május június július augusztus szeptember október november december
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αύγουστος σεπτέμβριος οκτώβριος νοέμβριος δεκέμβριος
"""
"""A line per language, from January on; what an earlier line begins like counts as its month."""
_SHORT = 3
"""Fewer letters name no month."""


def _beginnings() -> dict[str, int]:
    found = {"mrz": 3}
    for number, name in enumerate(_BY_LANGUAGE.split()):
        for end in range(_SHORT, len(name) + 1):
            found.setdefault(name[:end], number % 12 + 1)
    return found


_BEGINNINGS = _beginnings()
_UNCLEAR = ("jui", "čer", "červ", "červe")
"""Beginnings of two months of one language."""
_MONTH_OF_YEAR = re.compile(r"([^\W\d_]+)\.?(?:[-_/ .']{0,2}\d{2,4})?")
_NUMBERED = re.compile(r"(?:\d{4}年)?\d{1,2}[月월]")


def is_month(word: str) -> bool:
    """Whether a word is a month's name, or its beginning."""
    return word.casefold().rstrip(".") in _BEGINNINGS


def number_of_month(word: str) -> int | None:
    """The month, 1 to 12, that a word is the name or the beginning of; None for other words, and for two months."""
    beginning = word.casefold().rstrip(".")
    return None if beginning in _UNCLEAR else _BEGINNINGS.get(beginning)


def is_month_of_year(text: str) -> bool:
    """Whether a text is a month, a year behind it or not: März, févr. 26, Oct-2026, 3月."""
    match = _MONTH_OF_YEAR.fullmatch(text)
    return bool(_NUMBERED.fullmatch(text)) or (match is not None and is_month(match[1]))
