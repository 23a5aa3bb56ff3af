"""Everything that the hub keeps of the family, as one file, for the pages and the API."""

from contextlib import aclosing, suppress

from aiohttp import web

from guardian_web.keys import CLOCK, HUB


async def send_export(request: web.Request) -> web.StreamResponse:
    """Piece by piece, as it is made; where that breaks off midway, so does the answer."""
    now = request.config_dict[CLOCK].now()
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="pommai-{now:%Y-%m-%d}.zip"',
        }
    )
    with suppress(ConnectionResetError):  # who asked has gone
        await response.prepare(request)
        async with aclosing(request.config_dict[HUB].privacy.export()) as pieces:
            async for piece in pieces:
                await response.write(piece)
        await response.write_eof()
    return response
