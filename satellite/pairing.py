"""Who may become the toy's hub: a window of some minutes, a code that is spoken, and one guess at each code.

A toy without a hub opens the window when it starts, any toy when its button is held, and forgets its
hub by that. A wrong guess spends the code; the next one is spoken after a pause that grows. Whoever guesses wrong too
often is no longer listened to, whatever his reason, so that a stranger in the network can't use up the
guesses of the family; too many of all together lock the toy until its button is held again.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from wyoming.event import Event

from satellite import wire_pairing as said
from satellite.clock import Clock
from satellite.link import Link
from satellite.mouth import Mouth
from satellite.panel import Panel, State
from satellite.vault import Vault
from satellite.wire import WireError
from satellite.workshop import prove

OPEN_S: Final = 300.0
REPEAT_S: Final = 20.0
"""Between one time that a code is spoken and the next."""
FIRST_PAUSE_S: Final = 2.0
"""After a wrong guess; twice as long after each further one."""
MOST_WRONG: Final = 8
MOST_WRONG_OF_ONE: Final = 3
"""From one address."""
MOST_ATTEMPTS_OF_ONE: Final = 20
"""Those that were broken off included: each costs a Pi seconds of its processor."""

Refusal = tuple[str, str]
"""Text and code of an `error`."""

_WAIT: Final[Refusal] = ("wait for the code that the toy says next", said.WAIT)
_CLOSED: Final[Refusal] = (
    "hold the toy's button for eight seconds to let a hub pair",
    said.CLOSED,
)
ANNOUNCED_DIGITS: Final = 16
"""Of the certificate's fingerprint."""

_log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class _Code:
    digits: str = field(default_factory=lambda: _digits(), repr=False)
    guessed: bool = False
    """Somebody has had the one guess, right or wrong."""
    spent: asyncio.Event = field(default_factory=asyncio.Event)
    """What the guess, a new window or the end of this one brings about has happened."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It is no longer spoken."""


