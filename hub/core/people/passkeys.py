"""Passkeys (Web Authentication): signing in by a key that a phone, a computer or a security key keeps.

Whoever holds it shows that it is them, by finger, face or PIN, so that a passkey stands for password and second factor.
What it signs is a challenge that the hub made for one browser and one purpose; it counts once, and for five minutes.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from hub.domain.clock import Clock
from hub.domain.family.people import Guardian, Passkey
from hub.errors import RefusedError
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

CHALLENGE_S: Final = 300
NONCE_BYTES: Final = 16
TIME_BYTES: Final = 8
MAX_ANSWER_CHARS: Final = 16_384
"""What a browser sends is 1 to 4 kB."""

SIGN_IN: Final = "sign in"

NOT_HERE: Final = marked(
    "That passkey doesn’t open these pages. Please take another one, or your password."
)
TOO_LATE: Final = marked("That took too long, or came twice. Please try again.")
COPIED: Final = marked(
    "That passkey may be a copy: it was used elsewhere meanwhile. Please sign in with your password, and remove it."
)

T = TypeVar("T")


class CopiedPasskeyError(RefusedError):
    """Its count of uses has not gone up since the last, so there are two of it (section 6.1.1 of the standard)."""


@dataclass(frozen=True, slots=True)
class PasskeyPage:
    """Where a passkey is made or used."""

    host: str
    """The name in the address, to which a passkey is bound: the relying party's id."""
    origin: str
    """As the browser tells it, such as "https://pommai.local:8772"."""
    visitor: str
    """What no other browser knows: the token of the session, or of the form before there is one."""


