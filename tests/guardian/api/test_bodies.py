"""Whatever comes as a body, the answer is one of those that are promised, and nothing is done by half."""

import asyncio
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardian_web.api.call import MAX_BODY_BYTES, MAX_BODY_WAIT_S
from guardian_web.api.openapi import PREFIX, ROUTES
from hub.domain.api import Scope
from tests.guardian.api.calling import Program, conforms
from tests.guardian.api.conftest import NewProgram
from tests.guardian.conftest import Site

ASKING = [
    (route.method, re.sub(r"{\w+}", "none", route.path))
    for route in ROUTES
    if route.ask and Scope.OWNER not in route.scopes
]
NAMES = ["on", "text", "paused", "volume", "muted", "reason", "conversation_id", "x"]

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)
ANY_BODY = st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode())


@pytest.fixture
async def trusted(program: NewProgram) -> Program:
    return await program()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=st.sampled_from(ASKING), body=ANY_BODY)
async def test_no_body_breaks_a_call(trusted: Program, call: tuple[str, str], body: bytes) -> None:
    method, path = call
    async with trusted.session.request(
        method,
        trusted.origin + PREFIX + path,
        data=body,
        headers=trusted.authorization | {"Content-Type": "application/json"},
    ) as answer:
        assert answer.status in {200, 404, 422}
        conforms(method, path, answer.status, await answer.json())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" * 10_000, "no JSON"),
        (b'{"on": true', "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[true]", "must be a JSON object"),
        (b"{}", "on: Field required"),
        (b'{"on": 1}', "on: Input should be a valid boolean"),
        (b'{"on": true, "of": 1}', "of: Extra inputs are not permitted"),
        (b'{"on": true, "on": "no"}', "on: Input should be a valid boolean"),
    ],
)
async def test_a_malformed_body_is_told_why(
    site: Site, program: NewProgram, body: bytes, why: str
) -> None:
    trusted = await program()
    answer = await trusted.call("PUT", "/household/quiet", body, status=422)
    assert answer["error"]["code"] == "invalid"
    assert why in answer["error"]["message"]
    assert not (await site.home.household.get()).quiet


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/toys/none/say", {"text": ""}),
        ("/toys/none/say", {"text": "x" * 501}),
        ("/toys/none/converse", {"text": "x" * 2001}),
        ("/household/stop", {"reason": "x" * 201}),
    ],
)
async def test_texts_have_bounds(program: NewProgram, path: str, body: dict[str, str]) -> None:
    assert await (await program()).refused("POST", path, body, status=422) == "invalid"


@pytest.mark.parametrize("volume", [-1, 101, 50.5, "50", True])
async def test_a_volume_is_a_whole_percentage(program: NewProgram, volume: object) -> None:
    trusted = await program()
    assert await trusted.refused("PATCH", "/toys/none", {"volume": volume}, status=422) == "invalid"


async def test_a_large_body_is_read_no_further(program: NewProgram) -> None:
    body = b'{"on": true' + b" " * MAX_BODY_BYTES + b"}"
    trusted = await program()
    assert await trusted.refused("PUT", "/household/quiet", body, status=413) == "too_large"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_taken(site: Site, program: NewProgram, kind: str) -> None:
    trusted = await program()
    answer = await trusted.call(
        "PUT", "/household/quiet", b'{"on": true}', status=415, **{"Content-Type": kind}
    )
    assert answer["error"]["code"] == "media_type"
    assert not (await site.home.household.get()).quiet


async def test_a_body_that_does_not_come_is_not_waited_for(site: Site, program: NewProgram) -> None:
    trusted = await program()
    port = int(site.origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"PUT {PREFIX}/household/quiet HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {trusted.token}\r\n\r\n"
    )
    writer.write(head.encode() + b'{"on"')
    async with asyncio.timeout(60):
        while not site.clock.falls_due(MAX_BODY_WAIT_S):
            await asyncio.sleep(0.01)
        await site.clock.advance(MAX_BODY_WAIT_S)
        assert b" 408 " in await reader.readline()
    writer.close()
