"""A bucket on an S3 server, through the library obstore.

A large file goes in parts; only once all are there does the server put them together, so nothing is ever half there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO, Final

import obstore
from obstore import exceptions
from obstore.store import S3Store

from hub.domain.backups import BackupServer
from hub.egress.backup_servers.folder import CONNECT_S, MAX_LISTED, READ_S, Told, pieces
from hub.errors import DataError, NotFoundError, PommaiError, RefusedError
from hub.storage.backup import PIECE_BYTES
from hub.translation import gettext as _

PART_BYTES: Final = 16 << 20
"""S3 takes 10,000 of them: 160 GB."""
RETRIES: Final = 3
RETRY_S: Final = 30.0
NO_REGION: Final = "us-east-1"
"""What servers expect that know no regions."""
FULL: Final = ("QuotaExceeded", "XMinioStorageFull", "EntityTooLarge")
_CODE: Final = re.compile(r"<Code>(\w{1,60})</Code>")


class Bucket:
    def __init__(self, server: BackupServer) -> None:
        self._host = server.host
        bucket, _slash, prefix = server.bucket.strip("/").partition("/")
        with self._explained():
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                endpoint=server.address.rstrip("/"),
                access_key_id=server.user,
                secret_access_key=server.secret,
                region=server.region or NO_REGION,
                virtual_hosted_style_request=False,
                client_options={
                    "allow_http": server.address.startswith("http://"),
                    "connect_timeout": timedelta(seconds=CONNECT_S),
                    "read_timeout": timedelta(seconds=READ_S),
                    "timeout": timedelta(hours=1),
                    "user_agent": "pommai",
                },
                retry_config={
                    "max_retries": RETRIES,
                    "retry_timeout": timedelta(seconds=RETRY_S),
                },
            )

    def sizes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with self._explained():
            for some in obstore.list(self._store):
                found |= {one["path"]: one["size"] for one in some if "/" not in one["path"]}
                if len(found) > MAX_LISTED:
                    raise RefusedError(
                        _(
                            "%(host)s: that folder holds too many files: name another",
                            host=self._host,
                        )
                    )
        return found

    def put(self, name: str, file: BinaryIO, told: Told) -> None:
        with self._explained():
            obstore.put(
                self._store, name, pieces(file, told), chunk_size=PART_BYTES, max_concurrency=1
            )

    def get(self, name: str, file: BinaryIO, told: Told) -> None:
        with self._explained():
            for piece in obstore.get(self._store, name).stream(PIECE_BYTES):
                told(len(piece))
                file.write(piece)

    def delete(self, name: str) -> None:
        with self._explained():
            obstore.delete(self._store, name)

    def close(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What went wrong in a line for a person."""
        try:
            yield
        except PommaiError:
            raise
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            raise RefusedError(
                _("%(host)s does not let us in: check the name and the password", host=self._host)
            ) from error
        except (exceptions.NotFoundError, FileNotFoundError) as error:
            raise self._missing() from error
        except (exceptions.BaseError, OSError, ValueError) as error:
            said = _CODE.search(str(error))
            raise self._fault(said[1] if said else "") from error

    def _missing(self) -> NotFoundError:
        return NotFoundError(
            _("%(host)s has no such file or bucket: check its name", host=self._host)
        )

    def _fault(self, code: str) -> PommaiError:
        """Of S3's own codes."""
        if code == "NoSuchBucket":
            return self._missing()
        if code in FULL:
            return DataError(_("%(host)s is full: free some space there", host=self._host))
        if code:
            return DataError(
                _(
                    "%(host)s refuses it (%(code)s): check what you typed",
                    host=self._host,
                    code=code,
                )
            )
        return DataError(
            _("%(host)s can't be reached: is it on, and its address right?", host=self._host)
        )
