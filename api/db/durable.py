"""What is written and then must outlive a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until the file, or what the folder lists, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
