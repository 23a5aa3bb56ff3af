"""Brings paired satellites this hub's own version of their software, when a parent wants it: between turns, in pieces.

`UpdateDelivery.note` gets what a satellite says that it runs, `begin` is called when a parent wants the update. One
that lost its link goes on when the satellite is back; what came of it stands in the satellite's `update`.
"""

import asyncio
import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import structlog

from hub.devices.commands import CommandChannel, LinkedDevice
from hub.devices.phrases import BUSY_S, PAUSE_S
from hub.domain.clock import Clock
from hub.domain.toys import SoftwareUpdate, UpdateStep
from hub.errors import DataError, LinkError, PommaiError, RefusedError
from hub.translation import gettext as _
from satellite.wire import stream as wire
from satellite.wire.commands import MAX_PIECE_BYTES, RESTART, Command, StatusReport
from satellite.wire.extensions import PROTOCOL
from satellite.wire.update import (
    MAX_INSTALL_S,
    MAX_UPDATE_BYTES,
    UpdateOffer,
    UpdatePiece,
    install,
)

log = structlog.get_logger()

UNDER_WAY: Final = (
    UpdateStep.SENDING,
    UpdateStep.INSTALLING,
    UpdateStep.STARTING,
    UpdateStep.WAITING,
)
RESTART_S: Final = 30.0
"""A toy that still talks over the same link so long after it was to start anew does not do it."""
DID_NOT_START: Final = "it has the new software, but does not start anew: switch it off and on"
DID_NOT_COME_UP: Final = "the new software did not come up on it, so it took its old one again"
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""What a zip can say; when a file was installed says nothing."""
_FOR_TOYS: Final = re.compile(r"""extra\s*==\s*['"](?!satellite['"])""")
"""In what a package needs for something else than a toy."""


@dataclass(frozen=True)
class Wheel:
    version: str
    sha256: str
    data: bytes = field(repr=False)


class OwnSoftware:
    """What this hub has for toys, made once, in a thread."""

    def __init__(self, make: Callable[[], Wheel] | None = None) -> None:
        self._make = make or own_wheel
        self._wheel: Wheel | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wheel")

    async def wheel(self) -> Wheel:
        """Raises DataError."""
        if self._wheel is None:
            loop = asyncio.get_running_loop()
            self._wheel = await loop.run_in_executor(self._thread, self._make)
        return self._wheel


