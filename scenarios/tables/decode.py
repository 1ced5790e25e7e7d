"""From the bytes of a text file to UTF-8: what other formats look like, byte order marks, legacy encodings."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from scenarios.tables.cells import MAX_BYTES, Remark, Unreadable

_FORMATS = {
    b"PK\x03\x04": ("a zip archive, such as .xlsx", "Name it by what it is, or save it as CSV."),
    b"PAR1": ("a Parquet file", "Name it .parquet."),
    b"ARROW1": ("a Feather file", "Name it .feather."),
    b"\xd0\xcf\x11\xe0": ("an old Office file", "Name it .xls, or save it as CSV."),
    b"%PDF": ("a PDF", "Export the table as CSV or .xlsx."),
    b"{\\rtf": ("a text document (RTF)", "Export the table as CSV or .xlsx."),
    b"SQLite format 3": ("a database (SQLite)", "Export the table as CSV or XLSX."),
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|table|meta|script)\b", re.IGNORECASE)
_JSON = re.compile(rb"\s*[\[{]\s*[\[{\"]")
_XML = re.compile(rb"\s*<\?xml\b", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_SAMPLE = 200_000
"""Bytes around the first characters beyond ASCII that the detector looks at; more changes no answer."""
_FEW = 40
"""So few bytes beyond ASCII tell a detector nothing; Western Windows is then the likeliest by far."""
_LIKELY = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_2", "iso8859_15",
    "koi8_r", "cp850", "cp852", "cp866", "mac_roman", "cp932", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
    "cp949",
)  # fmt: skip
_OTHERS = ("mac_roman", "cp1251", "cp1254", "gb18030", "big5", "euc_kr", "cp932", "cp1250", "cp1253")
_FEW_READINGS = 4
"""Encodings whose readings of a word are shown, the likelier ones first."""
_HIGH = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ffŠšŒœŽžŸ"
_GARBLED = re.compile(
    rf"(?<![A-Za-z{_HIGH}])[{_HIGH}]{{3,}}(?![A-Za-z{_HIGH}])"
    rf"|[A-Za-z]*[a-z][ÀÂÃÄÅÆÌÍÎÏÐÑÒÓÔÕÖÙÚÛÜÝÞŸŽŠ][A-Za-z{_HIGH}]*"
    r"|[A-Za-z]+Ÿ[a-z]+|[\u00a1-\u00bf\u00d7\u00f7]{2}"
    rf"|[^\s,;|\"]*(?:[A-Za-z{_HIGH}][¤¥¦§¨¬¯±´¸¼¾¿¡]|[¤¥£¦§¨¬¯±´¸¼¾][A-Za-z{_HIGH}])[^\s,;|\"]*"
)
"""Words as they come out of a wrong encoding: of nothing but accents, with a capital inside, with signs among letters."""
_TWICE_START = "Ã".encode()
_TWICE = re.compile(r"[A-Za-z]*Ã[\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™][A-Za-z]*")
_NAMES = {f"cp125{digit}": f"windows-125{digit}" for digit in range(9)}


@dataclass(frozen=True)
class Decoded:
    """The text of a file."""

    content: bytes
    """In UTF-8, without a byte order mark."""
    assumed: dict[str, str]
    """What was assumed, such as `windows-1252`, each with the field that would pin it."""
    remarks: tuple[Remark, ...] = ()
    """A doubt where the words that an assumed encoding gives look like those of another."""


def decode(content: bytes, encoding: str | None, heading: str = "") -> Decoded:
    """The text of a file, unpacked and in UTF-8. Raises Unreadable for what is no text.

    `encoding` is what the scenario says; left out, it is found by a byte order mark, by being UTF-8,
    by `heading`, a column that must be there, or by charset-normalizer.
    """
    assumed = {}
    if content.startswith(_GZIP):
        content, assumed = _unzipped(content), {"gzip": ""}
    # DOS ends files with a Ctrl-Z.
    text, found = _decoded(content.removesuffix(b"\x1a"), encoding, assumed, heading)
    if not found and _TWICE_START in text:
        return Decoded(text, found, tuple(_doubt_twice(text)))
    legacy = next((pin for each, pin in found.items() if each.startswith("windows-1252")), "")
    return Decoded(text, found, tuple(_doubt_words(text, legacy)) if legacy else ())


def _doubt_words(text: bytes, pin: str) -> Iterator[Remark]:
    """A doubt where bytes that say nothing of their encoding give words that no Western language has."""
    words = text[:_SAMPLE].decode("utf-8", "ignore")
    found = _GARBLED.search(words)
    if found:
        whole = (
            re.findall(r"[^\s,;|\"]*$", words[: found.end()])[0]
            + re.findall(r"^[^\s,;|\"]*", words[found.end() :])[0]
        )
        message = f"the file does not say its encoding; as windows-1252 it holds {whole[:30]!r}"
        others = ", ".join(f"{name} for {word!r}" for name, word in _readings(whole[:30]))
        there = others or "such as windows-1251 or shift_jis"
        remedy = f"Say {pin} if that is right, else the one it has, {there}; UTF-8 is best."
        yield Remark("read-as", message, remedy)


def _readings(word: str) -> list[tuple[str, str]]:
    """What a word that was read as windows-1252 would be in other encodings, where that is of letters alone."""
    found = dict[str, str]()
    for name in _OTHERS:
        with suppress(UnicodeError):
            other = word.encode("cp1252").decode(name)
            if other != word and other.isalpha() and other not in found.values():
                found[_NAMES.get(name, name)] = other
    return list(found.items())[:_FEW_READINGS]


def _doubt_twice(text: bytes) -> Iterator[Remark]:
    """A doubt about words that were spelled in UTF-8, read as windows-1252, and spelled in UTF-8 again."""
    found = _TWICE.search(text.decode("utf-8", "ignore"))
    if found is None:
        return
    with suppress(UnicodeError):
        meant = found[0].encode("cp1252").decode("utf-8")
        message = (
            f"it holds {found[0][:30]!r}, most likely {meant[:30]!r} after UTF-8 was taken for windows-1252"
        )
        yield Remark("read-as", message, "Export the table anew, as UTF-8.")


def refuse_text(content: bytes, ending: str) -> None:
    """Raises Unreadable for a text that is called a workbook, as some systems' exports are."""
    if _MARKUP.match(content):
        remedy = "Open it in a spreadsheet and save it as .xlsx, or export the table itself."
        raise Unreadable("not-a-table", f"the file says {ending} but is a web page (HTML)", remedy)
    if _XML.match(content):
        remedy = "Open it in a spreadsheet and save it as .xlsx."
        raise Unreadable("not-a-table", f"the file says {ending} but is XML", remedy)
    start = content[:_SAMPLE]
    wide = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    if wide is not None:
        start = start.decode(wide, "ignore").encode()
    lines = start.splitlines()[:2]
    if lines and b"\x00" not in start and any(mark in lines[0] for mark in (b",", b";", b"\t", b"|")):
        remedy = "Name it .csv, or .tsv where tabs separate its columns."
        raise Unreadable("not-a-table", f"the file says {ending} but is text", remedy)


