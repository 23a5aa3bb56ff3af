"""A phone that keeps passkeys, as far as the browser's scripts hear of it: real keys and signatures, no screen."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
HAS_KEY: Final = 0x40


def _sha256(data: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(data)
    return digest.finalize()


@dataclass
class Authenticator:
    """One passkey; `count` goes up by one at each use."""

    host: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user: str = ""
    count: int = 0
    flags: int = PRESENT | VERIFIED

    def make(self, options: dict[str, Any], origin: str) -> str:
        """What `navigator.credentials.create` gives."""
        self.user = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        cose = {
            1: 2,
            3: -7,
            -1: 1,
            -2: point.x.to_bytes(32, "big"),
            -3: point.y.to_bytes(32, "big"),
        }
        named = len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(HAS_KEY) + bytes(16) + named + cbor2.dumps(cose)
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options["challenge"], origin)
        return self._answer(clientDataJSON=said, attestationObject=told)

    def use(self, options: dict[str, Any], origin: str) -> str:
        """What `navigator.credentials.get` gives."""
        self.count += 1
        said, data = self._said("webauthn.get", options["challenge"], origin), self._data()
        signature = self.key.sign(data + _sha256(said), ec.ECDSA(SHA256()))
        handle = base64url_to_bytes(self.user)
        return self._answer(
            clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=handle
        )

    def _data(self, flags: int = 0) -> bytes:
        head = _sha256(self.host.encode()) + bytes([self.flags | flags])
        return head + self.count.to_bytes(4, "big")

    def _said(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def _answer(self, **parts: bytes) -> str:
        name = bytes_to_base64url(self.credential_id)
        response = {part: bytes_to_base64url(value) for part, value in parts.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