class Passkeys:
    """Those of one household. Its library (py_webauthn) is loaded when there is something to do, and in a thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._kept = store.passkeys
        self._guardians = store.guardians
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._used: dict[bytes, float] = {}
        """Challenges that were answered well, with the second at which each ends anyway."""

    async def of(self, guardian_id: str) -> Sequence[Passkey]:
        return await self._kept.of(guardian_id)

    async def hosts(self) -> AbstractSet[str]:
        """The names of the pages for which anybody has a passkey."""
        return await self._kept.hosts()

    async def remove(self, guardian: Guardian, passkey_id: str) -> Passkey:
        """Raises NotFoundError."""
        return await self._kept.remove(guardian.id, passkey_id)

    async def to_add(self, guardian: Guardian, at: PasskeyPage) -> str:
        """What the browser is to make one by: `PublicKeyCredentialCreationOptionsJSON`."""
        kept = [one.credential_id for one in await self._kept.of(guardian.id)]
        challenge = self._challenge(_adding(guardian), at)
        return await asyncio.to_thread(_creation_options, guardian, at, challenge, kept)

    async def add(self, guardian: Guardian, name: str, answer: str, at: PasskeyPage) -> Passkey:
        """`answer` is a `RegistrationResponseJSON`. Raises RefusedError, and DataError for no name."""
        passkey_id, now = uuid.uuid4().hex, self._clock.now()

        def read(credential: dict[str, Any], challenge: bytes) -> Passkey:
            from webauthn import verify_registration_response
            from webauthn.helpers import bytes_to_base64url as text

            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=at.host,
                expected_origin=at.origin,
                require_user_verification=True,
            )
            key, credential_id = text(made.credential_public_key), text(made.credential_id)
            return Passkey(
                passkey_id, guardian.id, at.host, name, now, credential_id, key, made.sign_count
            )

        passkey = await self._verified(answer, _adding(guardian), at, read)
        await self._kept.add(passkey)
        return passkey

    async def to_sign_in(self, at: PasskeyPage) -> str:
        """What the browser is to answer: `PublicKeyCredentialRequestOptionsJSON`."""
        return await asyncio.to_thread(_request_options, at, self._challenge(SIGN_IN, at))

    async def whose(self, answer: str) -> Guardian | None:
        """Who signs in, as the answer says and as nobody has checked yet. Raises RefusedError."""
        credential_id = str(_read(answer).get("id"))
        passkey = await self._kept.by_credential(credential_id)
        return await self._guardians.get(passkey.guardian_id) if passkey else None

    async def sign_in(self, answer: str, at: PasskeyPage) -> Guardian:
        """Whose it is; `answer` is an `AuthenticationResponseJSON`. Raises RefusedError, CopiedPasskeyError."""
        passkey = await self._kept.by_credential(str(_read(answer).get("id")))
        if passkey is None or passkey.host != at.host:
            raise RefusedError(_(NOT_HERE))

        def read(credential: dict[str, Any], challenge: bytes) -> int:
            from webauthn import verify_authentication_response
            from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json

            parsed = parse_authentication_credential_json(credential)
            if parsed.response.user_handle not in (None, passkey.guardian_id.encode()):
                raise ValueError("another guardian's")
            proof = verify_authentication_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=at.host,
                expected_origin=at.origin,
                credential_public_key=base64url_to_bytes(passkey.public_key),
                # The database compares it, so that of two answers with the same count one alone gets in.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
            return proof.new_sign_count

        sign_count = await self._verified(answer, SIGN_IN, at, read)
        if not await self._kept.use(passkey.id, sign_count):
            raise CopiedPasskeyError(_(COPIED))
        return await self._guardians.get(passkey.guardian_id)

    async def _verified(
        self, answer: str, purpose: str, at: PasskeyPage, read: Callable[[dict[str, Any], bytes], T]
    ) -> T:
        """What `read` makes of the answer and its challenge, which is then used up. Raises RefusedError."""
        credential = _read(answer)
        try:
            challenge = await asyncio.to_thread(_challenge_in, credential)
            self._check(challenge, purpose, at)
            result = await asyncio.to_thread(read, credential, challenge)
        except RefusedError:
            raise
        except Exception as error:  # whatever the library makes of bytes that a stranger sent
            raise RefusedError(_(NOT_HERE)) from error
        self._check(challenge, purpose, at)  # another answer may have used it meanwhile
        now = self._clock.monotonic()
        self._used = {used: ends for used, ends in self._used.items() if ends > now}
        self._used[challenge] = now + CHALLENGE_S
        return result

    def _challenge(self, purpose: str, at: PasskeyPage) -> bytes:
        """Nothing is kept for it, so that nobody who asks for many can push out another's."""
        ends = int(self._clock.monotonic()) + CHALLENGE_S
        body = secrets.token_bytes(NONCE_BYTES) + ends.to_bytes(TIME_BYTES, "big")
        return body + self._mark(body, purpose, at)

    def _check(self, challenge: bytes, purpose: str, at: PasskeyPage) -> None:
        """Raises RefusedError for one that this hub did not make for it, that was used, or that is over."""
        body, mark = challenge[: NONCE_BYTES + TIME_BYTES], challenge[NONCE_BYTES + TIME_BYTES :]
        ends = int.from_bytes(body[NONCE_BYTES:], "big")
        is_ours = hmac.compare_digest(mark, self._mark(body, purpose, at))
        if not is_ours or challenge in self._used or ends <= self._clock.monotonic():
            raise RefusedError(_(TOO_LATE))

    def _mark(self, body: bytes, purpose: str, at: PasskeyPage) -> bytes:
        said = f"{purpose}\0{at.host}\0{at.visitor}".encode()
        return hmac.new(self._key, body + said, hashlib.sha256).digest()


def _adding(guardian: Guardian) -> str:
    return f"add {guardian.id}"


def _read(answer: str) -> dict[str, Any]:
    """Raises RefusedError."""
    try:
        credential = json.loads(answer) if len(answer) <= MAX_ANSWER_CHARS else None
    except (ValueError, RecursionError):
        credential = None
    if not isinstance(credential, dict):
        raise RefusedError(_(NOT_HERE))
    return credential


def _challenge_in(credential: dict[str, Any]) -> bytes:
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    signed = base64url_to_bytes(credential["response"]["clientDataJSON"])
    return parse_client_data_json(signed).challenge


def _creation_options(
    guardian: Guardian, at: PasskeyPage, challenge: bytes, kept: Sequence[str]
) -> str:
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = generate_registration_options(
        rp_id=at.host,
        rp_name="Pommai",
        user_id=guardian.id.encode(),
        user_name=guardian.name,
        challenge=challenge,
        timeout=CHALLENGE_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(base64url_to_bytes(one)) for one in kept
        ],
    )
    return options_to_json(options)


def _request_options(at: PasskeyPage, challenge: bytes) -> str:
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=at.host,
        challenge=challenge,
        timeout=CHALLENGE_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)
