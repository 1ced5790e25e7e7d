"""The versions of what is installed, each looked up once: the look-up reads and parses files."""

from functools import cache
from importlib import metadata


@cache
def version(package: str) -> str:
    """The package's version; raises PackageNotFoundError."""
    return metadata.version(package)
