"""SPAKE2 over the code of a pairing; loads `spake2`, so the toy does it in a child process.

Its key also depends on both shares and on who both ends are: see `satellite.wire.pairing`.
"""

from spake2 import SPAKE2_A, SPAKE2_B, SPAKEError
from spake2.ed25519_basic import NotOnCurve

from satellite.wire.pairing import PairingEnds


class HubProof:
    """The hub's side; good for one attempt."""

    def __init__(self, code: str, ends: PairingEnds) -> None:
        self._spake = SPAKE2_A(code.encode(), idA=ends.hub_id, idB=ends.toy_id)
        self.share: bytes = self._spake.start()

    def key(self, toy_share: bytes) -> bytes:
        """Raises ValueError for a share that is none."""
        return _finished(self._spake, toy_share)


def toy_proof(code: str, ends: PairingEnds, hub_share: bytes) -> tuple[bytes, bytes]:
    """The toy's share and the key. Raises ValueError for a share that is none."""
    spake = SPAKE2_B(code.encode(), idA=ends.hub_id, idB=ends.toy_id)
    share: bytes = spake.start()
    return share, _finished(spake, hub_share)


def _finished(spake: SPAKE2_A | SPAKE2_B, share: bytes) -> bytes:
    try:
        key: bytes = spake.finish(share)
    except (SPAKEError, NotOnCurve, ValueError, AssertionError) as error:
        raise ValueError("a SPAKE2 share is no point of its group, or of the wrong side") from error
    return key
