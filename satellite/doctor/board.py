"""What the doctor looks at on the board itself: light, button, heat, power, clock and the folder for what it keeps."""

import errno
import time
from pathlib import Path
from typing import Final

from satellite.board import gpio, vitals
from satellite.board.gpio import BUTTON_PIN, RGB_PINS, PushButton
from satellite.board.hardware import Hardware, make_lamp
from satellite.clock import BUILT_S, Clock
from satellite.doctor.finding import CheckResult, fail, ok, skip, warn
from satellite.doctor.sound import STOP_IT
from satellite.errors import DeviceError
from satellite.update.software import Software
from satellite.wire import opus

COLOUR_S: Final = 0.7
PRESS_S: Final = 5.0
WARM_C: Final = 70.0
HOT_C: Final = 80.0
"""The Pi slows itself down from here."""

PROBE_BYTES: Final = 4096
"""An empty file finds room on a full card."""

_ANOTHERS: Final = "sudo, if it is the service's; else name another with --state"
_CARD: Final = {
    errno.ENOSPC: "the card is full: sudo du -xh / | sort -h | tail says of what",
    errno.EROFS: "the card takes nothing any more: write another, and pair again",
}

_ROOT: Final = Path("/")
_NO_PINS: Final = "this is no Raspberry Pi"
_UNDER_VOLTAGE, _SLOWED = 1, 1 << 1 | 1 << 2 | 1 << 3
_SINCE_START: Final = 16
"""The firmware keeps what ever happened this many bits above what happens now."""


async def examine_light(hardware: Hardware, clock: Clock) -> CheckResult:
    """Shows red, green and blue."""
    if not gpio.available():
        return skip("light", _NO_PINS)
    try:
        lamp = make_lamp(hardware)
    except DeviceError as error:
        return fail("light", str(error), STOP_IT)
    try:
        for colour in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
            lamp.show(*colour)
            await clock.sleep(COLOUR_S)
    except OSError as error:
        return fail("light", f"{error.strerror}", "see its wires")
    finally:
        lamp.close()
    where = "the HAT" if hardware.lights_on_spi else "GPIO {}, {} and {}".format(*RGB_PINS)
    return ok("light", f"showed red, green and blue on {where}: did you see them?")


async def examine_button(clock: Clock, *, ask: bool) -> CheckResult:
    """Its state now; with `ask`, waits for a press, for a while."""
    if not gpio.available():
        return skip("button", _NO_PINS)
    try:
        button = PushButton(lambda: None, lambda: None)
    except DeviceError as error:
        return fail("button", str(error), STOP_IT)
    try:
        if button.is_down:
            return fail(
                "button",
                f"GPIO {BUTTON_PIN} reads as pressed",
                f"nobody pressed? then it is wired to the wrong pins: GPIO {BUTTON_PIN} and ground",
            )
        waited_s = 0.0
        while ask and waited_s < PRESS_S:
            if button.is_down:
                return ok("button", f"felt a press on GPIO {BUTTON_PIN}")
            await clock.sleep(0.05)
            waited_s += 0.05
    finally:
        button.close()
    if ask:
        advice = f"pressed it? then see its wires: GPIO {BUTTON_PIN} and ground"
        return warn("button", f"GPIO {BUTTON_PIN}: no press in {PRESS_S:g} s", advice)
    return ok("button", f"GPIO {BUTTON_PIN} reads as not pressed")


def examine_heat(root: Path = _ROOT) -> CheckResult:
    celsius = vitals.celsius(root)
    if celsius is None:
        return skip("heat", "this machine does not say")
    if celsius >= HOT_C:
        return fail("heat", f"{celsius:.0f} °C: too hot", "let air to it; no stuffing around it")
    if celsius >= WARM_C:
        return warn("heat", f"{celsius:.0f} °C: warm", "let air to it; no stuffing around it")
    return ok("heat", f"{celsius:.0f} °C")


def examine_software(version: str, software: Software | None) -> CheckResult:
    """Which is run, and whether its hub's last update came up."""
    if software is None:
        return ok("software", f"version {version}, which its hub can't update")
    came = f"as its hub sent it ({software.running[:16]}…)" if software.running else "as installed"
    if software.failed:
        advice = "update it again from its page, or run the installer of the new version"
        return warn("software", f"version {version}, {came}: an update did not come up", advice)
    return ok("software", f"version {version}, {came}")


def examine_opus() -> CheckResult:
    """Whether sound can be compressed on its way to a paired hub and back."""
    if opus.problem():
        advice = "sudo apt install libopus0; until then sound is sent uncompressed"
        return warn("opus", "libopus is not installed", advice)
    return ok("opus", "sound is compressed on its way to the hub and back")


def examine_power(root: Path = _ROOT) -> CheckResult:
    """What the Pi's firmware says of its supply and of slowing down."""
    try:
        path = root / "sys/devices/platform/soc/soc:firmware/get_throttled"
        flags = int(path.read_text(), 16)
    except (OSError, ValueError):
        return skip("power", "this machine does not say")
    advice = "a better supply (5 V, 2.5 A), or a shorter and thicker cable"
    if flags & _UNDER_VOLTAGE:
        return fail("power", "the voltage is too low now", advice)
    if flags >> _SINCE_START & _UNDER_VOLTAGE:
        return warn("power", "the voltage was too low since it started", advice)
    if (flags | flags >> _SINCE_START) & _SLOWED:
        return warn("power", "it slowed down since it started", "heat: let air to it")
    return ok("power", "voltage and speed are as they should be")


def examine_clock(now_s: float | None = None, root: Path = _ROOT) -> CheckResult:
    now_s = time.time() if now_s is None else now_s
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_s))
    advice = "it asks the network for the time: timedatectl; toy and hub talk all the same"
    if now_s < BUILT_S:
        return warn("clock", f"was never set: {shown}", advice)
    if not (root / "run/systemd/timesync/synchronized").exists():
        return warn("clock", f"{shown}, not set by the network yet", advice)
    return ok("clock", f"{shown}, set by the network")


def examine_folder(folder: Path, root: Path = _ROOT) -> CheckResult:
    """Where its identity and its pairing are kept: written, and still there after a power cut?"""
    try:
        probe = folder / "doctor"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(bytes(PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        advice = _CARD.get(error.errno or 0, _ANOTHERS)
        return fail("folder", f"{folder}: can't write: {error.strerror}", advice)
    kind, point = _file_system(folder.resolve(), root)
    if kind in ("tmpfs", "ramfs", "overlay"):
        advice = "mount a small partition there, or the toy pairs anew after each start"
        if point == str(folder.resolve()):
            # A partition of its own, but what protects the card covers it.
            spared = "overlayroot=tmpfs:recurse=0 in /boot/firmware/cmdline.txt"
            advice = f"{spared} spares its partition"
        return warn("folder", f"{folder} is on {kind}: forgotten without power", advice)
    return ok("folder", f"{folder} keeps what it must")


def _file_system(folder: Path, root: Path) -> tuple[str, str]:
    """The kind that holds `folder`, and where it is mounted: the longest mount point above it."""
    kind, above = "", ""
    try:
        mounts = (root / "proc/mounts").read_text().splitlines()
    except OSError:
        return kind, above
    for mount in mounts:
        _, point, this_kind, *_ = mount.split()
        if folder.is_relative_to(point) and len(point) > len(above):
            kind, above = this_kind, point
    return kind, above
