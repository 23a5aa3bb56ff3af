"""Wyoming recognisers and voices, on the protocol's own server and on peers that break it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from wyoming.asr import Transcribe
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hub.domain.audio import PcmChunk
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.talks.talk import Transcript
from hub.domain.toys import Voice
from hub.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from hub.providers.base import ProviderSetup, VoiceCatalogue, VoiceInfo
from hub.providers.wyoming.stt import WyomingStt
from hub.providers.wyoming.tts import WyomingTts
from tests.providers.recogniser_servers import MOON, raw_server
from tests.providers.setups import BARE, provider_setup
from tests.providers.speech import POLICY, RECORDINGS, as_spoken, read_wav, safe
from tests.providers.wyoming_server import RATE_HZ, VOICE, WyomingPeer

PCM = read_wav(RECORDINGS / "spoken_moon.wav")
TWO_SENTENCES = "Hello little one. I like dinosaurs too"


def setup_for(kind: str, timeout_s: float, **settings: Any) -> ProviderSetup:
    """With zeroconf on loopback alone."""
    given = provider_setup(f"{kind}.wyoming", timeout_s=timeout_s, **settings)
    hub = given.config.hub.model_copy(update={"interfaces": ("127.0.0.1",)})
    return replace(given, config=given.config.model_copy(update={"hub": hub}))


def ears(address: str, timeout_s: float = 5.0) -> WyomingStt:
    return WyomingStt(setup_for("stt", timeout_s, address=address))


def mouth(address: str, timeout_s: float = 5.0, voice: str = "") -> WyomingTts:
    return WyomingTts(setup_for("tts", timeout_s, address=address, voice=voice))


async def hear(stt: WyomingStt) -> list[Transcript]:
    return [t async for t in stt.transcribe(as_spoken(PCM), language="en")]


async def speak(tts: WyomingTts, words: str = TWO_SENTENCES, voice: str = "") -> bytes:
    speech = tts.speak(safe(words), Voice(voice), POLICY)
    chunks = [chunk async for chunk in speech]
    assert {chunk.rate_hz for chunk in chunks} == {RATE_HZ}
    return b"".join(chunk.data for chunk in chunks)


async def test_words_come_while_the_child_speaks_where_the_service_streams() -> None:
    heard_a_word = asyncio.Event()

    async def child() -> AsyncIterator[PcmChunk]:
        async for chunk in as_spoken(PCM):
            yield chunk
        await heard_a_word.wait()  # the utterance does not end before

    peer = WyomingPeer(streaming=True)
    transcripts = []
    async with peer.running() as address, asyncio.timeout(60):
        async for transcript in ears(address).transcribe(child(), language="en"):
            transcripts.append(transcript)
            heard_a_word.set()
    assert transcripts == [
        Transcript("how far", final=False),
        Transcript(MOON, final=False),
        Transcript(MOON),
    ]


async def test_a_service_that_does_not_stream_gives_one_transcript() -> None:
    peer = WyomingPeer(streaming=False)
    async with peer.running() as address:
        assert await hear(ears(address)) == [Transcript(MOON)]
    assert Transcribe.from_event(peer.events[0]).language == "en"


@pytest.mark.parametrize("streaming", [True, False])
async def test_nothing_is_spoken_twice(streaming: bool) -> None:
    peer = WyomingPeer(streaming=streaming)
    async with peer.running() as address:
        sound = await speak(mouth(address))
    words = len(TWO_SENTENCES.split())
    assert len(sound) == pytest.approx(2 * RATE_HZ * 0.1 * words, rel=0.01)
    sent = [event.type for event in peer.events]
    stream = [SynthesizeStart().event(), SynthesizeChunk("").event(), SynthesizeStop().event()]
    assert sent == ([e.type for e in stream] if streaming else [Synthesize("").event().type])


async def test_voices_are_those_that_the_service_lists() -> None:
    async with WyomingPeer(more_voices=2).running() as address:
        tts = mouth(address)
        assert isinstance(tts, VoiceCatalogue)
        voices = await tts.voices()
    assert voices[0] == VoiceInfo(VOICE, VOICE, "en")
    assert len(voices) == 3


async def test_a_toy_s_voice_is_asked_for_where_there_is_one_of_that_name() -> None:
    peer = WyomingPeer(streaming=False)
    async with peer.running() as address:
        await speak(mouth(address), voice=VOICE)
        await speak(mouth(address), voice="21m00Tcm4TlvDq8ikWAM")
    asked = [Synthesize.from_event(event).voice for event in peer.events]
    assert asked[0] is not None
    assert asked[0].name == VOICE
    assert asked[1] is None


@pytest.mark.parametrize(("voice", "sent"), [(VOICE, "It is 7 oh 5"), ("", "It is 7:05")])
async def test_an_english_voice_gets_numbers_as_people_say_them(voice: str, sent: str) -> None:
    peer = WyomingPeer(streaming=False)
    async with peer.running() as address:
        await speak(mouth(address), "It is 7:05", voice)
    assert [Synthesize.from_event(event).text for event in peer.events] == [sent]


async def test_a_configured_voice_that_is_not_there_is_told_at_the_start() -> None:
    async with WyomingPeer().running() as address:
        with pytest.raises(ProviderUnavailableError, match=f"no voice 'nobody'; it has {VOICE}"):
            await mouth(address, voice="nobody").warm_up()


async def test_a_description_of_thousands_of_voices_is_read_up_to_a_mebibyte() -> None:
    async with WyomingPeer(more_voices=2000).running() as address:
        assert len(await mouth(address).voices()) == 2001
    async with WyomingPeer(more_voices=8000).running() as address:
        with pytest.raises(ProviderError, match="more than 1048576 bytes"):
            await mouth(address).voices()


@pytest.mark.parametrize(
    ("mode", "message"),
    [("error", "reported an error"), ("cut", "closed without a transcript|was lost")],
)
async def test_a_recogniser_s_trouble_is_one_line(mode: str, message: str) -> None:
    async with WyomingPeer(mode=mode).running() as address:
        with pytest.raises(ProviderError, match=message) as caught:
            await hear(ears(address))
    assert "how far" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["hang", "drip"])
async def test_a_recogniser_that_finds_no_end_is_given_up_on(mode: str) -> None:
    async with WyomingPeer(mode=mode).running() as address:
        with pytest.raises(ProviderTimeoutError, match=r"no transcript within 0\.4 s"):
            await hear(ears(address, 0.4))


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("error", "reported an error"),
        ("cut", "closed in the middle|was lost"),
        ("another_rate", "changes its rate"),
        ("stereo", "not mono"),
    ],
)
@pytest.mark.parametrize("streaming", [True, False])
async def test_a_voice_s_trouble_is_one_line(mode: str, message: str, streaming: bool) -> None:
    async with WyomingPeer(streaming, mode).running() as address:
        with pytest.raises(ProviderError, match=message) as caught:
            await speak(mouth(address))
    assert "Hello" not in str(caught.value)


@pytest.mark.parametrize("mode", ["hang", "drip"])
async def test_a_voice_that_is_too_slow_is_given_up_on(mode: str) -> None:
    async with WyomingPeer(mode=mode).running() as address:
        with pytest.raises(ProviderTimeoutError, match=r"within 0\.4 s"):
            await speak(mouth(address, 0.4))


INFO = b'{"type":"info","data":{"tts":[{"name":"m","voices":[]}],"asr":[{"name":"e"}]}}\n'


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not JSON"),
        (b'{"type":"info","data":{"tts":7}}\n', "nobody understands"),
        (b'{"type":"info","data":{"tts":[]}}\n', "offers no voice"),
        (b'{"type":"info","data":{"tts":[{"name":"m","installed":false}]}}\n', "offers no voice"),
        (b'{"type":"info","payload_length":9999999999}\n', "more than 1048576 bytes"),
        (b'{"type":"pong"}\n', "closed without saying"),
        (b"", "closed without saying"),
    ],
)
async def test_a_peer_that_is_something_else_is_told_apart(answer: bytes, message: str) -> None:
    async with raw_server(answer) as (port, _):
        with pytest.raises(ProviderError, match=message):
            await mouth(f"127.0.0.1:{port}").warm_up()


@pytest.mark.parametrize(
    "answer",
    [
        b'{"type":"audio-start","data":{"rate":"fast","width":2,"channels":1}}\n',
        b'{"type":"audio-start"}\n',
        b'{"type":"audio-start","data":{"rate":22050,"width":2,"channels":1}}\n'
        b'{"type":"audio-chunk","payload_length":4}\n\0\0\0\0',
    ],
)
async def test_odd_sound_is_an_error(answer: bytes) -> None:
    """One peer, a connection a request: first it is described, then asked to speak."""
    async with raw_server(INFO, answer, one_each=True) as (port, _):
        tts = mouth(f"127.0.0.1:{port}")
        await tts.warm_up()
        with pytest.raises(ProviderError, match="not mono with 16 bits"):
            await speak(tts)


async def test_a_peer_that_says_nothing_is_given_up_on() -> None:
    async with raw_server(hold=True) as (port, _):
        with pytest.raises(ProviderTimeoutError, match=r"no description within 0\.3 s"):
            await ears(f"127.0.0.1:{port}", 0.3).warm_up()


async def test_listening_that_is_stopped_closes_the_connection() -> None:
    async with WyomingPeer().running() as address:
        stt = ears(address)
        async with aclosing(stt.transcribe(as_spoken(PCM), language="en")) as transcripts:
            await anext(transcripts)
        assert (await hear(stt))[-1].text == MOON


@asynccontextmanager
async def announced(name: str, port: int) -> AsyncIterator[None]:
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"])
    info = AsyncServiceInfo(
        "_wyoming._tcp.local.",
        f"{name}._wyoming._tcp.local.",
        addresses=[socket.inet_aton("127.0.0.1")],
        port=port,
    )
    await zeroconf.async_register_service(info, cooperating_responders=True)
    try:
        yield
    finally:
        await zeroconf.async_close()


async def test_a_service_is_found_by_the_name_that_it_announces() -> None:
    peer = WyomingPeer()
    async with peer.running(), announced("Kitchen Piper", peer.port):
        tts = mouth("Kitchen Piper")
        assert tts.local
        assert await speak(tts)
        with pytest.raises(ProviderUnavailableError, match="can't reach Attic Piper"):
            await mouth("Attic Piper").warm_up()


async def test_a_service_that_moved_is_found_again() -> None:
    peer, stt = WyomingPeer(), ears("Kitchen Whisper")
    async with peer.running(), announced("Kitchen Whisper", peer.port):
        assert (await hear(stt))[-1].text == MOON
    async with peer.running(), announced("Kitchen Whisper", peer.port):
        assert (await hear(stt))[-1].text == MOON


async def test_nothing_is_taken_that_nobody_named() -> None:
    assert "[tts.wyoming] address" in WyomingTts(BARE).problem()
    async with raw_server(b"", hold=True) as (port, received), announced("Stranger", port):
        with pytest.raises(ProviderUnavailableError, match=r"address to its .*: .*Stranger"):
            await ears("").warm_up()
        assert received == []


def test_only_an_address_in_the_house_is_local() -> None:
    for address, local in (
        ("127.0.0.1:10300", True),
        ("tcp://192.168.1.4:10300", True),
        ("[fd00::1]:10300", True),
        ("whisper.local:10300", True),
        ("8.8.8.8:10300", False),
        ("stt.example.com:10300", False),
        ("Kitchen Piper", True),
    ):
        assert ears(address).local is local


async def test_a_port_where_nobody_listens_is_told() -> None:
    with pytest.raises(ProviderUnavailableError, match="is it running"):
        await ears(f"127.0.0.1:{unused_port()}").warm_up()


async def test_a_local_name_that_leads_out_of_the_house_is_not_spoken_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name alone said that it is in the house; the address at the other end does not."""
    peer = WyomingPeer()
    async with peer.running():
        stt = ears(f"localhost:{peer.port}")
        assert stt.local
        await stt.warm_up()
        seen = len(peer.everything)
        monkeypatch.setattr("hub.providers.wyoming.service.is_private", lambda address: False)
        with pytest.raises(ProviderError, match="can't reach"):
            await hear(stt)
        assert len(peer.everything) == seen


async def test_an_approved_service_is_told_by_its_plain_name() -> None:
    away = NetworkService(ServiceKind.STT, "ears", "127.0.0.1", unused_port(), name="house:ears")
    with pytest.raises(ProviderUnavailableError, match=r"^ears: can't reach"):
        await WyomingStt(replace(BARE, service=away)).warm_up()
