"""What a toy says and counts while its hub is away."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from hub.safety.lines import Line
from satellite.board.panel import State
from satellite.offline.offline_mode import KEEP_S, PLAIN_AFTER_S
from satellite.wire.commands import SettingsMessage
from satellite.wire.phrases import PhraseSound
from satellite.wire.stream import WireError
from tests.clock import settle
from tests.satellite.offline_toy import FUN, LINES, PACK, PLAIN, Toy

DAY_S = 86_400.0
AWAY_LINES = [line for line in Line if line.value.startswith("away")]


@pytest.fixture
async def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


async def test_a_pack_that_comes_as_its_hub_is_forgotten_leaves_nothing_in_the_way_of_the_next(
    toy: Toy,
) -> None:
    toy.owner = ""
    with pytest.raises(WireError, match="forgotten"):
        await toy.take()
    toy.owner = "hub2"
    await toy.take()
    assert toy.away.version == PACK.version


async def test_the_first_line_says_that_home_is_away_and_none_comes_twice_running(toy: Toy) -> None:
    await toy.away.hub_came()
    await toy.take()
    await toy.away.hub_went()
    async with toy.running():
        said = [await toy.says() for _ in range(20)]
    assert said[0] in PLAIN
    assert set(said) & set(FUN)
    assert all(one != other for one, other in pairwise(said))
    assert toy.panel.shown() is State.HUB_AWAY


async def test_a_pack_outlives_a_restart_and_a_toy_without_one_is_silent(toy: Toy) -> None:
    async with toy.running():
        assert await toy.is_silent()
    await toy.take()
    assert toy.again().version == "v1"
    async with toy.running():
        assert await toy.says() in PLAIN


async def test_one_that_is_to_be_silent_says_and_counts_no_line_until_it_may_again(
    toy: Toy,
) -> None:
    await toy.take()
    toy.away.obey(SettingsMessage(silent_offline=True))
    async with toy.running() as away:
        assert await toy.is_silent()
        assert away.happened() is None
        away.obey(SettingsMessage())
        assert await toy.says() in PLAIN


async def test_after_seven_days_only_the_plainest_lines_are_said(toy: Toy) -> None:
    await toy.take()
    await toy.away.hub_went()
    async with toy.running():
        await toy.says()
        await toy.passes(PLAIN_AFTER_S + 60)
        assert {await toy.says() for _ in range(12)} == set(PLAIN)


async def test_what_it_says_fits_the_occasion(toy: Toy) -> None:
    kinds = {line: bytes([n]) * 6400 for n, line in enumerate(AWAY_LINES, 1)}
    sounds = tuple(PhraseSound(line.value, pcm) for line, pcm in kinds.items())
    toy.epoch_s = datetime(2026, 11, 21, 9).timestamp()  # noqa: DTZ001  # the machine's own time zone
    await toy.take(PACK._replace(sounds=sounds))
    await toy.away.hub_went()
    async with toy.running():
        assert await toy.says() == kinds[Line.AWAY]
        again = {await toy.says() for _ in range(6)}
        assert again == {kinds[Line.AWAY_JOKE], kinds[Line.AWAY_RHYME]}
        await toy.passes(2 * 3600)
        assert await toy.says() == kinds[Line.AWAY_HELLO]
        await toy.passes(KEEP_S)
        toy.epoch_s = datetime(2026, 11, 21, 20).timestamp()  # noqa: DTZ001
        assert await toy.says() == kinds[Line.AWAY_BEDTIME]


async def test_without_a_clock_the_time_that_it_was_on_counts_over_restarts(toy: Toy) -> None:
    toy.epoch_s = 0.0  # 1970 at each start
    await toy.take()
    await toy.away.hub_went()
    for _ in range(8):
        toy.again()
        async with toy.running():
            await toy.passes(DAY_S)
            await toy.keeps()
            await toy.passes(KEEP_S)
            await toy.keeps()
    toy.again()
    async with toy.running():
        assert {await toy.says() for _ in range(12)} == set(PLAIN)


async def test_a_toy_whose_speaker_is_broken_shows_that_and_counts_no_line(toy: Toy) -> None:
    await toy.take()
    toy.speaker.broken = True
    async with toy.running() as away:
        assert await toy.is_silent()
        assert away.happened() is None


async def test_a_clock_that_knows_of_a_week_switched_off_counts(toy: Toy) -> None:
    await toy.take()
    await toy.away.hub_came()
    await toy.away.hub_went()
    toy.epoch_s += PLAIN_AFTER_S + 1
    toy.again()
    async with toy.running():
        assert {await toy.says() for _ in range(12)} == set(PLAIN)


async def test_a_toy_that_is_unplugged_beside_its_hub_and_taken_along_still_has_its_jokes(
    toy: Toy,
) -> None:
    await toy.take()
    await toy.away.hub_went()
    async with toy.running() as away:
        await toy.passes(PLAIN_AFTER_S - 60)  # as if home was away for long, once
        await away.hub_came()
        await toy.keeps()
        toy.epoch_s += 30 * DAY_S
        await toy.passes(KEEP_S)
        await toy.keeps()
    toy.again()  # its plug was pulled: nobody said goodbye
    async with toy.running():
        await toy.passes(120)
        assert {await toy.says() for _ in range(20)} & set(FUN)


async def test_no_line_comes_twice_running_over_a_restart_either(toy: Toy) -> None:
    await toy.take(PACK._replace(sounds=LINES[:2]))
    said = []
    for _ in range(8):
        toy.again()
        async with toy.running():
            said.append(await toy.says())
    assert all(one != other for one, other in pairwise(said))


async def test_the_hubs_return_silences_it_at_once(toy: Toy) -> None:
    await toy.take()
    await toy.away.hub_went()
    async with toy.running() as away:
        away.press()
        await toy.panel.until(State.SPEAKING)
        await away.hub_came()
        assert toy.speaker.silenced
        before = toy.speaker.played
        away.press()
        await toy.clock.advance(5)
        assert toy.speaker.played == before


async def test_a_press_just_as_the_hub_comes_begins_no_line(toy: Toy) -> None:
    await toy.take()
    async with toy.running() as away:
        away.press()
        await away.hub_came()
        await settle()
        assert State.SPEAKING not in toy.panel.seen
        assert not toy.speaker.played
        await away.hub_went()
        assert await toy.says() in PLAIN


async def test_what_happened_is_known_until_the_hub_has_it(toy: Toy) -> None:
    await toy.take()
    await toy.away.hub_went()
    assert toy.away.happened() is None
    async with toy.running():
        await toy.passes(3600)
        await toy.says()
        await toy.passes(600)
        await toy.says()
        await toy.passes(60)
    await toy.again().hub_came()
    happened = toy.away.happened()
    assert happened is not None
    assert happened.lines == 2
    assert 600 <= happened.first_s <= 720
    assert happened.last_s <= 120
    await toy.away.hub_went()  # before the hub said that it has it
    async with toy.running():
        await toy.says()
    await toy.again().hub_came()
    again = toy.away.happened()
    assert again is not None
    assert (again.id, again.lines) == (happened.id, 3)
    await toy.away.told()
    assert toy.away.happened() is None
    assert toy.again().happened() is None
    async with toy.running():
        await toy.says()
    another = toy.away.happened()
    assert another is not None
    assert (another.id != happened.id, another.lines) == (True, 1)


@pytest.mark.parametrize(("epoch_s", "age_s"), [(1.8e9, 12 * DAY_S), (0.0, 2 * DAY_S)])
async def test_when_the_first_line_was_is_known_also_of_a_toy_that_was_off_since(
    toy: Toy, epoch_s: float, age_s: float
) -> None:
    toy.epoch_s = epoch_s
    await toy.take()
    async with toy.running():
        await toy.says()
    for _ in range(2):
        toy.again()
        async with toy.running():
            await toy.passes(DAY_S)
            await toy.keeps()
            await toy.passes(KEEP_S)
            await toy.keeps()
    toy.epoch_s += 12 * DAY_S  # or from 1970 to what the network says
    happened = toy.again().happened()
    assert happened is not None
    assert happened.first_s == pytest.approx(age_s, abs=2 * 3600)
    assert happened.last_s == pytest.approx(2 * DAY_S, abs=2 * 3600)


async def test_another_family_gets_nothing_of_the_one_before(toy: Toy) -> None:
    await toy.take()
    await toy.away.hub_went()
    async with toy.running():
        await toy.says()
        toy.owner = ""  # released
        toy.speaker.played = b""
        toy.away.press()
        await toy.clock.advance(5)
        assert toy.speaker.played == b""
    toy.owner = "hub2"
    assert toy.away.version == ""
    assert toy.away.happened() is None
    await toy.take(PACK._replace(version="v2"))
    assert [path.name for path in (toy.folder / "away").iterdir()] == ["hub2"]
