"""A server that keeps a household's backups, as a grown-up chose it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from yarl import URL


class ServerKind(StrEnum):
    WEBDAV = "webdav"
    """A folder on a server that speaks WebDAV (RFC 4918), such as Nextcloud's or a NAS's."""
    S3 = "s3"
    """A bucket on Amazon's S3, or what speaks as it does."""


@dataclass(frozen=True, slots=True)
class BackupServer:
    kind: ServerKind
    address: str
    """Of the folder; with S3 of the server. It begins with https:// or, at home, http://."""
    user: str
    """With S3 the access key's id."""
    secret: str = field(default="", repr=False)
    """The password; with S3 the secret access key."""
    bucket: str = ""
    """With S3 alone; a folder in it may follow a slash."""
    region: str = ""
    """With S3 alone; "" where the server knows none."""
    agreed_at: datetime | None = None
    """When a grown-up agreed that locked backups leave the home; None for a server in it."""

    @property
    def host(self) -> str:
        return URL(self.address).host or ""

    @property
    def shown(self) -> str:
        """For people: where a backup lies."""
        return f"{self.address.rstrip('/')}/{self.bucket}" if self.bucket else self.address
