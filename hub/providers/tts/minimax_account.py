"""The voices of a MiniMax account: listed, copied from a recording, and deleted.

By https://platform.minimax.io/docs/api-reference: voice-management-get, voice-cloning-uploadcloneaudio,
voice-cloning-clone and voice-management-delete.
"""

import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from hub.domain.clock import Clock
from hub.errors import ProviderRequestError, ProviderTimeoutError
from hub.providers.base import VoiceInfo
from hub.providers.network.http import HttpServer
from hub.providers.tts.cloning import file_of

MAX_ANSWER_BYTES = 2_000_000
"""The list of some hundred voices takes a tenth of it."""
MAX_REQUEST_S = 10.0
MAX_UPLOAD_S = 60.0
LANGUAGES: Final[Mapping[str, str]] = {
    "Arabic": "ar", "Cantonese": "zh", "Chinese": "zh", "Dutch": "nl", "English": "en",
    "French": "fr", "German": "de", "Hindi": "hi", "Indonesian": "id", "Italian": "it",
    "Japanese": "ja", "Korean": "ko", "Portuguese": "pt", "Russian": "ru", "Spanish": "es",
    "Tamil": "ta", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi",
}  # fmt: skip
"""What the id of one of its own voices begins with: "German_FriendlyMan", "Chinese (Mandarin)_News_Anchor"."""
NO_SUCH_VOICE: Final = 2054

HTTP_STATUS = {
    **dict.fromkeys((1004, 2049), 401),
    1008: 402,
    **dict.fromkeys((1002, 1039, 1041), 429),
    **dict.fromkeys((1000, 1001, 1024, 1033), 500),
}
"""What its own codes mean, by https://platform.minimax.io/docs/api-reference/errorcode."""


class Result(BaseModel):
    status_code: int = 0

    @property
    def http_status(self) -> int:
        return HTTP_STATUS.get(self.status_code, 400)


class _Answer(BaseModel):
    base_resp: Result = Result()


class _Voice(BaseModel):
    voice_id: str
    voice_name: str = ""

    def info(self) -> VoiceInfo:
        before = self.voice_id.partition("_")[0].partition(" ")[0]
        return VoiceInfo(self.voice_id, self.voice_name or self.voice_id, LANGUAGES.get(before, ""))


class _Voices(_Answer):
    system_voice: list[_Voice] | None = None
    voice_cloning: list[_Voice] | None = None
    voice_generation: list[_Voice] | None = None


class _File(BaseModel):
    file_id: int


class _Uploaded(_Answer):
    file: _File | None = None


A = TypeVar("A", bound=_Answer)


class MinimaxAccount:
    """`group` as a query begins with it, or "". All of it raises ProviderErrors only."""

    def __init__(self, server: HttpServer, group: str, clock: Clock) -> None:
        self._server = server
        self._group = group
        self._clock = clock

    async def voices(self) -> list[VoiceInfo]:
        """The account's copies and made voices first, then MiniMax' own; a copy is there once it has spoken."""
        found = await self._ask("/get_voice", {"voice_type": "all"}, _Voices)
        lists = (found.voice_cloning, found.voice_generation, found.system_voice)
        return [voice.info() for voices in lists for voice in voices or ()]

    async def clone(self, sample: bytes) -> str:
        """Makes a voice of one WAV or MP3 recording of 10 s to 5 min; gives its id. No name is sent."""
        form = aiohttp.FormData({"purpose": "voice_clone"})
        name, sound, kind = file_of(sample)
        form.add_field("file", sound, filename=name, content_type=kind)
        uploaded = await self._ask("/files/upload", form, _Uploaded, MAX_UPLOAD_S)
        if uploaded.file is None:
            raise self._server.nonsense()
        voice_id = f"pommai{uuid.uuid4().hex}"
        asked = {"file_id": uploaded.file.file_id, "voice_id": voice_id}
        await self._ask("/voice_clone", asked, _Answer, MAX_UPLOAD_S)
        return voice_id

    async def delete(self, voice_id: str) -> None:
        """One that isn't there counts as deleted."""
        asked = {"voice_type": "voice_cloning", "voice_id": voice_id}
        try:
            await self._ask("/delete_voice", asked, _Answer)
        except _UnknownVoiceError:
            return

    async def _ask(
        self,
        path: str,
        body: Mapping[str, Any] | aiohttp.FormData,
        kind: type[A],
        within_s: float = MAX_REQUEST_S,
    ) -> A:
        try:
            async with self._clock.timeout(within_s), AsyncExitStack() as stack:
                answer = await self._server.post(
                    stack, path + self._group, body, "application/json"
                )
                text = await self._server.whole(answer, MAX_ANSWER_BYTES)
        except TimeoutError as error:
            raise ProviderTimeoutError(
                f"minimax: no answer within {within_s:g} s; try again later"
            ) from error
        try:
            read = kind.model_validate_json(text)
        except ValidationError as error:
            raise self._server.nonsense() from error
        if read.base_resp.status_code == NO_SUCH_VOICE:
            raise _UnknownVoiceError(str(self._server.refusal(400)))
        if read.base_resp.status_code:
            raise self._server.refusal(read.base_resp.http_status)
        return read


class _UnknownVoiceError(ProviderRequestError):
    """MiniMax knows no voice of that id."""
