"""What the doctor asks of the network: our address, the signal, whether the toy runs and is seen, and its hub."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from satellite.announcer import PLAIN_SERVICE, SECURE_SERVICE, own_addresses
from satellite.board.vitals import wifi
from satellite.clock import Clock
from satellite.doctor.finding import CheckResult, fail, ok, skip, warn
from satellite.hub_control import HubContact
from satellite.wire.watchdog import answers

LOOK_S: Final = 3.0
FRESH_S: Final = 86_400.0
WEAK_DBM: Final = -75.0
START_IT: Final = "sudo systemctl start pommai-satellite"

_ROOT: Final = Path("/")

Txt = Mapping[bytes, bytes | None]


def examine_addresses(addresses: tuple[str, ...]) -> CheckResult:
    if not addresses:
        advice = "join it to the Wi-Fi: sudo nmtui, or Raspberry Pi Imager's settings"
        return fail("network", "this machine has no address", advice)
    return ok("network", ", ".join(addresses))


def examine_signal(root: Path = _ROOT) -> CheckResult:
    """The Wi-Fi's strength, as the kernel measures it."""
    if (signal := wifi(root)) is None:
        return skip("wi-fi", "not in use here")
    name, dbm = signal
    if dbm < WEAK_DBM:
        return warn("wi-fi", f"{name}: {dbm:.0f} dBm: weak", "nearer to the router, or a repeater")
    return ok("wi-fi", f"{name}: {dbm:.0f} dBm")


async def examine_service(port: int, clock: Clock) -> CheckResult:
    if await answers(("127.0.0.1", port), clock):
        return ok("toy", f"runs, on port {port}")
    return warn("toy", f"nothing answers on port {port}", f"start it: {START_IT}")


async def examine_announcement(
    device_id: str, interfaces: tuple[str, ...], clock: Clock
) -> CheckResult:
    """Whether zeroconf shows this toy, as a hub would see it."""
    try:
        found = await _look_for(device_id, interfaces, clock)
    except OSError as error:
        return fail("zeroconf", f"can't ask the network: {error}", "is there a network?")
    if found is None:
        advice = f"if the toy does not run: {START_IT}; else look at its log: journalctl -u pommai-satellite"
        return warn("zeroconf", "nobody announces this toy", advice)
    secure, txt = found
    if not secure:
        return warn("zeroconf", "announced, not encrypted", "leave out --plain to pair and encrypt")
    if txt.get(b"pairing") == b"1":
        return ok("zeroconf", "announced; pairing is open: pommai-hub toys pair NAME CODE")
    if txt.get(b"paired") == b"1":
        return ok("zeroconf", "announced; paired")
    advice = "hold the button for 8 seconds, then on the hub: pommai-hub toys pair NAME CODE"
    return warn("zeroconf", "announced; not paired with a hub", advice)


async def _look_for(
    device_id: str, interfaces: tuple[str, ...], clock: Clock
) -> tuple[bool, Txt] | None:
    """Whether the toy of that id is a secure one, and its TXT record."""
    from zeroconf import IPVersion, ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    seen: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

    def changed(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        ours = f"-{device_id}." in name and state_change is not ServiceStateChange.Removed
        if ours and not seen.done():
            seen.set_result((service_type, name))

    asked = AsyncZeroconf(interfaces=list(interfaces), ip_version=IPVersion.V4Only)
    try:
        browser = AsyncServiceBrowser(
            asked.zeroconf, [SECURE_SERVICE, PLAIN_SERVICE], handlers=[changed]
        )
        try:
            async with clock.timeout(LOOK_S):
                service_type, name = await seen
        except TimeoutError:
            return None
        finally:
            await browser.async_cancel()
        info = AsyncServiceInfo(service_type, name)
        await info.async_request(asked.zeroconf, 1000 * LOOK_S)
        return service_type == SECURE_SERVICE, info.properties
    finally:
        await asked.async_close()


def examine_hub(last: HubContact | None, now_s: float | None = None) -> CheckResult:
    """When a hub was last there."""
    if last is None:
        advice = "on the hub's computer: pommai-hub toys list; are both in the same network?"
        return warn("hub", "none was ever there", advice)
    ago_s = (time.time() if now_s is None else now_s) - last.epoch_s
    if ago_s < 0:
        return ok("hub", f"{last.hub} was there, when is not known: the clock was wrong")
    if ago_s > FRESH_S:
        advice = "does it run? pommai-hub run; are both in the same network?"
        return warn("hub", f"{last.hub} was there {ago_s / FRESH_S:.0f} days ago", advice)
    return ok("hub", f"{last.hub} was there {_ago(ago_s)} ago")


def addresses(interfaces: list[str]) -> tuple[str, ...]:
    """Those to look on: as told, else all of this machine."""
    return tuple(interfaces) or own_addresses()


def _ago(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
