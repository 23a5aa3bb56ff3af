"""What a toy says and hears is what the wyoming package's own classes say and hear."""

import pytest
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.info import Attribution, Describe, Info, Satellite
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.snd import Played
from wyoming.timer import TimerFinished
from wyoming.vad import VoiceStarted, VoiceStopped
from wyoming.wake import Detection

from satellite import wyoming_events as events


def info() -> Info:
    maker = Attribution("Pommai", "")
    return Info(satellite=Satellite("Rabbit", maker, True, "a toy", "0.1", has_vad=True))


@pytest.mark.parametrize(
    ("said", "theirs"),
    [
        (events.ping("x"), Ping("x")),
        (events.pong("x"), Pong("x")),
        (events.pong(None), Pong()),
        (events.error("gone", "microphone"), Error("gone", "microphone")),
        (events.detection("okay_nabu"), Detection("okay_nabu")),
        (events.run_pipeline(), RunPipeline(PipelineStage.ASR, PipelineStage.TTS)),
        (events.audio_start(), AudioStart(16_000, 2, 1)),
        (events.audio_chunk(b"\1\2"), AudioChunk(16_000, 2, 1, b"\1\2")),
        (events.audio_stop(), AudioStop()),
        (events.played({}), Played()),
        (events.satellite_info("Rabbit", "a toy", "0.1", has_vad=True, more={}), info()),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Eventable) else "",
)
def test_what_it_says_is_what_the_package_would_say(said: Event, theirs: Eventable) -> None:
    expected = theirs.event()
    assert (said.type, said.payload) == (expected.type, expected.payload)
    assert said.data == expected.data


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [
        (events.DESCRIBE, Describe),
        (events.RUN_SATELLITE, RunSatellite),
        (events.PAUSE_SATELLITE, PauseSatellite),
        (events.VOICE_STARTED, VoiceStarted),
        (events.VOICE_STOPPED, VoiceStopped),
        (events.TRANSCRIPT, Transcript),
        (events.ERROR, Error),
        (events.PING, Ping),
        (events.AUDIO_START, AudioStart),
        (events.AUDIO_CHUNK, AudioChunk),
        (events.AUDIO_STOP, AudioStop),
        (events.TIMER_FINISHED, TimerFinished),
    ],
)
def test_what_it_hears_is_called_as_the_package_calls_it(
    kind: str, theirs: type[Eventable]
) -> None:
    assert theirs.is_type(kind)
