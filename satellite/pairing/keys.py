"""What the toy keeps to know its hub and be known by it: its own key and certificate, and its hub's certificate."""

import ssl
import stat
from pathlib import Path
from typing import Final

from satellite.errors import SetupError
from satellite.files import drop, keep
from satellite.pairing.crypto_process import make_certificate
from satellite.wire import tls

_KEY: Final = "toy.key"
_CERTIFICATE: Final = "toy.crt"
_HUB: Final = "hub.crt"


class KeyStore:
    """A folder that is this user's alone; `open` makes what is missing in it."""

    def __init__(self, folder: Path, certificate: bytes, hub: bytes | None) -> None:
        self.certificate = certificate
        """The toy's own, in DER."""
        self._folder = folder
        self.hub = hub
        """Its hub's certificate, in DER."""
        self.context = self._new_context()
        """For the next connection: its hub alone, or anybody while there is none."""

    @classmethod
    def open(cls, state: Path, device_id: str) -> "KeyStore":
        """In the state folder `state`. Raises SetupError."""
        folder = state / "certs"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(folder.stat().st_mode) != 0o700:  # else nothing is to be written
                folder.chmod(0o700)
            if not (folder / _CERTIFICATE).exists():
                key, certificate = make_certificate(f"pommai {device_id}")
                keep(folder / _KEY, key)
                keep(folder / _CERTIFICATE, certificate)
            own = ssl.PEM_cert_to_DER_cert((folder / _CERTIFICATE).read_text("ascii"))
            hub = folder / _HUB
            return cls(folder, own, hub.read_bytes() if hub.exists() else None)
        except (OSError, ValueError) as error:
            raise SetupError(
                f"{folder}: can't use the keys there: {error}; "
                "let this user read and write it, or remove it and pair again"
            ) from error

    @property
    def fingerprint(self) -> str:
        return tls.fingerprint(self.certificate)

    @property
    def paired(self) -> bool:
        return self.hub is not None

    @property
    def owner(self) -> str:
        """A short name for its hub; "" while there is none."""
        return tls.fingerprint(self.hub)[:16] if self.hub else ""

    def pair(self, hub: bytes) -> None:
        """Keep `hub` (DER) as the only one, for good. Raises OSError, and nothing has changed then."""
        keep(self._folder / _HUB, hub)
        self.hub = hub
        self.context = self._new_context()

    def forget(self) -> None:
        """No hub is known from now on, even when the disk doesn't take it; then OSError says so."""
        self.hub = None
        self.context = self._new_context()
        drop(self._folder / _HUB)

    def _new_context(self) -> ssl.SSLContext:
        own = (self._folder / _CERTIFICATE, self._folder / _KEY)
        return tls.server_context(*own, self.hub)
