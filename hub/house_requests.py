"""What the command line may ask of a running hub: the bodies of its requests, and their limits."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from hub.domain.toys import SatelliteSettings, Wake

Json = dict[str, Any]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class AdoptRequest(Request):
    satellite: Name
    toy: Name | None = None


class PairRequest(Request):
    satellite: Name
    code: Annotated[str, StringConstraints(max_length=40)]
    toy: Name | None = None


class ReleaseRequest(Request):
    satellite: Name


class SettleRequest(Request):
    """What is left out stays as it is."""

    satellite: Name
    volume: int | None = None
    volume_cap: int | None = None
    led: int | None = None
    mute: bool | None = None
    wake: Literal["", "button", "voice", "word"] | None = None
    word: Annotated[str, StringConstraints(max_length=40)] | None = None
    follow_up_s: int | None = None

    def change(self, settings: SatelliteSettings) -> SatelliteSettings:
        given = self.model_dump(exclude={"satellite"}, exclude_none=True)
        if "wake" in given:
            given["wake"] = Wake(given["wake"])
        return SatelliteSettings(**(asdict(settings) | given))


class OrderRequest(Request):
    satellite: Name
    do: Name


class UpdateRequest(Request):
    satellite: Name


class AnnounceRequest(Request):
    satellite: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MoveRequest(Request):
    satellite: Name
    toy: Name


class RoomRequest(Request):
    satellite: Name
    by: Annotated[str, StringConstraints(max_length=200)]


class StopRequest(Request):
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class PauseRequest(Request):
    toy: Name
    paused: bool


class QuietRequest(Request):
    on: bool


class WatchRequest(Request):
    toy: Name


class TraceRequest(Request):
    turn: Name


class SayRequest(Request):
    toy: Name
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    audio: bool = False
    """Send the spoken reply too."""
