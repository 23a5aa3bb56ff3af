"""Headers of events that either end of a connection must refuse."""

import json
from typing import Any


def header(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


BAD_HEADERS = [
    b"\n",
    b"[]\n",
    b"3\n",
    b"null\n",
    b'"ping"\n',
    b"{}\n",
    b"{'type': 'ping'}\n",
    b"\xff\xfe{}\n",
    '{"type":"ping"}\n'.encode("utf-16"),
    header(type=None),
    header(type=""),
    header(type=3),
    header(type=["ping"]),
    header(type="ping", data=[]),
    header(type="ping", data="x"),
    header(type="ping", data_length=-1),
    header(type="ping", data_length=2.0) + b"{}",
    header(type="ping", data_length=True) + b"1",
    header(type="ping", data_length="2") + b"{}",
    header(type="ping", data_length=[2]),
    header(type="ping", payload_length=-1),
    header(type="ping", payload_length=1.5),
    header(type="ping", payload_length=2**31),
    header(type="ping", payload_length=10**400),
    header(type="ping", data_length=65_537),
    header(type="ping", data_length=2) + b"[]",
    header(type="ping", data_length=2) + b"{x",
    header(type="ping", data_length=2) + b"\xff\xff",
    b'{"type":"ping","payload_length":' + b"9" * 5000 + b"}\n",
    b'{"type":"ping","data":' + b"[" * 4000 + b"]" * 4000 + b"}\n",
    header(type="ping", data_length=60_000) + b'{"a":' * 12_000,
    b"x" * 8192 + b"\n",
]
