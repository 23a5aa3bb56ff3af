"""What /metrics counts, read back by Prometheus's own parser."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from hub.app import App
from hub.config import loading
from hub.domain.safety import Category, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import SoundCheck, Span, Work
from hub.metrics import Metrics

FINE = Verdict(allowed=True)
OBSERVING = Path(__file__).parent.parent / "docs" / "observing.md"


def turn(**fields: Any) -> Turn:
    defaults: dict[str, Any] = {"state": TurnState.DONE, "verdicts": [FINE], "revision": 1}
    return Turn("t", "toy", "satellite", datetime.now(UTC), **defaults | fields)


def read(metrics: Metrics, name: str, **connections: int) -> Mapping[tuple[str, ...], float]:
    """The samples of that name, by the values of their labels in the order of the labels' names."""
    return samples(metrics.text(**connections), name)


def samples(text: bytes, name: str) -> Mapping[tuple[str, ...], float]:
    families = text_string_to_metric_families(text.decode())
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(value for _, value in sorted(s.labels.items())): s.value for s in found}


def counted(*turns: Turn, providers: tuple[str, ...] = ("sphinx", "openai", "espeak")) -> Metrics:
    metrics = Metrics(providers)
    for one in turns:
        metrics.observe(one)
    return metrics


def test_turns_are_counted_by_how_they_ended() -> None:
    metrics = counted(turn(), turn(), turn(state=TurnState.CUT), turn(revision=0))
    ended = {("done",): 2.0, ("cut",): 1.0, ("unheard",): 1.0}
    assert read(metrics, "pommai_turns_total") == ended


def test_steps_stand_in_buckets_fit_for_a_talk() -> None:
    metrics = counted(
        turn(timings_ms={"first_audio": 480.0}), turn(timings_ms={"first_audio": 7.0})
    )
    buckets = read(metrics, "pommai_turn_step_seconds_bucket")
    upto = {float(le): count for (le, _), count in buckets.items()}
    assert (upto[0.005], upto[0.01], upto[0.3], upto[0.5], upto[10.0]) == (0, 1, 1, 2, 2)
    assert read(metrics, "pommai_turn_step_seconds_sum")["first_audio",] == 0.487


def test_providers_are_timed_from_the_question_to_the_first_result() -> None:
    spans = [
        Span(Work.STT, -1800.0, "sphinx", first_ms=90.0, end_ms=91.0),
        Span(Work.LLM, 100.0, "openai", first_ms=400.0, end_ms=9000.0),
        Span(Work.CHECK, 410.0, clause=1, end_ms=412.0),
        Span(Work.TTS, 412.0, "espeak", clause=1, first_ms=430.0, end_ms=440.0),
        Span(Work.TTS, 450.0, "espeak", clause=2),
        Span(Work.LLM, 100.0, "sphinx", end_ms=5000.0),
    ]
    waits = read(counted(turn(spans=spans)), "pommai_first_result_seconds_sum")
    assert {key: round(value, 3) for key, value in waits.items()} == {
        ("sphinx", "stt"): 0.09,
        ("openai", "llm"): 0.3,
        ("", "check"): 0.002,
        ("espeak", "tts"): 0.018,
    }


def test_failures_are_counted_by_provider_and_not_timed() -> None:
    spans = [Span(Work.LLM, 0.0, "openai", end_ms=3000.0, failed=True)]
    metrics = counted(turn(state=TurnState.FAILED, spans=spans))
    assert read(metrics, "pommai_provider_failures_total") == {("openai", "llm"): 1.0}
    assert read(metrics, "pommai_first_result_seconds_count") == {}


def test_refusals_are_counted_by_direction_and_category() -> None:
    violence = Verdict(allowed=False, category=Category.VIOLENCE)
    unchecked = Verdict(allowed=False, category=Category.UNCHECKED)
    metrics = counted(turn(verdicts=[violence]), turn(verdicts=[FINE, unchecked]), turn())
    refusals = {("violence", "child"): 1.0, ("unchecked", "toy"): 1.0}
    assert read(metrics, "pommai_refusals_total") == refusals