class UpdateDelivery:
    """Of one satellite."""

    def __init__(self, device: LinkedDevice, software: OwnSoftware, clock: Clock) -> None:
        self.running: str | None = None
        """Of one that is linked and takes updates: the SHA-256 of what it runs, "" for what was installed."""
        self.update: SoftwareUpdate | None = None
        """What this hub has for it, unless it has that."""
        self._device = device
        self._software = software
        self._clock = clock
        self._restarted = False
        """It was to start anew, and went."""
        self._told_to_start_s = 0.0
        """When it was."""

    def parted(self) -> None:
        """It is no longer linked."""
        self.running = None
        if self.update is None or self.update.step not in UNDER_WAY:
            self.update = None
        elif self.update.step is UpdateStep.STARTING:
            self._restarted = True

    def note(self, report: StatusReport) -> None:
        """What it says of itself, each minute."""
        if report.software is None:
            self.update = None
        else:
            self.running = report.software
            self._device.spawn(self._look(report.failed or ""), "software")

    def begin(self) -> None:
        """Give the satellite this hub's version. Raises RefusedError, LinkError."""
        satellite = self._device.satellite
        if self._device.commands is None:
            raise LinkError(_("%(name)s is away: update it when it is back", name=satellite.name))
        if self.update is None and self.running is not None:
            raise RefusedError(
                _(
                    "%(name)s has this hub's version, %(firmware)s",
                    name=satellite.name,
                    firmware=satellite.firmware,
                )
            )
        if self.update is None:
            raise RefusedError(
                _(
                    "%(name)s is not updated from here: run the installer where it runs",
                    name=satellite.name,
                )
            )
        if self.update.step not in UNDER_WAY:
            self._show(replace(self.update, step=UpdateStep.SENDING, percent=0, detail=""))
            self._device.spawn(self._bring(), "update")

    async def _look(self, failed: str) -> None:
        """Compare what it runs with what this hub has."""
        try:
            wheel = await self._software.wheel()
        except PommaiError as error:
            log.error("no toy can be updated", error=str(error))
            return
        if self.running is None:
            return  # it went meanwhile
        key, version = self._device.satellite.key, self._device.satellite.firmware
        known = self.update
        restarted, self._restarted = self._restarted, False
        if version == wheel.version:
            if known is not None:
                self.update = None
                log.info("a toy's software is up to date", satellite=key, version=version)
                self._device.changed()
        elif known is None or restarted:
            offer = SoftwareUpdate(wheel.version, wheel.sha256)
            if restarted or failed == wheel.sha256:
                log.warning("an update did not come up", satellite=key, version=wheel.version)
                offer = replace(offer, step=UpdateStep.FAILED, detail=DID_NOT_COME_UP)
            self._show(offer)
        elif known.step is UpdateStep.WAITING:
            self._show(replace(known, step=UpdateStep.SENDING))
            await self._bring()
        elif (
            known.step is UpdateStep.STARTING
            and self._clock.monotonic() - self._told_to_start_s >= RESTART_S
        ):
            log.warning("a toy does not start anew", satellite=key, version=wheel.version)
            self._show(replace(known, step=UpdateStep.FAILED, detail=DID_NOT_START))

    async def _bring(self) -> None:
        """Over this link or those that follow; where it is gone for longer, its next report begins it again."""
        update, key = self.update, self._device.satellite.key
        if update is None:
            return  # it was withdrawn before this began
        while (commands := self._device.commands) is not None:
            try:
                await self._send(update, commands, await self._software.wheel())
            except LinkError as error:
                log.info("a toy went before it had its update", satellite=key, error=str(error))
            except PommaiError as error:
                log.warning("a toy does not take its update", satellite=key, error=str(error))
                self._show(replace(update, step=UpdateStep.FAILED, detail=str(error)))
                return
            else:
                return
            if self.update is None or self.update.step not in UNDER_WAY:
                return  # it started with it, and came up or not: just its answer was lost
            if self._device.commands is commands:
                break
        self._show(replace(self.update or update, step=UpdateStep.WAITING))

    async def _send(self, update: SoftwareUpdate, commands: CommandChannel, wheel: Wheel) -> None:
        """Raises LinkError, and RefusedError with what the toy has against it."""
        size = len(wheel.data)
        if size > MAX_UPDATE_BYTES:
            raise RefusedError(
                _(
                    "it is too large for a toy: %(size)s bytes of %(most)s",
                    size=size,
                    most=MAX_UPDATE_BYTES,
                )
            )
        offer = UpdateOffer(wheel.version, PROTOCOL, wheel.sha256, size)
        at = (await commands.ask(offer.event)).at or 0
        while at < size:
            self._show(replace(update, step=UpdateStep.SENDING, percent=100 * at // size))
            await self._wait_for_quiet(commands)
            piece = UpdatePiece(at, wheel.data[at : at + MAX_PIECE_BYTES])
            at += len(piece.data)
            if (await commands.ask(piece.event)).at != at:
                raise LinkError(_("it has lost count of what came"))
            await self._clock.sleep(PAUSE_S)
        self._show(replace(update, step=UpdateStep.INSTALLING, percent=100))
        await commands.ask(lambda number: install(wheel.sha256, number), MAX_INSTALL_S)
        await self._wait_for_quiet(commands)
        self._told_to_start_s = self._clock.monotonic()
        self._show(replace(update, step=UpdateStep.STARTING, percent=100))
        await commands.ask(lambda number: Command(number, RESTART).event())
        key = self._device.satellite.key
        log.info("a toy starts with its update", satellite=key, version=wheel.version)

    async def _wait_for_quiet(self, commands: CommandChannel) -> None:
        """Wait until nobody talks. Raises LinkError when it is gone."""
        while not self._device.is_quiet:
            await self._clock.sleep(BUSY_S)
            if self._device.commands is not commands:
                raise LinkError(_("it went in the middle of a talk"))

    def _show(self, update: SoftwareUpdate) -> None:
        self.update = update
        self._device.changed()


def own_wheel() -> Wheel:
    """Reads and packs some hundred small files; blocks. Raises DataError."""
    package = Path(wire.__file__).parents[1]
    try:
        pommai = distribution("pommai")
        files = dict(_program(package)) | _about(pommai)
    except (OSError, PackageNotFoundError) as error:
        raise DataError(
            _(
                "%(package)s: can't read the toy's software: %(error)s; install Pommai again",
                package=package,
                error=error,
            )
        ) from error
    data = _zipped(files, f"pommai-{pommai.version}.dist-info/RECORD")
    return Wheel(pommai.version, hashlib.sha256(data).hexdigest(), data)


def _program(package: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(package.parent).as_posix(), path.read_bytes()


def _about(pommai: Distribution) -> dict[str, bytes]:
    """As little as an installer asks for, whatever made the hub's own."""
    told = pommai.metadata
    lines = [
        "Metadata-Version: 2.1",
        "Name: pommai",
        f"Version: {pommai.version}",
        f"Requires-Python: {told['Requires-Python']}",
        "Provides-Extra: satellite",
        *(f"Requires-Dist: {text}" for text in pommai.requires or () if not _FOR_TOYS.search(text)),
    ]
    folder = f"pommai-{pommai.version}.dist-info"
    return {
        f"{folder}/METADATA": _text(lines),
        f"{folder}/WHEEL": _text(
            [
                "Wheel-Version: 1.0",
                "Generator: pommai",
                "Root-Is-Purelib: true",
                "Tag: py3-none-any",
            ]
        ),
        f"{folder}/entry_points.txt": _text(
            ["[console_scripts]", "pommai-satellite = satellite.__main__:main"]
        ),
    }


def _zipped(files: dict[str, bytes], record: str) -> bytes:
    """Not compressed, as every zlib does that in its own way."""
    rows = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as wheel:
        for name, content in (files | {record: _text([*rows, f"{record},,"])}).items():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            wheel.writestr(entry, content)
    return packed.getvalue()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _text(lines: list[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()
