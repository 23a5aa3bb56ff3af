"""Encrypts what must not lie in the database in the clear, with a key of its own in the data folder.

The key is no part of the database: a copy of `pommai.db` alone tells nobody a password or a token.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import DataError
from hub.storage.faults import no_access
from hub.storage.folder import prepare_file, prepare_folder
from hub.translation import gettext as _

if TYPE_CHECKING:
    from cryptography.fernet import Fernet  # 7 MB of memory, so not before there is a secret

KEY_NAME = "secret.key"


class SecretBox:
    """Blocking: use it in the database's threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the data folder; the key is made at the first `seal`."""
        self._path = folder / "certs" / KEY_NAME

    def seal(self, text: str) -> str:
        return self._fernet(make=True).encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises DataError where the key is gone or is another one."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise DataError(
                _(
                    "%(path)s is not the key that a secret was locked with: enter it again",
                    path=self._path,
                )
            ) from error

    def _fernet(self, *, make: bool) -> "Fernet":
        from cryptography.fernet import Fernet

        try:
            if make and not self._path.exists():
                self._make()
            return Fernet(self._path.read_bytes())
        except OSError as error:
            raise no_access(self._path, error) from error
        except ValueError as error:
            raise DataError(
                _("%(path)s holds no key: remove it, and enter secrets again", path=self._path)
            ) from error

    def _make(self) -> None:
        """Whole or not at all, and readable by this user alone."""
        from cryptography.fernet import Fernet

        prepare_folder(self._path.parent)
        unfinished = self._path.with_suffix(".part")
        prepare_file(unfinished)
        with unfinished.open("wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
