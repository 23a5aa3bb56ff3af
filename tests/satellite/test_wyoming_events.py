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

from satellite.wire import wyoming_events


def info() -> Info:
    maker = Attribution("Pommai", "")
    return Info(satellite=Satellite("Rabbit", maker, True, "a toy", "0.1", has_vad=True))


@pytest.mark.parametrize(
    ("said", "theirs"),
    [
        (wyoming_events.ping("x"), Ping("x")),
        (wyoming_events.pong("x"), Pong("x")),
        (wyoming_events.pong(None), Pong()),
        (wyoming_events.error("gone", "microphone"), Error("gone", "microphone")),
        (wyoming_events.detection("okay_nabu"), Detection("okay_nabu")),
        (wyoming_events.run_pipeline(), RunPipeline(PipelineStage.ASR, PipelineStage.TTS)),
        (wyoming_events.audio_start(), AudioStart(16_000, 2, 1)),
        (wyoming_events.audio_chunk(b"\1\2"), AudioChunk(16_000, 2, 1, b"\1\2")),
        (wyoming_events.audio_stop(), AudioStop()),
        (wyoming_events.played({}), Played()),
        (wyoming_events.satellite_info("Rabbit", "a toy", "0.1", has_vad=True, more={}), info()),
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
        (wyoming_events.DESCRIBE, Describe),
        (wyoming_events.RUN_SATELLITE, RunSatellite),
        (wyoming_events.PAUSE_SATELLITE, PauseSatellite),
        (wyoming_events.VOICE_STARTED, VoiceStarted),
        (wyoming_events.VOICE_STOPPED, VoiceStopped),
        (wyoming_events.TRANSCRIPT, Transcript),
        (wyoming_events.ERROR, Error),
        (wyoming_events.PING, Ping),
        (wyoming_events.AUDIO_START, AudioStart),
        (wyoming_events.AUDIO_CHUNK, AudioChunk),
        (wyoming_events.AUDIO_STOP, AudioStop),
        (wyoming_events.TIMER_FINISHED, TimerFinished),
    ],
)
def test_what_it_hears_is_called_as_the_package_calls_it(
    kind: str, theirs: type[Eventable]
) -> None:
    assert theirs.is_type(kind)
