"""Better ears, a better brain and better voices for this machine: which would suit, and fetching one after the other.

What is fetched is held to its pin, as by `pommai-hub models get`; a language model comes from this machine's own
Ollama server.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from hub.config import Config
from hub.domain.clock import Clock
from hub.domain.toys import ProviderKind
from hub.errors import PommaiError, RefusedError
from hub.providers.base import not_installed
from hub.providers.llm import ollama
from hub.providers.models.models import VOICE_MODEL, ModelKind, get_model, list_models
from hub.providers.pool import Providers
from hub.storage.folder import prepare_folder
from hub.storage.store import Store
from hub.translation import gettext as _
from hub.translation import marked

__all__ = ["Fetching", "ModelOffer", "Models"]

SMALL_MEMORY_BYTES: Final = 7_000_000_000
"""With less a model of three billion parameters leaves too little for the rest."""
BRAINS: Final = {"llama3.2:1b": 1300, "llama3.2": 2000}
"""Name at Ollama to megabytes, as its library lists them."""
NO_OLLAMA: Final = marked(
    "Ollama, the program that runs language models, doesn't answer on the hub's computer. Install it there from "
    "ollama.com, and look again"
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """One model that could be fetched, or is here."""

    name: str
    kind: ProviderKind
    """What it is for: STT hears, LLM thinks, TTS speaks."""
    language: str
    """"many", or a code such as "en"."""
    note: str
    size_mb: int
    """Rough; the server says the true one."""
    installed: bool
    suggested: bool
    """It is what this hub takes by itself once it is here."""
    problem: str = ""
    """Why it would be of no use now, in one line; "" where nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """One model on its way, or how that ended."""

    name: str
    done_bytes: int = 0
    total_bytes: int = 0
    """0: not known yet."""
    problem: str = ""
    ended: bool = False

    @property
    def percent(self) -> int:
        return 100 * self.done_bytes // self.total_bytes if self.total_bytes else 0


class Models:
    """`run` fetches; it is asked by `fetch`, for one at a time."""

    def __init__(
        self, config: Config, store: Store, providers: Providers, clock: Clock, server: str = ""
    ) -> None:
        """`server`: as for `get_model`."""
        self._config = config
        self._store = store
        self._providers = providers
        self._clock = clock
        self._server = server
        self._asked: asyncio.Queue[ModelOffer] = asyncio.Queue(1)
        self.state: Fetching | None = None
        """The last one; None where nothing was fetched since the hub started."""

    async def offers(self) -> Sequence[ModelOffer]:
        """Those that this hub would use: its recogniser, voices in its toys' languages, and a language model."""
        languages = {toy.language.partition("-")[0] for toy in await self._store.toys.list()}
        compares_voices = bool(await self._store.voice_hints.list())
        speech = await asyncio.to_thread(self._speech, languages, compares_voices)
        return [*speech, *await self._brains()]

    def _speech(self, languages: set[str], compares_voices: bool) -> list[ModelOffer]:
        wanted = {self._config.stt.whisper.model, self._config.tts.piper.voice}
        if compares_voices:
            wanted.add(VOICE_MODEL)
        kinds = {
            ModelKind.WHISPER: ProviderKind.STT,
            ModelKind.SPEAKER: ProviderKind.STT,
            ModelKind.PIPER: ProviderKind.TTS,
        }
        missing = {
            ModelKind.WHISPER: not_installed("faster_whisper"),
            ModelKind.PIPER: not_installed("piper", "piper"),
        }
        offers = []
        for status in list_models(self._config.hub.data):
            model = status.model
            if model.kind not in kinds:
                continue
            suggested = model.name in wanted
            if not suggested and (
                model.kind is ModelKind.WHISPER or model.language not in languages
            ):
                continue  # the recogniser is named in the settings; another would lie there unused
            offers.append(
                ModelOffer(
                    model.name,
                    kinds[model.kind],
                    model.language,
                    model.note,
                    model.size_mb,
                    status.installed,
                    suggested,
                    missing.get(model.kind, ""),
                )
            )
        return sorted(offers, key=lambda offer: (offer.kind, not offer.suggested))

    async def _brains(self) -> list[ModelOffer]:
        there = await ollama.installed()
        suggested = "llama3.2:1b" if _memory_bytes() < SMALL_MEMORY_BYTES else "llama3.2"
        names = {name.removesuffix(":latest") for name in there or ()}
        return [
            ModelOffer(
                name,
                ProviderKind.LLM,
                "many",
                _("a small language model from Meta")
                if name == suggested
                else _("another size of the same"),
                size_mb,
                name in names,
                name == suggested,
                NO_OLLAMA if there is None else "",
            )
            for name, size_mb in BRAINS.items()
        ]

    @property
    def busy(self) -> bool:
        return self.state is not None and not self.state.ended

    async def fetch(self, name: str) -> Fetching:
        """Have `run` fetch it. Raises RefusedError for what is of no use here, or while another is on its way."""
        offer = next((offer for offer in await self.offers() if offer.name == name), None)
        if offer is None:
            raise RefusedError(
                _("%(name)s is none of the models that this hub would use", name=name)
            )
        if offer.problem:
            raise RefusedError(offer.problem)
        if self.busy or self._asked.full():
            raise RefusedError(_("another model is on its way: please wait until it is here"))
        self.state = Fetching(name)
        self._asked.put_nowait(offer)
        return self.state

    async def run(self) -> None:
        """Fetches what was asked for, until it is cancelled; a model that is cut goes on when it is asked for again."""
        while True:
            offer = await self._asked.get()
            problem = ""
            try:
                await self._bring(offer)
                await self._providers.look_again()
            except PommaiError as error:
                problem = str(error)
                log.warning("a model was not fetched", model=offer.name, error=problem)
            before = self.state or Fetching(offer.name)
            self.state = Fetching(
                offer.name, before.done_bytes, before.total_bytes, problem, ended=True
            )

    async def _bring(self, offer: ModelOffer) -> None:
        def progress(done: int, total: int) -> None:
            self.state = Fetching(offer.name, done, total)

        if offer.kind is ProviderKind.LLM:
            await ollama.pull(offer.name, progress)
            return
        data = self._config.hub.data
        await asyncio.to_thread(prepare_folder, data)
        await get_model(offer.name, data, progress, server=self._server, clock=self._clock)


def _memory_bytes() -> int:
    """Of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
