"""The keys that secrets at rest are encrypted with: from the environment or a file, never from the database.

Fernet of `cryptography`: AES-128 in CBC with HMAC-SHA256. The first key encrypts, every key decrypts.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.orm import Session

from api.db.durable import sync
from api.db.errors import SecretsLocked

KEYS = "CASCADE_SECRET_KEY"
"""Variable with the keys themselves, `,` between, the newest first."""
KEY_FILE = "CASCADE_SECRET_KEY_FILE"
"""Variable with the path of a file of keys, one a line, the newest first."""
FILE_NAME = "cascade.key"
_MADE = "Make one with `cascade secrets generate`."


class Keyring:
    """Encrypts and decrypts; its keys are looked up at each use, so that a rotation counts at once."""

    def __init__(self, file: Path | None) -> None:
        self.own_file = file
        """Where the keys are unless the environment says otherwise."""
        self._known: tuple[object, MultiFernet] | None = None

    @property
    def file(self) -> Path | None:
        """The file of the keys; None where the environment has the keys themselves."""
        named = os.environ.get(KEY_FILE)
        return None if os.environ.get(KEYS) else Path(named) if named else self.own_file

    def keys(self) -> tuple[str, ...]:
        """The keys, the newest first; empty while there is none. Raises SecretsLocked."""
        given = os.environ.get(KEYS)
        if given:
            return tuple(key.strip() for key in given.split(",") if key.strip())
        return () if self.file is None else _read(self.file, own=self.file == self.own_file)

    def seal(self, clear: bytes) -> bytes:
        """The bytes, encrypted with the newest key, which is made when there is none yet. Raises SecretsLocked."""
        if not self.keys():
            self.put([generate()], new=True)
        return self._fernet().encrypt(clear)

    def unseal(self, sealed: bytes) -> bytes:
        """What was encrypted; raises SecretsLocked when it was with none of these keys."""
        try:
            return self._fernet().decrypt(sealed)
        except InvalidToken:
            raise SecretsLocked(
                f"The secrets in the database were encrypted with another key. {_BACK}"
            ) from None

    def put(self, keys: Sequence[str], *, new: bool = False) -> None:
        """Write the file of keys whole, for its owner only; with `new` one that is there already stays.

        Raises SecretsLocked where keys come from elsewhere.
        """
        if self.file is None:
            raise SecretsLocked(f"There is no place for a key. Set {KEYS} or {KEY_FILE}. {_MADE}")
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".cascade-key-", dir=self.file.parent) as folder:
            part = Path(folder) / FILE_NAME
            part.touch(mode=0o600)
            part.write_text("".join(f"{key}\n" for key in keys), encoding="ascii")
            sync(part)  # the database will hold what only these keys read
            if new:
                with suppress(FileExistsError):
                    os.link(part, self.file)
            else:
                part.replace(self.file)
        sync(self.file.parent)

    def _fernet(self) -> MultiFernet:
        keys = self.keys()
        if not keys:
            raise SecretsLocked(f"The key of the database's secrets is not here. {_BACK}")
        if self._known is None or self._known[0] != keys:
            self._known = keys, MultiFernet([_fernet(key) for key in keys])
        return self._known[1]


_BACK = (
    f"Put the file {FILE_NAME} of the server that wrote them beside the database, or set {KEYS}; where the key is "
    "lost, `cascade secrets reset` makes new secrets."
)


def generate() -> str:
    """A new key: 32 random bytes in URL-safe base 64."""
    return Fernet.generate_key().decode()


def keyring_of(session: Session) -> Keyring:
    """The keys of the store that the session belongs to."""
    found: Keyring = session.info["keyring"]
    return found


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise SecretsLocked(f"A key is 32 bytes in URL-safe base 64, 44 letters long. {_MADE}") from None


def _read(file: Path, *, own: bool) -> tuple[str, ...]:
    """The keys in the file; empty when it is not there. One of ours must be for its owner only."""
    try:
        text = file.read_text(encoding="ascii")
        exposed = own and file.stat().st_mode & 0o077
    except FileNotFoundError:
        if own:
            return ()
        raise SecretsLocked(f"There is no file {file}, which {KEY_FILE} names.") from None
    except (OSError, UnicodeError) as fault:
        raise SecretsLocked(f"{file} cannot be read: {fault}") from None
    if exposed:
        raise SecretsLocked(f"Others may read {file}. Change that: chmod 600 {file}")
    return tuple(text.split())
