"""Names of months in the languages that planners' files are written in, in full or cut to three letters and more."""

from __future__ import annotations

import re

_BY_LANGUAGE = """
january february march april may june july august september october november december
januar februar märz mai juni juli oktober dezember jänner feber
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre setiembre
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
januari februari maart mei augustus augusti marts april maj
styczeń luty marzec kwiecień czerwiec lipiec sierpień wrzesień październik listopad grudzień
leden únor březen duben květen červen červenec srpen září říjen prosinec
január február március április május június július augusztus szeptember október november
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie
tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
ιανουάριος φεβρουάριος μάρτιος απρίλιος μάιος ιούνιος ιούλιος αύγουστος σεπτέμβριος οκτώβριος νοέμβριος δεκέμβριος
"""
_SHORT = 3
"""Fewer letters name no month."""
_BEGINNINGS = {"mrz", "jui"} | {
    name[:n] for name in _BY_LANGUAGE.split() for n in range(_SHORT, len(name) + 1)
}
_MONTH_OF_YEAR = re.compile(r"([^\W\d_]+)\.?(?:[-_/ .']{0,2}\d{2,4})?")
_NUMBERED = re.compile(r"(?:\d{4}年)?\d{1,2}[月월]")


def is_month(word: str) -> bool:
    """Whether a word is a month's name, or its beginning."""
    return word.casefold().rstrip(".") in _BEGINNINGS


def is_month_of_year(text: str) -> bool:
    """Whether a text is a month, a year behind it or not: März, févr. 26, Oct-2026, 3月."""
    match = _MONTH_OF_YEAR.fullmatch(text)
    return bool(_NUMBERED.fullmatch(text)) or (match is not None and is_month(match[1]))
