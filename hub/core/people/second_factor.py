"""A second factor: codes of six digits from an app (TOTP, RFC 6238), and recovery codes for who lost the phone."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import pyotp

from hub.domain.clock import Clock
from hub.domain.family.people import Guardian
from hub.errors import RefusedError
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

STEP_S: Final = 30
"""What every app takes where it is told nothing else."""
STEPS_ASIDE: Final = 1
"""Codes of so many steps before and after now count, too: clocks differ, and typing takes time."""
RECOVERY_CODES: Final = 10
ALPHABET: Final = "ACDEFGHJKMNPQRTUVWXY3479"
"""No two of these look or read alike."""
CODE_LENGTH: Final = 16
"""Characters of a recovery code: 73 bits, so that a plain hash of it is enough."""
MAX_CODE_CHARS: Final = 40
SECRET_LENGTH: Final = 32
"""Characters of base 32: 160 bits, as RFC 4226 asks."""

_SECRET: Final = re.compile(f"[A-Z2-7]{{{SECRET_LENGTH}}}")

WRONG_CODE: Final = marked("That is not the code that the app shows now. Please try the next one.")


class SecondFactors:
    """Those of one household."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._kept = store.second_factors
        self._clock = clock

    def new_secret(self) -> str:
        """In base 32, to be put into an app."""
        return pyotp.random_base32(SECRET_LENGTH)

    def address(self, guardian: Guardian, secret: str) -> str:
        """What an app reads from a QR code."""
        return f"otpauth://totp/{quote(f'Pommai:{guardian.name}')}?secret={secret}&issuer=Pommai"

    async def turn_on(self, guardian: Guardian, secret: str, code: str) -> Sequence[str]:
        """The recovery codes, to be shown and forgotten. Raises RefusedError where the app shows another code."""
        if not _SECRET.fullmatch(secret):
            raise RefusedError(_("Please begin again: this form is too old."))
        step = self._step_of(secret, code)
        if step is None:
            raise RefusedError(_(WRONG_CODE))
        codes = _new_codes()
        await self._kept.turn_on(guardian.id, secret, step, [_hashed(code) for code in codes])
        return codes

    async def turn_off(self, guardian: Guardian) -> None:
        await self._kept.turn_off(guardian.id)

    async def new_codes(self, guardian: Guardian) -> Sequence[str]:
        """In place of all recovery codes that there were."""
        codes = _new_codes()
        await self._kept.replace_codes(guardian.id, [_hashed(code) for code in codes])
        return codes

    async def codes_left(self, guardian: Guardian) -> int:
        """How many recovery codes were not used yet."""
        return await self._kept.codes_left(guardian.id)

    async def accepts(self, guardian: Guardian, code: str) -> bool:
        """Whether it is what the app shows now, or a recovery code; each counts once."""
        plain = _plain(code)
        if len(plain) == CODE_LENGTH:
            return await self._kept.use_code(guardian.id, _hashed(plain))
        secret = await self._kept.secret(guardian.id)
        step = self._step_of(secret, plain)
        return step is not None and await self._kept.use_step(guardian.id, step)

    def _step_of(self, secret: str, code: str) -> int | None:
        """The number of the 30 seconds that the code is of, if it is near now."""
        plain, totp = _plain(code), pyotp.TOTP(secret)
        now = int(self._clock.now().timestamp()) // STEP_S
        for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1):
            if secrets.compare_digest(totp.generate_otp(step).encode(), plain.encode()):
                return step
        return None


def _new_codes() -> list[str]:
    codes = (
        "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)
    )
    return ["-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4)) for code in codes]


def _plain(code: str) -> str:
    """As it is kept: without spaces and dashes, in capital letters."""
    return "".join(c for c in code[:MAX_CODE_CHARS].upper() if c.isascii() and c.isalnum())


def _hashed(code: str) -> str:
    return hashlib.sha256(_plain(code).encode()).hexdigest()
