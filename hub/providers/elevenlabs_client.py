"""ElevenLabs' own client, bounded in size and time, its errors told in ours. Slow to import: load it in a thread."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import httpx
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.types import VoiceSettings

from hub.errors import ProviderAuthError, ProviderError, ProviderTimeoutError

MAX_ANSWER_BYTES = 6_000_000
"""Two minutes of speech at 22.05 kHz."""
MAX_DETAIL_CHARS = 120
CONNECT_S = 5.0


class Client:
    """One connection pool. `timeout_s` is for the first sound, and between two pieces of it."""

    def __init__(self, key: str, base_url: str, timeout_s: float) -> None:
        timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s))
        self._http = httpx.AsyncClient(timeout=timeout, event_hooks={"response": [_bound]})
        self._timeout_s = timeout_s
        self._vendor = AsyncElevenLabs(
            api_key=key,
            base_url=base_url or None,
            timeout=timeout_s,
            httpx_client=self._http,
        )

    async def stream(
        self, words: str, voice_id: str, model: str, settings: Mapping[str, float], piece_bytes: int
    ) -> AsyncGenerator[bytes]:
        """16-bit samples at 22.05 kHz, in pieces of at most `piece_bytes`."""
        try:
            async with self._vendor.text_to_speech.with_raw_response.stream(
                voice_id,
                text=words,
                model_id=model,
                output_format="pcm_22050",
                voice_settings=_voice_settings(settings),
                request_options={"max_retries": 0, "chunk_size": piece_bytes},
            ) as answer:
                kind = answer.headers.get("content-type", "")
                if not kind.startswith(("audio/", "application/octet-stream")):
                    raise ProviderError(
                        f"elevenlabs: it answered {kind[:40] or 'nothing known'} instead of sound; "
                        "check [tts.elevenlabs] base_url"
                    )
                async for piece in answer.data:
                    yield piece
        except ApiError as error:
            raise _refusal(error) from error
        except httpx.TimeoutException as error:
            raise ProviderTimeoutError(
                f"elevenlabs: no sound within {self._timeout_s:g} s; try again later"
            ) from error
        except httpx.HTTPError as error:
            why = str(error).partition("\n")[0] or type(error).__name__
            raise ProviderError(
                f"elevenlabs: the connection failed: {why}; check the internet connection"
            ) from error

    async def aclose(self) -> None:
        await self._http.aclose()


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


async def _bound(answer: httpx.Response) -> None:
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    answer.stream = _BoundedStream(answer.stream)


def _voice_settings(settings: Mapping[str, float]) -> VoiceSettings:
    boost = settings.get("use_speaker_boost")
    return VoiceSettings(
        stability=settings.get("stability"),
        similarity_boost=settings.get("similarity_boost"),
        style=settings.get("style"),
        speed=settings.get("speed"),
        use_speaker_boost=None if boost is None else bool(boost),
    )


def _refusal(error: ApiError) -> ProviderError:
    """What the far side's status means, and what to do."""
    status, (code, message) = error.status_code or 0, _detail(error.body)
    said = f"{status}{': ' if message else ''}{message}"
    if code == "quota_exceeded" or status == 402:
        return ProviderError(f"elevenlabs: the account has nothing left ({said}); top it up")
    if status in (401, 403):
        return ProviderAuthError(
            f"elevenlabs: the key was refused ({said}); set a valid ELEVENLABS_API_KEY"
        )
    if status == 429:
        return ProviderError(f"elevenlabs: too many requests ({said}); try again in a moment")
    if status in (400, 404, 422):
        return ProviderError(
            f"elevenlabs: it didn't take the request ({said}); "
            "check voice and model in [tts.elevenlabs] and the toy's voice"
        )
    return ProviderError(f"elevenlabs: the service has a problem ({said}); try again later")


def _detail(body: object) -> tuple[str, str]:
    """Code and message of {"detail": {"status", "message"}}; empty where the body is anything else."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if not isinstance(detail, dict):
        return "", ""
    message = " ".join(str(detail.get("message", "")).split())
    return str(detail.get("status", "")), message[:MAX_DETAIL_CHARS]
