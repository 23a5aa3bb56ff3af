"""`pommai-hub doctor`: what is installed, what would be used, and what to do where something is wrong."""

import argparse
import asyncio
import importlib.metadata
import platform
import shutil
import socket
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import ifaddr
from rich.console import Console
from rich.text import Text

from hub.cli.answers import print_json
from hub.cli.client import running_hub
from hub.cli.terminal import wrapped
from hub.config import Config
from hub.domain.toys import ProviderKind
from hub.errors import PommaiError
from hub.lan.descriptors import NEEDED, highest_limit
from hub.providers.auto import explain, warnings
from hub.providers.base import AsksServer, ProviderSetup
from hub.providers.moderation.advice import judge_advice
from hub.providers.pool import Providers
from hub.providers.registry import REGISTRY, load
from hub.storage.folder import prepare_folder
from satellite.wire import opus

PACKAGES = ("aiohttp", "faster-whisper", "openai", "sqlalchemy", "wyoming", "zeroconf")
EXTRAS = ("azure-ai-contentsafety", "elevenlabs", "espeakng-loader", "piper-tts", "pocketsphinx")
SATELLITE_PORT = 10700
LEAST_FREE_MB = 500

console = Console(highlight=False, soft_wrap=True, emoji=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` None is good to know only; `do` says what to do when it isn't ok."""

    about: str
    ok: bool | None
    detail: str
    do: str = ""
    group: str = "This machine"
    """Under which it is listed."""


def add_arguments(parser: argparse.ArgumentParser, _: str) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, config: Config) -> int:
    findings = asyncio.run(examine(config))
    healthy = all(finding.ok is not False for finding in findings)
    if args.json:
        found = {"ok": healthy, "findings": [asdict(finding) for finding in findings]}
        print_json(found)
        return 0 if healthy else 1
    broken = [finding for finding in findings if finding.ok is False]
    if broken:
        console.print(Text("To do first", "bold"))
        for finding in broken:
            _show(finding)
    for group in dict.fromkeys(finding.group for finding in findings):
        shown = [f for f in findings if f.group == group and f.ok is not False]
        if shown:
            console.print(
                Text(f"\n{group}" if broken or group != findings[0].group else group, "bold")
            )
        for finding in shown:
            _show(finding)
    console.print("A turn can run." if healthy else "Mend what is marked !! and try again.")
    return 0 if healthy else 1


MARKS = {True: ("ok", "green"), False: ("!!", "bold red"), None: ("--", "dim")}


def _show(finding: Finding) -> None:
    mark, style = MARKS[finding.ok]
    line = wrapped(f"{mark} {finding.about}: {finding.detail}", sys.stdout, indent=3)
    text = Text(line)
    text.stylize(style, 0, len(mark))
    console.print(text)
    if finding.do:
        console.print(Text(wrapped(f"   → {finding.do}", sys.stdout, indent=5)))


async def examine(config: Config) -> list[Finding]:
    findings = [_python(), *_packages(), _folder(config.hub.data), _descriptors(highest_limit())]
    async with running_hub(config.hub.data) as remote:
        running = remote is not None
        problems = (await remote.call("GET", "/health"))["providers"]["problems"] if remote else {}
    findings.append(
        Finding("hub", None, "runs on this data folder" if running else "doesn't run now")
    )
    findings += [
        Finding(f"{name} in the running hub", None, problem, "the next on the list answers")
        for name, problem in problems.items()
    ]
    guardian = config.guardian
    if not running:
        findings.append(_guardian_port(guardian.host, guardian.port))
    findings += [_opus(), _satellite_port(), _interfaces(config.hub.interfaces)]
    findings += await _providers(config)
    return findings


def _python() -> Finding:
    about = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    enough = sys.version_info >= (3, 11)
    return Finding("Python", enough, about, "" if enough else "install Python 3.11 or newer")


def _packages() -> Iterable[Finding]:
    for name in (*PACKAGES, *EXTRAS):
        try:
            yield Finding(name, True, importlib.metadata.version(name), group="Packages")
        except importlib.metadata.PackageNotFoundError:
            needed = name in PACKAGES
            do = f"pip install '{'pommai[hub]' if needed else name}'"
            yield Finding(name, False if needed else None, "not installed", do, group="Packages")


def _folder(folder: Path) -> Finding:
    try:
        prepare_folder(folder)
    except PommaiError as error:
        return Finding("data folder", False, str(error))
    free_mb = shutil.disk_usage(folder).free // 2**20
    do = "" if free_mb >= LEAST_FREE_MB else "free some space: models take 50 to 500 MB each"
    return Finding("data folder", not do, f"{folder}, {free_mb} MB free", do)


def _descriptors(found: int) -> Finding:
    enough = found >= NEEDED
    detail = f"{found} may be open at once"
    do = (
        ""
        if enough
        else (
            f"with fewer than {NEEDED} the hub takes fewer connections: raise `ulimit -Hn`, or "
            "LimitNOFILE= in its systemd unit"
        )
    )
    return Finding("files and connections", enough, detail, do)


def _guardian_port(host: str, port: int) -> Finding:
    taken = _taken(host, port)
    detail = f"{host}:{port} is {f'taken: {taken}' if taken else 'free'}"
    do = "choose another with --port, or 0 for any" if taken else ""
    return Finding("Guardian pages", not taken, detail, do)


def _opus() -> Finding:
    if problem := opus.problem():
        return Finding(
            "sound to paired toys", None, f"is sent as it is, ten times as much: {problem}"
        )
    return Finding("sound to paired toys", True, "is sent in Opus")


def _satellite_port() -> Finding:
    taken = _taken("127.0.0.1", SATELLITE_PORT)
    detail = "taken: a satellite runs on this machine" if taken else "free"
    return Finding(f"satellite port {SATELLITE_PORT}", None, detail)


def _taken(host: str, port: int) -> str:
    """Why nothing can listen there; "" when it can."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as place:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _interfaces(chosen: tuple[str, ...]) -> Finding:
    adapters = ifaddr.get_adapters()
    found = [str(ip.ip) for adapter in adapters for ip in adapter.ips if ip.is_IPv4]
    strange = [address for address in chosen if address not in found]
    detail = f"looks for toys on {', '.join(chosen or found) or 'no address'}"
    if strange or not found:
        do = f"this machine has {', '.join(found) or 'no network'}; change [hub] interfaces"
        return Finding("network", False, detail, do)
    return Finding("network", True, detail)


@dataclass(frozen=True, slots=True)
class _Provider:
    """Whether it could be taken, why, and whether anything leaves home through it."""

    ok: bool
    detail: str
    away: str


async def _providers(config: Config) -> list[Finding]:
    setup = ProviderSetup(config)
    providers = Providers(setup)
    try:
        selections = await providers.selections()
    finally:
        await providers.aclose()
    findings = [Finding("would use", None, explain(selections), group="What would be used")]
    names = {kind: selection.names for kind, selection in selections.items()}
    names[ProviderKind.SAFETY] = (*config.safety.use, *config.safety.added)
    names[ProviderKind.EMBEDDING] = config.embedding.use
    findings += [
        Finding("leaves this home", None, warning, group="What would be used")
        for warning in warnings(names, setup)
    ]
    for kind, selection in selections.items():
        usable = []
        wanted = getattr(config, kind).use
        for name in REGISTRY[kind]:
            found = await _looked_for(kind, name, setup, chosen=name in selection.names)
            place = "not chosen"
            if name in selection.names:
                place = f"choice {selection.names.index(name) + 1}"
                usable += [name] if found.ok else []
            detail = f"{found.detail} ({place}{found.away})"
            ok = found.ok or (False if name in wanted else None)
            do = "" if ok else "mend it, or take it off the list: until then the next one answers"
            findings.append(Finding(f"{kind} {name}", ok, detail, do, group="Providers"))
        do = "" if usable else "install one of the above, e.g. pip install 'pommai[all]'"
        listed = ", ".join(usable) or "none"
        findings.append(Finding(f"any {kind}", bool(usable), listed, do, group="Providers"))
    findings += [_remote_layer(name, setup) for name in REGISTRY[ProviderKind.SAFETY]]
    advice = await judge_advice(config)
    do = " && ".join(advice.commands)
    return [*findings, Finding("second judge", None, advice.text, do, group="What would be used")]


def _remote_layer(name: str, setup: ProviderSetup) -> Finding:
    """A layer of the guard that a parent may name; what is named must work, or all is refused."""
    found = _found(ProviderKind.SAFETY, name, setup)
    safety = setup.config.safety
    named, added = name in safety.use, name in safety.added
    how = "must agree" if named else "added" if added else "not chosen"
    do = ""
    if not found.ok and (named or added):
        does = "refuses everything" if named else "judges strictly"
        do = f"the guard {does} until this is mended"
    ok = found.ok if named or added else None
    return Finding(
        f"safety {name}", ok, f"{found.detail} ({how}{found.away})", do, group="Providers"
    )


async def _looked_for(
    kind: ProviderKind, name: str, setup: ProviderSetup, *, chosen: bool
) -> _Provider:
    """As `_found`; and of one that is chosen the server is asked, where that is at home."""
    found = _found(kind, name, setup)
    if not (chosen and found.ok):
        return found
    provider = load(kind, name, setup)
    try:
        absent = await provider.absent() if isinstance(provider, AsksServer) else ""
    finally:
        await provider.aclose()
    return replace(found, ok=not absent, detail=absent or found.detail)


def _found(kind: ProviderKind, name: str, setup: ProviderSetup) -> _Provider:
    try:
        provider = load(kind, name, setup)
    except PommaiError as error:
        return _Provider(ok=False, detail=str(error), away="")
    problem = provider.problem()
    away = "" if provider.local else ", leaves this home"
    return _Provider(not problem, problem or provider.what, away)
