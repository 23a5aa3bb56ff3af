"""Who may become the toy's hub: a window of some minutes, a code that is spoken, and one guess at each code.

A toy without a hub opens the window when it starts, any toy when its button is held, and forgets its
hub by that. A wrong guess spends the code; the next one is spoken after a pause that grows. Whoever guesses wrong too
often is no longer listened to, whatever his reason, so that a stranger in the network can't use up the
guesses of the family; too many of all together lock the toy until its button is held again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from wyoming.event import Event

from satellite.audio.prompts import RecordedPrompts
from satellite.board.panel import Panel, State
from satellite.clock import Clock, happens
from satellite.link import HubLink
from satellite.pairing.crypto_process import prove
from satellite.pairing.keys import KeyStore
from satellite.wire import pairing
from satellite.wire.stream import WireError

OPEN_S: Final = 300.0
REPEAT_S: Final = 20.0
"""Between one time that a code is spoken and the next."""
FIRST_PAUSE_S: Final = 2.0
"""After a wrong guess; twice as long after each further one."""
MAX_WRONG: Final = 8
MAX_WRONG_PER_ADDRESS: Final = 3
"""From one address."""
HEAD_START_S: Final = 30.0
"""Once several addresses have guessed wrong, each code is for those that haven't for so long, times the others' wrong
guesses: time enough for a parent to hear it and type it."""
MAX_ATTEMPTS_PER_ADDRESS: Final = 20
"""Those that were broken off included: each costs a Pi seconds of its processor."""

Refusal = tuple[str, str]
"""Text and code of an `error`."""

_WAIT: Final[Refusal] = ("wait for the code that the toy says next", pairing.WAIT)
_LATER: Final[Refusal] = ("others guess, too: try again in half a minute", pairing.WAIT)
_CLOSED: Final[Refusal] = (
    "hold the toy's button for eight seconds to let a hub pair",
    pairing.CLOSED,
)
ANNOUNCED_DIGITS: Final = 16
"""Of the certificate's fingerprint."""

_log = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class _Code:
    made_s: float
    """By the clock, when it was first spoken."""
    digits: str = field(default_factory=lambda: _digits(), repr=False)
    guessed: bool = False
    """Somebody has had the one guess, right or wrong."""
    spent: asyncio.Event = field(default_factory=asyncio.Event)
    """What the guess, a new window or the end of this one brings about has happened."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It is no longer spoken."""


