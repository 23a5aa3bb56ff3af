"""`pommai-hub toys update NAME`: brings a paired toy this hub's version of its software, and shows how far it is."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from hub.cli.remote import RemoteHub
from hub.domain.clock import Clock
from hub.domain.toys import UpdateStep
from hub.errors import RefusedError
from hub.house_requests import Json

LOOK_S = 1.0
WORDS = {
    UpdateStep.OFFERED: "waiting",
    UpdateStep.SENDING: "sending, between talks",
    UpdateStep.WAITING: "away; it gets the rest when it is back",
    UpdateStep.INSTALLING: "checking and unpacking",
    UpdateStep.STARTING: "starting with it",
}


async def update(remote: RemoteHub, satellite: str, clock: Clock, console: Console | None) -> Json:
    """The satellite, once it runs this hub's version. Raises PommaiError with why it doesn't."""
    found = await remote.update(satellite)
    told = found["update"]
    if console is not None:
        console.print(
            f"{found['name']} runs {found['firmware']}; this hub has {told['version']} for it, SHA-256\n"
            f"{told['sha256']}",
            markup=False,
        )
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, disable=console is None, transient=True) as progress:
        bar = progress.add_task("", total=100)
        while told is not None:
            if told["step"] == UpdateStep.FAILED:
                raise RefusedError(f"{found['name']} was not updated: {told['detail']}")
            progress.update(bar, description=WORDS[told["step"]], completed=told["percent"])
            await clock.sleep(LOOK_S)
            found = await _found(remote, found["key"])
            told = found["update"]
    return found


async def _found(remote: RemoteHub, key: str) -> Json:
    """Raises RefusedError where it was released meanwhile."""
    for satellite in (await remote.toys())["satellites"]:
        if satellite["key"] == key and satellite["adopted"]:
            found: Json = satellite
            return found
    raise RefusedError("it was released before it was updated")
