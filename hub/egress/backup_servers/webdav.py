"""A folder on a WebDAV server (RFC 4918), through the library webdav4.

What is put there has another name until it is whole, as a server keeps also what was cut short.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

import httpx
from webdav4 import client as webdav
from webdav4.http import Client as HttpClient

from hub.domain.backups import BackupServer
from hub.egress.backup_servers.folder import (
    CONNECT_S,
    MAX_ANSWER_BYTES,
    MAX_LISTED,
    READ_S,
    Told,
    pieces,
)
from hub.errors import DataError, NotFoundError, PommaiError, RefusedError
from hub.storage.backup import PIECE_BYTES, UNFINISHED
from hub.translation import gettext as _

REFUSED: Final = (401, 403)


class WebDavFolder:
    def __init__(self, server: BackupServer) -> None:
        self._host = server.host
        self._http = HttpClient(
            auth=(server.user, server.secret),
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            headers={"Accept-Encoding": "identity", "User-Agent": "pommai"},
            event_hooks={"response": [self._bound]},
        )
        address = server.address.rstrip("/") + "/"
        self._client = webdav.Client(address, http_client=self._http, retry=False)

    def sizes(self) -> dict[str, int]:
        with self._explained():
            try:
                found = self._client.ls("")
            except webdav.ResourceNotFound:
                self._client.mkdir("")
                found = []
            if len(found) > MAX_LISTED:
                raise RefusedError(
                    _("%(host)s: that folder holds too many files: name another", host=self._host)
                )
            files = [one for one in found if isinstance(one, dict) and one["type"] == "file"]
            return {
                str(one["name"]).rpartition("/")[2]: int(one["content_length"] or 0)
                for one in files
            }

    def put(self, name: str, file: BinaryIO, told: Told) -> None:
        unfinished = name + UNFINISHED
        size = file.seek(0, 2)
        file.seek(0)
        try:
            with self._explained():
                answer = self._client.request(
                    "PUT",
                    unfinished,
                    content=pieces(file, told),
                    headers={"Content-Length": str(size)},
                )
                answer.raise_for_status()
                self._require(unfinished, size)
                self._client.move(unfinished, name, overwrite=True)
        except BaseException:
            with suppress(Exception):  # whatever it was that went wrong, that is what is told
                self._client.remove(unfinished)
            raise

    def get(self, name: str, file: BinaryIO, told: Told) -> None:
        with (
            self._explained(),
            self._http.stream("GET", self._client.join_url(name)) as answer,
        ):
            if answer.status_code == 404:
                raise NotFoundError(
                    _("%(host)s has no such file or bucket: check its name", host=self._host)
                )
            answer.raise_for_status()
            for piece in answer.iter_bytes(PIECE_BYTES):
                told(len(piece))
                file.write(piece)

    def delete(self, name: str) -> None:
        with self._explained(), suppress(webdav.ResourceNotFound):
            self._client.remove(name)

    def close(self) -> None:
        self._http.close()

    def _require(self, name: str, size: int) -> None:
        if self.sizes().get(name) != size:
            raise DataError(_("%(host)s has not kept all that was sent to it", host=self._host))

    def _bound(self, response: httpx.Response) -> None:
        """Asked before an answer is read. A file is bounded by who asks for it."""
        if response.request.method != "GET":
            assert isinstance(response.stream, httpx.SyncByteStream), "of a client that blocks"
            response.stream = _Bounded(response.stream, self._host)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise no_webdav(self._host)
        to = response.next_request
        if to is not None and to.url.host != self._host:
            raise RefusedError(
                _("%(host)s sends us to another server: enter that one’s address", host=self._host)
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What went wrong in a line for a person."""
        try:
            yield
        except PommaiError:
            raise
        except webdav.InsufficientStorage as error:
            raise DataError(
                _("%(host)s is full: free some space there", host=self._host)
            ) from error
        except (webdav.HTTPError, httpx.HTTPStatusError) as error:
            raise self._refusal(_status(error)) from error
        except (webdav.ClientError, ValueError, TypeError, SyntaxError) as error:
            raise no_webdav(self._host) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise DataError(
                _("%(host)s can't be reached: is it on, and its address right?", host=self._host)
            ) from error

    def _refusal(self, status: int) -> PommaiError:
        if status in REFUSED:
            return RefusedError(
                _("%(host)s does not let us in: check the name and the password", host=self._host)
            )
        if status == 413 or status == 507:
            return DataError(_("%(host)s is full: free some space there", host=self._host))
        return DataError(
            _(
                "%(host)s refuses it (%(code)s): check what you typed",
                host=self._host,
                code=f"HTTP {status}",
            )
        )


def no_webdav(host: str) -> DataError:
    return DataError(
        _("%(host)s does not answer as WebDAV does: is that the folder’s address?", host=host)
    )


def _status(error: webdav.HTTPError | httpx.HTTPStatusError) -> int:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code
    return int(error.status_code)


class _Bounded(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, host: str) -> None:
        self._stream = stream
        self._host = host

    def __iter__(self) -> Iterator[bytes]:
        left = MAX_ANSWER_BYTES
        for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise no_webdav(self._host)
            yield piece

    def close(self) -> None:
        self._stream.close()
