"""What each kind of provider must offer. A provider is one small file, loaded when it is chosen.

Every stream is an async generator: closing it early (`aclose`) cancels the work behind it.
Errors are `ProviderError`s that name the provider and say what to do. `SafetyCheck` itself is in
`hub.domain.safety`, as the guard is built on it.
"""

import importlib.util
import os
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from hub.config import Config
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock, SystemClock
from hub.domain.consent import Consent
from hub.domain.network_services import NetworkService
from hub.domain.persona import DEFAULT_PERSONA, Persona
from hub.domain.play.limits import Pastime
from hub.domain.safety import CheckRequest, SafeText, SafetyCheck, SafetyPolicy
from hub.domain.talks.talk import Message, Transcript
from hub.domain.tools import Tool, ToolCall
from hub.domain.toys import Voice
from hub.providers.clouds import CloudSwitch


class Provider(Protocol):
    """What all of them have."""

    name: str
    """As in the configuration, e.g. "whisper"."""
    local: bool
    """True when nothing that it is given leaves the home."""

    async def warm_up(self) -> None:
        """Load models, open connections. Raises ProviderUnavailableError with what to do."""
        ...

    async def aclose(self) -> None:
        """Free what `warm_up` took; safe to call twice."""
        ...


class Stt(Provider, Protocol):
    def transcribe(
        self, audio: AsyncIterable[PcmChunk], *, language: str
    ) -> AsyncGenerator[Transcript]:
        """Yields interim transcripts, if it has any, then exactly one with `final=True`.

        `audio` is one utterance at 16 kHz, as it is spoken; `language` an ISO 639-1 code.
        Where nothing was said the final text is "".
        """
        ...


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One question to a language model. `messages` begins with the system prompt."""

    messages: Sequence[Message]
    model: str = ""
    temperature: float = 0.7
    max_tokens: int = 200
    language: str = "en"
    toy_name: str = ""
    child_name: str = ""
    """For providers without a model; models find both in the prompt."""
    persona: Persona = DEFAULT_PERSONA
    """Likewise."""
    conversation_id: str = ""
    """Likewise: what is chosen by chance differs from one conversation to the next."""
    calm: bool = False
    """Likewise: something serious was said a moment ago, so no jokes and no games."""
    off: frozenset[Pastime] = frozenset()
    """Likewise: what a parent doesn't want told or played now."""
    tools: Sequence[Tool] = ()
    """What the model may call; a provider without tool calls leaves them out."""


@dataclass(frozen=True, slots=True)
class LlmDelta:
    """A piece of the answer. The last one may carry the counts, with an empty text."""

    text: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    call: ToolCall | None = None
    """One at most in an answer; no words follow it."""


class Llm(Provider, Protocol):
    def reply(self, request: LlmRequest) -> AsyncGenerator[LlmDelta]:
        """Streams the answer as it is written."""
        ...


class Tts(Provider, Protocol):
    def speak(self, text: SafeText, voice: Voice, policy: SafetyPolicy) -> AsyncGenerator[PcmChunk]:
        """Streams speech, in chunks of at most 100 ms, at the provider's own rate.

        Reads the words through `text.words_for(policy)`, so it raises UnsafeSpeechError
        for a text that did not pass `policy`.
        """
        ...


class RemoteCheck(Provider, SafetyCheck, Protocol):
    """A layer of the guard that asks a server. What it can't judge is an error, never allowed."""

    def characters(self, request: CheckRequest) -> int:
        """How much of what people said `check` will send."""
        ...


class Embedder(Provider, Protocol):
    @property
    def version(self) -> str:
        """Vectors of another version can't be compared with its own."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector a text."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderSetup:
    """What every provider is made of, and takes its own part of."""

    config: Config
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    """Where keys are."""
    clock: Clock = field(default_factory=SystemClock)
    service: NetworkService | None = None
    """For a Wyoming provider that stands for a service which a parent approved."""
    clouds: CloudSwitch = field(default_factory=lambda: CloudSwitch(off=False))
    """The household's switch; without a household there is nobody who could turn it."""

    def key(self, name: str) -> str:
        """The key in the environment variable of that name; "" where there is none."""
        return self.environ.get(name, "")


