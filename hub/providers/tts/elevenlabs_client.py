"""ElevenLabs' own client, bounded in size and time, with errors of ours. Slow to import: load it in a thread."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from http import HTTPStatus
from io import BytesIO
from urllib.parse import urlsplit

import httpx
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import VoiceSettings
from pydantic import BaseModel, ConfigDict

from hub.errors import ProviderError, ProviderTimeoutError
from hub.providers.base import VoiceInfo
from hub.providers.network.address import is_local_url
from hub.providers.network.http import CONNECT_S, KEEP_ALIVE_S, RemoteServer

MAX_ANSWER_BYTES = 6_000_000
"""Two minutes of speech at 24 kHz."""
MAX_UPLOAD_S = 60
PAGE_VOICES = 100
MAX_PAGES = 5

_FAULTS = (ApiError, httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError)
"""The last two: JSON or an address that is none, or an answer of another shape (the client checks none)."""


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _Voice(_Part):
    voice_id: str
    name: str | None = None
    preview_url: str | None = None
    labels: dict[str, str] | None = None

    def info(self) -> VoiceInfo:
        language = (self.labels or {}).get("language", "")
        return VoiceInfo(self.voice_id, self.name or self.voice_id, language, self.preview_url)


class _Page(_Part):
    voices: list[_Voice]
    has_more: bool = False
    next_page_token: str | None = None


class _Made(_Part):
    voice_id: str


class ElevenLabsClient:
    """One connection pool. `timeout_s` is for the first byte, and between two pieces."""

    def __init__(self, server: RemoteServer, timeout_s: float) -> None:
        self._server = server
        self._base_url = base_url = server.account.url
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_S),
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [self._bound]},
        )
        self._vendor = AsyncElevenLabs(
            api_key=server.account.key,
            base_url=base_url,
            timeout=timeout_s,
            httpx_client=self._http,
        )

    async def speech(
        self,
        stack: AsyncExitStack,
        words: str,
        voice_id: str,
        model: str,
        output_format: str,
        latency: int,
        settings: Mapping[str, float],
        piece_bytes: int,
    ) -> AsyncGenerator[bytes]:
        """Sound in `output_format`, in pieces of at most `piece_bytes`; closed with `stack`."""
        given = dict(settings)
        if "use_speaker_boost" in given:
            given["use_speaker_boost"] = bool(given["use_speaker_boost"])
        with self._explaining():
            answer = await stack.enter_async_context(
                self._vendor.text_to_speech.with_raw_response.stream(
                    voice_id,
                    text=words,
                    model_id=model,
                    output_format=output_format,
                    optimize_streaming_latency=latency or None,
                    voice_settings=VoiceSettings.model_validate(given),
                    request_options={"max_retries": 0, "chunk_size": piece_bytes},
                )
            )
        kind = answer.headers.get("content-type", "")
        if not kind.startswith(("audio/", "application/octet-stream")):
            raise self._server.nonsense()
        return self._pieces(answer.data)

    async def voices(self) -> list[VoiceInfo]:
        found: list[VoiceInfo] = []
        token: str | None = None
        for _ in range(MAX_PAGES):
            with self._explaining():
                answer = await self._vendor.voices.search(
                    page_size=PAGE_VOICES,
                    next_page_token=token,
                    request_options={"max_retries": 0},
                )
                page = _Page.model_validate(answer)
            found += [voice.info() for voice in page.voices]
            token = page.next_page_token
            if not page.has_more or not token:
                break
        return found

    async def preview(self, voice_id: str) -> bytes:
        """The sample of a voice; it is fetched from where ElevenLabs says, if that is outside this home."""
        with self._explaining():
            answer = await self._vendor.voices.get(voice_id, request_options={"max_retries": 0})
            url = _Voice.model_validate(answer).preview_url
            if not url:
                raise ProviderError("elevenlabs: this voice has no sample to hear")
            parts = urlsplit(url)
            if not url.startswith(f"{self._base_url.rstrip('/')}/") and (
                parts.scheme != "https" or is_local_url(url)
            ):
                raise self._server.nonsense()
            sample = await self._http.get(url)
        if sample.status_code != 200:
            raise self._server.refusal(sample.status_code)
        return sample.content

    async def clone(self, name: str, files: Sequence[tuple[str, bytes, str]]) -> str:
        with self._explaining():
            answer = await self._vendor.voices.ivc.create(
                name=name,
                # As files, they go out, and are encrypted, in small pieces.
                files=[(file, BytesIO(sound), kind) for file, sound, kind in files],
                request_options={"max_retries": 0, "timeout_in_seconds": MAX_UPLOAD_S},
            )
            return _Made.model_validate(answer).voice_id

    async def delete(self, voice_id: str) -> None:
        """One that isn't there counts as deleted."""
        with self._explaining():
            try:
                await self._vendor.voices.delete(voice_id, request_options={"max_retries": 0})
            except ApiError as error:
                if error.status_code != HTTPStatus.NOT_FOUND:
                    raise

    async def close(self) -> None:
        await self._http.aclose()

    async def _pieces(self, data: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        with self._explaining(answering=True):
            async for piece in data:
                yield piece

    @contextmanager
    def _explaining(self, *, answering: bool = False) -> Iterator[None]:
        """Whatever the vendor's client raises inside, as a ProviderError; `answering` once it began to."""
        try:
            yield
        except _FAULTS as error:
            raise self._explain(error, answering=answering) from error

    def _explain(self, error: Exception, *, answering: bool) -> ProviderError:
        match error:
            case ApiError() if _out_of_credit(error.body):
                return self._server.no_credit()
            case ApiError() if (error.status_code or 0) >= 300:
                retry_after = (error.headers or {}).get("retry-after")
                return self._server.refusal(error.status_code or 0, retry_after)
            case httpx.TimeoutException():
                return ProviderTimeoutError(
                    f"elevenlabs: no answer within {self._timeout_s:g} s; try again later"
                )
            case httpx.HTTPError() if answering:
                return self._server.broke_off()
            case httpx.HTTPError():
                return self._server.unreachable()
        return self._server.nonsense()

    async def _bound(self, answer: httpx.Response) -> None:
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        answer.stream = _BoundedStream(answer.stream)


class _BoundedStream(httpx.AsyncByteStream):
    """An answer's body that ends in an error where it grows too long."""

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._inner:
            size += len(piece)
            if size > MAX_ANSWER_BYTES:
                raise ProviderError(f"elevenlabs: the answer is over {MAX_ANSWER_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def _out_of_credit(body: object) -> bool:
    """Comes as 401, too: {"detail": {"status": "quota_exceeded"}}."""
    detail = body.get("detail") if isinstance(body, dict) else None
    return isinstance(detail, dict) and detail.get("status") == "quota_exceeded"