def _unzipped(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Unreadable("not-a-table", "the gzip archive cannot be unpacked", "Pack it again.") from None
    if len(plain) > MAX_BYTES:
        raise Unreadable("too-large", f"the file unpacks to more than {MAX_BYTES:,} bytes", "Split it.")
    return plain


def _decoded(
    content: bytes, encoding: str | None, assumed: dict[str, str], heading: str
) -> tuple[bytes, dict[str, str]]:
    _refuse_other_formats(content)
    for bom, name in _BOMS:
        if content.startswith(bom):
            if name != "utf-8":
                assumed = {**assumed, name[:6]: ""}
            return _as_utf8(content[len(bom) :], name), assumed
    if encoding is not None:
        return _as_utf8(content, _known(encoding)), assumed
    if (wide := _without_bom(content)) is not None:
        return _as_utf8(content, wide), {**assumed, wide[:6]: f"encoding: {wide}"}
    _refuse_binary(content)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_broken(content, error.start)
        found = _with_heading(content, heading) or _detect(content, error.start)
        name = _NAMES.get(found, found.replace("_", "-"))
        words = f"{name} ({_example(content, error.start, found)})"
        return _as_utf8(content, found), {**assumed, words: f"encoding: {name}"}
    return content, assumed


def _refuse_broken(content: bytes, first: int) -> None:
    """Raises Unreadable for UTF-8 with a few bytes that are not: cut off, or pasted from a file of another encoding."""
    text = content.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= each <= "\udcff" for each in text)
    sound = sum(not each.isascii() for each in text) - broken
    if sound >= broken:
        word = (
            re.findall(rb"[^\s,;|\"]*$", content[:first])[0]
            + re.findall(rb"^[^\s,;|\"]*", content[first:])[0]
        )
        spelled = word.decode("utf-8", "replace")[:30]
        message = f"{spelled!r} holds a byte that is not UTF-8, as the rest of the file is"
        remedy = "Correct the word, or export the table anew."
        raise Unreadable("bad-encoding", message, remedy, content[:first].count(b"\n") + 1)


