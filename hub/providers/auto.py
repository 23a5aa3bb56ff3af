"""What "auto" means: the best of what is at hand on this machine, without a key or a download.

A key in the environment is no consent, so nothing here looks for one: what leaves the home is
used only where a parent named it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.domain.network_services import SERVICE_PREFIX
from hub.domain.toys import AUTO, ProviderKind
from hub.errors import ProviderError
from hub.providers.base import ProviderSetup
from hub.providers.llm import ollama
from hub.providers.registry import EMBEDDED, load

BETTER: Mapping[ProviderKind, str] = {ProviderKind.STT: "whisper", ProviderKind.TTS: "piper"}
"""Taken before the embedded provider where its package and its model are on this machine."""

DEMONSTRATION: Mapping[ProviderKind, tuple[str, str]] = {
    ProviderKind.STT: ("PocketSphinx", "pommai-hub models get base.en"),
    ProviderKind.LLM: ("the storyteller", "ollama pull llama3.2"),
}
"""What is embedded and not fit for a child, and the command for something that is."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Provider names in order of preference, the embedded one last, and why, in a few words."""

    names: tuple[str, ...]
    why: str


async def resolve(kind: ProviderKind, setup: ProviderSetup) -> Selection:
    """What "auto" takes for `kind` on this machine now."""
    embedded = EMBEDDED[kind]
    if kind is ProviderKind.LLM:
        model = await ollama.probe()
        if model is not None:
            return Selection(("ollama", embedded), f"Ollama answers with {model}")
        return Selection((embedded,), f"no Ollama model at {ollama.ADDRESS}")
    better = BETTER[kind]
    try:
        found = await asyncio.to_thread(load, kind, better, setup)
        problem = await asyncio.to_thread(found.problem)  # looks on the disk
    except ProviderError as error:
        return Selection((embedded,), str(error))
    if problem:
        return Selection((embedded,), f"{better} isn't set up")
    return Selection((better, embedded), found.what)


AWAY: Mapping[ProviderKind, str] = {
    ProviderKind.STT: "your child's voice itself leaves your home: sound can't be masked",
    ProviderKind.LLM: "what is said leaves your home, with names and addresses masked",
    ProviderKind.TTS: "the toy's words leave your home, with names and addresses masked",
    ProviderKind.SAFETY: "what is said leaves your home to be checked, with names and addresses masked",
    ProviderKind.EMBEDDING: "what toys know leaves your home where you allowed it, and what is said to them with it, "
    "with names and addresses masked",
}
"""What it means that a provider of this kind is outside the home."""


def warnings(names: Mapping[ProviderKind, Iterable[str]], setup: ProviderSetup) -> list[str]:
    """A sentence for each kind of which a provider outside the home was chosen."""
    found = []
    for kind, chosen in names.items():
        # Neither "auto" nor what runs at home lets anything out.
        named = [n for n in dict.fromkeys(chosen) if n != AUTO and not n.startswith(SERVICE_PREFIX)]
        away = [name for name in named if not _is_local(kind, name, setup)]
        if away:
            found.append(f"{kind} {' and '.join(away)}: {AWAY[kind]}.")
    return found


def _is_local(kind: ProviderKind, name: str, setup: ProviderSetup) -> bool:
    try:
        return load(kind, name, setup).local
    except ProviderError:
        return True  # not installed: nothing can leave through it


def explain(selections: Mapping[ProviderKind, Selection]) -> str:
    """One line: what was taken for each kind and why, and whether it is fit for a child."""
    taken = "; ".join(f"{kind} {s.names[0]} ({s.why})" for kind, s in selections.items())
    weak = [
        DEMONSTRATION[kind]
        for kind, selection in selections.items()
        if kind in DEMONSTRATION and selection.names[0] == EMBEDDED[kind]
    ]
    if not weak:
        return f"{taken}."
    names = " and ".join(name for name, _ in weak)
    verb = "is" if len(weak) == 1 else "are"
    commands = " && ".join(command for _, command in weak)
    return f"{taken}. {names} {verb} a demonstration; fit for a child: {commands}"
