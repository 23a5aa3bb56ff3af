"""How a toy puts a child to bed, on its page: what is set, and the tap that begins it."""

import pytest

from hub.domain.lulling import Bedtime, SoundName
from hub.domain.toys import Satellite
from tests.guardian.conftest import Site


async def test_it_is_set_and_begun_with_a_tap(site: Site) -> None:
    [toy], browser = await site.home.toys.list(), await site.guardian()
    path = f"/toys/{toy.id}/bedtime"
    assert 'value="rain" selected' in await browser.see(path)
    assert (await browser.send(path, path, minutes="20", sound="sea")).status == 303
    assert (await site.home.toys.list())[0].bedtime == Bedtime(20, SoundName.SEA)
    assert (await browser.send(path, path, minutes="5", sound="none")).status == 303
    assert (await site.home.toys.list())[0].bedtime == Bedtime(5, None)
    for page in (path, f"/toys/{toy.id}"):
        away = await browser.send(page, f"{path}/begin")
        assert away.status == 409
        assert "lives in no device" in await away.text()
    site.home.see(Satellite("id:1", "teddy", adopted=True, toy_id=toy.id))
    assert (await browser.send(path, f"{path}/begin")).status == 303
    assert site.home.satellites.put_to_bed == ["Pommai"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"minutes": "2", "sound": "rain"}, "whole number of minutes"),
        ({"minutes": "a lot", "sound": "rain"}, "whole number of minutes"),
        ({"minutes": "12", "sound": "drum"}, "one of these sounds"),
    ],
)
async def test_what_can_not_be_is_said_at_its_field(
    site: Site, fields: dict[str, str], why: str
) -> None:
    [toy], browser = await site.home.toys.list(), await site.guardian()
    answer = await browser.send(f"/toys/{toy.id}/bedtime", f"/toys/{toy.id}/bedtime", **fields)
    assert answer.status == 409
    assert why in await answer.text()
    assert (await site.home.toys.list())[0].bedtime == Bedtime()
