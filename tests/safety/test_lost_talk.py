"""A guard whose book of talks is lost refuses everything and says so."""

import pytest

from hub.config.programs import SafetySection
from hub.domain.safety import Category, SafetyLevel
from hub.errors import DataError
from hub.safety.build import build_guard
from hub.safety.rules.talkbook import TalkBook
from tests.clock import FakeClock


async def test_without_its_data_everything_is_refused_and_the_guard_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost() -> TalkBook:
        raise DataError("talk.toml: can't read it; reinstall pommai")

    monkeypatch.setattr(TalkBook, "load", lost)
    guard = build_guard(SafetySection(), FakeClock())
    policy = guard.policy(SafetyLevel.RELAXED)
    assert (await guard.check_child("why is the sky blue", policy)).category is Category.UNCHECKED
    assert (await guard.check_toy("The cow says moo.", policy))[1] is None
    assert [broken.layer for broken in guard.health.impaired] == ["talk"]
