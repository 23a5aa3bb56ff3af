"""A person at Home Assistant's pages: what the browser would send it, over REST and its websocket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.devices.processes import PATIENCE_S

RATE_HZ = 16_000
BLOCK_BYTES = 2048
TAIL_S = 2.0
"""Silence after what is said, longer than Home Assistant waits for."""


class RefusedError(Exception):
    """Home Assistant said no, in its own words."""


@dataclass(frozen=True)
class Run:
    """One run of an Assist pipeline: its events in order, and where the answer's sound is."""

    events: list[dict[str, Any]]

    def data(self, kind: str) -> Any:
        """Of the first event of that kind."""
        for event in self.events:
            if event["type"] == kind:
                return event["data"]
        raise AssertionError(f"no {kind} in {self.events}")

    @property
    def heard(self) -> str:
        text: str = self.data("stt-end")["stt_output"]["text"]
        return text.strip()

    @property
    def answer(self) -> str:
        speech = self.data("intent-end")["intent_output"]["response"]["speech"]
        text: str = speech["plain"]["speech"]
        return text

    @property
    def sound_path(self) -> str:
        path: str = self.data("tts-end")["tts_output"]["url"]
        return path


class Client:
    """Requests are for who is signed in; `sign_up` makes Home Assistant's owner."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str = "") -> None:
        self._session = session
        self.url = url
        self.token = token

    async def is_up(self) -> bool:
        """Whether it has started; as far as that can be told to who is not signed in."""
        try:
            if not self.token:
                return bool(await self.get("/api/onboarding"))
            config = await self.get("/api/config")
            return bool(config["state"] == "RUNNING")
        except (aiohttp.ClientError, TimeoutError, RefusedError):
            return False

    async def sign_up(self) -> None:
        """The first page of a new Home Assistant.

        Of the others `core_config` is left out, as it adds services that call out of the house.
        """
        owner = {"name": "Anna", "username": "anna", "password": "only for tests", "language": "en"}
        who = {"client_id": f"{self.url}/"}
        answer = await self._request("POST", "/api/onboarding/users", json=who | owner)
        code = {"grant_type": "authorization_code", "code": answer["auth_code"]}
        tokens = await self._request("POST", "/auth/token", data=who | code)
        self.token = tokens["access_token"]
        self.token = await self.call(
            "auth/long_lived_access_token", client_name="tests", lifespan=30
        )

    async def get(self, path: str) -> Any:
        return await self._request("GET", path)

    async def post(self, path: str, **fields: Any) -> Any:
        return await self._request("POST", path, json=fields)

    async def read(self, path: str) -> bytes:
        async with self._session.get(self.url + path) as response:
            response.raise_for_status()
            return await response.read()

    async def add(self, integration: str, **fields: Any) -> Any:
        """Settings, Devices & services, Add integration: what its form answers to `fields`."""
        flow = await self.post("/api/config/config_entries/flow", handler=integration)
        return await self.fill_in(flow, **fields)

    async def fill_in(self, flow: Any, **fields: Any) -> Any:
        return await self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", **fields)

    async def discovered(self, integration: str) -> Any:
        """The card among what was discovered, as soon as there is one."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for flow in await self.call("config_entries/flow/progress"):
                    if flow["handler"] == integration:
                        return flow
                await asyncio.sleep(0.2)

    async def entries(self, integration: str) -> list[Any]:
        entries = await self.get("/api/config/config_entries/entry")
        return [entry for entry in entries if entry["domain"] == integration]

    async def reload(self, entry_id: str) -> None:
        await self.post(f"/api/config/config_entries/entry/{entry_id}/reload")

    async def states(self) -> dict[str, Any]:
        """Of every entity, by its id."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def becomes(self, entity_id: str, *states: str) -> Any:
        """The entity, once it is in one of `states`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                entity = (await self.states()).get(entity_id)
                if entity is not None and entity["state"] in states:
                    return entity
                await asyncio.sleep(0.1)

    async def service(self, name: str, **data: Any) -> None:
        domain, _, service = name.partition(".")
        await self.call("call_service", domain=domain, service=service, service_data=data)

    async def make_assistant(self, name: str, stt: str, agent: str, tts: str) -> str:
        """Settings, Voice assistants, Add assistant: its id; it is the preferred one then."""
        engines = (await self.call("tts/engine/list", language="en"))["providers"]
        [languages] = [it["supported_languages"] for it in engines if it["engine_id"] == tts]
        pipeline = await self.call(
            "assist_pipeline/pipeline/create",
            name=name,
            language="en",
            conversation_engine=agent,
            conversation_language="en",
            stt_engine=stt,
            stt_language="en",
            tts_engine=tts,
            tts_language=languages[0],
            tts_voice=None,
            wake_word_entity=None,
            wake_word_id=None,
        )
        number: str = pipeline["id"]
        await self.prefer(number)
        return number

    async def prefer(self, pipeline: str) -> None:
        """The assistant that satellites talk with unless they are told otherwise."""
        await self.call("assist_pipeline/pipeline/set_preferred", pipeline_id=pipeline)

    async def talk(self, pcm: bytes, pipeline: str) -> Run:
        """Say it into the browser's microphone: all that the pipeline does with it."""
        events = []
        run = {"start_stage": "stt", "end_stage": "tts", "input": {"sample_rate": RATE_HZ}}
        async with asyncio.timeout(PATIENCE_S), self._socket() as socket:
            question = {"id": 1, "type": "assist_pipeline/run", "pipeline": pipeline} | run
            await socket.send_json(question)
            async with aclosing(_events(socket)) as coming:
                async for event in coming:
                    events.append(event)
                    if event["type"] == "stt-start":
                        await _speak(socket, _handler(events), pcm)
                    if event["type"] == "run-end":
                        return Run(events)
        raise AssertionError(f"the run has no end: {events}")

    async def runs(self, pipeline: str) -> list[Run]:
        """Its latest ones, as the page for debugging an assistant shows them."""
        command = "assist_pipeline/pipeline_debug/"
        listed = await self.call(command + "list", pipeline_id=pipeline)
        return [
            Run(
                (
                    await self.call(
                        command + "get",
                        pipeline_id=pipeline,
                        pipeline_run_id=run["pipeline_run_id"],
                    )
                )["events"]
            )
            for run in listed["pipeline_runs"]
        ]

    async def call(self, kind: str, **fields: Any) -> Any:
        """One command on a websocket of its own: Home Assistant drops those that nobody reads."""
        async with asyncio.timeout(PATIENCE_S), self._socket() as socket:
            return await _command(socket, 1, kind, fields)

    @asynccontextmanager
    async def listening_for(self, event_type: str) -> AsyncIterator[AsyncGenerator[Any]]:
        """Home Assistant's events of that type, from now on."""
        async with self._socket() as socket:
            await _command(socket, 1, "subscribe_events", {"event_type": event_type})
            async with aclosing(_events(socket)) as events:
                yield events

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        async with self._session.ws_connect(f"{self.url}/api/websocket") as socket:
            await socket.receive_json()  # auth_required
            await socket.send_json({"type": "auth", "access_token": self.token})
            answer = await socket.receive_json()
            if answer["type"] != "auth_ok":
                raise RefusedError(answer)
            yield socket

    async def _request(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._session.request(
            method, self.url + path, headers=headers, **body
        ) as response:
            if response.status >= 300:
                raise RefusedError(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json()


async def _command(
    socket: aiohttp.ClientWebSocketResponse, number: int, kind: str, fields: dict[str, Any]
) -> Any:
    await socket.send_json({"id": number, "type": kind, **fields})
    while True:
        answer = await socket.receive_json()
        if answer["type"] == "result":
            if not answer["success"]:
                raise RefusedError(f"{kind}: {answer['error']}")
            return answer["result"]


async def _events(socket: aiohttp.ClientWebSocketResponse) -> AsyncGenerator[dict[str, Any]]:
    while True:
        message = await socket.receive_json()
        if message["type"] == "event":
            yield message["event"]
        elif not message.get("success", True):
            raise RefusedError(message["error"])


def _handler(events: list[dict[str, Any]]) -> bytes:
    start = next(event for event in events if event["type"] == "run-start")
    return bytes([start["data"]["runner_data"]["stt_binary_handler_id"]])


async def _speak(socket: aiohttp.ClientWebSocketResponse, handler: bytes, pcm: bytes) -> None:
    sound = pcm + bytes(int(TAIL_S * RATE_HZ) * 2)
    for at in range(0, len(sound), BLOCK_BYTES):
        await socket.send_bytes(handler + sound[at : at + BLOCK_BYTES])
    await socket.send_bytes(handler)
