"""Real servers for backups on loopback: WebDAV by wsgidav, S3 by moto."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from cheroot.wsgi import Server
from moto.server import ThreadedMotoServer
from wsgidav.wsgidav_app import WsgiDAVApp

from hub.domain.backups import BackupServer, ServerKind

if TYPE_CHECKING:
    from wsgiref.types import StartResponse

USER, SECRET = "ada", "a secret of Ada's"


@contextmanager
def webdav_server(folder: Path, *, is_full: bool = False) -> Iterator[BackupServer]:
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": SECRET}}}},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )

    def answer(environ: dict[str, Any], start: "StartResponse") -> Iterable[bytes]:
        if is_full and environ["REQUEST_METHOD"] == "PUT":
            start("507 Insufficient Storage", [("Content-Length", "0")])
            return []
        answered: Iterable[bytes] = app(environ, start)
        return answered

    server = Server(("127.0.0.1", 0), answer, numthreads=2)
    server.prepare()
    serving = threading.Thread(target=server.serve)
    serving.start()
    try:
        address = f"http://127.0.0.1:{server.bind_addr[1]}/pommai"
        yield BackupServer(ServerKind.WEBDAV, address, USER, SECRET)
    finally:
        server.stop()
        serving.join()


@contextmanager
def s3_server() -> Iterator[BackupServer]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        made = BackupServer(ServerKind.S3, address, USER, SECRET, "family/pommai")
        boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id=USER,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        ).create_bucket(Bucket="family")
        yield made
    finally:
        server.stop()
