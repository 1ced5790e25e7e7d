"""The parts of a release: a CycloneDX bill of materials, and the licences of all that is installed with it.

`python -m docs.sbom FOLDER` writes `sbom.cdx.json` and `third-party-licences.txt` from requirements.txt and from
what is installed here.
"""

import re
import sys
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_ROOT = Path(__file__).parents[1]
_LINE = re.compile(r"^([\w.-]+)==([\w.+!-]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:(\w{64})")
_LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)


@dataclass(frozen=True)
class Locked:
    """A package as requirements.txt has it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of every file that may be installed for it."""


def locked(text: str) -> tuple[Locked, ...]:
    """The packages of a file of requirements, in its order."""
    starts = [*_LINE.finditer(text)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return tuple(
        Locked(start[1], start[2], tuple(_HASH.findall(text[start.start() : end])))
        for start, end in zip(starts, ends, strict=True)
    )


def bill(packages: tuple[Locked, ...]) -> Bom:
    """The bill of materials: Goal Cascade and its packages."""
    made = Bom()
    made.metadata.component = Component(
        name="goal-cascade", version=metadata.version("goal-cascade"), type=ComponentType.APPLICATION
    )
    for each in packages:
        made.components.add(_component(each))
    made.register_dependency(made.metadata.component, list(made.components))
    return made


def licences(packages: tuple[Locked, ...]) -> str:
    """Name, licence and licence texts of every package that is installed here."""
    return "\n".join(_licence_text(each) for each in packages)


def licence_of(name: str) -> str | None:
    """The licence that an installed package states; None where it is not installed or states none."""
    try:
        stated = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    return _stated(stated)


def _stated(stated: Message) -> str | None:
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in stated.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    text = stated.get("License-Expression") or "; ".join(classifiers) or stated.get("License")
    return text.strip().splitlines()[0][:200] if text and text.strip() else None


def _component(each: Locked) -> Component:
    licence = licence_of(each.name)
    purl = PackageURL("pypi", None, each.name.lower().replace("_", "-"), each.version)
    return Component(
        name=each.name,
        version=each.version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in each.hashes],
        licenses=[DisjunctiveLicense(name=licence)] if licence else [],
    )


def _licence_text(each: Locked) -> str:
    try:
        files = metadata.files(each.name) or []
    except metadata.PackageNotFoundError:
        return f"{each.name} {each.version}: not installed on this system\n"
    texts = [
        file.read_text() for file in files if _LICENCE_FILE.search(file.name) and ".dist-info" in str(file)
    ]
    rule = "=" * 78
    return "\n".join(
        [rule, f"{each.name} {each.version}: {licence_of(each.name) or 'see below'}", rule, *texts, ""]
    )


def main(folder: Path) -> None:
    """Write both files into the folder."""
    packages = locked((_ROOT / "requirements.txt").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.cdx.json").write_text(
        JsonV1Dot6(bill(packages)).output_as_string(indent=1), encoding="utf-8"
    )
    (folder / "third-party-licences.txt").write_text(licences(packages), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
