"""A running hub answers its own user's command line, and nobody and nothing else."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app import App
from hub.cli import doctor
from hub.cli.client import HubClient, device_path, running_hub
from hub.cli.toys import listed
from hub.config import loading
from hub.core import owner_socket
from hub.core.owner_socket import socket_path
from hub.domain.api import Scope
from hub.domain.toys import ProviderChoice
from hub.errors import DataError, LinkError, NotFoundError, PommaiError, RefusedError
from hub.storage.database import Database


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    settings = loading.load(None, {"POMMAI_DATA": str(tmp_path / "data")})
    async with App(settings, {}) as app:
        yield app


@pytest.fixture
async def answering(app: App, tmp_path: Path) -> AsyncIterator[Path]:
    """The data folder of a hub that answers."""
    async with app.answering_owner():
        yield tmp_path / "data"


def say(
    hub: HubClient, toy: str, text: str, *, audio: bool = False
) -> AsyncGenerator[dict[str, Any], None]:
    return hub.lines("POST", "/turns", toy=toy, text=text, audio=audio)


async def post(data: Path, path: str, body: bytes) -> tuple[int, str]:
    connector = aiohttp.UnixConnector(path=str(socket_path(data)))
    async with (
        aiohttp.ClientSession("http://hub", connector=connector) as session,
        session.post(
            "/api/v1" + path, data=body, headers={"Content-Type": "application/json"}
        ) as response,
    ):
        return response.status, await response.text()


async def test_it_tells_of_toys_and_health(answering: Path) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        assert [toy["name"] for toy in (await listed(remote))["toys"]] == ["Pommai"]
        assert (await remote.call("GET", "/health"))["guard"]["ok"] is True


async def test_a_full_disk_is_no_good_health(
    answering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        assert (await remote.call("GET", "/health"))["status"] == "ok"
        monkeypatch.setattr(Database, "disk_is_full", True)
        health = await remote.call("GET", "/health")
    assert (health["status"], health["disk"]) == ("impaired", {"full": True})


async def test_doctor_asks_it_which_providers_fail(app: App, answering: Path) -> None:
    [toy] = await app.hub.toys.list()
    await app.hub.toys.save(replace(toy, providers=ProviderChoice(tts=("rime",))))
    await app.warm_up()
    settings = loading.load(None, {"POMMAI_DATA": str(answering)})
    found = {finding.about: finding for finding in await doctor.examine(settings)}
    assert "set RIME_API_KEY" in found["rime in the running hub"].detail
    assert found["hub"].detail == "runs on this data folder"


async def test_a_turn_arrives_event_by_event_with_its_sound_and_its_outcome(
    answering: Path,
) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        async with aclosing(say(remote, "Pommai", "tell me a riddle", audio=True)) as events:
            turn = [event async for event in events]
    kinds = [event["event"] for event in turn]
    assert kinds[0] == "heard"
    assert kinds[-1] == "finished"
    assert {"said", "audio"} <= set(kinds)
    outcome = turn[-1]["outcome"]
    assert outcome["heard"] == "tell me a riddle"
    assert outcome["said"] == " ".join(e["text"] for e in turn if e["event"] == "said")
    assert outcome["reply_audio_s"] > 0.3
    assert (outcome["allowed"], outcome["alert"], outcome["look"]) == (True, False, False)


async def test_sound_stays_at_home_unless_it_is_asked_for(answering: Path) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        async with aclosing(say(remote, "Pommai", "hello")) as events:
            assert "audio" not in [event["event"] async for event in events]


async def test_a_refusal_arrives_as_the_error_that_the_hub_raised(answering: Path) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        with pytest.raises(NotFoundError, match="Nobody"):
            async with aclosing(say(remote, "Nobody", "hello")) as events:
                await anext(events)
        with pytest.raises(NotFoundError, match="attic"):
            await remote.call("POST", device_path("attic", "adopt"))
        with pytest.raises(NotFoundError, match="attic"):
            await remote.call("POST", device_path("attic", "release"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"toy": "Pommai"}',
        b'{"toy": 3, "text": "hello"}',
        b'{"toy": "Pommai", "text": ""}',
        b'{"toy": "Pommai", "text": "hello", "shell": "yes"}',
        b'{"toy": "Pommai", "text": "' + b"a" * 2001 + b'"}',
        b"[" * 9_000,
    ],
)
async def test_a_body_that_is_no_request_is_refused_in_one_line(
    answering: Path, body: bytes
) -> None:
    status, text = await post(answering, "/turns", body)
    assert status == 422
    assert json.loads(text)["error"]["code"] == "invalid"
    assert "\n" not in text
    async with running_hub(answering) as remote:
        assert remote is not None


async def test_a_huge_body_is_not_read(answering: Path) -> None:
    status, _ = await post(answering, "/turns", b"a" * 100_000)
    assert status == 413


async def test_only_the_hub_s_own_user_can_open_the_socket(answering: Path) -> None:
    path = socket_path(answering)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_the_socket_goes_with_the_hub(app: App, tmp_path: Path) -> None:
    async with app.answering_owner():
        path = socket_path(tmp_path / "data")
        assert path.is_socket()
    assert not path.exists()


async def test_what_a_killed_hub_left_is_no_hub_and_no_hindrance(app: App, tmp_path: Path) -> None:
    path = socket_path(tmp_path / "data")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with running_hub(tmp_path / "data") as remote:
        assert remote is None
    async with app.answering_owner(), running_hub(tmp_path / "data") as remote:
        assert remote is not None


async def test_where_no_hub_ever_ran_there_is_none(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "nowhere") as remote:
        assert remote is None


async def test_something_else_on_the_socket_is_told_as_such(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"babble\n")
        writer.close()

    async with await asyncio.start_unix_server(babble, socket_path(tmp_path)):
        with pytest.raises(LinkError, match="running hub"):
            async with running_hub(tmp_path):
                pass


def test_a_long_data_path_gets_a_short_socket_of_its_own(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("run"))}
    deep = tmp_path / ("deep" * 30)
    path = socket_path(deep, environ)
    assert len(os.fsencode(path)) < 104
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path == socket_path(deep, environ)
    assert path != socket_path(deep / "er", environ)


def test_a_shared_folder_that_others_may_enter_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / f"pommai-{os.geteuid()}").mkdir(mode=0o755)
    with pytest.raises(DataError, match="yours alone"):
        socket_path(tmp_path / ("deep" * 30), {"XDG_RUNTIME_DIR": str(tmp_path)})


def test_a_link_to_another_s_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"pommai-{os.geteuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="yours alone"):
        socket_path(tmp_path / ("deep" * 30), {"XDG_RUNTIME_DIR": str(tmp_path)})


async def test_an_unknown_error_of_the_hub_is_told_without_its_words(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("a child's words")

    monkeypatch.setattr(app.hub.toys, "list", broken)
    async with app.answering_owner(), running_hub(tmp_path / "data") as remote:
        assert remote is not None
        with pytest.raises(PommaiError, match="the hub failed; its log") as raised:
            await listed(remote)
    assert "words" not in str(raised.value)


async def test_who_runs_as_another_user_is_refused(
    answering: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket's mode keeps them out; this holds where somebody changed it."""
    monkeypatch.setattr(owner_socket, "ROOT_UID", -1)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    status, text = await post(answering, "/household/stop", b"")
    assert (status, json.loads(text)["error"]["code"]) == (401, "unauthorized")


async def test_no_token_can_do_what_the_owner_can(app: App) -> None:
    with pytest.raises(RefusedError, match="owner"):
        await app.hub.api_tokens.make("Home Assistant", {Scope.STATE, Scope.OWNER})


async def test_a_name_with_a_slash_is_still_one_name(answering: Path) -> None:
    async with running_hub(answering) as remote:
        assert remote is not None
        with pytest.raises(NotFoundError, match="up/down"):
            await remote.call("POST", device_path("up/down", "release"))
