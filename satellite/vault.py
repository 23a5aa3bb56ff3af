"""What the toy keeps to know its hub and be known by it: its own key and certificate, and its hub's certificate."""

import ssl
import stat
from pathlib import Path
from typing import Final

from satellite import wire_tls
from satellite.errors import SetupError
from satellite.kept import drop, keep
from satellite.workshop import make_certificate

_KEY: Final = "toy.key"
_CERTIFICATE: Final = "toy.crt"
_HUB: Final = "hub.crt"


class Vault:
    """A folder that is this user's alone; `open` makes what is missing in it."""

    def __init__(self, folder: Path, certificate: bytes, hub: bytes | None) -> None:
        self.certificate = certificate
        """The toy's own, in DER."""
        self._folder = folder
        self._hub = hub
        self._context = self._new_context()

    @classmethod
    def open(cls, state: Path, device_id: str) -> "Vault":
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
        return wire_tls.fingerprint(self.certificate)

    @property
    def paired(self) -> bool:
        return self._hub is not None

    @property
    def hub(self) -> bytes | None:
        """Its hub's certificate, in DER."""
        return self._hub

    @property
    def owner(self) -> str:
        """A short name for its hub; "" while there is none."""
        return wire_tls.fingerprint(self._hub)[:16] if self._hub else ""

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection: its hub alone, or anybody while there is none."""
        return self._context

    def pair(self, hub: bytes) -> None:
        """Keep `hub` (DER) as the only one, for good. Raises OSError, and nothing has changed then."""
        keep(self._folder / _HUB, hub)
        self._hub = hub
        self._context = self._new_context()

    def forget(self) -> None:
        """No hub is known from now on, even when the disk doesn't take it; then OSError says so."""
        self._hub = None
        self._context = self._new_context()
        drop(self._folder / _HUB)

    def _new_context(self) -> ssl.SSLContext:
        own = (self._folder / _CERTIFICATE, self._folder / _KEY)
        return wire_tls.server_context(*own, self._hub)