def test_tokens_and_characters_are_added_up() -> None:
    one = turn(
        tokens_in=120, tokens_out=30, said=["Hello!"], providers={"llm": "openai", "tts": "espeak"}
    )
    metrics = counted(one, one)
    assert read(metrics, "pommai_model_tokens_total") == {
        ("in", "openai"): 240.0,
        ("out", "openai"): 60.0,
    }
    assert read(metrics, "pommai_spoken_characters_total") == {("espeak",): 12.0}


def test_microphones_stand_in_histograms_also_where_nothing_was_heard() -> None:
    sound = SoundCheck(3000.0, -50.0, -70.0, clipped_ratio=0.0, gaps=2, missing_ms=250.0)
    metrics = counted(turn(sound=sound, revision=0))
    levels = read(metrics, "pommai_microphone_level_dbfs_bucket")
    assert (levels["-60.0",], levels["-50.0",]) == (0, 1)
    assert read(metrics, "pommai_microphone_gaps_total") == {(): 2.0}
    assert read(metrics, "pommai_microphone_missing_seconds_sum") == {(): 0.25}


def test_a_name_that_nobody_registered_makes_no_label() -> None:
    strange = [turn(providers={"tts": f"tts-{n}"}, said=["Hi"]) for n in range(100)]
    spans = [Span(Work.TTS, 0.0, f"tts-{n}", first_ms=5.0) for n in range(100)]
    metrics = counted(*strange, turn(spans=spans))
    assert list(read(metrics, "pommai_spoken_characters_total")) == [("other",)]
    assert list(read(metrics, "pommai_first_result_seconds_count")) == [("other", "tts")]


def test_connections_are_what_they_are_now() -> None:
    metrics = counted()
    assert read(metrics, "pommai_connections", toy=3, page=1) == {("toy",): 3.0, ("page",): 1.0}
    assert read(metrics, "pommai_connections", toy=0, page=1)["toy",] == 0.0


def test_two_hubs_in_one_process_count_apart() -> None:
    one, other = counted(turn()), counted()
    assert read(one, "pommai_turns_total") == {("done",): 1.0}
    assert read(other, "pommai_turns_total") == {}


def test_no_words_are_told() -> None:
    metrics = counted(turn(heard="my secret", said=["a secret answer"], error="secret trouble"))
    assert b"secret" not in metrics.text()


async def test_a_hub_counts_its_turns_and_its_connections(tmp_path: Path) -> None:
    settings = loading.load(None, {"POMMAI_DATA": str(tmp_path)})
    async with App(settings, {}) as app:
        async with await app.hub.talks.say("Pommai", "tell me a riddle") as events:
            async for _ in events:
                pass
        text = app.hub.health.metrics(pages=2)
    assert sum(samples(text, "pommai_turns_total").values()) == 1
    assert samples(text, "pommai_connections") == {("toy",): 0.0, ("page",): 2.0}
    assert ("espeak", "tts") in samples(text, "pommai_first_result_seconds_count")


def test_the_documentation_names_what_there_is() -> None:
    families = text_string_to_metric_families(counted(turn()).text(toy=0).decode())
    offered = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if family.name.startswith("pommai_") and not family.name.endswith("_created")
    }
    table = re.findall(r"^\| (`pommai_.*?) \|", OBSERVING.read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(table))) == offered


def test_a_provider_that_is_left_alone_is_seen_as_down() -> None:
    metrics = Metrics(["deepgram"])
    metrics.circuit("stt", "deepgram", 0.0)
    assert read(metrics, "pommai_provider_up") == {("deepgram", "stt"): 0.0}
    metrics.circuit("stt", "deepgram", 1.0)
    assert read(metrics, "pommai_provider_up") == {("deepgram", "stt"): 1.0}
