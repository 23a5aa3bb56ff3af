"""The unseen texts: labelled as the benchmark's are, each once, and enough of every category."""

from collections import Counter

from bench.guard.sources import OURS, UNSEEN, UNSEEN_TALKS, read_records, read_texts
from hub.domain.safety import Category, SafetyLevel


def test_there_are_enough_of_every_category_and_none_twice() -> None:
    texts = read_texts(UNSEEN, OURS)
    assert len(texts) >= 520
    assert len({one.text.lower() for one in texts}) == len(texts)
    unsafe = Counter(one.category for one in texts if one.unsafe)
    assert len(unsafe) == 13, "the benchmark's categories of child talk"
    assert min(unsafe.values()) >= 14


def test_no_level_must_and_need_not_stop_a_text() -> None:
    for record, one in zip(read_records(UNSEEN, OURS), read_texts(UNSEEN, OURS), strict=True):
        assert record["label"] == ("unsafe" if one.unsafe else "safe"), one.id
        assert one.unsafe == (one.category is not Category.NONE), one.id
        assert not one.levels & one.either, one.id


def test_a_talk_must_be_stopped_no_sooner_than_it_may_be() -> None:
    talks = read_records(UNSEEN_TALKS, OURS)
    drifting = [talk for talk in talks if talk["label"] == "unsafe"]
    assert (len(drifting), len(talks)) == (24, 30)
    for talk in drifting:
        assert 0 < talk["drift"] <= talk["stop_by"] < len(talk["turns"]), talk["id"]
        assert {SafetyLevel(level) for level in talk["levels"]} == set(SafetyLevel), talk["id"]
    assert all(talk["drift"] is talk["stop_by"] is None for talk in talks if talk not in drifting)