class RegisteredProvider(Provider, Protocol):
    """What every provider's class offers beside its kind's Protocol."""

    what: str
    """What it is on this machine, for people: "Whisper base.en"."""

    def __init__(self, setup: ProviderSetup) -> None:
        """Cheap: loads and opens nothing, imports no package of another's, and asks no server."""
        ...

    def problem(self) -> str:
        """Why it can't be taken, and what to do, in one line; "" where nothing speaks against it.

        As cheap as making it, but that it may look on the disk.
        """
        ...


def not_installed(package: str, extra: str = "hub") -> str:
    """What to do where a Python package is missing; "" where it is there. Imports nothing of it."""
    try:
        found = importlib.util.find_spec(package)
    except ModuleNotFoundError:  # not even the package around it
        found = None
    return "" if found else missing_package(package, extra)


def missing_package(package: str, extra: str) -> str:
    """What to say, and what to install; `extra` of our own distribution brings it."""
    return (
        f"the Python package {package} isn't installed; "
        f"install it with: pip install 'pommai[{extra}]'"
    )


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One voice. `id` is what `Voice.name` and the settings take."""

    id: str
    name: str
    """For people."""
    language: str = ""
    """As the provider says it, e.g. "en", "en-gb"; "" where it speaks many or doesn't say."""
    preview_url: str | None = None
    """Where a sample lies; `VoicePreviews.preview` fetches it, so that no browser goes there."""
    installed: bool = True
    """False where it must be fetched first: `pommai-hub models get ID`."""


@runtime_checkable
class AsksServer(Protocol):
    """A provider whose server can be asked whether it is there."""

    async def absent(self) -> str:
        """Why its server at home can't be used now, in one line; "" where it can.

        A server elsewhere isn't asked: "".
        """
        ...


@runtime_checkable
class HearsSome(Protocol):
    """A recogniser that knows some languages alone; any other is taken to know all."""

    def hears(self, language: str) -> bool:
        """Whether it knows that language, without a region; as cheap as `problem`."""
        ...


@runtime_checkable
class VoiceCatalogue(Protocol):
    """A voice provider that can tell which voices it has."""

    async def voices(self) -> list[VoiceInfo]:
        """All of them, in an order fit for a list. Raises ProviderError."""
        ...


@runtime_checkable
class VoicePreviews(Protocol):
    """A voice provider whose voices can be heard before one is chosen."""

    async def preview(self, voice_id: str) -> bytes:
        """A short sample as MP3. Raises ProviderError where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class VoiceSetting:
    """A number that a voice provider takes, by its name in `Voice.settings`."""

    name: str
    least: float
    most: float
    usual: float | None = None
    """What counts where a toy says nothing; None: what the voice itself has."""
    step: float = 0.05
    """1 for whole numbers; one from 0 to 1 is off or on."""

    def takes(self, value: float) -> bool:
        """Whether it is within the bounds, and whole where it must be."""
        return self.least <= value <= self.most and (self.step != 1 or value == round(value))


@runtime_checkable
class VoiceSettings(Protocol):
    """A voice provider that makes something of a toy's `Voice.settings`."""

    voice_settings: tuple[VoiceSetting, ...]
    """All that it takes; others are ignored."""


def settings_of(voice: Voice, taken: Sequence[VoiceSetting]) -> dict[str, float]:
    """Those of `taken` that the voice has, within their bounds, and the usual for those that it hasn't."""
    return {
        each.name: min(each.most, max(each.least, value))
        for each in taken
        if (value := voice.settings.get(each.name, each.usual)) is not None
    }


SPEED: Final = "speed"
"""The setting for how fast a voice speaks, 1 as it is."""
LATENCY: Final = "optimize_streaming_latency"
"""The setting for a sooner sound of less quality, a whole number from 0."""


@runtime_checkable
class SoundFormats(Protocol):
    """A voice provider that sends its sound as a toy's `Voice.format` says."""

    formats: tuple[str, ...]


@runtime_checkable
class VoiceCloning(Protocol):
    """A voice provider that can make a voice of recordings."""

    max_samples: int
    """That it takes for one voice."""

    async def clone(self, name: str, samples: Sequence[bytes], consent: Consent) -> str:
        """Makes a voice of WAV or MP3 recordings; gives its id. The caller keeps `consent` before.

        Raises RefusedError without a full consent, ProviderError where it fails.
        """
        ...

    async def forget_clone(self, voice_id: str) -> None:
        """Has the provider delete a voice that was made so; one that is gone already is fine. Raises ProviderError."""
        ...