class PairingWindow:
    def __init__(
        self,
        keys: KeyStore,
        prompts: RecordedPrompts,
        panel: Panel,
        tell: Callable[[str], None],
        clock: Clock,
        silence: Callable[[], Awaitable[None]],
    ) -> None:
        """`tell` gets a line for whoever sees the toy's own screen.

        `silence` is awaited before a code is spoken: nobody else uses the speaker when it returns.
        """
        self.changed = asyncio.Event()
        """Set whenever `state` is another; whoever waits for it clears it."""
        self.hub_tasks: set[asyncio.Task[None]] = set()
        """The tasks that serve its hub's links; they end when the hub is forgotten."""
        self._silence = silence
        self.keys = keys
        self._prompts = prompts
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
    def state(self) -> str:
        """As hubs are told: "paired", "open" or "closed"."""
        if self.keys.paired:
            return "paired"
        return "closed" if self._code is None else "open"

    def announced(self) -> dict[str, str]:
        """For the TXT record."""
        return {
            "fp": self.keys.fingerprint[:ANNOUNCED_DIGITS],
            "paired": str(int(self.keys.paired)),
            "pairing": str(int(self.state == "open")),
        }

    @property
    def locked(self) -> bool:
        return self._wrong.total() >= MAX_WRONG

    def open(self) -> None:
        """Forget the hub, if there is one, and let a hub pair from now on: the long hold of the button."""
        self._wanted.set()
        if self._code is not None:
            self._code.spent.set()

    async def run(self) -> None:
        """Until cancelled."""
        if not self.keys.paired:
            self.open()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self.forget()
            await self._silence()
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
                self.changed.set()

    async def forget(self) -> None:
        """No hub is this toy's any more."""
        async with self._deciding:
            if not self.keys.paired:
                return
            try:
                await asyncio.to_thread(self.keys.forget)
            except OSError as error:
                _log.error("the hub is forgotten until the next start only: %s", error)
        # Its links end before anything is said, and with them its control.
        tasks = [task for task in self.hub_tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.changed.set()

    async def _offer_codes(self) -> None:
        """One after the other, until a hub has paired, all guesses are used up or a new window is wanted."""
        pause_s = FIRST_PAUSE_S
        while True:
            code = self._code = _Code(self._clock.monotonic())
            self._tell(f"pairing code {code.digits[:3]} {code.digits[3:]}")
            self.changed.set()
            await self._speak_until_spent(code)
            if self.keys.paired:
                self._tell("paired")
                return
            if self.locked:
                self._tell("too many wrong codes: hold the button, or type pair, to try again")
                return
            if await happens(self._wanted, self._clock, pause_s):
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
            await self._prompts.say(["code", *code.digits])
            await self._clock.sleep(REPEAT_S)

    async def converse(self, link: HubLink, first: Event) -> None:
        """One attempt of whoever is at the other end, from its `pommai-pair-start`. Raises WireError."""
        start = pairing.PairingStart.from_event(first)
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

    async def _attempt(self, link: HubLink, start: pairing.PairingStart, code: _Code) -> None:
        ends = pairing.PairingEnds(start.certificate, self.keys.certificate)
        async with self._computing:
            proof = await prove(code.digits, start, ends.toy, self._clock)
        await link.write(pairing.share_event(proof.share))
        mac = pairing.mac_of(await _confirmation(link, self._clock))
        if code.guessed or code.spent.is_set():
            await link.dismiss(*(_WAIT if self._code else _CLOSED))
            return
        code.guessed = True
        if not pairing.is_mac(mac, pairing.hub_mac(proof.key, ends)):
            self._wrong[link.host] += 1
            code.spent.set()
            _log.warning("%s gave a wrong pairing code", link.peer)
            await link.dismiss(
                "that was not the code: the toy says another one", pairing.WRONG_CODE
            )
            return
        try:
            await self._keep(start.certificate)
        finally:
            code.spent.set()
        _log.info("paired with %s", link.peer)
        self.changed.set()
        await code.over.wait()
        await link.write(pairing.mac_event(pairing.DONE, pairing.toy_mac(proof.key, ends)))

    async def _keep(self, hub: bytes) -> None:
        async with self._deciding:
            try:
                await asyncio.to_thread(self.keys.pair, hub)
            except OSError as error:
                raise WireError(f"the toy can't keep its hub: {error}") from error

    def _refusal(self, host: str) -> Refusal | None:
        """Why nobody at that address can guess now; None when they can."""
        if self.locked:
            return "too many wrong codes: hold the toy's button for eight seconds", pairing.LOCKED
        if self._code is None:
            return _CLOSED
        wrong, attempts = self._wrong[host], self._attempts[host]
        if wrong >= MAX_WRONG_PER_ADDRESS or attempts >= MAX_ATTEMPTS_PER_ADDRESS:
            return "too many attempts came from there", pairing.LOCKED
        if self._code.guessed or host in self._talking:
            return _WAIT
        age_s = self._clock.monotonic() - self._code.made_s
        if len(self._wrong) > 1 and age_s < wrong * HEAD_START_S:
            return _LATER
        return None


def _digits() -> str:
    import secrets  # most starts of a toy need no code

    return f"{secrets.randbelow(10**pairing.CODE_DIGITS):0{pairing.CODE_DIGITS}}"


async def _confirmation(link: HubLink, clock: Clock) -> Event:
    try:
        async with clock.timeout(pairing.MAX_STEP_S):
            event = await link.read()
    except TimeoutError as error:
        raise WireError(f"no {pairing.CONFIRM} came within {pairing.MAX_STEP_S:g} s") from error
    if not isinstance(event, Event) or event.type != pairing.CONFIRM:
        raise WireError(f"{pairing.CONFIRM} must come next")
    return event