def _refuse_other_formats(content: bytes) -> None:
    for start, (what, remedy) in _FORMATS.items():
        if content.startswith(start):
            raise Unreadable("not-a-table", f"the file says it is text but is {what}", remedy)
    if _MARKUP.match(content):
        remedy = "Export the table itself; the page may be one that asks you to sign in."
        raise Unreadable("not-a-table", "the file is a web page (HTML), not a table", remedy)
    if _XML.match(content):
        raise Unreadable("not-a-table", "the file is XML, not a table", "Save it as CSV or .xlsx.")
    if _JSON.match(content):
        raise Unreadable("not-a-table", "the file is JSON, not a table", "Save it as CSV or .xlsx.")


def _refuse_binary(content: bytes) -> None:
    if b"\x00" in content:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        remedy = "Save it as CSV in UTF-8."
        raise Unreadable("not-a-table", "the file holds a NUL byte, so it is not text", remedy, line)


def _without_bom(content: bytes) -> str | None:
    """UTF-16 without its mark: nearly every other byte of Western text is then zero."""
    start = content[:_SAMPLE]
    pairs = len(start) // 2
    if pairs < 4:
        return None
    high, low = start[1::2].count(0), start[0::2].count(0)
    if high > 0.7 * pairs and low == 0:
        return "utf-16-le"
    return "utf-16-be" if low > 0.7 * pairs and high == 0 else None


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        remedy = "Write one such as utf-8, windows-1252 or shift_jis."
        raise Unreadable("bad-encoding", f"there is no encoding {encoding!r}", remedy) from None


def _as_utf8(content: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        remedy = "Save it as CSV in UTF-8, or say encoding: in the scenario."
    else:
        remedy = f"It is not wholly {encoding}; save it as CSV in UTF-8."
    try:
        text = content.decode(encoding)
        return text.removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content[:start].count(b"\n") + 1
        raise Unreadable("bad-encoding", f"the file is not {encoding.upper()}", remedy, line) from None
    except LookupError:
        raise Unreadable("bad-encoding", f"{encoding} is no encoding of text", remedy) from None


def _with_heading(content: bytes, heading: str) -> str | None:
    """The first encoding in which the file names the column; only letters beyond ASCII can tell."""
    if heading.isascii():
        return None
    for name in _LIKELY:
        try:
            spelled = heading.encode(name)
        except UnicodeError:
            continue
        if spelled in content[:_SAMPLE] and _fits(content, name):
            return name
    return None


def _detect(content: bytes, first: int) -> str:
    """The likeliest encoding of bytes that are not UTF-8."""
    sample = content[max(0, first - 1000) : first + _SAMPLE]
    foreign = sum(byte > 0x7F for byte in sample[:20_000])
    if foreign < _FEW and _fits(content, "cp1252"):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=list(_LIKELY)).best()
    for name in (best.encoding if best is not None else "cp1252", "cp1252", "latin_1"):
        if _fits(content, name):
            return name
    return "latin_1"


def _fits(content: bytes, encoding: str) -> bool:
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return not any("\x80" <= character <= "\x9f" for character in text[:_SAMPLE])


def _example(content: bytes, first: int, encoding: str) -> str:
    """A word beyond ASCII as it was read, so that a reader sees whether it is right."""
    text = content[max(0, first - 60) : first + 60].decode(encoding, "replace")
    words = re.findall(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*", text)
    return f"as in {words[0][:30]!r}" if words else "as it seems"
