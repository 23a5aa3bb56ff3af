"""Who this hub is to the toys that are paired with it: its key and certificate, made once, in the data folder."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hub.devices.identity import Address
from hub.errors import DataError
from hub.storage.faults import no_access
from hub.storage.folder import keep_file, prepare_folder
from satellite.wire import certificate as wire_certificate
from satellite.wire import tls as wire_tls


@dataclass(frozen=True, slots=True)
class Secured:
    """How to dial one toy: over TLS, and only to the owner of `certificate` (DER) where that isn't empty."""

    context: ssl.SSLContext
    certificate: bytes = b""
    met_another: Callable[[Address], None] = lambda address: None
    """Called when somebody else answers."""
    refusal: str = (
        "is paired already, with another hub or by an older key of this one: hold its button"
    )
    """What it means that the toy closes the connection at once."""


class Credentials:
    """Blocking: `load` it in a thread."""

    def __init__(self, folder: Path, certificate: bytes) -> None:
        self.certificate = certificate
        """The hub's own, in DER."""
        self._folder = folder

    @classmethod
    def load(cls, data: Path) -> "Credentials":
        """From the data folder, made if there are none. Raises DataError."""
        folder = data / "certs"
        try:
            if not (folder / "hub.crt").exists():
                prepare_folder(folder)
                key, certificate = wire_certificate.make("pommai hub")
                keep_file(folder / "hub.key", key)
                keep_file(folder / "hub.crt", certificate)
            own = ssl.PEM_cert_to_DER_cert((folder / "hub.crt").read_text("ascii"))
            found = cls(folder, own)
            found.for_toy(own)  # whether key and certificate fit
        except (ssl.SSLError, ValueError, FileNotFoundError) as error:
            raise DataError(
                f"{folder}: hub.key and hub.crt can't be used ({error}): put back a copy of both, or "
                "remove both and pair every toy again"
            ) from error
        except OSError as error:
            raise no_access(folder, error) from error
        return found

    def for_toy(
        self, certificate: bytes, met_another: Callable[[Address], None] = lambda address: None
    ) -> Secured:
        """For the toy that was paired with this certificate (DER)."""
        own = (self._folder / "hub.crt", self._folder / "hub.key")
        context = wire_tls.client_context(*own, certificate)
        refusal = "does not take this hub any more: hold its button, and pair it again"
        return Secured(context, certificate, met_another, refusal)

    def for_anybody(self) -> ssl.SSLContext:
        """To be asked over TLS by whoever knows our certificate. Raises OSError."""
        return wire_tls.server_context(self._folder / "hub.crt", self._folder / "hub.key", None)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of our certificate, as hexadecimal digits."""
        return wire_tls.fingerprint(self.certificate)

    def for_stranger(self) -> Secured:
        """For a toy that is yet to be paired: it may be anybody, and does not learn who we are."""
        return Secured(wire_tls.stranger_context())