class Pairing:
    def __init__(
        self, vault: Vault, mouth: Mouth, panel: Panel, tell: Callable[[str], None], clock: Clock
    ) -> None:
        """`tell` gets a line for whoever sees the toy's own screen."""
        self.on_change: Callable[[], None] = lambda: None
        """Called when `state` is another."""
        self.on_forget: Callable[[], Awaitable[None]] = _nothing
        """Called when the hub was forgotten: its links must end before anything is said."""
        self.silence: Callable[[], Awaitable[None]] = _nothing
        """Called before a code is spoken: nobody else uses the speaker when it returns."""
        self._vault = vault
        self._mouth = mouth
        self._panel = panel
        self._tell = tell
        self._clock = clock
        self._wanted = asyncio.Event()
        self._code: _Code | None = None
        self._wrong: Counter[str] = Counter()
        """Guesses by address, since the window was opened."""
        self._attempts: Counter[str] = Counter()
        self._talking: set[str] = set()
        """Addresses that are in the middle of pairing."""
        self._computing = asyncio.Lock()
        self._deciding = asyncio.Lock()
        """A hub is being kept or forgotten."""

    @property
    def vault(self) -> Vault:
        return self._vault

    @property
    def state(self) -> str:
        """As hubs are told: "paired", "open" or "closed"."""
        if self._vault.paired:
            return "paired"
        return "closed" if self._code is None else "open"

    def announced(self) -> dict[str, str]:
        """For the TXT record."""
        return {
            "fp": self._vault.fingerprint[:ANNOUNCED_DIGITS],
            "paired": str(int(self._vault.paired)),
            "pairing": str(int(self.state == "open")),
        }

    @property
    def locked(self) -> bool:
        return self._wrong.total() >= MOST_WRONG

    def open(self) -> None:
        """Forget the hub, if there is one, and let a hub pair from now on: the long hold of the button."""
        self._wanted.set()
        if self._code is not None:
            self._code.spent.set()

    async def run(self) -> None:
        """Until cancelled."""
        if not self._vault.paired:
            self.open()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.forget()
            await self.silence()
            self._wrong.clear()
            self._attempts.clear()
            self._panel.show(State.PAIRING)
            try:
                async with self._clock.timeout(OPEN_S):
                    await self._offer_codes()
            except TimeoutError:
                self._tell("nobody paired this toy: hold its button, or type pair, to try again")
            finally:
                self._code = None
                self._panel.show(State.HUB_AWAY)
                self.on_change()

    async def forget(self) -> None:
        """No hub is this toy's any more."""
        async with self._deciding:
            if not self._vault.paired:
                return
            try:
                await asyncio.to_thread(self._vault.forget)
            except OSError as error:
                _log.error("the hub is forgotten until the next start only: %s", error)
        await self.on_forget()
        self.on_change()

    async def _offer_codes(self) -> None:
        """One after the other, until a hub has paired, all guesses are used up or a new window is wanted."""
        pause_s = FIRST_PAUSE_S
        while True:
            code = self._code = _Code()
            self._tell(f"pairing code {code.digits[:3]} {code.digits[3:]}")
            self.on_change()
            await self._speak_until_spent(code)
            if self._vault.paired:
                self._tell("paired")
                return
            if self.locked:
                self._tell("too many wrong codes: hold the button, or type pair, to try again")
                return
            with contextlib.suppress(TimeoutError):
                async with self._clock.timeout(pause_s):
                    await self._wanted.wait()
            if self._wanted.is_set():
                return
            pause_s *= 2

    async def _speak_until_spent(self, code: _Code) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._speak(code), name="pairing code")
                await code.spent.wait()
                speaking.cancel()
        finally:
            code.spent.set()
            code.over.set()

    async def _speak(self, code: _Code) -> None:
        while True:
            await self._mouth.say(["code", *code.digits])
            await self._clock.sleep(REPEAT_S)

    async def converse(self, link: Link, first: Event) -> None:
        """One attempt of whoever is at the other end, from its `pommai-pair-start`. Raises WireError."""
        start = said.Start.from_event(first)
        code, refusal = self._code, self._refusal(link.host)
        if code is None or refusal is not None:
            await link.dismiss(*(refusal or _WAIT))
            return
        self._talking.add(link.host)
        self._attempts[link.host] += 1
        try:
            await self._attempt(link, start, code)
        finally:
            self._talking.discard(link.host)

    async def _attempt(self, link: Link, start: said.Start, code: _Code) -> None:
        ends = said.Ends(start.certificate, self._vault.certificate)
        async with self._computing:
            proof = await prove(code.digits, start, ends.toy, self._clock)
        await link.write(said.share_event(proof.share))
        mac = said.mac_of(await _confirmation(link, self._clock))
        if code.guessed or code.spent.is_set():
            await link.dismiss(*(_WAIT if self._code else _CLOSED))
            return
        code.guessed = True
        if not said.is_mac(mac, said.hub_mac(proof.key, ends)):
            self._wrong[link.host] += 1
            code.spent.set()
            _log.warning("%s gave a wrong pairing code", link.peer)
            await link.dismiss("that was not the code: the toy says another one", said.WRONG_CODE)
            return
        try:
            await self._keep(start.certificate)
        finally:
            code.spent.set()
        _log.info("paired with %s", link.peer)
        self.on_change()
        await code.over.wait()
        await link.write(said.mac_event(said.DONE, said.toy_mac(proof.key, ends)))

    async def _keep(self, hub: bytes) -> None:
        async with self._deciding:
            try:
                await asyncio.to_thread(self._vault.pair, hub)
            except OSError as error:
                raise WireError(f"the toy can't keep its hub: {error}") from error

    def _refusal(self, host: str) -> Refusal | None:
        """Why nobody at that address can guess now; None when they can."""
        if self.locked:
            return "too many wrong codes: hold the toy's button for eight seconds", said.LOCKED
        if self._code is None:
            return _CLOSED
        wrong, attempts = self._wrong[host], self._attempts[host]
        if wrong >= MOST_WRONG_OF_ONE or attempts >= MOST_ATTEMPTS_OF_ONE:
            return "too many attempts came from there", said.LOCKED
        if self._code.guessed or host in self._talking:
            return _WAIT
        return None


def _digits() -> str:
    import secrets  # most starts of a toy need no code

    return f"{secrets.randbelow(10**said.CODE_DIGITS):0{said.CODE_DIGITS}}"


async def _confirmation(link: Link, clock: Clock) -> Event:
    try:
        async with clock.timeout(said.STEP_S):
            event = await link.read()
    except TimeoutError as error:
        raise WireError(f"no {said.CONFIRM} came within {said.STEP_S:g} s") from error
    if event is None or event.type != said.CONFIRM:
        raise WireError(f"{said.CONFIRM} must come next")
    return event


async def _nothing() -> None:
    """For who has no links to end, and nobody to silence."""
